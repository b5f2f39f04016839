"""Counters that should only grow: what was added to them between two runs, also where they went down. Pure.

A counter that is lower than before was corrected, and one that is gone took its count along: neither added anything
that can be known. Nothing is ever subtracted.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def added(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """What each counter of `now` grew by; one that was not there before grew from nothing."""
    return {name: max(0, count - before.get(name, 0)) for name, count in now.items()}


def added_since(before: Mapping[str, int], now: Mapping[str, int], young: Collection[str]) -> dict[str, int]:
    """The same, where a counter may come into sight long after it began to count: one that was not there before grew
    from nothing if it is `young`, which is younger than `before`; else it is where counting starts, and adds nothing.
    """
    return added({**{name: count for name, count in now.items() if name not in young}, **before}, now)
