"""What the collector hands to the arithmetic: plain values, nothing of a registry's API left in them."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Registry = Literal["crates", "pypi", "npm", "github"]
REGISTRIES: tuple[Registry, ...] = ("crates", "pypi", "npm", "github")
LAG = 3         # days by which a registry may be behind: npm and pypistats tell a day one or two days later


@dataclass(frozen=True, order=True)
class Package:
    """A package in a registry; for `github` the assets of the repository's releases, named by the repository."""

    registry: Registry
    name: str

    def __str__(self) -> str:
        return f"{self.registry}:{self.name}"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version, as far as its registry and deps.dev tell."""

    version: str
    published_at: datetime | None = None
    yanked: bool | None = None                  # yanked, or deprecated in the registry's word; None: not told
    total: int | None = None                    # all time
    recent: int | None = None                   # within the newest `Adoption.recent_days`; None: not told
    since: int | None = None                    # since the earlier run of `Adoption.since_days` ago; None: no such run
    advisories: tuple[str, ...] | None = None   # known flaws of this very version; None: not looked up


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """A package at the time of asking, with what earlier runs knew of it."""

    package: Package
    problem: str | None = None                  # why the registry told nothing now; what was known stands
    total: int | None = None                    # all time, as the registry tells it now
    total_before: int | None = None             # the same at the run before
    days: Mapping[date, int] = field(default_factory=dict)          # full days; one that is not here was not told
    partial: int | None = None                  # of today so far
    mirrors: Mapping[date, int] = field(default_factory=dict)       # PyPI: the same days with mirrors
    counted: Mapping[date, int] = field(default_factory=dict)       # releases: a count that only grows, at a run
    versions: tuple[Version, ...] = ()
    tells_versions: bool = False                # whether its registry tells downloads by version at all
    newest: str | None = None
    recent_days: int | None = None              # span of `Version.recent`
    others: int | None = None                   # downloads in that span of versions that are not told apart
    since_days: float | None = None             # span of `Version.since`
    weeks: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    # ^ downloads of the newest version, and of all that are told by version, in the seven days that end with a day
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Visits:
    """Views or clones of the repository."""

    days: Mapping[date, int]                    # full days, from GitHub and from earlier runs
    uniques: int | None = None                  # people in GitHub's fourteen days, today's part among them


@dataclass(frozen=True, kw_only=True)
class Popular:
    """A referrer, or a path of the repository, in GitHub's fourteen days. `name` is a stranger's text."""

    name: str
    count: int
    uniques: int
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """How the repository was visited, which is how its documentation is used as far as GitHub can tell."""

    problem: str | None = None                  # why it is not known
    views: Visits | None = None
    clones: Visits | None = None
    referrers: tuple[Popular, ...] = ()
    paths: tuple[Popular, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was read."""

    repository: str                             # owner/name, as GitHub spells it where it was asked
    adoptions: tuple[Adoption, ...]
    traffic: Traffic | None = None              # None: not asked for
    unavailable: str | None = None              # the first service that did not answer
    deps_dev_failed: bool = False               # whether versions or flaws that were asked for were not told
    mistake: str | None = None                  # what the caller has to put right, whatever else was measured
    keeps: bool = False                         # whether a history keeps what was read
    notes: tuple[str, ...] = ()
