"""Sections of the job summary that a report has where its monitor gives them: agenda, trends, SLA, people. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.render import figures
from repo_vitals.render.agenda import HEADERS, Row, agenda_of, arranged, counts, shares
from repo_vitals.render.chart import mermaid
from repo_vitals.render.folding import IN_SIGHT, MOST, folded_table, used_columns
from repo_vitals.render.markdown import Markdown, link, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.render.view import View
    from repo_vitals.report.model import Metric, Report

_MOST_MOVES = 6
_MOST_SLA_ROWS = 50


def agenda_section(report: Report, view: View) -> str:
    """What needs an answer today, the most pressing in sight."""
    rows = agenda_of(report)
    if rows is None:
        return ""
    if not rows:
        return "### What needs an answer today\n\nNothing.\n"
    parts = [f"### What needs an answer today ({len(rows):,})\n"]
    if said := counts(rows, report.generated_at):
        parts.append(f"{said[:1].upper()}{said[1:]}.\n")
    groups = arranged(rows, view)
    sizes = [len(group) for _, group in groups]
    in_sight, shown = shares(sizes, IN_SIGHT), shares(sizes, MOST)
    for (title, group), first, most in zip(groups, in_sight, shown, strict=True):
        if title and most:
            parts.append(f"#### {text(title, limit=80)} ({len(group):,})\n")
        if most:
            cells = [agenda_row(row, report.generated_at, group_by=view.group_by) for row in group[:most]]
            _, headers, kept = used_columns(HEADERS, cells, always=(0, 1, 2))
            parts.append(folded_table(headers, kept, in_sight=first, total=len(group)))
    return "\n".join(parts)


def agenda_row(row: Row, now: datetime, *, group_by: str = "none") -> tuple[Markdown, ...]:
    """A row of the agenda as cells of HEADERS; what its group's title says already is left out."""
    owes = "" if group_by == "owes" else row.owes or ""
    priority = "" if group_by == "priority" else row.importance
    return (Markdown(row.due_in_words(now)), link(row.item, row.url), text(row.said, limit=120),
            text(owes, limit=40), text(priority, limit=40))


def trends_section(report: Report, metrics: Iterable[Metric]) -> str:
    """The figures that moved most, and the charts."""
    previous = figures.previous_values(report)
    moved = [f"- **{text(figures.title_of(metric.name, metric.labels))}**: {text(figures.value_of(metric))}, "
             f"{text(figures.change_of(metric, previous))}\n"
             for metric in figures.moved_most(metrics, previous, most=_MOST_MOVES)]
    drawn = charts(report)
    if not moved and not drawn:
        return ""
    return "\n".join(part for part in ("### Trends\n", "".join(moved), drawn) if part)


def charts(report: Report) -> str:
    """The report's series as charts."""
    return "\n".join(drawn for series in figures.series_of(report) if (drawn := mermaid(series)) is not None)


def sla_section(report: Report) -> str:
    """How service levels were kept, from `data.sla.rows`, in the report's order."""
    said = report.data.get("sla")
    entries = _dictionaries(said.get("rows") if isinstance(said, dict) else None)
    if not entries:
        return ""
    rows = [_sla_row(entry) for entry in entries[:_MOST_SLA_ROWS]]
    used, headers, kept = used_columns(_SLA_HEADERS, rows, always=(0, 4, 5, 6))
    filled = [[cell or (_ANY if column in _SELECTORS else cell) for column, cell in zip(used, row, strict=True)]
              for row in kept]
    numeric = [place for place, column in enumerate(used) if column > max(_SELECTORS)]
    return f"### Service levels\n\n{folded_table(headers, filled, total=len(entries), numeric=numeric)}"


_SLA_HEADERS = ("Phase", "Channel", "Type", "Priority", "Kept", "Met", "Breached", "Pending", "Due soon")
_SELECTORS = (1, 2, 3)
_ANY = Markdown("any")


def _sla_row(entry: dict[str, Any]) -> tuple[Markdown, ...]:
    selectors = (text("" if entry.get(name) is None else str(entry[name]), limit=60)
                 for name in ("channel", "type", "priority"))
    return (text(_words(entry.get("phase")).replace("-", " "), limit=60), *selectors,
            text(figures.in_units(figures.number(entry.get("attainment")), "ratio")),
            *(_counted(entry.get(name)) for name in ("met", "breached", "pending", "due_soon")))


def lists_section(report: Report) -> str:
    """The small tables of the monitor's own, such as the people to thank, under their titles."""
    return "\n".join(_list(section) for section in figures.sections_of(report))


def _list(section: figures.Section) -> str:
    rows = [tuple(text(cell) for cell in row) for row in section.rows[:MOST]]
    _, headers, kept = used_columns(section.headers, rows, always=(0,))
    return f"### {text(section.title)}\n\n{folded_table(headers, kept, total=len(section.rows))}"


def _counted(value: Any) -> Markdown:
    known = figures.number(value)
    return Markdown("" if known is None else figures.in_units(known, "count"))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _dictionaries(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
