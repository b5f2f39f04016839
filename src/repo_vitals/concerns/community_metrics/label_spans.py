"""When a label stood on an item. Pure.

The present is certain and its history has gaps: labels that came along with a transfer have no entry, and one that was
deleted from the repository has none of its end. So the history is read backwards, from the labels of now.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.community_metrics.labels import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.facts import Item

Span = tuple["datetime", "datetime | None"]     # half-open [from, to); to None: it stands still


def standing(item: Item, names: Collection[str], *, as_of: datetime) -> tuple[Span, ...]:
    """When at least one of the labels (folded names) stood, up to `as_of`, in order and apart from each other.

    Such a label without an entry that it was put on counts from the creation. The last span of a label that nobody took
    off and that is gone all the same does not count, since nobody knows how long it was.
    """
    return joined(span for name in names for span in _spans(item, name, as_of))


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in spans that are in order and apart from each other."""
    found: list[Span] = []
    for began, ended in sorted(spans, key=lambda span: span[0]):
        last = found[-1][1] if found else began
        if not found or (last is not None and last < began):
            found.append((began, ended))
        elif last is not None and (ended is None or ended > last):
            found[-1] = (found[-1][0], ended)
    return tuple(found)


def _spans(item: Item, name: str, as_of: datetime) -> Iterator[Span]:
    # Several of a project's labels can have one name here, hence the counting.
    count = sum(folded(label) == name for label in item.labels)
    counts: list[tuple[datetime, int]] = []
    history = sorted((change for change in item.label_changes if folded(change.name) == name),
                     key=lambda change: change.at)
    for change in reversed(history):
        counts.append((max(change.at, item.created_at), count))
        count = max(count + (-1 if change.added else 1), 0)
    counts.append((item.created_at, count))
    began: datetime | None = None
    for at, stood in reversed(counts):
        if at > as_of:
            break
        if began is None and stood:
            began = at
        elif began is not None and not stood:
            if began < at:
                yield began, at
            began = None
    if began is not None:
        yield began, None


def first_put_on(item: Item, is_one: Callable[[str], bool], *, as_of: datetime) -> datetime | None:
    """When the first label of a sort stood on the item, whether it stands still or not; None if none did by `as_of`.

    None for a discussion too: GitHub keeps no history of its labels.
    """
    if item.kind == "discussion":
        return None
    put_on = [change.at for change in item.label_changes if change.added and is_one(change.name)]
    known = {folded(change.name) for change in item.label_changes} | {folded(label) for label in item.labels}
    spans = standing(item, {name for name in known if is_one(name)}, as_of=as_of)
    first = min([*put_on, *(began for began, _ in spans)], default=None)
    return None if first is None or first > as_of else max(first, item.created_at)
