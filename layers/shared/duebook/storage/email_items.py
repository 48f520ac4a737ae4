"""How mails, their texts and what is known of addresses stand in their items."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any

from duebook.domain.email_activity import (
    About,
    Attachment,
    EventType,
    Mail,
    MailEvent,
    MailKey,
    MailKind,
    MailStatus,
    MailText,
    shown_status,
)
from duebook.domain.suppression import AddressRecord, SuppressedFor
from duebook.storage import keys
from duebook.storage.dynamo import Item, compact, content, document, instant, key, version_of

KEPT = timedelta(days=400)
TEXT_KEPT = timedelta(days=45)
MARK_KEPT = timedelta(days=7)


def address_hash(address: str) -> str:
    """Return what stands for an address in keys: equal for any spelling in capitals."""
    return hashlib.sha256(address.strip().lower().encode()).hexdigest()[:32]


def mail_item(mail: Mail) -> Item:
    """Write a mail's row."""
    doc = {
        "tenant": mail.key.tenant_id,
        "to": mail.to,
        "subject": mail.subject,
        "kind": mail.kind.value,
        "created_at": mail.created_at.isoformat(),
        "customer": mail.customer_id,
        "about": [mail.about.kind, mail.about.id] if mail.about else None,
        "status": mail.status.value,
        "events": [[event.type.value, event.at.isoformat(), event.reference, event.words] for event in mail.events],
        "claimed_at": mail.claimed_at.isoformat() if mail.claimed_at else None,
        "message_id": mail.message_id,
        "day": mail.day.isoformat() if mail.day else None,
        "again_of": mail.again_of,
    }
    shown = shown_status(mail)
    return document(
        keys.mail_pk(mail.key.tenant_id, mail.key.month),
        mail.key.mail_id,
        {name: value for name, value in doc.items() if value is not None},
        version=mail.version,
        customer_pk=keys.mail_customer_pk(mail.key.tenant_id, mail.customer_id) if mail.customer_id else None,
        address_pk=keys.mail_address_pk(mail.key.tenant_id, address_hash(mail.to)),
        status_pk=None if shown is MailStatus.DELIVERED else keys.mail_status_pk(mail.key.tenant_id, shown.value),
        expires_at=_epoch(mail.created_at + KEPT),
    )


def mail_of(item: Item) -> Mail:
    """Read a mail's row."""
    doc = content(item)
    about = doc.get("about")
    return Mail(
        key=MailKey(doc["tenant"], item["sk"]["S"]),
        to=doc["to"],
        subject=doc["subject"],
        kind=MailKind(doc["kind"]),
        created_at=datetime.fromisoformat(doc["created_at"]),
        customer_id=doc.get("customer"),
        about=About(*about) if about else None,
        status=MailStatus(doc["status"]),
        events=tuple(
            MailEvent(EventType(type_), datetime.fromisoformat(at), reference, words) for type_, at, reference, words in doc["events"]
        ),
        claimed_at=instant(doc.get("claimed_at")),
        message_id=doc.get("message_id"),
        day=date.fromisoformat(doc["day"]) if "day" in doc else None,
        again_of=doc.get("again_of"),
        version=version_of(item),
    )


def text_item(mail: Mail, text: MailText, now: datetime) -> Item:
    """Write a mail's text, packed; it ends sooner than the row. Files stand in the bucket, here only where."""
    files = [[one.name, one.content_type, one.path] for one in text.attachments]
    packed = gzip.compress(compact([text.subject, text.html, text.text, *([files] if files else [])]).encode(), mtime=0)
    where = key(keys.mail_body_pk(mail.key.tenant_id, mail.key.mail_id), keys.MAIL_BODY_SK)
    return where | {"packed": {"B": packed}, "expires_at": {"N": str(_epoch(now + TEXT_KEPT))}}


def text_of(item: Item) -> MailText:
    """Read a mail's text."""
    subject, html, text, *files = json.loads(gzip.decompress(item["packed"]["B"]))
    return MailText(subject, html, text, tuple(Attachment(*one) for one in files[0]) if files else ())


def mark_item(mail_key: MailKey, next_at: datetime, tries: int, now: datetime) -> Item:
    """Write the mark of a mail that waits to be handed over."""
    mark = {"next_at": {"S": next_at.isoformat()}, "tries": {"N": str(tries)}, "expires_at": {"N": str(_epoch(now + MARK_KEPT))}}
    return mark_key(mail_key) | mark


def mark_key(mail_key: MailKey) -> Item:
    """Write the key of a mail's mark."""
    return key(keys.mail_waiting_pk(mail_key.mail_id), keys.mail_waiting_sk(mail_key.tenant_id, mail_key.mail_id))


def address_item(tenant_id: str, known: AddressRecord) -> Item:
    """Write what is known of an address. It has no time to live: a suppression holds until it is released."""
    pk = keys.mail_address_pk(tenant_id, address_hash(known.address))
    return document(pk, keys.ADDRESS_SK, _address_doc(known), version=known.version)


def listed_item(tenant_id: str, known: AddressRecord) -> Item:
    """Write the line of an address in the list of those that are held back."""
    return document(keys.held_back_pk(tenant_id), keys.held_back_sk(known.address), _address_doc(known), version=known.version)


def _address_doc(known: AddressRecord) -> dict[str, Any]:
    doc: dict[str, Any] = {
        "address": known.address,
        "suppressed_for": known.suppressed_for.value if known.suppressed_for else None,
        "suppressed_at": known.suppressed_at.isoformat() if known.suppressed_at else None,
        "soft_bounces": [[mail_id, at.isoformat()] for mail_id, at in known.soft_bounces],
        "released_at": known.released_at.isoformat() if known.released_at else None,
        "unsubscribed_at": known.unsubscribed_at.isoformat() if known.unsubscribed_at else None,
    }
    return {name: value for name, value in doc.items() if value}


def address_of(item: Item) -> AddressRecord:
    """Read what is known of an address."""
    doc = content(item)
    reason = doc.get("suppressed_for")
    return AddressRecord(
        address=doc["address"],
        suppressed_for=SuppressedFor(reason) if reason else None,
        suppressed_at=instant(doc.get("suppressed_at")),
        soft_bounces=tuple((mail_id, datetime.fromisoformat(at)) for mail_id, at in doc.get("soft_bounces", ())),
        released_at=instant(doc.get("released_at")),
        unsubscribed_at=instant(doc.get("unsubscribed_at")),
        version=version_of(item),
    )


def _epoch(at: datetime) -> int:
    return int(at.timestamp())
