"""Counters that should only grow: what was added to them between two runs, also where they went down. Pure.

An asset that is uploaded again counts from nothing, and a deleted one takes its count along. So a counter that is lower
than before was begun anew: what it stands at now was added to it, the least that can have been. One that is gone added
nothing that can be known. Nothing is ever subtracted.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def added(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """What each counter of `now` grew by; one that was not there before grew from nothing."""
    return {name: count - before.get(name, 0) if count >= before.get(name, 0) else count
            for name, count in now.items()}


def begun_anew(before: Mapping[str, int], now: Mapping[str, int]) -> list[str]:
    """Counters that are lower than before, by name."""
    return sorted(name for name, count in now.items() if count < before.get(name, 0))
