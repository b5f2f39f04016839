"""Badges: an SVG that stands alone and can be read, and what shields.io wants."""
from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from repo_vitals.render.badge import COLOURS, badge_json, badge_svg
from repo_vitals.report.model import Metric
from support.reports import finding, report, sample

SNAPSHOT = Path(__file__).parents[1] / "data" / "report" / "badge.svg"
SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.1."""
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_whole_badge():
    assert badge_svg(sample()) == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("status", ["pass", "warn", "fail", "unknown"])
def test_its_words_can_be_read_on_its_colours_and_are_heard_by_screen_readers(status):
    svg = ElementTree.fromstring(badge_svg(report(status=status)))
    assert svg.find(f"{SVG}title").text == svg.get("aria-label") == f"community-metrics: {status}"
    fills = [rect.get("fill") for rect in svg.iter(f"{SVG}rect") if rect.get("fill")]
    assert fills[1] == COLOURS[status]
    for fill in fills:
        assert 1.05 / (luminance(fill) + 0.05) >= 4.5
    assert [words.text for words in svg.iter(f"{SVG}text")] == ["community-metrics", status]


def test_each_status_has_a_colour_of_its_own():
    assert len(set(COLOURS.values())) == 4


def test_nothing_in_it_is_loaded_from_elsewhere():
    text = badge_svg(sample()).replace('xmlns="http://www.w3.org/2000/svg"', "").replace('"url(#r)"', "")
    assert not any(word in text for word in ("http", "url(", "href", "<style", "<script", "<image", "@import"))


def test_words_stay_inside_their_boxes():
    svg = ElementTree.fromstring(badge_svg(report(monitor="i" * 20 + "W" * 20 + "日本")))
    left, right = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("fill")]
    for box, words in zip((left, right), svg.iter(f"{SVG}text"), strict=True):
        start = float(box.get("x", "0"))
        middle, half = float(words.get("x")), float(words.get("textLength")) / 2
        assert start < middle - half < middle + half < start + float(box.get("width"))
    assert float(right.get("x")) + float(right.get("width")) == float(svg.get("width"))


@pytest.mark.parametrize(("severities", "message"), [
    ((), "warn"), (("low",), "warn, 1 finding"), (("low", "medium", "info"), "warn, 2 findings"), (("info",), "warn")])
def test_findings_are_counted_but_not_what_only_informs(severities, message):
    made = report(status="warn", findings=tuple(finding(subject=word, severity=word) for word in severities))
    assert json.loads(badge_json(made)) == {"schemaVersion": 1, "label": "community-metrics", "message": message,
                                            "color": COLOURS["warn"][1:], "isError": False}


@pytest.mark.parametrize(("status", "error"), [("pass", False), ("warn", False), ("fail", True), ("unknown", True)])
def test_a_badge_that_says_no_good_can_not_be_painted_green(status, error):
    assert json.loads(badge_json(report(status=status)))["isError"] is error


@pytest.mark.parametrize(("value", "message"), [
    (0.8999, "89 %"), (0.29, "29 %"), (0.57, "57 %"), (1.0, "100 %"), (9999 / 10_000, "99 %"), (0.0, "0 %"),
    (0.9999999, "99 %"), (None, "unknown")])
def test_a_badge_of_a_ratio_is_rounded_down(value, message):
    made = report(monitor="coverage", status="fail", metrics=(
        Metric(name="coverage_line_ratio", value=value, unit="ratio", samples=int(value is not None)),
        Metric(name="other_ratio", value=0.5, unit="ratio", samples=1)))
    shown = json.loads(badge_json(made, "coverage_line_ratio"))
    assert (shown["label"], shown["message"], shown["isError"]) == ("coverage", message, True)
    assert ElementTree.fromstring(badge_svg(made, "coverage_line_ratio")).get("aria-label") == f"coverage: {message}"


def test_every_whole_per_cent_is_shown_as_it_is():
    for cents in range(101):
        made = report(metrics=(Metric(name="x_ratio", value=cents / 100, unit="ratio", samples=1),))
        assert json.loads(badge_json(made, "x_ratio"))["message"] == f"{cents} %"
