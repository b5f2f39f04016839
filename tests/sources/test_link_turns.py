"""In which order links are asked for, and when a host is left, with answers made up here."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.link_turns import OutOfTime, Turns
from repo_vitals.sources.web_url import WebUrl, parse_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PARTS: list[list[str]] = []


def links(host: str, count: int) -> list[WebUrl]:
    return [parse_url(f"https://{host}.dev/{number}") for number in range(count)]


def turns(urls: Sequence[WebUrl], bad: Mapping[str, str], **options: Any) -> dict[WebUrl, str]:
    """What came of each; `bad`: by path what becomes of a part that holds it: "vain", "late" or "fails"."""
    PARTS.clear()

    def ask(part: Sequence[WebUrl], seconds: float) -> dict[WebUrl, str]:
        assert len({url.host for url in part}) == 1, "a part is of one host"
        PARTS.append([url.path for url in part])
        met = {bad.get(url.path, "") for url in part}
        if "late" in met:
            raise OutOfTime("in time")
        if "fails" in met:
            raise CouldNotMeasure("it panicked")
        return {url: bad.get(url.path, "well") for url in part}
    return Turns(ask=ask, in_vain=lambda answer: answer != "well", silence=lambda why: f"silent: {why}", total=30,
                 seconds=lambda count: 1.0, interval=0, **{"at_once": 1, "most": 1000, **options}).all(urls)


def test_parts_begin_with_one_link_and_double_up_to_eight() -> None:
    assert turns(links("a", 25), {}) == dict.fromkeys(links("a", 25), "well")
    assert [len(part) for part in PARTS] == [1, 2, 4, 8, 8, 2]


def test_links_of_a_part_that_took_too_long_are_asked_one_by_one() -> None:
    found = turns(links("a", 5), {"/2": "late"})
    assert list(found.values()) == ["well", "well", "silent: in time", "well", "well"]
    assert PARTS == [["/0"], ["/1", "/2"], ["/1"], ["/2"], ["/3"], ["/4"]]


def test_a_host_is_left_after_three_links_in_vain_and_the_rest_keeps_its_place() -> None:
    found = turns([*links("a", 9), *links("b", 2)], dict.fromkeys([f"/{number}" for number in range(2, 9)], "vain"))
    assert [str(url) for url in found if url.host == "b.dev"] == ["https://b.dev/0", "https://b.dev/1"]
    assert [url.path for url in found if url.host == "a.dev"] == ["/0", "/1", "/2", "/3", "/4"]


def test_no_host_takes_more_of_a_runs_links_than_its_turns() -> None:
    found = turns([*links("a", 50), *links("b", 3)], {}, most=7)
    assert [url.path for url in found if url.host == "b.dev"] == ["/0", "/1", "/2"]
    assert len(found) == 7


def test_a_program_that_fails_for_one_link_is_no_failure_of_the_run_and_for_all_it_is() -> None:
    assert list(turns(links("a", 2), {"/1": "fails"}).values()) == ["well", "silent: it panicked"]
    many = [url for number in range(20) for url in links(f"host{number}", 3)]
    with pytest.raises(CouldNotMeasure, match="panicked"):
        turns(many, {f"/{number}": "fails" for number in range(3)})
    assert len(PARTS) == 5, "it is not tried for each of them"


@given(st.lists(st.sampled_from(["well", "vain", "late", "fails"]), max_size=12), st.integers(1, 3))
def test_what_is_asked_is_asked_in_the_order_of_its_host(kinds: list[str], at_once: int) -> None:
    urls = links("a", len(kinds))
    bad = {f"/{number}": kind for number, kind in enumerate(kinds) if kind != "well"}
    try:
        found = turns(urls, bad, at_once=at_once)
    except CouldNotMeasure:
        assert "fails" in kinds
        return
    assert list(found) == urls[:len(found)]
    assert all((answer == "well") == (url.path not in bad) for url, answer in found.items())
    if len(bad) < 2:
        assert len(found) == len(urls)
