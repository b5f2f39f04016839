"""What may happen to alerts, as data: runs and what goes wrong in them, what people do, and other policies."""
from __future__ import annotations

from dataclasses import dataclass, field

# A monitor's own alert, and one of a single finding.
KEYS = ("ci-health", "coverage/00000000000000ab")
MONITORS = ("ci-health", "coverage")


@dataclass(frozen=True)
class Says:
    """What the reports say of each key."""

    outcomes: tuple[str, str]
    problems: int = 1               # 1 to 3: each is a new one
    severity: str = "high"
    is_new: bool = True             # False: the reports of the last run again


@dataclass(frozen=True)
class Fault:
    loses: dict[int, str] = field(default_factory=dict)
    dies: bool = False
    forgets: bool = False           # the history's push is refused
    deaf: bool = False              # the channel
    lags: bool = False              # the list of issues is as it was before what happened last


@dataclass(frozen=True)
class Run:
    says: Says
    fault: Fault = Fault()


@dataclass(frozen=True)
class Both:
    """Two runs that have read before either wrote."""

    one: Run
    other: Run
    order: tuple[bool, ...]


@dataclass(frozen=True)
class Act:
    """What somebody does to an issue of a key, picked by number among them."""

    what: str
    key: int
    pick: int = 0


@dataclass(frozen=True)
class Policy:
    fire_after: tuple[int, int] = (1, 1)
    resolve_after: int = 1
    silenced: bool = False
    inhibited: bool = False
