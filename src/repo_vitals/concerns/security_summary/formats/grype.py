"""What Grype says (`-o json`): matches of an advisory with a package, and those that it was told to ignore."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem, from_purl
from repo_vitals.concerns.security_summary.facts import Advisory, Package, Report
from repo_vitals.concerns.security_summary.json_pieces import pieces
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "grype"
Node = dict[str, Any]


def recognises(outline: Outline) -> bool:
    """Matches, beside what tells of the tool or of what was scanned."""
    keys = outline.keys()
    if "matches" not in keys or "runs" in keys:
        return False
    if outline.at("descriptor", "name") == "grype" or {"vulnerability", "artifact"} <= outline.keys("matches", 0):
        return True
    return {"source", "descriptor"} <= keys and isinstance(outline.at("matches"), list | None)


def read(file: ReportFile) -> Report:
    """What the report says, with the age of the database that it knew."""
    advisories: list[Advisory] = []
    descriptor: Node = {}
    listed = False
    for key, value in pieces(file, lists=("matches", "ignoredMatches"), skipped=("alertsByPackage",)):
        if key == "descriptor":
            descriptor = fields.node(value, "the tool")
        elif key in ("matches", "ignoredMatches"):
            listed = True
            entry = fields.node(value, "a match")
            advisories.append(_advisory(entry, _why_ignored(entry) if key == "ignoredMatches" else None))
            fields.bounded(len(advisories), "advisories")
    name = fields.text(descriptor, "name")
    if not listed and name != "grype":
        raise Unreadable("is no report of Grype")
    version = fields.text(descriptor, "version")
    database = fields.sub(descriptor, "db")
    missing = ("its database of vulnerabilities could not be used",) if _is_broken(database) else ()
    return Report(
        shown=file.shown, format=NAME, tool=f"Grype {version}".strip(), advisories=tuple(advisories),
        checks=frozenset({"vulnerabilities"}), made_at=fields.instant(descriptor.get("timestamp")),
        database_at=_built(database), missing=missing)


def _built(database: Node) -> datetime | None:
    """When the database was made: of old versions beside, of new ones below its status."""
    status = database.get("status")
    return fields.instant(database.get("built")) or (
        fields.instant(status.get("built")) if isinstance(status, dict) else None)


def _is_broken(database: Node) -> bool:
    status = database.get("status")
    status = status if isinstance(status, dict) else {}
    return bool(database.get("error") or status.get("error")) or status.get("valid") is False


def _advisory(entry: Node, ignored: str | None) -> Advisory:
    known, artifact = fields.sub(entry, "vulnerability"), fields.sub(entry, "artifact")
    related = fields.nodes(entry, "relatedVulnerabilities")
    own, name = fields.text(known, "id"), fields.text(artifact, "name")
    if not own or not name:
        raise Unreadable("has a match without an id or the name of a package")
    ids = fields.identifiers(own, _aliases(own, [fields.text(one, "id") for one in related]))
    ratings = [rating for one in (known, *(one for one in related if fields.text(one, "id") in ids))
               for rating in _ratings(one)]
    fix = fields.sub(known, "fix")
    purl = from_purl(fields.text(artifact, "purl"))
    places = fields.nodes(artifact, "locations")
    return Advisory(
        ids=ids, source=NAME, ignored=ignored,
        package=Package(name=name if purl is None or ":" not in purl.name else purl.name,
                        version=fields.text(artifact, "version") or None,
                        ecosystem=(purl.ecosystem if purl else "") or ecosystem(fields.text(artifact, "type")),
                        file=fields.text(places[0], "path") or None if places else None),
        title=fields.text(known, "description") or next(
            (title for one in related if (title := fields.text(one, "description"))), ""),
        vectors=fields.vectors(*(rating.get("vector") for rating in ratings)),
        scores=tuple((fields.text(rating, "version"), score) for rating in ratings
                     if not fields.vectors(rating.get("vector")) and (score := _score(rating)) is not None),
        level=fields.severity(fields.text(known, "severity")),
        fixed=fields.texts(fix, "versions") or tuple(
            part.strip() for part in fields.text(known, "fixedInVersion").split(",") if part.strip()),
        epss=_epss(known), url=fields.web(known.get("dataSource")) or fields.advisory_page(ids[0]))


def _aliases(own: str, related: list[str]) -> list[str]:
    """GitHub's advisory and a CVE are one thing; a distribution's notice about several CVEs is none of them."""
    return related if own.upper().startswith("GHSA-") or len(set(related)) == 1 else []


def _ratings(one: Node) -> list[Node]:
    found = fields.nodes(one, "cvss") if isinstance(one.get("cvss"), list) else []
    for key in ("cvssV2", "cvssV3"):        # as the first versions wrote them
        if isinstance(one.get(key), dict):
            found.append(one[key])
    return found


def _score(rating: Node) -> float | None:
    metrics = rating.get("metrics")
    given = metrics.get("baseScore") if isinstance(metrics, dict) else rating.get("baseScore")
    return fields.number(given, least=0.1, most=10)


def _epss(known: Node) -> float | None:
    given = known.get("epss")
    shares = [share for one in (given if isinstance(given, list) else ()) if isinstance(one, dict)
              and (share := fields.number(one.get("epss"), least=0, most=1)) is not None]
    return max(shares, default=None)


def _why_ignored(entry: Node) -> str:
    reasons = [reason for rule in fields.nodes(entry, "appliedIgnoreRules")
               if (reason := fields.text(rule, "reason", "vex-justification", "vex-status"))]
    return reasons[0] if reasons else "a rule of Grype's settings ignores it"
