"""What the collector hands to the arithmetic: plain values, nothing of the network left in them."""
from __future__ import annotations

from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["http", "statuspage", "docs.rs", "crates.io"]
KINDS: tuple[Kind, ...] = ("http", "statuspage", "docs.rs", "crates.io")
# What a try, and all tries of a service together, can say. "degraded" is up with something to say against it,
# "pending" neither up nor down because that is not due yet, "unknown" could not be told.
State = Literal["up", "degraded", "pending", "unknown", "down"]
STATES: tuple[State, ...] = ("up", "degraded", "pending", "unknown", "down")
Reach = Literal["there", "nowhere", "here"]     # see sources/probe_wire.py


@dataclass(frozen=True, kw_only=True)
class Service:
    """What to check, and what passes."""

    name: str
    kind: Kind = "http"
    url: str                                # what is asked; of docs.rs without a version: the crate's page
    crate: str | None = None                # of docs.rs and crates.io
    version: str | None = None              # of docs.rs; None: the newest released one
    registry: str | None = None             # of docs.rs without a version: the crate at the registry
    expect: tuple[tuple[int, int], ...] | None = None   # ranges of statuses, both ends included; None: 200 to 399
    text: str | None = None                 # must be in the body
    absent: str | None = None               # must not be in it
    on_text: Literal["down", "degraded"] = "down"
    method: Literal["GET", "HEAD"] = "GET"
    certificate: timedelta = timedelta(days=14)     # less left of it is a finding
    latency: timedelta | None = None        # an answer that takes longer is a finding
    tries: int = 3
    failures: int = 2                       # so many failed tries are an outage
    wait: timedelta = timedelta(seconds=5)  # between tries
    build_delay: timedelta = timedelta(hours=24)    # of docs.rs: what it may take to build a release
    components: tuple[str, ...] = ()        # of a status page: the ones that count; none named: its overall indicator
    down_at: Literal["minor", "major", "critical"] = "major"    # of a status page

    @property
    def secure(self) -> bool:
        """Whether there is a certificate to look at."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """Scheme and host of what is asked, for telling services on one host from services on several."""
        return "/".join(self.url.split("/", 3)[:3])


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try of a service."""

    at: datetime
    state: State
    reason: str = ""                        # in a few words, without a stranger's text; empty where all is well
    status: int | None = None               # of the answer after redirects
    seconds: float | None = None            # until the whole answer; None without one
    reach: Reach = "there"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """All that was learned of a service now."""

    service: Service
    tries: tuple[Try, ...]
    final_url: str                          # where the last try's redirects ended, without its query
    certificate_expires_at: datetime | None = None
    remark: str = ""                        # what a status page or a registry says besides; may be a stranger's text


@dataclass(frozen=True, kw_only=True)
class PastCheck:
    """A check of an earlier run."""

    at: datetime
    up: bool | None                         # None: it could not be told
    seconds: float | None = None            # until the answer; None: not recorded, or there was none


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All services now, and what earlier runs recorded of them."""

    repository: str
    probes: tuple[Probe, ...]
    past: Mapping[str, tuple[PastCheck, ...]] = field(default_factory=dict)     # by service, oldest first, before now
    keeps: bool = False                     # whether there is a history at all
