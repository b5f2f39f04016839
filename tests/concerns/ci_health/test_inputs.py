"""What can be set, and what is refused."""
from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from repo_vitals.concerns.ci_health import inputs
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.config.resolve import resolve
from repo_vitals.errors import InputError


def policy(**options: str) -> Policy:
    values = resolve(inputs.INPUTS, options={name.replace("_", "-"): text for name, text in options.items()},
                     environ={}, table={}, command="ci-health", config_path=Path("c.toml"))
    return inputs.policy(values)


def test_the_defaults_are_those_of_the_policy() -> None:
    assert policy() == Policy()


def test_everything_that_is_given_arrives() -> None:
    assert policy(
        workflows="ci.yml, Nightly", events="push\nworkflow_dispatch", last="7", minimum_runs="3", minimum_ratio="0.8",
        minimum_first_attempt_ratio="0.5", judge_by="bound", cancelled_is="failure", security_workflows="audit.yml",
        security_maximum_age="3d", schedule_grace="0s", watch="faq=12h, community-metrics = 2d", jobs="0",
        enable_workflows="true",
    ) == Policy(
        workflows=("ci.yml", "Nightly"), events=frozenset({"push", "workflow_dispatch"}), last=7, minimum_runs=3,
        minimum_ratio=0.8, minimum_first_attempt_ratio=0.5, judge_by="bound", cancelled_is_failure=True,
        security_workflows=("audit.yml",), security_maximum_age=timedelta(days=3), schedule_grace=timedelta(0),
        watch={"faq": timedelta(hours=12), "community-metrics": timedelta(days=2)}, jobs=0, enable_workflows=True)


@pytest.mark.parametrize(("name", "text", "said"), [
    ("workflows", "*, ci.yml", "stands alone"), ("workflows", ",", "names no workflow"),
    ("events", "Push!", "not an event"),
    ("last", "0", "between 1 and"), ("minimum_ratio", "90", "for 90 % write 0.9"), ("judge_by", "mood", "not one of"),
    ("watch", "faq", "not like community-metrics=2d"), ("watch", "faq=soon", "gives faq a time"),
    ("watch", "../x=2d", "not like"), ("schedule_grace", "90d", "between 0s and 60d"), ("jobs", "-1", "between 0 and"),
    ("security_maximum_age", "0s", "between"), ("cancelled_is", "success", "not one of"),
])
def test_what_can_not_be_is_refused_in_one_line(name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        policy(**{name: text})
    assert "\n" not in str(caught.value)
