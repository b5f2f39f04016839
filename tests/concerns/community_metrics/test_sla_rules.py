"""Rules of service level: how they are written, what is refused and how, and which one counts."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from repo_vitals.clock import BusinessDays
from repo_vitals.concerns.community_metrics.sla_presets import PRESETS
from repo_vitals.concerns.community_metrics.sla_rules import RULES, Rule, applying, preset

DAY = timedelta(days=1)


def counted(text: str, phase: str, *, channel: Any = "issue", type: str = "none",  # noqa: A002
            priority: str = "none") -> str | None:
    rule = applying(RULES.parse(text), phase, channel=channel, type=type, priority=priority)
    return None if rule is None else str(rule).partition(": ")[2]


# How they are written


def test_a_rule_names_a_phase_its_selectors_and_a_time() -> None:
    assert RULES.parse("first-response priority=critical type=security: 4h") == (
        Rule(phase="first-response", within=timedelta(hours=4), priority="critical", type="security"),)
    assert RULES.parse("resolution: 2w") == (Rule(phase="resolution", within=14 * DAY),)


def test_a_range_is_a_goal_and_a_target() -> None:
    assert RULES.parse("triage channel=pull-request level=2: 1bd - 2bd") == (
        Rule(phase="triage", within=BusinessDays(2), goal=BusinessDays(1), channel="pull_request", level=2),)


def test_presets_and_rules_come_in_any_mixture_and_keep_their_order() -> None:
    mixed = RULES.parse("p0-p3, critical-low\n\nresolution: 2w\nbusiness")
    assert mixed == (*preset("p0-p3"), *preset("critical-low"), Rule(phase="resolution", within=14 * DAY),
                     *preset("business"))


def test_the_file_takes_a_string_and_an_array_of_strings_and_tables() -> None:
    assert RULES.from_toml("business") == preset("business")
    assert RULES.from_toml([
        "business, triage: 4h",
        {"phase": "first-response", "within": "1d-3d", "type": "docs", "channel": "discussion", "level": 1},
    ]) == (*preset("business"), Rule(phase="triage", within=timedelta(hours=4)),
           Rule(phase="first-response", within=3 * DAY, goal=DAY, type="documentation", channel="discussion", level=1))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_what_is_shown_reads_back_as_the_same_rules(name: str) -> None:
    assert RULES.parse(RULES.show(preset(name))) == preset(name)


# What is refused


@pytest.mark.parametrize(("text", "said"), [
    ("bussiness", 'has a mistake in line 1: "bussiness" is no preset (did you mean business?); a rule of your own'),
    ("business\nfirst-respons: 4h", 'line 2: "first-respons" is no phase (did you mean first-response?)'),
    ("first-response prio=critical: 4h", '"prio=critical" selects by no known word (did you mean priority?)'),
    ("first-response priority=critcal: 4h", '"critcal" is no priority (did you mean critical?); other labels can be'),
    ("first-response type=securty: 4h", '"securty" is no type (did you mean security?)'),
    ("first-response channel=discusion: 4h", '"discusion" is no channel (did you mean discussion?)'),
    ("first-response level=4: 4h", '"4" is no level (known: 1, 2, 3)'),
    ("first-response priority: 4h", '"priority" lacks a value; write priority=… without blanks'),
    ("first-response type=bug type=security: 4h", '"type=security" is the second type of one rule'),
    ("first-response 4h", '"first-response 4h" has no colon and time; a rule reads first-response'),
    ("first-response: 4x", '"4x" has an unknown unit "x"'),
    ("first-response: 0h", '"0h" is not between 1s and 3660d'),
    ("first-response:", '"" is no time; write 24h, 2bd or a range such as 1d-3d'),
    ("first-response: 3d-1d", '"3d-1d" ends before it begins'),
    ("first-response: 1d-2bd", '"1d-2bd" mixes business days with other time'),
    (": 4h", "nothing stands before the colon"),
    ("triage channel=discussion: 4h", "GitHub keeps no history of a discussion's labels"),
])
def test_a_mistake_is_told_with_its_line_its_word_and_the_closest_valid_ones(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        RULES.parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(("value", "said"), [
    (7, "needs a string, or an array of strings and tables"),
    ([7], "needs a string, or an array of strings and tables"),
    (["business", {"phase": "triage"}], "entry 2: within is missing"),
    ([{"phase": "triage", "withn": "4h"}], 'entry 1: "withn" is no key of a rule (did you mean within?)'),
    ([{"phase": "triage", "within": 4}], "entry 1: within needs a string"),
    ([{"phase": "triage", "within": "4h", "level": True}], "entry 1: level needs an integer"),
    ([{"phase": "triage", "within": "4h", "priority": "hihg"}], '"hihg" is no priority (did you mean high?)'),
])
def test_a_mistake_in_the_file_is_told_with_its_entry(value: Any, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        RULES.from_toml(value)
    assert said in str(refused.value)


# Which one counts


def test_the_rule_with_most_selectors_counts_wherever_it_stands() -> None:
    text = "first-response type=bug priority=high: 1h\nfirst-response type=bug: 2h\nfirst-response: 3h"
    assert counted(text, "first-response", type="bug", priority="high") == "1h"
    assert counted(text, "first-response", type="bug") == "2h"
    assert counted(text, "first-response", priority="high") == "3h"
    assert counted(text, "resolution") is None


def test_of_rules_as_specific_the_later_counts_so_that_an_own_one_outdoes_a_preset() -> None:
    assert counted("business\nfirst-response: 8h", "first-response") == "8h"
    assert counted("first-response: 8h\nbusiness", "first-response") == "2bd"


@pytest.mark.parametrize(("number", "word"), [("p0", "critical"), ("p1", "high"), ("p2", "medium"), ("p3", "low")])
def test_priorities_by_number_and_by_word_are_the_same(number: str, word: str) -> None:
    for written in (number, word):
        for labelled in (number, word):
            assert counted(f"first-response priority={written}: 4h", "first-response", priority=labelled) == "4h"


def test_triage_is_of_issues_unless_a_rule_says_otherwise() -> None:
    assert [counted("triage: 24h", "triage", channel=channel)
            for channel in ("issue", "pull_request", "discussion")] == ["24h", None, None]
    assert counted("triage channel=pull-request: 24h", "triage", channel="pull_request") == "24h"


# The presets, row by row of the tables that they are made from


@pytest.mark.parametrize(("preset", "phase", "item", "within"), [
    # Priority levels of triage: critical (P0) 4 hours … low (P3) 1 week; initial assessment within 24 hours.
    ("p0-p3", "first-response", {"priority": "p0"}, "4h"),
    ("p0-p3", "first-response", {"priority": "critical", "type": "bug"}, "4h"),
    ("p0-p3", "first-response", {"priority": "p1"}, "24h"),
    ("p0-p3", "first-response", {"priority": "p2", "channel": "pull_request"}, "3d"),
    ("p0-p3", "first-response", {"priority": "p3"}, "7d"),
    ("p0-p3", "first-response", {}, None),
    ("p0-p3", "triage", {}, "24h"),
    ("p0-p3", "resolution", {"priority": "p0"}, None),
    # Classification of security issues: response < 4 hours, < 24 hours, < 72 hours, < 1 week.
    ("critical-low", "first-response", {"type": "security", "priority": "critical"}, "4h"),
    ("critical-low", "first-response", {"type": "security", "priority": "high"}, "24h"),
    ("critical-low", "first-response", {"type": "security", "priority": "p2"}, "3d"),
    ("critical-low", "first-response", {"type": "security", "priority": "low"}, "7d"),
    ("critical-low", "first-response", {"type": "bug", "priority": "critical"}, None),
    # Security response process: acknowledged in 4 hours, investigated in 24, fixed in 7 days, disclosed in 14.
    ("critical-low", "acknowledge", {"type": "security"}, "4h"),
    ("critical-low", "investigate", {"type": "security", "priority": "low"}, "24h"),
    ("critical-low", "fix", {"type": "security"}, "7d"),
    ("critical-low", "disclose", {"type": "security"}, "2w"),
    ("critical-low", "acknowledge", {"type": "bug", "priority": "critical"}, None),
    # Target metrics: response < 2 business days, bugs < 2 weeks, features evaluated within 1 week, security < 24 hours.
    ("business", "first-response", {}, "2bd"),
    ("business", "first-response", {"channel": "discussion", "type": "question"}, "2bd"),
    ("business", "first-response", {"type": "security"}, "24h"),
    ("business", "triage", {"type": "bug"}, "2bd"),
    ("business", "resolution", {"type": "bug"}, "2w"),
    ("business", "resolution", {"type": "feature"}, None),
    ("business", "evaluation", {"type": "feature"}, "7d"),
    ("business", "evaluation", {"type": "enhancement"}, "7d"),
    ("business", "evaluation", {"type": "bug"}, None),
    # Support channel matrix.
    ("channels", "first-response", {"type": "question"}, "1d-3d"),
    ("channels", "first-response", {"channel": "discussion"}, "1d-3d"),
    ("channels", "first-response", {"type": "bug"}, "1d-2d"),
    ("channels", "first-response", {"type": "feature"}, "7d"),
    ("channels", "first-response", {"type": "security"}, "4h-24h"),
    ("channels", "first-response", {"type": "performance"}, "2d-3d"),
    ("channels", "first-response", {"type": "documentation"}, "3d-5d"),
    ("channels", "first-response", {"type": "documentation", "channel": "pull_request"}, "3d-5d"),
    ("channels", "first-response", {"type": "security", "channel": "discussion"}, "4h-24h"),
    # Support levels 2 and 3: triage in 1 to 2 business days, resolution in a week; critical bugs in 4 to 24 hours.
    ("channels", "first-response", {"type": "bug", "priority": "p0"}, "4h-24h"),
    ("channels", "triage", {}, "1bd-2bd"),
    ("channels", "resolution", {"type": "bug"}, "7d"),
    ("channels", "resolution", {"type": "performance"}, "7d"),
    ("channels", "resolution", {"type": "question"}, None),
])
def test_a_preset_promises_what_its_table_says(
        preset: str, phase: str, item: dict[str, Any], within: str | None) -> None:
    # `24h` and `1d` are one time: what is shown is compared as it is shown.
    assert counted(preset, phase, **item) == (None if within is None else counted(f"{phase}: {within}", phase))


@pytest.mark.parametrize(("item", "level"), [
    ({"type": "question"}, 1), ({"channel": "discussion"}, 1), ({"type": "bug"}, 2), ({"type": "feature"}, 2),
    ({"type": "performance"}, 2), ({"type": "documentation"}, 2), ({"type": "security"}, 3),
    ({"priority": "critical"}, 3),
])
def test_the_channels_say_which_level_of_support_answers(item: dict[str, Any], level: int) -> None:
    rule = applying(preset("channels"), "first-response",
                    **{"channel": "issue", "type": "none", "priority": "none", **item})    # type: ignore[arg-type]
    assert rule is not None
    assert rule.level == level
