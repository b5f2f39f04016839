"""When an alert ends, goes on or moves, by what was judged of the things that it is about."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.alert.facts import AlertState
from repo_vitals.concerns.alert.signals import EVERYTHING
from repo_vitals.concerns.alert.state import MOST_BLIND
from repo_vitals.report.model import Target
from support.alert_configurations import A, B, asked, failing
from support.reports import NOW, finding, metric, report

if TYPE_CHECKING:
    from repo_vitals.report.model import Report


def test_an_alert_ends_only_when_what_was_judged_as_it_failed_is_judged_again() -> None:
    fine = metric("issue_response_sla_ratio", 0.95, samples=20, priority="p2").judged(Target(">=", 0.9))
    nothing = metric("issue_response_sla_ratio", None, priority="p1").judged(Target(">=", 0.9))
    quiet = report(monitor="ci-health", status="unknown", metrics=(fine, nothing))
    as_it_failed = asked("", report(monitor="ci-health", status="fail", metrics=(fine, nothing),
                                    findings=(finding(subject=A),)))[0]["ci-health"]

    def outcome(blind: tuple[str, ...]) -> str:
        firing = AlertState(key="ci-health", phase="firing", severity="high", blind=blind)
        return asked("", quiet, states=(firing,))[0]["ci-health"].outcome

    assert outcome(as_it_failed.blind) == "healthy"
    assert outcome(()) == "unknown"
    assert outcome((EVERYTHING,)) == "healthy"
    # Of more than can be remembered those that are remembered tell.
    assert outcome(tuple(f"{place:016x}" for place in range(MOST_BLIND))) == "healthy"
    assert outcome(tuple(f"f{place:015x}" for place in range(MOST_BLIND))) == "unknown"
    assert asked("", quiet)[0]["ci-health"].outcome == "healthy"


def test_one_alert_about_all_ends_when_each_monitor_that_failed_was_heard_again() -> None:
    def outcome(*reports: Report, toml: str = '[alert]\ngroup-by = "all"', **given: Any) -> tuple[str, bool]:
        firing = AlertState(**{"key": "all", "phase": "firing", "monitors": ("ci-health",), **given})
        found = asked(toml, *reports, states=(firing,))[0]["all"]
        return found.outcome, found.is_moved

    other, well = report(monitor="coverage"), report(monitor="ci-health")
    assert outcome(other) == ("unknown", False)
    assert outcome(other, well) == ("healthy", False)
    assert outcome(other, left_at=NOW) == ("healthy", False)
    assert outcome(other, toml="") == ("unknown", False)
    assert outcome(failing("coverage"), toml="") == ("unknown", False)
    assert outcome(failing(), toml="") == ("healthy", True)


@pytest.mark.parametrize(("given", "carried"), [
    ({}, True), ({"problems": (B,)}, False), ({"phase": "pending"}, False),
    ({"left_at": NOW - timedelta(days=1)}, False),
])
def test_what_fires_under_another_key_goes_on_at_once_when_alerts_are_grouped_otherwise(
        given: dict[str, Any], carried: bool) -> None:
    before = AlertState(**{"key": "ci-health", "phase": "firing", "problems": (A,), **given})
    _, treated = asked('[alert]\ngroup-by = "finding"\nfire-after = "2 of 3"', failing(), states=(before,))

    assert treated[f"ci-health/{A}"].fire_after == ((1, 1) if carried else (2, 3))


def test_a_figures_alert_that_is_over_does_not_come_back_beside_the_finding_that_speaks_of_it() -> None:
    toml = '[alert]\ngroup-by = "finding"'
    ratio = metric("issue_response_sla_ratio", 0.5, samples=20).judged(Target(">=", 0.9))
    [key] = {key for key in asked(toml, report(status="fail", metrics=(ratio,)))[0] if "/" in key}
    both = report(status="fail", metrics=(ratio,), findings=(finding(subject=A),))

    def outcome(phase: Any, *, is_open: bool) -> str:
        before = AlertState(key=key, phase=phase, spells=1)
        return asked(toml, both, states=(before,), known={key: is_open})[0][key].outcome

    assert outcome("resolved", is_open=False) == "healthy"
    assert [outcome("firing", is_open=True), outcome("firing", is_open=False), outcome("pending", is_open=False)] == [
        "failing"] * 3
