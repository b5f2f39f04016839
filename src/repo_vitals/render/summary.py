"""The job summary: what a maintainer reads at two in the morning, the worst first. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant, in_words
from repo_vitals.render import figures
from repo_vitals.render.agenda import agenda_of, listed_and_other
from repo_vitals.render.folding import IN_SIGHT, MOST, folded_part, folded_table, used_columns
from repo_vitals.render.markdown import Markdown, cut_to_bytes, link, safe_url, text
from repo_vitals.render.sections import agenda_section, charts, lists_section, sla_section, trends_section
from repo_vitals.render.view import PLAIN, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.report.model import Finding, Metric, MetricDefinition, Report

_SEVERITY_SIGNS = {"critical": "🟥", "high": "🔴", "medium": "🟠", "low": "🟡", "info": "🔵"}
CUT_NOTE = Markdown("_The summary was cut here for its size; the JSON report has everything._\n")


def summary_markdown(
    report: Report, definitions: Mapping[str, MetricDefinition], *, view: View = PLAIN, run_url: str | None = None,
    limit_bytes: int = 1_000_000,
) -> str:
    """The report as GitHub-flavoured Markdown of at most `limit_bytes` bytes of UTF-8.

    The same report gives the same bytes, but for the line on cost. Nothing in it mentions, links or formats by a
    stranger's will.
    """
    parts = [part for part in _parts(report, definitions, view, run_url) if part]
    return cut_to_bytes(Markdown("\n".join(parts)), limit_bytes, CUT_NOTE)


def _parts(
    report: Report, definitions: Mapping[str, MetricDefinition], view: View, run_url: str | None,
) -> Iterator[str]:
    yield _heading(report, run_url)
    yield f"{text(report.summary, limit=1000)}\n" if report.summary else ""
    yield _caveats(report)
    metrics = view.wanted(report.metrics)
    has_agenda = agenda_of(report) is not None
    if view.shows("agenda"):
        yield agenda_section(report, view)
    if view.shows("findings"):
        yield _findings(report, view)
    # With an agenda the figures are what one looks up later, so that what moved among them is said before them.
    if has_agenda and view.shows("trends"):
        yield trends_section(report, metrics)
    # Without an agenda the monitor's own tables say most in the fewest rows.
    if not has_agenda and view.shows("lists"):
        yield lists_section(report)
    if view.shows("figures"):
        yield _metrics(report, metrics, view)
    if not has_agenda and view.shows("trends"):
        yield charts(report)
    if view.shows("sla"):
        yield sla_section(report)
    if has_agenda and view.shows("lists"):
        yield lists_section(report)
    if view.shows("definitions"):
        yield _definitions(metrics, definitions)
    yield f"<sub>Cost: {figures.cost_of(report)}.</sub>\n"


def _heading(report: Report, run_url: str | None) -> str:
    window = report.window
    facts = [
        f"**{text(report.repository)}**",
        f"{_day(window.start)} to {_day(window.end)} ({in_words(window.end - window.start)})"
        if window.start < window.end else f"as of {_day(window.end)}",
    ]
    if run_url is not None and safe_url(run_url) is not None:
        facts.append(link("workflow run", run_url))
    sign = figures.STATUS_SIGNS[report.status]
    return f"## {sign} {text(figures.monitor_in_words(report.monitor))}: {report.status}\n\n{' · '.join(facts)}\n"


def _caveats(report: Report) -> str:
    missing = figures.missing_of(report)
    lines = [f"- ⚠️ Incomplete: {text(said)}\n" for said in missing]
    lines += [f"- Note: {text(note)}\n" for note in figures.notes_of(report)]
    return "".join(lines)


def _findings(report: Report, view: View) -> str:
    rows = (agenda_of(report) or ()) if view.shows("agenda") else ()
    listed, other = listed_and_other(figures.gravest_first(report.findings), rows)
    parts = []
    if other:
        parts.append(f"### What needs attention ({len(other):,})\n\n{findings_table(other, report)}")
    if listed:
        title = f"{len(listed):,} {'finding' if len(listed) == 1 else 'findings'} about items of the agenda"
        parts.append(folded_part(Markdown(title), findings_table(listed, report, in_sight=MOST)))
    return "\n".join(parts)


def findings_table(findings: Sequence[Finding], report: Report, *, in_sight: int = IN_SIGHT, most: int = MOST) -> str:
    """Findings as a table: `in_sight` of them, up to `most` to unfold, the rest counted."""
    rows = [_finding_row(finding, report) for finding in findings[:most]]
    return folded_table(("Severity", "Finding", "Detail", "Since"), rows, total=len(findings), in_sight=in_sight)


def _finding_row(finding: Finding, report: Report) -> tuple[Markdown, ...]:
    since = Markdown("")
    if finding.since is not None:
        age = report.generated_at - finding.since
        since = Markdown(f"{in_words(age)} ({_day(finding.since)})")
    title = link(finding.title, finding.url) or text(finding.rule)
    return (Markdown(f"{_SEVERITY_SIGNS[finding.severity]} {finding.severity}"), title, text(finding.detail), since)


def _metrics(report: Report, metrics: Sequence[Metric], view: View) -> str:
    if not metrics:
        return ""
    previous = figures.previous_values(report) if view.shows("trends") else {}
    measured, empty = figures.without_measurement(figures.worst_first(metrics))
    rows = [_metric_row(metric, figures.change_of(metric, previous)) for metric in measured]
    used, headers, kept = used_columns(("Figure", "Value", "Target", "Trend", "Samples"), rows)
    numeric = [place for place, column in enumerate(used) if column in (1, 4)]
    parts: list[str] = [folded_table(headers, kept, numeric=numeric)] if kept else []
    if empty:
        names = "".join(f"- {text(figures.title_of(metric.name, metric.labels))}\n" for metric in empty)
        parts.append(folded_part(Markdown(f"{len(empty):,} figures for which there was nothing to measure"), names))
    return "### Figures\n\n" + "\n".join(parts)


def _metric_row(metric: Metric, change: str) -> tuple[Markdown, ...]:
    target = ""
    if metric.target is not None and metric.status is not None:
        target = (f"{figures.STATUS_SIGNS[metric.status]} {metric.status}, "
                  f"{text(figures.target_of(metric.target, metric.unit))}")
    return (text(figures.title_of(metric.name, metric.labels)), text(figures.value_of(metric)), Markdown(target),
            text(change), Markdown(f"{metric.samples:,}"))


def _definitions(metrics: Sequence[Metric], definitions: Mapping[str, MetricDefinition]) -> str:
    names = dict.fromkeys(metric.name for metric in metrics if metric.name in definitions)
    if not names:
        return ""
    said = ((figures.title_of(name, {}), definitions[name].definition.rstrip(".")) for name in names)
    lines = [f"- **{text(title)}**: {text(definition, limit=600)}.\n" for title, definition in said]
    return folded_part(Markdown("What the figures mean"), "".join(lines) + (
        f"\n{figures.NOTHING}: nothing to measure; {figures.NOT_REACHED}: too few have happened yet to say. "
        "Times are UTC.\n"))


def _day(moment: datetime) -> str:
    return format_instant(moment)[:10]
