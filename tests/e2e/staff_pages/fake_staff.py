"""Stands in for the staff pages' server: the real frame around a part of a test's own, a session that is used, runs out and is begun again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from playwright.sync_api import Page, Request, Route

from duebook.web.navigation import BADGES, MAIN
from duebook.web.pages import CONTENT_POLICY, FRAMES, Asset

ORIGIN = "http://staff.test"
HOME = "/admin/form"
COUNT = "/admin/requests/new-count"
LOST = f"/admin/sign-in?next={HOME.replace('/', '%2F')}&lost=1"
MINUTE = 60_000
SCRIPTS = Path(__file__).resolve().parents[3] / "portal/js"
PAGE = '{% extends "layout.html" %}{% block title %}{{ title }}{% endblock %}{% block main %}<h1>{{ title }}</h1>{{ part | safe }}{% endblock %}'
TENANT = SimpleNamespace(name="Blue Ridge", logo_url=None, time_zone="America/New_York", locale="en-US")


class Staff:
    """A person's session and pages; while ``stays``, forms get no answer that leads away."""

    def __init__(self, page: Page, part: str) -> None:
        self.page, self.part = page, part
        self.who, self.left, self.most = "stf_1", 30 * 60, 12 * 60 * 60
        self.asked: list[Request] = []
        self.sent: list[tuple[str, dict[str, list[str]]]] = []
        self.is_over = self.is_broken = self.stays = False
        page.clock.install(time="2025-06-02T19:14:00Z")
        page.route(f"{ORIGIN}/**", self.answer)

    def open(self, address: str = HOME) -> None:
        """Open a page, its scripts at work."""
        self.page.goto(ORIGIN + address)

    def sign_in(self, who: str = "stf_1") -> None:
        """Begin a session and go where sign-in leads to."""
        self.is_over, self.who, self.left = False, who, 30 * 60
        self.open(parse_qs(urlsplit(self.page.url).query).get("next", [HOME])[0])

    def after(self, minutes: float) -> None:
        """Let time pass, as on a machine that slept; what the page asks then is taken in."""
        self.left -= round(minutes * 60)
        self.most -= round(minutes * 60)
        self.is_over = self.is_over or self.left <= 0
        self.page.clock.fast_forward(round(minutes * MINUTE))
        if not self.is_over:
            self.page.evaluate(
                "fetch('/staff-session.js').then((answer) => answer.text())"
            )  # earlier questions have their answers when this one has

    def by_itself(self) -> list[bool]:
        """Tell of each question after the number whether nobody asked it."""
        return ["x-by-itself" in request.headers for request in self.asked]

    def answer(self, route: Route) -> None:
        """Answer with a script, the number, sign-in or a page."""
        request = route.request
        address = request.url.removeprefix(ORIGIN)
        if address.endswith(".js"):
            route.fulfill(path=SCRIPTS / address[1:])
        elif address == COUNT:
            self.asked.append(request)
            self._count(route)
        elif request.method == "POST" and not self.is_over:
            self.sent.append((urlsplit(address).path, parse_qs(request.post_data or "", keep_blank_values=True)))
            if self.stays:
                # A browser that is told "no content" stays where it is, as it does until an answer comes.
                route.fulfill(status=204)
            else:
                self._page(route, address, "Saved")
        else:
            self._page(route, address, "Form")

    def _count(self, route: Route) -> None:
        if self.is_over or self.is_broken:
            route.fulfill(status=401 if self.is_over else 503)
            return
        if "x-by-itself" not in route.request.headers:
            self.left = min(30 * 60, self.most)
        route.fulfill(body="3", content_type="text/plain", headers={"X-Session-Seconds": str(self.left)})

    def _page(self, route: Route, address: str, title: str) -> None:
        if self.is_over and "sign-in" not in address:
            # A redirect would leave these routes.
            route.fulfill(body=f'<meta http-equiv="refresh" content="0;url={LOST}">', content_type="text/html")
            return
        visit = None if self.is_over else self._visit(address)
        title, part = (title, self.part) if visit else ("Sign in", "")
        html = frame().get_template("page.html").render(visit=visit, title=title, part=part, section="/admin")
        route.fulfill(body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": CONTENT_POLICY})

    def _visit(self, address: str) -> SimpleNamespace:
        self.left = min(30 * 60, self.most)
        person = SimpleNamespace(name="Dana Whitlock", staff_id=self.who, role=SimpleNamespace(value="admin"))
        return SimpleNamespace(
            tenant=TENANT, staff=person, csrf="csrf_1", path=urlsplit(address).path, seconds_left=self.left, most_seconds=self.most
        )


def frame() -> Environment:
    """Return the frame of all staff pages, its scripts as they stand in the sources."""
    made = Environment(
        loader=ChoiceLoader([DictLoader({"page.html": PAGE}), FileSystemLoader(FRAMES)]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=lambda name: Asset(f"/{name.rpartition('/')[2]}", ""), nav=MAIN, nav_badges=BADGES)
    return made
