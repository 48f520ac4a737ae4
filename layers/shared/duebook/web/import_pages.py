"""The pages of imports: upload a file, name its columns, look at a dry run with line errors, import it for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from itertools import islice

from chalice.app import Response

from duebook.domain.activity_log import Action
from duebook.domain.card_numbers import is_card_like
from duebook.domain.import_cells import DATE_FORMATS
from duebook.domain.import_columns import fields_of
from duebook.domain.import_runs import ImportRun, ImportStatus, is_over
from duebook.domain.imports import REQUIRED, ImportKind
from duebook.errors import NotFoundError, UnprocessableError
from duebook.storage.import_store import ImportStore
from duebook.usecases.draft_import import keep_draft, look_at_file, run_again
from duebook.usecases.start_import import read_error_list
from duebook.web.action_notes import Notes
from duebook.web.form_checks import problems_by_field
from duebook.web.import_words import DONE_NEXT, FIELD_WORDS, KIND_WORDS, state_words
from duebook.web.made_ids import checked_id
from duebook.web.multipart_forms import FilledForm
from duebook.web.page_answers import PageAnswers, redirect
from duebook.web.pages import CSV_HEADERS
from duebook.web.visits import Visit

IMPORTS = "/admin/imports"
LISTED = 50
SHOWN_ERRORS = 100
COLUMN = "column_"
TOO_LARGE = "The file is larger than 4 MB. Cut it into parts, or have it sent through the API, which takes 25 MB."


@dataclass(frozen=True, slots=True)
class ImportPages:
    """The pages of imports.

    Args:
        answers: What pages are made with.
        imports: The store.
        notes: Where it is noted.
        new_id: Makes ids of ours.
    """

    answers: PageAnswers
    imports: ImportStore
    notes: Notes
    new_id: Callable[[str, datetime], str]

    def listed(self, visit: Visit) -> Response:
        """Show the latest imports, newest first."""
        runs = self.imports.latest(visit.tenant_id, limit=LISTED)
        return self._page("imports.html", visit, runs=runs, may_import=visit.may("manager"))

    def new(self, visit: Visit, kind: str = "", problems: Mapping[str, str] | None = None) -> Response:
        """Ask for a file."""
        return self._page("import_new.html", visit, problems, kind=kind or ImportKind.CUSTOMERS.value, key=self._key())

    def upload(self, visit: Visit, sent: FilledForm) -> Response:
        """Keep an uploaded file and go on to its columns."""
        kind, body = sent.fields.get("kind", ""), sent.files.get("file")
        if kind not in set(ImportKind):
            return self.new(visit, "", {"kind-customers": "Choose what is in the file."})
        if not body:
            return self.new(visit, kind, {"file": "Choose a file."})
        import_id = checked_id("imp", sent.fields.get("key", ""))
        try:
            run = keep_draft(
                visit.tenant_id,
                import_id,
                ImportKind(kind),
                sent.names.get("file", ""),
                body,
                by=visit.staff.staff_id,
                locale=visit.tenant.locale,
                imports=self.imports,
                now=self.notes.now,
            )
        except UnprocessableError as error:
            return self.new(visit, kind, {"file": _sentence(error)})
        return redirect(f"{IMPORTS}/{run.import_id}/columns")

    def columns(
        self, visit: Visit, import_id: str, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
    ) -> Response:
        """Ask which column is which field, as proposed or as it was."""
        run = self.imports.get(visit.tenant_id, import_id)
        look = look_at_file(run, imports=self.imports)
        kind, form = run.form.kind, run.form
        typed = typed or {COLUMN + name: column for name, column in form.mapping.items()} | {
            "date_format": form.date_format,
            "currency": form.currency or "",
        }
        return self._page(
            "import_columns.html",
            visit,
            problems,
            run=run,
            fields=[(name, FIELD_WORDS[name], name in REQUIRED[kind]) for name in fields_of(kind)],
            choices=[("", "Not in the file"), *((name, _shown(name)) for name in dict.fromkeys(look.header))],
            look=look,
            samples=[[_shown(cell) for cell in row] for row in look.samples],
            header=[_shown(name) for name in look.header],
            typed={"currency": "", "date_format": ""} | dict(typed),
            date_formats=[(name, name) for name in DATE_FORMATS],
            key=self._key(),
        )

    def try_columns(self, visit: Visit, import_id: str, sent: Mapping[str, str]) -> Response:
        """Begin a dry run with the columns that a form names."""
        source = self.imports.get(visit.tenant_id, import_id)
        columns = {name: sent[COLUMN + name] for name in fields_of(source.form.kind) if sent.get(COLUMN + name)}
        currency = sent.get("currency", "").strip().upper() or None
        try:
            _check_named(columns)
            run = self._run(visit, source, sent, columns, sent.get("date_format") or source.form.date_format, currency, dry_run=True)
        except UnprocessableError as error:
            named = {"mapping": f"{COLUMN}{fields_of(source.form.kind)[0]}", "csv": f"{COLUMN}{fields_of(source.form.kind)[0]}"}
            problems = problems_by_field(error, named, "mapping")
            return self.columns(visit, import_id, sent, {name: _capital(words) for name, words in problems.items()})
        return redirect(f"{IMPORTS}/{run.import_id}")

    def run(self, visit: Visit, import_id: str) -> Response:
        """Show how far an import is, and what is wrong with which line."""
        run = self.imports.get(visit.tenant_id, import_id)
        if run.status is ImportStatus.DRAFT:
            return redirect(f"{IMPORTS}/{import_id}/columns" if visit.may("manager") else IMPORTS)
        pages = SHOWN_ERRORS // 100 + 1
        errors = list(islice(self.imports.errors(run, pages=pages), SHOWN_ERRORS))
        return self._page(
            "import_run.html",
            visit,
            run=run,
            errors=errors,
            more=max(run.counts.errors + (1 if run.refused else 0) - len(errors), 0),
            over=is_over(run),
            next_step=DONE_NEXT[run.form.kind],
            may_import=visit.may("manager"),
            key=self._key(),
        )

    def go(self, visit: Visit, import_id: str, sent: Mapping[str, str]) -> Response:
        """Import for good what a dry run looked at."""
        tried = self.imports.get(visit.tenant_id, import_id)
        if not tried.dry_run or tried.status is not ImportStatus.DONE:
            raise NotFoundError("there is no dry run to import")
        form = tried.form
        run = self._run(visit, tried, sent, form.mapping, form.date_format, form.currency, dry_run=False)
        return redirect(f"{IMPORTS}/{run.import_id}")

    def errors_file(self, visit: Visit, import_id: str) -> Response:
        """Give all line errors as a file, or lead to where a long list lies."""
        found = read_error_list(visit.tenant_id, import_id, imports=self.imports)
        if found.url:
            return redirect(found.url)
        return Response(found.text or "", headers={**CSV_HEADERS, "Content-Disposition": 'attachment; filename="import-errors.csv"'})

    def _run(
        self,
        visit: Visit,
        source: ImportRun,
        sent: Mapping[str, str],
        columns: Mapping[str, str],
        date_format: str,
        currency: str | None,
        *,
        dry_run: bool,
    ) -> ImportRun:
        run = run_again(
            source,
            checked_id("imp", sent.get("key", "")),
            columns=columns,
            date_format=date_format,
            currency=currency,
            dry_run=dry_run,
            by=visit.staff.staff_id,
            imports=self.imports,
            now=self.notes.now,
        )
        if not dry_run:
            self.notes.add(visit, Action.IMPORT_STARTED, ("import", run.import_id), f"{KIND_WORDS[run.form.kind]} {run.file_name}".strip())
        return run

    def _key(self) -> str:
        return self.new_id("imp", self.notes.now)

    def _page(self, template: str, visit: Visit, problems: Mapping[str, str] | None = None, **context: object) -> Response:
        status = HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK
        return self.answers.page(
            template,
            visit,
            status,
            section=IMPORTS,
            problems=problems or {},
            kinds=KIND_WORDS,
            words=state_words,
            field_words=FIELD_WORDS,
            **context,
        )


def _check_named(columns: Mapping[str, str]) -> None:
    if not columns:
        raise UnprocessableError("Choose at least the columns that are needed.", field="mapping")


def _shown(cell: str) -> str:
    """Return a cell as a page may show it: never what may be a card number."""
    return "…" if is_card_like(cell) else cell[:80]


def _sentence(error: UnprocessableError) -> str:
    return _capital(str(error))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
