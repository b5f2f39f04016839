"""What an answer says about its service."""
from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.service_health import answers
from repo_vitals.concerns.service_health.answers import Said
from repo_vitals.concerns.service_health.service_lines import parse_line
from repo_vitals.sources.crates import Release, Unreadable, read_release
from support import hostile
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
RECORDED = ROOT / "tests" / "data" / "crates_io"


def of_http(options: str, status: int = 200, body: bytes = b"", *, whole: bool = True) -> Said:
    return answers.http(parse_line(f"x = https://x.example {options}"), status, body, whole=whole)


@pytest.mark.parametrize(("options", "status", "state"), [
    ("", 200, "up"), ("", 204, "up"), ("", 304, "up"), ("", 399, "up"), ("", 199, "down"), ("", 400, "down"),
    ("", 500, "down"), ("expect=401", 401, "up"), ("expect=401", 200, "down"), ("expect=200-204,404", 404, "up"),
    ("expect=200-204,404", 205, "down"),
])
def test_a_status_passes_where_it_is_expected(options: str, status: int, state: str) -> None:
    assert of_http(options, status).state == state


def test_a_server_that_was_asked_too_often_is_there_but_tells_nothing() -> None:
    assert of_http("", 429).state == docs(429).state == "unknown"
    assert answers.registry_crate(parse_line("crates.io:a"), 429, b"").state == "unknown"
    assert of_http("expect=429", 429).state == "up"


@pytest.mark.parametrize(("options", "body", "state"), [
    ('text="is well"', b"all is well", "up"), ("text=well", b"all is ill", "down"),
    ("text=W\u00f6", "W\u00f6".encode(), "up"),
    ("text=well on-text=degraded", b"", "degraded"), ("absent=error", b"all is well", "up"),
    ("absent=error", b"an error", "down"), ("absent=error text=an", b"an error", "down"),
    ("absent=error on-text=degraded", b"error", "degraded"), ("text=well", b"WELL", "down"),
])
def test_a_text_must_be_there_or_not(options: str, body: bytes, state: str) -> None:
    assert of_http(options, body=body).state == state


def test_a_wrong_status_is_down_whatever_the_text_may_do() -> None:
    assert of_http("text=well on-text=degraded", 500, b"well") == Said(state="down", reason="it answered 500")


def test_a_text_that_was_not_found_in_a_part_of_the_answer_is_said_to_be_so() -> None:
    assert of_http("text=x", body=b"aaa", whole=False).reason == "the expected text is missing in the first 3 bytes"


def test_a_text_that_must_not_be_there_may_still_come_in_the_rest_of_a_long_answer() -> None:
    assert of_http("absent=x", body=b"aaa", whole=False) == Said(
        state="unknown", reason="whether a text is there that must not be is not known after the first 3 bytes")
    assert of_http("absent=x on-text=degraded", body=b"aaa", whole=False).state == "unknown"
    assert of_http("absent=a", body=b"aaa", whole=False).state == "down"
    assert of_http("absent=x text=b", body=b"aaa", whole=False).state == "down"
    assert of_http("text=a", body=b"aaa", whole=False).state == "up"


def page(options: str = "", **content: Any) -> Said:
    document = {"status": {"indicator": "none", "description": "All Systems Operational"}, "components": [], **content}
    return answers.status_page(parse_line(f"github {options}"), json.dumps(document).encode())


@pytest.mark.parametrize(("indicator", "down_at", "state"), [
    ("none", "major", "up"), ("maintenance", "major", "up"), ("minor", "major", "degraded"), ("major", "major", "down"),
    ("critical", "major", "down"), ("minor", "minor", "down"), ("major", "critical", "degraded"),
    ("critical", "critical", "down"),
])
def test_a_status_page_is_down_from_the_level_that_was_asked_for(indicator: str, down_at: str, state: str) -> None:
    assert page(f"down-at={down_at}", status={"indicator": indicator, "description": "x"}).state == state


PARTS = [{"name": "Actions", "status": "operational"}, {"name": "API Requests", "status": "degraded_performance"},
         {"name": "Pages", "status": "major_outage"}, {"name": "Core", "status": "operational", "group": True}]


@pytest.mark.parametrize(("named", "state", "remark"), [
    ("Actions", "up", ""), ("actions", "up", ""), ("API Requests", "degraded", "API Requests: degraded performance"),
    ("Actions,Pages", "down", "Pages: major outage"),
])
def test_only_the_components_that_are_named_count(named: str, state: str, remark: str) -> None:
    said = page(f'components="{named}"', components=PARTS, status={"indicator": "critical"})
    assert (said.state, said.remark) == (state, remark)


@pytest.mark.parametrize(("status", "state"), [
    ("operational", "up"), ("under_maintenance", "up"), ("degraded_performance", "degraded"),
    ("partial_outage", "down"),
    ("major_outage", "down")])
def test_the_status_of_a_component_has_its_level(status: str, state: str) -> None:
    assert page("components=A", components=[{"name": "A", "status": status}]).state == state


def test_a_component_that_the_page_does_not_know_is_unknown_and_the_nearest_is_named() -> None:
    said = page("components=Action", components=PARTS)
    assert (said.state, said.reason, said.remark) == (
        "unknown", "the page knows no component 'Action'", "the nearest is 'Actions'")
    assert page("components=Core", components=PARTS).state == "unknown"     # a group is no component


@pytest.mark.parametrize("content", [
    {"status": None}, {"status": {}}, {"status": {"indicator": "purple"}}, {"status": {"indicator": ["none"]}},
    {"status": "none"}])
def test_a_page_that_says_nothing_known_is_unreadable(content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        page(**content)


def test_a_component_without_a_known_status_is_unreadable() -> None:
    for status in (None, ["operational"], "fine"):
        with pytest.raises(Unreadable):
            page("components=A", components=[{"name": "A", "status": status}])


# Crates.

def release(file: str, crate: str) -> Release:
    return read_release((RECORDED / file).read_bytes(), crate=crate)


def test_recorded_answers_of_crates_io_are_read() -> None:
    bitflags = release("crate_bitflags.json", "bitflags")
    assert (bitflags.newest, bitflags.newest_yanked, bitflags.documented) == ("1.0.1", False, "1.0.1")
    assert bitflags.documented_at == datetime(2017, 11, 12, 16, 3, 15, 79909, timezone.utc)
    ranges = release("crate_utf8-ranges.json", "utf8_ranges")
    assert (ranges.newest, ranges.documented) == ("1.0.0", "1.0.0")


def test_a_recorded_unknown_crate_is_down() -> None:
    said = answers.registry_crate(parse_line("crates.io:nothing"), 404,
                                  (RECORDED / "crate_not_found.json").read_bytes())
    assert said == Said(state="down", reason="the registry knows no such crate")


def crate(*versions: tuple[str, int, bool], **about: Any) -> bytes:
    return json.dumps({"crate": {"id": "a", "max_version": "1.0.0", "max_stable_version": None, **about}, "versions": [
        {"num": number, "created_at": (NOW - timedelta(days=days)).isoformat(), "yanked": yanked}
        for number, days, yanked in versions]}).encode()


@pytest.mark.parametrize(("versions", "state"), [
    ([("1.0.0", 5, False)], "up"), ([("1.0.0", 5, False), ("1.1.0", 1, True)], "down"),
    ([("1.1.0", 1, True), ("1.0.0", 5, False)], "down"), ([("1.0.0", 5, True), ("0.9.1", 1, False)], "up")])
def test_the_version_published_last_must_not_be_yanked(versions: list[tuple[str, int, bool]], state: str) -> None:
    assert answers.registry_crate(parse_line("crates.io:a"), 200, crate(*versions)).state == state


@pytest.mark.parametrize(("about", "documented"), [
    ({"max_stable_version": "1.0.0", "max_version": "2.0.0-rc.1"}, "1.0.0"),
    ({"max_version": "2.0.0-rc.1"}, "2.0.0-rc.1")])
def test_what_a_reader_gets_is_the_newest_stable_version_or_else_the_newest(about: dict[str, str],
                                                                            documented: str) -> None:
    read = read_release(crate(("1.0.0", 9, False), ("2.0.0-rc.1", 2, False), **about), crate="a")
    assert read.documented == documented
    assert read.documented_at == NOW - timedelta(days=9 if documented == "1.0.0" else 2)


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b"null", b"not json", b'{"crate": 1, "versions": [1]}',
    b'{"crate": {"id": "a"}, "versions": []}',
    crate(("1.0.0", 1, False), id="b"),
    crate(("1.0.0", 1, False), max_version=7), crate(("1.0.0", 1, False), max_version="../../x"),
    crate(("1.0.0", 1, False), max_version="1?x"), crate(("1.0.0", 1, None)),  # type: ignore[arg-type]
    b'{"crate": {"id": "a", "max_version": "1"}, "versions": [{"num": "1", "created_at": "never", "yanked": false}]}',
    b'{"crate": {"id": "a", "max_version": "1"}, "versions": [7]}', b"[" * 100_000,
])
def test_an_answer_that_describes_no_crate_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_release(body, crate="a")


# Documentation.

def docs(status: int = 200, *, age: timedelta | None = timedelta(days=3), line: str = "docs.rs:a@1.0.0",
         **content: Any) -> Said:
    return answers.documentation(parse_line(line), status, json.dumps(content).encode(), now=NOW,
                                 published=None if age is None else NOW - age)


SOON, LATE = timedelta(hours=23, minutes=59), timedelta(hours=24)


@pytest.mark.parametrize(("built", "age", "state"), [
    (True, LATE, "up"), (True, SOON, "up"), (True, None, "up"), (False, LATE, "down"), (None, LATE, "down"),
    (False, SOON, "pending"), (None, SOON, "pending"), (False, None, "down"), (None, None, "unknown")])
def test_a_release_may_take_its_time_to_be_built(built: bool | None, age: timedelta | None, state: str) -> None:
    assert docs(age=age, doc_status=built, version="1.0.0").state == state


def test_the_time_that_a_build_may_take_can_be_set() -> None:
    assert docs(age=LATE, doc_status=False, line="docs.rs:a@1.0.0 build-delay=2d").state == "pending"
    assert docs(age=timedelta(0), doc_status=False, line="docs.rs:a@1.0.0 build-delay=0s").state == "down"


@pytest.mark.parametrize(("age", "state"), [(SOON, "pending"), (LATE, "down"), (None, "down")])
def test_a_version_that_docs_rs_has_not_heard_of_is_treated_like_one_not_built(
        age: timedelta | None, state: str) -> None:
    assert docs(404, age=age).state == state


def test_docs_rs_itself_being_down_is_no_build_that_takes_long() -> None:
    assert docs(503, age=SOON) == Said(state="down", reason="it answered 503")


@pytest.mark.parametrize("content", [
    {}, {"doc_status": "yes"}, {"doc_status": 1}, {"doc_status": True, "version": "2.0.0"}])
def test_a_status_of_something_else_is_unreadable(content: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        docs(**content)


_WORDS = st.sampled_from(["crate", "versions", "status", "components", "indicator", "doc_status", "name", "x"])
_DOCUMENTS = st.recursive(st.none() | st.booleans() | st.floats() | st.text(),
                          lambda inner: st.lists(inner) | st.dictionaries(_WORDS, inner), max_leaves=12)


@given(st.one_of(hostile.short.map(lambda words: words.encode("utf-8", "replace")), st.binary(max_size=50),
                 _DOCUMENTS.map(lambda value: json.dumps(value).encode())))
def test_no_answer_ends_in_another_error(body: bytes) -> None:
    read_or_refused(lambda: answers.status_page(parse_line("github"), body))
    read_or_refused(lambda: answers.status_page(parse_line("github components=x"), body))
    read_or_refused(lambda: answers.registry_crate(parse_line("crates.io:a"), 200, body))
    read_or_refused(lambda: answers.documentation(parse_line("docs.rs:a@1.0.0"), 200, body, now=NOW, published=None))


def read_or_refused(read: Callable[[], Said]) -> None:
    try:
        assert read().state in ("up", "degraded", "pending", "unknown", "down")
    except Unreadable as error:
        assert str(error).isprintable()
