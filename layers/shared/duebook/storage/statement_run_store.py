"""Statement runs: the run's item with its counts, its batches and failures, and the marks of runs that are not over (Directory)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from itertools import islice

from duebook.domain.statement_runs import ALIVE, Batch, Counts, CustomerFilter, Delivery, Done, Outcome, RunStatus, StatementRun, counted
from duebook.domain.statements import StatementKind, StatementWish
from duebook.errors import ConflictError, NotFoundError
from duebook.storage import keys, statement_keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    compact,
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

IDS_A_PAGE = 1_000
BATCHES_A_WRITE = 40


class StatementRunStore:
    """Reads and writes statement runs."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def add(self, run: StatementRun, customer_ids: Sequence[str] = (), *writes: Write) -> None:
        """Write a new run with its mark and the customers it names, all or nothing.

        Args:
            run: New.
            customer_ids: Those it names, in the order of the run.
            writes: What stands or falls with it, such as an Idempotency-Key.

        Raises:
            AlreadyPostedError: As ``writes`` say.
        """
        pages = [customer_ids[start : start + IDS_A_PAGE] for start in range(0, len(customer_ids), IDS_A_PAGE)]
        pk = statement_keys.statement_run_pk(run.tenant_id, run.run_id)
        named = [document(pk, statement_keys.named_customers_sk(number), {"ids": list(page)}) for number, page in enumerate(pages)]
        transact(self._client, [*writes, put_new(self._table, _run_item(run)), self._marked(run), *(self._put(item) for item in named)])

    def get(self, tenant_id: str, run_id: str, *, consistent: bool = True) -> StatementRun:
        """Read a run.

        Raises:
            NotFoundError: No such run of this tenant.
        """
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), statement_keys.statement_run_sk(run_id), consistent=consistent)
        if item is None:
            raise NotFoundError(f"no run of statements {run_id}")
        return _run_of(item)

    def latest(self, tenant_id: str, *, limit: int, before: str | None = None) -> list[StatementRun]:
        """Read a tenant's runs, newest first; ``before`` is the last run id of the page before."""
        pk = keys.tenant_pk(tenant_id)
        request = prefixed(pk, statement_keys.STATEMENT_RUNS, forward=False)
        if before:
            request["ExclusiveStartKey"] = key(pk, statement_keys.statement_run_sk(before))
        return [_run_of(item) for item in islice(query(self._client, self._table, Limit=limit, **request), limit)]

    def alive(self) -> list[tuple[str, str]]:
        """List tenant and id of each run that is not over, of all tenants."""
        marks = query(self._client, self._table, ConsistentRead=True, **prefixed(statement_keys.STATEMENT_RUNS_ALIVE_PK))
        return [(tenant_id, run_id) for tenant_id, run_id in (item["sk"]["S"].split(keys.SEPARATOR) for item in marks)]

    def named_ids(self, run: StatementRun) -> list[str]:
        """Read the customers that a run names."""
        pages = self._below(run, statement_keys.NAMED_CUSTOMERS)
        return [customer_id for item in pages for customer_id in content(item)["ids"]]

    def save(self, run: StatementRun, *, was: StatementRun) -> StatementRun:
        """Replace a run that is unchanged since it was read, but for its counts; it loses or regains its mark as it is over or not.

        Counts are written by batches alone. A new pass begins with those it is given.

        Raises:
            ConflictError: It changed meanwhile.
        """
        saved = replace(run, version=was.version + 1)
        fresh = saved.number != was.number
        item = _run_item(saved)
        names = [name for name in item if name not in {"pk", "sk"} and (fresh or name not in COUNTS)]
        update = {
            "TableName": self._table,
            "Key": {"pk": item["pk"], "sk": item["sk"]},
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in names),
            "ConditionExpression": "#version = :was",
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": {f":{name}": item[name] for name in names} | {":was": {"N": str(was.version)}},
        }
        writes = [Write({"Update": update})]
        if saved.status not in ALIVE:
            writes.append(Write({"Delete": {"TableName": self._table, "Key": self._mark_key(run)}}))
        elif was.status not in ALIVE:
            writes.append(self._marked(run))
        transact(self._client, writes)
        return saved

    def add_batches(self, run: StatementRun, batches: Sequence[Batch]) -> None:
        """Write the batches of a pass that is being prepared; who lists its customers again writes over them.

        Raises:
            ConflictError: The pass is not being prepared any more.
        """
        condition = {
            "ConditionExpression": "#status = :preparing AND #pass = :pass",
            "ExpressionAttributeNames": {"#status": "status", "#pass": "pass"},
            "ExpressionAttributeValues": {":preparing": {"S": RunStatus.PREPARING.value}, ":pass": {"N": str(run.number)}},
        }
        check = Write({"ConditionCheck": {"TableName": self._table, "Key": _run_key(run), **condition}}, _moved_on())
        for start in range(0, len(batches), BATCHES_A_WRITE):
            puts = [self._put(_batch_item(run, batch)) for batch in batches[start : start + BATCHES_A_WRITE]]
            transact(self._client, [check, *puts])

    def batch(self, run: StatementRun, number: int) -> Batch:
        """Read a batch of the run's pass.

        Raises:
            NotFoundError: No such batch.
        """
        pk = statement_keys.statement_run_pk(run.tenant_id, run.run_id)
        item = get(self._client, self._table, pk, statement_keys.statement_batch_sk(run.number, number))
        if item is None:
            raise NotFoundError(f"no batch {number} of the run {run.run_id}")
        return _batch_of(item)

    def batches(self, run: StatementRun, *, pass_number: int | None = None) -> Iterator[Batch]:
        """Read the batches of the run's pass, or another, in order."""
        return map(_batch_of, self._below(run, statement_keys.statement_batches(pass_number or run.number)))

    def advance(self, run: StatementRun, batch: Batch, done: Sequence[Done], now: datetime, *, has_part: bool = False) -> Batch:
        """Put on record what became of the next customers of a batch, and count it on the run, at once.

        Args:
            run: As read; its pass must still be the run's, and not over.
            batch: As read.
            done: Of the first customers that wait, in order.
            now: The run moved at this instant.
            has_part: The batch's part of the PDF of all is kept.

        Returns:
            The batch as it stands then.

        Raises:
            ConflictError: Another worker has the batch, or the run is over.
        """
        saved = replace(batch, done=batch.done + len(done), has_part=batch.has_part or has_part, version=batch.version + 1)
        failures = [[one.customer_id, one.name, one.outcome.value, one.words] for one in done if one.outcome in _FAILED]
        pk = statement_keys.statement_run_pk(run.tenant_id, run.run_id)
        failed = document(pk, statement_keys.statement_failures_sk(run.number, batch.number, batch.done), {"failures": failures})
        was = {"ConditionExpression": "version = :was", "ExpressionAttributeValues": {":was": {"N": str(batch.version)}}}
        transact(
            self._client,
            [
                Write({"Put": {"TableName": self._table, "Item": _batch_item(run, saved), **was}}, _moved_on()),
                Write({"Update": self._counted(run, counted(done), now)}, _moved_on()),
                *(self._put(failed) for _ in failures[:1]),
            ],
        )
        return saved

    def failures(self, run: StatementRun, *, pass_number: int | None = None) -> Iterator[tuple[int, Done]]:
        """Read the failures of the run's pass, or another, each with the number of its batch, in the run's order."""
        for item in self._below(run, statement_keys.statement_failures(pass_number or run.number)):
            number = int(item["sk"]["S"].split(keys.SEPARATOR)[2])
            for customer_id, name, outcome, words in content(item)["failures"]:
                yield number, Done(customer_id, name, Outcome(outcome), words)

    def _counted(self, run: StatementRun, counts: Counts, now: datetime) -> Item:
        added = {name: value for name, value in asdict(counts).items() if value}
        add = " ADD " + ", ".join(f"#{name} :{name}" for name in added) if added else ""
        return {
            "TableName": self._table,
            "Key": _run_key(run),
            "UpdateExpression": f"SET touched_at = :now{add}",
            "ConditionExpression": "#pass = :pass AND #status IN (:running, :stopping)",
            "ExpressionAttributeNames": {"#pass": "pass", "#status": "status"} | {f"#{name}": name for name in added},
            "ExpressionAttributeValues": {
                ":now": {"S": now.isoformat()},
                ":pass": {"N": str(run.number)},
                ":running": {"S": RunStatus.RUNNING.value},
                ":stopping": {"S": RunStatus.STOPPING.value},
            }
            | {f":{name}": {"N": str(value)} for name, value in added.items()},
        }

    def _below(self, run: StatementRun, prefix: str) -> Iterator[Item]:
        pk = statement_keys.statement_run_pk(run.tenant_id, run.run_id)
        return query(self._client, self._table, ConsistentRead=True, **prefixed(pk, prefix))

    def _put(self, item: Item) -> Write:
        return Write({"Put": {"TableName": self._table, "Item": item}})

    def _marked(self, run: StatementRun) -> Write:
        return self._put(self._mark_key(run))

    def _mark_key(self, run: StatementRun) -> Item:
        return key(statement_keys.STATEMENT_RUNS_ALIVE_PK, statement_keys.statement_run_alive_sk(run.tenant_id, run.run_id))


COUNTS = ("sent", "failed", "nothing_to_send")
_FAILED = frozenset(Outcome) - {Outcome.SENT, Outcome.NOTHING_TO_SEND}


def _moved_on() -> ConflictError:
    return ConflictError("this run of statements has moved on")


def _run_key(run: StatementRun) -> Item:
    return key(keys.tenant_pk(run.tenant_id), statement_keys.statement_run_sk(run.run_id))


def _run_item(run: StatementRun) -> Item:
    doc = {
        "tenant": run.tenant_id,
        "id": run.run_id,
        "kind": run.wish.kind.value,
        "first": run.wish.first.isoformat() if run.wish.first else None,
        "last": run.wish.last.isoformat(),
        "delivery": run.delivery.value,
        "created_at": run.created_at.isoformat(),
        "created_by": run.created_by,
        "named": run.named,
        "chosen_by": asdict(run.chosen_by),
        "asked_at": run.asked_at.isoformat() if run.asked_at else None,
        "total": run.total,
        "batches": run.batches,
        "worked": run.worked,
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "has_pdf": run.has_pdf,
    }
    # What batches write, and what their writes are conditional on, stands beside the document.
    attributes = {"status": run.status.value, "pass": run.number, "touched_at": (run.touched_at or run.created_at).isoformat()}
    item = _run_key(run) | {"doc": {"S": compact(doc)}, "version": {"N": str(run.version)}}
    for name, value in (attributes | asdict(run.counts)).items():
        item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
    return item


def _run_of(item: Item) -> StatementRun:
    doc = content(item)
    return StatementRun(
        tenant_id=doc["tenant"],
        run_id=doc["id"],
        wish=StatementWish(
            StatementKind(doc["kind"]), date.fromisoformat(doc["last"]), date.fromisoformat(doc["first"]) if doc["first"] else None
        ),
        delivery=Delivery(doc["delivery"]),
        created_at=datetime.fromisoformat(doc["created_at"]),
        created_by=doc["created_by"],
        named=doc["named"],
        chosen_by=CustomerFilter(**doc["chosen_by"]),
        status=RunStatus(item["status"]["S"]),
        number=int(item["pass"]["N"]),
        asked_at=instant(doc["asked_at"]),
        total=doc["total"],
        counts=Counts(*(int(item[name]["N"]) for name in COUNTS)),
        batches=doc["batches"],
        worked=doc["worked"],
        touched_at=instant(item["touched_at"]["S"]),
        ended_at=instant(doc["ended_at"]),
        has_pdf=doc["has_pdf"],
        version=version_of(item),
    )


def _batch_item(run: StatementRun, batch: Batch) -> Item:
    pk = statement_keys.statement_run_pk(run.tenant_id, run.run_id)
    doc = {"ids": list(batch.customer_ids), "done": batch.done, "has_part": batch.has_part}
    return document(pk, statement_keys.statement_batch_sk(run.number, batch.number), doc, version=batch.version)


def _batch_of(item: Item) -> Batch:
    doc = content(item)
    number = int(item["sk"]["S"].split(keys.SEPARATOR)[2])
    return Batch(number, tuple(doc["ids"]), doc["done"], doc["has_part"], version_of(item))
