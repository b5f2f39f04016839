"""How runs are judged: the user's wishes as plain values. Pure."""
from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What counts and where the limits are. The defaults are those of the inputs."""

    workflows: tuple[str, ...] = ("*",)
    events: frozenset[str] = frozenset({"push", "schedule"})
    last: int = 20
    minimum_runs: int = 5
    minimum_ratio: float = 0.9
    minimum_first_attempt_ratio: float | None = None
    judge_by: Literal["point", "bound"] = "point"
    cancelled_is_failure: bool = False
    security_workflows: tuple[str, ...] = ()
    security_maximum_age: timedelta = timedelta(days=8)
    schedule_grace: timedelta = timedelta(hours=6)
    watch: Mapping[str, timedelta] = field(default_factory=dict)
    jobs: int = 50
    enable_workflows: bool = False
