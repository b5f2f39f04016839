"""Semgrep's JSON (`semgrep --json`, also Opengrep's)."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Advisory, CodeFinding, Package, Report
from repo_vitals.concerns.security_summary.formats import secret_rules, values
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from repo_vitals.report.model import Severity
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "semgrep"
# What stands beside the results of all versions, and what only semgrep writes there.
_BESIDE = frozenset({"results", "errors", "version", "time"})
_OWN = frozenset({"skipped_rules", "interfile_languages_used", "engine_requested", "rules_by_engine",
                  "profiling_results", "mcp_scan_results"})
# The three of rules and the four of Semgrep's own products.
_LEVELS: dict[str, tuple[Severity, bool]] = {
    "error": ("high", False), "warning": ("medium", False), "info": ("low", False), "inventory": ("info", False),
    "experiment": ("info", False), "critical": ("critical", True), "high": ("high", True), "medium": ("medium", True),
    "low": ("low", True),
}
_ECOSYSTEMS = {"pypi": "PyPI", "npm": "npm", "cargo": "crates.io", "gomod": "Go", "maven": "Maven", "gem": "RubyGems",
               "nuget": "NuGet", "composer": "Packagist", "pub": "Pub", "mix": "Hex"}
# Errors after which a file was looked at but for some lines.
_PARTIAL = frozenset({"partialparsing", "syntax error", "lexical error"})


def recognises(outline: Outline) -> bool:
    """Whether the results have a check; where there are none, whether one of the tool's own keys stands beside."""
    results, keys = outline.at("results"), outline.keys()
    if outline.kind != "object" or not isinstance(results, list):
        return False
    if results:
        return {"check_id", "path"} <= outline.keys("results", 0)
    return isinstance(outline.at("errors"), list) and (
        keys <= _BESIDE or bool(keys & _OWN) or "scanned" in outline.keys("paths"))


def read(file: ReportFile) -> Report:
    """What the report says. An error while scanning leaves it unfinished."""
    code: list[CodeFinding] = []
    advisories: list[Advisory] = []
    secrets: int | None = None
    version = None
    missing: list[str] = []
    notes: list[str] = []
    seen = False
    scanned: int | None = None      # files; None: not told
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            if key == "results":
                seen = True
                for entry in text.values():
                    result = values.table(entry, "a result")
                    advisory = _advisory(result)
                    if advisory is None and _is_secret(result):
                        secrets = (secrets or 0) + (not _is_ignored(result))
                    elif advisory is not None:
                        advisories.append(advisory)
                    else:
                        code.append(_finding(result))
                    values.bounded(len(code) + len(advisories), "results")
            elif key == "errors":
                _errors([values.table(one, "an error") for one in text.values()], missing, notes)
            elif key == "paths" and text.peek() == "{":
                scanned = _scanned(text)
            elif key == "version":
                version = values.optional_text(text.value())
            else:
                text.skip()
        text.end()
    if not seen:
        raise Unreadable("has no results, as semgrep's has")
    if scanned == 0 and not missing and not (code or advisories or secrets is not None):
        missing.append("no file was scanned")
    return Report(
        shown=file.shown, format=NAME, tool=f"{NAME} {version}" if version else NAME, code=tuple(code),
        advisories=tuple(advisories), secrets=secrets,
        checks=frozenset({"code", *(["vulnerabilities"] if advisories else []),
                          *(["secrets"] if secrets is not None else [])}),
        missing=tuple(missing), notes=tuple(notes))


def _scanned(text: JsonText) -> int | None:
    """How many files were looked at."""
    found = None
    for key in text.members():
        if key == "scanned" and text.peek() == "[":
            found = 0
            for _ in text.elements():
                text.skip()
                found += 1
        else:
            text.skip()
    return found


def _is_secret(result: dict[str, Any]) -> bool:
    """Whether it is of Semgrep Secrets, or of a rule that finds secrets: its message may hold one."""
    extra = values.optional_table(result.get("extra"))
    metadata = values.optional_table(extra.get("metadata"))
    # Of every other result the tool says that there is nothing to validate it.
    state = extra.get("validation_state")
    return (metadata.get("product") == "secrets" or (isinstance(state, str) and state.upper() != "NO_VALIDATOR")
            or secret_rules.finds_secrets(NAME, values.optional_text(result.get("check_id")) or "",
                                          tags=values.texts(metadata.get("cwe"))))


def _finding(result: dict[str, Any]) -> CodeFinding:
    extra = values.table(result.get("extra"), "a result with an extra part")
    metadata = values.optional_table(extra.get("metadata"))
    rule = values.text(result.get("check_id"), "rule of a result")
    level, given = _level(extra)
    category = metadata.get("category")
    fingerprint = values.optional_text(extra.get("fingerprint"))
    return CodeFinding(
        rule=rule, source=NAME, level=level,
        title=rule if secret_rules.mentions_secrets(rule) else values.optional_text(extra.get("message")) or rule,
        level_given=given, file=values.text(result.get("path"), "path of a result"),
        line=values.line(values.optional_table(result.get("start")).get("line")),
        # Without an account the tool writes "requires login".
        fingerprint=None if fingerprint is None or " " in fingerprint else fingerprint,
        url=values.optional_text(metadata.get("shortlink") or metadata.get("source")),
        security=category is None or category == "security",
        suppressed="a nosemgrep comment in the source" if extra.get("is_ignored") is True else None)


def _is_ignored(result: dict[str, Any]) -> bool:
    return values.optional_table(result.get("extra")).get("is_ignored") is True


def _level(extra: dict[str, Any]) -> tuple[Severity, bool]:
    word = extra.get("severity")
    found = _LEVELS.get(word.lower()) if isinstance(word, str) else None
    if found is None:
        raise Unreadable("has a result of a severity that is not known")
    return found


def _advisory(result: dict[str, Any]) -> Advisory | None:
    """What Supply Chain says about a package; None for a finding in code."""
    extra = values.optional_table(result.get("extra"))
    metadata = values.optional_table(extra.get("metadata"))
    known = values.optional_text(metadata.get("sca-vuln-database-identifier"))
    dependency = values.optional_table(values.optional_table(values.optional_table(
        extra.get("sca_info")).get("dependency_match")).get("found_dependency"))
    if not known or not dependency:
        return None
    fixes = metadata.get("sca-fix-versions")
    fixed = [version for one in fixes if isinstance(one, dict) for version in values.texts(list(one.values()))] \
        if isinstance(fixes, list) else []
    transitivity = dependency.get("transitivity")
    ecosystem = dependency.get("ecosystem")
    return Advisory(
        ids=values.advisory_ids(known), source=NAME, title=values.optional_text(extra.get("message")) or "",
        package=Package(name=values.text(dependency.get("package"), "name of a package"),
                        version=values.optional_text(dependency.get("version")),
                        ecosystem=_ECOSYSTEMS.get(ecosystem, "") if isinstance(ecosystem, str) else "",
                        file=values.optional_text(dependency.get("lockfile_path")),
                        line=values.line(dependency.get("line_number"))),
        level=values.severity(metadata.get("sca-severity")) or _level(extra)[0], fixed=tuple(fixed),
        direct={"direct": True, "transitive": False}.get(transitivity) if isinstance(transitivity, str) else None,
        ignored="a nosemgrep comment in the source" if extra.get("is_ignored") is True else None)


def _errors(errors: list[dict[str, Any]], missing: list[str], notes: list[str]) -> None:
    partial = sum(_type(error) in _PARTIAL and error.get("level") != "error" for error in errors)
    rest = len(errors) - partial
    if rest:
        missing.append(f"{rest:,} errors while scanning: files or rules were left out" if rest > 1
                       else "an error while scanning: a file or rule was left out")
    if partial:
        notes.append(f"parts of files that could not be parsed were not looked at ({partial:,})")


def _type(error: dict[str, Any]) -> str:
    found = error.get("type")
    if isinstance(found, list) and found:
        found = found[0]    # ["PartialParsing", places]
    return found.lower() if isinstance(found, str) else ""
