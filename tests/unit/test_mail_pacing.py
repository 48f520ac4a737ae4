"""Mails go out no faster than SES takes them, whatever the number of senders."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from duebook.domain.email_activity import Accepted, HandOver, MailKey, MailKind, MailText, OutgoingMail
from duebook.domain.identifiers import derived_ulid
from duebook.mail.pacing import PacedMailer
from tests.builders import NOON

MAIL = OutgoingMail(
    MailKey("ten_1", derived_ulid(NOON, "x")), MailKind.STATEMENT, "a@b.example", "Blue Ridge", None, MailText("s", "h", "t"), NOON
)


@dataclass
class Stopwatch:
    """A clock that only moves when somebody sleeps or works, and a mailer that notes when it was asked."""

    now: float = 0.0
    work: float = 0.0
    asked_at: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, _mail: OutgoingMail) -> HandOver:
        self.asked_at.append(self.now)
        self.now += self.work
        return Accepted("ses-1")


@pytest.mark.parametrize(("per_second", "senders"), [(14, 5), (1, 2), (200, 8)])
def test_all_senders_together_stay_within_the_accounts_rate(per_second: int, senders: int):
    watches = [Stopwatch() for _ in range(senders)]
    for watch in watches:
        paced = PacedMailer(watch, per_second=per_second, senders=senders, clock=watch.read, sleep=watch.sleep)
        for _ in range(5 * per_second // senders + 3):
            paced.send(MAIL)

    asked = sorted(at for watch in watches for at in watch.asked_at)
    # A burst at the very start aside: each sender's first mail waits for nobody.
    for second in range(1, 4):
        assert sum(second <= at < second + 1 for at in asked) <= per_second + senders


def test_a_sender_that_is_slower_than_its_share_never_waits_and_saves_nothing_up():
    watch = Stopwatch(work=1.0)
    paced = PacedMailer(watch, per_second=10, senders=1, clock=watch.read, sleep=watch.sleep)
    for _ in range(3):
        paced.send(MAIL)

    watch.work = 0.0
    for _ in range(3):
        paced.send(MAIL)

    assert watch.asked_at == pytest.approx([0.0, 1.0, 2.0, 3.0, 3.1, 3.2])
