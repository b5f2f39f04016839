"""Several repositories in one summary: the worst first, what is behind it folded."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.render.combined import Combined, Entry, combined_markdown, combined_text, in_one_line
from repo_vitals.render.view import View
from repo_vitals.report.model import Cost
from support import markdown_reader
from support.reports import due, finding, metric, report, sample_with_agenda

SNAPSHOTS = Path(__file__).parents[1] / "data" / "report"
HEADLINES = (("issues_open", {}), ("issue_first_response_seconds", {"quantile": "0.5"}),
             ("binary_size_bytes", {"target": "none"}))


def entry(name: str = "acme/widget", *, said: str = "all is well", path: str = "out/x.json", **given: Any) -> Entry:
    return Entry(repository=name, report=report(repository=name, **given), said=said, path=path)


def missing(name: str = "acme/none") -> Entry:
    return Entry(repository=name, report=None, said=f"repository {name}: not found on GitHub", path="")


def combined(*entries: Entry, headlines: Any = HEADLINES) -> Combined:
    return Combined(monitor="community-metrics", entries=entries, headlines=headlines,
                    cost=Cost(requests=40, graphql_points=55, seconds=9.5))


def written(*entries: Entry, view: View | None = None, **more: Any) -> str:
    return combined_markdown(combined(*entries), view=view or View(), **more)


def several() -> Combined:
    """Of everything one, for whole-text snapshots."""
    whole = replace(sample_with_agenda(), repository="acme/widget")
    return combined(
        entry("acme/tool", metrics=(metric("issues_open", 3),)),
        missing(),
        Entry(repository="acme/widget", report=whole, said=whole.summary, path="out/acme/widget.json"),
        entry("acme/empty", status="unknown", said="nothing to measure", path="out/acme/empty.json",
              metrics=(metric("issues_open", 0),)),
        entry("acme/some_site", status="warn", said="one broken link", path="out/acme/some_site.json",
              findings=(finding(severity="medium", title="A link | is broken"),)),
    )


def test_the_whole_summary_and_the_whole_log():
    run = "https://github.com/acme/ops/actions/runs/1"
    assert combined_markdown(several(), run_url=run) == (SNAPSHOTS / "combined.md").read_text(encoding="utf-8")
    assert combined_text(several()) == (SNAPSHOTS / "combined.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("entries", "said"), [
    ((entry(),), "1 repository: 1 pass; 0 findings"),
    ((entry(), entry(findings=(finding(),), status="fail"), missing(), entry(status="warn"), entry(status="unknown")),
     "5 repositories: 1 fail, 1 not measured, 1 unknown, 1 warn, 1 pass; 1 finding"),
])
def test_all_of_them_in_one_line(entries, said):
    assert in_one_line(entries) == said


@pytest.mark.parametrize(("entries", "status"), [
    ((entry(),), "✅ Community metrics: pass"), ((entry(), missing()), "❔ Community metrics: unknown"),
    ((missing(), entry(status="fail")), "❌ Community metrics: fail"),
    ((entry(status="warn"), entry()), "⚠️ Community metrics: warn")])
def test_the_verdict_is_the_worst_of_all(entries, status):
    assert written(*entries).startswith(f"## {status}\n")


def test_the_worst_come_first_and_of_equals_those_with_more_findings():
    some = (finding(),)
    made = written(entry("a/pass"), entry("a/warn", status="warn"), entry("b/fail", status="fail", findings=some),
                   entry("a/fail", status="fail"), entry("A/also", status="fail"), missing("z/none"),
                   entry("a/unknown", status="unknown"))
    assert [row[0] for row in markdown_reader.read(made.split("<details>")[0]).rows] == [
        "Repository", "b/fail", "A/also", "a/fail", "z/none", "a/unknown", "a/warn", "a/pass"]


def test_figures_that_no_repository_has_make_no_column():
    rows = markdown_reader.read(written(entry(metrics=(metric("issues_open", 3),)), entry("a/b"))).rows
    assert rows == [["Repository", "Status", "Findings", "Issues open"], ["a/b", "✅ pass", "0", ""],
                    ["acme/widget", "✅ pass", "0", "3"]]


def test_the_table_is_no_wider_than_a_page_and_hidden_figures_make_room_for_others():
    ratios = [metric("issue_response_sla_ratio", 0.5, priority=str(number)) for number in range(8)]
    made = combined(entry(metrics=(*ratios, metric("issues_open", 3))),
                    headlines=(("issues_open", {}), *((ratio.name, ratio.labels) for ratio in ratios)))
    whole, some = (markdown_reader.read(combined_markdown(made, view=View(hidden=frozenset(hidden)))).rows[0]
                   for hidden in ((), ("issues_open",)))
    assert (len(whole), len(some)) == (3 + 6, 3 + 6)
    assert (whole[3], some[3], some[-1]) == ("Issues open", "Issue response SLA ratio, priority 0",
                                             "Issue response SLA ratio, priority 5")


def test_where_all_pass_nothing_is_folded():
    assert "<details>" not in written(entry(), entry("a/b"))


def test_details_show_the_first_of_the_agenda_and_where_the_rest_is():
    made = written(entry(status="fail", data={"agenda": [due(number, -number) for number in range(1, 9)]},
                         findings=(finding(title="Twice"),)))
    folded = made.split("<details>")[1]
    assert folded.count("| overdue ") == 5
    assert "3 more are in the JSON report." in folded
    assert "Twice" not in folded
    assert "Report: `out/x.json`" in folded


def test_details_show_findings_where_there_is_no_agenda():
    some = tuple(finding(subject=str(number), title=f"Finding {number}") for number in range(8))
    folded = written(entry(status="fail", findings=some)).split("<details>")[1]
    assert folded.count("Finding ") == 5 + 1    # and the head of the column
    assert "3 more are in the JSON report." in folded


def test_what_a_reader_hides_is_left_out():
    made = (entry(status="fail", metrics=(metric("issues_open", 3),), data={"agenda": [due(7)]},
                  findings=(finding(title="Shown"),)),)
    assert "Issues open" not in written(*made, view=View(hidden=frozenset({"figures"})))
    hidden = written(*made, view=View(hidden=frozenset({"agenda"})))
    assert "overdue" not in hidden
    assert "Shown" in hidden
    assert "Shown" not in written(*made, view=View(hidden=frozenset({"agenda", "findings"})))
    assert "Issues open" not in written(*made, view=View(hidden=frozenset({"issues_*"})))


def test_of_very_many_repositories_the_worst_are_shown_and_the_rest_counted():
    made = written(*(entry(f"acme/r{number:03}") for number in range(130)), missing())
    rows = markdown_reader.read(made.split("<details>")[0]).rows
    assert (len(rows), rows[1][0]) == (101, "acme/none")
    assert "31 more are in the JSON report" in made


def test_of_very_many_that_are_not_well_fifty_have_details():
    made = written(*(entry(f"acme/r{number:03}", status="warn") for number in range(60)))
    assert made.count("#### ") == 50
    assert "<summary>What is behind it (60)</summary>" in made
    assert "10 more are in the JSON reports." in made


@pytest.mark.parametrize("limit", [0, 100, 1000, 3000])
def test_it_is_cut_to_size(limit):
    made = combined_markdown(several(), limit_bytes=limit)
    assert len(made.encode()) <= limit
    assert made.count("<details>") == made.count("</details>")


def test_without_any_report_there_is_no_window():
    assert written(missing()).splitlines()[:3] == [
        "## ❔ Community metrics: unknown", "", "1 repository: 1 not measured; 0 findings"]
