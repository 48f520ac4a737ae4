"""Builds what service requests take, each dependency once and on first use, beside ``wiring``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from duebook import wiring, wiring_identity, wiring_mail, wiring_staff, wiring_texts
from duebook.runtime.settings import setting

if TYPE_CHECKING:
    from datetime import datetime

    from duebook.domain.activity_log import Actor
    from duebook.domain.email_activity import MailKind, MailText
    from duebook.domain.request_news import RequestNews
    from duebook.storage.request_store import RequestStore
    from duebook.usecases.answer_requests import AnswerDesk
    from duebook.usecases.ask_for_service import ServiceDesk
    from duebook.usecases.change_catalog import CatalogDesk
    from duebook.usecases.send_request_mail import RequestPost


@cache
def request_store() -> RequestStore:
    """Return the store of service requests and of what may be asked for."""
    from duebook.storage.request_store import RequestStore

    return RequestStore(wiring.client("dynamodb"), wiring.tables())


def service_desk(at: datetime) -> ServiceDesk:
    """Return what asking for service takes, at an instant."""
    from duebook.runtime.ids import new_id
    from duebook.usecases.ask_for_service import ServiceDesk

    links = wiring_identity.link_desk(at)
    return ServiceDesk(wiring.directory_store(), request_store(), wiring.transient_store(), links, new_id, at)


def answer_desk(actor: Actor, at: datetime) -> AnswerDesk:
    """Return what answering requests takes, for a person at an instant."""
    from duebook.usecases.answer_requests import AnswerDesk

    return AnswerDesk(request_store(), wiring_identity.link_desk(at), wiring_staff.activity_store(), actor, at)


def catalog_desk(actor: Actor, at: datetime) -> CatalogDesk:
    """Return what keeping the lists of products and services takes, for a person at an instant."""
    from duebook.usecases.change_catalog import CatalogDesk

    return CatalogDesk(request_store(), wiring_staff.activity_store(), actor, at)


def request_post() -> RequestPost:
    """Return what writing a mail about a request takes."""
    from duebook.usecases.send_request_mail import RequestPost

    return RequestPost(wiring.directory_store(), request_store(), wiring.email_store(), wiring_mail.mail_queue(), write_request_mail)


def write_request_mail(kind: MailKind, news: RequestNews) -> MailText:
    """Write a mail about a request, in the business's words where it has some, with a link to this deployment's portal."""
    from duebook.mail.service_request import write_service_request

    words = wiring_texts.tenant_words(news.tenant.tenant_id, kind)
    return write_service_request(kind, news, portal_origin=setting("PORTAL_ORIGIN"), words=words)
