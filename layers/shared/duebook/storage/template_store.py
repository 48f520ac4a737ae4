"""Businesses' own mail texts in the Directory: the one in use of each kind, and its last fifty versions."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any

from duebook.domain.email_activity import MailKind
from duebook.domain.mail_templates import VERSIONS_KEPT, MailTemplate, OwnText
from duebook.errors import ConflictError
from duebook.storage import keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
)


class TemplateStore:
    """Reads and writes texts. A mail reads the one in use with one request; versions lie apart, for the page that shows them."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def in_use(self, tenant_id: str, kind: MailKind) -> MailTemplate | None:
        """Read the newest version of a kind's text, or None where it was never touched."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.template_sk(kind.value), consistent=False)
        return _template_of(item) if item else None

    def newest(self, tenant_id: str, kind: MailKind) -> MailTemplate | None:
        """Read the newest version as it stands this moment, to write the next one."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), keys.template_sk(kind.value))
        return _template_of(item) if item else None

    def all_in_use(self, tenant_id: str) -> dict[MailKind, MailTemplate]:
        """Read the newest version of each kind that was ever touched."""
        found = [_template_of(item) for item in query(self._client, self._table, **prefixed(keys.tenant_pk(tenant_id), keys.TEMPLATES))]
        return {template.kind: template for template in found}

    def versions(self, tenant_id: str, kind: MailKind) -> list[MailTemplate]:
        """Read the versions that are kept, the newest first."""
        found = query(self._client, self._table, **prefixed(keys.template_versions_pk(tenant_id, kind.value), forward=False))
        return [_template_of(item) for item in islice(found, VERSIONS_KEPT)]

    def version(self, tenant_id: str, kind: MailKind, number: int) -> MailTemplate | None:
        """Read one version, or None when it is not kept (any more)."""
        item = get(self._client, self._table, keys.template_versions_pk(tenant_id, kind.value), keys.template_version_sk(number))
        return _template_of(item) if item else None

    def add(self, tenant_id: str, template: MailTemplate) -> None:
        """Write the next version of a text and put it in use, all or nothing.

        Raises:
            ConflictError: Somebody else wrote that version.
        """
        doc = _doc_of(template)
        in_use = document(keys.tenant_pk(tenant_id), keys.template_sk(template.kind.value), doc, version=template.version)
        versions_pk = keys.template_versions_pk(tenant_id, template.kind.value)
        version = document(versions_pk, keys.template_version_sk(template.version), doc, version=template.version)
        refused = ConflictError("somebody else has saved this text meanwhile")
        was = template.version - 1
        writes = [
            Write(put_changed(self._table, in_use, was).action, refused) if was else put_new(self._table, in_use, refused),
            put_new(self._table, version, refused),
        ]
        if template.version > VERSIONS_KEPT:
            oldest = key(versions_pk, keys.template_version_sk(template.version - VERSIONS_KEPT))
            writes.append(Write({"Delete": {"TableName": self._table, "Key": oldest}}))
        transact(self._client, writes)


def _doc_of(template: MailTemplate) -> dict[str, Any]:
    doc = {"kind": template.kind.value, "saved_at": template.saved_at.isoformat(), "saved_by": template.saved_by}
    return doc if template.text is None else doc | {"subject": template.text.subject, "body": template.text.body}


def _template_of(item: Item) -> MailTemplate:
    doc = content(item)
    text = OwnText(doc["subject"], doc["body"]) if "subject" in doc else None
    return MailTemplate(MailKind(doc["kind"]), text, datetime.fromisoformat(doc["saved_at"]), doc["saved_by"], version_of(item))
