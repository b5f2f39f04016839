"""Units: told by whole words, into base units, each with its direction."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.units import LONGEST, base_unit


@pytest.mark.parametrize(("text", "value", "unit", "in_base"), [
    ("ns/iter", 236.8, "seconds", 2.368e-07),
    ("ns/op", 1, "seconds", 1e-9),
    ("ps", 5, "seconds", 5e-12),
    ("µs", 2, "seconds", 2e-6),         # the micro sign
    ("μs/iter", 2, "seconds", 2e-6),    # the Greek letter
    ("usec", 2, "seconds", 2e-6),
    ("ms", 2, "seconds", 2e-3),
    ("Seconds", 2, "seconds", 2.0),
    ("min", 2, "seconds", 120.0),
    ("B/op", 48, "bytes", 48.0),
    ("kB", 1, "bytes", 1e3),
    ("KB", 1, "bytes", 1e3),
    ("KiB", 1, "bytes", 1024.0),
    ("MiB", 1, "bytes", 1024.0 ** 2),
    ("Megabytes", 1, "bytes", 1e6),
    ("allocs/op", 3, "allocations", 3.0),
    ("instructions", 3, "instructions", 3.0),
    ("cycles/iter", 3, "cycles", 3.0),
    ("Megabits", 8, "bytes", 1e6),
    ("M instructions", 3, "instructions", 3e6),
    ("ns/key", 3, "ns/key", 3.0),
])
def test_what_takes_time_room_or_work_is_better_when_smaller(text: str, value: float, unit: str, in_base: float):
    known = base_unit(text)

    assert (known.name, known.better, known.in_base(value)) == (unit, "lower", in_base)


@pytest.mark.parametrize(("text", "value", "unit", "in_base"), [
    ("ops/s", 2, "operations_per_second", 2.0),
    ("iter/sec", 2, "operations_per_second", 2.0),
    ("ops/ms", 2, "operations_per_second", 2e3),
    ("ops/min", 120, "operations_per_second", 2.0),
    ("Kops/s", 2, "operations_per_second", 2e3),
    ("Hz", 2, "operations_per_second", 2.0),
    ("MB/s", 2, "bytes_per_second", 2e6),
    ("GiB/s", 2, "bytes_per_second", 2.0 * 1024 ** 3),
    ("Mbps", 8, "bytes_per_second", 1e6),
    ("Gbit/s", 8, "bytes_per_second", 1e9),
    ("req/s", 2, "req/s", 2.0),
    ("requests per second", 2, "requests/s", 2.0),
    ("Melem/s", 2, "elem/s", 2e6),
    ("MS/s", 2, "MS/s", 2.0),
    ("Kilobytes/s", 2, "bytes_per_second", 2e3),
    ("Mbits/s", 8, "bytes_per_second", 1e6),
    ("M ops/s", 2, "operations_per_second", 2e6),
    ("M items/s", 2, "items/s", 2e6),
    ("Kitem/s", 2, "item/s", 2e3),
    ("k queries/min", 6, "queries/s", 100.0),
    ("/s", 2, "operations_per_second", 2.0),
    ("1/ms", 2, "operations_per_second", 2e3),
    ("M/s", 2, "operations_per_second", 2e6),
])
def test_what_is_told_for_each_second_is_better_when_larger(text: str, value: float, unit: str, in_base: float):
    known = base_unit(text)

    assert (known.name, known.better, known.in_base(value)) == (unit, "higher", in_base)


@pytest.mark.parametrize("word", [
    "keys", "Keys", "Gets", "Messages", "Packets", "Points", "Pops", "Tasks", "Tokens", "Trades", "Transactions",
    "kevents", "Grows", "Megaflops", "lookups"])
def test_a_word_that_begins_with_a_prefix_s_letter_has_no_prefix(word: str):
    known = base_unit(f"{word}/s")

    assert (known.name, known.factor) == (f"{word}/s", 1.0)


@pytest.mark.parametrize(("text", "unit"), [
    ("widgets/op", "widgets/op"), ("Percent", "Percent"), ("", "count"), ("rps", "rps"), ("MBps", "MBps"),
    ("hit-ratio", "hit-ratio"), ("req/day", "req/day"), ("K means", "K means"),
    ("MS", "MS"),       # no milliseconds
    ("Mb", "Mb"),       # bits or bytes, nobody knows
])
def test_a_word_of_a_tool_s_own_has_no_direction(text: str, unit: str):
    known = base_unit(text)

    assert (known.name, known.better, known.factor) == (unit, None, 1.0)


@given(text=st.text(max_size=200))
def test_any_text_is_a_unit_on_one_line(text: str):
    known = base_unit(text)

    assert 0 < len(known.name) <= LONGEST + len("/s")
    assert "\n" not in known.name
    assert known.factor > 0
