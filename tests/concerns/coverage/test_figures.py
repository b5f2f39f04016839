"""Sums, ratios, and how they are said."""
from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.facts import FileCoverage, Summary
from repo_vitals.concerns.coverage.per_cent import exactly, limit_per_cent, per_cent, points
from repo_vitals.concerns.coverage.totals import Count, Totals, totals


def file(*ran: bool) -> FileCoverage:
    made = FileCoverage()
    for number, yes in enumerate(ran, start=1):
        made.lines.mark(number, ran=yes)
    return made


def test_lines_are_summed_and_ratios_never_averaged() -> None:
    found = totals([file(True), file(*[False] * 9)])
    assert (found.lines, found.lines.ratio) == (Count(1, 10), 0.1)


def test_branches_and_functions_are_of_the_files_that_know_them() -> None:
    one = file(True)
    one.branches = {1: (1, 2), 7: (0, 4)}
    one.functions = {("f", 1): True, ("f", 9): False}
    assert totals([one, file(False)]) == Totals(lines=Count(1, 2), branches=Count(1, 6), functions=Count(1, 2))


def test_a_summary_stands_in_where_no_lines_are_known_and_only_there() -> None:
    summary = Summary(lines=(3, 4), branches=(1, 2), functions=(1, 1))
    known = file(False)
    known.summary = summary
    assert totals([FileCoverage(summary=summary)]) == Totals(lines=Count(3, 4), branches=Count(1, 2),
                                                             functions=Count(1, 1))
    assert totals([known]) == Totals(lines=Count(0, 1))


def test_nothing_has_no_ratio() -> None:
    assert (totals([]).lines.ratio, totals([]).lines.exact, totals([FileCoverage()]).lines.ratio) == (None, None, None)


@pytest.mark.parametrize(("covered", "valid", "limit", "said"), [
    (9, 10, 0.9, "90 %"), (8999, 10_000, 0.9, "89.9 %"), (89_999, 100_000, 0.9, "89.9 %"), (0, 3, None, "0 %"),
    (1, 3, None, "33.3 %"), (2, 3, None, "66.6 %"), (9999, 10_000, None, "99.9 %"), (999_999, 1_000_000, 1.0, "99.9 %"),
    (10, 10, 1.0, "100 %"), (8999, 10_000, 0.89995, "89.99 %"), (89_994, 100_000, 0.89995, "89.994 %"),
    (1, 10_000, None, "0 %"), (29, 100, None, "29 %"),
])
def test_a_ratio_is_rounded_down_and_never_up_to_its_limit(covered: int, valid: int, limit: float | None,
                                                          said: str) -> None:
    assert per_cent(Fraction(covered, valid), limit) == said


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10_000))
def test_what_is_below_its_limit_never_reads_as_if_it_were_not(covered: int, valid: int, limit: int) -> None:
    ratio, bound = Fraction(min(covered, valid), valid), limit / 10_000
    said = Fraction(per_cent(ratio, bound).removesuffix(" %")) / 100
    assert said <= ratio
    assert ratio - said < Fraction(1, 1000)
    assert (said < exactly(bound)) or (ratio >= exactly(bound))


@pytest.mark.parametrize(("limit", "said"), [(0.9, "90 %"), (0.9995, "99.95 %"), (1.0, "100 %"), (0.0, "0 %"),
                                             (0.01, "1 %"), (1e-7, "0.00001 %")])
def test_a_limit_is_said_as_it_was_written(limit: float, said: str) -> None:
    assert limit_per_cent(limit) == said


@pytest.mark.parametrize(("difference", "said"), [
    (Fraction(1, 100), "1 point"), (Fraction(-1, 200), "0.5 points"), (Fraction(1, 10**6), "less than 0.01 points"),
    (Fraction(1234, 100_000), "1.23 points"), (Fraction(1), "100 points")])
def test_a_difference_is_said_in_points(difference: Fraction, said: str) -> None:
    assert points(difference) == said
