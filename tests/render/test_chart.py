"""Charts: Mermaid source and blocks."""
from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.render.chart import mermaid, sparkline
from repo_vitals.render.figures import Series
from support import hostile

VALUES = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))


def series(*values: float | None, unit: str = "count", title: str = "Open issues") -> Series:
    points = tuple((f"2026-01-{day:02}", value) for day, value in enumerate(values, 1))
    return Series(title=title, unit=unit, points=points)


def test_a_chart_in_a_colour_that_can_be_seen_on_white_and_on_dark():
    assert mermaid(series(3, None, 4.5)) == """\
```mermaid
%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#2f81f7"}}}}%%
xychart-beta
    title "Open issues"
    x-axis ["2026-01-01", "2026-01-03"]
    y-axis "count" 0 --> 4.5
    line [3, 4.5]
```
"""


def test_levels_are_a_second_line_at_the_points_that_have_a_value():
    drawn = mermaid(replace(series(3, None, 4.5, 5), levels=(3, 3, 4.8, 4.8)))

    assert drawn.count("    line ") == 2
    assert "    line [3, 4.5, 5]\n    line [3, 4.8, 4.8]\n" in drawn
    assert '"plotColorPalette": "#2f81f7,#d29922"' in drawn


def test_times_far_below_a_second_are_drawn_in_units_of_their_own():
    assert 'y-axis "microseconds" 0 --> 42\n' in mermaid(series(40e-6, 42e-6, unit="seconds"))


@pytest.mark.parametrize("values", [(), (1,), (None, None), (None, 1, None)])
def test_fewer_than_two_values_make_no_chart(values):
    assert mermaid(series(*values)) is None
    assert sparkline(values) == ""


@pytest.mark.parametrize(("unit", "values", "axis", "line"), [
    ("seconds", (3600, 86_400), '"hours" 0 --> 24', "[1, 24]"), ("seconds", (30, 60), '"seconds" 0 --> 60', "[30, 60]"),
    ("seconds", (86_400, 259_200), '"days" 0 --> 3', "[1, 3]"), ("seconds", (60, 600), '"minutes" 0 --> 10', "[1, 10]"),
    ("ratio", (0.5, 0.905), '"per cent" 0 --> 90.5', "[50, 90.5]"), ("bytes", (1e6, 3e6), '"MB" 0 --> 3', "[1, 3]"),
    ("count", (0, 0), '"count" 0 --> 1', "[0, 0]"), ("count", (-2, 2), '"count" -2 --> 2', "[-2, 2]"),
    ("count", (5, 6), '"count" 0 --> 6', "[5, 6]"), ("unheard of", (1, 2), '"count" 0 --> 2', "[1, 2]"),
])
def test_values_are_shown_in_units_that_people_use_from_zero_on(unit, values, axis, line):
    made = mermaid(series(*values, unit=unit))
    assert f"    y-axis {axis}\n    line {line}\n" in made


def test_long_series_are_thinned_but_keep_their_ends():
    made = mermaid(Series(title="t", points=tuple((str(day), float(day)) for day in range(1000))))
    labels = labels_of(made)
    assert (len(labels), labels[0], labels[-1]) == (60, "0", "999")


def labels_of(made: str) -> list[str]:
    return re.findall('"(.*?)"', re.search(r"x-axis \[(.*)\]", made)[1])


def seen(label: str) -> str:
    return label.strip("\u200b\u2060")


@pytest.mark.parametrize("number", [2, 6, 7, 30, 60])
def test_labels_that_would_be_written_over_each_other_are_not_seen(number):
    made = labels_of(mermaid(Series(title="t", points=tuple((f"2026-10-{day:02}", 1.0) for day in range(number)))))
    shown = [place for place, label in enumerate(made) if seen(label)]
    assert len(shown) == min(number, 6)             # of ten characters each, on an axis of 600 pixels
    assert (shown[0], shown[-1]) == (0, number - 1)
    apart = [after - before for before, after in pairwise(shown)]
    assert max(apart) - min(apart) <= 1
    assert all(made[place] == f"2026-10-{place:02}" for place in shown)
    assert len(set(made)) == number


def test_two_runs_of_one_commit_do_not_stand_above_each_other():
    made = labels_of(mermaid(Series(title="t", points=(("abc1234", 1.0), ("abc1234", 2.0), ("abc1234", 3.0)))))
    assert [seen(label) for label in made] == ["abc1234"] * 3
    assert len(set(made)) == 3


def test_a_chart_with_levels_says_which_line_is_which():
    legend = "```\n\nBlue: the values; orange: their usual level.\n"
    assert mermaid(replace(series(3, 4), levels=(3, 3))).endswith(legend)
    assert "orange" not in mermaid(series(3, 4))


@settings(deadline=None)
@given(hostile.text, st.lists(st.tuples(hostile.short, VALUES), max_size=6))
def test_no_title_or_label_breaks_out_of_its_quotes(title, points):
    made = mermaid(Series(title=title, points=tuple(points)))
    if made is None:
        return
    word, number = r'"[\w .,:/+()\u200b\u2060-]+"', r"-?\d+(?:\.\d+)?"
    pattern = (f'```mermaid\n%%[^\n]+%%\nxychart-beta\n    title {word}\n    x-axis \\[{word}(?:, {word})*\\]\n'
               f'    y-axis "count" {number} --> {number}\n    line \\[{number}(?:, {number})+\\]\n```\n')
    assert re.fullmatch(pattern, made)


def test_a_sparkline_rises_and_falls_and_has_gaps():
    assert sparkline([0, 3.5, None, 7]) == "▁▅ █"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([-1, 1]) == "▁█"
