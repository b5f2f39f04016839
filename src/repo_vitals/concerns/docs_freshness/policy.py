"""Where the limits of docs-freshness are. Plain values."""
from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.docs_freshness.classes import DEFAULT
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.classes import ClassRule
    from repo_vitals.config.allowlist import Allowlist

Breach = Literal["warn", "fail"]
Links = Literal["internal", "all", "none"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What counts, and how much."""

    maximum_age: timedelta = timedelta(days=90)         # of documents of no class
    classes: tuple[ClassRule, ...] = field(default_factory=lambda: DEFAULT)
    links: Links = "internal"
    external_links: Breach = "warn"                     # what a broken external link counts as
    stale: Breach = "warn"
    version_mismatches: Breach = "warn"
    sites: Breach = "warn"
    allowlist: Allowlist = ()
