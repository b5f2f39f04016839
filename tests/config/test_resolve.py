"""Which value wins, and what is said about one that can't be used."""
from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.config.declare import BOOLEAN, LIST, OPTIONAL_TEXT, Input, Values, positive_duration, ratio
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import InputError

WINDOW = Input(name="window", kind=positive_duration(), default=timedelta(days=30), help="Window")
MINIMUM = Input(name="minimum-ratio", kind=ratio(), default=0.9, help="Minimum")
USERS = Input(name="ignore-users", kind=LIST, default=(), help="Users")
SUMMARY = Input(name="summary", kind=BOOLEAN, default=True, help="Summary")
TOKEN = Input(name="token", kind=OPTIONAL_TEXT, default=None, help="Token", secret=True)
INPUTS = (WINDOW, MINIMUM, USERS, SUMMARY, TOKEN)


def resolved(*options: str, environ: dict[str, str] | None = None, table: dict[str, Any] | None = None) -> Values:
    return resolve(INPUTS, options=read_options(options, INPUTS, command="ci-health"), environ=environ or {},
                   table=table or {}, command="ci-health", config_path=Path(".github/repo-vitals.toml"))


def refused(*options: str, environ: dict[str, str] | None = None, table: dict[str, Any] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        resolved(*options, environ=environ, table=table)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_an_option_wins_over_the_environment_that_over_the_file_and_that_over_the_default() -> None:
    environ, table = {"INPUT_WINDOW": "2w"}, {"window": "P9D"}
    assert resolved("--window", "7d", environ=environ, table=table)[WINDOW] == timedelta(days=7)
    assert resolved(environ=environ, table=table)[WINDOW] == timedelta(weeks=2)
    assert resolved(table=table)[WINDOW] == timedelta(days=9)
    assert resolved()[WINDOW] == timedelta(days=30)


def test_each_value_knows_where_it_came_from() -> None:
    values = resolved("--window=7d", environ={"INPUT_MINIMUM_RATIO": "0.5"}, table={"summary": False})
    assert [values.origin(name) for name in INPUTS] == ["option", "environment", "default", "configuration", "default"]


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_an_empty_environment_value_is_not_given(empty: str) -> None:
    assert resolved(environ={"INPUT_WINDOW": empty}, table={"window": "7d"})[WINDOW] == timedelta(days=7)


def test_the_environment_name_that_github_makes_is_read_too() -> None:
    assert resolved(environ={"INPUT_MINIMUM-RATIO": "0.5"})[MINIMUM] == 0.5


def test_lists_are_arrays_in_the_file() -> None:
    assert resolved(table={"ignore-users": ["ann", "bob"]})[USERS] == ("ann", "bob")


def test_a_boolean_option_needs_no_value() -> None:
    assert resolved("--summary")[SUMMARY] is True
    assert resolved("--summary", "false")[SUMMARY] is False
    assert resolved("--summary", "True")[SUMMARY] is True
    assert resolved("--summary=false", "--window", "7d")[SUMMARY] is False


def test_an_unknown_option_is_named_with_the_closest_known() -> None:
    assert refused("--windw", "7d") == 'ci-health: unknown option "--windw" (did you mean --window?)'


def test_an_unknown_key_is_named_with_its_file_table_and_the_closest_known() -> None:
    assert refused(table={"minimum_ratio": 0.9}) == (
        'config: .github/repo-vitals.toml: [ci-health] has an unknown key "minimum_ratio" '
        "(did you mean minimum-ratio?)")


def test_a_value_out_of_range_is_named_with_where_it_was_given() -> None:
    assert refused("--minimum-ratio", "90") == \
        '--minimum-ratio: "90" is not between 0 and 1 (for 90 % write 0.9)'
    assert refused(environ={"INPUT_MINIMUM_RATIO": "90"}).startswith('minimum-ratio: "90"')
    assert refused(table={"minimum-ratio": "0.9"}) == (
        'config: .github/repo-vitals.toml: [ci-health] minimum-ratio: "0.9" needs a number from 0 to 1, not a string'
    ).removeprefix("config: ")


def test_a_missing_value_and_a_stray_word_are_mistakes() -> None:
    assert refused("--window") == "ci-health: --window needs a value"
    assert refused("--window", "--summary").startswith("ci-health: --window needs a value")
    assert refused("7d") == 'ci-health: unexpected argument "7d"; options are written --name value'


def test_an_option_is_never_taken_for_the_value_of_the_one_before() -> None:
    # Or a forgotten value would silently swallow the next option, known or misspelt.
    assert refused("--token", "--window=7d").startswith("ci-health: --token needs a value")
    assert refused("--ignore-users", "--windw", "7d").startswith("ci-health: --ignore-users needs a value")
    assert resolved("--ignore-users=--ann")[USERS] == ("--ann",)


def test_the_last_of_several_wins_and_an_empty_list_outranks_the_file() -> None:
    assert resolved("--window", "7d", "--window=9d")[WINDOW] == timedelta(days=9)
    assert resolved("--ignore-users=", table={"ignore-users": ["ann"]})[USERS] == ()


def test_a_token_is_never_taken_from_the_file_nor_shown() -> None:
    message = refused(table={"token": "ghp_secret"})
    assert "ghp_secret" not in message
    assert "token does not belong in a file" in message
    assert "ghp_\0secret" not in refused("--token", "ghp_\0secret")


@given(st.text(max_size=80), st.sampled_from(["option", "environment", "table"]))
def test_whatever_is_given_is_used_or_refused_in_one_printable_line(text: str, where: str) -> None:
    try:
        if where == "option":
            resolved("--window", text)
        elif where == "environment":
            resolved(environ={"INPUT_WINDOW": text})
        else:
            resolved(table={"window": text})
    except InputError as error:
        assert str(error).isprintable()


def test_values_can_be_replaced_without_a_trace_in_the_first_ones() -> None:
    given = resolved("--window", "7d", table={"minimum-ratio": 0.5})
    changed = given.replaced({WINDOW: timedelta(days=1), MINIMUM: 0.1})
    assert (changed[WINDOW], changed[MINIMUM], changed[SUMMARY]) == (timedelta(days=1), 0.1, True)
    assert (changed.origin(WINDOW), changed.origin(MINIMUM)) == ("option", "configuration")
    assert changed.replaced({MINIMUM: 0.2}, origin="option").origin(MINIMUM) == "option"
    assert (given[WINDOW], given.origin(MINIMUM)) == (timedelta(days=7), "configuration")
