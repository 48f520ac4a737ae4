"""Builds what businesses' own mail texts take, on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from duebook import wiring
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from duebook.domain.activity_log import Actor
    from duebook.domain.email_activity import MailKind, MailText
    from duebook.mail.tenant_texts import TenantWords
    from duebook.storage.template_store import TemplateStore
    from duebook.usecases.preview_template import PreviewDesk
    from duebook.usecases.save_template import TextDesk


@cache
def template_store() -> TemplateStore:
    """Return the store of businesses' own mail texts."""
    from duebook.storage.template_store import TemplateStore

    return TemplateStore(wiring.client("dynamodb"), wiring.tables())


def cleaner() -> Callable[[str], str]:
    """Return what cleans HTML; the package is loaded for the first text, and where no business has one never."""
    from duebook.mail.cleaning import clean_html

    return clean_html


def tenant_words(tenant_id: str, kind: MailKind) -> TenantWords | None:
    """Read a business's own text for a kind of mail: one request, None where it has none. Bulk runs ask once a batch."""
    from duebook.mail.tenant_texts import TenantWords
    from duebook.runtime.observability import logger

    found = template_store().in_use(tenant_id, kind)
    if found is None or found.text is None:
        return None

    def failed(reason: str) -> None:
        logger().error("a text of the business could not be used", tenant_id=tenant_id, kind=kind.value, reason=reason)

    return TenantWords(kind, found.text, cleaner(), failed)


def worded(write: Callable[..., MailText], kind: MailKind) -> Callable[[Any], MailText]:
    """Return a writer of payment mails that takes the words of the business whose payment it is, with links to this deployment."""

    def written(news: Any) -> MailText:
        return write(news, portal_origin=setting("PORTAL_ORIGIN"), words=tenant_words(news.tenant.tenant_id, kind))

    return written


def text_desk(actor: Actor, now: datetime) -> TextDesk:
    """Return what changing texts takes, for a person at an instant."""
    from duebook.storage.activity_store import ActivityStore
    from duebook.usecases.save_template import TextDesk

    return TextDesk(template_store(), ActivityStore(wiring.client("dynamodb"), wiring.tables()), cleaner(), actor, now)


def preview_desk(tenant_id: str, now: datetime) -> PreviewDesk:
    """Return what previews take, at an instant."""
    from duebook.mail.previews import write_preview
    from duebook.runtime.clock import today_in
    from duebook.storage.request_store import RequestStore
    from duebook.usecases.notify_payment import Records
    from duebook.usecases.preview_template import PreviewDesk

    records, clean = Records(wiring.account_store(), wiring.payment_store(), wiring.directory_store()), cleaner()
    today = today_in(records.directory.tenant(tenant_id).time_zone, now)
    requests = RequestStore(wiring.client("dynamodb"), wiring.tables())
    write = partial(write_preview, portal_origin=setting("PORTAL_ORIGIN"), clean=clean)
    return PreviewDesk(records, wiring.invoice_store(), requests, clean, write, today, now)
