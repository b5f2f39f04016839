"""Times to an event when some have not had it yet. Pure."""
from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A float product of a few ten thousand factors is off by far less; closer calls are settled with integers.
_CLOSE = 1e-9


@dataclass(frozen=True)
class Observation:
    """A time to an event, or, when censored, the time for which it is known not to have happened."""

    seconds: float
    happened: bool      # False: right-censored


def survival_quantiles(observations: Iterable[Observation], quantiles: Sequence[str]) -> dict[str, float | None]:
    """Kaplan-Meier quantiles: for each q the smallest time at which the survival curve is at or below 1 - q.

    Quantiles are decimal texts ("0.5"), so that a tie with the curve is decided exactly. None where the curve does not
    get down there: too few have had the event yet. At equal times events come before censorings.
    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations".
    """
    ordered = sorted(observations, key=lambda seen: seen.seconds)
    pending = sorted(((1 - Fraction(q), q) for q in quantiles), reverse=True)
    found: dict[str, float | None] = dict.fromkeys(quantiles)
    at_risk, curve = len(ordered), 1.0
    steps: list[tuple[int, int]] = []
    index = 0
    while index < len(ordered) and pending:
        time = ordered[index].seconds
        events = censored = 0
        while index < len(ordered) and ordered[index].seconds == time:
            events += ordered[index].happened
            censored += not ordered[index].happened
            index += 1
        if events:
            steps.append((at_risk - events, at_risk))
            curve *= (at_risk - events) / at_risk
            while pending and _at_or_below(curve, steps, pending[0][0]):
                found[pending.pop(0)[1]] = time
        at_risk -= events + censored
    return found


def _at_or_below(curve: float, steps: Sequence[tuple[int, int]], level: Fraction) -> bool:
    if abs(curve - level) > _CLOSE:
        return curve < level
    kept = math.prod(survivors for survivors, _ in steps)
    risked = math.prod(at_risk for _, at_risk in steps)
    return kept * level.denominator <= level.numerator * risked
