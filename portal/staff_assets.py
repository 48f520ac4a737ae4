"""What the staff pages must know of the built assets: where they lie and their hashes, in a file that is deployed with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

STAFF_ASSETS = Path(__file__).resolve().parent.parent / "functions" / "staff_pages" / "assets.json"
USED = ("css/ui.css", "icons/mark.svg", "js/partial.js")


def write_staff_assets(base: str, hashes: Mapping[str, str], target: Path = STAFF_ASSETS) -> None:
    """Write the address and the ``integrity`` value of each file the staff pages load, if it is not written already.

    Args:
        base: Address of the assets folder, such as ``/assets/0123456789ab/``.
        hashes: File below the portal to its integrity value.
        target: The file to write.
    """
    facts = {name: {"url": base + name, "integrity": hashes[name]} for name in USED}
    text = json.dumps(facts, indent=2) + "\n"
    if not target.exists() or target.read_text("utf-8") != text:
        target.write_text(text, "utf-8")
