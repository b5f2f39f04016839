"""What the figures of ball-in-court mean."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.report.model import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.monitor import Headline

AWAITING, LABELLED, UNLABELLED, LEFT = (
    "awaiting_author", "awaiting_author_labelled", "awaiting_author_unlabelled", "awaiting_author_left")
STALE, WRONGLY = "stale_items", "stale_items_wrongly"
METRICS = (
    MetricDefinition(
        name=AWAITING, unit="count", labels=("kind",),
        definition="Open items on which the author owes the next move, or a person's own label says so"),
    MetricDefinition(
        name=LABELLED, unit="count",
        definition="Items on which this run puts the label; in a dry run those on which it would"),
    MetricDefinition(
        name=UNLABELLED, unit="count",
        definition="Items off which this run takes the label; in a dry run those off which it would"),
    MetricDefinition(
        name=LEFT, unit="count",
        definition="Writes that were due and are left to the next run, since `limit` were made"),
    MetricDefinition(
        name=STALE, unit="count", labels=("effect",),
        definition="Items that `staled` and `closed` name: what actions/stale says that it marked and closed"),
    MetricDefinition(
        name=WRONGLY, unit="count", labels=("effect",),
        definition="Those of them on which the author did not owe the next move when it was done"),
)
HEADLINES: Mapping[str, Headline] = MappingProxyType({
    "awaiting-issues": (AWAITING, {"kind": "issue"}), "labelled": (LABELLED, {}), "unlabelled": (UNLABELLED, {}),
    "left": (LEFT, {}), "marked": (STALE, {"effect": "marked"}), "closed": (STALE, {"effect": "closed"}),
    "closed-wrongly": (WRONGLY, {"effect": "closed"})})
