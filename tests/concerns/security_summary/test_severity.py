"""How grave a vulnerability is, by which of many words."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.severity import grade_of, graded, read_vector
from support.security import CRITICAL_31, MEDIUM_31, advisory

MEDIUM_4 = "CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:P/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N"
HIGH_2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"


def grade(*said: Any, unscored: Any = "high") -> tuple[str, str, float | None]:
    found = graded(said, unscored=unscored)
    return found.grade, found.basis, None if found.score is None else found.score.score


# Scores as FIRST's own calculators give them.
@pytest.mark.parametrize(("vector", "version", "score"), [
    (CRITICAL_31, "3.1", 9.8), (MEDIUM_31, "3.1", 5.5), ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "3.0", 10.0),
    (HIGH_2, "2.0", 7.5), (f"({HIGH_2})", "2.0", 7.5), (MEDIUM_4, "4.0", 6.8),
    ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", "4.0", 10.0),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "3.1", 0.0),
])
def test_vectors_of_every_version_give_their_base_score(vector: str, version: str, score: float) -> None:
    found = read_vector(vector)
    assert found is not None
    assert (found.version, found.score) == (version, score)


def test_threat_metrics_do_not_change_a_base_score() -> None:
    plain = read_vector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H")
    with_threat = read_vector("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:U")
    assert plain is not None
    assert with_threat is not None
    assert plain.score == with_threat.score


@pytest.mark.parametrize(("score", "expected"), [
    (0.0, "none"), (0.1, "low"), (3.9, "low"), (4.0, "medium"), (6.9, "medium"), (7.0, "high"), (8.9, "high"),
    (9.0, "critical"), (10.0, "critical"), (8.95, "high")])
def test_bands_begin_where_cvss_says(score: float, expected: str) -> None:
    assert grade_of(score) == expected


def test_the_newest_version_of_cvss_goes_before_a_higher_score_of_an_older_one() -> None:
    assert grade(advisory("CVE-1", vectors=(CRITICAL_31,)), advisory("CVE-1", vectors=(MEDIUM_4,))) == (
        "medium", "cvss", 6.8)


def test_of_one_version_the_highest_score_of_all_sources_stands() -> None:
    assert grade(advisory("CVE-1", vectors=(MEDIUM_31,)), advisory("CVE-1", scores=(("3.1", 8.1),))) == (
        "high", "cvss", 8.1)


def test_a_score_goes_before_a_word_and_a_word_before_the_default() -> None:
    assert grade(advisory("CVE-1", scores=(("", 2.0),)), advisory("CVE-1", level="critical"))[:2] == ("low", "cvss")
    assert grade(advisory("CVE-1", level="low"), advisory("CVE-1", level="medium"))[:2] == ("medium", "rating")
    assert grade(advisory("CVE-1"), unscored="low")[:2] == ("low", "unscored")


def test_a_score_of_zero_is_a_score() -> None:
    assert grade(advisory("CVE-1", scores=(("3.1", 0.0),), level="high")) == ("none", "cvss", 0.0)


@pytest.mark.parametrize("text", [
    "", "no vector", "CVSS:3.1/AV:N", "CVSS:9.9/AV:N", "CVSS:4.0/AV:N/AC:L", "CVSS:3.1/" + "A" * 10_000,
    "AV:N/AC:L/Au:N",
    "\0", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "CVSS:4.0/::::/", "((((", "AV:É/AC:L/Au:N/C:P/I:P/A:P",
])
def test_what_is_no_vector_is_overlooked_and_counted(text: str) -> None:
    found = graded([advisory("CVE-1", vectors=(text,), level="low")], unscored="high")
    assert (found.grade, found.basis, found.invalid) == ("low", "rating", 1)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), -1.0, 10.1])
def test_a_figure_beyond_the_scale_is_no_score(figure: float) -> None:
    assert grade(advisory("CVE-1", scores=(("3.1", figure),)))[1] == "unscored"


@given(st.text(max_size=80) | st.from_regex(r"CVSS:[234]\.[01]/([A-Z]{1,3}:[A-Z]/?){0,14}", fullmatch=True))
def test_any_text_is_a_vector_or_is_none(text: str) -> None:
    found = read_vector(text)
    assert found is None or 0 <= found.score <= 10
