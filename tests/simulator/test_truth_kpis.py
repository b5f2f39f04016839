"""The truth about reviews, drafts, labels, endings, reactions and growth, against figures worked out by hand."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from repo_vitals.simulator.truth import truth
from support.simulated import Scene

HOUR = 3600.0


def figures(scene: Scene, **more: Any) -> dict[str, Any]:
    """By name, with the labels' values behind slashes, in the order of the labels' names."""
    found = truth(scene.state, **{"now": scene.now, "kpis": True, **more})
    return {"/".join([name, *(value for _, value in labels)]): value for (name, labels), value in found.items()}


def test_without_being_asked_the_truth_tells_none_of_these() -> None:
    names = {name for name, _ in truth(Scene().state, now=Scene().now)}
    assert names.isdisjoint({"satisfaction_ratio", "discussions_opened", "pull_request_draft_seconds"})
    empty = {name: value for name, value in figures(Scene()).items() if name.split("/")[0] not in names}
    assert {name for name, value in empty.items() if value is not None} == {
        "discussions_opened", "issues_opened_per_week", "pull_requests_opened_per_week", "discussions_opened_per_week"}
    assert "issue_closed_seconds/0.5/completed" not in empty


def test_first_reviews_are_those_of_other_people_and_the_unreviewed_are_censored() -> None:
    scene = Scene()
    scene.pull_request(at=-100).comment(by="bob", at=-99).review(by="ann", at=-98).review(by="x[bot]", at=-97) \
        .review(by="bob", at=-96, minimised=True).review(by="bob", at=-95.5, state="PENDING") \
        .review(by="bob", at=-95, submitted=-94)                                        # 6 h
    scene.pull_request(at=-100, draft=True).review(by="bob", at=-99).ready(at=-90).review(by="cat", at=-88)     # 2 h
    scene.pull_request(at=-100).close(at=-97)                                           # censored at 3 h
    scene.pull_request(at=-100).draft(at=-50).review(by="bob", at=-40)                  # a draft now: left out
    found = figures(scene)
    # S: 2/3 at 2 h; at 6 h one is at risk: 0.
    assert (found["pull_request_first_review_seconds/0.5"], found["pull_request_first_review_seconds/0.9"]) == (
        6 * HOUR, 6 * HOUR)
    assert figures(scene, responders=["nobody"])["pull_request_first_review_seconds/0.5"] == 6 * HOUR


def test_time_in_draft_ends_with_the_closing_and_drafts_of_now_are_counted() -> None:
    scene = Scene()
    scene.pull_request(at=-100, draft=True).ready(at=-90).draft(at=-80).ready(at=-75)       # 10 + 5 h
    scene.pull_request(at=-100, draft=True).close(at=-60)                                   # 40 h
    scene.pull_request(at=-30, draft=True)                                                  # 30 h
    scene.pull_request(at=-30)                                                              # none
    scene.pull_request(by="dependabot[bot]", at=-30, draft=True)                            # left out
    found = figures(scene)
    assert found["pull_request_draft_seconds/0.5"] == 22.5 * HOUR       # of 0, 15, 30, 40
    assert found["pull_request_draft_seconds/0.9"] == 37 * HOUR


def test_merging_and_closing_unmerged_are_timed_apart_on_the_clock() -> None:
    scene = Scene()
    scene.pull_request(at=-100, draft=True).ready(at=-90).merge(at=-80)         # 10 h
    scene.pull_request(at=-100).merge(at=-80)                                   # 20 h
    scene.pull_request(at=-100).close(at=-98).reopen(at=-97).close(at=-60)      # 40 h
    scene.pull_request(at=-100)
    found = figures(scene)
    assert (found["pull_request_merge_seconds/0.5"], found["pull_request_merge_seconds/0.9"]) == (15 * HOUR, 19 * HOUR)
    assert found["pull_request_closed_unmerged_seconds/0.9"] == 40 * HOUR


def test_issues_are_timed_to_their_last_closing_by_reason() -> None:
    scene = Scene()
    scene.issue(at=-100).close(at=-99)
    scene.issue(at=-100).close(at=-99).reopen(at=-98).close(at=-95)
    scene.issue(at=-100).close(at=-93, reason="NOT_PLANNED")
    scene.issue(at=-100).close(at=-92, reason="DUPLICATE")
    scene.issue(at=-100).close(at=-92).reopen(at=-91)
    scene.issue(by="x[bot]", at=-100).close(at=-50)
    found = {name: value for name, value in figures(scene).items() if name.startswith("issue_closed_seconds/0.5/")}
    assert found == {"issue_closed_seconds/0.5/completed": 3 * HOUR, "issue_closed_seconds/0.5/not_planned": 7 * HOUR,
                     "issue_closed_seconds/0.5/duplicate": 8 * HOUR}


@pytest.mark.parametrize(("told", "hours"), [
    (lambda s: s.label("status/blocked", at=-90).unlabel("status/blocked", at=-80), 10),
    (lambda s: s.label("Status/Blocked", at=-90), 90),                                      # stands still
    (lambda s: s.label("status/blocked", at=-90).close(at=-85), 5),                         # a closing ends it
    (lambda s: s.label("status/blocked", at=-90).close(at=-85).reopen(at=-10), 15),         # and a reopening resumes
    (lambda s: s.label("status/blocked", at=-90).close(at=-85).unlabel("status/blocked", at=-50).reopen(at=-10), 5),
    (lambda s: s.label("status/blocked", at=-90).unlabel("status/blocked", at=-89)
     .label("status/blocked", at=-20).unlabel("status/blocked", at=-18), 3),
    (lambda s: s.close(at=-95).label("status/blocked", at=-90), 0),                         # only while closed
    (lambda s: s.label("bug", at=-90), None),
    (lambda s: s.label("status/blocked", at=1), None),                                      # only after now
])
def test_how_long_a_label_stood_on_an_issue_that_was_open(told: Any, hours: float | None) -> None:
    scene = Scene()
    told(scene.issue(at=-100))
    expected = None if hours is None else hours * HOUR
    assert figures(scene).get("issue_label_seconds/status/blocked/0.5") == expected


def test_labels_to_time_can_be_named_and_lie_over_all_issues_that_had_them() -> None:
    scene = Scene()
    for hours in (10, 20, 40):
        scene.issue(at=-100).label("waiting", at=-hours)
    scene.issue(at=-100)
    scene.pull_request(at=-100).label("waiting", at=-90)
    found = figures(scene, time_in_labels=["Waiting"])
    assert (found["issue_label_seconds/waiting/0.5"], found["issue_label_seconds/waiting/0.9"]) == (
        20 * HOUR, 36 * HOUR)


def test_answers_are_counted_where_there_can_be_one() -> None:
    scene = Scene()
    scene.discussion(at=-90).comment(by="bob", at=-80).answer(at=-70)
    scene.discussion(at=-90).comment(by="bob", at=-80)
    scene.discussion(at=-90).comment(by="bob", at=-80).answer(at=1)
    scene.discussion(at=-90, category="General")
    scene.discussion(by="x[bot]", at=-90)
    found = figures(scene)
    assert (found["discussion_answer_ratio"], found["discussions_opened"]) == (1 / 3, 5)


@pytest.mark.parametrize(("contents", "ratio"), [
    (["THUMBS_UP"], 1), (["HEART"], 1), (["HOORAY"], 1), (["ROCKET"], 1), (["LAUGH"], 1),
    (["THUMBS_DOWN"], 0), (["CONFUSED"], 0), (["HEART", "CONFUSED"], 0), (["EYES"], None), (["EYES", "HEART"], 1),
    ([], None),
])
def test_what_a_reaction_to_a_first_response_says(contents: list[Any], ratio: float | None) -> None:
    scene = Scene()
    scene.issue(at=-90).comment(by="x[bot]", at=-89).react("CONFUSED").comment(by="bob", at=-88).react(*contents) \
        .comment(by="cat", at=-87).react("CONFUSED")
    assert figures(scene)["satisfaction_ratio"] == ratio


def test_satisfaction_is_over_issues_pull_requests_and_discussions_alike() -> None:
    scene = Scene()
    scene.issue(at=-90).comment(by="bob", at=-88).react("HEART")
    scene.pull_request(at=-90).review(by="bob", at=-88).react("ROCKET")
    scene.discussion(at=-90).comment(by="ann", at=-88).reply(by="bob", at=-87).react("THUMBS_DOWN")
    scene.issue(at=-900).comment(by="bob", at=-899).react("CONFUSED")           # older than the window
    assert figures(scene)["satisfaction_ratio"] == 2 / 3


def test_retention_is_of_the_people_of_the_window_before() -> None:
    scene = Scene()
    for login, hours in (("ann", -1000), ("ann", -10), ("bob", -1000), ("cat", -1400), ("cat", -5), ("dan", -5),
                         ("eve", -5000), ("eve", -5), ("x[bot]", -1000), ("x[bot]", -5)):
        scene.commit(by=login, name=login, at=hours)
    found = figures(scene)
    # Before: ann, bob, cat. Again: ann and cat; dan is new, eve was away for longer.
    assert found["contributor_retention_ratio"] == 2 / 3
    assert (found["contributors_new"], found["contributors_returning"]) == (1, 3)
    assert figures(Scene().commit(by="ann", at=-5))["contributor_retention_ratio"] is None


def test_rates_are_per_week_and_month_whatever_the_window() -> None:
    scene = Scene().commit(by="ann", at=-5)
    for _ in range(3):
        scene.issue(at=-5)
        scene.pull_request(at=-5)
    scene.discussion(at=-5)
    found = figures(scene, window=timedelta(days=15))
    assert {name: found[name] for name in (
        "contributors_new_per_month", "issues_opened_per_week", "pull_requests_opened_per_week",
        "discussions_opened_per_week")} == {
            "contributors_new_per_month": 2, "issues_opened_per_week": pytest.approx(1.4),
            "pull_requests_opened_per_week": pytest.approx(1.4), "discussions_opened_per_week": pytest.approx(7 / 15)}
    assert figures(Scene())["contributors_new_per_month"] is None       # an empty repository
