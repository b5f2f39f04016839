"""A small deps.dev on loopback: packages, versions, projects and advisories, over v3 of its API.

Its answers follow https://docs.deps.dev/api/v3/ as far as our client reads them. Faults are those of the simulated
GitHub. `log` keeps what was asked, and whether anything that looks like a token came along.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.loopback_service import LoopbackService

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from repo_vitals.simulator.faults import FaultPlan

System = Literal["cargo", "npm", "pypi"]


@dataclass(kw_only=True)
class KnownVersion:
    """A version that deps.dev knows."""

    version: str
    published_at: datetime | None
    licenses: tuple[str, ...] = ("MIT",)
    advisories: tuple[str, ...] = ()
    project: str | None = None
    deprecated: bool | None = None


@dataclass(kw_only=True)
class KnownPackage:
    """A package that deps.dev knows. `default`: the version that is installed when none is named."""

    system: System
    name: str
    versions: list[KnownVersion]
    default: str | None = None


@dataclass(kw_only=True)
class KnownProject:
    """A repository that deps.dev knows. `maintained`: Scorecard's check, None for a project without a scorecard."""

    id: str
    maintained: int | None = None
    reason: str = "10 commit(s) and 5 issue activity found in the last 90 days"


@dataclass
class Known:
    """All that a deps.dev knows."""

    packages: dict[tuple[str, str], KnownPackage] = field(default_factory=dict)
    projects: dict[str, KnownProject] = field(default_factory=dict)
    advisories: dict[str, float | None] = field(default_factory=dict)      # CVSS v3 score by id
    aliases: dict[str, list[str]] = field(default_factory=dict)            # of an advisory, by its id
    titles: dict[str, str] = field(default_factory=dict)                   # the same

    def package(
        self, system: System, name: str, versions: Mapping[str, datetime | None], *, default: str | None = None,
        licenses: Sequence[str] = ("MIT",), project: str | None = None,
    ) -> KnownPackage:
        """Add a package; its default version is the last one unless another is named, or `-` for none."""
        listed = [KnownVersion(version=version, published_at=at, licenses=tuple(licenses), project=project)
                  for version, at in versions.items()]
        chosen = listed[-1].version if default is None and listed else default
        made = KnownPackage(system=system, name=name, versions=listed, default=chosen)
        self.packages[system, name] = made
        return made

    def answer(self, path: str) -> Answer:
        """What is said to GET `path`, which is still encoded."""
        parts = [unquote(part) for part in path.split("/")[1:]]
        match parts:
            case ["v3", "systems", system, "packages", name]:
                package = self.packages.get((system.lower(), name))
                return _not_found() if package is None else Answer.of(_package_document(package))
            case ["v3", "systems", system, "packages", name, "versions", version]:
                package = self.packages.get((system.lower(), name))
                listed = () if package is None else package.versions
                found = next((one for one in listed if one.version == version), None)
                return _not_found() if package is None or found is None else \
                    Answer.of(_version_document(package, found))
            case ["v3", "projects", project]:
                known = self.projects.get(project)
                return _not_found() if known is None else Answer.of(_project_document(known))
            case ["v3", "advisories", advisory]:
                if advisory not in self.advisories:
                    return _not_found()
                return Answer.of({"advisoryKey": {"id": advisory}, "url": f"https://osv.dev/vulnerability/{advisory}",
                                  "title": self.titles.get(advisory, "A flaw"),
                                  "aliases": self.aliases.get(advisory, []),
                                  "cvss3Score": self.advisories[advisory] or 0,
                                  "cvss3Vector": ""})
        return _not_found()


def _not_found() -> Answer:
    return Answer(status=404, headers={"content-type": "text/plain; charset=utf-8"}, body=b"not found\n")


def _key(package: KnownPackage, version: str | None = None) -> dict[str, str]:
    key = {"system": package.system.upper(), "name": package.name}
    return key if version is None else {**key, "version": version}


def _dated(moment: datetime | None) -> dict[str, str]:
    return {} if moment is None else {"publishedAt": format_instant(moment)}


def _package_document(package: KnownPackage) -> dict[str, Any]:
    return {"packageKey": _key(package), "versions": [
        {"versionKey": _key(package, one.version), **_dated(one.published_at),
         "isDefault": one.version == package.default,
         **({} if one.deprecated is None else {"isDeprecated": one.deprecated})} for one in package.versions]}


def _version_document(package: KnownPackage, one: KnownVersion) -> dict[str, Any]:
    related = [] if one.project is None else [
        {"projectKey": {"id": one.project}, "relationProvenance": "UNVERIFIED_METADATA",
         "relationType": kind} for kind in ("ISSUE_TRACKER", "SOURCE_REPO")]
    return {
        "versionKey": _key(package, one.version), **_dated(one.published_at),
        "isDefault": one.version == package.default,
        **({} if one.deprecated is None else {"isDeprecated": one.deprecated}), "licenses": list(one.licenses),
        "advisoryKeys": [{"id": advisory} for advisory in one.advisories], "links": [], "slsaProvenances": [],
        "attestations": [], "registries": [], "relatedProjects": related,
    }


def _project_document(known: KnownProject) -> dict[str, Any]:
    document: dict[str, Any] = {"projectKey": {"id": known.id}, "openIssuesCount": 0, "starsCount": 0, "forksCount": 0,
                                "license": "MIT", "description": "", "homepage": ""}
    if known.maintained is not None:
        document["scorecard"] = {"date": "2026-01-01T00:00:00Z", "overallScore": 5, "checks": [
            {"name": "License", "score": 10, "reason": "license file detected", "details": []},
            {"name": "Maintained", "score": known.maintained, "reason": known.reason, "details": []}]}
    return document


class DepsDevSimulator(LoopbackService):
    """A server on 127.0.0.1 with a thread of its own: `with DepsDevSimulator(known) as deps_dev: deps_dev.url …`."""

    NAME = "deps.dev"

    def __init__(self, known: Known | None = None, *, port: int = 0, faults: FaultPlan | None = None) -> None:
        super().__init__(port=port, faults=faults)
        self.known = known or Known()

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002 - it has no ETags
        """What is said to GET `path`, which is still encoded."""
        return self.known.answer(urlsplit(path).path)
