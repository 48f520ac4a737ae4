"""What signed-in contacts do that a processor takes part in."""
