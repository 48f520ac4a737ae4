"""What customers may ask for, in the settings: products and services to add, rename, show and hide; none is ever deleted (R80)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from chalice.app import Response

from duebook.domain.service_requests import CatalogEntry, EntryKind, by_name, is_open, shown
from duebook.errors import ConflictError, NotFoundError, UnprocessableError
from duebook.usecases.change_catalog import CatalogDesk, put_entry, read_entry
from duebook.usecases.read_requests import count_new
from duebook.web.form_checks import Checks, line
from duebook.web.made_ids import checked_id
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.visits import Visit

CATALOG = "/admin/settings/catalog"
LISTS: Mapping[EntryKind, tuple[str, str, str]] = {
    EntryKind.PRODUCT: ("Products", "What it is about, such as a portable toilet.", "prd"),
    EntryKind.SERVICE: ("Services", "What is to be done with it, such as delivery.", "srv"),
}
"""Heading, a line about it, and what the ids of entries begin with that pages make."""
DONE = {"added": "Added. Customers can choose it now.", "saved": "Saved."}
MEANWHILE = "Somebody changed this at the same moment. Look at it again, then save."


@dataclass(frozen=True, slots=True)
class CatalogPages:
    """The pages of products and services.

    Args:
        answers: What pages are made with.
        desk: What keeping the lists takes.
        new_id: Makes ids of ours.
    """

    answers: PageAnswers
    desk: CatalogDesk
    new_id: Callable[..., str]

    def listed(
        self, visit: Visit, done: str = "", typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
    ) -> Response:
        """Show both lists, hidden entries as well, each with a form that adds to it."""
        entries = self.desk.requests.catalog(visit.tenant_id)
        sent = dict(typed or {})
        context: dict[str, Any] = {
            "lists": [self._list(kind, entries, sent) for kind in EntryKind],
            "missing": [LISTS[kind][0].lower() for kind in EntryKind if not shown(entries, kind)],
            "possible": is_open(entries),
            "done": DONE.get(done, ""),
            "may_change": visit.may("manager"),
        }
        return self._page("catalog.html", visit, problems, **context)

    def add(self, visit: Visit, sent: Mapping[str, str]) -> Response:
        """Add an entry as a form asks; the same form again is the same entry."""
        kind = kind_of(sent.get("kind", ""))
        entry_id = checked_id(LISTS[kind][2], sent.get("key", ""))
        field = f"name_{kind.value}"
        checks = Checks()
        name = self._name(visit, kind, entry_id, sent, field, checks)
        try:
            checks.refuse_if_wrong()
            put_entry(visit.tenant_id, kind, entry_id, name=name, shown=None, desk=self.desk)
        except UnprocessableError as error:
            return self.listed(visit, typed=sent, problems=checks.problems or {field: str(error)})
        return redirect(link(CATALOG, done="added"))

    def entry(self, visit: Visit, kind: str, entry_id: str) -> Response:
        """Show the form of an entry."""
        found = self._read(visit, kind, entry_id)
        return self._form(visit, found, {"name": found.name, "shown": "1" if found.shown else ""})

    def save(self, visit: Visit, kind: str, entry_id: str, sent: Mapping[str, str]) -> Response:
        """Rename, show or hide an entry; the last one of its list is hidden once that was confirmed."""
        found, checks = self._read(visit, kind, entry_id), Checks()
        name, is_shown = self._name(visit, found.kind, entry_id, sent, "name", checks), sent.get("shown") == "1"
        if checks.problems:
            return self._form(visit, found, sent, checks.problems)
        if not is_shown and self._is_last(visit, found) and not sent.get("sure"):
            return self._form(visit, found, sent, asks=True)
        try:
            put_entry(visit.tenant_id, found.kind, entry_id, name=name, shown=is_shown, desk=self.desk)
        except ConflictError:
            return self._form(visit, found, sent, {"name": MEANWHILE})
        return redirect(link(CATALOG, done="saved"))

    def _form(
        self, visit: Visit, found: CatalogEntry, typed: Mapping[str, str], problems: Mapping[str, str] | None = None, *, asks: bool = False
    ) -> Response:
        context: dict[str, Any] = {"entry": found, "typed": typed, "asks": asks, "is_last": self._is_last(visit, found)}
        return self._page("catalog_entry.html", visit, problems, **context)

    def _list(self, kind: EntryKind, entries: Sequence[CatalogEntry], sent: Mapping[str, str]) -> dict[str, Any]:
        heading, about, prefix = LISTS[kind]
        is_sent = sent.get("kind") == kind.value
        return {
            "kind": kind.value,
            "heading": heading,
            "about": about,
            "entries": sorted((one for one in entries if one.kind is kind), key=by_name),
            "key": sent.get("key", "") if is_sent else self.new_id(prefix, self.desk.now),
            "typed": sent.get(f"name_{kind.value}", "") if is_sent else "",
        }

    def _name(self, visit: Visit, kind: EntryKind, entry_id: str, sent: Mapping[str, str], field: str, checks: Checks) -> str:
        name = checks.take(field, sent.get(field, ""), line, missing=f"Type the name of the {kind.value}.")
        for other in self.desk.requests.catalog(visit.tenant_id) if name else ():
            if other.kind is kind and other.entry_id != entry_id and other.name.casefold() == (name or "").casefold():
                checks.problems[field] = f"There is a {kind.value} of this name already{'' if other.shown else ', hidden: show that one'}."
        return name or ""

    def _is_last(self, visit: Visit, found: CatalogEntry) -> bool:
        return shown(self.desk.requests.catalog(visit.tenant_id), found.kind) == (found,)

    def _read(self, visit: Visit, kind: str, entry_id: str) -> CatalogEntry:
        return read_entry(visit.tenant_id, kind_of(kind), entry_id, requests=self.desk.requests)

    def _page(self, template: str, visit: Visit, problems: Mapping[str, str] | None, **context: Any) -> Response:
        context |= {"section": "/admin/settings", "tab": "Catalog", "problems": problems or {}}
        context["new_requests"] = count_new(visit.tenant_id, requests=self.desk.requests)
        return self.answers.page(template, visit, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK, **context)


def kind_of(name: str) -> EntryKind:
    """Return which list is meant.

    Raises:
        NotFoundError: There is no such list.
    """
    found = next((one for one in EntryKind if one.value == name), None)
    if found is None:
        raise NotFoundError("no such list")
    return found
