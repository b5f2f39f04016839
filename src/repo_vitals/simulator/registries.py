"""Package registries on loopback, as far as they tell of downloads: crates.io, pypistats.org and npm's downloads API.

    with Registries(today=date(2026, 1, 31)) as registries:
        registries.crate("widget", CrateVersion(number="1.0.0", published=moment, days={...}))
        registries.options()        # inputs of package-adoption that lead here

The three live on one port: their paths differ. Each answers in the form of the real one and within its window: ninety
days by day for each of the five newest versions, 180 days with and without mirrors, 18 months by day. crates.io and
pypistats.org have no row for a day of none; npm has 0, also before a package was there. What can be changed may be
changed while it serves.
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.loopback_service import LoopbackService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.simulator.faults import FaultPlan

NEWEST = 5              # versions that crates.io tells by day
CRATES_WINDOW, PYPI_WINDOW, NPM_WINDOW, NPM_WINDOW_OF_SEVERAL = 90, 180, 550, 365
_PAGE = b"<!DOCTYPE html><html><head><title>404</title></head><body><h1>404</h1></body></html>"


@dataclass(kw_only=True)
class CrateVersion:
    """A version of a crate. `older`: its downloads before the days that are given."""

    number: str
    published: datetime
    days: dict[date, int] = field(default_factory=dict)
    yanked: bool = False
    older: int = 0

    @property
    def downloads(self) -> int:
        """Of all time."""
        return self.older + sum(self.days.values())


@dataclass(kw_only=True)
class NpmPackage:
    """A package of npm's: its days, and the last week by version. A day that is not among them is told as 0."""

    days: dict[date, int] = field(default_factory=dict)
    week: dict[str, int] = field(default_factory=dict)


class Registries(LoopbackService):
    """The server. `crates`, `pypi` and `npm` are what it knows, by name."""

    NAME = "registries"

    def __init__(self, *, today: date, faults: FaultPlan | None = None, port: int = 0) -> None:
        super().__init__(port=port, faults=faults)
        self.today = today
        self.crates: dict[str, list[CrateVersion]] = {}
        self.pypi: dict[str, dict[date, tuple[int, int]]] = {}      # without mirrors, with them
        self.npm: dict[str, NpmPackage] = {}

    def crate(self, name: str, *versions: CrateVersion) -> None:
        """Have crates.io know a crate, its versions in ascending order."""
        self.crates[name] = list(versions)

    def options(self) -> dict[str, str]:
        """Inputs of package-adoption that lead here, and the packages."""
        packages = [*(f"crates:{name}" for name in self.crates), *(f"pypi:{name}" for name in self.pypi),
                    *(f"npm:{name}" for name in self.npm)]
        return {"packages": "\n".join(packages), "crates-io": self.url, "pypistats": self.url,
                "npm-downloads": self.url}

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """What is said to GET `path`."""
        parts = urlsplit(path)
        said = self._say([unquote(part) for part in parts.path.split("/")[1:]], parts.query, headers)
        if said.status == 200:
            tag = f'W/"{hashlib.sha256(said.body).hexdigest()[:16]}"'
            said.headers["etag"] = tag
            if headers.get("if-none-match") == tag:
                return Answer(status=304, headers={"etag": tag})
        return said

    def _say(self, parts: list[str], query: str, headers: Mapping[str, str]) -> Answer:
        match parts:
            case ["api", "v1", "crates", *_] if not headers.get("user-agent"):
                wanted = "We require that all requests include a `User-Agent` header."
                return Answer.of({"errors": [{"detail": wanted}]}, 403)
            case ["api", "v1", "crates", name]:
                return self._crate(name)
            case ["api", "v1", "crates", name, "downloads"]:
                return self._crate_downloads(name)
            case ["api", "packages", name, "overall"]:
                return self._overall(name, query)
            case ["downloads", "range", period, *names]:
                return self._range(period, "/".join(names).split(","))
            case ["versions", name, "last-week"]:
                found = self.npm.get(name)
                return _unknown(name) if found is None else Answer.of({"package": name, "downloads": found.week})
        return Answer(status=404, headers={"content-type": "text/html"}, body=_PAGE)

    # -- crates.io -----------------------------------------------------------------------------------------------

    def _found_crate(self, name: str) -> tuple[str, list[CrateVersion]] | None:
        plain = name.lower().replace("-", "_")
        return next(((spelled, versions) for spelled, versions in self.crates.items()
                     if spelled.lower().replace("-", "_") == plain), None)

    def _crate(self, name: str) -> Answer:
        found = self._found_crate(name)
        if found is None:
            return _no_crate(name)
        spelled, versions = found
        standing = [one for one in versions if not one.yanked]
        stable = [one for one in standing if "-" not in one.number]
        since = self.today - timedelta(days=CRATES_WINDOW)
        return Answer.of({
            "crate": {
                "id": spelled, "name": spelled, "created_at": _at(versions[0].published),
                "updated_at": _at(versions[-1].published), "description": "A crate", "documentation": None,
                "homepage": None, "repository": None, "downloads": sum(one.downloads for one in versions),
                "recent_downloads": sum(count for one in versions for day, count in one.days.items() if day > since),
                "max_version": standing[-1].number if standing else "0.0.0",
                "max_stable_version": stable[-1].number if stable else None, "newest_version": versions[-1].number,
                "default_version": (stable or standing or versions)[-1].number, "num_versions": len(versions),
                "versions": [self._id(spelled, one) for one in reversed(versions)], "badges": [], "keywords": [],
                "categories": [], "exact_match": False, "trustpub_only": False, "yanked": not standing,
                "links": {"version_downloads": f"/api/v1/crates/{spelled}/downloads", "versions": None,
                          "owners": f"/api/v1/crates/{spelled}/owners"},
            },
            "versions": [self._version(spelled, one) for one in reversed(versions)], "keywords": [], "categories": [],
        })

    def _version(self, name: str, one: CrateVersion) -> dict[str, Any]:
        place = f"/api/v1/crates/{name}/{one.number}"
        return {
            "id": self._id(name, one), "crate": name, "num": one.number, "created_at": _at(one.published),
            "updated_at": _at(one.published), "downloads": one.downloads, "yanked": one.yanked, "yank_message": None,
            "license": "MIT", "features": {}, "crate_size": 4096, "checksum": "0" * 64, "dl_path": f"{place}/download",
            "readme_path": f"{place}/readme", "rust_version": None, "edition": "2021", "published_by": None,
            "audit_actions": [], "links": {"version_downloads": f"{place}/downloads"},
        }

    def _crate_downloads(self, name: str) -> Answer:
        found = self._found_crate(name)
        if found is None:
            return _no_crate(name)
        spelled, versions = found
        since = self.today - timedelta(days=CRATES_WINDOW)
        rows = [{"version": self._id(spelled, one), "date": day.isoformat(), "downloads": count}
                for one in versions[-NEWEST:] for day, count in one.days.items() if since < day <= self.today and count]
        extra: dict[date, int] = {}
        for one in versions[:-NEWEST]:
            for day, count in one.days.items():
                if since < day <= self.today and count:
                    extra[day] = extra.get(day, 0) + count
        return Answer.of({
            "version_downloads": sorted(rows, key=lambda row: str(row["date"])),
            "meta": {"extra_downloads": [{"date": day.isoformat(), "downloads": count}
                                         for day, count in sorted(extra.items())]}})

    def _id(self, name: str, one: CrateVersion) -> int:
        return 1000 * (1 + list(self.crates).index(name)) + self.crates[name].index(one)

    # -- pypistats.org -------------------------------------------------------------------------------------------

    def _overall(self, name: str, query: str) -> Answer:
        found = self.pypi.get(name)
        if found is None:
            return Answer(status=404, headers={"content-type": "text/html"}, body=_PAGE)
        since = self.today - timedelta(days=PYPI_WINDOW)
        wanted = re.search(r"(?:^|&)mirrors=(true|false)(?:&|$)", query)
        rows = [{"category": category, "date": day.isoformat(), "downloads": both[place]}
                for category, place, value in (("with_mirrors", 1, "true"), ("without_mirrors", 0, "false"))
                if wanted is None or wanted[1] == value
                for day, both in sorted(found.items()) if since < day <= self.today and both[place]]
        return Answer.of({"data": rows, "package": name, "type": "overall_downloads"})

    # -- npm -----------------------------------------------------------------------------------------------------

    def _range(self, period: str, names: list[str]) -> Answer:
        ends = re.fullmatch(r"(\d{4}-\d\d-\d\d):(\d{4}-\d\d-\d\d)", period)
        if ends is None:
            return Answer.of({"error": "invalid date range"}, 400)
        first, last = (date.fromisoformat(end) for end in ends.groups())
        several = len(names) > 1
        if several and any(name.startswith("@") for name in names):
            return Answer.of({"error": "scoped packages are not supported in bulk queries"}, 400)
        if len(names) > 128 or (last - first).days >= (NPM_WINDOW_OF_SEVERAL if several else NPM_WINDOW):
            return Answer.of({"error": "too much was asked for"}, 400)
        listed = {name: self._days(name, first, last) for name in names}
        if several:
            return Answer.of(listed)
        return _unknown(names[0]) if listed[names[0]] is None else Answer.of(listed[names[0]])

    def _days(self, name: str, first: date, last: date) -> dict[str, Any] | None:
        found = self.npm.get(name)
        if found is None:
            return None
        return {"start": first.isoformat(), "end": last.isoformat(), "package": name, "downloads": [
            {"downloads": found.days.get(day, 0), "day": day.isoformat()} for day in
            (first + timedelta(days=place) for place in range((last - first).days + 1)) if day < self.today]}


def _no_crate(name: str) -> Answer:
    return Answer.of({"errors": [{"detail": f"crate `{name}` does not exist"}]}, 404)


def _unknown(name: str) -> Answer:
    return Answer.of({"error": f"package {name} not found"}, 404)


def _at(moment: datetime) -> str:
    return format_instant(moment).replace("Z", ".000000Z")
