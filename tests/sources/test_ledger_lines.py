"""The text of a ledger comes back as it was, and what was cut, changed or made by a later version is told apart."""
from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.ledger_lines import (
    DAMAGE,
    FromTheFuture,
    Unusable,
    as_line,
    digest,
    read_lines,
    seal,
    unseal,
    write_lines,
)

texts = st.text(max_size=12) | st.sampled_from(["\u2028", "\u0085", "\x1c", "\r\n", "\ud800", '"\\', "é", ""])
values = st.recursive(st.none() | st.booleans() | st.integers() | texts,
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
                      max_leaves=8)
HEAD = seal({"name": "wïdget \u2028", "files": {"rows.jsonl": "ab" * 16}}, schema_version=3)


def same(value: Any) -> Any:
    return value


def opened(text: str, version: int = 3) -> dict[str, Any]:
    return unseal(text, name="head.json", schema_version=version)


def sealed(value: Any) -> str:
    """A head of any JSON value with a seal that fits, made without the code under test."""
    body = json.dumps(value)
    return f"{body}\n{hashlib.sha256(body.encode()).hexdigest()[:32]}\n"


@given(rows=st.lists(values, max_size=5))
def test_every_value_comes_back_from_a_line_of_its_own(rows: list[Any]) -> None:
    text = write_lines(rows)
    assert text.encode().count(b"\n") == len(rows)      # and UTF-8 has a place for all of it
    assert read_lines(text, same) == rows
    assert text == "".join(as_line(row) + "\n" for row in rows)


def test_a_line_is_as_short_as_json_can_be_and_escapes_only_what_utf_8_can_not_hold() -> None:
    assert as_line({"a": [1, None, "é\u2028"]}) == '{"a":[1,null,"é\u2028"]}'
    assert as_line(["é", "\ud800"]) == r'["\u00e9","\ud800"]'


def test_no_text_has_no_lines_and_no_values_have_no_text() -> None:
    assert read_lines("", same) == []
    assert write_lines([]) == ""


@pytest.mark.parametrize("text", ["\n", "1\n\n", "1\n\n2\n", "{", "1\r2\n", "\ufeff1\n", "[" * 100_000, "nul\n"])
def test_a_text_with_a_line_that_is_no_json_is_unusable_as_a_whole(text: str) -> None:
    with pytest.raises(Unusable, match=r"^a line holds something else than it should$"):
        read_lines(text, same)


@pytest.mark.parametrize("error", DAMAGE)
def test_whatever_a_reader_trips_over_is_a_damaged_line(error: type[Exception]) -> None:
    def trips(_: Any) -> None:
        raise error
    with pytest.raises(Unusable):
        read_lines("1\n", trips)


def test_a_mistake_that_no_line_can_cause_is_not_taken_for_damage() -> None:
    def mistaken(_: Any) -> None:
        raise NotImplementedError
    with pytest.raises(NotImplementedError):
        read_lines("1\n", mistaken)


def test_a_text_is_known_by_half_of_its_sha_256() -> None:
    assert digest("é") == hashlib.sha256(b"\xc3\xa9").hexdigest()[:32]
    assert digest("\ud800") != digest("\ud801")         # half of a surrogate pair has a digest, too


@given(fields=st.dictionaries(texts.filter(lambda name: name != "schema_version"), values, max_size=4),
       version=st.integers(0, 9))
def test_the_fields_of_a_head_come_back_as_they_were(fields: dict[str, Any], version: int) -> None:
    assert opened(seal(fields, schema_version=version), version) == fields


@pytest.mark.parametrize("length", range(len(HEAD)))
def test_a_head_that_was_cut_anywhere_is_unusable(length: int) -> None:
    with pytest.raises(Unusable, match=r"^head\.json (?:is damaged|was changed or cut)$") as caught:
        opened(HEAD[:length])
    assert not isinstance(caught.value, FromTheFuture)


@given(place=st.integers(len('{"schema_version":3,'), len(HEAD) - 1), other=st.characters())
def test_a_head_of_which_any_character_was_changed_is_unusable(place: int, other: str) -> None:
    changed = HEAD[:place] + other + HEAD[place + 1:]
    if changed != HEAD:
        with pytest.raises(Unusable):
            opened(changed)


@pytest.mark.parametrize("added", ["\n", " ", "x\n", HEAD])
def test_a_head_with_anything_behind_its_seal_is_unusable(added: str) -> None:
    with pytest.raises(Unusable):
        opened(HEAD + added)


def test_a_later_version_is_believed_before_its_seal_is_looked_at() -> None:
    for text in (sealed({"schema_version": 4}), '{"schema_version":4}', '{"schema_version":4}\nsealed otherwise\n'):
        with pytest.raises(FromTheFuture, match=r"^head\.json has schema version 4, and this version of repo-vitals "
                                                "knows 3$"):
            opened(text)


@pytest.mark.parametrize("value", [
    {"schema_version": 2}, {"schema_version": None}, {"schema_version": "4"}, {"schema_version": True},
    {"schema_version": 4.0}, {}, [], ["schema_version"], None, 3, "schema_version"])
def test_a_head_of_no_version_or_an_earlier_one_is_unusable_though_its_seal_fits(value: Any) -> None:
    with pytest.raises(Unusable) as caught:
        opened(sealed(value))
    assert not isinstance(caught.value, FromTheFuture)
