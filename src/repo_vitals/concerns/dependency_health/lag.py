"""How far packages are behind their newest releases. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.dependency_health.versions import behind
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.dependency_health.facts import Index, Package
    from repo_vitals.concerns.dependency_health.versions import Step

SECONDS_OF_A_YEAR = 365.25 * 86400


@dataclass(frozen=True, kw_only=True)
class Lag:
    """A package against its newest stable release."""

    package: Package
    asked: bool                                 # False: nothing was asked about it, or not in this run
    newest: str | None = None
    newest_at: datetime | None = None
    used_at: datetime | None = None
    step: Step | Literal["current"] | None = None   # None: not known
    libyears: float | None = None               # None: not known


def lag(package: Package, index: Index) -> Lag:
    """How far a package is behind, in version and in time.

    Libyears (libyear.com; Cox, Bouwers, van Eekelen and Visser 2015; CHAOSS): publication of the newest stable release
    minus that of the version in use, in years of 365.25 days; 0 where the version in use is that release or a newer
    one, or was published later, as a fix for an old line is.
    """
    key = package.ecosystem, package.name
    if key not in index.releases:
        return Lag(package=package, asked=False)
    release = index.releases[key]
    if release is None or release.newest is None:
        return Lag(package=package, asked=True)
    step = behind(package.ecosystem, package.version, release.newest)
    is_listed = package.version in release.used
    used_at = release.used.get(package.version)
    years: float | None = None
    if is_listed and step == "current":
        years = 0.0
    elif used_at is not None and release.newest_at is not None:
        years = max((release.newest_at - used_at).total_seconds(), 0.0) / SECONDS_OF_A_YEAR
    return Lag(package=package, asked=True, newest=release.newest, newest_at=release.newest_at, used_at=used_at,
               step=step, libyears=years)
