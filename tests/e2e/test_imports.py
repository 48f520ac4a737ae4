"""Imports over the whole local cloud: a file arrives in the bucket, its event wakes the worker, people read the result."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import urllib3

from tests.e2e.local_http import Json, Tenant, eventually, good

HEADER = "customer_id,customer_name,invoice_id,number,invoice_date,due_date,currency,amount\n"


def ended(business: Tenant, import_id: str, seconds: float = 60) -> Json:
    def look() -> Json | None:
        run = good(business.call("GET", f"/imports/{import_id}"))
        return run if run["status"] in {"done", "failed"} else None

    found = eventually(look, seconds)
    assert found is not None
    return found


def test_a_dry_run_then_the_import_and_the_list_of_bad_lines(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    text = HEADER + "c1,Anna,i1,1,2026-01-05,,USD,425.5\nc1,Anna,i2,2,5.1.2026,,USD,1\n=c2,Bert,i3,3,2026-01-05,,USD,1\n"

    dry = ended(business, good(business.call("POST", "/imports", {"kind": "open_invoices", "csv": text, "dry_run": True}))["id"])
    nothing_yet = business.call("GET", "/customers/c1")
    started = business.call("POST", "/imports", {"kind": "open_invoices", "csv": text})
    real = ended(business, good(started)["id"])
    account = good(business.call("GET", "/customers/c1/account"))["currencies"]
    listed = business.call("GET", f"/imports/{real['id']}/errors")

    assert (started.status, nothing_yet.status) == (202, 404)
    assert (dry["lines"], dry["imported"], dry["bad_lines"]) == (real["lines"], real["imported"], real["bad_lines"]) == (3, 1, 2)
    assert [(error["line"], error["field"]) for error in real["errors"]] == [(3, "invoice_date"), (4, "customer_id")]
    assert [(one["currency"], one["balance"]) for one in account] == [("USD", 425_50)]
    rows = list(csv.reader(io.StringIO(listed.raw.decode())))
    assert [row[:2] for row in rows] == [["line", "field"], ["3", "invoice_date"], ["4", "customer_id"]]
    assert rows[2][3].startswith("'=c2")


def test_a_file_of_more_than_five_megabytes_is_uploaded_by_link(tenant: Callable[..., Tenant]) -> None:
    business = tenant()
    bad = "".join(f"c1,Anna {'x' * 100},i{number},{number},2026-02-30,,USD,1\n" for number in range(38_000))
    content = (HEADER + bad + "c1,Anna,good,last,2026-01-05,,USD,7\n").encode()
    assert len(content) > 5_000_000

    started = good(business.call("POST", "/imports", {"kind": "open_invoices", "upload": True}))
    sent = urllib3.request("PUT", started["upload_url"], body=content, timeout=60)
    run = ended(business, started["id"], seconds=120)

    assert sent.status == 200
    assert (run["status"], run["lines"], run["bad_lines"], run["error_count"], len(run["errors"])) == (
        "done",
        38_001,
        38_000,
        38_000,
        2_000,
    )
    listed = business.call("GET", f"/imports/{started['id']}/errors")
    assert listed.status == 303
    fetched = urllib3.request("GET", listed.headers["Location"], timeout=60)
    assert fetched.data.count(b"\n") == 38_001


def test_a_file_that_is_not_understood_is_refused_at_once(tenant: Callable[..., Tenant]) -> None:
    business = tenant()

    refused = business.call("POST", "/imports", {"kind": "open_invoices", "csv": "Kunde,Nummer\n1,2\n"})

    assert refused.status == 422
    assert "unknown column: 'Kunde', 'Nummer'" in refused.json["detail"]
