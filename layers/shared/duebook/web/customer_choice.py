"""Which customer is meant where a list is filtered by one: what was typed is an ID, a name, or a piece of one that fits one customer only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalice.app import Response

from duebook.domain.directory import Customer
from duebook.errors import InvalidInputError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.usecases.read_customers import MOST_SEARCHED, find_customers
from duebook.web.page_answers import redirect

MOST_TYPED = 64
MOST_CHOICES = 10
SAME_ID, SAME_NAME, PART, ELSEWHERE = range(4)
"""How near a customer is to what was typed: its ID in any case, its whole name, a piece of either, or something else of it, such as its email."""

Way = Callable[[str | None], str]
"""Writes the address of the same list for a customer's ID, or for all customers; every other filter stays."""


@dataclass(frozen=True, slots=True)
class CustomerChoice:
    """The customer by whom a list is filtered, or those it may be.

    Args:
        typed: As it stands in the address; empty when all customers are wanted.
        found: The one.
        choices: Those it may be, the nearest first, a few of them.
        more: So many others it may be.
        cut: The business has more customers than were looked through.
    """

    typed: str = ""
    found: Customer | None = None
    choices: tuple[Customer, ...] = ()
    more: int = 0
    cut: bool = False

    @property
    def unclear(self) -> bool:
        """Tell whether no list can be shown: nobody fits, or more than one."""
        return bool(self.typed) and self.found is None

    @property
    def customer_id(self) -> str:
        """The ID to filter by; empty for all."""
        return self.found.customer_id if self.found else ""

    @property
    def name(self) -> str:
        """The name of who was found."""
        return self.found.name if self.found else ""

    @property
    def said(self) -> str:
        """Say aloud why there is no list."""
        return "No list: choose a customer." if self.choices else "No customer matches."

    @property
    def cut_words(self) -> str:
        """Say how far was looked."""
        return f"Only the first {MOST_SEARCHED:,} customers, in the order of their IDs, were looked through."

    def apart(self, one: Customer) -> str:
        """Say what else tells a customer from others of the same name among the choices; empty where the name does."""
        if sum(other.name.casefold() == one.name.casefold() for other in self.choices) < 2:  # noqa: PLR2004 - itself and another
            return ""
        return ", ".join((one.address or "").split("\n")) or one.email or one.phone or ""

    def settled(self, way: Way) -> Response | None:
        """Lead to the address that holds the ID, if something else was typed: it can be handed on, and the next look costs no search."""
        return redirect(way(self.customer_id)) if self.found and self.customer_id != self.typed else None

    def checked(self) -> CustomerChoice:
        """Return itself where a file can be made.

        Raises:
            UnprocessableError: The customer is not clear.
        """
        if self.unclear:
            raise UnprocessableError(f"Which customer “{self.typed}” is, is not clear. Choose one on the page, then download the file.")
        return self


EVERYBODY = CustomerChoice()


def decided(typed: str, matching: Sequence[Customer], *, looked_at_all: bool = True) -> CustomerChoice:
    """Decide who is meant among the customers that match: the nearest, if no other is as near.

    Args:
        typed: What was typed.
        matching: Those that a search found.
        looked_at_all: Others that match may be nearer where the search ended early, so then only an ID decides.
    """
    order = sorted(matching, key=lambda one: (_nearness(one, typed), one.name.casefold(), one.customer_id))
    if order:
        nearest = _nearness(order[0], typed)
        is_alone = len(order) == 1 or _nearness(order[1], typed) > nearest
        if is_alone and (looked_at_all or nearest == SAME_ID):
            return CustomerChoice(typed, order[0])
    return CustomerChoice(typed, None, tuple(order[:MOST_CHOICES]), max(0, len(order) - MOST_CHOICES), cut=not looked_at_all)


def read_choice(tenant_id: str, typed: str, *, directory: DirectoryStore) -> CustomerChoice:
    """Find the customer that was typed. An ID is one read; anything else is looked up among all customers."""
    typed = typed.strip()[:MOST_TYPED].strip()
    if not typed:
        return EVERYBODY
    try:
        known = directory.find_customer(tenant_id, typed)
    except InvalidInputError:
        known = None
    if known:
        return CustomerChoice(typed, known)
    matching, looked_at_all = find_customers(tenant_id, typed, directory=directory)
    return decided(typed, matching, looked_at_all=looked_at_all)


def _nearness(one: Customer, typed: str) -> int:
    wanted, name, customer_id = typed.casefold(), one.name.casefold(), one.customer_id.casefold()
    if wanted == customer_id:
        return SAME_ID
    if wanted == name:
        return SAME_NAME
    return PART if wanted in name or wanted in customer_id else ELSEWHERE
