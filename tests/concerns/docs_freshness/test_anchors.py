"""Anchors of headings by GitHub's rules. The examples are what github.com made of these headings."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.anchors import Anchors, slug


@pytest.mark.parametrize(("text", "anchor"), [
    ("bravoCharlieDelta", "bravocharliedelta"),
    ("heading with a - dash", "heading-with-a---dash"),
    ("heading with an _ underscore", "heading-with-an-_-underscore"),
    ("heading with a period.txt", "heading-with-a-periodtxt"),
    ("exchange.bind_headers(exchange, routing [, bindCallback])",
     "exchangebind_headersexchange-routing--bindcallback"),
    (" a ", "-a-"),
    ("apostrophe\u2019s should be trimmed", "apostrophes-should-be-trimmed"),
    ("I ♥ unicode", "i--unicode"),
    ("en\u2013dash", "endash"),
    ("😄 unicode emoji", "-unicode-emoji"),
    ("😄_😄 unicode emoji", "_-unicode-emoji"),
    (":smile: - a gemoji", "smile---a-gemoji"),
    (":ok_hand::hatched_chick: Two in a row", "ok_handhatched_chick-two-in-a-row"),
    ("Профили пользователей", "профили-пользователей"),
    ("Привет non-latin 你好", "привет-non-latin-你好"),
    ("a҈ Ⅷ ‿ ² ½", "a҈-ⅷ-‿--"),
    ("⚙️ Settings", "\ufe0f-settings"),
    ("two\nlines\tand a tab", "twolinesand-a-tab"),
    ("", ""),
])
def test_a_heading_has_the_anchor_that_github_gives_it(text: str, anchor: str) -> None:
    assert slug(text) == anchor


def test_a_second_heading_of_the_same_name_gets_the_next_number_that_no_heading_has() -> None:
    anchors = Anchors()

    made = [anchors.anchor(text) for text in ("echo", "echo", "echo 1", "echo-1", "echo", "foxtrot-1", "foxtrot",
                                              "foxtrot", " a ", "-a-")]

    assert made == ["echo", "echo-1", "echo-1-1", "echo-1-2", "echo-2", "foxtrot-1", "foxtrot", "foxtrot-2", "-a-",
                    "-a--1"]


@given(st.lists(st.one_of(st.sampled_from(["a", "a-1", "a 1", "A", "a-1-1", ""]), st.text(max_size=8))))
def test_no_two_headings_of_a_document_have_the_same_anchor(texts: list[str]) -> None:
    anchors = Anchors()

    made = [anchors.anchor(text) for text in texts]

    assert len(set(made)) == len(made)


@given(st.text())
def test_the_anchor_of_an_anchor_is_itself(text: str) -> None:
    assert slug(slug(text)) == slug(text)
