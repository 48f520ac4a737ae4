"""The authorizer of the staff API."""
