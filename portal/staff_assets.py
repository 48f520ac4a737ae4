"""What the staff pages must know of the built assets: where they lie and their hashes, in a file that is deployed with them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parent.parent / "functions"
STAFF_ASSETS = tuple(folder / "assets.json" for folder in sorted(FUNCTIONS.glob("staff*_pages")))
"""One beside the handler of each function of staff pages."""
USED = ("css/ui.css", "icons/mark.svg", "js/partial.js", "js/staff-session.js")


def write_staff_assets(base: str, hashes: Mapping[str, str], targets: Iterable[Path] = STAFF_ASSETS) -> None:
    """Write the address and the ``integrity`` value of each file the staff pages load, where it is not written already.

    Args:
        base: Address of the assets folder, such as ``/assets/0123456789ab/``.
        hashes: File below the portal to its integrity value.
        targets: The files to write.
    """
    facts = {name: {"url": base + name, "integrity": hashes[name]} for name in USED}
    text = json.dumps(facts, indent=2) + "\n"
    for target in targets:
        if not target.exists() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")
