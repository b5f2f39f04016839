"""The last meaningful change of each document, by one pass over the log."""
from __future__ import annotations

import os
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.facts import Document
from repo_vitals.concerns.docs_freshness.last_changes import Question, adds_nothing, answered, same_words
from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.sources.checkout import Checkout
from support.random_histories import random_history

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000_000), length=st.integers(1, 25))
def test_one_pass_finds_what_looking_at_every_commit_finds(seed: int, length: int) -> None:
    history = random_history(Random(seed), length=length)
    with tempfile.TemporaryDirectory() as folder:
        history.write(Path(folder))
        documents = {path: Document(path=path, format="markdown") for path in history.commits[-1].files}
        past = ask_git(documents, {}, Checkout(Path(folder), os.environ), policy=PastPolicy(), now=NOW,
                       surroundings=Surroundings())
    found = {path: age.changed.commit for path, age in past.ages.items() if age.changed is not None}
    assert found == {path: history.ids[history.last_change(path)] for path in documents}


@pytest.mark.parametrize(("old", "new", "same"), [
    (b"one two\n", b"one\ntwo", True),
    (b"one two\r\n", b"one  two \n\n", True),
    (b"\xef\xbb\xbfone", b"one", True),
    (b"| a |\n|---|\n| b |", b"| a   |\n| ----- |\n| b   |", True),
    (b"Title\n=====", b"Title\n===", True),
    (b"one two", b"onetwo", False),
    (b"one two", b"two one", False),
    (b"a -- b", b"a - b", False),
    (b"one", b"One", False),
    (b"", b"one", False),
])
def test_a_change_of_form_leaves_the_same_words_in_the_same_order(old: bytes, new: bytes, same: bool) -> None:
    assert same_words(old, new) is same
    assert same_words(new, old) is same


@pytest.mark.parametrize(("merged", "nothing"), [
    (b"a\nb\nc\nd", True),         # both sides' lines
    (b"a\nb\nd", True),            # one side's alone
    (b"a\nb\nc\nd\ne", False),      # one that is nobody's
    (b"a\nc\nd", False),           # without one that both have
])
def test_a_merge_adds_nothing_when_each_line_is_somebodys_and_none_of_all_is_gone(merged: bytes, nothing: bool) -> None:
    assert adds_nothing([b"a\nb\nc", b"a\nb\nd"], merged) is nothing


def test_what_can_not_be_read_is_neither_the_same_nor_not() -> None:
    assert answered(Question("form", (b"1", b"2")), [b"one", None]) is None
