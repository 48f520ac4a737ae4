"""Staff calls about payments."""
