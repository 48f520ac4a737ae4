"""The few line drawings that pages carry inline."""

from __future__ import annotations

_PATHS = {
    "bank": "M3 10l9-6 9 6zM6 10v8M10 10v8M14 10v8M18 10v8M3 21h18",
    "card": "M3 6h18v12H3zM3 10h18M7 14h4",
    "down": "M6 9l6 6 6-6",
    "error": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8v5M12 16.5v.01",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.01",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "mail": "M3 6h18v12H3zM3 7l9 7 9-7",
    "receipt": "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
    "success": "M5 12.5l4.5 4.5L19 7.5",
    "warning": "M12 4l9 16H3zM12 10v4M12 17v.01",
}


def svg(name: str) -> str:
    """Return one drawing as decoration: words beside it say the same.

    Raises:
        KeyError: No drawing of that name.
    """
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{_PATHS[name]}"/></svg>'
