"""Links to other hosts over time: which are asked for, and when one is broken."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness import link_ledger
from repo_vitals.concerns.docs_freshness.external_links import (
    Known,
    Rule,
    external,
    judged,
    learned,
    to_ask,
)
from repo_vitals.sources.ledger_lines import FromTheFuture, Unusable, seal
from repo_vitals.sources.lychee import LinkAnswer

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import CheckedLink

START = datetime(2026, 3, 1, 6, tzinfo=timezone.utc)
DAY = timedelta(days=1)
RULE = Rule()
LINK = external("README.md", 7, "https://sample.dev/guide#install")
WELL, GONE, NAMELESS = LinkAnswer(status=200), LinkAnswer(status=404), LinkAnswer(is_nameless=True)
UNSURE = LinkAnswer(status=503)


def after(*answers: LinkAnswer | None, every: timedelta = DAY, rule: Rule = RULE) -> CheckedLink:
    """What a link is after daily checks; None: the check was not made."""
    known: dict[str, Known] = {}
    found = None
    for number, answer in enumerate(answers):
        assert LINK.url is not None
        given_answers = {} if answer is None else {LINK.url: answer}
        known = link_ledger.read(link_ledger.write(known), list(known)) if known else known
        known = learned(known, given_answers, [LINK], START + number * every)
        [found] = judged([LINK], known, rule)
    assert found is not None
    return found


def test_a_link_that_answers_is_ok() -> None:
    found = after(WELL)
    assert (found.state, found.reason, found.file, found.line, found.is_external) == ("ok", "", "README.md", 7, True)


@pytest.mark.parametrize("gone", [GONE, LinkAnswer(status=410), NAMELESS])
def test_one_that_is_gone_is_broken_after_three_checks_over_three_days(gone: LinkAnswer) -> None:
    assert [after(*[gone] * times).state for times in (1, 2, 3, 4)] == ["unverified"] * 3 + ["broken"]
    found = after(*[gone] * 4)
    assert (found.failures, found.failing_since) == (4, START)
    assert found.reason.endswith("in 4 checks since 2026-03-01")


def test_many_checks_in_one_day_do_not_break_a_link() -> None:
    assert after(*[GONE] * 50, every=timedelta(minutes=5)).state == "unverified"


def test_two_checks_do_not_break_it_however_far_apart() -> None:
    assert after(GONE, GONE, every=30 * DAY).state == "unverified"


@pytest.mark.parametrize("status", [301, 302, 304, 400, 401, 403, 405, 429, 500, 502, 503, 504, 999, None])
def test_what_tells_nothing_of_the_page_never_breaks_it(status: int | None) -> None:
    answer = LinkAnswer(status=status)
    assert after(*[answer] * 30).state == "unverified"
    found = after(GONE, answer, GONE, answer, GONE, GONE)
    assert (found.state, found.failures) == ("broken", 4)
    assert after(GONE, GONE, GONE, GONE, answer).reason == "it answered 404, in 4 checks since 2026-03-01"


def test_a_success_ends_a_row_of_failures() -> None:
    assert after(GONE, GONE, GONE, WELL, GONE, GONE).state == "unverified"
    assert after(GONE, GONE, GONE, GONE, WELL).state == "ok"


def test_a_run_that_asks_nothing_changes_nothing() -> None:
    assert after(GONE, None, None, GONE, None, GONE).state == "broken"
    assert after(WELL, None).state == "ok"
    assert after(None).state == "unverified"


def test_where_a_link_has_moved_for_good_is_suggested_and_only_a_sound_url() -> None:
    assert after(replace(WELL, moved_to="https://sample.dev/new")).suggestion == "https://sample.dev/new"
    for bad in ("javascript:alert(1)", "https://user:secret@sample.dev/", "https://[bad",
                "https://sample.dev/new?token=secret"):
        assert after(replace(WELL, moved_to=bad)).suggestion == ""


def test_for_a_broken_link_the_archives_copy_from_before_is_suggested() -> None:
    assert after(*[GONE] * 4).suggestion == "https://web.archive.org/web/20260301/https://sample.dev/guide"
    assert after(GONE).suggestion == ""


@pytest.mark.parametrize(("answer", "reason"), [
    (LinkAnswer(refused="a private address"), "it leads to a private address, which is not visited"),
    (LinkAnswer(is_passed_over=True), "lychee asks nothing of its host")])
def test_what_is_not_visited_is_excluded_and_gives_its_turn_to_the_others(answer: LinkAnswer, reason: str) -> None:
    for answers in ([answer], [answer, None], [GONE, GONE, answer]):
        found = after(*answers)
        assert (found.state, found.reason) == ("excluded", reason)
    assert after(GONE, GONE, answer, GONE, GONE).state == "broken"
    assert LINK.url is not None
    known = learned({}, {LINK.url: answer}, [LINK], START)
    assert [bool(to_ask([LINK], known, START + days * DAY, RULE)) for days in (0, 6.9, 7)] == [False, False, True]


@pytest.mark.parametrize(("target", "state"), [
    ("https://user:pw@sample.dev/", "unverified"), ("ftp://sample.dev/", "unverified"), ("https://[bad", "unverified"),
    ("https://{host}/x", "unverified"), ("https://2130706433/", "unverified"),
    ("https://" + "a" * 10_000, "unverified"),
    ("http://localhost:8080/", "excluded"), ("https://api.example.com/v1", "excluded"), ("http://x.test", "excluded")])
def test_what_can_not_or_need_not_be_asked_is_not(target: str, state: str) -> None:
    link = external("a.md", 1, target)
    assert to_ask([link], {}, START, RULE) == []
    [found] = judged([link], {}, RULE)
    assert found.state == state
    assert found.reason


def test_each_url_is_asked_once_whatever_its_fragment_and_however_often_it_is_linked() -> None:
    links = [external("a.md", line, f"https://sample.dev/x#{line}") for line in range(5)]
    assert [str(url) for url in to_ask(links, {}, START, RULE)] == ["https://sample.dev/x"]


def test_what_was_well_is_asked_again_after_a_week_and_what_was_not_each_time() -> None:
    def due(known: Known, days: float) -> bool:
        return bool(to_ask([LINK], {str(LINK.url): known}, START + days * DAY, RULE))
    well = Known(asked_at=START, ok_at=START)
    assert [due(well, days) for days in (0, 6.9, 7)] == [False, False, True]
    assert due(replace(well, asked_at=START + DAY, reason="it answered 503"), 1)
    assert due(Known(asked_at=START, failing_since=START, last_failed=START, failures=1), 0)
    assert due(Known(asked_at=START + DAY, ok_at=START + DAY), 0), "a clock that went back"


def test_with_more_links_than_a_run_may_ask_for_all_have_their_turn() -> None:
    links = [external("a.md", 1, f"https://sample.dev/{number}") for number in range(10)]
    rule, known, asked = Rule(recheck=30 * DAY), {}, []
    for day in range(4):
        urls = to_ask(links, known, START + day * DAY, rule)[:3]
        asked += [str(url) for url in urls]
        known = learned(known, dict.fromkeys(urls, WELL), links, START + day * DAY)
    assert sorted(asked) == sorted(str(link.url) for link in links)


def test_what_is_no_longer_linked_is_forgotten() -> None:
    assert LINK.url is not None
    known = learned({}, {LINK.url: GONE}, [LINK], START)
    assert learned(known, {}, [], START) == {}


ANSWERS = st.lists(st.sampled_from([WELL, GONE, NAMELESS, UNSURE, LinkAnswer(), None]), min_size=1, max_size=20)


@given(ANSWERS, st.integers(1, 4), st.integers(0, 5), st.integers(1, 72))
def test_a_link_is_broken_exactly_when_the_definition_says_so(
        answers: list[LinkAnswer | None], checks: int, days: int, hours: int) -> None:
    """Against the definition read literally, over all checks so far."""
    failed: list[datetime] = []
    for number, answer in enumerate(answers):
        if answer is WELL:
            failed = []
        elif answer in (GONE, NAMELESS):
            failed.append(START + number * timedelta(hours=hours))
    wanted = len(failed) >= checks and failed[-1] - failed[0] >= days * DAY
    found = after(*answers, every=timedelta(hours=hours), rule=Rule(checks=checks, over=days * DAY))
    assert (found.state == "broken") == wanted
    assert found.failures == len(failed)


@given(st.permutations(range(6)), ANSWERS)
def test_the_order_of_links_changes_nothing(order: list[int], answers: list[LinkAnswer | None]) -> None:
    links = [external("a.md", number, f"https://sample.dev/{number}") for number in range(6)]
    given_answers = {link.url: answer for link, answer in zip(links, answers * 6, strict=False)
                     if link.url is not None and answer is not None}
    shuffled = [links[number] for number in order]
    known = learned({}, given_answers, links, START)
    assert known == learned({}, given_answers, shuffled, START)
    assert to_ask(links, known, START, RULE) == to_ask(shuffled, known, START, RULE)
    states = {link.line: link.state for link in judged(links, known, RULE)}
    assert states == {link.line: link.state for link in judged(shuffled, known, RULE)}


def test_the_ledger_holds_no_url_and_what_was_changed_by_hand_is_not_believed() -> None:
    known = {"https://sample.dev/?token=secret": Known(asked_at=START, ok_at=START)}
    text = link_ledger.write(known)
    assert "sample.dev" not in text
    assert "secret" not in text
    assert link_ledger.read(text, known) == known
    assert link_ledger.write({}) == ""
    for damaged in (text.replace("1", "2", 1), text[:-5], "", "{}", "[1]\n" + text, text.replace("null", "7")):
        with pytest.raises(Unusable):
            link_ledger.read(damaged, known)
    with pytest.raises(FromTheFuture):
        link_ledger.read(text.replace('"schema_version":1', '"schema_version":2'), known)


@pytest.mark.parametrize(("failing", "last", "failures"), [
    (None, 5, 1), (5, None, 1), (None, None, 1), (5, 5, 0), (5, None, 0), (None, 5, 0), (5, 5, -1), (5, 5, True),
])
def test_failures_that_the_ledger_counts_have_a_first_and_a_last_and_none_has_neither(
    failing: int | None, last: int | None, failures: int,
) -> None:
    url = "https://sample.dev/"
    row = [5, None, failing, last, failures, "", "", ""]
    with pytest.raises(Unusable):
        link_ledger.read(seal({"links": {link_ledger.key_of(url): row}, "hosts": {}}, schema_version=1), [url])
    row[2:5] = 5, 5, 1
    assert link_ledger.read(seal({"links": {link_ledger.key_of(url): row}, "hosts": {}}, schema_version=1), [url])


def test_only_what_a_host_can_mean_keeps_its_links_from_being_asked_for() -> None:
    ends = {"past": START, "soon": START + timedelta(seconds=1), "a day": START + DAY,
            "never": START + DAY + timedelta(seconds=1)}
    assert set(link_ledger.rests(link_ledger.write({}, {}, ends), START)) == {"soon", "a day"}
    many = {f"{number:04}": START + timedelta(seconds=number) for number in range(1, 1201)}
    kept = link_ledger.rests(link_ledger.write({}, {}, many), START)
    assert (len(kept), min(kept)) == (1000, "0201")
    for hosts in ([1], {"a": "soon"}, {"a": 1e99}, {"a": 10**30}, 7):
        with pytest.raises(Unusable):
            link_ledger.rests(seal({"links": {}, "hosts": hosts}, schema_version=1), START)


def test_rows_of_links_that_a_run_does_not_know_are_kept_for_60_days() -> None:
    gone = Known(asked_at=START, failing_since=START, last_failed=START, failures=1, reason="it answered 404")
    text = link_ledger.write({"https://a.dev/": gone, "https://b.dev/": gone})
    again = link_ledger.write({"https://a.dev/": gone}, link_ledger.others(text, ["https://a.dev/"], START + 59 * DAY))
    assert again == text
    assert link_ledger.others(text, ["https://a.dev/"], START + 60 * DAY) == {}
