"""Staff and the tenant's own system: statements, one to look at or many at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from duebook import wiring, wiring_documents, wiring_statements
from duebook.domain.activity_log import Actor
from duebook.domain.directory import Caller, Role
from duebook.errors import NotFoundError
from duebook.runtime.clock import today_in, utc_now
from duebook.runtime.observability import observed
from duebook.usecases.deliver_document import deliver_document
from duebook.usecases.read_statement import read_statement
from duebook.usecases.start_statements import read_run, read_runs, retry_run, start_statements, stop_run, wish_of
from duebook.web import statements as words
from duebook.web.callers import permitted, taken_on
from duebook.web.fields import CallerId
from duebook.web.json_api import answer, json_api, optional_key, resolve

app = json_api("Duebook: statements")
runs = wiring_statements.run_store

Viewer = Annotated[Caller, permitted(app, Role.VIEWER)]
Collector = Annotated[Caller, permitted(app, Role.COLLECTOR)]
Id = Annotated[CallerId, Path()]
OurId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[CallerId | None, Query()]
ELSEWHERE: Any = {303: {"description": "A link to the PDF, good for five minutes"}}


@app.post("/api/staff/statements", responses=taken_on(words.StartedStatementsView))
def post_statements(caller: Collector, body: words.StatementsBody) -> Response[words.StartedStatementsView]:
    """Begin to send, or print, statements for some customers. With an Idempotency-Key a repeat answers the first run."""
    run = start_statements(
        body.order(),
        tenant_id=caller.tenant_id,
        actor=Actor(caller.caller_id),
        key=optional_key(app.current_event.raw_event),
        desk=wiring_statements.run_desk(),
    )
    return answer(HTTPStatus.ACCEPTED, words.StartedStatementsView(id=run.run_id))


@app.get("/api/staff/statements")
def list_statements(caller: Viewer, limit: Limit = 50, cursor: Cursor = None) -> words.StatementRunPage:
    """List runs of statements, newest first."""
    found, following = read_runs(caller.tenant_id, limit=limit, before=cursor, runs=runs())
    return words.StatementRunPage(items=[words.StatementRunRow.of(run) for run in found], next_cursor=following)


@app.get("/api/staff/statements/<run_id>")
def get_statements(caller: Viewer, run_id: OurId) -> words.StatementRunView:
    """Show how far a run is, who failed and why, and where the PDF of all is."""
    view = read_run(caller.tenant_id, run_id, runs=runs(), pdf_link=wiring_statements.part_store().link)
    return words.StatementRunView.shown(view)


@app.post("/api/staff/statements/<run_id>/stop", responses=taken_on(words.StatementRunRow))
def post_stop(caller: Collector, run_id: OurId) -> Response[words.StatementRunRow]:
    """Ask a run to end before its next customer; what was sent is sent."""
    run = stop_run(caller.tenant_id, run_id, actor=Actor(caller.caller_id), desk=wiring_statements.run_desk())
    return answer(HTTPStatus.ACCEPTED, words.StatementRunRow.of(run))


@app.post("/api/staff/statements/<run_id>/retry", responses=taken_on(words.StatementRunRow))
def post_retry(caller: Collector, run_id: OurId) -> Response[words.StatementRunRow]:
    """Try the customers again that failed or were left; of a PDF, print all of it anew."""
    run = retry_run(caller.tenant_id, run_id, actor=Actor(caller.caller_id), desk=wiring_statements.run_desk())
    return answer(HTTPStatus.ACCEPTED, words.StatementRunRow.of(run))


@app.get("/api/staff/customers/<customer_id>/statement", responses=ELSEWHERE)
def get_statement(caller: Viewer, customer_id: Id, query: Annotated[words.StatementQuery, Query()]) -> Response[str]:
    """Lead to the PDF of a customer's statement, as it would be sent now."""
    books = wiring.books()
    tenant, customer = books.directory.tenant(caller.tenant_id), books.directory.customer(caller.tenant_id, customer_id)
    today = today_in(tenant.time_zone, utc_now())
    facts = read_statement(tenant, customer, wish_of(query.order(), today), today=today, books=books)
    if facts is None:
        raise NotFoundError("nothing is open or moved, so there is nothing to state")
    link = deliver_document(
        caller.tenant_id,
        wiring_statements.statement_sheet([facts]),
        documents=wiring_documents.document_store(),
        print_sheet=wiring_documents.print_sheet,
    )
    return Response(HTTPStatus.SEE_OTHER.value, body="", headers={"Location": link})


@observed
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer API Gateway."""
    return resolve(app, event, context)
