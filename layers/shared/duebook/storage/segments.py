"""How an account's open items are cut into segments, so that a change rewrites few of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import blake2b

from duebook.domain.open_items import AgeKey, OpenItem, age_key
from duebook.storage.codec import segment_text

FULL = 50
"""A segment holds at most this many items, unless no number is left between its neighbours."""

THIN = 25
"""A segment that changes joins the one before it when both together hold no more than this, so that thinning out leaves no crumbs."""

STEP = 1_000_000
"""Distance between segments that are added at the end."""


def laid_out(items: Sequence[OpenItem], before: Mapping[int, Sequence[OpenItem]]) -> dict[int, list[OpenItem]]:
    """Lay open items out in numbered segments, keeping to the cuts there are.

    Args:
        items: All open items, oldest first.
        before: The segments as they were read: number to items.

    Returns:
        Number to items, ascending, none empty; oldest first across all.
    """
    numbers = sorted(before)
    if not numbers:
        return _cut(list(items), 0, None)
    home = {item.invoice_id: number for number in numbers for item in before[number]}
    starts: list[AgeKey] = []
    parts: dict[int, list[OpenItem]] = {number: [] for number in numbers}
    for item in items:
        number = home.get(item.invoice_id)
        if number is None:
            starts = starts or [age_key(before[known][0]) for known in numbers]
            number = numbers[max(0, bisect_right(starts, age_key(item)) - 1)]
        parts[number].append(item)
    laid: dict[int, list[OpenItem]] = {}
    last: int | None = None
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        part = parts[number]
        changed = len(part) != len(before[number])
        if changed and part and last is not None and len(laid[last]) + len(part) <= THIN:
            laid[last] = laid[last] + part
            continue
        laid |= _cut(part, number, following)
        last = max(laid, default=None)
    return laid


def _cut(part: list[OpenItem], first: int, following: int | None) -> dict[int, list[OpenItem]]:
    pieces = [part[start : start + FULL] for start in range(0, len(part), FULL)]
    step = STEP if following is None else (following - first) // max(1, len(pieces))
    if step == 0:
        return {first: part}
    return {first + index * step: piece for index, piece in enumerate(pieces)}


def digest(texts: Mapping[int, str]) -> str:
    """Return a short check sum over all segments, so that a read that caught half a commit is noticed."""
    total = blake2b(digest_size=8)
    for number in sorted(texts):
        total.update(f"{number}:".encode())
        total.update(texts[number].encode())
    return total.hexdigest()


def texts_of(
    segments: Mapping[int, Sequence[OpenItem]], before: Mapping[int, Sequence[OpenItem]], texts: Mapping[int, str]
) -> dict[int, str]:
    """Write segments, taking over the texts of those that did not change."""
    return {
        number: texts[number] if number in before and list(before[number]) == list(items) else segment_text(list(items))
        for number, items in segments.items()
    }
