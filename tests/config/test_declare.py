"""How each kind of input is read, and what is said when it can't be."""
from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import BusinessDays
from repo_vitals.config.declare import (
    BOOLEAN,
    LINES,
    LIST,
    OPTIONAL_TEXT,
    REPOSITORY,
    TEXT,
    choice,
    integer,
    parse_duration,
    positive_duration,
    ratio,
    show_duration,
    working_duration,
)


@pytest.mark.parametrize(("text", "expected"), [
    ("90s", timedelta(seconds=90)),
    ("5m", timedelta(minutes=5)),
    ("5 min", timedelta(minutes=5)),
    ("24h", timedelta(hours=24)),
    ("1.5h", timedelta(minutes=90)),
    ("30d", timedelta(days=30)),
    ("2w", timedelta(weeks=2)),
    ("P30D", timedelta(days=30)),
    ("PT4H", timedelta(hours=4)),
    ("P1DT12H", timedelta(hours=36)),
    ("P2W", timedelta(weeks=2)),
    (" 24H ", timedelta(hours=24)),
])
def test_a_duration_is_read_in_the_short_and_in_the_iso_form(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(("text", "reason"), [
    ("24", "not a duration"),
    ("", "not a duration"),
    ("P", "not a duration"),
    ("-3d", "not a duration"),
    ("3 fortnights", 'unknown unit "fortnights"'),
    ("2bd", 'unknown unit "bd"'),
    ("9" * 40 + "d", "longer than can be counted"),
    ("30d; rm -rf", "not a duration"),
])
def test_what_is_no_duration_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_duration(text)


@given(st.integers(0, 10**9).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_duration_reads_back_as_it_is_shown(span: timedelta) -> None:
    assert parse_duration(show_duration(span)) == span


def test_a_capital_m_could_be_a_month_and_is_refused() -> None:
    with pytest.raises(ValueError, match="30d for a month"):
        parse_duration("1M")


def test_a_span_below_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="is not between 1s"):
        positive_duration().parse("0.5s")


def test_a_window_of_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="between 1s and 3660d"):
        positive_duration().parse("0s")


@pytest.mark.parametrize(("text", "expected"), [
    ("2bd", BusinessDays(2)), ("1.5bd", BusinessDays(1.5)), (" 10 BD\n", BusinessDays(10)),
    ("24h", timedelta(hours=24)), ("P1D", timedelta(days=1)),
])
def test_a_target_is_a_duration_or_business_days(text: str, expected: timedelta | BusinessDays) -> None:
    assert working_duration().parse(text) == working_duration().from_toml(text) == expected


@pytest.mark.parametrize(("text", "reason"), [
    ("0bd", "between 0.01bd and 3660bd"),
    ("9999bd", "between 0.01bd and 3660bd"),
    ("0s", "between 1s and 3660d"),
    ("-2bd", "for example 24h, 30d, 2w, P30D or 2bd"),
    ("bd", "for example 24h, 30d, 2w, P30D or 2bd"),
    ("2bh", r'unknown unit "bh" \(use s, m, h, d, w or bd, for example 24h or 2bd\)'),
])
def test_what_is_no_target_is_refused_with_what_would_be_one(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        working_duration().parse(text)


@given(st.integers(1, 366_000).map(lambda hundredths: BusinessDays(hundredths / 100)))
def test_business_days_read_back_as_they_are_shown(span: BusinessDays) -> None:
    assert working_duration().parse(working_duration().show(span)) == span


def test_business_days_are_shown_as_they_are_written() -> None:
    assert [working_duration().show(span) for span in (BusinessDays(2), BusinessDays(1.5), timedelta(hours=24))] == [
        "2bd", "1.5bd", "24h"]


def test_a_ratio_written_as_a_percentage_is_refused_with_the_number_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"for 90 % write 0\.9"):
        ratio().parse("90")


@pytest.mark.parametrize("text", ["nan", "inf", "-0.1", "1.0001", "", "one", "1e999"])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ratio().parse(text)


@pytest.mark.parametrize("value", [True, "0.9", [0.9]])
def test_toml_values_of_another_type_are_no_ratio(value: object) -> None:
    with pytest.raises(ValueError, match="needs a number from 0 to 1"):
        ratio().from_toml(value)


def test_true_is_not_the_integer_one() -> None:
    with pytest.raises(ValueError, match="needs an integer, not a boolean"):
        integer(0, 5).from_toml(True)


@pytest.mark.parametrize("text", ["yes", "1", "tRue", ""])
def test_only_true_and_false_are_booleans(text: str) -> None:
    with pytest.raises(ValueError, match="true or false"):
        BOOLEAN.parse(text)


def test_line_ends_and_blanks_around_a_value_of_a_workflow_are_no_part_of_it() -> None:
    assert BOOLEAN.parse(" true\r\n") is True
    assert TEXT.parse("out/report.json\r\n") == "out/report.json"
    assert OPTIONAL_TEXT.parse(" out \n") == "out"


def test_empty_entries_of_an_array_are_none() -> None:
    assert LIST.from_toml(["", " ann ", "  "]) == ("ann",)
    assert LINES.from_toml(["", "low: true"]) == ("low: true",)


def test_a_list_is_parted_by_commas_and_by_lines_and_rules_by_lines_only() -> None:
    assert LIST.parse("ann, bob\n\n carol ,") == ("ann", "bob", "carol")
    assert LINES.parse("high: .a, .b # two\n\nlow: true\n") == ("high: .a, .b # two", "low: true")


def test_a_choice_names_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="is not one of never, warn, fail"):
        choice("never", "warn", "fail").parse("sometimes")


@pytest.mark.parametrize("name", ["octo/hello", "a/b.c", "A-b/_x", "acme/.github"])
def test_owner_and_name_make_a_repository(name: str) -> None:
    assert REPOSITORY.parse(name) == name


@pytest.mark.parametrize("name", ["octo", "octo/", "/hello", "a/b/c", "a b/c", "a/..", "a/.", "-a/b/", "a/b?x", ""])
def test_other_words_make_none(name: str) -> None:
    with pytest.raises(ValueError, match="owner/name"):
        REPOSITORY.parse(name)


def test_blanks_around_a_repositorys_name_are_forgiven() -> None:
    assert REPOSITORY.parse(" a/b\n") == "a/b"


def test_a_nul_is_no_text() -> None:
    with pytest.raises(ValueError, match="NUL"):
        TEXT.parse("a\0b")
