"""What is measured, held to the figures that the simulated repository knows of itself."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.ci_health.measure import measure
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.simulator.truth_ci import CiRules, ci_truth
from support.ci import NOW, collected, until
from support.ci_scene import CiScene, sha
from support.simulated import serving

if TYPE_CHECKING:
    from collections.abc import Sequence

CONCLUSIONS = ("success", "failure", "timed_out", "cancelled", "skipped", "startup_failure")


def compare(scene: CiScene, **policy: Any) -> None:
    """Every figure that the truth knows, of the measured workflows."""
    wanted = Policy(jobs=5000, **policy)
    with serving(scene) as github:
        facts = collected(github, policy=wanted)
    found = {(metric.name, tuple(sorted(metric.labels.items()))): metric.value
             for metric in measure(facts, until(NOW), wanted).metrics}
    truth = ci_truth(scene.state, CiRules(
        now=NOW, last=wanted.last, events=wanted.events, cancelled_is_failure=wanted.cancelled_is_failure),
                     jobs_of=frozenset(facts.jobs_of))
    measured = {workflow.label for workflow in facts.measured}
    expected = {key: value for key, value in truth.items() if dict(key[1]).get("workflow", "") in {"", *measured}}
    assert {key: found.get(key) for key in expected} == {
        key: value if value is None else pytest.approx(value) for key, value in expected.items()}
    assert measured


# A run: hours before now, the conclusions of its attempts, which commit, which workflow, how long an attempt takes.
RUN = st.tuples(st.integers(1, 700), st.lists(st.sampled_from(CONCLUSIONS), min_size=1, max_size=4),
                st.integers(0, 6), st.integers(0, 1), st.sampled_from([0, 0.5, 1, 30]), st.booleans())


@given(st.lists(RUN, max_size=25), st.integers(1, 8), st.booleans(), st.data())
@settings(max_examples=30, deadline=None)
def test_any_history_of_attempts_is_measured_as_brute_force_does(
        runs: Sequence[tuple[int, list[str], int, int, float, bool]], last: int, cancelled: bool,
        data: st.DataObject) -> None:
    scene = CiScene()
    workflows = [scene.workflow("ci.yml", "CI"), scene.workflow("nightly.yml", "Nightly", text="on: [push, schedule]")]
    for hours, conclusions, commit, place, took, goes_on in runs:
        made = scene.run(*conclusions, at=-hours, took=took, again=took, of=workflows[place], sha=sha(commit))
        if any(attempt.updated_at > NOW for attempt in made.attempts):
            scene.state.delete_run(made)        # nothing ends in the future
            continue
        for number in range(1, len(made.attempts)):
            if data.draw(st.integers(0, 9)) == 0:
                scene.state.forget_attempt(made, number)
        if goes_on and made.status == "completed" and made.updated_at < NOW - timedelta(hours=1):
            scene.state.rerun(made, at=NOW - timedelta(hours=1))
    compare(scene, last=last, cancelled_is_failure=cancelled)


def test_a_generated_past_is_measured_as_it_was() -> None:
    import random

    from repo_vitals.simulator.generate_actions import tell_ci

    scene = CiScene()
    tell_ci(scene.state, scene.repository, random.Random(5), runs=400)
    compare(scene)
    compare(scene, events=frozenset({"push", "schedule", "merge_group"}))
