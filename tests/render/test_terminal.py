"""The report in a terminal and in a log."""
from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from repo_vitals.render.terminal import plain_report, rich_print
from support.reports import DEFINITIONS, finding, metric, report, sample

SNAPSHOT = Path(__file__).parents[1] / "data" / "report" / "terminal.txt"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_whole_report():
    assert plain_report(sample(), DEFINITIONS) == SNAPSHOT.read_text(encoding="utf-8")


def test_a_report_without_anything():
    assert plain_report(report(), DEFINITIONS) == (
        "community-metrics: PASS  acme/widget  2026-01-01 to 2026-01-31\nall is well\n\n"
        "cost: 0 requests, 0 GraphQL points, 0.0 s\n")


def test_of_many_findings_twenty_are_shown():
    made = report(findings=tuple(finding(subject=str(number)) for number in range(33)))
    shown = plain_report(made, DEFINITIONS)
    assert shown.count("It breaks") == 20
    assert "  13 more in the JSON report\n" in shown


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
                  "#7 `panic` in <main> | @acme/core", "Issue response SLA ratio, priority p1", "90 % (0.89999)",
                  "▲ from 1,200", "Open issues: ▁ █", "cost: 37 requests"):
        assert words in bare


def test_markup_in_a_title_is_just_text(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Terminal()
    title = "[red]x[/red] [link=https://evil.example]y[/] :skull:"
    rich_print(report(findings=(finding(title=title),)), DEFINITIONS, screen)
    assert title in screen.getvalue()
    assert "]8;" not in screen.getvalue()
