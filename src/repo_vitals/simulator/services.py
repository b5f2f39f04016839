"""Web services on loopback, for the demo and the tests: a site, a status page, a crates registry and its documentation.

    with Services() as services:
        services.pages["/health"] = Page(body="all is well")
        services.crate("widget", Version(number="1.0.0", published=moment))

The answers have the form of Statuspage's `/api/v2/summary.json`, of crates.io's `/api/v1/crates/NAME`, and of docs.rs's
`/crate/NAME/VERSION/status.json`. What can be changed may be changed while it serves.
"""
from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from repo_vitals.simulator.loopback import Loopback

if TYPE_CHECKING:
    import ssl
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

COMPONENTS = ("Git Operations", "API Requests", "Issues", "Pull Requests", "Actions", "Packages", "Pages")
_DESCRIPTIONS = {"none": "All Systems Operational", "minor": "Minor Service Outage", "major": "Major Service Outage",
                 "critical": "Critical Service Outage", "maintenance": "Service Under Maintenance"}


@dataclass(kw_only=True)
class Page:
    """An answer. The next `failing` requests get 503 in its place."""

    status: int = 200
    body: str = "all is well"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0            # later than it could be
    failing: int = 0


@dataclass(kw_only=True)
class Version:
    """A release of a crate. `built`: what docs.rs says of it; it does not know it at all where `known` is False."""

    number: str
    published: datetime
    yanked: bool = False
    built: bool | None = True
    known: bool = True


class Services:
    """A server on 127.0.0.1 with a thread of its own. `asked` lists every request: method, path, headers."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, name: str = "127.0.0.1") -> None:
        self.pages: dict[str, Page] = {"/": Page()}
        self.crates: dict[str, list[Version]] = {}
        self.indicator = "none"
        self.components = dict.fromkeys(COMPONENTS, "operational")
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._name = name
        self._tls = tls
        self._lock = threading.Lock()
        self._server = Loopback(("127.0.0.1", 0), _handler(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> Self:
        self._server.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._server.end()

    @property
    def host(self) -> str:
        """Name and port, as `allow-private` takes them."""
        return f"{self._name}:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self._tls else 'http'}://{self.host}"

    def crate(self, name: str, *versions: Version) -> None:
        """Have the registry know a crate, its versions in order of publication."""
        self.crates[name] = list(versions)

    def options(self) -> dict[str, str]:
        """Inputs of service-health that check everything here."""
        lines = [f"website = {self.url}/ text=well", f"github = {self.url}/api/v2/summary.json kind=statuspage"]
        lines += [f"{site}:{name} base={self.url}" + (f" registry={self.url}" if site == "docs.rs" else "")
                  for name in self.crates for site in ("crates.io", "docs.rs")]
        return {"services": "\n".join(f"{line} wait=0s" for line in lines), "allow-private": self.host}

    def answer(self, method: str, target: str, headers: dict[str, str]) -> Page:
        """The answer to a request."""
        path = urlsplit(target).path
        with self._lock:
            self.asked.append((method, target, headers))
            page = self.pages.get(path)
            if page is not None and page.failing > 0:
                page.failing -= 1
                return Page(status=503, body="not now")
            return page or self._of_an_api(path)

    def _of_an_api(self, path: str) -> Page:
        parts = path.strip("/").split("/")
        if path == "/api/v2/summary.json":
            return _json(self._summary())
        if parts[:3] == ["api", "v1", "crates"] and len(parts) == 4:
            return self._crate(parts[3])
        if parts[0] == "crate" and len(parts) == 4 and parts[3] == "status.json":
            return self._documentation(parts[1], parts[2])
        return Page(status=404, body="there is nothing here")

    def _summary(self) -> dict[str, Any]:
        return {"page": {"id": "simulated", "name": "GitHub", "url": self.url},
                "status": {"indicator": self.indicator, "description": _DESCRIPTIONS.get(self.indicator, "")},
                "components": [{"id": str(place), "name": name, "status": status, "group": False}
                               for place, (name, status) in enumerate(self.components.items())],
                "incidents": [], "scheduled_maintenances": []}

    def _crate(self, name: str) -> Page:
        versions = self.crates.get(name)
        if not versions:
            return _json({"errors": [{"detail": f"crate `{name}` does not exist"}]}, status=404)
        standing = [version for version in versions if not version.yanked]
        stable = [version for version in standing if "-" not in version.number]
        return _json({
            "crate": {"id": name, "name": name, "max_version": standing[-1].number if standing else "0.0.0",
                      "max_stable_version": stable[-1].number if stable else None,
                      "newest_version": standing[-1].number if standing else "0.0.0"},
            "versions": [{"id": place, "crate": name, "num": version.number, "yanked": version.yanked,
                          "created_at": version.published.isoformat()}
                         for place, version in reversed(list(enumerate(versions, start=1)))],
            "keywords": [], "categories": []})

    def _documentation(self, name: str, number: str) -> Page:
        found = next((version for version in self.crates.get(name, ())
                      if version.number == number and version.known), None)
        if found is None:
            return Page(status=404, body="The requested version does not exist")
        return _json({"version": number, "doc_status": found.built})


def _json(content: Any, *, status: int = 200) -> Page:
    return Page(status=status, body=json.dumps(content), headers={"content-type": "application/json"})


def _handler(services: Services) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            page = services.answer(self.command, self.path,
                                   {name.lower(): text for name, text in self.headers.items()})
            time.sleep(page.seconds)
            body = page.body.encode()
            self.send_response(page.status)
            for name, text in {"content-type": "text/plain; charset=utf-8", **page.headers}.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            """Nothing: what was asked is in `asked`."""

    return Handler
