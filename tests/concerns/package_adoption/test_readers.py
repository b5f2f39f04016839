"""Answers of registries read as what they are, and anything else refused."""
from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.package_adoption import crates_io, npm_downloads, pypistats, traffic
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = {"id": 7, "num": "1.0.0", "downloads": 3, "yanked": False, "created_at": "2026-01-01T00:00:00.123456Z"}
CRATE = {"crate": {"name": "widget", "downloads": 3, "max_stable_version": "1.0.0", "max_version": "1.0.0"},
         "versions": [VERSION]}
ROWS = {"version_downloads": [{"version": 7, "date": "2026-01-02", "downloads": 2}],
        "meta": {"extra_downloads": [{"date": "2026-01-02", "downloads": 1}]}}
OVERALL = {"type": "overall_downloads", "data": [{"category": "with_mirrors", "date": "2026-01-02", "downloads": 2}]}
RANGE = {"downloads": [{"day": "2026-01-02", "downloads": 2}]}
WEEK = {"downloads": {"1.0.0": 2}}
VIEWS = {"count": 2, "uniques": 1, "views": [{"timestamp": "2026-01-02T00:00:00Z", "count": 2, "uniques": 1}]}
READERS: list[tuple[Any, Callable[[Any], Any]]] = [
    (CRATE, lambda document: crates_io.make_crate(crates_io.read_crate(document, "widget"))),
    (ROWS, lambda document: crates_io.make_rows(crates_io.read_rows(document))),
    (OVERALL, lambda document: pypistats.make(pypistats.read(document, "widget"))),
    (RANGE, lambda document: npm_downloads.make_range(npm_downloads.read_range(document, ["widget"]))),
    (WEEK, lambda document: npm_downloads.make_week(npm_downloads.read_week(document, "widget"))),
    (VIEWS, lambda document: traffic.days(document, "views")),
]
# What comes of another shape, and is known by whoever asks for an answer that is not one.
REFUSED = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
VALUES = st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
                                st.sampled_from(["0001-01-01", "9999-12-31", "2026-01-02T00:00:00+99:99"])),
                      lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(
                          st.sampled_from(["name", "downloads", "day", "date", "id", "errors", "detail"]), inner,
                          max_size=3)), max_leaves=6)


@st.composite
def spoiled(draw: Any, document: Any) -> Any:
    """The document with one value of it replaced by anything."""
    copy = json.loads(json.dumps(document))
    at, key = copy, None
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        if not isinstance(at[key], (dict, list)) or not at[key] or draw(st.booleans()):
            at[key] = draw(VALUES)
            return copy
        at = at[key]


def test_a_crate_of_which_every_version_is_yanked_has_no_newest_one() -> None:
    """crates.io then tells 0.0.0, which is none of its versions."""
    yanked = {**CRATE, "crate": {**CRATE["crate"], "max_stable_version": None, "max_version": "0.0.0"}}
    assert crates_io.make_crate(crates_io.read_crate(yanked, "widget")).newest is None


@pytest.mark.parametrize(("document", "read"), READERS, ids=["crate", "rows", "overall", "range", "week", "views"])
def test_a_whole_answer_is_read_and_a_spoiled_one_is_read_or_refused(document: Any, read: Callable[[Any], Any]) -> None:
    assert read(document)

    @given(spoiled(document))
    def reads_or_refuses(found: Any) -> None:
        with suppress(*REFUSED):
            read(found)
    reads_or_refuses()


@pytest.mark.parametrize(("document", "read"), [
    one for one in READERS if one[0] not in (CRATE, WEEK)], ids=["rows", "overall", "range", "views"])
def test_a_day_that_is_told_twice_counts_once_and_with_two_counts_is_refused(
    document: Any, read: Callable[[Any], Any],
) -> None:
    def told_twice(found: Any, more: int) -> Any:
        if isinstance(found, dict):
            return {key: told_twice(value, more) for key, value in found.items()}
        if isinstance(found, list):
            return [*found, *({**row, **{key: row[key] + more for key in ("downloads", "count") if key in row}}
                              for row in found)]
        return found
    assert read(told_twice(document, 0)) == read(document)
    with pytest.raises(REFUSED):
        read(told_twice(document, 1))


@pytest.mark.parametrize("downloads", [-1, 1.5, "7", True, None, 10**16])
def test_what_is_no_count_is_refused(downloads: Any) -> None:
    with pytest.raises(REFUSED):
        crates_io.make_rows(crates_io.read_rows({**ROWS, "meta": {"extra_downloads": [
            {"date": "2026-01-02", "downloads": downloads}]}}))


@pytest.mark.parametrize(("name", "total", "newest", "yanked"), [
    ("bitflags", 6673052, "1.0.1", 3), ("utf8-ranges", 3284871, "1.0.0", 0)])
def test_recorded_crates_have_the_totals_of_their_versions(name: str, total: int, newest: str, yanked: int) -> None:
    path = ROOT / "tests" / "data" / "crates_io" / f"crate_{name}.json"
    found = crates_io.make_crate(crates_io.read_crate(json.loads(path.read_text(encoding="utf-8")), name))
    assert (found.name, found.total, found.newest) == (name, total, newest)
    assert sum(one.total or 0 for one in found.versions.values()) == total
    assert sum(one.yanked for one in found.versions.values()) == yanked


def test_recorded_days_have_mirrors_told_apart() -> None:
    path = ROOT / "tests" / "data" / "pypistats" / "overall.json"
    found = pypistats.make(pypistats.read(json.loads(path.read_text(encoding="utf-8")), "pip"))
    # As jq adds them up.
    assert (sum(found.with_mirrors.values()), sum(found.without_mirrors.values())) == (3587357, 3559451)


def test_the_longest_spans_are_within_what_npm_answers() -> None:
    names = [f"p{number}" for number in range(201)] + ["@s/a"]
    found = npm_downloads.batches(names, {"p0": 1})
    assert [(len(batch), days) for batch, days in found] == [(1, 540), (1, 90), (100, 360), (100, 360)]
    assert sorted(name for batch, _ in found for name in batch) == sorted(names)


def test_days_since_the_newest_that_is_known_are_asked_for_again() -> None:
    behind = {"a": 90, "b": 91, "c": 360, "d": 361, "@s/e": 361, "@s/f": 2}
    assert npm_downloads.batches([*behind], behind) == [
        (["d"], 540), (["@s/e"], 540), (["@s/f"], 90), (["a"], 90), (["b", "c"], 360)]
