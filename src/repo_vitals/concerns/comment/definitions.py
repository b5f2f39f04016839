"""What the figures of comment mean."""
from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.report.model import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.monitor import Headline

SHOWN, REFUSED = "comment_reports", "comment_reports_refused"
METRICS = (
    MetricDefinition(name=SHOWN, unit="count", definition="Reports that the comment shows"),
    MetricDefinition(
        name=REFUSED, unit="count",
        definition="Reports and artifacts that were not read, because they are damaged, too large, or break the schema "
                   "or another rule"),
)
HEADLINES: Mapping[str, Headline] = MappingProxyType({"reports-shown": (SHOWN, {}), "reports-refused": (REFUSED, {})})
