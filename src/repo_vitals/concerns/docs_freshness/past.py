"""What git knows of the documents: ages, and what became of what they cite. Called by collect; asks git alone.

With a shallow checkout the history is fetched without contents, else GitHub is asked, else ages are unknown.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from repo_vitals.concerns.docs_freshness.facts import Age, Citation, Document, Drift, Release
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.github_connection import GitHub

# Documents that tell of the past: what they cite may be gone.
RECORDS = ("CHANGELOG*", "CHANGES*", "HISTORY*", "NEWS*", "RELEASES*", "changelog.d/**", "changes/**",
           "docs/adr/**", "docs/adrs/**", "docs/decisions/**", "docs/rfcs/**", "docs/releases/**", "docs/archive/**")


@dataclass(frozen=True, kw_only=True)
class PastPolicy:
    """What counts."""

    bots: tuple[str, ...] = ()              # names of authors besides those that end in [bot]
    ignored_revisions: tuple[str, ...] = (".git-blame-ignore-revs",)
    records: tuple[str, ...] = RECORDS      # patterns of documents whose citations are left alone
    lost: float = 0.5                       # share of a cited file's lines that have to be gone for it to have changed


@dataclass(frozen=True, kw_only=True)
class Past:
    """What git said."""

    ages: Mapping[str, Age]
    citations: tuple[Citation, ...] = ()
    drift: Mapping[str, Drift] | None = None
    notes: tuple[str, ...] = ()


def ask_git(
    documents: Mapping[str, Document], contents: Mapping[str, bytes], checkout: Checkout | None, *,
    policy: PastPolicy, now: datetime, surroundings: Surroundings, github: GitHub | None = None, repository: str = "",
    server_url: str = "", why_none: str = "", release: Release | None = None, api: Collection[str] = (),
) -> Past:
    """The ages and citations of the documents at the checked-out commit.

    `contents` are the documents' bytes. Without a `checkout`, `why_none` says why. `api` are the documents that are due
    at each `release`. `github` and `server_url`, where they are given, are for a shallow checkout.
    """
    raise NotImplementedError
