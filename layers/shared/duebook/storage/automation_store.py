"""What a business lets Duebook send by itself, each customer's switch, the plans of what goes next, and invoices still to be mailed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from duebook.domain.automation import (
    AccountSummary,
    Automation,
    AutomationSettings,
    CustomerAutomation,
    NewInvoices,
    Noticed,
    PastDueNotices,
    SummaryFormat,
)
from duebook.errors import ConflictError
from duebook.storage import automation_keys, keys
from duebook.storage.dynamo import (
    DynamoDBClient,
    Item,
    Tables,
    Write,
    compact,
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


@dataclass(frozen=True, slots=True)
class Plan:
    """When a scheduled automation goes next.

    Args:
        planned_at: UTC.
        computed_at: When that was worked out (UTC); it tells a clock that was set back.
    """

    tenant_id: str
    automation: Automation
    planned_at: datetime
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice that appeared while new invoices were mailed.

    Args:
        at: When it was posted (UTC); it dates its mail.
        customer_on: Whether the customer's switch was on then: switching on sends nothing for the past (R71).
    """

    tenant_id: str
    customer_id: str
    invoice_id: str
    at: datetime
    customer_on: bool


class AutomationStore:
    """Reads and writes automations in the Directory."""

    def __init__(self, client: DynamoDBClient, tables: Tables) -> None:
        self._client = client
        self._table = tables.directory

    def settings(self, tenant_id: str) -> AutomationSettings:
        """Read a business's settings; one that never touched them has all switches off."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), automation_keys.AUTOMATION)
        return _settings_of(item) if item else AutomationSettings()

    def save_settings(
        self,
        tenant_id: str,
        after: AutomationSettings,
        *,
        was: AutomationSettings,
        next_runs: Mapping[Automation, datetime],
        stopped: Sequence[Automation],
        now: datetime,
    ) -> AutomationSettings:
        """Replace settings that are unchanged since they were read, with the plans that follow from them.

        Args:
            tenant_id: Whose.
            after: As they are to be.
            was: As they were read.
            next_runs: When automations go next whose plan changes.
            stopped: Automations that go by no schedule any more.
            now: The plans were worked out at this instant.

        Raises:
            ConflictError: They changed meanwhile.
        """
        saved = replace(after, version=was.version + 1)
        item = document(keys.tenant_pk(tenant_id), automation_keys.AUTOMATION, _settings_doc(saved), version=saved.version)
        write = put_changed(self._table, item, was.version) if was.version else put_new(self._table, item, _meanwhile())
        plans = [self._plan(Plan(tenant_id, automation, at, now)) for automation, at in next_runs.items()]
        transact(self._client, [write, *plans, *(self._unplanned(tenant_id, automation) for automation in stopped)])
        return saved

    def plans(self) -> list[Plan]:
        """List what goes next of all tenants: at most two small items a tenant."""
        return [_plan_of(item) for item in query(self._client, self._table, ConsistentRead=True, **prefixed(automation_keys.SCHEDULES_PK))]

    def plan(self, tenant_id: str, automation: Automation) -> Plan | None:
        """Read when an automation of a tenant goes next; None where it goes by no schedule."""
        item = get(self._client, self._table, automation_keys.SCHEDULES_PK, automation_keys.schedule_sk(tenant_id, automation.value))
        return _plan_of(item) if item else None

    def moved_on(self, plan: Plan, next_at: datetime | None, now: datetime) -> Write:
        """Make the write that puts the next plan in the place of one that is as it was read; None: there is no next one.

        Its refusal is a ConflictError: another tick has it.
        """
        place = key(automation_keys.SCHEDULES_PK, automation_keys.schedule_sk(plan.tenant_id, plan.automation.value))
        was = {
            "ConditionExpression": "doc = :was",
            "ExpressionAttributeValues": {":was": {"S": compact(_plan_doc(plan))}},
        }
        if next_at is None:
            return Write({"Delete": {"TableName": self._table, "Key": place, **was}}, _meanwhile())
        put = self._plan(replace(plan, planned_at=next_at, computed_at=now)).action["Put"]
        return Write({"Put": put | was}, _meanwhile())

    def write(self, writes: Sequence[Write]) -> None:
        """Carry out writes of plans, marks and runs, all or none.

        Raises:
            ConflictError: As they say.
        """
        transact(self._client, writes)

    def customer(self, tenant_id: str, customer_id: str) -> CustomerAutomation:
        """Read a customer's switch; one that was never touched is off."""
        item = get(self._client, self._table, keys.tenant_pk(tenant_id), automation_keys.customer_automation_sk(customer_id))
        return customer_automation_of(item) if item else CustomerAutomation(customer_id)

    def many_customers(self, tenant_id: str, customer_ids: Sequence[str]) -> dict[str, CustomerAutomation]:
        """Read many customers' switches, a hundred a request; each customer asked for is in the answer."""
        pk = keys.tenant_pk(tenant_id)
        wanted = {automation_keys.customer_automation_sk(one): one for one in customer_ids}
        items = get_many(self._client, self._table, [(pk, sk) for sk in wanted])
        found = {sk: customer_automation_of(item) for (_, sk), item in items.items()}
        return {one: found.get(sk) or CustomerAutomation(one) for sk, one in wanted.items()}

    def customers(self, tenant_id: str) -> Iterator[CustomerAutomation]:
        """Read the switches of all customers whose switch was ever touched, by customer id."""
        items = query(self._client, self._table, **prefixed(keys.tenant_pk(tenant_id), automation_keys.CUSTOMER_AUTOMATIONS))
        return map(customer_automation_of, items)

    def save_customer(self, tenant_id: str, after: CustomerAutomation, *, was: CustomerAutomation) -> CustomerAutomation:
        """Replace a customer's switch that is unchanged since it was read.

        Raises:
            ConflictError: It changed meanwhile.
        """
        saved = replace(after, version=was.version + 1)
        item = _customer_item(tenant_id, saved)
        write_one(self._client, put_changed(self._table, item, was.version) if was.version else put_new(self._table, item, _meanwhile()))
        return saved

    def appeared(self, invoice: NewInvoice) -> Write:
        """Make the write that marks a new invoice as still to be mailed, for the transaction that posts it."""
        doc = {
            "tenant": invoice.tenant_id,
            "customer": invoice.customer_id,
            "invoice": invoice.invoice_id,
            "at": invoice.at.isoformat(),
            "on": invoice.customer_on,
        }
        return Write({"Put": {"TableName": self._table, "Item": document(*_mark(invoice), doc)}})

    def to_mail(self, *, tenant_id: str | None = None) -> Iterator[NewInvoice]:
        """Read the invoices still to be mailed, of all tenants or one, a tenant's together in each shard."""
        for shard in range(automation_keys.NEW_INVOICE_SHARDS):
            request = prefixed(automation_keys.new_invoices_pk(shard), f"{tenant_id}{keys.SEPARATOR}" if tenant_id else "")
            for item in query(self._client, self._table, ConsistentRead=True, **request):
                doc = content(item)
                yield NewInvoice(doc["tenant"], doc["customer"], doc["invoice"], datetime.fromisoformat(doc["at"]), doc["on"])

    def mailed(self, invoice: NewInvoice) -> Write:
        """Make the write that takes a new invoice's mark away; its refusal is a ConflictError: somebody else was first."""
        place = key(*_mark(invoice))
        return Write({"Delete": {"TableName": self._table, "Key": place, "ConditionExpression": "attribute_exists(pk)"}}, _meanwhile())

    def _plan(self, plan: Plan) -> Write:
        sk = automation_keys.schedule_sk(plan.tenant_id, plan.automation.value)
        return Write({"Put": {"TableName": self._table, "Item": document(automation_keys.SCHEDULES_PK, sk, _plan_doc(plan))}})

    def _unplanned(self, tenant_id: str, automation: Automation) -> Write:
        place = key(automation_keys.SCHEDULES_PK, automation_keys.schedule_sk(tenant_id, automation.value))
        return Write({"Delete": {"TableName": self._table, "Key": place}})


def customer_automation_of(item: Item) -> CustomerAutomation:
    """Read a customer's switch from its item."""
    doc = content(item)
    notices = {int(tier): Noticed(date.fromisoformat(on), run_id) for tier, (on, run_id) in doc.get("notices", {}).items()}
    return CustomerAutomation(
        doc["customer"],
        enabled=doc["enabled"],
        paused_until=date.fromisoformat(doc["paused_until"]) if doc.get("paused_until") else None,
        reason=doc.get("reason"),
        links_from=instant(doc.get("links_from")),
        notices=MappingProxyType(notices),
        version=version_of(item),
    )


def _customer_item(tenant_id: str, customer: CustomerAutomation) -> Item:
    doc = {
        "customer": customer.customer_id,
        "enabled": customer.enabled,
        "paused_until": customer.paused_until.isoformat() if customer.paused_until else None,
        "reason": customer.reason,
        "links_from": customer.links_from.isoformat() if customer.links_from else None,
        "notices": {str(tier): [one.on.isoformat(), one.run_id] for tier, one in sorted(customer.notices.items())},
    }
    kept = {name: value for name, value in doc.items() if value not in (None, {})}
    sk = automation_keys.customer_automation_sk(customer.customer_id)
    return document(keys.tenant_pk(tenant_id), sk, kept, version=customer.version)


def _settings_doc(settings: AutomationSettings) -> dict[str, object]:
    doc = asdict(settings)
    del doc["version"]
    return doc


def _settings_of(item: Item) -> AutomationSettings:
    doc = content(item)
    summary, notices = doc["account_summary"], doc["past_due_notices"]
    return AutomationSettings(
        NewInvoices(**doc["new_invoices"]),
        AccountSummary(**(summary | {"format": SummaryFormat(summary["format"])})),
        PastDueNotices(**(notices | {"tiers": tuple(notices["tiers"])})),
        version_of(item),
    )


def _plan_doc(plan: Plan) -> dict[str, str]:
    return {
        "tenant": plan.tenant_id,
        "automation": plan.automation.value,
        "planned_at": plan.planned_at.isoformat(),
        "computed_at": plan.computed_at.isoformat(),
    }


def _plan_of(item: Item) -> Plan:
    doc = content(item)
    times = (datetime.fromisoformat(doc["planned_at"]), datetime.fromisoformat(doc["computed_at"]))
    return Plan(doc["tenant"], Automation(doc["automation"]), *times)


def _mark(invoice: NewInvoice) -> tuple[str, str]:
    return automation_keys.new_invoice_pk(invoice.invoice_id), automation_keys.new_invoice_sk(invoice.tenant_id, invoice.invoice_id)


def _meanwhile() -> ConflictError:
    return ConflictError("changed meanwhile; read again")
