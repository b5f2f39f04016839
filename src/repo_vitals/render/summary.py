"""The job summary: what a maintainer reads at two in the morning, the worst first. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant, in_words
from repo_vitals.render import figures
from repo_vitals.render.chart import mermaid
from repo_vitals.render.markdown import Markdown, cut_to_bytes, link, safe_url, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from repo_vitals.report.model import Finding, Metric, MetricDefinition, Report

_FIRST_FINDINGS = 15        # rows in sight: the figures below should not be a walk away
_MOST_FINDINGS = 100        # rows, the folded ones with them; beyond that nobody reads on, and the JSON report has all
_MOST_ROWS = 100            # of a section
_SEVERITY_SIGNS = {"critical": "🟥", "high": "🔴", "medium": "🟠", "low": "🟡", "info": "🔵"}
_CUT_NOTE = Markdown("_The summary was cut here for its size; the JSON report has everything._\n")


def summary_markdown(
    report: Report, definitions: Mapping[str, MetricDefinition], *, run_url: str | None = None,
    limit_bytes: int = 1_000_000,
) -> str:
    """The report as GitHub-flavoured Markdown of at most `limit_bytes` bytes of UTF-8.

    The same report gives the same bytes, but for the line on cost. Nothing in it mentions, links or formats by a
    stranger's will.
    """
    parts = [part for part in _parts(report, definitions, run_url) if part]
    return cut_to_bytes(Markdown("\n".join(parts)), limit_bytes, _CUT_NOTE)


def _parts(report: Report, definitions: Mapping[str, MetricDefinition], run_url: str | None) -> Iterator[str]:
    yield _heading(report, run_url)
    yield f"{text(report.summary, limit=1000)}\n" if report.summary else ""
    yield _caveats(report)
    yield _findings(report)
    yield _metrics(report)
    for series in figures.series_of(report):
        yield mermaid(series) or ""
    for section in figures.sections_of(report):
        yield _section(section)
    yield _definitions(report, definitions)
    yield f"<sub>Cost: {figures.cost_of(report)}.</sub>\n"


def _heading(report: Report, run_url: str | None) -> str:
    monitor = report.monitor.replace("-", " ")
    window = report.window
    facts = [
        f"**{text(report.repository)}**",
        f"{_day(window.start)} to {_day(window.end)} ({in_words(window.end - window.start)})",
    ]
    if run_url is not None and safe_url(run_url) is not None:
        facts.append(link("workflow run", run_url))
    sign = figures.STATUS_SIGNS[report.status]
    return f"## {sign} {text(monitor[:1].upper() + monitor[1:])}: {report.status}\n\n{' · '.join(facts)}\n"


def _caveats(report: Report) -> str:
    missing = figures.missing_of(report)
    lines = [f"- ⚠️ Incomplete: {text(said)}\n" for said in missing]
    lines += [f"- Note: {text(note)}\n" for note in figures.notes_of(report)]
    return "".join(lines)


def _findings(report: Report) -> str:
    findings = figures.gravest_first(report.findings)
    if not findings:
        return ""
    headers = ("Severity", "Finding", "Detail", "Since")
    rows = [_finding_row(finding, report) for finding in findings[:_MOST_FINDINGS]]
    first, folded, left_out = rows[:_FIRST_FINDINGS], rows[_FIRST_FINDINGS:], len(findings) - len(rows)
    more = f"\n{left_out:,} more {'is' if left_out == 1 else 'are'} in the JSON report.\n" if left_out else ""
    heading = f"### What needs attention ({len(findings):,})\n\n"
    if not folded:
        return heading + table(headers, first)
    return (f"{heading}{table(headers, first)}\n<details><summary>{len(findings) - len(first):,} more</summary>\n\n"
            f"{table(headers, folded)}{more}\n</details>\n")


def _finding_row(finding: Finding, report: Report) -> tuple[Markdown, ...]:
    since = Markdown("")
    if finding.since is not None:
        age = report.generated_at - finding.since
        since = Markdown(f"{in_words(age)} ({_day(finding.since)})")
    title = link(finding.title, finding.url) or text(finding.rule)
    return (Markdown(f"{_SEVERITY_SIGNS[finding.severity]} {finding.severity}"), title, text(finding.detail), since)


def _metrics(report: Report) -> str:
    if not report.metrics:
        return ""
    previous = figures.previous_values(report)
    rows = [_metric_row(metric, figures.change_of(metric, previous)) for metric in figures.worst_first(report.metrics)]
    headers = ("Figure", "Value", "Target", "Trend", "Samples")
    # A column that no row fills says nothing.
    used = [column for column in range(len(headers)) if column in (0, 1) or any(row[column] for row in rows)]
    kept = [tuple(row[column] for column in used) for row in rows]
    numeric = [place for place, column in enumerate(used) if column in (1, 4)]
    return "### Figures\n\n" + table([headers[column] for column in used], kept, numeric=numeric)


def _metric_row(metric: Metric, change: str) -> tuple[Markdown, ...]:
    target = ""
    if metric.target is not None and metric.status is not None:
        target = (f"{figures.STATUS_SIGNS[metric.status]} {metric.status}, "
                  f"{text(figures.target_of(metric.target, metric.unit))}")
    return (text(figures.title_of(metric.name, metric.labels)), text(figures.value_of(metric)), Markdown(target),
            text(change), Markdown(f"{metric.samples:,}"))


def _section(section: figures.Section) -> str:
    rows = [tuple(text(cell) for cell in row) for row in section.rows[:_MOST_ROWS]]
    left_out = len(section.rows) - len(rows)
    more = f"\n{left_out:,} more {'is' if left_out == 1 else 'are'} in the JSON report.\n" if left_out else ""
    return (f"<details><summary>{text(section.title)} ({len(section.rows):,})</summary>\n\n"
            f"{table(section.headers, rows)}{more}\n</details>\n")


def _definitions(report: Report, definitions: Mapping[str, MetricDefinition]) -> str:
    names = dict.fromkeys(metric.name for metric in report.metrics if metric.name in definitions)
    if not names:
        return ""
    said = ((figures.title_of(name, {}), definitions[name].definition.rstrip(".")) for name in names)
    lines = [f"- **{text(title)}**: {text(definition, limit=600)}.\n" for title, definition in said]
    return ("<details><summary>What the figures mean</summary>\n\n" + "".join(lines) +
            f"\n{figures.NOTHING}: nothing to measure; {figures.NOT_REACHED}: too few have happened yet to say. "
            "Times are UTC.\n\n</details>\n")


def _day(moment: datetime) -> str:
    return format_instant(moment)[:10]
