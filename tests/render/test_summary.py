"""The job summary: what is wrong first, in a person's units, cut to size."""
from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from repo_vitals.render.figures import NOTHING
from repo_vitals.render.summary import summary_markdown
from repo_vitals.report.model import Cost, Target, Window
from support import markdown_reader
from support.reports import DEFINITIONS, NOW, finding, metric, report, sample

SNAPSHOT = Path(__file__).parents[1] / "data" / "report" / "summary.md"
RUN = "https://github.com/acme/widget/actions/runs/1"


def test_the_whole_summary():
    assert summary_markdown(sample(), DEFINITIONS, run_url=RUN) == SNAPSHOT.read_text(encoding="utf-8")


def test_the_same_report_gives_the_same_bytes_but_for_its_cost():
    dear = replace(sample(), cost=Cost(requests=999))
    first, second = (summary_markdown(made, DEFINITIONS).splitlines() for made in (sample(), dear))
    assert [one for one, other in zip(first, second, strict=True) if one != other] == [
        "<sub>Cost: 37 requests, 52 GraphQL points, 1 retry, 8.2 s.</sub>"]


@pytest.mark.parametrize(("status", "heading"), [
    ("pass", "## ✅ Community metrics: pass"), ("warn", "## ⚠️ Community metrics: warn"),
    ("fail", "## ❌ Community metrics: fail"), ("unknown", "## ❔ Community metrics: unknown")])
def test_the_first_line_says_how_it_went(status, heading):
    assert summary_markdown(report(status=status), DEFINITIONS).splitlines()[0] == heading


def test_a_report_without_anything_says_just_that():
    assert summary_markdown(report(), DEFINITIONS) == (
        "## ✅ Community metrics: pass\n\n**acme/widget** · 2026-01-01 to 2026-01-31 (30 d)\n\nall is well\n\n\n"
        "<sub>Cost: 0 requests, 0 GraphQL points, 0.0 s.</sub>\n").replace("\n\n\n", "\n\n")


def test_a_report_about_one_moment_names_its_day_and_no_span_of_nothing():
    now = report().window.end
    made = summary_markdown(report(window=Window(start=now, end=now)), DEFINITIONS)
    assert made.splitlines()[2] == "**acme/widget** · as of 2026-01-31"


def test_a_column_that_would_be_empty_is_left_out():
    rows = markdown_reader.read(summary_markdown(report(metrics=(metric("issues_open", 3),)), DEFINITIONS)).rows
    assert rows == [["Figure", "Value", "Samples"], ["Issues open", "3", "1"]]


def test_breached_targets_stand_above_all_other_figures():
    breached = metric("binary_size_bytes", 9, target="x").judged(Target("<=", 8))
    made = report(metrics=(metric("issues_open", 3), breached))
    rows = markdown_reader.read(summary_markdown(made, DEFINITIONS)).rows
    assert [row[0] for row in rows] == ["Figure", "Binary size, target x", "Issues open"]


def test_of_many_figures_the_first_are_in_sight_and_the_others_are_folded():
    made = report(metrics=tuple(metric("binary_size_bytes", number, target=f"t{number}") for number in range(40)))
    in_sight, folded, _ = summary_markdown(made, DEFINITIONS).split("<details>")
    assert len(markdown_reader.read(in_sight).rows) == 1 + 15
    assert folded.startswith("<summary>25 more</summary>")
    assert [row[0] for row in markdown_reader.read(folded).rows[1:]] == [
        f"Binary size, target t{number}" for number in range(15, 40)]


def test_tables_of_the_monitors_own_stand_above_figures_and_charts_unless_there_is_an_agenda():
    own = [{"title": "Packages", "headers": ["Package"], "rows": [["widget"]]}]
    made = sample()
    written = summary_markdown(replace(made, data={**made.data, "sections": own}), DEFINITIONS)
    order = ["### What needs attention", "### Packages", "### Figures", "```mermaid"]
    assert sorted(order, key=written.index) == order
    with_agenda = summary_markdown(replace(made, data={**made.data, "sections": own, "agenda": []}), DEFINITIONS)
    assert with_agenda.index("### Figures") < with_agenda.index("### Packages")


def test_figures_for_which_there_was_nothing_to_measure_are_folded_unless_they_are_few_or_judged():
    def written(empty: int) -> list[str]:
        made = report(metrics=(
            metric("issues_open", 3),
            *(metric("binary_size_bytes", None, target=f"t{number}") for number in range(empty)),
            metric("binary_size_bytes", None, target="judged").judged(Target("<=", 8)),
            metric("issue_first_response_seconds", None, samples=4)))
        return summary_markdown(made, DEFINITIONS).split("<details>")

    in_sight, folded, _ = written(6)
    assert [row[:2] for row in markdown_reader.read(in_sight).rows[1:]] == [
        ["Binary size, target judged", NOTHING], ["Issues open", "3"], ["Issue first response", "not reached"]]
    assert folded.startswith("<summary>6 figures for which there was nothing to measure</summary>")
    assert folded.count("- Binary size, target t") == 6
    assert len(written(5)) == 2
    empty = tuple(metric("binary_size_bytes", None, target=f"t{number}") for number in range(6))
    only = summary_markdown(report(metrics=empty), DEFINITIONS)
    assert "### Figures\n\n<details><summary>6 figures" in only


def test_of_very_many_findings_the_gravest_are_shown_and_the_rest_counted():
    made = report(findings=tuple(finding(subject=f"issue {number}", title=f"issue {number}", severity=severity)
                                 for severity in ("low", "critical") for number in range(80)))
    written = summary_markdown(made, DEFINITIONS)
    document = markdown_reader.read(written)
    signs = [row[0] for row in document.rows if row[0] != "Severity"]
    assert signs == ["🟥 critical"] * 80 + ["🟡 low"] * 20
    assert "60 more are in the JSON report." in document.text
    in_sight, folded = written.split("<details><summary>145 more</summary>")
    assert in_sight.count("🟥") == 15
    assert folded.index("60 more are in the JSON report.") < folded.index("</details>")


def test_a_page_of_findings_is_shown_without_folding():
    made = report(findings=tuple(finding(subject=str(number)) for number in range(15)))
    assert " more</summary>" not in summary_markdown(made, DEFINITIONS)


@pytest.mark.parametrize("limit", [0, 10, 100, 500, 1000, 1500, 2000, 5000, 20_000])
def test_a_summary_is_cut_to_the_size_that_is_asked_for(limit):
    made = replace(sample(), findings=tuple(
        finding(subject=str(number), title=f"é {number} " + "x" * 200, since=NOW - timedelta(hours=number))
        for number in range(90)))
    written = summary_markdown(made, DEFINITIONS, limit_bytes=limit)
    assert len(written.encode()) <= limit
    if limit >= 100:
        assert written.endswith("_The summary was cut here for its size; the JSON report has everything._\n")
        document = markdown_reader.read(written)
        assert {len(row) for row in document.rows} <= {4}
        assert len(document.rows) != 1


def test_a_bad_link_to_the_run_is_left_out():
    assert "javascript" not in summary_markdown(report(), DEFINITIONS, run_url="javascript:alert(1)")
