"""Tags of a checkout, as far as it has some: one of a single commit has none."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.sources.checkout import Checkout


@dataclass(frozen=True, kw_only=True)
class TagRef:
    """A tag by its name, a stranger's text, and when it was made."""

    name: str
    at: datetime | None


def tags_of(checkout: Checkout) -> tuple[TagRef, ...]:
    """The tags that the checked-out commit descends from; all where it descends from none, or that can't be told.

    So a commit of an older release line is not held to a newer line's tags, nor one to nothing whose tags lie on
    branches that are never merged.
    """
    merged = () if checkout.is_shallow else _read(checkout.tags(merged=True))
    return merged or _read(checkout.tags(merged=False))


def _read(text: str) -> tuple[TagRef, ...]:
    found = []
    for line in text.split("\n"):
        at, _, ref = line.partition(" ")
        if ref.startswith("refs/tags/"):
            found.append(TagRef(name=ref[len("refs/tags/"):], at=_instant(at)))
    return tuple(found)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
