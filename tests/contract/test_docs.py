"""What is built is documented, and what the documents name exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from duebook import errors
from duebook.domain.breaks import BreakKind
from duebook.domain.email_activity import MailKind
from duebook.domain.journal import EntryKind
from duebook.domain.payments import RANK, DeclineReason
from duebook.processors.cardpointe_codes import REASONS
from local.routes import routes
from tests.contract.reading import ROOT, environment, events, functions, handler_folders, pages_of, resources
from tests.contract.settings_used import LOCAL_ONLY, settings_used

DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
RULES = [*range(1, 9), *range(10, 17), *range(20, 28), 35, 36, *range(38, 43)]
"""Numbers of the product's rules that this project must tell and prove."""

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
TEST_NAME = re.compile(r"`(test_[a-z0-9_]+)`")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def page(name: str) -> str:
    return text(DOCS / name)


def undocumented(names: set[str], *pages: str) -> list[str]:
    """Names that stand in none of the pages as code of their own."""
    spoken = set(re.findall(r"[^\s`]+", " ".join(" ".join(re.findall(r"`([^`\n]+)`", one)) for one in pages)))
    return sorted(names - {word.strip(",.;:()") for word in spoken})


def anchors(path: Path) -> set[str]:
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text(path))}


@cache
def written_tests() -> frozenset[str]:
    sources = (text(path) for path in (ROOT / "tests").rglob("test_*.py"))
    return frozenset(name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.MULTILINE))


def test_every_function_stands_in_the_architecture():
    assert undocumented(set(handler_folders()), page("architecture.md")) == []


def test_the_architecture_says_how_often_a_schedule_runs():
    words = {"rate(1 minute)": "every minute", "rate(5 minutes)": "every five minutes", "cron(30 3 * * ? *)": "nightly"}
    schedules = {
        (folder, words[event["ScheduleExpression"]])
        for folder, properties in functions().items()
        for event in events(properties, "ScheduleV2").values()
    }

    assert {one for one in schedules if not re.search(rf"^\| `{one[0]}` \| [^|]*{one[1]}", page("architecture.md"), re.MULTILINE)} == set()


def test_every_state_machine_stands_in_the_architecture():
    machines = {path.name.removesuffix(".asl.yaml") for path in (ROOT / "statemachines").glob("*.asl.yaml")}

    assert undocumented(machines, page("architecture.md")) == []


def test_every_kind_of_mail_and_of_journal_entry_stands_in_the_architecture():
    assert undocumented({kind.value for kind in [*MailKind, *EntryKind]}, page("architecture.md")) == []


def test_the_life_of_a_payment_ranks_every_state():
    told = re.findall(r"^\| `(\w+)` \| (\d+) \|", page("payments.md"), re.MULTILINE)

    assert {(state, int(rank)) for state, rank in told} == {(state.value, rank) for state, rank in RANK.items()}


def test_an_operator_is_told_what_to_do_about_every_kind_of_break():
    told = re.findall(r"^\| `(\w+)`(?: \*person\*)? \| [^|]+ \| [^|]{10,} \|$", page("payments.md"), re.MULTILINE)

    assert {kind.value for kind in BreakKind} - set(told) == set()


def test_the_reasons_at_cardpointe_stand_with_exactly_their_codes():
    section = page("processors.md").partition("## Reasons at CardPointe")[2].partition("\n## ")[0]
    told: dict[str, str] = {}
    for reason, written in re.findall(r"^\| `(\w+)` \| ([^|;]*)", section, re.MULTILINE):
        for host, codes in re.findall(r"`([A-Z]{4}|PPS)` ([^·]*)", written):
            for first, last in re.findall(r"\b([0-9A-Z]{2,3})(?:–([0-9]+))?\b", codes):
                numbers = range(int(first), int(last) + 1) if last else [first]
                told |= {f"{host}-{number}": reason for number in numbers}

    assert told == {code: DeclineReason(reason).value for code, reason in REASONS.items()}


def test_every_table_and_index_stands_in_the_data_model():
    tables = resources("AWS::DynamoDB::Table")
    indexes = {index["IndexName"] for table in tables.values() for index in table["Properties"].get("GlobalSecondaryIndexes", [])}

    assert undocumented({*tables, *indexes}, page("data-model.md")) == []


def test_every_setting_stands_in_operations():
    stated = set().union(*(environment(properties) for properties in functions().values()))
    used = set().union(*(settings_used(folder) for folder in handler_folders()))

    assert undocumented(stated | used | LOCAL_ONLY, page("operations.md")) == []


def test_every_parameter_of_the_template_that_a_deployment_gives_stands_in_operations():
    samconfig = text(ROOT / "samconfig.toml")

    assert undocumented(set(re.findall(r'^ +"(\w+)=', samconfig, re.MULTILINE)), page("operations.md")) == []


def test_every_alarm_names_a_section_of_operations():
    alarms = {name: one["Properties"]["AlarmDescription"] for name, one in resources("AWS::CloudWatch::Alarm").items()}
    sections = set(HEADING.findall(page("operations.md")))

    assert {name for name, words in alarms.items() if words.split('"')[1] not in sections} == set()


def test_every_problem_code_stands_in_the_api():
    codes = {one.code for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.DuebookError)}
    edge = [ROOT / "template.yaml", *(ROOT / "layers/shared/duebook/web").glob("*.py")]
    given = {
        code for path in edge for code in re.findall(r'problem\(\d+, "(\w+)"|/problems/([a-z_]+)"', text(path)) for code in code if code
    }

    assert undocumented(codes | given, page("api.md")) == []


def test_every_route_stands_in_the_api_and_the_api_names_no_other():
    pages = set().union(*(pages_of(folder) for folder in functions() if folder.endswith("_pages")))
    open_routes = {route.name for route in routes() if not route.folder.endswith("_pages")} | pages
    told = set(re.findall(r"`((?:GET|PUT|POST|PATCH|DELETE) /\S+)`", page("api.md")))

    assert open_routes == told


def test_every_make_target_stands_in_the_readme_or_operations():
    targets = {f"make {name}" for name in re.findall(r"^([a-z][a-z-]*):.*## ", text(ROOT / "Makefile"), re.MULTILINE)}
    told = text(ROOT / "README.md") + page("operations.md")

    assert {target for target in targets if not re.search(rf"\b{target}\b", told)} == set()


def test_every_package_we_ask_for_has_its_line():
    lists = [*(ROOT / "layers").glob("*/requirements.in"), *(ROOT / "requirements").glob("*.in")]
    asked = {re.match(r"[\w.-]+", line)[0] for path in lists for line in text(path).splitlines() if re.match(r"\w", line)}  # type: ignore[index]
    told = text(DOCS / "decisions" / "0008-dependencies.md")

    assert {package for package in asked if not re.search(rf"^\|.*\b{re.escape(package)}\b.*\|", told, re.MULTILINE)} == set()


@pytest.mark.parametrize("number", RULES)
def test_every_rule_is_told_and_names_its_proof(number):
    row = re.search(rf"^\| R{number} \|(.+)$", page("rules.md"), re.MULTILINE)

    assert row is not None
    assert TEST_NAME.search(row[1]) or "not yet" in row[1]


def test_every_test_that_the_rules_name_exists():
    named = set(TEST_NAME.findall(page("rules.md")))

    assert named - written_tests() == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path):
    broken = []
    for link in LINK.findall(text(path)):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.is_relative_to(ROOT) or not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_decisions_are_numbered_without_gaps_and_say_what_would_change_them():
    decisions = sorted((DOCS / "decisions").glob("*.md"))

    assert [path.name[:4] for path in decisions] == [f"{number:04d}" for number in range(1, len(decisions) + 1)]
    lists = {"0008-dependencies.md"}
    assert [path.name for path in decisions if path.name not in lists and "would change our mind" not in text(path)] == []


def test_folders_that_the_readme_lists_exist():
    listed = re.findall(r"^\| `([\w./]+)` \|", text(ROOT / "README.md"), re.MULTILINE)

    assert listed
    assert [folder for folder in listed if not (ROOT / folder).exists()] == []
