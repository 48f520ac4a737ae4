"""Runs of automations: how far each is and what became of every customer it looked at; kept as long as the mails' rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from duebook.domain.automation import Automation
from duebook.domain.automation_runs import ALIVE, AutomationRun, Batch, Done, Outcome, RunStatus, counted
from duebook.errors import ConflictError, NotFoundError
from duebook.storage import automation_keys as places
from duebook.storage import keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    content,
    document,
    get,
    instant,
    key,
    prefixed,
    put_new,
    query,
    transact,
    version_of,
)
from duebook.storage.email_items import KEPT

BATCHES_A_WRITE = 40
COUNT = "n_"
"""What the attributes that count outcomes begin with; no name of an outcome is a word that DynamoDB reserves then."""


class AutomationRunStore:
    """Reads and writes runs of automations."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.email_activity

    def added(self, run: AutomationRun, batches: Sequence[Batch] = ()) -> list[Write]:
        """Make the writes that put a new run on record: with its mark while it is not over, and with its batches where it has some."""
        marked = [self._marked(run)] if run.status in ALIVE else []
        return [put_new(self._table, _run_item(run)), *marked, *(self._put(_batch_item(run, batch)) for batch in batches)]

    def add(self, run: AutomationRun, *writes: Write) -> None:
        """Put a new run on record, with what stands or falls with it.

        Raises:
            AlreadyPostedError: It is on record already.
            ConflictError: As ``writes`` say.
        """
        transact(self._client, [*self.added(run), *writes])

    def get(self, tenant_id: str, automation: Automation, run_id: str, *, consistent: bool = True) -> AutomationRun:
        """Read a run.

        Raises:
            NotFoundError: No such run of this tenant.
        """
        pk = places.automation_runs_pk(tenant_id, automation.value)
        item = get(self._client, self._table, pk, run_id, consistent=consistent)
        if item is None:
            raise NotFoundError(f"no run {run_id}")
        return _run_of(item)

    def latest(self, tenant_id: str, automation: Automation, *, limit: int, before: str | None = None) -> list[AutomationRun]:
        """Read an automation's runs, newest first; ``before`` is the last run id of the page before."""
        pk = places.automation_runs_pk(tenant_id, automation.value)
        request = prefixed(pk, forward=False)
        if before:
            request["ExclusiveStartKey"] = key(pk, before)
        return [_run_of(item) for item in islice(query(self._client, self._table, Limit=limit, **request), limit)]

    def alive(self) -> list[tuple[str, Automation, str]]:
        """List tenant, automation and id of each run that is not over, of all tenants."""
        marks = query(self._client, self._table, ConsistentRead=True, **prefixed(places.AUTOMATION_RUNS_ALIVE_PK))
        parts = (item["sk"]["S"].split(keys.SEPARATOR) for item in marks)
        return [(tenant_id, Automation(automation), run_id) for tenant_id, automation, run_id in parts]

    def save(self, run: AutomationRun, *, was: AutomationRun) -> AutomationRun:
        """Replace a run that is unchanged since it was read, but for its counts, which batches alone write.

        Raises:
            ConflictError: It changed meanwhile.
        """
        saved = replace(run, version=was.version + 1)
        item = _run_item(saved)
        names = [name for name in item if name not in {"pk", "sk"} and not name.startswith(COUNT)]
        update = {
            "TableName": self._table,
            "Key": _run_key(run),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names),
            "ConditionExpression": "#version = :was",
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": {f":{name}": item[name] for name in names} | {":was": {"N": str(was.version)}},
        }
        gone = [Write({"Delete": {"TableName": self._table, "Key": self._mark_key(run)}})] if saved.status not in ALIVE else []
        transact(self._client, [Write({"Update": update}), *gone])
        return saved

    def add_batches(self, run: AutomationRun, batches: Sequence[Batch]) -> None:
        """Write the batches of a run that is being prepared; who lists its customers again writes over them.

        Raises:
            ConflictError: The run is not being prepared any more.
        """
        condition = {
            "ConditionExpression": "#status = :preparing",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":preparing": {"S": RunStatus.PREPARING.value}},
        }
        check = Write({"ConditionCheck": {"TableName": self._table, "Key": _run_key(run), **condition}}, _moved_on())
        for start in range(0, len(batches), BATCHES_A_WRITE):
            some = batches[start : start + BATCHES_A_WRITE]
            transact(self._client, [check, *(self._put(_batch_item(run, batch)) for batch in some)])

    def batch(self, run: AutomationRun, number: int) -> Batch:
        """Read a batch of a run.

        Raises:
            NotFoundError: No such batch.
        """
        item = get(self._client, self._table, places.automation_run_pk(run.tenant_id, run.run_id), places.automation_batch_sk(number))
        if item is None:
            raise NotFoundError(f"no batch {number} of the run {run.run_id}")
        return _batch_of(item)

    def batches(self, run: AutomationRun) -> Iterator[Batch]:
        """Read the batches of a run, in order."""
        pk = places.automation_run_pk(run.tenant_id, run.run_id)
        return map(_batch_of, query(self._client, self._table, ConsistentRead=True, **prefixed(pk, places.BATCHES)))

    def advance(self, run: AutomationRun, batch: Batch, done: Sequence[Done], now: datetime) -> Batch:
        """Put on record what became of the next customers of a batch, and count it on the run, at once.

        Raises:
            ConflictError: Another worker has the batch, or the run is over.
        """
        saved = replace(batch, done=(*batch.done, *done), version=batch.version + 1)
        was = {"ConditionExpression": "version = :was", "ExpressionAttributeValues": {":was": {"N": str(batch.version)}}}
        put = {"TableName": self._table, "Item": _batch_item(run, saved), **was}
        transact(self._client, [Write({"Put": put}, _moved_on()), Write({"Update": self._counted(run, counted(done), now)}, _moved_on())])
        return saved

    def _counted(self, run: AutomationRun, counts: Mapping[Outcome, int], now: datetime) -> Item:
        added = {f"{COUNT}{outcome.value}": count for outcome, count in counts.items()}
        add = " ADD " + ", ".join(f"{name} :{name}" for name in added) if added else ""
        return {
            "TableName": self._table,
            "Key": _run_key(run),
            "UpdateExpression": f"SET touched_at = :now{add}",
            "ConditionExpression": "#status = :running",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":now": {"S": now.isoformat()}, ":running": {"S": RunStatus.RUNNING.value}}
            | {f":{name}": {"N": str(value)} for name, value in added.items()},
        }

    def _put(self, item: Item) -> Write:
        return Write({"Put": {"TableName": self._table, "Item": item}})

    def _marked(self, run: AutomationRun) -> Write:
        return self._put(self._mark_key(run))

    def _mark_key(self, run: AutomationRun) -> Item:
        sk = places.automation_run_alive_sk(run.tenant_id, run.automation.value, run.run_id)
        return key(places.AUTOMATION_RUNS_ALIVE_PK, sk)


def _moved_on() -> ConflictError:
    return ConflictError("this run has moved on")


def _run_key(run: AutomationRun) -> Item:
    return key(places.automation_runs_pk(run.tenant_id, run.automation.value), run.run_id)


def _run_item(run: AutomationRun) -> Item:
    doc = {
        "tenant": run.tenant_id,
        "id": run.run_id,
        "automation": run.automation.value,
        "planned_at": run.planned_at.isoformat(),
        "created_at": run.created_at.isoformat(),
        "on_demand": run.on_demand,
        "total": run.total,
        "batches": run.batches,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
    }
    place = _run_key(run)
    # What batches write, and what their writes are conditional on, stands beside the document.
    item = document(
        place["pk"]["S"],
        place["sk"]["S"],
        doc,
        version=run.version,
        status=run.status.value,
        touched_at=(run.touched_at or run.created_at).isoformat(),
        expires_at=int((run.created_at + KEPT).timestamp()),
    )
    return item | {f"{COUNT}{outcome.value}": {"N": str(count)} for outcome, count in run.counts.items()}


def _run_of(item: Item) -> AutomationRun:
    doc = content(item)
    counts = {Outcome(name.removeprefix(COUNT)): int(value["N"]) for name, value in item.items() if name.startswith(COUNT)}
    return AutomationRun(
        tenant_id=doc["tenant"],
        run_id=doc["id"],
        automation=Automation(doc["automation"]),
        planned_at=datetime.fromisoformat(doc["planned_at"]),
        created_at=datetime.fromisoformat(doc["created_at"]),
        on_demand=doc["on_demand"],
        status=RunStatus(item["status"]["S"]),
        total=doc["total"],
        counts=MappingProxyType(counts),
        batches=doc["batches"],
        touched_at=instant(item["touched_at"]["S"]),
        ended_at=instant(doc["ended_at"]),
        version=version_of(item),
    )


def _batch_item(run: AutomationRun, batch: Batch) -> Item:
    doc = {
        "ids": list(batch.customer_ids),
        "done": [[one.customer_id, one.name, one.outcome.value, one.words] for one in batch.done],
    }
    pk = places.automation_run_pk(run.tenant_id, run.run_id)
    expires_at = int((run.created_at + KEPT).timestamp())
    return document(pk, places.automation_batch_sk(batch.number), doc, version=batch.version, expires_at=expires_at)


def _batch_of(item: Item) -> Batch:
    doc = content(item)
    number = int(item["sk"]["S"].split(keys.SEPARATOR)[1])
    done = tuple(Done(customer_id, name, Outcome(outcome), words) for customer_id, name, outcome, words in doc["done"])
    return Batch(number, tuple(doc["ids"]), done, version_of(item))
