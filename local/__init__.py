"""Duebook on one machine: the same template on an AWS emulator, with everything outside AWS simulated."""
