"""Files of a commit are read a folder at a time, and only when somebody asks."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.sources.history_files import Files

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENTS = {"a/1": b"one", "a/2": b"two", "a/b/3": b"three", "4": b"four"}


class Store:
    """Where files are loaded from; counts."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def load(self, paths: Sequence[str]) -> dict[str, bytes]:
        self.asked.append(sorted(paths))
        return {path: CONTENTS[path] for path in paths}

    def files(self) -> Files:
        return Files({path: len(content) for path, content in CONTENTS.items()}, self.load)


def test_a_folder_is_read_once_and_the_others_not() -> None:
    store = Store()
    files = store.files()
    assert files.sizes() == {"a/1": 3, "a/2": 3, "a/b/3": 5, "4": 4}
    assert store.asked == []
    assert (files["a/1"], files["a/2"], files["a/1"]) == (b"one", b"two", b"one")
    assert store.asked == [["a/1", "a/2"]]


def test_what_is_not_there_is_not_asked_for() -> None:
    store = Store()
    with pytest.raises(KeyError):
        store.files()["a/5"]
    assert store.files().get("a") is None
    assert store.asked == []


def test_changes_lie_over_what_is_there() -> None:
    store = Store()
    files = store.files().changed({"a/1": b"new", "a/2": b"", "5": b"five"})
    assert dict(files) == {"a/1": b"new", "a/b/3": b"three", "4": b"four", "5": b"five"}
    assert files.sizes() == {path: len(content) for path, content in files.items()}
    assert ["a/1", "a/2"] not in store.asked
    assert dict(files.changed({"a/1": b""})) == {"a/b/3": b"three", "4": b"four", "5": b"five"}


def test_some_can_be_left_out() -> None:
    store = Store()
    files = store.files().only(lambda path: path.startswith("a/"))
    assert set(files) == {"a/1", "a/2", "a/b/3"}
    assert len(files) == 3


def test_what_another_thread_loads_meanwhile_does_no_harm() -> None:
    store = Store()
    files = store.files()

    class Slow(str):
        """A path at which, while it is looked up, somebody else asks for more."""

        __slots__ = ()

        def __hash__(self) -> int:
            files.bring(["4"])
            return super().__hash__()
    files._held[Slow("a/1")] = b"one"
    store.asked.clear()
    del files._held["4"]

    assert dict(files.changed({"5": b"five"}).items()) == {**CONTENTS, "5": b"five"}
    assert ["4"] in store.asked
