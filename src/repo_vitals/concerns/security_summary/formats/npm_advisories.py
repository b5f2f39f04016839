"""Advisories as npm's registry tells them, which npm, pnpm and Yarn pass on."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.facts import Advisory, Package, Report
from repo_vitals.concerns.security_summary.ways import MOST_WAYS
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from repo_vitals.report.model import Severity

NAME = "npm-audit"
Node = dict[str, Any]
SEVERITIES = ("info", "low", "moderate", "high", "critical")
_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_BOUND = re.compile(r"(>=|<=|<|>|=|\^|~)?\s*v?(\d[0-9A-Za-z.+-]*)")

_SPACED = " > "
_FOLDER = re.compile(r"\.>|[^@>][^>]*(?:/|__)[^>]*>")

# pnpm takes what it is told to overlook from the list and leaves it in the counts, and does not say which it was.
_HIDDEN = "; pnpm hides what auditConfig.ignoreCves, auditConfig.ignoreGhsas or --audit-level name"


def is_answer(keys: Collection[str]) -> bool:
    """Whether an object with such keys may be the registry's answer."""
    return "advisories" in keys and "metadata" in keys


def of_answer(top: Node, *, shown: str, tool: str) -> Report:
    """What the registry's answer says: `{advisories, metadata}`, until 2026 with actions and what is muted."""
    known = [fields.node(one, "an advisory") for one in fields.sub(top, "advisories").values()]
    metadata = fields.sub(top, "metadata")
    muted = len(fields.values(top, "muted"))
    folders = _begin_with_folders(top, known)
    return Report(
        shown=shown, format=NAME, tool=tool,
        advisories=tuple(one for entry in known for one in of_advisory(entry, folders=folders)),
        checked=total_of(metadata), checks=frozenset({"vulnerabilities"}),
        missing=(*disagreement(fields.sub(metadata, "vulnerabilities"),
                               {fields.text(entry, "severity") for entry in known}, hidden=_HIDDEN),
                 *(() if known else unlooked(total_of(metadata)))),
        notes=(f"{muted} advisories are muted",) if muted else (),
    )


def disagreement(counts: Mapping[str, Any], met: set[str], *, hidden: str = "") -> tuple[str, ...]:
    """Why the list of advisories can't be whole, by the summary's counts. Those are of paths, so only none tells.

    `hidden`: what may have hidden the rest, to follow where the list holds none.
    """
    for severity in SEVERITIES:
        told = fields.count(counts, severity)
        if told is not None and bool(told) != (severity in met):
            held = "some" if severity in met else f"none{hidden}"
            return (f"its summary counts {told:,} of severity {severity}, its list holds {held}",)
    return ()


def total_of(metadata: Node) -> int | None:
    """How many packages were looked at."""
    dependencies = metadata.get("dependencies")
    if isinstance(dependencies, dict):      # npm from 7 on
        return fields.count(dependencies, "total")
    total = fields.count(metadata, "totalDependencies")
    return fields.count(metadata, "dependencies") if total is None else total


def unlooked(checked: int | None) -> tuple[str, ...]:
    """Why a report that tells of nothing does not show that there is nothing, by how many packages were looked at."""
    if checked:
        return ()
    return ("it does not say that any package was looked at" if checked is None else "no package was looked at",)


def of_advisory(entry: Node, further: Mapping[str | None, Iterable[tuple[str, ...]]] | None = None, *,
                folders: bool = False) -> list[Advisory]:
    """One advisory for each version that is installed. `further` are paths beyond its own.

    `folders`: whether each path begins with a folder of the project.
    """
    paths: dict[str | None, dict[tuple[str, ...], None]] = {}
    for finding in fields.nodes(entry, "findings"):
        mine = paths.setdefault(fields.text(finding, "version") or None, {})
        mine.update(dict.fromkeys(path_of(path, folder=folders) for path in fields.texts(finding, "paths")))
    for version, more in (further or {}).items():
        if version in paths or len(paths) != 1:
            paths.setdefault(version, {}).update(dict.fromkeys(more))
        else:
            next(iter(paths.values())).update(dict.fromkeys(more))
    cvss = entry.get("cvss")
    cvss = cvss if isinstance(cvss, dict) else {}
    name = fields.text(entry, "module_name", "name")
    if not name:
        raise Unreadable("has an advisory without the name of a package")
    return [Advisory(
        ids=ids_of(entry), package=Package(name=name, version=version, ecosystem="npm"), source=NAME,
        title=fields.text(entry, "title"), vectors=fields.vectors(cvss.get("vectorString")), scores=lone_score(cvss),
        level=level_of(entry), fixed=lower_bounds(fields.text(entry, "patched_versions")),
        paths=tuple(mine)[:MOST_WAYS], direct=any(len(path) == 1 for path in mine) if mine else None,
        url=fields.web(entry.get("url")), published=fields.instant(entry.get("created")),
        kind="withdrawn" if fields.text(entry, "deleted") else "vulnerability",
    ) for version, mine in (paths or {None: {}}).items()]


def path_of(text: str, *, folder: bool = False) -> tuple[str, ...]:
    """`a>b>c`, or pnpm's `folder>a>b`, from its 7th to its 9th version `folder > a@1.0.0 > b@2.0.0`."""
    spaced = _SPACED in text
    parts = [part for part in re.split(r"\s*>\s*", text) if part]
    if folder and len(parts) > 1:
        parts = parts[1:]
    # The @ that a name begins with is that of its scope.
    return tuple(part[:1] + part[1:].partition("@")[0] for part in parts) if spaced else tuple(parts)


def _begin_with_folders(top: Node, known: Iterable[Node]) -> bool:
    """Whether the paths begin with a folder of the project, as pnpm's do: `.`, `packages/a` or `packages__a`.

    A folder may be named as a package is, so what one path shows holds for all of the file. Since its 11th version
    pnpm tells no actions, which the registry's own answer always has. A path of one part is never pnpm's.
    """
    if "actions" not in top:
        return True
    paths = [path for entry in known for one in fields.nodes(entry, "findings") for path in fields.texts(one, "paths")]
    return all(">" in path for path in paths) and any(_SPACED in path or _FOLDER.match(path) for path in paths)


def ids_of(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """GitHub's id, where there is one, then CVEs and npm's own number."""
    github = fields.text(entry, "github_advisory_id") or ghsa_in(fields.text(entry, "url"))
    number = entry.get("id") if entry.get("source") is None else entry.get("source")
    own = f"npm:{number}" if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    found = fields.identifiers(github, fields.texts(entry, "cves"), fields.clean(own))
    if not found:
        raise Unreadable("has an advisory without an id")
    return found


def ghsa_in(url: str) -> str:
    """GitHub's id of an advisory in its address; empty where there is none."""
    match = _GHSA.search(url)
    return match[0] if match else ""


def level_of(entry: Mapping[str, Any]) -> Severity | None:
    """npm's word for the severity."""
    return fields.severity(fields.text(entry, "severity"))


def lone_score(cvss: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The score, where it stands alone; 0 without a vector is none."""
    score = fields.number(cvss.get("score"), least=0.1, most=10)
    return (("", score),) if score is not None and not fields.vectors(cvss.get("vectorString")) else ()


def lower_bounds(patched: str) -> tuple[str, ...]:
    """The versions of `>=1.2.3 <2.0.0 || >=2.0.1` that a repaired line begins with; none for `<0.0.0`."""
    found = (_BOUND.match(part.strip()) for part in patched.split("||"))
    return tuple(match[2] for match in found if match and match[1] in (None, "=", ">=", "^", "~"))


def is_open_ended(vulnerable: str) -> bool:
    """Whether a part of a vulnerable range goes on without end, as `>=2.0.0` does."""
    bounds = [[match[1] for match in _BOUND.finditer(part)] for part in vulnerable.split("||")]
    return any(part and part[-1] in (">", ">=") for part in bounds)


def upper_bounds(vulnerable: str) -> tuple[str, ...]:
    """The first version beyond each part of a vulnerable range, where the range says it: 2.0.1 of `<2.0.1`."""
    found = []
    for part in vulnerable.split("||"):
        bounds = [(match[1], match[2]) for match in _BOUND.finditer(part)]
        if bounds and bounds[-1][0] == "<":
            found.append(bounds[-1][1])
    return tuple(dict.fromkeys(found))
