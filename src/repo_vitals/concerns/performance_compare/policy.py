"""Where the limits of performance-compare are."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.budgets import Budget
    from repo_vitals.concerns.performance_compare.scaling import Scaling


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is tolerated, how sure a verdict has to be, and what is accepted."""

    tolerance: float = 0.01             # a ratio within 1 ± it is no change
    error: float = 0.05                 # probability of any false alarm in a whole suite
    minimum_runs: int = 3               # of the baseline, for a verdict other than unsure
    missing: Literal["warn", "fail"] = "warn"
    root_cause_within: timedelta = timedelta(hours=24)
    fix_within: timedelta = timedelta(hours=72)
    budgets: tuple[Budget, ...] = ()
    scaling: tuple[Scaling, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()    # of the configuration: the allowlist's and `accept`
