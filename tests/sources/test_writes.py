from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.errors import CouldNotMeasure, PermissionMissing
from repo_vitals.sources.github_rest import translated
from repo_vitals.sources.http import OutcomeUnknown
from repo_vitals.sources.writes import write_once
from support.scripted_server import CLOSED, RESET, answer, cut

SECONDARY = answer(403, {"message": "You have exceeded a secondary rate limit"}, headers={"retry-after": "1"})
FAULTS = {
    "none": None, "502": answer(502, body=b"<html>"), "500": answer(500, {}), "reset": RESET, "close": CLOSED,
    "cut": cut(answer(201, {"id": 1, "number": 1}), keep=5), "empty": answer(201, body=b""), "{}": answer(201, {}),
    "not JSON": answer(200, body=b"<html>"), "limit": SECONDARY,
}


class Tracker:
    """An issue tracker that goes wrong by plan: (fault, whether the write is applied before it) for each request."""

    def __init__(self, plan):
        self.plan, self.issues = list(plan), []

    def __call__(self, asked):
        fault, applied = self.plan.pop(0) if self.plan else ("none", True)
        step = FAULTS[fault]
        if asked.method == "POST" and (step is None or (applied and step is not SECONDARY)):
            number = len(self.issues) + 1
            title = asked.json()["title"]
            self.issues.append({"id": number, "number": number, "title": title, "body": "<!-- mark -->"})
        if step is not None:
            return step
        return answer(201, self.issues[-1]) if asked.method == "POST" else answer(200, self.issues)


def create_once(there):
    """Create an issue unless it is there, as an alert does; its number."""
    repository = there.github.rest(seconds_between_writes=0).get_repo("a/b")
    with translated(there.github.transport.token):
        return write_once(
            there.github.transport,
            lambda: repository.create_issue("wanted", body="<!-- mark -->").number,
            lambda: next((issue.number for issue in repository.get_issues() if "mark" in issue.body), None),
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.sampled_from(sorted(FAULTS)), st.booleans()), max_size=12))
def test_whatever_goes_wrong_there_is_one_issue_or_an_error_and_at_most_one(connected, plan):
    tracker = Tracker(plan)
    there = connected(tracker)
    try:
        number = create_once(there)
    except CouldNotMeasure as error:
        assert error.exit_code == 3
        assert len(tracker.issues) <= 1
    else:
        assert [issue["number"] for issue in tracker.issues] == [number] == [1]


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "limit"}))
def test_a_write_that_took_effect_unheard_is_found_and_not_repeated(connected, fault):
    tracker = Tracker([(fault, True)])
    there = connected(tracker)
    assert create_once(there) == 1
    assert [asked.method for asked in there.server.asked] == ["POST", "GET"]


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"none", "limit"}))
def test_a_write_that_was_lost_is_sent_again_after_a_look(connected, fault):
    tracker = Tracker([(fault, False)])
    there = connected(tracker)
    assert create_once(there) == 1
    assert [asked.method for asked in there.server.asked] == ["POST", "GET", "POST"]
    assert there.clock.sleeps, "GitHub is given time before it is asked whether the write arrived"


def test_a_write_that_is_lost_again_and_again_ends_with_an_error(connected):
    there = connected(Tracker([("reset", False), ("none", False)] * 9))
    with pytest.raises(OutcomeUnknown):
        create_once(there)
    assert [asked.method for asked in there.server.asked] == ["POST", "GET"] * 3


def test_a_refused_write_is_not_repeated(connected):
    there = connected(lambda asked: answer(403, {"message": "Resource not accessible by integration"}))
    with pytest.raises(PermissionMissing, match='grant "issues: write"'):
        create_once(there)
    assert len(there.server.asked) == 1
