"""Releases with their assets, and how a repository is visited."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.simulator.accounts import Node

if TYPE_CHECKING:
    from datetime import date, datetime

    from repo_vitals.simulator.model import Repository


@dataclass(eq=False, kw_only=True)
class ReleaseAsset(Node):
    """A file of a release."""

    name: str
    created_at: datetime
    download_count: int

    PREFIX = "RA"


@dataclass(eq=False, kw_only=True)
class Release(Node):
    """A release."""

    repository: Repository = field(repr=False)
    tag_name: str
    created_at: datetime
    is_draft: bool = False
    is_prerelease: bool = False
    assets: list[ReleaseAsset] = field(default_factory=list)

    PREFIX = "RE"

    @property
    def published_at(self) -> datetime | None:
        """Not before it is published."""
        return None if self.is_draft else self.created_at


@dataclass(kw_only=True)
class Visited:
    """How a repository was visited: (all, people) by day, and the tops of the last fourteen."""

    views: dict[date, tuple[int, int]] = field(default_factory=dict)
    clones: dict[date, tuple[int, int]] = field(default_factory=dict)
    referrers: list[tuple[str, int, int]] = field(default_factory=list)
    paths: list[tuple[str, str, int, int]] = field(default_factory=list)    # path, title, all, people
