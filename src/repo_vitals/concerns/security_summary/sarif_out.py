"""The entries and the findings in code as SARIF 2.1.0, within what GitHub's code scanning takes. Pure.

GitHub refuses a file with more than 20 runs, 25,000 results or rules in a run, or 10 MB once it is packed and written
in base64, and two runs of one tool and category; of the results it keeps 5,000, of a rule's tags 10. So each run holds
the 5,000 gravest at most, and says in words how many it leaves out. Left out besides, and counted, are private
advisories, what is allowed, what GitHub's own alerts tell of code, what lies in no file of the repository, and what
was not looked at whole.
"""
from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from repo_vitals.clock import format_instant
from repo_vitals.concerns.security_summary.code_tools import code_tools, slug
from repo_vitals.concerns.security_summary.lock_lines import files_of
from repo_vitals.concerns.security_summary.own_results import TOOL
from repo_vitals.concerns.security_summary.project_paths import relative_path
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.render.markdown import link, safe_url
from repo_vitals.render.markdown import text as markdown_text
from repo_vitals.report.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.measure import CodeRow, Measured, Row
    from repo_vitals.concerns.security_summary.merge import Entry
    from repo_vitals.concerns.security_summary.severity import Grade

CATEGORY = "security-summary"
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
MOST_RUNS = 20
MOST_RESULTS = 5000         # of a run: what GitHub keeps
LARGEST = 10_000_000        # bytes in base64, packed
_MOST_TAGS = 10
_LONGEST = 1000             # characters of a text
_NOWHERE = ".github/repo-vitals.toml"   # where a result stands of which no file is known: each needs a place
_LEVELS: Mapping[Grade, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note",
                                "none": "note"}
# In the middle of GitHub's bands, where there is no score.
_SCORES: Mapping[Grade, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0", "none": "0.0"}
_GRAVEST = ("none", "low", "medium", "high", "critical")


@dataclass(frozen=True, kw_only=True)
class Sarif:
    """A file to be written."""

    text: str                           # JSON, the same for the same findings
    notes: tuple[str, ...]              # what it leaves out, in words of ours
    results: int


@dataclass(frozen=True, kw_only=True)
class _Result:
    """A result before it is written."""

    grade: Grade
    rule: str
    rule_json: Callable[[], Mapping[str, Any]]      # made once for a rule, since many results have the same
    message: str
    place: tuple[str, int | None]
    fingerprint: str
    score: str | None = None            # security-severity; None: it is no matter of security


@dataclass(frozen=True)
class _Group:
    """What one run is to hold, the gravest first."""

    results: Sequence[_Result]
    whole: bool                         # whether what it does not hold is not there


def sarif(measured: Measured, *, version: str, now: datetime) -> Sarif:
    """The SARIF file. Files are as `lock_files.placed` writes them; one that is still no path of the project is not
    shown. `version` is this program's, `now` the report's time."""
    left = Counter[str]()
    groups = _groups(measured, left)
    counted = next(iter(groups))        # what is left out of the file stands in its first run
    limit = min(MOST_RESULTS, max(len(group.results) for group in groups.values()))
    while True:
        runs = [_run(category, group, limit, version, now, left if category == counted else Counter())
                for category, group in groups.items()]
        text = (f'{{"$schema": {json.dumps(SCHEMA)}, "version": "2.1.0", "runs": [\n'
                + ",\n".join(json_text(run, levels=3) for run in runs) + "\n]}\n")
        size = packed_size(text)
        if limit <= 1 or size <= LARGEST:
            break
        limit = max(int(limit * LARGEST / size * 0.9), 1)       # so that one more try does, as a rule
    cut = sum(max(len(group.results) - limit, 0) for group in groups.values())
    notes = [*_left_out(left), *([f"the {cut:,} mildest results do not fit and are left out"] if cut else [])]
    return Sarif(text=text, notes=tuple(f"SARIF: {note}" for note in notes),
                 results=sum(min(len(group.results), limit) for group in groups.values()))


def _groups(measured: Measured, left: Counter[str]) -> dict[str, _Group]:
    """What each run holds, by category.

    A run closes the alerts of its category that it does not hold, whatever it says of how it went. So one is written
    where somebody looked and saw all, with results or without, and only there: what else was found is counted as left
    out, and the alerts stay as they are. Where none is, one of a category of its own says so, since GitHub takes no
    file without runs.
    """
    groups: dict[str, _Group] = {}
    coverage = measured.coverage
    found = _entries(measured.rows, left)
    whole = coverage.looked("vulnerabilities") > 0 and not coverage.lacks("vulnerabilities")
    if found or whole:
        groups["dependencies"] = _Group(found, whole=whole)
    tools = code_tools(coverage)
    by_tool: dict[str, list[CodeRow]] = {name: [] for name in tools}
    for row in measured.code:
        by_tool.setdefault(slug(row.finding.source), []).append(row)
    for place, (name, rows) in enumerate(sorted(by_tool.items())):      # by name: it stays where it is in every run
        category = f"code/{name}" if place < MOST_RUNS - 2 else "code/others"
        found, whole = _code(rows, left), tools.get(name, False)
        others = groups.get(category, _Group([], whole=True))
        groups[category] = _Group([*others.results, *found], whole=others.whole and whole)
    kept = {category: _Group(sorted(group.results, key=_gravest_first), whole=True)
            for category, group in groups.items() if group.whole}
    if partial := sum(len(group.results) for group in groups.values() if not group.whole):
        left["partial"] = partial
    return kept or {"incomplete": _Group([], whole=False)}


def _gravest_first(one: _Result) -> tuple[int, float, str, str, str]:
    return -_GRAVEST.index(one.grade), -float(one.score or 0), one.rule, one.place[0], one.fingerprint


def packed_size(text: str) -> int:
    """Bytes of the text as GitHub takes it: packed with gzip, in base64."""
    return len(base64.b64encode(gzip.compress(text.encode("utf-8"), mtime=0)))


def _entries(rows: Sequence[Row], left: Counter[str]) -> list[_Result]:
    found = []
    for row in rows:
        entry = row.entry
        if entry.private:
            left["private"] += 1
        elif row.waiver is not None:
            left["allowed"] += 1
        else:
            found.append(_Result(
                grade=row.grade if entry.kind == "vulnerability" else "none", rule=one_line(entry.label, limit=200),
                rule_json=partial(_advisory_rule, entry), message=_about(row),
                place=_place_of(entry), fingerprint=_hash("entry", entry.subject),
                score=_score(row) if entry.kind == "vulnerability" else None,
            ))
    return found


def _place_of(entry: Entry) -> tuple[str, int | None]:
    if entry.file is not None and (path := relative_path(entry.file, "")) is not None:
        return path, entry.line
    known = files_of(entry.ecosystem)
    return (known[0] if known else _NOWHERE), None


def _score(row: Row) -> str:
    score = row.graded.score
    return _SCORES[row.grade] if score is None else f"{score.score:.1f}"


def _about(row: Row) -> str:
    entry = row.entry
    version = f" {entry.installed}" if entry.installed else ""
    says = [f"{entry.name}{version}: {entry.label}{f' {entry.title}' if entry.title else ''}."]
    says.append(f"Fixed in {', '.join(entry.fixed[:5])}." if entry.fixed else "No fixed version is known.")
    if entry.parents and entry.direct is not True:
        says.append(f"Brought along by {', '.join(entry.parents[:5])}.")
    says.append(f"Reported by {', '.join(entry.sources)}.")
    return " ".join(says)


def _advisory_rule(entry: Entry) -> dict[str, Any]:
    title = one_line(entry.title, limit=_LONGEST) or f"{entry.kind.capitalize()} in {one_line(entry.name)}"
    names = ", ".join(one_line(name) for name in entry.ids[:20])
    says = [title.rstrip(".") + ".", *([f"Known as {names}."] if names else []),
            "Update the package, or accept it for a time with a reason in the allowlist ([[allow]])."]
    tags = ["security" if entry.kind == "vulnerability" else "maintenance", "dependencies", entry.kind]
    return _rule(one_line(entry.label, limit=200), title, says, entry.url, tags)


def _code(rows: Sequence[CodeRow], left: Counter[str]) -> list[_Result]:
    found = []
    again = Counter[str]()
    for row in rows:
        one = row.finding
        path = None if one.file is None else relative_path(one.file, "")
        if row.waiver is not None:
            left["allowed"] += 1
        elif one.opened_at is not None:
            left["alerts"] += 1
        elif path is None:
            left["nowhere"] += 1
        else:
            alike = _hash("code", one.source, one.rule, path, one.fingerprint or "")
            again[alike] += 1
            name = one_line(one.rule, limit=200) or "unnamed"
            title = one_line(one.title, limit=_LONGEST) or name
            rule = f"{slug(one.source)}/{name}"
            found.append(_Result(
                grade=row.grade, rule=rule, message=f"{title} ({one_line(one.source)})", place=(path, one.line),
                rule_json=partial(_rule, rule, name, (f"A rule of {one_line(one.source)}.",), one.url,
                                  ("security", "code", slug(one.source))),
                fingerprint=alike if again[alike] == 1 else f"{alike}:{again[alike]}",
                score=f"{one.score:.1f}" if one.score is not None else _SCORES[row.grade],
            ))
    return found


def _rule(name: str, title: str, says: Sequence[str], url: str | None, tags: Sequence[str]) -> dict[str, Any]:
    address = None if url is None else safe_url(url)
    plain = " ".join(says)
    written = " ".join(markdown_text(one, limit=_LONGEST) for one in says)
    return {
        "id": name, "name": name[:255], "shortDescription": {"text": one_line(title, limit=_LONGEST)},
        "fullDescription": {"text": one_line(plain, limit=_LONGEST)},
        "help": {"text": f"{plain} {address}" if address else plain,
                 "markdown": f"{written} {link('More', address)}" if address else written},
        **({"helpUri": address} if address else {}),
        "properties": {"tags": list(dict.fromkeys(tags))[:_MOST_TAGS], "precision": "high"},
    }


def _run(
    category: str, group: _Group, limit: int, version: str, now: datetime, left: Counter[str],
) -> dict[str, Any]:
    results, kept = group.results, group.results[:limit]
    rules: dict[str, dict[str, Any]] = {}
    for one in kept:        # the gravest first, so that a rule has the severity of its gravest result
        if one.rule not in rules:
            rule = one.rule_json()
            scored = {"security-severity": one.score} if one.score is not None else {}
            rules[one.rule] = {**rule, "defaultConfiguration": {"level": _LEVELS[one.grade]},
                               "properties": {**rule["properties"], **scored}}
    order = {name: place for place, name in enumerate(rules)}
    notes = [("note", note) for note in _left_out(left)]
    if len(results) > len(kept):
        notes.append(("note", f"of {len(results):,} results the {len(kept):,} gravest stand here"))
    if not group.whole:
        notes.append(("error", "a source is missing, not whole or too old: what is not here may be there all the same"))
    return {
        "tool": {"driver": {"name": TOOL, "semanticVersion": version, "rules": list(rules.values()),
                            "informationUri": "https://github.com/nushell-works/repo-vitals"}},
        "automationDetails": {"id": f"{CATEGORY}/{category}/"},
        "invocations": [{"executionSuccessful": group.whole, "endTimeUtc": format_instant(now),
                         **({"toolExecutionNotifications": [{"level": level, "message": {"text": note}}
                                                            for level, note in notes]} if notes else {})}],
        "columnKind": "utf16CodeUnits",
        "results": [_written(one, order[one.rule]) for one in kept],
        "properties": {"results": len(results), "leftOut": {name: left[name] for name in sorted(left)}},
    }


def _written(one: _Result, place: int) -> dict[str, Any]:
    file, line = one.place
    return {
        "ruleId": one.rule, "ruleIndex": place, "level": _LEVELS[one.grade], "message": {"text": _message(one.message)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": quote(file, safe="/-._~", errors="replace"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line or 1}}}],
        "partialFingerprints": {"primaryLocationLineHash": one.fingerprint, "repoVitals/v1": one.fingerprint},
    }


def _left_out(left: Counter[str]) -> list[str]:
    says = (("private", "of private advisories, which are described only where they are kept"),
            ("allowed", "allowed"), ("alerts", "in code and known from GitHub's own alerts"),
            ("nowhere", "in no file of the repository"),
            ("partial", "of what was not looked at whole, of which a run would close alerts that still stand"))
    return [f"left out are {left[name]:,} {what}" for name, what in says if left[name]]


def _message(text: str) -> str:
    """A stranger's text as a message: no links or placeholders of SARIF's own (sections 3.11.5 and 3.11.6)."""
    plain = one_line(text, limit=_LONGEST)
    for sign in "\\[]":
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("{", "{{").replace("}", "}}")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

