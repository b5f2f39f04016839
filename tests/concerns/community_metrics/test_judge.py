"""From figures to findings, status and the words that people read."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.community_metrics.judge import judge
from repo_vitals.concerns.community_metrics.measure import measure
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.report.model import Judgement, Window
from repo_vitals.report.status import overall
from support.community import MONTH, ago, facts, issue, pull_request, said

if TYPE_CHECKING:
    from repo_vitals.concerns.community_metrics.facts import Facts

BEFORE = Window(start=ago(24 * 60), end=ago(24 * 30))


def judged(some: Facts, *, mean_hours: float = 48, satisfaction: float = 0.8) -> Judgement:
    target = timedelta(hours=24)
    return judge(measure(some, window=MONTH, policy=Policy(), response_target=target),
                 measure(some, window=BEFORE, policy=Policy(), response_target=target), some,
                 response_target=target, mean_limit=timedelta(hours=mean_hours), responders="anyone",
                 satisfaction_target=satisfaction)


def status(judgement: Judgement) -> str:
    return overall(judgement.metrics, judgement.findings)


ANSWERED = (issue(1, opened=50, remarks=(said("bob", 49),)), pull_request(2, opened=50, remarks=(said("bob", 49),)))


def test_a_repository_that_answers_passes() -> None:
    judgement = judged(facts(*ANSWERED))
    assert status(judgement) == "pass"
    assert judgement.findings == ()
    assert judgement.summary == ("no open issue awaits a response for over 24 h; median first response 1 h; "
                                 "open: 1 issue, 1 pull request")


def test_the_summary_calls_nothing_answered_that_was_not_measured() -> None:
    assert judged(facts(repository={"issues_enabled": False})).summary == (
        "issues awaiting a response: unknown; median first response unknown; open: unknown issues, 0 pull requests")
    assert judged(facts()).summary == (
        "no open issue awaits a response for over 24 h; median first response unknown; open: 0 issues, 0 pull requests")
    assert "median first response not reached" in judged(facts(issue(1, opened=5))).summary


def test_one_waiting_issue_is_one_too_many() -> None:
    waiting = next(metric for metric in judged(facts(issue(9, opened=100))).metrics
                   if metric.name == "issues_awaiting_response")
    assert (str(waiting.target), waiting.status) == ("<= 0", "fail")


def test_a_response_older_than_its_item_has_no_time() -> None:
    (row,) = judged(facts(issue(1, opened=50, remarks=(said("bob", 300),)))).data["items"]
    assert (row["first_responder"], row["first_response_seconds"]) == ("bob", None)


def test_each_issue_awaiting_a_response_is_a_finding_that_fails_the_run() -> None:
    judgement = judged(facts(*ANSWERED, issue(9, opened=100)))
    assert status(judgement) == "fail"
    (finding,) = judgement.findings
    assert (finding.rule, finding.severity, finding.since) == ("awaiting-response", "high", ago(76))
    assert judgement.data["awaiting_response"] == [{
        "number": 9, "kind": "issue", "age_seconds": 360000.0, "due": "2026-03-28T08:00:00Z", "title": "Title 9",
        "url": "https://github.com/acme/widget/issues/9"}]


def test_a_pull_request_awaiting_a_response_is_listed_but_no_finding() -> None:
    judgement = judged(facts(*ANSWERED, pull_request(9, opened=100, drafts=((90, True), (60, False)))))
    assert judgement.findings == ()
    # 10 h ready, 30 h a draft, 60 h ready: due 24 h of ready time after opening.
    assert [(row["number"], row["age_seconds"], row["due"]) for row in judgement.data["awaiting_response"]] == [
        (9, 70 * 3600.0, "2026-03-29T14:00:00Z")]


def test_a_slow_mean_is_a_finding_for_the_kind_that_is_slow() -> None:
    slow = issue(3, opened=300, remarks=(said("bob", 100),))
    judgement = judged(facts(*ANSWERED, slow))
    assert [(finding.rule, finding.subject) for finding in judgement.findings] == [("mean-response", "issues")]
    assert status(judgement) == "fail"
    assert status(judged(facts(*ANSWERED, slow), mean_hours=101)) == "pass"


def approved(*, yes: int, no: int, **more: float) -> Judgement:
    items = [issue(n + 10, opened=50, remarks=(said("bob", 49, node_id=f"C{n}"),)) for n in range(yes + no)]
    reactions = {f"C{n}": frozenset({"HEART" if n < yes else "CONFUSED"}) for n in range(yes + no)}
    return judged(facts(*ANSWERED, *items, reactions=reactions), **more)


@pytest.mark.parametrize(("yes", "no", "target", "verdict"), [
    (4, 1, ">= 0.8", "pass"), (3, 2, ">= 0.8", "warn"), (0, 5, ">= 0.8", "warn"),
    (0, 4, "None", None), (4, 0, "None", None), (0, 0, "None", None),
])
def test_satisfaction_is_judged_from_five_samples_on_and_only_warns(
        yes: int, no: int, target: str, verdict: str | None) -> None:
    judgement = approved(yes=yes, no=no)
    [metric] = [metric for metric in judgement.metrics if metric.name == "satisfaction_ratio"]
    assert (str(metric.target), metric.status) == (target, verdict)
    assert status(judgement) == (verdict or "pass")


def test_the_satisfaction_target_is_the_users() -> None:
    assert status(approved(yes=3, no=2, satisfaction=0.6)) == "pass"


def test_nothing_answered_is_unknown_not_a_pass() -> None:
    assert status(judged(facts(issue(1, opened=3)))) == "unknown"


def test_the_same_issue_keeps_its_fingerprint_when_it_is_retitled() -> None:
    (before,) = judged(facts(issue(9, opened=100))).findings
    (after,) = judged(facts(issue(9, opened=120, labels=("x",)))).findings
    assert before.as_json(monitor="m")["id"] == after.as_json(monitor="m")["id"]


def test_the_items_of_the_window_are_listed_with_their_times() -> None:
    rows = judged(facts(*ANSWERED, issue(8, opened=24 * 31))).data["items"]
    assert [(row["kind"], row["number"]) for row in rows] == [("issue", 1), ("pull_request", 2)]
    assert rows[0] == {"number": 1, "kind": "issue", "created_at": "2026-03-29T10:00:00Z",
                       "ready_at": "2026-03-29T10:00:00Z", "first_response_at": "2026-03-29T11:00:00Z",
                       "first_response_seconds": 3600.0, "first_responder": "bob", "closed_at": None,
                       "state_reason": None, "labels": []}


def test_the_window_before_stands_in_the_trend() -> None:
    some = facts(*ANSWERED, issue(8, opened=24 * 40), issue(9, opened=24 * 35, states=((24 * 33, True),),
                                                              closed=24 * 33))
    trend = {(row["metric"], *row["labels"].values()): row["previous"] for row in judged(some).data["trend"]}
    assert trend["issues_opened",] == 2
    assert trend["issues_open",] == 1
    assert trend["issue_resolution_seconds", "0.5"] == 48 * 3600
    for unknown in ("repository_stars", "satisfaction_ratio", "contributors_new_per_month",
                    "contributor_retention_ratio"):
        assert (unknown,) not in trend


def test_the_backlog_is_drawn_over_both_windows() -> None:
    (series,) = judged(facts(issue(1, opened=24 * 20))).data["series"]
    assert series["title"] == "Open issues"
    assert [count for _, count in series["points"]] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert series["points"][-1][0] == "2026-03-31"
