"""Opening a tenant."""
