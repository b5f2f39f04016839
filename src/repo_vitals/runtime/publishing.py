"""What a run leaves behind: its files, and what the log, the annotations, the job summary and the outputs show."""
from __future__ import annotations

import contextlib
import os
import re
import stat
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.file import quoted
from repo_vitals.delivery.files import write_aside
from repo_vitals.errors import InputError, RepoVitalsError
from repo_vitals.report.json_text import json_text
from repo_vitals.runtime.paths import confine

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input, Values
    from repo_vitals.render.view import View
    from repo_vitals.report.model import Metric, Report
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.outcome import Outcome
    from repo_vitals.runtime.world import World


def _report_path(monitor: Monitor[Any], values: Values, world: World) -> Path:
    return _place(monitor, values[common.REPORT], world)


def _place(monitor: Monitor[Any], given: str | None, world: World) -> Path:
    return world.path(given) if given else world.reports_folder / f"{monitor.name}.json"


def drop_older_report(monitor: Monitor[Any], values: Values, world: World) -> None:
    """Take away what an earlier run left where the report goes, so that nobody takes it for one of a run that leaves
    none. Only a report of the same monitor goes; what else lies there stays until there is something to put there."""
    drop_report(monitor.name, _report_path(monitor, values, world))


def drop_as_given(monitor: Monitor[Any], arguments: Sequence[str], world: World) -> None:
    """The same for a run whose inputs can't be read: the place is as the options or the environment give it, and the
    configuration file is not asked, which may be what is wrong."""
    drop_report(monitor.name, _place(monitor, as_given(common.REPORT, arguments, world), world))


def as_given(declared: Input[Any], arguments: Sequence[str], world: World) -> str | None:
    """What options or the environment give for an input, as text; None where they give nothing."""
    option = declared.option
    named = [after if word == option else word.removeprefix(f"{option}=")
             for word, after in zip_longest(arguments, arguments[1:], fillvalue="")
             if word == option or word.startswith(f"{option}=")]
    return named[-1] if named else next((text for key in declared.environment
                                         if (text := world.environ.get(key, "").strip())), None)


def drop_report(name: str, path: Path) -> None:
    """Take away what lies at a path if it is a report of that monitor."""
    begins = re.compile(rb'\s*\{\s*"schema_version":\s*\d+,\s*"monitor":\s*"' + name.encode() + rb'"')
    with contextlib.suppress(OSError, ValueError):      # where that fails writing does too, which is told
        if stat.S_ISREG(path.stat().st_mode):           # a pipe would keep us waiting
            with path.open("rb") as file:
                head = file.read(300)
            if begins.match(head):
                path.unlink()


def check_paths(monitor: Monitor[Any], values: Values, world: World) -> None:
    """Raises InputError where two files would go to one path, or where one may not go."""
    for declared in _files(monitor, values):
        confine(declared, values, world)
    taken: dict[str, str] = {}
    for path, name, given in _destinations(monitor, values, world):
        earlier = taken.setdefault(path, name)
        if earlier != name:
            raise InputError(f"{name}: {quoted(given)} is where {earlier} goes; give it a path of its own")


def clashes(of: Iterable[tuple[Monitor[Any], Values]], world: World) -> dict[str, InputError]:
    """What is wrong with each monitor, by name, that would write where one before it does."""
    taken: dict[str, tuple[str, str]] = {}
    found: dict[str, InputError] = {}
    for monitor, values in of:
        for path, name, given in _destinations(monitor, values, world):
            other, its = taken.setdefault(path, (monitor.name, name))
            if other != monitor.name:
                found.setdefault(monitor.name, InputError(
                    f"{name}: {quoted(given)} is where {its} of {other} goes; give it a path of its own"))
    return found


def _files(monitor: Monitor[Any], values: Values) -> list[Input[str | None]]:
    return [declared for declared in (common.REPORT, common.OPENMETRICS, common.BADGE, *monitor.files)
            if declared.name in values]


def _destinations(monitor: Monitor[Any], values: Values, world: World) -> Iterator[tuple[str, str, str]]:
    """Every path that a run writes to, with the input that says so and what it says."""
    for declared in _files(monitor, values):
        given = values[declared]
        if declared is common.REPORT:
            yield os.path.normpath(_report_path(monitor, values, world)), declared.name, given or "its usual place"
        elif given:
            yield os.path.normpath(world.path(given)), declared.name, given


def write(
    report: Report, files: Mapping[str, Callable[[], str]], monitor: Monitor[Any], values: Values, world: World,
) -> Path:
    """Write every file that was asked for; the JSON report last, so that where it stands the others do too.

    `files` are the texts of the monitor's own ones, by the input that says where each goes.
    """
    for declared in monitor.files:
        given = values[declared]
        if given and declared.name in files:
            write_aside(world.path(given), files[declared.name](), named_by=declared.name)
    openmetrics, badge = values.or_default(common.OPENMETRICS), values.or_default(common.BADGE)
    if openmetrics:
        from repo_vitals.report.openmetrics import to_openmetrics

        definitions = {definition.name: definition for definition in monitor.metrics}
        write_aside(world.path(openmetrics), to_openmetrics(report, definitions), named_by="openmetrics")
    if badge:
        from repo_vitals.render.badge import badge_json, badge_svg

        drawn = (badge_svg if badge.endswith(".svg") else badge_json)(report, monitor.badge_figure)
        write_aside(world.path(badge), drawn, named_by="badge")
    text = json_text(report.as_json(), levels=3) + "\n"
    return write_aside(_report_path(monitor, values, world), text, named_by="report")


def publish(outcome: Outcome, world: World, actions: ActionsEnvironment, *, summarise: bool = True) -> Outcome:
    """Show an outcome: terminal or log, annotations, job summary. What can't be shown changes the outcome's end.

    Without `summarise` the job summary is left to whoever makes one of several outcomes.
    """
    if outcome.values is None:
        return outcome
    try:
        if outcome.parts:
            from repo_vitals.runtime.many import show_all

            show_all(outcome, outcome.values, world, actions)
        elif outcome.report is not None:
            _show(outcome, outcome.report, outcome.values, world, actions)
        if summarise:
            actions.summary(summary_of(outcome, world))
    except RepoVitalsError as error:
        actions.annotate("error", str(error), title=outcome.monitor.title)
        return replace(outcome, exit_code=error.exit_code)
    return outcome


def summary_of(outcome: Outcome, world: World) -> str:
    """What the job summary shows of an outcome, as Markdown; empty where it shows nothing."""
    values, report = outcome.values, outcome.report
    if values is None or not values[common.SUMMARY]:
        return ""
    if outcome.parts:
        from repo_vitals.runtime.many import markdown_of_all

        return markdown_of_all(outcome, values, world)
    if outcome.markdown is not None or report is None:
        return outcome.markdown or ""
    from repo_vitals.render.summary import summary_markdown

    definitions = {definition.name: definition for definition in outcome.monitor.metrics}
    return summary_markdown(report, definitions, view=view_of(values), run_url=world.run_url())


def view_of(values: Values) -> View:
    """How the summary and the log show the report; a monitor without inputs for that shows everything."""
    from repo_vitals.render.view import PLAIN, View

    if common.HIDE.name not in values:
        return PLAIN
    hidden = values[common.HIDE]
    return View(group_by=values[common.GROUP_BY], sort=values[common.SORT], hidden=frozenset(hidden))


def _show(outcome: Outcome, report: Report, values: Values, world: World, actions: ActionsEnvironment) -> None:
    from repo_vitals.render.terminal import plain_report, rich_print

    view = view_of(values)
    definitions = {definition.name: definition for definition in outcome.monitor.metrics}
    if world.in_actions:
        actions.log(plain_report(report, definitions, view))
    else:
        rich_print(report, definitions, world.stdout, view)
    actions.log(f"report: {outcome.path}")
    if values[common.ANNOTATIONS] and world.in_actions:     # elsewhere they would repeat what was just shown
        annotate(report, outcome.monitor.title, actions, without=outcome.annotated)


def annotate(report: Report, title: str, actions: ActionsEnvironment, *, without: Collection[tuple[str, str]] = (),
             ) -> None:
    """Annotate a run with a report's notes and findings, the gravest first, and those with a place before others.

    `without` are the rules and subjects of findings that an error has told.

    GitHub shows ten of a kind in a step: the notes are one, so that they take no places of findings.
    """
    levels: dict[str, Any] = {"critical": "error", "high": "error", "medium": "warning", "low": "warning",
                              "info": "notice"}
    order = list(levels)
    notes = [str(note) for note in report.data.get("notes", [])]
    if notes:
        actions.annotate("notice", "\n".join(notes), title=title)
    told = [found for found in report.findings if (found.rule, found.subject) not in without]
    for finding in sorted(told, key=lambda found: (order.index(found.severity), found.file is None)):
        where = f" {finding.url}" if finding.url else ""
        actions.annotate(levels[finding.severity], f"{finding.title}: {finding.detail}{where}" if finding.detail
                         else f"{finding.title}{where}", title=f"{title}: {finding.rule}", file=finding.file,
                         line=finding.line, end_line=finding.end_line)
    if report.status == "unknown":
        missing = sorted({metric.name for metric in report.metrics if metric.status == "unknown"})
        actions.annotate("warning", f"could not be judged for lack of data: {', '.join(missing)}", title=title)


def outputs(outcome: Outcome) -> dict[str, str | float | None]:
    """The action's outputs; figures without a value are empty, and an outcome without a report is unknown."""
    report = outcome.report
    every: dict[str, str | float | None] = {
        "status": outcome.status,
        "report": None if outcome.path is None else str(outcome.path),
        "findings": outcome.findings,
        "summary": outcome.summary,
    }
    for name, (metric, labels) in outcome.monitor.headlines.items():
        every[name] = None if report is None else _value(report.metrics, metric, labels)
    return every


def _value(metrics: Sequence[Metric], name: str, labels: Mapping[str, str]) -> float | None:
    value = next((metric.value for metric in metrics
                  if metric.name == name and dict(metric.labels) == dict(labels)), None)
    # A shell reads 3600 as a number, and 3600.0 as none.
    return int(value) if value is not None and value == int(value) else value
