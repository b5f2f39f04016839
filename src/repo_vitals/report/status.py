"""From metrics and findings to one word. Pure; the rules are the contract's."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.report.model import Finding, Metric, Severity, Status

_WORST_FIRST: tuple[Status, ...] = ("fail", "unknown", "warn", "pass")
_BY_SEVERITY: dict[Severity, Status] = {
    "critical": "fail", "high": "fail", "medium": "warn", "low": "warn", "info": "pass",
}


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses: fail > unknown > warn > pass; pass where there is none."""
    present = set(statuses)
    return next((status for status in _WORST_FIRST if status in present), "pass")


def overall(metrics: Iterable[Metric], findings: Iterable[Finding]) -> Status:
    """A monitor's status: the worst of its targeted metrics and its findings.

    A finding of high or critical severity fails, medium and low warn, info does nothing.
    """
    return worst([
        *(metric.status for metric in metrics if metric.status is not None),
        *(_BY_SEVERITY[finding.severity] for finding in findings),
    ])


def gravest(codes: Iterable[int]) -> int:
    """The exit code of several runs together: 1 if any gave 1, else 2, else 3, else 0."""
    present = set(codes)
    return next((code for code in (1, 2, 3) if code in present), 0)


def exit_code(status: Status, *, fail_on: str, unknown_is: str) -> int:
    """0 or 1, by the contract.

    `fail_on` is never, warn or fail: the mildest status that ends in exit 1. `unknown_is` is warn or fail: what an
    unknown status counts as.
    """
    if status == "unknown":
        status = "fail" if unknown_is == "fail" else "warn"
    breached = {"never": (), "warn": ("warn", "fail"), "fail": ("fail",)}[fail_on]
    return int(status in breached)
