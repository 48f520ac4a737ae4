"""The chart above Email activity: mails a day, or a week where days would be too thin, stacked by what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from duebook.domain.email_activity import MailStatus

MOST_BARS = 100
WEEK = 7
HEIGHT = 150
"""Of the highest bar, in pixels."""
GAP = 1
"""Between the parts of a bar, so that they differ without colour, too."""
THINNEST = 3
"""A single mail beside thousands stays visible."""

LAYERS: tuple[tuple[str, str, frozenset[MailStatus]], ...] = (
    ("Delivered", "part-ok", frozenset({MailStatus.DELIVERED})),
    ("On the way", "part-way", frozenset({MailStatus.QUEUED, MailStatus.SENDING, MailStatus.SENT, MailStatus.DELAYED})),
    ("Held back", "part-held", frozenset({MailStatus.SUPPRESSED})),
    (
        "Not delivered",
        "part-bad",
        frozenset({MailStatus.BOUNCED, MailStatus.REJECTED, MailStatus.COMPLAINT, MailStatus.FAILED}),
    ),
)
"""From the axis up: words, class, statuses."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in pixels from the top of the chart."""

    css: str
    top: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, or the week that begins with it: how many mails of each layer, and the pieces of its bar."""

    day: date
    counts: tuple[int, ...]
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """All mails of it."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class MailChart:
    """Bars from the first day to the last.

    Args:
        bars: Oldest first, days without a mail included.
        most: Mails of the highest bar; the axis ends there and begins at 0.
        weekly: A bar is a week.
        totals: Of each layer.
    """

    bars: tuple[Bar, ...]
    most: int
    weekly: bool
    totals: tuple[int, ...]

    @property
    def layers(self) -> tuple[tuple[str, str], ...]:
        """Words and class of each layer."""
        return tuple((words, css) for words, css, _ in LAYERS)

    @property
    def width(self) -> float:
        """Of a bar with the room beside it, in hundredths of the chart's width."""
        return 100 / len(self.bars)


def mail_chart(first: date, last: date, days: Mapping[date, Mapping[str, int]]) -> MailChart:
    """Draw the mails of some days.

    Args:
        first: Where the axis begins.
        last: Where it ends.
        days: How many mails stand where, by day; a day that is absent had none.
    """
    length = (last - first).days + 1
    step = 1 if length <= MOST_BARS else WEEK
    starts = [first + timedelta(days=at) for at in range(0, length, step)]
    counts = [_counts([days.get(start + timedelta(days=at), {}) for at in range(step)]) for start in starts]
    most = max(map(sum, counts))
    bars = tuple(Bar(start, count, _parts(count, most)) for start, count in zip(starts, counts, strict=True))
    return MailChart(bars, most, step > 1, tuple(map(sum, zip(*counts, strict=True))))


def _counts(days: Sequence[Mapping[str, int]]) -> tuple[int, ...]:
    return tuple(sum(count for day in days for status, count in day.items() if status in layer) for _, _, layer in LAYERS)


def _parts(counts: Sequence[int], most: int) -> tuple[Part, ...]:
    total = sum(counts)
    if not total:
        return ()
    present = [(count, css) for count, (_, css, _) in zip(counts, LAYERS, strict=True) if count]
    bar = max(total * HEIGHT // most, THINNEST * len(present))
    heights = [max(THINNEST, count * bar // total) for count, _ in present]
    # What rounding gave or took, the largest part bears.
    heights[heights.index(max(heights))] += bar - sum(heights)
    tops = [HEIGHT - sum(heights[: at + 1]) for at in range(len(heights))]
    return tuple(Part(css, top, height - GAP) for (_, css), top, height in zip(present, tops, heights, strict=True))
