"""Several repositories in one summary: a table of all, the worst first, and what is behind it folded. Pure."""
from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from repo_vitals import plain_text
from repo_vitals.clock import format_instant, in_words
from repo_vitals.frozen import dataclass
from repo_vitals.render import figures
from repo_vitals.render.agenda import HEADERS, agenda_of, arranged
from repo_vitals.render.folding import MOST, folded_part, folded_table, used_columns
from repo_vitals.render.markdown import Markdown, code, cut_to_bytes, link, safe_url, text
from repo_vitals.render.sections import agenda_row
from repo_vitals.render.summary import CUT_NOTE, findings_table
from repo_vitals.render.view import PLAIN, View
from repo_vitals.report.status import worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.report.model import Cost, Report

_NOT_MEASURED = "not measured"
_NO_SIGN = "🚫"
_ORDER = ("fail", _NOT_MEASURED, "unknown", "warn", "pass")     # the worst first
_MOST_DETAILS = 50      # repositories; what passes has none
_MOST_FIGURES = 6       # columns of the table; with more it is wider than a page
_MOST_ROWS = 5          # of agenda or findings, each


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One repository of several."""

    repository: str         # owner/name as it was asked for
    report: Report | None   # None: it could not be measured
    said: str               # in one line: the report's summary, or why there is none
    path: str               # of its JSON report, where there is one

    @property
    def status(self) -> str:
        """The report's status, or that there is none."""
        return _NOT_MEASURED if self.report is None else self.report.status

    @property
    def findings(self) -> int:
        """How many the report has."""
        return 0 if self.report is None else len(self.report.findings)


@dataclass(frozen=True, kw_only=True)
class Combined:
    """What the combined summary is made of."""

    monitor: str
    entries: tuple[Entry, ...]
    headlines: Sequence[tuple[str, Mapping[str, str]]]      # names and labels of the figures in the table
    cost: Cost


def worst_entries_first(entries: Iterable[Entry]) -> list[Entry]:
    """By status, within one by number of findings, then by name."""
    return sorted(entries, key=lambda entry: (_ORDER.index(entry.status), -entry.findings, entry.repository.lower()))


def in_one_line(entries: Sequence[Entry]) -> str:
    """How many repositories ended how: `3 repositories: 1 fail, 2 pass; 4 findings`. No stranger's text."""
    ended = Counter(entry.status for entry in entries)
    findings = sum(entry.findings for entry in entries)
    parts = ", ".join(f"{ended[status]:,} {status}" for status in _ORDER if ended[status])
    return (f"{len(entries):,} {'repository' if len(entries) == 1 else 'repositories'}: {parts}; "
            f"{findings:,} {'finding' if findings == 1 else 'findings'}")


def combined_markdown(combined: Combined, *, view: View = PLAIN, run_url: str | None = None,
                      limit_bytes: int = 1_000_000) -> str:
    """All repositories as GitHub-flavoured Markdown of at most `limit_bytes` bytes of UTF-8."""
    entries = worst_entries_first(combined.entries)
    parts = [_heading(combined, run_url), f"{in_one_line(entries)}\n", _table(entries, combined, view),
             _details(entries, view),
             f"<sub>Cost: {figures.cost_in_words(combined.cost)}.</sub>\n"]
    return cut_to_bytes(Markdown("\n".join(part for part in parts if part)), limit_bytes, CUT_NOTE)


def combined_text(combined: Combined) -> str:
    """All repositories as lines of plain text."""
    entries = worst_entries_first(combined.entries)
    lines = [f"{combined.monitor}: {_status(entries).upper()}  {in_one_line(entries)}", ""]
    width = max(len(entry.repository) for entry in entries)
    for entry in entries:
        said = plain_text.one_line(entry.said, limit=120)
        lines.append(f"  {entry.repository:<{width}}  {entry.status:<{len(_NOT_MEASURED)}}  {said}")
    lines += ["", f"cost: {figures.cost_in_words(combined.cost)}"]
    return "\n".join(lines) + "\n"


def _status(entries: Iterable[Entry]) -> str:
    return worst("unknown" if entry.report is None else entry.report.status for entry in entries)


def _heading(combined: Combined, run_url: str | None) -> str:
    status = _status(combined.entries)
    facts = []
    report = next((entry.report for entry in combined.entries if entry.report is not None), None)
    if report is not None:
        window = report.window
        facts.append(f"{format_instant(window.start)[:10]} to {format_instant(window.end)[:10]} "
                     f"({in_words(window.end - window.start)})")
    if run_url is not None and safe_url(run_url) is not None:
        facts.append(link("workflow run", run_url))
    said = f"\n{' · '.join(facts)}\n" if facts else ""
    return f"## {figures.STATUS_SIGNS[status]} {text(figures.monitor_in_words(combined.monitor))}: {status}\n{said}"


def _table(entries: Sequence[Entry], combined: Combined, view: View) -> str:
    headlines = [one for one in combined.headlines if view.shows("figures") and view.wants(one[0])][:_MOST_FIGURES]
    headers = ("Repository", "Status", "Findings", *(figures.title_of(name, labels) for name, labels in headlines))
    rows = [(text(entry.repository), _sign(entry),
             Markdown("" if entry.report is None else f"{entry.findings:,}"),
             *(_value(entry.report, name, labels) for name, labels in headlines)) for entry in entries[:MOST]]
    used, kept_headers, kept = used_columns(headers, rows, always=(0, 1, 2))
    numeric = [place for place, column in enumerate(used) if column >= 2]
    return folded_table(kept_headers, kept, in_sight=MOST, total=len(entries), numeric=numeric)


def _sign(entry: Entry) -> Markdown:
    return Markdown(f"{figures.STATUS_SIGNS.get(entry.status, _NO_SIGN)} {entry.status}")


def _value(report: Report | None, name: str, labels: Mapping[str, str]) -> Markdown:
    metrics = () if report is None else report.metrics
    found = next((metric for metric in metrics if metric.name == name and dict(metric.labels) == dict(labels)), None)
    return Markdown("") if found is None else text(figures.value_of(found))


def _details(entries: Sequence[Entry], view: View) -> str:
    telling = [entry for entry in entries if entry.status != "pass" or entry.findings]
    if not telling:
        return ""
    parts = [_detail(entry, view) for entry in telling[:_MOST_DETAILS]]
    left_out = len(telling) - len(parts)
    if left_out:
        parts.append(f"{left_out:,} more {'is' if left_out == 1 else 'are'} in the JSON reports.\n")
    return folded_part(Markdown(f"What is behind it ({len(telling):,})"), "\n".join(parts))


def _detail(entry: Entry, view: View) -> str:
    parts = [f"#### {text(entry.repository)}\n", f"{text(entry.said, limit=1000)}\n"]
    report = entry.report
    if report is not None:
        parts += [f"- ⚠️ Incomplete: {text(said)}\n" for said in figures.missing_of(report)]
        rows = [row for _, group in arranged(agenda_of(report) or (), View(sort=view.sort)) for row in group]
        if rows and view.shows("agenda"):
            cells = [agenda_row(row, report.generated_at) for row in rows[:_MOST_ROWS]]
            _, headers, kept = used_columns(HEADERS, cells, always=(0, 1, 2))
            parts.append(folded_table(headers, kept, total=len(rows)))
        elif report.findings and view.shows("findings"):
            parts.append(findings_table(figures.gravest_first(report.findings), report, most=_MOST_ROWS))
        parts.append(f"Report: {code(entry.path, limit=500)}\n")
    return "\n".join(parts)
