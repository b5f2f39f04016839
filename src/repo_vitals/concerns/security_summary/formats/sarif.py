"""SARIF 2.1.0 of any tool: CodeQL, zizmor, Semgrep, gitleaks, Clippy, Trivy, osv-scanner, Grype, cargo-deny and others.

Read in one pass, a result at a time, whatever the order of the keys. Section numbers are those of the OASIS standard.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary.facts import Report
from repo_vitals.concerns.security_summary.formats import values
from repo_vitals.concerns.security_summary.formats.sarif_bases import Bases, Place, place_of
from repo_vitals.concerns.security_summary.formats.sarif_findings import Collected, findings_of
from repo_vitals.concerns.security_summary.formats.sarif_results import MOST_IN_DETAIL, Results
from repo_vitals.concerns.security_summary.formats.sarif_rules import (
    LEVELS,
    Component,
    Reference,
    Tool,
    reference,
)
from repo_vitals.concerns.security_summary.own_results import TOOL
from repo_vitals.sources.json_reading import JsonText
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import moment

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

NAME = "sarif"
VERSION = "2.1.0"
_MOST_ARTIFACTS = 100_000
_MOST_RULES = 100_000


@dataclass(kw_only=True)
class Invocation:
    """A run of the tool as it tells of it."""

    succeeded: bool = True
    failures: int = 0           # notifications of level error
    ended_at: datetime | None = None
    levels: list[tuple[Reference, str]] = field(default_factory=list)      # overrides of rules' levels


@dataclass(kw_only=True)
class Run:
    """One run of a file."""

    tool: Tool | None = None
    results: Results = field(default_factory=Results)
    has_results: bool = False
    invocations: list[Invocation] = field(default_factory=list)
    artifacts: list[Place] = field(default_factory=list)
    bases: Bases = field(default_factory=Bases)
    is_elsewhere: bool = False      # its results are in another file


def recognises(outline: Outline) -> bool:
    """Whether the file names SARIF's schema, or has runs with a tool or beside the standard's version."""
    schema, version = outline.at("$schema"), outline.at("version")
    return ("driver" in outline.keys("runs", 0, "tool") or (isinstance(schema, str) and "sarif" in schema.lower())
            or (isinstance(outline.at("runs"), list) and isinstance(version, str)
                and version.startswith(("1.0.0", "2.0.0", "2.1.0"))))


def read(file: ReportFile) -> Report:
    """What the file says. One without runs, or with a run that failed, is unfinished."""
    collected, ours = Collected(), Collected()
    version: object = None
    runs = 0
    has_runs = False
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            if key == "version":
                version = text.value()
            elif key == "runs" and text.peek() == "[":
                has_runs = True
                for _ in text.elements():
                    runs += 1
                    run = _run(text, MOST_IN_DETAIL - collected.in_detail - ours.in_detail)
                    findings_of(run, ours if is_own_tool(run) else collected)
            elif key == "inlineExternalProperties" and text.peek() == "[":
                # Parts of runs that stand apart: their results would have to be put in their places.
                if sum("results" in values.optional_table(one) for one in text.values()):
                    collected.missing.append("results that stand outside their run were not read")
            else:
                text.skip()
        text.end()
    if not has_runs:
        raise Unreadable("has no list of runs, as SARIF has")
    if version != VERSION:
        raise Unreadable(f"is not SARIF {VERSION}, the only version that is read")
    if not runs:
        collected.missing.append("holds no run, so nothing was looked for")
    own = len(ours.advisories) + sum(one.count for one in ours.code)
    if ours.tools and not collected.tools:
        collected, own = ours, 0        # a file of ours as a whole, which `own_results` leaves out
    return Report(
        shown=file.shown, format=NAME, tool=", ".join(dict.fromkeys(collected.tools)),
        advisories=tuple(collected.advisories), code=tuple(collected.code), licenses=tuple(collected.licenses),
        policy=tuple(collected.policy), secrets=collected.secrets, checks=frozenset(collected.checks),
        made_at=collected.made_at, missing=tuple(dict.fromkeys(collected.missing)),
        notes=(*collected.notes(), *(
            [f"{own:,} results of an earlier run of this action do not count"] if own else [])))


def is_own_tool(run: Run) -> bool:
    """Whether a run is one that we wrote, which some other tool may have put into one file with others."""
    return run.tool is not None and run.tool.driver.name.lower() == TOOL


def _run(text: JsonText, room: int) -> Run:
    run = Run()
    for key in text.members():
        begin = text.peek()
        if key == "tool" and begin == "{":
            run.tool = _tool(text)
        elif key == "results" and begin == "[":
            run.has_results = True
            for result in text.values():
                run.results.add(values.table(result, "a result"), is_room=len(run.results.details) < room)
        elif key == "invocations" and begin == "[":
            run.invocations = [_invocation(values.table(one, "an invocation")) for one in text.values()]
        elif key == "artifacts" and begin == "[":
            for _ in text.elements():
                _artifact(text, run)
        elif key == "originalUriBaseIds":
            run.bases = Bases(values.optional_table(text.value()))
        elif key == "externalPropertyFileReferences":
            run.is_elsewhere = "results" in values.optional_table(text.value())
        else:
            text.skip()
    if run.tool is None:
        raise Unreadable("has a run without a tool")
    return run


def _artifact(text: JsonText, run: Run) -> None:
    """Keep where an artifact is; what it holds can be long."""
    if text.peek() != "{" or len(run.artifacts) >= _MOST_ARTIFACTS:
        text.skip()
        return
    place: Place = (None, None)
    for key in text.members():
        if key == "location":
            place = place_of(values.optional_table(text.value()))
        else:
            text.skip()
    run.artifacts.append(place)


def _tool(text: JsonText) -> Tool:
    tool = Tool()
    for key in text.members():
        begin = text.peek()
        if key == "driver" and begin == "{":
            tool.driver, tool.version = _component(text)
        elif key == "extensions" and begin == "[":
            tool.extensions = [_component(text)[0] for _ in text.elements()]
        else:
            text.skip()
    return tool


def _component(text: JsonText) -> tuple[Component, str | None]:
    """A component of the tool, and its version: the semantic one where there is one."""
    component = Component("")
    told: dict[str, str | None] = {}
    for key in text.members():
        if key == "rules" and text.peek() == "[":
            for rule in text.values():
                component.add(values.table(rule, "a rule"))
                if len(component.rules) > _MOST_RULES:
                    raise Unreadable(f"has more than {_MOST_RULES:,} rules")
        elif key in ("name", "guid", "version", "semanticVersion"):
            told[key] = values.optional_text(text.value())
        else:
            text.skip()
    component.name = told.get("name") or ""
    guid = told.get("guid")
    component.guid = guid.lower() if guid else None
    return component, told.get("semanticVersion") or told.get("version")


def _invocation(entry: dict[str, Any]) -> Invocation:
    found = Invocation(
        # Required by the standard; where it is missing, the exit that the tool tells of decides.
        succeeded=entry.get("executionSuccessful") is not False and not entry.get("processStartFailureMessage")
        and not ("executionSuccessful" not in entry and entry.get("exitSignalName")),
        ended_at=moment(entry.get("endTimeUtc")) or moment(entry.get("startTimeUtc")))
    for key in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        found.failures += sum(one.get("level") == "error" for one in values.tables(entry.get(key)))
    for override in values.tables(entry.get("ruleConfigurationOverrides")):
        level = values.word(values.optional_table(override.get("configuration")).get("level"), LEVELS)
        if level is not None:
            found.levels.append((reference({"rule": override.get("descriptor")}), level))
    return found
