"""The simulator's truth against figures worked out by hand. Hours are before the scene's now; the window is 30 days."""
from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from repo_vitals.simulator.truth import truth
from repo_vitals.simulator.truth_figures import curve_quantile, priority_of, sorts_work, type_7
from support.simulated import Scene

HOUR = 3600.0
MONTH = 30 * 24


def figures(scene: Scene, **more: Any) -> dict[str, Any]:
    """By name, with the label's value behind a slash where there is one."""
    found = truth(scene.state, **{"now": scene.now, **more})
    return {"/".join([name, *(value for _, value in labels)]): value for (name, labels), value in found.items()}


def test_an_empty_repository_has_nothing_to_measure() -> None:
    found = figures(Scene())
    assert {name for name, value in found.items() if value is not None} == {
        "repository_stars", "repository_forks", "repository_watchers", "issues_open", "pull_requests_open",
        "issues_opened", "pull_requests_opened", "issues_closed", "pull_requests_merged",
        "pull_requests_closed_unmerged", "issues_opened_recent/7", "pull_requests_opened_recent/7",
        "issues_awaiting_response", "pull_requests_awaiting_response"}
    assert {value for value in found.values() if value is not None} == {0}


def test_counts_over_the_edges_of_the_window() -> None:
    scene = Scene()
    scene.issue(at=-MONTH)                                              # opened at the very start: counted
    scene.issue(at=-MONTH - 1).close(at=-1)                             # older, closed within
    scene.issue(at=-900).close(at=-MONTH)                               # closed at the very start: counted
    scene.issue(at=-900).close(at=-MONTH - 1)                           # closed before
    scene.issue(at=-7 * 24)                                             # in the last seven days
    scene.issue(at=-7 * 24 - 1).close(at=-90).reopen(at=-80)            # open again
    scene.issue(by="dependabot[bot]", at=-3)                            # by a bot: counted here
    scene.issue(at=0)                                                   # now: does not exist yet
    found = figures(scene)
    assert (found["issues_opened"], found["issues_closed"], found["issues_open"]) == (4, 2, 4)
    assert found["issues_opened_recent/7"] == 2
    # At the start one older issue was open: what was closed at that very moment was not. 2 / (1 + 4)
    assert found["issue_closure_ratio"] == 2 / 5


def test_merged_and_closed_unmerged_are_counted_apart() -> None:
    scene = Scene()
    scene.pull_request(at=-900).merge(at=-5)
    scene.pull_request(at=-900).merge(at=-MONTH - 1)
    scene.pull_request(at=-50).close(at=-5)
    scene.pull_request(at=-50).close(at=-5).reopen(at=-4)
    scene.pull_request(at=-50, draft=True)
    found = figures(scene)
    assert (found["pull_requests_merged"], found["pull_requests_closed_unmerged"], found["pull_requests_open"],
            found["pull_requests_opened"]) == (1, 1, 2, 3)


@pytest.mark.parametrize(("told", "expected"), [
    (lambda s: s.issue(at=-25), 1),
    (lambda s: s.issue(at=-24), 0),                                                     # not yet over the target
    (lambda s: s.issue(at=-5000), 1),                                                   # whatever its age
    (lambda s: s.issue(at=-25).comment(by="bob", at=-1), 0),
    (lambda s: s.issue(at=-25).comment(by="bob", at=-25), 0),                           # in the same second
    (lambda s: s.issue(at=-25).comment(by="ann", at=-20, times=130, every=0.01), 1),    # only the author
    (lambda s: s.issue(at=-25).comment(by="github-actions[bot]", at=-20, times=125, every=0.01), 1),
    (lambda s: s.issue(at=-25).comment(by="github-actions[bot]", at=-20, times=125).comment(by="bob", at=-1), 0),
    (lambda s: s.issue(at=-25).comment(by="bob", at=-20, minimised=True), 1),
    (lambda s: s.issue(at=-25).comment(by=None, at=-20), 0),                            # a deleted account answers
    (lambda s: s.issue(by=None, at=-25).comment(by=None, at=-20), 1),                   # perhaps the author itself
    (lambda s: s.issue(by=None, at=-25).comment(by="bob", at=-20), 0),
    (lambda s: s.issue(by="dependabot[bot]", at=-25), 0),
    (lambda s: s.issue(at=-25).comment(by="bob", at=-30), 0),                           # transferred: answered
    (lambda s: s.issue(at=-25).close(at=-1), 0),
    (lambda s: s.issue(at=-25).close(at=-5).reopen(at=-1), 1),
    (lambda s: s.issue(by="github-actions[bot]", at=-25, body="<!-- repo-vitals:x -->"), 0),
    (lambda s: s.issue(at=-25, body="<!-- repo-vitals:x -->"), 1),                      # forged: not by the viewer
    (lambda s: s.issue(at=-25).comment(by="bob", at=1), 1),                             # only after now
])
def test_which_issues_await_a_response(told: Any, expected: int) -> None:
    scene = Scene()
    told(scene)
    assert figures(scene)["issues_awaiting_response"] == expected


@pytest.mark.parametrize(("told", "expected"), [
    (lambda s: s.pull_request(at=-25), 1),
    (lambda s: s.pull_request(at=-25).review(by="bob", at=-1), 0),
    (lambda s: s.pull_request(at=-25).review(by="bob", at=-1, state="PENDING"), 1),
    (lambda s: s.pull_request(at=-25).review(by="bob", at=-20, submitted=1), 1),        # sent only after now
    (lambda s: s.pull_request(at=-25).review(by="ann", at=-1), 1),                      # her own
    (lambda s: s.pull_request(at=-25, draft=True), 0),
    (lambda s: s.pull_request(at=-60).draft(at=-25), 0),                                # a draft now
    (lambda s: s.pull_request(at=-60, draft=True).ready(at=-24), 0),                    # the clock began later
    (lambda s: s.pull_request(at=-60, draft=True).ready(at=-25), 1),
    (lambda s: s.pull_request(at=-60, draft=True).comment(by="bob", at=-40).ready(at=-25), 1),  # said to a draft
    (lambda s: s.pull_request(at=-60, draft=True).ready(at=-25).comment(by="bob", at=-25), 0),
    (lambda s: s.pull_request(at=-40).draft(at=-30).ready(at=-14), 0),                  # 10 h + 14 h: not over yet
    (lambda s: s.pull_request(at=-41).draft(at=-30).ready(at=-14), 1),                  # 11 h + 14 h
])
def test_which_pull_requests_await_a_response(told: Any, expected: int) -> None:
    scene = Scene()
    told(scene)
    assert figures(scene)["pull_requests_awaiting_response"] == expected


def test_unanswered_issues_are_censored_in_the_curve_and_absent_from_the_answered() -> None:
    scene = Scene()
    scene.issue(at=-100).comment(by="bob", at=-98)      # 2 h
    scene.issue(at=-100).comment(by="bob", at=-96)      # 4 h
    scene.issue(at=-100).close(at=-97)                  # censored at 3 h
    scene.issue(at=-10)                                 # censored at 10 h
    found = figures(scene)
    # S falls to 3/4 at 2 h; at 4 h two are at risk: 3/8, at or below 1/2. It never gets down to 1/10.
    assert found["issue_first_response_seconds/0.5"] == 4 * HOUR
    assert found["issue_first_response_seconds/0.9"] is None
    assert found["issue_first_response_answered_seconds/0.5"] == 3 * HOUR
    assert found["issue_first_response_answered_seconds/0.9"] == 3.8 * HOUR
    assert found["issue_first_response_answered_mean_seconds"] == 3 * HOUR
    assert found["issue_response_ratio"] == 0.5
    assert found["issue_resolution_ratio"] == 0.25


def test_a_zero_second_answer_is_an_answer() -> None:
    scene = Scene()
    scene.issue(at=-50).comment(by="bob", at=-50)
    scene.issue(at=-50).comment(by="bob", at=-48)
    found = figures(scene)
    assert (found["issue_first_response_seconds/0.5"], found["issue_first_response_answered_mean_seconds"]) == (0, HOUR)


def test_an_answer_after_the_closing_is_still_the_answer() -> None:
    scene = Scene()
    scene.issue(at=-50).close(at=-49).comment(by="bob", at=-45)
    assert figures(scene)["issue_first_response_seconds/0.5"] == 5 * HOUR


def test_an_answer_older_than_its_issue_counts_as_answered_with_an_unknown_time() -> None:
    scene = Scene()
    scene.issue(at=-50).comment(by="bob", at=-60).comment(by="bob", at=-40)
    scene.issue(at=-50).comment(by="bob", at=-49)
    found = figures(scene)
    assert found["issue_response_ratio"] == 1
    assert found["issue_first_response_seconds/0.9"] == HOUR
    assert found["issue_first_response_answered_mean_seconds"] == HOUR
    assert found["issue_response_sla_ratio/none"] == 1


def test_time_in_draft_is_no_time() -> None:
    scene = Scene()
    scene.pull_request(at=-100, draft=True).ready(at=-90).draft(at=-80).comment(by="bob", at=-75).ready(at=-70) \
        .review(by="bob", at=-65).merge(at=-60)
    found = figures(scene)
    assert found["pull_request_first_response_seconds/0.5"] == 15 * HOUR      # -90 to -80, -70 to -65
    assert found["pull_request_resolution_seconds/0.5"] == 20 * HOUR          # and on to -60


def test_drafts_of_now_are_in_no_figure_of_the_clock() -> None:
    scene = Scene()
    scene.pull_request(at=-100).review(by="bob", at=-99).draft(at=-50)
    found = figures(scene)
    assert found["pull_request_first_response_seconds/0.5"] is None
    assert "pull_request_response_sla_ratio/none" not in found
    assert found["pull_requests_open"] == 1


def test_the_last_closing_counts_and_a_reopening_takes_it_back() -> None:
    scene = Scene()
    scene.issue(at=-100).close(at=-99).reopen(at=-98).close(at=-97).reopen(at=-96).close(at=-91)
    scene.issue(at=-100).close(at=-99).reopen(at=-98)
    found = figures(scene)
    assert found["issue_resolution_seconds/0.5"] == 9 * HOUR
    assert found["issue_resolution_seconds/0.9"] is None
    assert found["issue_resolution_ratio"] == 0.5


def test_the_promise_is_kept_broken_pending_or_neither_by_priority() -> None:
    scene = Scene()
    scene.issue(at=-100).label("P1", at=-99).comment(by="bob", at=-76)          # after 24 h exactly: kept
    scene.issue(at=-100).label("P1", at=-99).comment(by="bob", at=-75.9)        # broken
    scene.issue(at=-100).label("priority/high", at=-99)                         # open and past due: broken
    scene.issue(at=-10).label("priority/high", at=-9)                           # pending
    scene.issue(at=-100).label("prio: Low", at=-99).close(at=-99)               # closed in time without a word: neither
    scene.issue(at=-100).close(at=-70)                                          # closed too late without a word: broken
    scene.issue(at=-100).comment(by="bob", at=-99)                              # kept, without a priority
    found = figures(scene)
    assert {name.split("/", 1)[1]: value for name, value in found.items() if "issue_response_sla" in name} == {
        "p1": 0.5, "high": 0.0, "low": None, "none": 0.5}


def test_triage_is_the_first_label_of_type_or_priority() -> None:
    scene = Scene()
    scene.issue(at=-100).label("good first issue", at=-99).label("bug", at=-98).label("P0", at=-97)
    scene.issue(at=-100).label("kind: regression", at=-96)
    scene.issue(at=-100).close(at=-99)
    found = figures(scene)
    # Censored at 1 h; at 2 h S = 1/2, at 4 h 0.
    assert (found["issue_triage_seconds/0.5"], found["issue_triage_seconds/0.9"]) == (2 * HOUR, 4 * HOUR)


def test_discussions_are_answered_by_nested_replies_too_and_answers_chosen_only_where_that_can_be() -> None:
    scene = Scene()
    scene.discussion(at=-100).comment(by="ann", at=-99).reply(by="bob", at=-97).comment(by="cat", at=-90).answer(at=-88)
    scene.discussion(at=-100, category="General").comment(by="bob", at=-99, minimised=True).reply(by="bob", at=-95)
    found = figures(scene)
    assert found["discussion_first_response_seconds/0.5"] == 3 * HOUR
    assert found["discussion_first_response_seconds/0.9"] == 5 * HOUR
    assert found["discussion_answer_seconds/0.9"] == 12 * HOUR


def test_backlog_age_is_of_every_open_issue() -> None:
    scene = Scene()
    for hours in (10, 20, 40):
        scene.issue(by="dependabot[bot]", at=-hours)
    found = figures(scene)
    assert (found["backlog_age_seconds/0.5"], found["backlog_age_seconds/0.9"]) == (20 * HOUR, 36 * HOUR)


def test_contributors_are_people_whatever_address_they_use() -> None:
    scene = Scene()
    scene.commit(by="ann", email="ann@work.example", at=-1000)
    scene.commit(by="ann", email="ann@home.example", at=-10)                                    # returning, by login
    scene.commit(email="7+Bob@users.noreply.github.com", at=-9)
    scene.commit(by="bob", email="bob@example.org", at=-8)                                      # the same person, new
    scene.commit(email="CAT@old.example", at=-7)
    scene.commit(email="cat@new.example", at=-2000)                                             # returning, by .mailmap
    scene.commit(email="49699333+dependabot[bot]@users.noreply.github.com", name="dependabot[bot]", at=-6)
    scene.commit(email="ci@x.example", name="release[bot]", at=-5)
    scene.commit(by="acme-ci", at=-4)
    scene.state.set_mailmap(scene.repository, "# people\nCat <cat@new.example> <cat@old.example>\nOnly <x@y.example>\n")
    found = figures(scene, ignore=["acme-ci"])
    assert (found["commits"], found["contributors_active"], found["contributors_new"],
            found["contributors_returning"]) == (4, 3, 1, 2)
    assert found["contributor_absence_factor"] == 1         # bob's two of four
    assert figures(scene)["contributors_active"] == 4       # nobody said that acme-ci is a machine


def test_the_absence_factor_of_chaoss_own_example() -> None:
    scene = Scene()
    for place, count in enumerate((10, 2, 1, 1, 3, 3, 4, 4)):
        for _ in range(count):
            scene.commit(by=f"person-{place}", at=-5)
    assert figures(scene)["contributor_absence_factor"] == 2        # 10 + 4 of 28 is half


def test_commits_outside_the_window_leave_zero_rather_than_nothing() -> None:
    found = figures(Scene().commit(by="ann", at=-5000))
    assert (found["commits"], found["contributors_active"], found["contributor_absence_factor"]) == (0, 0, None)


def test_responders_can_be_narrowed() -> None:
    scene = Scene().role("mia", "MEMBER")
    scene.issue(at=-100).comment(by="bob", at=-99).comment(by=None, at=-98.5).comment(by="mia", at=-98)
    times = [figures(scene, responders=who)["issue_first_response_seconds/0.5"]
             for who in ("anyone", "members", ["@Bob"], ["cat"])]
    assert times == [HOUR, 2 * HOUR, HOUR, None]


def test_bots_items_come_back_on_request_and_ignored_people_count_as_bots() -> None:
    scene = Scene()
    scene.issue(by="dependabot[bot]", at=-100)
    scene.issue(by="acme-ci", at=-100)
    scene.issue(at=-100).comment(by="acme-ci", at=-99)
    counts = [figures(scene, **more)["issues_awaiting_response"]
              for more in ({}, {"ignore": ["Acme-CI"]}, {"include_bots": True})]
    assert counts == [1, 1, 2]


def test_an_earlier_now_sees_the_world_as_it_was() -> None:
    scene = Scene()
    scene.issue(at=-100).label("bug", at=-10).comment(by="bob", at=-20).close(at=-15)
    scene.pull_request(at=-100).draft(at=-30).ready(at=-10).merge(at=-5)
    scene.discussion(at=-100).comment(by="bob", at=-20).answer(at=-10)
    found = figures(scene, now=scene.now - timedelta(hours=50))
    assert (found["issues_awaiting_response"], found["issues_open"], found["pull_requests_open"]) == (1, 1, 1)
    assert found["pull_requests_awaiting_response"] == 1
    assert found["issue_triage_seconds/0.5"] is found["discussion_answer_seconds/0.5"] is None


@pytest.mark.parametrize(("observations", "q", "expected"), [
    ([], Fraction(1, 2), None),
    ([(5, False)], Fraction(1, 2), None),
    ([(0, True)], Fraction(9, 10), 0),
    ([(1, True), (2, True)], Fraction(1, 2), 1),                    # exactly at 1 - q
    ([(n, True) for n in range(1, 11)], Fraction(9, 10), 9),        # in floats 0.1 would be missed
    ([(5, True), (5, False)], Fraction(1, 2), 5),                   # censored at the same time: still at risk
    ([(4, False), (5, True)], Fraction(9, 10), 5),
])
def test_the_product_limit(observations: list[tuple[int, bool]], q: Fraction, expected: float | None) -> None:
    assert curve_quantile(observations, q) == expected


def test_type_7_of_one_to_ten() -> None:
    assert type_7(list(range(10, 0, -1)), Fraction(9, 10)) == 9.1
    assert type_7([4], Fraction(9, 10)) == 4
    assert type_7([], Fraction(1, 2)) is None


@pytest.mark.parametrize(("labels", "priority"), [
    ([], "none"), (["bug"], "none"), (["p3", "P1"], "p1"), (["priority/high"], "high"),
    (["Severity - Critical"], "critical"),
    (["prio:blocker", "prio:awful"], "awful"), (["P2", "priority: urgent"], "urgent"), (["p5"], "none"),
    (["prioritise"], "none"), (["priority/Moderate "], "moderate"),
])
def test_priorities_are_read_from_labels(labels: list[str], priority: str) -> None:
    assert priority_of(labels) == priority


def test_which_labels_sort_work() -> None:
    words = ["Bug", "type/x", "kind - y", "P0", "feature request", "stale", "types/x", "good first issue", "buggy"]
    assert [word for word in words if sorts_work(word)] == words[:5]
