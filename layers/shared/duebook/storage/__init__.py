"""DynamoDB stores, one a group of items; all key formats stand in keys.py."""
