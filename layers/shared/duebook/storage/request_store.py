"""Service requests and what may be asked for, in the Directory.

A request stands below its customer. Beside it, in the same transactions: a line in the list of all requests, a line in the list of its
status, which moves with it, and the counts by status. So each list is one query, newest first, and the counts are exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import Any

from duebook.domain.service_requests import (
    CatalogEntry,
    Chosen,
    EntryKind,
    Job,
    JobKind,
    Place,
    Requester,
    RequestStatus,
    ServiceRequest,
)
from duebook.errors import ConflictError, NotFoundError
from duebook.storage import keys, request_keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    get_many,
    instant,
    key,
    prefixed,
    put_changed,
    put_new,
    query,
    transact,
    version_of,
    write_one,
)

PAGE = 100


class RequestStore:
    """Reads and writes service requests and the catalog."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def catalog(self, tenant_id: str) -> list[CatalogEntry]:
        """Read both lists, hidden entries as well."""
        request = prefixed(keys.tenant_pk(tenant_id), request_keys.CATALOG)
        return [_entry_of(item) for item in query(self._client, self._table, ConsistentRead=True, **request)]

    def entry(self, tenant_id: str, kind: EntryKind, entry_id: str) -> CatalogEntry | None:
        """Read an entry, or None."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), request_keys.catalog_sk(kind.value, entry_id))
        return _entry_of(item) if item else None

    def put_entry(self, tenant_id: str, entry: CatalogEntry, *, was: CatalogEntry | None) -> CatalogEntry:
        """Write an entry, new or unchanged since it was read.

        Raises:
            ConflictError: It changed meanwhile.
        """
        saved = replace(entry, version=was.version + 1 if was else 1)
        sk = request_keys.catalog_sk(entry.kind.value, entry.entry_id)
        doc = {"kind": entry.kind.value, "id": entry.entry_id, "name": entry.name, "shown": entry.shown}
        item = document(keys.tenant_pk(tenant_id), sk, doc, version=saved.version)
        write_one(self._client, put_changed(self._table, item, was.version) if was else put_new(self._table, item, _meanwhile()))
        return saved

    def add(self, tenant_id: str, request: ServiceRequest, also: Sequence[Write]) -> ServiceRequest:
        """Write a new request with its lines, the counts, and writes of the same fact.

        Raises:
            DuebookError: As those writes say.
            ConflictError: Another write was under way; nothing was written.
        """
        saved = replace(request, version=1)
        listed = {"customer": request.customer_id}
        lines = (request_keys.requests_pk(tenant_id), request_keys.requests_pk(tenant_id, request.status.value))
        writes = [
            put_new(self._table, _request_item(tenant_id, saved)),
            *(put_new(self._table, document(pk, request.request_id, listed)) for pk in lines),
            self._counted(tenant_id, {request.status: 1}),
        ]
        transact(self._client, [*also, *writes])
        return saved

    def save(self, tenant_id: str, after: ServiceRequest, *, was: ServiceRequest, also: Sequence[Write] = ()) -> ServiceRequest:
        """Replace a request that is unchanged since it was read, move its line, put its job on record if it has one now.

        Raises:
            ConflictError: It changed meanwhile, or another write was under way; nothing was written.
            DuebookError: As the other writes say.
        """
        saved = replace(after, version=was.version + 1)
        moved = [
            Write(
                {"Delete": {"TableName": self._table, "Key": key(request_keys.requests_pk(tenant_id, was.status.value), was.request_id)}}
            ),
            put_new(
                self._table,
                document(request_keys.requests_pk(tenant_id, after.status.value), after.request_id, {"customer": after.customer_id}),
            ),
            self._counted(tenant_id, {was.status: -1, after.status: 1}),
        ]
        job = [put_new(self._table, _job_item(tenant_id, after, after.job), _meanwhile())] if after.job and not was.job else []
        changed = put_changed(self._table, _request_item(tenant_id, saved), was.version)
        transact(self._client, [changed, *(moved if after.status is not was.status else ()), *job, *also])
        return saved

    def get(self, tenant_id: str, customer_id: str, request_id: str) -> ServiceRequest:
        """Read a request of this very customer.

        Raises:
            NotFoundError: None such.
        """
        item = get(self._client, self._table, keys.customer_pk(tenant_id, customer_id), request_keys.request_sk(request_id))
        if item is None:
            raise NotFoundError("no such service request")
        return _request_of(item)

    def find(self, tenant_id: str, request_id: str) -> ServiceRequest:
        """Read a request of whichever customer of a tenant.

        Raises:
            NotFoundError: None such.
        """
        line = get(self._client, self._table, request_keys.requests_pk(tenant_id), request_id)
        if line is None:
            raise NotFoundError("no such service request")
        return self.get(tenant_id, content(line)["customer"], request_id)

    def of_customer(self, tenant_id: str, customer_id: str, *, before: str | None = None) -> Iterator[ServiceRequest]:
        """Read a customer's requests, newest first; ``before`` is the last id of the page before."""
        pk = keys.customer_pk(tenant_id, customer_id)
        request = prefixed(pk, request_keys.REQUESTS, forward=False)
        if before:
            request["ExclusiveStartKey"] = key(pk, request_keys.request_sk(before))
        return map(_request_of, query(self._client, self._table, ConsistentRead=True, Limit=PAGE, **request))

    def latest(self, tenant_id: str, statuses: frozenset[RequestStatus], *, before: str | None = None) -> Iterator[list[ServiceRequest]]:
        """Read a tenant's requests of some statuses, newest first, some at a time; of no status: all of them."""
        pks = [request_keys.requests_pk(tenant_id, status.value) for status in sorted(statuses)] or [request_keys.requests_pk(tenant_id)]
        lines = merge(*(self._lines(pk, before) for pk in pks), key=lambda line: line[0], reverse=True)
        while part := list(islice(lines, PAGE)):
            wanted = [(keys.customer_pk(tenant_id, customer), request_keys.request_sk(one)) for one, customer in part]
            found = get_many(self._client, self._table, wanted)
            read = [_request_of(found[where]) for where in wanted if where in found]
            # One that moved on between the two reads has another status by now.
            yield [one for one in read if not statuses or one.status in statuses]

    def counts(self, tenant_id: str) -> dict[RequestStatus, int]:
        """Tell how many requests of a tenant stand where."""
        item = get(self._client, self._table, request_keys.request_counts_pk(tenant_id), request_keys.COUNTS_SK) or {}
        return {status: int(item[status.value]["N"]) if status.value in item else 0 for status in RequestStatus}

    def _lines(self, pk: str, before: str | None) -> Iterator[tuple[str, str]]:
        request = prefixed(pk, forward=False)
        if before:
            request["ExclusiveStartKey"] = key(pk, before)
        for item in query(self._client, self._table, ConsistentRead=True, Limit=PAGE, **request):
            yield item["sk"]["S"], content(item)["customer"]

    def _counted(self, tenant_id: str, steps: Mapping[RequestStatus, int]) -> Write:
        request = {
            "TableName": self._table,
            "Key": key(request_keys.request_counts_pk(tenant_id), request_keys.COUNTS_SK),
            "UpdateExpression": "ADD " + ", ".join(f"#{status.value} :{status.value}" for status in steps),
            "ExpressionAttributeNames": {f"#{status.value}": status.value for status in steps},
            "ExpressionAttributeValues": {f":{status.value}": {"N": str(step)} for status, step in steps.items()},
        }
        return Write({"Update": request})


def _meanwhile() -> ConflictError:
    return ConflictError("changed meanwhile; read again")


def _entry_of(item: Item) -> CatalogEntry:
    doc = content(item)
    return CatalogEntry(EntryKind(doc["kind"]), doc["id"], doc["name"], doc["shown"], version_of(item))


def _job_item(tenant_id: str, request: ServiceRequest, job: Job) -> Item:
    doc = _job_doc(job) | {"request": request.request_id, "at": _text(request.ended_at), "by": request.ended_by}
    return document(keys.customer_pk(tenant_id, request.customer_id), request_keys.job_sk(job.job_id), doc)


def _job_doc(job: Job) -> dict[str, Any]:
    doc = {"id": job.job_id, "kind": job.kind.value, "number": job.number, "scheduled_on": _text(job.scheduled_on), "note": job.note}
    return {name: value for name, value in doc.items() if value is not None}


def _request_item(tenant_id: str, request: ServiceRequest) -> Item:
    doc = {
        "id": request.request_id,
        "customer": request.customer_id,
        "site": [request.site.site_id, request.site.name, request.site.number],
        "contact": [request.contact.contact_id, request.contact.name, request.contact.email],
        "product": [request.product.entry_id, request.product.name],
        "service": [request.service.entry_id, request.service.name],
        "created_at": _text(request.created_at),
        "wanted_on": _text(request.wanted_on),
        "po_number": request.po_number,
        "note": request.note,
        "status": request.status.value,
        "read_at": _text(request.read_at),
        "read_by": request.read_by,
        "ended_at": _text(request.ended_at),
        "ended_by": request.ended_by,
        "decline_reason": request.decline_reason,
        "job": _job_doc(request.job) if request.job else None,
        "answer_key": request.answer_key,
        "answer_print": request.answer_print,
    }
    kept = {name: value for name, value in doc.items() if value is not None}
    pk = keys.customer_pk(tenant_id, request.customer_id)
    return document(pk, request_keys.request_sk(request.request_id), kept, version=request.version)


def _request_of(item: Item) -> ServiceRequest:
    doc = content(item)
    return ServiceRequest(
        doc["id"],
        doc["customer"],
        Place(*doc["site"]),
        Requester(*doc["contact"]),
        Chosen(*doc["product"]),
        Chosen(*doc["service"]),
        datetime.fromisoformat(doc["created_at"]),
        wanted_on=_day(doc.get("wanted_on")),
        po_number=doc.get("po_number"),
        note=doc.get("note"),
        status=RequestStatus(doc["status"]),
        read_at=instant(doc.get("read_at")),
        read_by=doc.get("read_by"),
        ended_at=instant(doc.get("ended_at")),
        ended_by=doc.get("ended_by"),
        decline_reason=doc.get("decline_reason"),
        job=_job_of(doc["job"]) if "job" in doc else None,
        answer_key=doc.get("answer_key"),
        answer_print=doc.get("answer_print"),
        version=version_of(item),
    )


def _job_of(doc: Mapping[str, Any]) -> Job:
    return Job(doc["id"], JobKind(doc["kind"]), doc.get("number"), _day(doc.get("scheduled_on")), doc.get("note"))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(when: date | None) -> str | None:
    return when.isoformat() if when else None
