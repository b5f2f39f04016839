"""The comment's text. All that strangers wrote in it goes through `render.markdown`, and no link is theirs. Pure."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.render import figures
from repo_vitals.render.folding import used_columns
from repo_vitals.render.markdown import Markdown, code, cut_to_bytes, link, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.comment.facts import Facts, Origin
    from repo_vitals.report.model import Finding, Metric, Report
    from repo_vitals.sources.report_reading import ReadReport, RefusedReport

LARGEST_BODY = 60_000       # bytes, and so characters at most: GitHub takes 65,536 of them
MOST_FIGURES = 8            # of a report; those without a target give way
MOST_REMARKS = 5            # of what a report says is missing, and of its notes
_CUT_NOTE = Markdown("_The comment was cut here for its size; what comes after is left out._\n")
_NOTHING = "No findings, and no figures to show.\n"
_ALONE = "Nothing here is about a newer commit."
_PLAIN_NAME = re.compile(r"[\w ./:+@()\[\]-]+")
_EARLIER = " \\*"
_SIGNS = {"critical": "🟥", "high": "🔴", "medium": "🟠", "low": "🟡", "info": "🔵"}


def comment_body(facts: Facts, *, marker: str, most_findings: int) -> str:
    """The comment, from its marker on: whose code it is about, what each report says, and what was not read.

    The same facts give the same text. Of a fork's reports it says that they are claims, and shows no sign of success.
    """
    head = f"{marker}\n{_heading(facts)}\n{_origin(facts)}{_candidates(facts)}\n{_ending(facts)}"
    # What was not read stands before the reports, so that a long one can't push it out.
    parts = [head, _overview(facts), _refused(facts.reports.refused),
             *(_report(one, facts, most_findings) for one in facts.reports.read)]
    return cut_to_bytes(Markdown("\n".join(part for part in parts if part)), LARGEST_BODY, _CUT_NOTE)


def _named(name: str, *, limit: int = 100) -> Markdown:
    """A name as a code span; as text where it holds what no name needs, such as another tool's hidden marker."""
    return code(name, limit=limit) if _PLAIN_NAME.fullmatch(name) else text(name, limit=limit)


def _heading(facts: Facts) -> str:
    of = f" of {_commit(facts.origin)}" if facts.origin.commit else ""
    if not facts.reports.read:
        return f"## No reports{of}\n"
    return f"## {'Claimed reports' if facts.origin.is_fork else 'Reports'}{of}\n"


def shows_reports_of(commit: str, heading: str) -> bool:
    """Whether a comment's heading, its second line, is that of reports of a commit."""
    of = f"eports of {_named(commit[:12])}"
    return heading.strip() in (f"## R{of}", f"## Claimed r{of}")


def _commit(origin: Origin) -> str:
    return _named((origin.commit or "")[:12])


def _origin(facts: Facts) -> str:
    origin = facts.origin
    by = f" by {_named(origin.author)}" if origin.author else ""
    where = f" in {_named(origin.repository)}" if origin.repository else ", whose repository is gone,"
    run = link("workflow run", origin.run_url)
    commit = f"commit {_commit(origin)}" if origin.commit else "the code"
    if not origin.is_fork:
        return f"About {commit}{where}{by}, from this {run}. {_ALONE}\n"
    return (f"> [!CAUTION]\n> **From a fork{by}; not checked by this repository.** The code is {commit}{where}. "
            f"What stands below is what a {run} of that code says of itself: a claim, not a measurement of this "
            "repository's. No figure of it enters the history or a baseline here, and this comment's check does not "
            f"depend on it. {_ALONE}\n")


def _candidates(facts: Facts) -> str:
    """That the run may have been of another pull request, where GitHub does not tell of which it was."""
    if facts.candidates < 2:
        return ""
    return (f"\n{facts.candidates:,} open pull requests have this commit at their head. The run was of one of them, "
            "and what it compared with may be another's base.\n")


def _ending(facts: Facts) -> str:
    """How the run ended, and what follows from that."""
    lines = []
    if facts.conclusion not in (None, "success"):
        lines.append(f"⚠️ The workflow run ended in {_named(str(facts.conclusion))}."
                     + (" What it left may not be all." if facts.reports.read else ""))
    if not facts.reports.read:
        left = "It left no report that could be read" if lines else "There is no report that could be read"
        lines.append(f"{left}, so nothing is known of this commit. What may have stood here before came from "
                     "an earlier run.")
    if any(one.is_earlier for one in facts.reports.read):
        lines.append("Reports marked with * are of an earlier attempt at the run.")
    return "".join(f"\n{line}\n" for line in lines)


def _status(report: Report, facts: Facts) -> Markdown:
    if facts.origin.is_fork:
        return Markdown(f"claims {report.status}")
    return Markdown(f"{figures.STATUS_SIGNS[report.status]} {report.status}")


def _overview(facts: Facts) -> str:
    if not facts.reports.read:
        return ""
    rows = [(Markdown(_title(one.report) + (_EARLIER if one.is_earlier else "")), _status(one.report, facts),
             text(one.report.summary, limit=400)) for one in facts.reports.read]
    return table(("Report", "Status", "In one line"), rows)


def _title(report: Report) -> Markdown:
    words = report.monitor.replace("-", " ")
    return text(words[:1].upper() + words[1:], limit=80)


def _report(one: ReadReport, facts: Facts, most_findings: int) -> str:
    report = one.report
    is_ours = report.repository.lower() == facts.repository.lower()
    about = "" if is_ours else f"It says that it is about {_named(report.repository)}.\n"
    remarks = [*(f"- ⚠️ Incomplete: {text(said)}\n" for said in figures.missing_of(report)[:MOST_REMARKS]),
               *(f"- Note: {text(said)}\n" for said in figures.notes_of(report)[:MOST_REMARKS])]
    said = [_figures(report, is_claim=facts.origin.is_fork), "\n".join(_findings(report, most_findings))]
    parts = [f"### {_title(report)}\n", f"From {_named(one.name, limit=200)}.\n", about, "".join(remarks),
             *(said if any(said) else [_NOTHING])]
    return "\n".join(part for part in parts if part)


def _figures(report: Report, *, is_claim: bool) -> str:
    ordered = figures.worst_first(report.metrics)
    # Those with a target are what the report was made for; the rest follows as far as there is room.
    chosen = [*(metric for metric in ordered if metric.target is not None),
              *(metric for metric in ordered if metric.target is None and metric.value is not None)]
    if not chosen:
        return ""
    previous = figures.previous_values(report)
    rows = [_figure_row(metric, figures.change_of(metric, previous), is_claim=is_claim)
            for metric in chosen[:MOST_FIGURES]]
    used, headers, kept = used_columns(("Figure", "Value", "Target", "Trend"), rows)
    numeric = [place for place, column in enumerate(used) if column == 1]
    left_out = len(report.metrics) - len(rows)
    more = f"\n{left_out:,} more {'figure is' if left_out == 1 else 'figures are'} in the report.\n" if left_out else ""
    return table(headers, kept, numeric=numeric) + more


def _figure_row(metric: Metric, change: str, *, is_claim: bool) -> tuple[Markdown, ...]:
    target = Markdown("")
    if metric.target is not None and metric.status is not None:
        sign = "claims" if is_claim else figures.STATUS_SIGNS[metric.status]
        target = Markdown(f"{sign} {metric.status}, {text(figures.target_of(metric.target, metric.unit), limit=60)}")
    return (text(figures.title_of(metric.name, metric.labels), limit=160), text(figures.value_of(metric), limit=60),
            target, text(change, limit=60))


def _findings(report: Report, most: int) -> Iterator[str]:
    if not report.findings:
        return
    shown = figures.gravest_first(report.findings)[:most]
    if shown:
        _, headers, rows = used_columns(("Severity", "Finding", "Detail", "Where"),
                                        [_finding_row(finding) for finding in shown])
        yield table(headers, rows)
    left_out = len(report.findings) - len(shown)
    if left_out:
        noun = "finding is" if left_out == 1 else "findings are"
        yield f"{left_out:,} more {noun} in the report.\n" if shown else f"{left_out:,} {noun} in the report.\n"


def _finding_row(finding: Finding) -> tuple[Markdown, ...]:
    line = "" if finding.line is None else f":{finding.line}"
    where = Markdown("") if finding.file is None else _named(f"{finding.file}{line}", limit=160)
    return (Markdown(f"{_SIGNS[finding.severity]} {finding.severity}"), text(finding.title, limit=200) or
            text(finding.rule), text(finding.detail, limit=300), where)


def _refused(refused: Sequence[RefusedReport]) -> str:
    if not refused:
        return ""
    lines = "".join(f"- {_named(one.name, limit=200)} {text(one.why, limit=300)}\n" for one in refused)
    return f"### Not read\n\n{lines}"
