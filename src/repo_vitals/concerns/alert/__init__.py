"""Alert: issues that open, change and close themselves as reports say, and channels that are told of it."""
from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # `run` takes the channels' inputs from here at each start, and most runs alert of nothing: the rest is not small.
    if name != "MONITOR":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from repo_vitals.concerns.alert.monitor import MONITOR

    return MONITOR
