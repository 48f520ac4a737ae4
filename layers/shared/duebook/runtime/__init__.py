"""Clock, ids, settings and logging: all that differs between a test, a laptop and AWS."""
