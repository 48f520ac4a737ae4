"""The pages of the processors: where online money goes, by currency. Credentials are written here and never read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.directory import MerchantAccount
from duebook.errors import NotFoundError, UnprocessableError
from duebook.storage.directory_store import DirectoryStore
from duebook.storage.secret_store import SecretStore
from duebook.usecases.change_settings import WantedMerchantAccount, put_merchant_accounts
from duebook.web.action_notes import Notes
from duebook.web.form_checks import problems_by_field
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import link
from duebook.web.processor_form import KEYS, ProcessorForm
from duebook.web.processor_words import LOGIN_NAMES, PROCESSOR_NAMES
from duebook.web.visits import Visit

PROCESSORS = "/admin/settings/processors"
DONE: Mapping[str, str] = {
    "added": "The merchant account is added. Test it now.",
    "replaced": "The credentials are replaced. Test them now.",
    "on": "The merchant account is switched on.",
    "off": "The merchant account is switched off. Payments that are under way are still followed.",
}
"""What the list says after an action."""


@dataclass(frozen=True, slots=True)
class ProcessorPages:
    """The pages of the processors.

    Args:
        answers: What pages are made with.
        directory: Where merchant accounts stand.
        secrets: Where their credentials are written.
        notes: Where changes are noted.
        new_id: Makes ids of ours.
    """

    answers: PageAnswers
    directory: DirectoryStore
    secrets: SecretStore
    notes: Notes
    new_id: Callable[[str, datetime], str]

    def listed(self, visit: Visit, done: str) -> Response:
        """Show the merchant accounts by currency."""
        accounts = sorted(self._accounts(visit), key=lambda one: (one.currency, not one.enabled, one.account_id))
        return self._page("processors.html", visit, accounts=accounts, done=DONE.get(done, ""), may_change=visit.may("admin"))

    def new(self, visit: Visit, processor: str, form: ProcessorForm | None = None, problems: Mapping[str, str] | None = None) -> Response:
        """Ask for the credentials of another merchant account; first for its processor.

        Raises:
            NotFoundError: No such processor.
        """
        if not processor:
            return self._page("processor_choice.html", visit)
        if processor not in KEYS:
            raise NotFoundError("no such processor")
        taken = {account.currency: account for account in self._accounts(visit) if account.enabled}
        form = form or ProcessorForm(processor, enabled=not taken)
        return self._page("processor_form.html", visit, problems, form=form, keys=KEYS[processor], account=None, taken=taken)

    def add(self, visit: Visit, sent: Mapping[str, str]) -> Response:
        """Add a merchant account as a form asks."""
        processor = sent.get("processor", "")
        if processor not in KEYS:
            raise NotFoundError("no such processor")
        form = ProcessorForm.of_form(processor, sent)
        try:
            credentials = form.checked()
            self._check_new(visit, processor, form.currency)
            self._put(visit, WantedMerchantAccount(processor, form.currency, form.enabled, credentials))
        except UnprocessableError as error:
            return self.new(visit, processor, form, problems_by_field(error, {"merchant_accounts": "currency"}, "currency"))
        self._note(visit, f"added {PROCESSOR_NAMES[processor]} in {form.currency}")
        return redirect(link(PROCESSORS, done="added"))

    def credentials(
        self, visit: Visit, account_id: str, form: ProcessorForm | None = None, problems: Mapping[str, str] | None = None
    ) -> Response:
        """Ask for other credentials of a merchant account."""
        account = self._account(visit, account_id)
        form = form or ProcessorForm(account.processor, account.currency, account.enabled, {KEYS[account.processor][0].name: account.login})
        return self._page("processor_form.html", visit, problems, form=form, keys=KEYS[account.processor], account=account, taken={})

    def replace(self, visit: Visit, account_id: str, sent: Mapping[str, str]) -> Response:
        """Replace the credentials of a merchant account as a form asks."""
        account = self._account(visit, account_id)
        kept = {"currency": account.currency} | ({"enabled": "on"} if account.enabled else {})
        form = ProcessorForm.of_form(account.processor, {**sent, **kept})
        try:
            credentials = form.checked()
            self._put(visit, WantedMerchantAccount(account.processor, account.currency, account.enabled, credentials))
        except UnprocessableError as error:
            return self.credentials(visit, account_id, form, problems_by_field(error, {}, KEYS[account.processor][0].name))
        self._note(visit, f"replaced the credentials of {_named(account)}")
        return redirect(link(PROCESSORS, done="replaced"))

    def switch(self, visit: Visit, account_id: str) -> Response:
        """Say what switching a merchant account on or off does."""
        account = self._account(visit, account_id)
        gives_way = next(
            (one for one in self._accounts(visit) if one.enabled and one.currency == account.currency and one != account), None
        )
        return self._page("processor_switch.html", visit, account=account, gives_way=gives_way)

    def switched(self, visit: Visit, account_id: str, sent: Mapping[str, str]) -> Response:
        """Switch a merchant account on or off, as the form said; saying it again changes nothing."""
        account, on = self._account(visit, account_id), sent.get("enabled") == "on"
        self._put(visit, WantedMerchantAccount(account.processor, account.currency, on))
        if on != account.enabled:
            self._note(visit, f"switched {_named(account)} {'on' if on else 'off'}", sent.get("reason", "").strip() or None)
        return redirect(link(PROCESSORS, done="on" if on else "off"))

    def _put(self, visit: Visit, wanted: WantedMerchantAccount) -> None:
        """Write one merchant account; another of its currency gives way to one that is switched on."""
        others = [one for one in self._accounts(visit) if (one.processor, one.currency) != (wanted.processor, wanted.currency)]
        stay = [_as_it_is(one, off=wanted.enabled and one.currency == wanted.currency) for one in others]
        put_merchant_accounts(
            visit.tenant_id, [*stay, wanted], directory=self.directory, secrets=self.secrets, new_id=self.new_id, now=self.notes.now
        )

    def _check_new(self, visit: Visit, processor: str, currency: str) -> None:
        if any((one.processor, one.currency) == (processor, currency) for one in self._accounts(visit)):
            said = f"There is a merchant account of {PROCESSOR_NAMES[processor]} in {currency} already. Replace its credentials."
            raise UnprocessableError(said, field="currency")

    def _accounts(self, visit: Visit) -> Sequence[MerchantAccount]:
        return [account for account in self.directory.merchant_accounts(visit.tenant_id) if not account.retired]

    def _account(self, visit: Visit, account_id: str) -> MerchantAccount:
        found = next((account for account in self._accounts(visit) if account.account_id == account_id), None)
        if found is None:
            raise NotFoundError(f"no merchant account {account_id}")
        return found

    def _note(self, visit: Visit, detail: str, reason: str | None = None) -> None:
        self.notes.add(visit, Action.PROCESSORS_SAVED, ("tenant", visit.tenant_id), detail, reason)

    def _page(self, template: str, visit: Visit, problems: Mapping[str, str] | None = None, **context: object) -> Response:
        return self.answers.page(
            template,
            visit,
            HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
            section="/admin/settings",
            tab="Processors",
            problems=problems or {},
            names=PROCESSOR_NAMES,
            login_names=LOGIN_NAMES,
            **context,
        )


def _as_it_is(account: MerchantAccount, *, off: bool) -> WantedMerchantAccount:
    return WantedMerchantAccount(account.processor, account.currency, account.enabled and not off)


def _named(account: MerchantAccount) -> str:
    return f"{PROCESSOR_NAMES[account.processor]} in {account.currency}"
