"""The report in a terminal or a log: plain text, or with colours where rich is there and someone looks. Pure but for
what `rich_print` is told to write to."""
from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, TextIO

from repo_vitals import plain_text
from repo_vitals.clock import format_instant, in_words
from repo_vitals.render import figures
from repo_vitals.render.chart import sparkline
from repo_vitals.render.markdown import safe_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.report.model import Finding, Metric, MetricDefinition, Report

_MOST_FINDINGS = 20
_STATUS_STYLES = {"pass": "bold green", "warn": "bold yellow", "fail": "bold red", "unknown": "bold magenta"}
_SEVERITY_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "yellow", "info": "cyan"}


def plain_report(report: Report, definitions: Mapping[str, MetricDefinition]) -> str:
    """The report as lines of plain text without a terminal's escapes. Safe to print, strangers' titles and all."""
    lines = [_title(report), plain_text.one_line(report.summary, limit=500)]
    lines += [f"incomplete: {plain_text.one_line(said)}" for said in figures.missing_of(report)]
    lines += [f"note: {plain_text.one_line(note)}" for note in figures.notes_of(report)]
    findings = figures.gravest_first(report.findings)
    if findings:
        lines += ["", f"Findings ({len(findings):,})"]
        lines += [f"  {finding.severity:<8}  {_finding(finding, report)}" for finding in findings[:_MOST_FINDINGS]]
        lines += _left_out(findings)
    if report.metrics:
        lines += ["", "Figures", *_columns(_metric_rows(report, definitions))]
    lines += _trends(report)
    lines += ["", f"cost: {figures.cost_of(report)}"]
    return "\n".join(lines) + "\n"


def rich_print(report: Report, definitions: Mapping[str, MetricDefinition], file: TextIO) -> None:
    """The report with colours and links, where `file` is a terminal and rich is installed; else as plain text."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:     # rich is an extra
        file.write(plain_report(report, definitions))
        return
    # Strangers' text is handed over as Text only: nothing is ever read as rich's own markup or emoji names.
    console = Console(file=file, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        file.write(plain_report(report, definitions))
        return
    console.print(Text(_title(report), style=_STATUS_STYLES[report.status]))
    console.print(Text(plain_text.one_line(report.summary, limit=500)))
    for said in figures.missing_of(report):
        console.print(Text(f"incomplete: {plain_text.one_line(said)}", style="bold yellow"))
    for note in figures.notes_of(report):
        console.print(Text(f"note: {plain_text.one_line(note)}", style="dim"))
    findings = figures.gravest_first(report.findings)
    if findings:
        console.print()
        table = Table("Severity", "Finding", title=f"Findings ({len(findings):,})", title_justify="left")
        for finding in findings[:_MOST_FINDINGS]:
            url = None if finding.url is None else safe_url(finding.url)
            shown = Text(_finding(finding, report, with_url=False), style="" if url is None else f"link {url}")
            table.add_row(Text(finding.severity, style=_SEVERITY_STYLES[finding.severity]), shown)
        console.print(table)
        for line in _left_out(findings):
            console.print(Text(line))
    if report.metrics:
        console.print()
        table = Table("Figure", "Value", "Samples", "Target", "Trend", title="Figures", title_justify="left")
        for metric, row in zip(figures.worst_first(report.metrics), _metric_rows(report, definitions), strict=True):
            style = _STATUS_STYLES.get(metric.status or "", "")
            table.add_row(Text(row[0]), Text(row[1], style=style, justify="right"), Text(row[2], justify="right"),
                          Text(row[3], style=style), Text(row[4]))
        console.print(table)
    for line in (*_trends(report), f"cost: {figures.cost_of(report)}"):
        console.print(Text(line, style="dim"))


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


def _left_out(findings: Sequence[Finding]) -> list[str]:
    more = len(findings) - _MOST_FINDINGS
    return [f"  {more:,} more in the JSON report"] if more > 0 else []


def _metric_rows(report: Report, definitions: Mapping[str, MetricDefinition]) -> list[tuple[str, ...]]:
    previous = figures.previous_values(report)
    return [_metric_row(metric, figures.change_of(metric, previous), definitions)
            for metric in figures.worst_first(report.metrics)]


def _metric_row(metric: Metric, change: str, definitions: Mapping[str, MetricDefinition]) -> tuple[str, ...]:
    unit = definitions[metric.name].unit if metric.name in definitions else metric.unit
    target = "" if metric.target is None else f"{metric.status}, {figures.target_of(metric.target, unit)}"
    return (plain_text.one_line(figures.title_of(metric.name, metric.labels), limit=80), figures.value_of(metric),
            f"n={metric.samples:,}", target, change)


def _trends(report: Report) -> list[str]:
    lines = []
    for series in figures.series_of(report):
        values = [value for _, value in series.points][-60:]
        line = sparkline(values)
        if line:
            last = next(value for value in reversed(values) if value is not None)
            title = plain_text.one_line(series.title, limit=60)
            lines.append(f"  {title}: {line} {figures.in_units(last, series.unit)}")
    return ["", "Over time", *lines] if lines else []


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows with their columns under each other, two blanks apart; numbers to the right."""
    table = list(rows)
    widths = [max(_width(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [" " * (width - _width(cell)) + cell if column in (1, 2) else cell + " " * (width - _width(cell))
                 for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return lines


def _width(text: str) -> int:
    """How many cells of a terminal the text takes."""
    return sum(0 if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me")
               else 2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
