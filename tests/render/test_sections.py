"""What a monitor adds to its summary: an agenda, trends, service levels, people; and what a reader leaves out."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from repo_vitals.render.summary import summary_markdown
from repo_vitals.render.view import SECTIONS, View
from support import markdown_reader
from support.reports import DEFINITIONS, due, finding, metric, report, sample, sample_with_agenda

SNAPSHOT = Path(__file__).parents[1] / "data" / "report" / "agenda.md"


def written(data, view=None, **more):
    return summary_markdown(report(data=data, **more), DEFINITIONS, view=view or View())


def lines_of(markdown):
    return [line for line in markdown.splitlines() if line]


def test_the_whole_summary():
    assert summary_markdown(sample_with_agenda(), DEFINITIONS) == SNAPSHOT.read_text(encoding="utf-8")


def test_an_empty_agenda_says_that_nothing_is_to_do():
    assert "### What needs an answer today\n\nNothing.\n" in written({"agenda": []})
    assert "answer today" not in written({})


def test_the_items_of_the_agenda_are_links_that_leave_no_trace():
    document = markdown_reader.read(written({"agenda": [due(7), due(8, url="javascript:x"), due(9, url=None)]}))
    assert document.links == ["https://redirect.github.com/acme/widget/issues/7"]
    assert len(document.rows) == 4


def test_columns_that_no_row_fills_are_left_out():
    rows = markdown_reader.read(written({"agenda": [due(7, owes=None)]})).rows
    assert rows[0] == ["Due", "Item", "What"]
    assert markdown_reader.read(written({"agenda": [due(7, priority="p0")]})).rows[0] == [
        "Due", "Item", "What", "Owed by", "Priority"]


def test_of_a_long_agenda_fifteen_rows_are_in_sight_and_a_hundred_to_unfold():
    made = written({"agenda": [due(number, -number) for number in range(1, 131)]})
    in_sight, folded = made.split("<details><summary>115 more</summary>")
    assert "### What needs an answer today (130)" in in_sight
    assert in_sight.count("overdue ") == 15
    assert folded.count("overdue ") == 85
    assert "30 more are in the JSON report." in folded.split("</details>")[0]


def test_groups_share_the_rows_in_sight():
    entries = [*(due(number) for number in range(1, 41)), *(due(number, kind="discussion") for number in range(41, 51))]
    made = written({"agenda": entries}, View(group_by="kind"))
    issues, discussions = made.split("#### Discussions (10)\n")
    assert "#### Issues (40)\n" in issues
    assert [part.split("<details>")[0].count("| overdue") for part in (issues, discussions)] == [8, 7]
    assert "<summary>32 more</summary>" in issues
    assert "<summary>3 more</summary>" in discussions


@pytest.mark.parametrize(("group_by", "headers"), [
    ("kind", ["Due", "Item", "What", "Owed by", "Priority"]), ("owes", ["Due", "Item", "What", "Priority"]),
    ("priority", ["Due", "Item", "What", "Owed by"])])
def test_what_a_groups_title_says_has_no_column(group_by, headers):
    made = written({"agenda": [due(7, priority="p0")]}, View(group_by=group_by))
    assert markdown_reader.read(made).rows[0] == headers


def test_a_group_beyond_what_is_shown_is_only_counted_at_the_top():
    made = written({"agenda": [due(number, type=f"type {number:03}") for number in range(120)]}, View(group_by="type"))
    assert "### What needs an answer today (120)" in made
    assert made.count("\n#### ") == 100


def test_findings_about_items_of_the_agenda_are_folded_and_the_others_stay():
    about = tuple(finding(subject=str(number), title=f"About {number}", url=due(number)["url"]) for number in range(40))
    others = tuple(finding(subject=f"other {number}", title=f"Other {number}") for number in range(3))
    made = written({"agenda": [due(number) for number in range(40)]}, findings=(*about, *others))
    before, after = made.split("<details><summary>40 findings about items of the agenda</summary>")
    assert "### What needs attention (3)" in before
    assert "About" not in before
    assert (before.count("Other "), after.count("About "), after.count("Other ")) == (3, 40, 0)


def test_where_all_findings_are_about_the_agenda_nothing_else_needs_attention():
    made = written({"agenda": [due(7)]}, findings=(finding(url=due(7)["url"]),))
    assert "needs attention" not in made
    assert "<summary>1 finding about items of the agenda</summary>" in made


def test_where_the_agenda_is_hidden_its_findings_stand_in_sight():
    made = written({"agenda": [due(7)]}, View(hidden=frozenset({"agenda"})), findings=(finding(url=due(7)["url"]),))
    assert "### What needs attention (1)" in made
    assert "of the agenda" not in made


@pytest.mark.parametrize(("section", "words"), [
    ("agenda", "What needs an answer today"), ("findings", "What needs attention"), ("trends", "### Trends"),
    ("figures", "### Figures"), ("sla", "### Service levels"), ("lists", "### First responses by"),
    ("definitions", "What the figures mean"),
])
def test_each_section_can_be_left_out_and_the_rest_stays(section, words):
    whole = lines_of(summary_markdown(sample_with_agenda(), DEFINITIONS))
    without = lines_of(summary_markdown(sample_with_agenda(), DEFINITIONS, view=View(hidden=frozenset({section}))))
    assert any(words in line for line in whole)
    assert not any(words in line for line in without)
    headings = [line for line in whole if line.startswith("### ")]
    assert len([line for line in without if line.startswith("### ")]) >= len(headings) - 2


def test_with_everything_left_out_verdict_caveats_and_cost_remain():
    made = summary_markdown(sample_with_agenda(), DEFINITIONS, view=View(hidden=frozenset(SECTIONS)))
    assert [line.split(":")[0] for line in lines_of(made)] == [
        "## ❌ Community metrics", "**acme/widget** · 2026-01-01 to 2026-01-31 (30 d)",
        "1 open issue awaits a response for over 24 h; median first response 3.2 h", "- ⚠️ Incomplete", "- Note",
        "<sub>Cost"]


def test_a_section_that_there_is_none_of_is_a_mistake():
    with pytest.raises(ValueError, match="charts is no section"):
        View().shows("charts")


@pytest.mark.parametrize(("pattern", "left"), [
    ("issues_open", {"Issue first response", "Issue response SLA ratio", "Binary size"}),
    ("issue_*", {"Issues open", "Binary size"}), ("issue?_*", {"Issue first response", "Issue response SLA ratio",
                                                               "Binary size"}),
    ("ISSUES_OPEN", {"Issues open", "Issue first response", "Issue response SLA ratio", "Binary size"})])
def test_figures_that_a_pattern_names_are_left_out_of_table_trends_and_definitions(pattern, left):
    made = summary_markdown(sample_with_agenda(), DEFINITIONS, view=View(hidden=frozenset({pattern})))
    for words in ("Issues open", "Issue first response", "Issue response SLA ratio", "Binary size"):
        assert (f"**{words}" in made) == (words in left)
        assert (f"| {words}" in made) == (words in left)


def test_hidden_trends_take_the_charts_and_the_column_with_them():
    made = summary_markdown(sample(), DEFINITIONS, view=View(hidden=frozenset({"trends"})))
    assert "mermaid" not in made
    assert "▲" not in made
    assert "| Figure | Value | Target | Samples |" in made


def test_what_moved_is_said_where_there_is_an_agenda():
    trend = [{"metric": "issues_open", "labels": {}, "previous": 90}]
    made = {"metrics": (metric("issues_open", 45),)}
    assert "### Trends\n\n- **Issues open**: 45, ▼ from 90\n" in written({"agenda": [], "trend": trend}, **made)
    assert "### Trends" not in written({"trend": trend}, **made)
    assert "### Trends" not in written({"agenda": []}, **made)


@pytest.mark.parametrize("said", [None, 3, [], {}, {"rows": None}, {"rows": []}, {"rows": [1, "x"]}])
def test_without_rows_there_are_no_service_levels(said):
    assert "Service levels" not in written({"sla": said})


def test_service_levels_show_what_tells_them_apart():
    rows = markdown_reader.read(written({"sla": {"rows": [
        {"phase": "triage", "channel": None, "type": "security", "priority": None, "met": 1, "breached": 2,
         "pending": 3, "due_soon": 0, "attainment": 1 / 3},
        {"phase": "fix", "met": None, "attainment": float("inf"), "type": None}]}})).rows
    assert rows == [["Phase", "Type", "Kept", "Met", "Breached", "Pending", "Due soon"],
                    ["triage", "security", "33.3 %", "1", "2", "3", "0"],
                    ["fix", "any", "\N{EN DASH}", "", "", "", ""]]


def test_people_are_named_without_being_called():
    document = markdown_reader.read(written({"sections": [
        {"title": "Thanks to", "headers": ["Person", "Commits"], "rows": [["Bo <bo@example.org>", "1"]]}]}))
    assert document.rows == [["Person", "Commits"], ["Bo <bo@\u200bexample.org>", "1"]]
    assert document.filtered == []


def test_a_column_of_a_monitors_own_table_that_no_row_fills_is_left_out():
    own = {"title": "Services", "headers": ["Service", "Up, 7 days", "Why"], "rows": [["website", "", "slow"]]}
    assert markdown_reader.read(written({"sections": [own]})).rows == [["Service", "Why"], ["website", "slow"]]


@pytest.mark.parametrize("data", [{"sections": 3}, {"sections": []}, {"sections": [{"title": "Thanks to"}]}])
def test_without_rows_there_are_no_lists(data):
    assert written(data) == written({})


def test_long_lists_are_folded():
    made = written({"sections": [{"title": "t", "headers": ["n"], "rows": [[f"m{n}"] for n in range(120)]}]})
    assert made.split("<details>")[0].count("| m") == 15
    assert "20 more are in the JSON report." in made


@pytest.mark.parametrize("limit", [200, 1000, 2000, 3000])
def test_a_summary_with_an_agenda_is_cut_to_size_too(limit):
    data = {**sample_with_agenda().data, "agenda": [due(number, title="é" * 200) for number in range(90)]}
    made = summary_markdown(replace(sample_with_agenda(), data=data), DEFINITIONS, limit_bytes=limit)
    assert len(made.encode()) <= limit
    assert made.count("<details>") == made.count("</details>")
    assert {len(row) for row in markdown_reader.read(made).rows} <= {4, 5}
