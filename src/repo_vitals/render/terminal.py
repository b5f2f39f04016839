"""The report in a terminal or a log: plain text, or with colours where rich is there and someone looks. Pure but for
what `rich_print` is told to write to."""
from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, TextIO

from repo_vitals import plain_text
from repo_vitals.clock import format_instant, in_words
from repo_vitals.render import figures
from repo_vitals.render.agenda import Row, agenda_of, arranged, counts, listed_and_other, shares
from repo_vitals.render.chart import sparkline
from repo_vitals.render.markdown import safe_url
from repo_vitals.render.view import PLAIN, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.report.model import Finding, Metric, MetricDefinition, Report

_MOST_FINDINGS = 20
_MOST_AGENDA = 12       # rows: with title, summary and notes they fit on a screen of 24 lines
_STATUS_STYLES = {"pass": "bold green", "warn": "bold yellow", "fail": "bold red", "unknown": "bold magenta"}
_SEVERITY_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "yellow", "info": "cyan"}


def plain_report(report: Report, definitions: Mapping[str, MetricDefinition], view: View = PLAIN) -> str:
    """The report as lines of plain text without a terminal's escapes. Safe to print, strangers' titles and all."""
    lines = [_title(report), plain_text.one_line(report.summary, limit=500)]
    lines += [f"incomplete: {plain_text.one_line(said)}" for said in figures.missing_of(report)]
    lines += [f"note: {plain_text.one_line(note)}" for note in figures.notes_of(report)]
    rows = _agenda(report, view)
    if rows is not None:
        lines += ["", _agenda_title(rows, report)]
        groups = _agenda_groups(rows, view)
        columns = iter(_columns([_agenda_row(row, report) for _, group in groups for row in group], right=()))
        for title, group in groups:
            lines += [f"  {title}"] if title else []
            lines += [next(columns) for _ in group]
        lines += _left_out(rows, _MOST_AGENDA)
    listed, findings = _findings(report, view)
    if findings or listed:
        lines += ["", f"Findings ({len(findings) + len(listed):,})"]
        lines += [f"  {finding.severity:<8}  {_finding(finding, report)}" for finding in findings[:_MOST_FINDINGS]]
        lines += _left_out(findings, _MOST_FINDINGS) + _listed(listed)
    metrics = view.wanted(report.metrics) if view.shows("figures") else ()
    if metrics:
        measured, empty = figures.without_measurement(metrics)
        lines += ["", "Figures", *_columns(_metric_rows(report, measured, definitions, view)), *_empty(empty)]
    lines += _trends(report, view)
    lines += ["", f"cost: {figures.cost_of(report)}"]
    return "\n".join(lines) + "\n"


def rich_print(
    report: Report, definitions: Mapping[str, MetricDefinition], file: TextIO, view: View = PLAIN,
) -> None:
    """The report with colours and links, where `file` is a terminal and rich is installed; else as plain text."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:     # rich is an extra
        file.write(plain_report(report, definitions, view))
        return
    # Strangers' text is handed over as Text only: nothing is ever read as rich's own markup or emoji names.
    console = Console(file=file, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        file.write(plain_report(report, definitions, view))
        return
    console.print(Text(_title(report), style=_STATUS_STYLES[report.status]))
    console.print(Text(plain_text.one_line(report.summary, limit=500)))
    for said in figures.missing_of(report):
        console.print(Text(f"incomplete: {plain_text.one_line(said)}", style="bold yellow"))
    for note in figures.notes_of(report):
        console.print(Text(f"note: {plain_text.one_line(note)}", style="dim"))
    rows = _agenda(report, view)
    if rows is not None:
        console.print()
        console.print(Text(_agenda_title(rows, report), style="bold"))
        for title, group in _agenda_groups(rows, view):
            table = Table("Due", "What", "Owed by", "Priority", "Item", title=Text(title) if title else None,
                          title_justify="left")
            for row in group:
                cells = _agenda_row(row, report)
                url = None if row.url is None else safe_url(row.url)
                table.add_row(Text(cells[0], style="red" if row.overdue is not None else ""), *map(Text, cells[1:-1]),
                              Text(cells[-1], style="" if url is None else f"link {url}"))
            console.print(table)
        for line in _left_out(rows, _MOST_AGENDA):
            console.print(Text(line))
    listed, findings = _findings(report, view)
    if findings or listed:
        console.print()
        table = Table("Severity", "Finding", title=f"Findings ({len(findings) + len(listed):,})", title_justify="left")
        for finding in findings[:_MOST_FINDINGS]:
            url = None if finding.url is None else safe_url(finding.url)
            shown = Text(_finding(finding, report, with_url=False), style="" if url is None else f"link {url}")
            table.add_row(Text(finding.severity, style=_SEVERITY_STYLES[finding.severity]), shown)
        if findings:
            console.print(table)
        for line in (*_left_out(findings, _MOST_FINDINGS), *_listed(listed)):
            console.print(Text(line))
    metrics = view.wanted(report.metrics) if view.shows("figures") else ()
    if metrics:
        console.print()
        table = Table("Figure", "Value", "Samples", "Target", "Trend", title="Figures", title_justify="left")
        measured, empty = figures.without_measurement(metrics)
        worst = figures.worst_first(measured)
        for metric, cells in zip(worst, _metric_rows(report, measured, definitions, view), strict=True):
            style = _STATUS_STYLES.get(metric.status or "", "")
            table.add_row(Text(cells[0]), Text(cells[1], style=style, justify="right"),
                          Text(cells[2], justify="right"), Text(cells[3], style=style), Text(cells[4]))
        if measured:
            console.print(table)
        for line in _empty(empty):
            console.print(Text(line))
    for line in (*_trends(report, view), f"cost: {figures.cost_of(report)}"):
        console.print(Text(line, style="dim"))


def _agenda(report: Report, view: View) -> Sequence[Row] | None:
    return agenda_of(report) if view.shows("agenda") else None


def _agenda_title(rows: Sequence[Row], report: Report) -> str:
    if not rows:
        return "What needs an answer today: nothing"
    said = counts(rows, report.generated_at)
    return f"What needs an answer today ({len(rows):,})" + (f": {said}" if said else "")


def _agenda_groups(rows: Sequence[Row], view: View) -> list[tuple[str, list[Row]]]:
    """Groups with titles, cut so that all of them together fit on a screen."""
    groups = arranged(rows, view)
    sizes = shares([len(group) for _, group in groups], _MOST_AGENDA)
    return [(plain_text.one_line(f"{title} ({len(group):,})", limit=80) if title else "", group[:size])
            for (title, group), size in zip(groups, sizes, strict=True) if size]


def _agenda_row(row: Row, report: Report) -> tuple[str, ...]:
    words = (row.due_in_words(report.generated_at), plain_text.one_line(row.said, limit=40),
             plain_text.one_line(row.owes or "", limit=12), plain_text.one_line(row.importance, limit=12))
    return (*words, plain_text.one_line(row.item, limit=60))


def _findings(report: Report, view: View) -> tuple[list[Finding], list[Finding]]:
    """The findings that the agenda shown above speaks of, and the others, the gravest first."""
    if not view.shows("findings"):
        return [], []
    return listed_and_other(figures.gravest_first(report.findings), _agenda(report, view) or ())


def _listed(findings: Sequence[Finding]) -> list[str]:
    return [f"  {len(findings):,} about what is listed above"] if findings else []


def _title(report: Report) -> str:
    days = f"{format_instant(report.window.start)[:10]} to {format_instant(report.window.end)[:10]}"
    return f"{report.monitor}: {report.status.upper()}  {plain_text.one_line(report.repository)}  {days}"


def _finding(finding: Finding, report: Report, *, with_url: bool = True) -> str:
    parts = [plain_text.one_line(finding.title, limit=120) or finding.rule]
    if finding.detail:
        parts.append(plain_text.one_line(finding.detail, limit=160))
    if finding.since is not None:
        parts.append(f"since {in_words(report.generated_at - finding.since)}")
    url = safe_url(finding.url) if with_url and finding.url is not None else None
    return " | ".join([*parts, url] if url is not None else parts)


def _left_out(rows: Sequence[object], most: int) -> list[str]:
    more = len(rows) - most
    return [f"  {more:,} more in the JSON report"] if more > 0 else []


def _metric_rows(
    report: Report, metrics: Sequence[Metric], definitions: Mapping[str, MetricDefinition], view: View,
) -> list[tuple[str, ...]]:
    previous = figures.previous_values(report) if view.shows("trends") else {}
    return [_metric_row(metric, figures.change_of(metric, previous), definitions)
            for metric in figures.worst_first(metrics)]


def _empty(metrics: Sequence[Metric]) -> list[str]:
    return [f"  {len(metrics):,} more are in the JSON report: there was nothing to measure for them"] if metrics else []


def _metric_row(metric: Metric, change: str, definitions: Mapping[str, MetricDefinition]) -> tuple[str, ...]:
    unit = definitions[metric.name].unit if metric.name in definitions else metric.unit
    target = "" if metric.target is None else f"{metric.status}, {figures.target_of(metric.target, unit)}"
    return (plain_text.one_line(figures.title_of(metric.name, metric.labels), limit=80), figures.value_of(metric),
            f"n={metric.samples:,}", target, change)


def _trends(report: Report, view: View) -> list[str]:
    if not view.shows("trends"):
        return []
    lines = []
    for series in figures.series_of(report):
        values = [value for _, value in series.points][-60:]
        line = sparkline(values)
        if line:
            last = next(value for value in reversed(values) if value is not None)
            title = plain_text.one_line(series.title, limit=60)
            lines.append(f"  {title}: {line} {figures.in_units(last, series.unit)}")
    return ["", "Over time", *lines] if lines else []


def _columns(rows: Iterable[tuple[str, ...]], right: Sequence[int] = (1, 2)) -> list[str]:
    """Rows with their columns under each other, two blanks apart; the columns in `right`, of numbers, to the right."""
    table = list(rows)
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [" " * (width - _width(cell)) + cell if column in right else cell + " " * (width - _width(cell))
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def _width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me")
               else 2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
