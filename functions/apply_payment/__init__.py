"""Tasks of the state machine apply_payment."""
