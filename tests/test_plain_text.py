"""Strangers' text as plain text."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.plain_text import REPLACED, cut, lines, log_line, one_line, quotable
from support import hostile


@pytest.mark.parametrize("ordinary", [
    "", "a b", "é e\u0301 日本 שלום हिन्दी", "\u0645\u06cc\u200c\u062e\u0648", "👩\u200d💻 ❤\ufe0f 🏴", "a\u00a0b",
    "std::vector", "[red]x", "\ue000"])
def test_what_people_write_stays_as_it_is(ordinary):
    assert lines(ordinary) == [ordinary]


@pytest.mark.parametrize(("hostile_text", "shown"), [
    ("\x1b[1;31mred\x1b[0m", "red"), ("\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\", "x"), ("\x1b]0;t\x07x", "x"),
    ("\x1bcx", "x"), ("\x1b(Bx", "x"), ("\x9b31mx", "x"), ("\x1b", REPLACED),
    ("\x1b]0;never ends", f"{REPLACED}]0;never ends"),
    ("\x1b[\x1b[31m31mx", f"{REPLACED}[31mx"), ("a\0b\x07\x08\x7f\x90", f"a{REPLACED}b{REPLACED * 4}"),
    ("\u202eabc\u202c\u2066\u2069", f"{REPLACED}abc{REPLACED * 3}"), ("\u200ea\u200f\u061c\u200b\ufeff\u00ad", "a"),
    ("\ud800\ufffe", REPLACED * 2), ("x\U000e0041\U000e007f", "x"),
])
def test_what_can_not_be_seen_or_deceives_is_taken_out(hostile_text, shown):
    assert lines(hostile_text) == [shown]


def test_every_kind_of_line_end_ends_a_line():
    assert lines("a\r\nb\rc\nd\x0be\x0cf\x1cg\x1dh\x1ei\x85j\u2028k\u2029l\n") == [*"abcdefghijkl", ""]


@settings(deadline=None)
@given(st.one_of(hostile.text, st.text()))
def test_cleaning_twice_changes_nothing_more(text):
    for line in lines(text):
        assert lines(line) == [line]
        assert log_line(log_line(line)) == log_line(line)


@settings(deadline=None)
@given(hostile.text)
def test_one_line_is_one_line_within_its_limit(text):
    shown = one_line(text, limit=50)
    assert len(shown) <= 50
    assert shown.splitlines() in ([], [shown])
    assert shown == shown.strip()


def test_a_text_is_cut_with_an_ellipsis():
    assert (cut("abcdef", 6), cut("abcdef", 5), cut("abc def", 5), cut("abc", 1), cut("abc", 0)) == \
        ("abcdef", "abcd…", "abc…", "…", "…")


@settings(deadline=None)
@given(st.one_of(hostile.text, st.text()))
def test_what_an_error_message_quotes_is_printable_and_on_one_line(text):
    shown = quotable(text, limit=80)

    assert shown.isprintable()
    assert len(shown) <= 80


def test_a_quoted_path_is_shown_as_it_was_given_but_for_what_cant_be_seen():
    assert quotable("a  b\n::error::c\0\u202ed") == "a  b?::error::c??d"
