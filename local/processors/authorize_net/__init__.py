"""Authorize.Net on a laptop: protocol, ledger, faults, HTTP server and hosted field."""
