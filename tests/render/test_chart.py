"""Charts: Mermaid source and blocks."""
from __future__ import annotations

import re
from dataclasses import replace

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
    labels = re.search(r"x-axis \[(.*)\]", made)[1].split(", ")
    assert (len(labels), labels[0], labels[-1]) == (60, '"0"', '"999"')


@settings(deadline=None)
@given(hostile.text, st.lists(st.tuples(hostile.short, VALUES), max_size=6))
def test_no_title_or_label_breaks_out_of_its_quotes(title, points):
    made = mermaid(Series(title=title, points=tuple(points)))
    if made is None:
        return
    word, number = r'"[\w .,:/+()-]+"', r"-?\d+(?:\.\d+)?"
    pattern = (f'```mermaid\n%%[^\n]+%%\nxychart-beta\n    title {word}\n    x-axis \\[{word}(?:, {word})*\\]\n'
               f'    y-axis "count" {number} --> {number}\n    line \\[{number}(?:, {number})+\\]\n```\n')
    assert re.fullmatch(pattern, made)


def test_a_sparkline_rises_and_falls_and_has_gaps():
    assert sparkline([0, 3.5, None, 7]) == "▁▅ █"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([-1, 1]) == "▁█"
