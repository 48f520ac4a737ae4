"""Events of SES."""
