"""The edge: JSON resolver, schemas of strangers' data, sessions, page helpers."""
