"""What Yarn says about advisories, a record a line: Yarn 1, Yarn 4, and Yarn 2 and 3 where there are none.

Yarn 2 and 3 give the registry's answer on one line. Without advisories they, and Yarn 4, end with a line that says so.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.facts import Advisory, Package, Report
from repo_vitals.concerns.security_summary.formats.npm_advisories import (
    NAME,
    disagreement,
    ghsa_in,
    is_answer,
    of_advisory,
    of_answer,
    path_of,
    total_of,
    unlooked,
    upper_bounds,
)
from repo_vitals.sources.json_lines import lines
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.sources.report_files import ReportFile

Node = dict[str, Any]
_YARN_BERRY = "yarn npm audit"
YARN_1 = frozenset({"auditAdvisory", "auditSummary", "auditAction"})
YARN_1_TALK = frozenset({"error", "warning", "info", "step", "finished", "verbose", *YARN_1})
_CLEAN = "No audit suggestions"
_YARN_4 = frozenset({"ID", "Issue", "Severity"})


def kind_of(record: Mapping[str, Any]) -> str:
    """What Yarn 1 calls a record; empty where it is none of its."""
    found = record.get("type")
    return found if isinstance(found, str) else ""


def is_yarn_4(record: Mapping[str, Any]) -> bool:
    """Whether a record is an advisory of Yarn 4's."""
    return isinstance(record.get("value"), str) and isinstance(record.get("children"), dict) and (
        set(record["children"]) >= _YARN_4)


def is_clean(record: Mapping[str, Any]) -> bool:
    """Whether a record is how Yarn 2 and later end where they found nothing."""
    return record.get("type") == "info" and record.get("data") == _CLEAN


def of_lines(file: ReportFile) -> Report:
    """What a file of records says. Without the summary that ends Yarn 1's it is not whole."""
    entries: dict[str, Node] = {}
    further: dict[str, dict[str | None, list[tuple[str, ...]]]] = {}
    summary: Node | None = None
    modern: list[Advisory] = []
    answers: list[Report] = []
    clean = False
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
                    further.setdefault(key, {}).setdefault(version, []).append(path_of(path))
            elif record.get("type") == "auditSummary":
                summary = fields.sub(record, "data")
            elif is_yarn_4(record):
                modern += _of_yarn_4(record)
                fields.bounded(len(modern), "advisories")
            elif is_answer(record):
                answers.append(of_answer(record, shown=file.shown, tool=_YARN_BERRY))
            elif is_clean(record):
                clean = True
            elif record.get("type") == "error":
                failed += 1
            elif not isinstance(record.get("type"), str):
                raise Unreadable(f"has a record of another kind in line {line.number:,}")
    found_any = bool(entries or modern or answers)
    if failed and not found_any and summary is None and not clean:
        raise Unreadable("says that the audit itself failed; nothing was checked")
    missing = [f"it holds {failed:,} errors of Yarn's"] if failed else []
    checked = None
    if modern or answers or (clean and not entries and summary is None):
        tool = _YARN_BERRY
        advisories = (*modern, *(one for answer in answers for one in answer.advisories))
        missing += [why for answer in answers for why in answer.missing]
        checked = answers[0].checked if len(answers) == 1 else None
    else:
        tool = "yarn audit"
        advisories = tuple(one for key, entry in entries.items() for one in of_advisory(entry, further.get(key)))
        if summary is None:
            missing.append("it has no summary, so it was cut off")
        else:
            checked = total_of(summary)
            missing += disagreement(fields.sub(summary, "vulnerabilities"),
                                     {fields.text(entry, "severity") for entry in entries.values()})
            missing += () if entries else unlooked(checked)
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
        ids=fields.identifiers(ghsa_in(url), fields.clean(f"npm:{number}")),
        package=Package(name=fields.text(record, "value"), version=version, ecosystem="npm"),
        source=NAME, kind="notice" if deprecated else "vulnerability", title=fields.text(about, "Issue"),
        level=fields.severity(fields.text(about, "Severity")),
        fixed=upper_bounds(fields.text(about, "Vulnerable Versions")), url=fields.web(url),
    ) for version in fields.texts(about, "Tree Versions") or (None,)]
