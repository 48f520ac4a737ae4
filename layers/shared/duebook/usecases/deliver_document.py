"""Give out a document: printed once for what it tells, then by links that last five minutes."""

from __future__ import annotations

from collections.abc import Callable

from duebook.domain.documents import Sheet, fingerprint
from duebook.storage.document_store import DocumentStore

Print = Callable[[Sheet], bytes]


def deliver_document(tenant_id: str, sheet: Sheet, *, documents: DocumentStore, print_sheet: Print) -> str:
    """Return a link to a document; it is printed unless one that reads alike is kept.

    Who asks at the same time prints it as well, and puts the same bytes.

    Raises:
        TransientError: The bucket did not answer.
    """
    name = fingerprint(sheet)
    if not documents.has(tenant_id, name):
        documents.put(tenant_id, name, print_sheet(sheet), sheet.file_name)
    return documents.link(tenant_id, name)
