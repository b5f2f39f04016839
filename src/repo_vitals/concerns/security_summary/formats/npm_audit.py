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
from repo_vitals.concerns.security_summary.formats.npm_advisories import (
    NAME,
    SEVERITIES,
    ids_of,
    is_answer,
    is_open_ended,
    level_of,
    lone_score,
    of_answer,
    total_of,
    unlooked,
    upper_bounds,
)
from repo_vitals.concerns.security_summary.formats.yarn_lines import (
    YARN_1,
    YARN_1_TALK,
    is_clean,
    is_yarn_4,
    kind_of,
    of_lines,
)
from repo_vitals.concerns.security_summary.ways import ways
from repo_vitals.sources.json_outline import outline
from repo_vitals.sources.json_reading import whole
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

Node = dict[str, Any]
_BESIDE_ERROR = frozenset({"error", "message", "method", "uri", "headers", "statusCode", "body"})


def recognises(outline: Outline) -> bool:
    """Whether it is of one of the four forms, or the refusal that npm and pnpm write instead."""
    keys = outline.keys()
    if "auditReportVersion" in keys and "runs" not in keys:
        return True
    if is_answer(keys) and outline.kind == "object":
        return isinstance(outline.at("advisories"), dict) and _is_npms(outline)
    if isinstance(outline.at("error"), dict) and outline.keys("error") & {"code", "summary"} and keys <= _BESIDE_ERROR:
        return outline.keys("error") <= {"code", "summary", "detail", "message", "hint"}
    records = outline.records
    if any(is_answer(one) and isinstance(one["advisories"], dict) for one in records):
        return True
    return any((kind_of(one) in YARN_1 and "data" in one) or is_yarn_4(one) or is_clean(one) for one in records) or (
        bool(records) and all(set(one) == {"type", "data"} and kind_of(one) in YARN_1_TALK
                              and isinstance(one["data"], str) for one in records))


def read(file: ReportFile) -> Report:
    """What the report says. A registry that refused is no clean report: Unreadable."""
    if outline(file).kind == "lines" or _is_single_record(file):
        return of_lines(file)
    with opened(file) as stream:
        found = whole(stream)
    top = fields.node(found, "the whole")
    if "auditReportVersion" in top:
        return _of_packages(file, top)
    if isinstance(top.get("advisories"), dict):
        return of_answer(top, shown=file.shown, tool="npm audit")
    if isinstance(top.get("error"), dict):
        error = fields.sub(top, "error")
        status = top.get("statusCode")
        code = fields.text(error, "code") or (str(status) if isinstance(status, int) else "")
        shown = f" ({code})" if re.fullmatch(r"[A-Z0-9_]{1,40}", code) else ""
        raise Unreadable(f"says that the audit itself failed{shown}; nothing was checked")
    raise Unreadable("is no report of npm audit")


def _is_npms(outline: Outline) -> bool:
    """Whether the counts stand there; or, where those come late in a long file, what only the registry tells."""
    advisories = outline.at("advisories")
    first = next(iter(advisories), "") if isinstance(advisories, dict) else ""
    return ("vulnerabilities" in outline.keys("metadata") or bool(outline.keys() & {"actions", "muted"})
            or {"module_name", "severity"} <= outline.keys("advisories", first))


def _is_single_record(file: ReportFile) -> bool:
    return any(kind_of(one) in YARN_1_TALK or is_yarn_4(one) for one in outline(file).records)


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
    checked = total_of(metadata)
    if not packages:
        missing = (*missing, *unlooked(checked))
    return Report(
        shown=file.shown, format=NAME, tool="npm audit", advisories=tuple(advisories.values()),
        checked=checked, checks=frozenset({"vulnerabilities"}), missing=missing)


def _package_counts(packages: Mapping[str, Node], counts: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the list of packages can't be whole, by the summary's counts of them."""
    met = Counter(fields.text(one, "severity") for one in packages.values())
    for severity in (*SEVERITIES, "total"):
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
    vulnerable = fields.text(via, "range")
    # Which version is installed is not told. Where npm knows no way out and a range is open, it may be of that one.
    fixed = () if fix is False and is_open_ended(vulnerable) else upper_bounds(vulnerable)
    if not fixed and isinstance(fix, dict) and fix.get("name") == name:
        fixed = (fields.text(fix, "version"),) if fields.text(fix, "version") else ()
    direct = mine.get("isDirect")
    return Advisory(
        ids=ids_of(via), package=Package(name=name, ecosystem="npm"), source=NAME, title=fields.text(via, "title"),
        vectors=fields.vectors(cvss.get("vectorString")), scores=lone_score(cvss), level=level_of(via), fixed=fixed,
        paths=ways(name, lambda one: effects.get(one, ()), lambda one: packages.get(one, {}).get("isDirect") is True),
        direct=direct if isinstance(direct, bool) else None, url=fields.web(via.get("url")))
