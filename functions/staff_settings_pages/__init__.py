"""The staff pages of the settings."""
