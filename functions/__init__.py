"""The Lambda functions: one folder each, one handler each, nothing shared between them."""
