"""What an [alert] table makes of reports."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomli

from repo_vitals.concerns.alert.channels_inputs import Given
from repo_vitals.concerns.alert.inputs import INPUTS, policy_of
from repo_vitals.concerns.alert.policy import wanted
from repo_vitals.config.file import DEFAULT_PATH
from repo_vitals.config.resolve import resolve
from support.reports import NOW, finding, report

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Signal, Treatment
    from repo_vitals.concerns.alert.policy import Policy
    from repo_vitals.report.model import Report

A, B = "a" * 16, "b" * 16


def policy(toml: str = "", channels: tuple[str, ...] = ()) -> Policy:
    """The policy of an [alert] table."""
    values = resolve(INPUTS, options={}, environ={}, table=tomli.loads(toml).get("alert", {}), command="alert",
                     config_path=DEFAULT_PATH)
    return policy_of(values, repository="acme/widget", has_history=True,
                     given=Given(channels=dict.fromkeys(channels)))


def failing(monitor: str = "ci-health", **given: Any) -> Report:
    return report(monitor=monitor, status="fail", findings=(finding(**{"subject": A, **given}),))


def asked(toml: str, *reports: Report, now: datetime = NOW, states: tuple[AlertState, ...] = (),
          channels: tuple[str, ...] = (), **given: Any) -> tuple[dict[str, Signal], dict[str, Treatment]]:
    found, treated = wanted(policy(toml, channels), reports, {state.key: state for state in states}, now=now, **given)
    return {one.key: one for one in found}, dict(treated)


def treatment(toml: str, *reports: Report, key: str = "ci-health", **given: Any) -> Treatment:
    return asked(toml, *(reports or (failing(),)), **given)[1][key]
