"""The authorizer of contacts' calls."""
