"""Hands mails over no faster than SES takes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from duebook.domain.email_activity import HandOver, OutgoingMail
from duebook.ports import Mailer


class PacedMailer:
    """Waits before each hand-over until this sender's share of the account's rate allows it.

    Args:
        mailer: Who takes the mails.
        per_second: Mails a second that SES allows the account.
        senders: How many senders there may be at once; each keeps to its share, so none need know of the others.
        clock: Seconds that only grow.
        sleep: Waits so many of them.
    """

    def __init__(
        self,
        mailer: Mailer,
        *,
        per_second: int,
        senders: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._mailer = mailer
        self._pause = senders / per_second
        self._clock = clock
        self._sleep = sleep
        self._next_at: float | None = None
        self._lock = Lock()

    def send(self, mail: OutgoingMail) -> HandOver:
        """Hand a mail over, once, when its turn has come.

        Raises:
            TransientError: The answer was lost; the mail may have been taken.
        """
        with self._lock:
            now = self._clock()
            turn = now if self._next_at is None else max(now, self._next_at)
            self._next_at = turn + self._pause
        if turn > now:
            self._sleep(turn - now)
        return self._mailer.send(mail)
