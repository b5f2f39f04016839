"""The report in a terminal and in a log."""
from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from repo_vitals.render.terminal import plain_report, rich_print
from repo_vitals.render.view import SECTIONS, View
from support.reports import DEFINITIONS, due, finding, metric, report, sample, sample_with_agenda

SNAPSHOTS = Path(__file__).parents[1] / "data" / "report"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_whole_report():
    assert plain_report(sample(), DEFINITIONS) == (SNAPSHOTS / "terminal.txt").read_text(encoding="utf-8")
    assert plain_report(sample_with_agenda(), DEFINITIONS) == (SNAPSHOTS / "agenda.txt").read_text(encoding="utf-8")


def test_a_report_without_anything():
    assert plain_report(report(), DEFINITIONS) == (
        "community-metrics: PASS  acme/widget  2026-01-01 to 2026-01-31\nall is well\n\n"
        "cost: 0 requests, 0 GraphQL points, 0.0 s\n")


def test_of_many_findings_twenty_are_shown():
    made = report(findings=tuple(finding(subject=str(number)) for number in range(33)))
    shown = plain_report(made, DEFINITIONS)
    assert shown.count("It breaks") == 20
    assert "  13 more in the JSON report\n" in shown


def test_a_long_agenda_takes_no_more_than_a_screen():
    made = report(data={"agenda": [due(number, -number, title="x" * 200) for number in range(1, 41)]})
    lines = plain_report(made, DEFINITIONS).split("\ncost:")[0].splitlines()
    assert lines[3] == "What needs an answer today (40): 40 overdue"
    assert len([line for line in lines if " #" in line]) == 12
    assert "  28 more in the JSON report" in lines
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 132


def test_groups_of_the_agenda_have_titles_and_common_columns():
    entries = [due(1, -1, owes="author"), due(2, -200, owes="maintainers")]
    shown = plain_report(report(data={"agenda": entries}), DEFINITIONS, View(group_by="owes"))
    assert """\
  Owed by maintainers (1)
  overdue 8.3 d (2026-01-22)  first response  maintainers    #2 Title 2
  Owed by author (1)
  overdue 1 h (2026-01-31)    first response  author         #1 Title 1
""" in shown


def test_an_empty_agenda_says_so_and_a_hidden_one_nothing():
    made = report(data={"agenda": []})
    assert "\nWhat needs an answer today: nothing\n" in plain_report(made, DEFINITIONS)
    assert "answer today" not in plain_report(made, DEFINITIONS, View(hidden=frozenset({"agenda"})))


def test_figures_for_which_there_was_nothing_to_measure_are_counted_in_a_line(monkeypatch):
    made = report(metrics=(
        metric("issues_open", 3), *(metric("binary_size_bytes", None, target=f"t{number}") for number in range(6))))
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Terminal()
    rich_print(made, DEFINITIONS, screen)
    for said in (plain_report(made, DEFINITIONS), re.sub("\x1b\\[[0-9;]*m", "", screen.getvalue())):
        assert "  6 more are in the JSON report: there was nothing to measure for them" in said
        assert ("Issues open" in said, "Binary size" in said) == (True, False)


def test_what_a_reader_hides_is_left_out_of_the_log_too():
    shown = plain_report(sample_with_agenda(), DEFINITIONS, View(hidden=frozenset(SECTIONS)))
    assert shown.splitlines()[4:] == ["", "cost: 37 requests, 52 GraphQL points, 1 retry, 8.2 s"]
    some = plain_report(sample(), DEFINITIONS, View(hidden=frozenset({"trends", "issue_*"})))
    assert "▲" not in some
    assert "Over time" not in some
    assert "Issue first response" not in some
    assert "Issues open" in some


def test_columns_stay_under_each_other_with_wide_and_combining_letters():
    made = report(metrics=tuple(metric("issue_response_sla_ratio", 0.5, priority=words)
                                for words in ("日本", "e\u0301", "abcd", "👩\u200d💻")))
    rows = [line for line in plain_report(made, DEFINITIONS).splitlines() if "50 %" in line]
    assert [line.split("priority ")[1].split("  ")[0] for line in rows] == ["日本", "e\u0301", "abcd", "👩\u200d💻"]
    assert [re.sub(".*priority ", "", line) for line in rows] == [
        "日本  50 %  n=1", "e\u0301     50 %  n=1", "abcd  50 %  n=1", "👩\u200d💻  50 %  n=1"]


def test_where_nobody_looks_rich_prints_plain_text():
    log = io.StringIO()
    rich_print(sample(), DEFINITIONS, log)
    assert log.getvalue() == plain_report(sample(), DEFINITIONS)


def test_without_rich_a_terminal_gets_plain_text_too(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    screen = Terminal()
    rich_print(sample(), DEFINITIONS, screen)
    assert screen.getvalue() == plain_report(sample(), DEFINITIONS)


def test_a_terminal_gets_colours_and_links(monkeypatch):
    pytest.importorskip("rich")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Terminal()
    rich_print(sample(), DEFINITIONS, screen)
    shown = screen.getvalue()
    assert "\x1b[1;31mcommunity-metrics: FAIL" in shown
    assert re.search("\x1b]8;[^;]*;https://github.com/acme/widget/issues/7\x1b\\\\", shown)
    bare = re.sub("\x1b\\[[0-9;]*m|\x1b]8;[^\x1b]*\x1b\\\\", "", shown)
    for words in ("incomplete: discussions: the last page was refused", "note: acme/widget is archived", "Findings (3)",
                  "#7 `panic` in <main> | @acme/core", "Issue response SLA ratio, priority p1", "89.9 % (0.89999)",
                  "▲ from 1,200", "Open issues: ▁ █", "cost: 37 requests"):
        assert words in bare


def test_a_terminal_gets_the_agenda_with_links_and_its_groups(monkeypatch):
    pytest.importorskip("rich")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "140")
    screen = Terminal()
    rich_print(sample_with_agenda(), DEFINITIONS, screen, View(group_by="kind"))
    assert re.search("\x1b]8;[^;]*;https://github.com/acme/widget/issues/3\x1b\\\\", screen.getvalue())
    bare = re.sub("\x1b\\[[0-9;]*m|\x1b]8;[^\x1b]*\x1b\\\\", "", screen.getvalue())
    for words in ("What needs an answer today (3): 2 overdue", "Issues (2)", "Discussions (1)",
                  "first response (also triage)", "#3 Wrong totals | @acme/core", "1 about what is listed above"):
        assert words in bare


def test_markup_in_a_title_is_just_text(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Terminal()
    title = "[red]x[/red] [link=https://evil.example]y[/] :skull:"
    rich_print(report(findings=(finding(title=title),)), DEFINITIONS, screen)
    assert title in screen.getvalue()
    assert "]8;" not in screen.getvalue()
