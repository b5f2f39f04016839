"""Lines of a file: the same as a dictionary would hold, in little memory however far apart they lie."""
from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.lines import MOST_LINES, Lines

NUMBERS = st.one_of(st.integers(1, 30), st.integers(1, 3000), st.integers(1, MOST_LINES))
STEPS = st.lists(st.one_of(
    st.tuples(st.just("mark"), NUMBERS, st.booleans()),
    st.tuples(st.just("mark_all"), st.lists(NUMBERS), st.booleans()),
    st.tuples(st.just("mark_range"), st.tuples(st.integers(1, 200), st.integers(0, 90)), st.booleans())), max_size=60)


def taken(steps: list) -> tuple[Lines, dict[int, bool]]:
    found, truth = Lines(), {}
    for step, what, ran in steps:
        if step == "mark":
            numbers = [what]
            found.mark(what, ran=ran)
        elif step == "mark_all":
            numbers = what
            found.mark_all(what, ran=ran)
        else:
            first, more = what
            numbers = range(first, first + more + 1)
            found.mark_range(first, first + more, ran=ran)
        for number in numbers:
            truth[number] = truth.get(number, False) or ran
    return found, truth


@given(STEPS)
def test_lines_are_what_a_dictionary_holds(steps: list):
    found, truth = taken(steps)
    assert (found.covered, found.valid) == (sum(truth.values()), len(truth))
    assert list(found) == sorted(truth.items())


@given(STEPS, STEPS)
def test_a_union_is_what_both_know_in_either_order(one: list, other: list):
    (first, truth), (second, more) = taken(one), taken(other)
    again, _ = taken(one)
    first.unite(second)
    second.unite(again)
    assert first == second
    assert dict(first) == {number: truth.get(number, False) or more.get(number, False) for number in {*truth, *more}}
    before = list(first)
    first.unite(second)
    assert list(first) == before


@pytest.mark.parametrize("number", [0, -1, MOST_LINES + 1, 10 ** 30])
def test_a_line_that_no_file_has_is_refused(number: int):
    with pytest.raises(ValueError, match=str(number)):
        Lines().mark(number, ran=True)
    with pytest.raises(ValueError):
        Lines().mark_all([1, number], ran=True)
    with pytest.raises(ValueError):
        Lines().mark_range(min(number, 1), max(number, 1), ran=True) if number < 1 else Lines().mark_range(
            1, number, ran=True)


@pytest.mark.parametrize("numbers", [
    [MOST_LINES], [1, MOST_LINES], list(range(1, MOST_LINES, MOST_LINES // 1000)), [2 ** power for power in range(23)]])
def test_a_few_lines_far_apart_take_little_memory(numbers: list[int]):
    tracemalloc.start()
    try:
        kept = []
        for _ in range(50):
            lines = Lines()
            for number in numbers:
                lines.mark(number, ran=True)
            lines.mark_all(numbers, ran=False)
            kept.append(lines)
        assert all(lines.covered == lines.valid == len(numbers) for lines in kept)
        assert tracemalloc.get_traced_memory()[0] < 50 * (1000 + 64 * len(numbers))
    finally:
        tracemalloc.stop()


def test_many_lines_in_a_row_take_about_a_byte_each():
    lines = Lines()
    for number in range(1, 100_001):
        lines.mark(number, ran=bool(number % 2))
    assert lines.held <= 100_100
    assert (lines.covered, lines.valid) == (50_000, 100_000)
