"""The staff pages of service requests."""
