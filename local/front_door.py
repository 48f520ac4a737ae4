"""One origin, as CloudFront is: the portal's files, the API and staff pages behind it, the mailbox and the controls beside it."""

from __future__ import annotations

import gzip
import json
import mimetypes
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO

import urllib3

from duebook.domain.money import Money
from local.security_headers import SecurityHeaders
from local.web import Handler, Problem, Request, Response

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "portal" / "build.py"
LANGUAGE = re.compile(r"[a-z]{2}-[A-Z]{2}$")
STAGE = "live"
API_PREFIXES = ("api", "admin")
LOGOS = "logos"
LOGO_HEADERS = ("Content-Type", "Cache-Control", "ETag")
FOREVER = "public, max-age=31536000, immutable"
ALWAYS_ASK = "no-cache"
COMPRESSED = {"application/json", "image/svg+xml", "application/javascript"}
_NOT_FORWARDED = {"host", "connection", "keep-alive", "transfer-encoding", "x-forwarded-for", "x-forwarded-proto", "expect", "upgrade"}
_NOT_RETURNED = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}
_LOOK_AGAIN_SECONDS = 0.5
_UPSTREAM_SECONDS = 60


@dataclass(slots=True)
class Portal:
    """The static portal, built anew when one of its sources changes."""

    log: IO[bytes]
    dist: Path
    stamp: float = 0.0
    looked_at: float = 0.0
    failure: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def build_when_edited(self) -> None:
        """Run the build if a source is newer than the last one."""
        with self.lock:
            now = time.monotonic()
            if now - self.looked_at < _LOOK_AGAIN_SECONDS:
                return
            self.looked_at = now
            newest = max((path.stat().st_mtime for path in self._sources()), default=0.0)
            if newest <= self.stamp:
                return
            self.stamp = newest
            done = subprocess.run([sys.executable, str(BUILD), "--out", str(self.dist)], cwd=ROOT, capture_output=True, check=False)
            self.log.write(done.stdout + done.stderr)
            self.log.flush()
            self.failure = "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip()[-2000:]

    def _sources(self) -> list[Path]:
        folder = BUILD.parent
        return [
            path for path in folder.rglob("*") if path.is_file() and not path.is_relative_to(self.dist) and "__pycache__" not in path.parts
        ]

    def file(self, path: str) -> Path | None:
        """Return the file that a path names; pretty paths name their page."""
        wanted = (self.dist / path.lstrip("/")).resolve()
        if not wanted.is_relative_to(self.dist.resolve()):
            return None
        if wanted.is_dir():
            wanted /= "index.html"
        elif "." not in wanted.name:
            wanted = wanted.with_name(wanted.name + ".html")
        return wanted if wanted.is_file() else None

    def not_found(self, path: str) -> Path | None:
        """Return the page that says that there is nothing at a path, in the path's language."""
        language = path.lstrip("/").split("/", 1)[0]
        return (self.file(f"/{language}/404.html") if LANGUAGE.match(language) else None) or self.file("/404.html")


@dataclass(slots=True)
class FrontDoor:
    """Answers every request to the portal's origin."""

    portal: Portal
    headers: SecurityHeaders
    beside: Mapping[str, Handler]
    """First path segment -> handler, for what is not deployed: ``local`` and ``mailbox``."""
    answered: Callable[[Request, Response], None] = lambda _request, _response: None
    endpoint: str = ""
    api_id: str = ""
    logos_bucket: str = ""
    upstream: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=32, retries=False, timeout=_UPSTREAM_SECONDS))

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        first = request.raw_path.lstrip("/").split("/", 1)[0]
        if first in self.beside:
            return self.beside[first](request).with_headers(("X-Content-Type-Options", "nosniff"))
        if first in API_PREFIXES:
            response = self._forward(request)
            self.answered(request, response)
        elif first == LOGOS:
            response = self._logo(request)
        else:
            response = self._static(request)
        return self.headers.add_to(response, request.path)

    def _forward(self, request: Request) -> Response:
        if not self.api_id:
            raise Problem(503, "temporarily_unavailable", "The local cloud is still starting.")
        headers = urllib3.HTTPHeaderDict()
        for name, value in request.headers.items():
            if name.lower() not in _NOT_FORWARDED:
                headers.add(name, value)
        came_from = request.headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{came_from}, {request.client}" if came_from else request.client
        headers["X-Forwarded-Proto"] = "http"
        headers["Host"] = f"{self.api_id}.execute-api.localhost"
        try:
            answer = self.upstream.urlopen(
                request.method,
                f"{self.endpoint}/{STAGE}{request.target}",
                body=request.body(),
                headers=headers,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Problem(502, "temporarily_unavailable", f"The API does not answer: {error}") from error
        body = answer.read()
        answer.release_conn()
        returned = tuple((name, value) for name, value in answer.headers.iteritems() if name.lower() not in _NOT_RETURNED)
        return Response(answer.status, body, returned)

    def _logo(self, request: Request) -> Response:
        """Read a business's logo from its bucket, as CloudFront does."""
        _check_reading(request)
        try:
            found = self.upstream.request("GET", f"{self.endpoint}/{self.logos_bucket}{request.raw_path}")
        except urllib3.exceptions.HTTPError as error:
            raise Problem(502, "temporarily_unavailable", f"The bucket does not answer: {error}") from error
        if found.status != HTTPStatus.OK:
            raise Problem(404, "not_found", "There is no such logo.")
        return Response(200, found.data, tuple((name, found.headers[name]) for name in LOGO_HEADERS if name in found.headers))

    def _static(self, request: Request) -> Response:
        _check_reading(request)
        self.portal.build_when_edited()
        if self.portal.failure:
            return Response(500, self.portal.failure.encode(), (("Content-Type", "text/plain; charset=utf-8"),))
        found = self.portal.file(request.path)
        status = 200
        if found is None:
            found, status = self.portal.not_found(request.path), 404
        if found is None:
            raise Problem(404, "not_found", "There is nothing at this address.")
        body = found.read_bytes()
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind in COMPRESSED
        headers = [
            ("Content-Type", f"{kind}; charset=utf-8" if text else kind),
            ("Cache-Control", FOREVER if found.is_relative_to(self.portal.dist.resolve() / "assets") else ALWAYS_ASK),
        ]
        if text:
            headers.append(("Vary", "Accept-Encoding"))
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers.append(("Content-Encoding", "gzip"))
                body = gzip.compress(body, mtime=0)
        return Response(status, body, tuple(headers))


def _check_reading(request: Request) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise Problem(405, "method_not_allowed", f"{request.path} can only be read.")


def payment_line(request: Request, response: Response) -> str | None:
    """Return what to say of a payment that was just answered, if the request was one."""
    if request.method != "POST" or not request.raw_path.endswith("/payments"):
        return None
    try:
        said = json.loads(response.body)
    except ValueError:
        return None
    if not isinstance(said, dict) or not {"id", "amount", "currency", "status"} <= said.keys():
        problem = said.get("code") if isinstance(said, dict) else None
        return f"payment refused: {problem}" if problem else None
    return f"payment of {Money(said['amount'], said['currency'])}: {said['status']} ({said['id']})"
