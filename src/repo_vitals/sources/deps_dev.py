"""deps.dev: what it knows of packages, versions, projects and advisories, over the stable v3 of its API.

https://docs.deps.dev/api/v3/ : GetPackage for the versions of a package with their dates and the default one,
GetVersion for licences, advisories and the source repository, GetProject for Scorecard's checks, GetAdvisory for a
score and the other ids of one flaw. The batches of v3alpha would save requests, but may change at any time.

No token goes there. Names are strangers' text and are encoded whole, so that none becomes a path. The service states
no rate limit; at most ten requests a second are sent, one at a time.
"""
from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import quote

from repo_vitals.clock import parse_instant
from repo_vitals.errors import BudgetSpent, CouldNotMeasure
from repo_vitals.frozen import dataclass
from repo_vitals.sources.http import Request, Transient

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from repo_vitals.sources.http import Transport
    from repo_vitals.sources.http_wire import Response

System = Literal["cargo", "npm", "pypi"]
ADDRESS = "https://api.deps.dev"
PAUSE = 0.1         # seconds between requests
_PROJECT = re.compile(r"(?:github\.com|gitlab\.com|bitbucket\.org)(?:/[A-Za-z0-9._-]{1,100}){2,10}")
_ADVISORY = re.compile(r"[A-Za-z0-9._:-]{1,100}")
# An advisory has no field for these; its title says so. GitHub begins the title of one that it took back with such
# words, and RustSec's notices that nobody looks after a crate any more are named for that.
_WITHDRAWN = re.compile(r"\s*(?:withdrawn|duplicate)(?:\s+advisory)?\s*:", re.IGNORECASE)
_NOTICE = re.compile(r"\b(?:is|are|been|appears?|as)\s+(?:to be\s+)?(?:unmaintained|no longer maintained)\s*\.?\s*$",
                     re.IGNORECASE)
Standing = Literal["vulnerability", "informational", "withdrawn"]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PackageVersion:
    """A version in a package's list."""

    version: str
    published_at: datetime | None
    is_default: bool
    is_deprecated: bool | None      # None: the answer does not say


@dataclass(frozen=True, kw_only=True)
class VersionDetail:
    """One version in detail."""

    licenses: tuple[str, ...]       # SPDX expressions, or `non-standard`
    advisories: tuple[str, ...]     # OSV ids of what affects this very version
    is_deprecated: bool | None
    project: str | None             # the source repository: github.com/owner/name


@dataclass(frozen=True, kw_only=True)
class ProjectDetail:
    """A source repository."""

    maintained: int | None          # Scorecard's check Maintained, 0 to 10; None: not run, or it failed
    is_archived: bool


@dataclass(frozen=True, kw_only=True)
class AdvisoryDetail:
    """A security advisory."""

    score: float | None             # CVSS v3; None: it has none
    aliases: tuple[str, ...]        # ids that other databases gave the same flaw: CVE, GHSA, RUSTSEC, PYSEC …
    standing: Standing              # as far as its title tells


class DepsDev:
    """The client. Each question is one request; None is the answer where deps.dev does not know what was asked for.

    Raises CouldNotMeasure where it does not answer, or not as its API is described; BudgetSpent where it wants to be
    left alone for longer than we wait.
    """

    def __init__(self, transport: Transport, address: str = ADDRESS, *, pause: float = PAUSE,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self._transport = transport.without_token()
        self._address = address.rstrip("/")
        self._pause = pause
        self._sleep = sleep
        self._asked_at: float | None = None

    def versions(self, system: System, name: str) -> list[PackageVersion] | None:
        """The versions of a package, in no order that counts."""
        return self._ask(_read_package, "systems", system, "packages", name)

    def version(self, system: System, name: str, version: str) -> VersionDetail | None:
        """A version of a package."""
        return self._ask(_read_version, "systems", system, "packages", name, "versions", version)

    def project(self, project: str) -> ProjectDetail | None:
        """The repository github.com/owner/name."""
        return self._ask(_read_project, "projects", project)

    def advisory(self, advisory: str) -> AdvisoryDetail | None:
        """The advisory of an OSV id."""
        return self._ask(_read_advisory, "advisories", advisory)

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def _ask(self, read: Callable[[Any], T], *parts: str) -> T | None:
        if not {"", ".", ".."}.isdisjoint(parts):       # no encoding keeps these from being steps on a path
            return None
        self._keep_pace()
        path = "/".join(quote(part, safe="") for part in parts)
        request = Request(method="GET", url=f"{self._address}/v3/{path}", headers={"Accept": "application/json"},
                          pause=self._pause)

        def examine(response: Response) -> Transient | None:
            if response.status != 200:
                return None
            try:
                read(response.json())
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
                return Transient(reason="its answer is not what its API describes")
            return None
        retries = self._transport.cost.retries
        try:
            response = self._transport.send(request, examine)
        except BudgetSpent:
            raise BudgetSpent("deps.dev asks to come back later, and for longer than max-wait allows") from None
        finally:
            if self._transport.cost.retries != retries:     # the last try was sent later than the first
                self._asked_at = time.monotonic()
        if response.status in (400, 404):       # 400: a name that its ecosystem can't have
            return None
        if response.status != 200:
            raise CouldNotMeasure(f"deps.dev answered {response.status}; is the address in `deps-dev` right?")
        return read(response.json())

    def _keep_pace(self) -> None:
        now = time.monotonic()
        if self._asked_at is not None and (left := self._asked_at + self._pause - now) > 0:
            self._sleep(left)
            now += left
        self._asked_at = now


def _read_package(document: Any) -> list[PackageVersion]:
    return [
        PackageVersion(
            version=_text(entry["versionKey"]["version"]), published_at=_instant(entry.get("publishedAt")),
            is_default=entry.get("isDefault") is True, is_deprecated=_flag(entry.get("isDeprecated")),
        )
        for entry in _list(document["versions"])
    ]


def _read_version(document: Any) -> VersionDetail:
    _text(document["versionKey"]["version"])
    # Protobuf's JSON may leave out what is empty.
    related = [entry["projectKey"]["id"] for entry in _list(document.get("relatedProjects", []))
               if entry.get("relationType") == "SOURCE_REPO"]
    return VersionDetail(
        licenses=tuple(_text(entry) for entry in _list(document.get("licenses", []))),
        advisories=tuple(entry["id"] for entry in _list(document.get("advisoryKeys", []))
                         if _ADVISORY.fullmatch(entry["id"])),
        is_deprecated=_flag(document.get("isDeprecated")),
        project=next((one for one in related if _PROJECT.fullmatch(one)), None),
    )


def _read_project(document: Any) -> ProjectDetail:
    _text(document["projectKey"]["id"])
    scorecard = document.get("scorecard") or {}
    checks = _list(scorecard.get("checks", []))
    check: dict[str, Any] = next((entry for entry in checks if entry.get("name") == "Maintained"), {})
    score = check.get("score")
    return ProjectDetail(
        maintained=score if isinstance(score, int) and 0 <= score <= 10 else None,
        is_archived="archived" in _text(check.get("reason", "")).casefold(),
    )


def _read_advisory(document: Any) -> AdvisoryDetail:
    advisory = _text(document["advisoryKey"]["id"])
    score, title = document.get("cvss3Score"), _text(document.get("title", ""))
    # 0 is protobuf's word for none.
    scored = float(score) if isinstance(score, (int, float)) and 0 < score <= 10 else None
    notice = scored is None and advisory.startswith("RUSTSEC-") and _NOTICE.search(title) is not None
    return AdvisoryDetail(
        score=scored,
        aliases=tuple(one for one in map(_text, _list(document.get("aliases", []))) if _ADVISORY.fullmatch(one)),
        standing="withdrawn" if _WITHDRAWN.match(title) else "informational" if notice else "vulnerability",
    )


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _instant(value: Any) -> datetime | None:
    return None if value is None else parse_instant(_text(value))
