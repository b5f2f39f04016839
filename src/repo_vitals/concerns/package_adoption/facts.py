"""What the collector hands to the arithmetic: plain values, nothing of GitHub's API left in them."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A repository at the time of asking."""

    repository: str             # owner/name, as GitHub spells it
    open_issues: int | None     # None: issues are switched off
