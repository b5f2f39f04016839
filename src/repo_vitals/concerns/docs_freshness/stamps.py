"""What a document says itself of its reviews: front matter and lines such as `**Last Updated**: 2025-01-01`. Pure."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from repo_vitals.concerns.docs_freshness.facts import Document


@dataclass(frozen=True, kw_only=True)
class Stamps:
    """The dates, and notes on what could not be taken for one."""

    reviewed: date | None = None
    next_review: date | None = None
    notes: tuple[str, ...] = ()


def read_stamps(document: Document, content: bytes, *, now: date) -> Stamps:
    """The latest review and the next one, by the document."""
    raise NotImplementedError
