"""Charts as a file: where values lie, what strangers' names may do, and whether it can be read on light and dark."""
from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.plain_text import one_line
from repo_vitals.render.chart_svg import DARK, LIGHT, charts_svg
from repo_vitals.render.figures import Series, series_in
from support import hostile
from support.browser import picture

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
STEP = Series(title="parse, seconds", unit="seconds", points=tuple(
    (f"{place:07x}", None if place == 4 else 0.010 if place < 7 else 0.015) for place in range(12)),
    levels=tuple(0.010 if place < 7 else 0.015 for place in range(12)), marks=((7, "0000007 +50.0 %"),))


def drawn(*series: Series, title: str = "acme/widget") -> ElementTree.Element:
    return ElementTree.fromstring(charts_svg(series, title=title, nothing="nothing yet"))


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in svg.iter() if name in one.get("class", "").split()]


def test_dots_lie_where_their_values_are_between_the_axis_own_numbers() -> None:
    svg = drawn(replace(STEP, points=(("a", 0.002), ("b", 0.006), ("c", 0.008)), levels=(), marks=()))

    low, _, high = [float(one.get("d", "").split()[1].split("H")[0]) for one in of_class(svg, "grid")]
    names = [one.text for one in of_class(svg, "faint")]
    assert names == ["milliseconds", "0", "4", "8", "a", "b", "c"]
    dots = [(float(one.get("cx", "")), (low - float(one.get("cy", ""))) / (low - high) * 8)
            for one in of_class(svg, "dot")]
    assert [value for _, value in dots] == pytest.approx([2, 6, 8], abs=0.01)
    assert dots[1][0] - dots[0][0] == pytest.approx(dots[2][0] - dots[1][0], abs=0.11)
    assert [one.find(f"{SVG}title").text for one in of_class(svg, "dot")] == [      # type: ignore[union-attr]
        "a: 2 milliseconds", "b: 6 milliseconds", "c: 8 milliseconds"]


@pytest.mark.parametrize(("values", "numbers"), [
    ((0, 1_000_000), ["0", "500,000", "1,000,000"]), ((0, 123_456_789), ["0", "61,728,394", "123,456,789"]),
    ((0, 2026), ["0", "1013", "2026"]), ((0, 3e15), ["0", "1.5e+15", "3e+15"]), ((0, 0.25), ["0", "0.125", "0.25"]),
    ((-9, 4), ["-9", "0", "4"]), ((-5, -2), ["-5", "-2.5", "0"]), ((-1, 100), ["-1", "49.5", "100"]),
])
def test_the_axis_has_numbers_that_people_read_zero_among_them_where_there_is_room(
    values: tuple[float, ...], numbers: list[str],
) -> None:
    svg = drawn(Series(title="t", points=tuple((str(place), value) for place, value in enumerate(values))))
    assert [one.text for one in of_class(svg, "faint") if one.get("text-anchor") == "end"][:3] == numbers


def test_a_gap_is_left_open_and_a_step_is_two_levels_with_a_mark_where_the_second_begins() -> None:
    svg = drawn(STEP)

    assert [one.get("points", "").count(",") for one in of_class(svg, "line")] == [4, 7]
    dots = [(one.get("cx"), one.get("cy")) for one in of_class(svg, "dot")]
    assert len(dots) == 11
    first, second = [one.get("d", "") for one in of_class(svg, "level")]
    assert first.startswith(f"M{dots[0][0]} {dots[0][1]}H")
    assert second == f"M{dots[6][0]} {dots[6][1]}H{dots[-1][0]}"
    [mark], [words] = of_class(svg, "mark"), of_class(svg, "marked")
    assert mark.get("d", "").startswith(f"M{dots[6][0]} ")
    assert (words.text, words.get("x")) == ("0000007 +50.0 %", dots[6][0])


def test_the_smallest_number_there_is_stands_at_the_top_as_any_other() -> None:
    [dot] = of_class(drawn(Series(title="t", unit="count", points=(("a", 5e-324),))), "dot")
    [high] = of_class(drawn(Series(title="t", unit="count", points=(("a", 1.0),))), "dot")
    assert dot.get("cy") == high.get("cy")


def test_nothing_to_draw_is_said() -> None:
    svg = drawn(Series(title="t", points=(("a", None),)))

    assert [one.text for one in svg.iter(f"{SVG}text")] == ["acme/widget", "nothing yet"]


def test_what_the_report_holds_is_drawn_and_marks_of_another_form_are_left_out() -> None:
    entry = {"title": "t", "points": [["a", 1], ["b", 2]], "marks": [[1, "b"], ["1", "x"], [True, "x"], [9, "x"], 7]}

    [series] = series_in([entry])
    assert series.marks == ((1, "b"), (9, "x"))
    assert [one.text for one in of_class(drawn(series), "marked")] == ["b"]


def test_a_level_that_is_no_number_in_the_unit_of_the_values_is_drawn_in_the_unit_of_the_series() -> None:
    [dot] = of_class(drawn(Series(title="t", unit="seconds", points=(("a", 0.0),), levels=(1.7e300,))), "dot")

    assert 0 <= float(dot.get("cy", "nan")) <= 210


@given(hostile.short, st.lists(st.tuples(hostile.short, VALUES), min_size=1, max_size=6), st.data())
def test_names_are_words_and_values_lie_on_the_page_whatever_they_are(
    name: str, points: list[tuple[str, float | None]], data: st.DataObject,
) -> None:
    levels = data.draw(st.lists(VALUES, min_size=len(points), max_size=len(points)))
    marks = data.draw(st.lists(st.tuples(st.integers(-2, 7), hostile.short), max_size=3))
    unit = data.draw(st.sampled_from(["seconds", "bytes", "ratio", "count", name]))
    series = Series(title=name, points=tuple(points), unit=unit, levels=tuple(levels), marks=tuple(marks))
    text = charts_svg([series], title=name, nothing="none")

    svg = ElementTree.fromstring(text)
    assert text == charts_svg([series], title=name, nothing="none")
    assert {one.tag.removeprefix(SVG) for one in svg.iter()} <= {
        "svg", "title", "style", "rect", "text", "path", "polyline", "circle"}
    assert {name for one in svg.iter() for name in one.keys()} <= {     # noqa: SIM118 - an element is no mapping
        "width", "height", "viewBox", "role", "aria-label", "class", "x", "y", "dy", "cx", "cy", "r", "d", "points",
        "fill", "stroke-width", "stroke-dasharray", "text-anchor"}
    assert svg.get("aria-label") == one_line(name, limit=120)
    for dot in of_class(svg, "dot"):
        assert 0 <= float(dot.get("cx", "nan")) <= 760
        assert 0 <= float(dot.get("cy", "nan")) <= 210
    assert len(of_class(svg, "dot")) == sum(value is not None for _, value in points)
    assert all(math.isfinite(float(number)) for line in of_class(svg, "line")
               for number in line.get("points", "").replace(",", " ").split())


def test_nothing_in_it_is_loaded_or_run() -> None:
    text = charts_svg([STEP], title="t", nothing="n").replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not any(word in text for word in ("http", "url(", "href", "<script", "<image", "<foreign", "@import"))


def _luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.1."""
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_words_and_lines_have_contrast_on_their_ground(colours: dict[str, str]) -> None:
    ground = _luminance(colours["ground"]) + 0.05
    for name, least in {"words": 4.5, "faint": 4.5, "mark": 4.5, "line": 3, "level": 3}.items():
        other = _luminance(colours[name]) + 0.05
        assert max(ground, other) / min(ground, other) >= least, name


@pytest.mark.parametrize(("dark", "colours"), [(False, LIGHT), (True, DARK)])
def test_a_browser_shows_it_in_the_readers_scheme(dark: bool, colours: dict[str, str], tmp_path: Path) -> None:
    # Levels beside the values, so that the one does not hide the other.
    series = [replace(STEP, title="</svg><script>x</script>", levels=(0.005,) * 12), STEP]

    seen = picture(charts_svg(series, title="acme/widget", nothing="none"), tmp_path, dark=dark)

    assert (seen["width"], seen["height"]) == (760, 30 + 2 * 210)
    assert seen["colours"].get(colours["ground"], 0) > 0.8 * seen["width"] * seen["height"]
    assert {name for name, colour in colours.items() if colour not in seen["colours"]} == set()
