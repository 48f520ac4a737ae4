"""One-click unsubscribing."""
