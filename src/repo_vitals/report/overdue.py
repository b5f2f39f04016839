"""What was to be done by some time and was not, in words. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """What is late. Due at the very moment is not late."""

    since: datetime         # when the first of it was due
    words: str              # "a response was due 3.0 h ago and a fix was due 1.0 h ago"


def overdue(dues: Iterable[tuple[str, datetime | None]], now: datetime) -> Overdue | None:
    """What of some dues is late, each with its words ("a fix") and its time, None where it has none; None: nothing."""
    passed = [(what, moment) for what, moment in dues if moment is not None and now > moment]
    if not passed:
        return None
    return Overdue(since=min(moment for _, moment in passed),
                   words=" and ".join(f"{what} was due {in_words(now - moment)} ago" for what, moment in passed))
