"""What npm, pnpm and Yarn say about advisories: `npm audit --json` and its kin.

Four forms. npm 6, pnpm and Yarn 2 and 3 give the registry's answer: advisories with the paths on which each is met.
npm from 7 on (`auditReportVersion` 2) gives vulnerable packages, each with what it is vulnerable by: an advisory, or
another package. Yarn 1 gives one record a line and per path; Yarn 4 one a line and per advisory.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.facts import Advisory, Package, Report
from repo_vitals.concerns.security_summary.ways import MOST_WAYS, ways
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.json_reading import lines, whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "npm-audit"
Node = dict[str, Any]
_YARN_1 = frozenset({"auditAdvisory", "auditSummary", "auditAction"})
_YARN_1_TALK = frozenset({"error", "warning", "info", "step", "finished", "verbose", *_YARN_1})
_YARN_4 = frozenset({"ID", "Issue", "Severity"})
_GHSA = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.IGNORECASE)
_BOUND = re.compile(r"(>=|<=|<|>|=|\^|~)?\s*v?(\d[0-9A-Za-z.+-]*)")
_SEVERITIES = ("info", "low", "moderate", "high", "critical")


def recognises(outline: Outline) -> bool:
    """Whether it is of one of the four forms, or the refusal that npm and pnpm write instead."""
    keys = outline.keys()
    if "auditReportVersion" in keys and "runs" not in keys:
        return True
    if {"advisories", "metadata"} <= keys and keys & {"actions", "muted"}:
        return isinstance(outline.at("advisories"), dict)
    if isinstance(outline.at("error"), dict) and outline.keys("error") & {"summary", "detail"} and \
            outline.keys("error") <= {"code", "summary", "detail", "message"}:
        return True
    records = outline.records
    return any(one.get("type") in _YARN_1 and "data" in one for one in records) or (
        any(_is_yarn_4(one) for one in records)) or (
        outline.kind == "lines" and bool(records)
        and all(set(one) == {"type", "data"} and one["type"] in _YARN_1_TALK for one in records))


def read(file: ReportFile) -> Report:
    """What the report says. A registry that refused is no clean report: Unreadable."""
    if outline(file).kind == "lines" or _is_single_record(file):
        return _of_lines(file)
    with opened(file) as stream:
        found = whole(stream)
    top = fields.node(found, "the whole")
    if "auditReportVersion" in top:
        return _of_packages(file, top)
    if isinstance(top.get("advisories"), dict):
        return _of_advisories(file, top)
    if isinstance(top.get("error"), dict):
        error = fields.sub(top, "error")
        status = top.get("statusCode")
        code = fields.text(error, "code") or (str(status) if isinstance(status, int) else "")
        shown = f" ({code})" if re.fullmatch(r"[A-Z0-9_]{1,40}", code) else ""
        raise Unreadable(f"says that the audit itself failed{shown}; nothing was checked")
    raise Unreadable("is no report of npm audit")


def _is_single_record(file: ReportFile) -> bool:
    known = outline(file)
    return known.at("type") in _YARN_1 or any(_is_yarn_4(one) for one in known.records)


def _is_yarn_4(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("value"), str) and isinstance(record.get("children"), dict) and (
        set(record["children"]) >= _YARN_4)


# -- npm 6, pnpm, Yarn 2 and 3 -------------------------------------------------------------------------------------

def _of_advisories(file: ReportFile, top: Node) -> Report:
    known = [fields.node(one, "an advisory") for one in fields.sub(top, "advisories").values()]
    metadata = fields.sub(top, "metadata")
    counts = fields.sub(metadata, "vulnerabilities")
    muted = len(fields.values(top, "muted"))
    advisories = tuple(one for entry in known for one in _of_advisory(entry))
    return Report(
        shown=file.shown, format=NAME, tool="npm audit", advisories=advisories,
        checked=_total(metadata), checks=frozenset({"vulnerabilities"}),
        missing=_disagreement(counts, {fields.text(entry, "severity") for entry in known}),
        notes=(f"{muted} advisories are muted",) if muted else (),
    )


def _disagreement(counts: Mapping[str, Any], met: set[str]) -> tuple[str, ...]:
    """Why the list of advisories can't be whole, by the summary's counts. Those are of paths, so only none tells."""
    for severity in _SEVERITIES:
        told = fields.count(counts, severity)
        if told is not None and bool(told) != (severity in met):
            held = "some" if severity in met else "none"
            return (f"its summary counts {told:,} of severity {severity}, its list holds {held}",)
    return ()


def _total(metadata: Node) -> int | None:
    dependencies = metadata.get("dependencies")
    if isinstance(dependencies, dict):      # npm from 7 on
        return fields.count(dependencies, "total")
    total = fields.count(metadata, "totalDependencies")
    return fields.count(metadata, "dependencies") if total is None else total


def _of_advisory(entry: Node, further: Mapping[str | None, Iterable[tuple[str, ...]]] | None = None) -> list[Advisory]:
    """One advisory for each version that is installed. `further` are paths beyond its own."""
    paths: dict[str | None, dict[tuple[str, ...], None]] = {}
    for finding in fields.nodes(entry, "findings"):
        mine = paths.setdefault(fields.text(finding, "version") or None, {})
        mine.update(dict.fromkeys(_path(path) for path in fields.texts(finding, "paths")))
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
        ids=_ids(entry), package=Package(name=name, version=version, ecosystem="npm"), source=NAME,
        title=fields.text(entry, "title"), vectors=fields.vectors(cvss.get("vectorString")), scores=_score(cvss),
        level=_level(entry), fixed=_lower_bounds(fields.text(entry, "patched_versions")),
        paths=tuple(mine)[:MOST_WAYS], direct=any(len(path) == 1 for path in mine) if mine else None,
        url=fields.web(entry.get("url")), published=fields.instant(entry.get("created")),
        kind="withdrawn" if fields.text(entry, "deleted") else "vulnerability",
    ) for version, mine in (paths or {None: {}}).items()]


def _path(text: str) -> tuple[str, ...]:
    """`a>b>c`; pnpm begins with the folder of the project, `.` or `packages/a`."""
    parts = [part for part in re.split(r"\s*>\s*", text) if part]
    if len(parts) > 1 and (parts[0] == "." or ("/" in parts[0] and not parts[0].startswith("@"))):
        parts = parts[1:]
    return tuple(parts)


def _ids(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """GitHub's id, where there is one, then CVEs and npm's own number."""
    github = fields.text(entry, "github_advisory_id") or _ghsa(fields.text(entry, "url"))
    number = entry.get("id") if entry.get("source") is None else entry.get("source")
    own = f"npm:{number}" if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
    found = fields.identifiers(github, fields.texts(entry, "cves"), fields.clean(own))
    if not found:
        raise Unreadable("has an advisory without an id")
    return found


def _ghsa(url: str) -> str:
    match = _GHSA.search(url)
    return match[0] if match else ""


def _level(entry: Mapping[str, Any]) -> Any:
    return fields.severity(fields.text(entry, "severity"))


def _score(cvss: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The score, where it stands alone; 0 without a vector is none."""
    score = fields.number(cvss.get("score"), least=0.1, most=10)
    return (("", score),) if score is not None and not fields.vectors(cvss.get("vectorString")) else ()


def _lower_bounds(patched: str) -> tuple[str, ...]:
    """The versions of `>=1.2.3 <2.0.0 || >=2.0.1` that a repaired line begins with; none for `<0.0.0`."""
    found = (_BOUND.match(part.strip()) for part in patched.split("||"))
    return tuple(match[2] for match in found if match and match[1] in (None, "=", ">=", "^", "~"))


def _upper_bounds(vulnerable: str) -> tuple[str, ...]:
    """The first version beyond each part of a vulnerable range, where the range says it: 2.0.1 of `<2.0.1`."""
    found = []
    for part in vulnerable.split("||"):
        bounds = [(match[1], match[2]) for match in _BOUND.finditer(part)]
        if bounds and bounds[-1][0] == "<":
            found.append(bounds[-1][1])
    return tuple(dict.fromkeys(found))


# -- npm from 7 on ---------------------------------------------------------------------------------------------------

def _of_packages(file: ReportFile, top: Node) -> Report:
    version = top["auditReportVersion"]
    if version != 2 or isinstance(version, bool):
        raise Unreadable("is of an auditReportVersion that is not known; 2 is read")
    packages = {name: fields.node(one, "a package") for name, one in fields.sub(top, "vulnerabilities").items()}
    metadata = fields.sub(top, "metadata")
    effects = {name: fields.texts(one, "effects") for name, one in packages.items()}
    advisories: dict[tuple[str, str], Advisory] = {}
    for entry in packages.values():
        for via in fields.values(entry, "via"):
            if isinstance(via, dict):
                made = _of_via(via, packages, effects)
                before = advisories.get((made.ids[0], made.package.name), made)
                # npm numbers each vulnerable range of one advisory.
                advisories[made.ids[0], made.package.name] = replace(
                    made, ids=fields.identifiers(before.ids, made.ids),
                    fixed=tuple(dict.fromkeys((*before.fixed, *made.fixed))))
            elif not isinstance(via, str):
                raise Unreadable('has something else than texts and objects in "via"')
    missing = _package_counts(packages, fields.sub(metadata, "vulnerabilities"))
    if packages and not advisories:
        missing = (*missing, "it names vulnerable packages and no advisory")
    return Report(
        shown=file.shown, format=NAME, tool="npm audit", advisories=tuple(advisories.values()),
        checked=_total(metadata), checks=frozenset({"vulnerabilities"}), missing=missing)


def _package_counts(packages: Mapping[str, Node], counts: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the list of packages can't be whole, by the summary's counts of them."""
    met = Counter(fields.text(one, "severity") for one in packages.values())
    for severity in (*_SEVERITIES, "total"):
        told = fields.count(counts, severity)
        held = len(packages) if severity == "total" else met[severity]
        if told is not None and told != held:
            of_which = "" if severity == "total" else f" of severity {severity}"
            return (f"its summary counts {told:,} packages{of_which}, its list holds {held:,}",)
    return ()


def _of_via(via: Node, packages: Mapping[str, Node], effects: Mapping[str, tuple[str, ...]]) -> Advisory:
    name = fields.text(via, "dependency", "name")
    if not name:
        raise Unreadable("has an advisory without the name of a package")
    mine = packages.get(name, {})
    cvss = via.get("cvss")
    cvss = cvss if isinstance(cvss, dict) else {}
    fix = mine.get("fixAvailable")
    fixed = _upper_bounds(fields.text(via, "range"))
    if not fixed and isinstance(fix, dict) and fix.get("name") == name:
        fixed = (fields.text(fix, "version"),) if fields.text(fix, "version") else ()
    direct = mine.get("isDirect")
    return Advisory(
        ids=_ids(via), package=Package(name=name, ecosystem="npm"), source=NAME, title=fields.text(via, "title"),
        vectors=fields.vectors(cvss.get("vectorString")), scores=_score(cvss), level=_level(via), fixed=fixed,
        paths=ways(name, lambda one: effects.get(one, ()), lambda one: packages.get(one, {}).get("isDirect") is True),
        direct=direct if isinstance(direct, bool) else None, url=fields.web(via.get("url")))


# -- Yarn 1 and 4: a record a line -----------------------------------------------------------------------------------

def _of_lines(file: ReportFile) -> Report:
    entries: dict[str, Node] = {}
    further: dict[str, dict[str | None, list[tuple[str, ...]]]] = {}
    summary: Node | None = None
    modern: list[Advisory] = []
    failed = talk = 0
    with opened(file) as stream:
        for line in lines(stream):
            record = line.value
            if not isinstance(record, dict):
                talk += 1
            elif record.get("type") == "auditAdvisory":
                data = fields.sub(record, "data")
                entry = fields.sub(data, "advisory")
                key = fields.text(entry, "github_advisory_id") or str(entry.get("id"))
                entries[key] = entry
                path = fields.text(fields.sub(data, "resolution"), "path")
                version = next((fields.text(one, "version") for one in fields.nodes(entry, "findings")
                                if path in fields.texts(one, "paths")), "") or None
                if path:
                    further.setdefault(key, {}).setdefault(version, []).append(_path(path))
            elif record.get("type") == "auditSummary":
                summary = fields.sub(record, "data")
            elif _is_yarn_4(record):
                modern += _of_yarn_4(record)
            elif record.get("type") == "error":
                failed += 1
            elif not isinstance(record.get("type"), str):
                raise Unreadable(f"has a record of another kind in line {line.number:,}")
    if failed and not entries and summary is None and not modern:
        raise Unreadable("says that the audit itself failed; nothing was checked")
    missing = [f"it holds {failed:,} errors of Yarn's"] if failed else []
    checked = None
    if modern:
        tool, advisories = "yarn npm audit", tuple(modern)
    else:
        tool = "yarn audit"
        advisories = tuple(one for key, entry in entries.items() for one in _of_advisory(entry, further.get(key)))
        if summary is None:
            missing.append("it has no summary, so it was cut off")
        else:
            checked = _total(summary)
            missing += _disagreement(fields.sub(summary, "vulnerabilities"),
                                     {fields.text(entry, "severity") for entry in entries.values()})
    return Report(shown=file.shown, format=NAME, tool=tool, advisories=advisories, checked=checked,
                  checks=frozenset({"vulnerabilities"}), missing=tuple(missing),
                  notes=(f"{talk:,} lines are no JSON and were passed over",) if talk else ())


def _of_yarn_4(record: Node) -> list[Advisory]:
    """`{"value": package, "children": {"ID": …}}`, one for each version that is installed.

    A package that is deprecated has a text as its ID.
    """
    about = fields.sub(record, "children")
    number, url = about["ID"], fields.text(about, "URL")
    deprecated = isinstance(number, str) and number.endswith("(deprecation)")
    return [Advisory(
        ids=fields.identifiers(_ghsa(url), fields.clean(f"npm:{number}")),
        package=Package(name=fields.text(record, "value"), version=version, ecosystem="npm"),
        source=NAME, kind="notice" if deprecated else "vulnerability", title=fields.text(about, "Issue"),
        level=fields.severity(fields.text(about, "Severity")),
        fixed=_upper_bounds(fields.text(about, "Vulnerable Versions")), url=fields.web(url),
    ) for version in fields.texts(about, "Tree Versions") or (None,)]
