"""What a reader chose to see of a report, and in which order. Pure."""
from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.report.model import Metric

SECTIONS = ("agenda", "findings", "trends", "figures", "sla", "lists", "definitions")   # that can be hidden


@dataclass(frozen=True, kw_only=True)
class View:
    """How the summary and the terminal show a report. The JSON report knows nothing of it."""

    group_by: str = "none"                  # of the agenda: none, kind, priority, type or owes
    sort: str = "due"                       # of the agenda: due, age, number or priority
    hidden: frozenset[str] = frozenset()    # SECTIONS, and names or patterns of figures such as `discussion_*`

    def shows(self, section: str) -> bool:
        """Whether a section is wanted."""
        if section not in SECTIONS:
            raise ValueError(f"{section} is no section")
        return section not in self.hidden

    def wants(self, name: str) -> bool:
        """Whether no pattern hides the figures of that name."""
        return not any(fnmatchcase(name, pattern) for pattern in self.hidden)

    def wanted(self, metrics: Iterable[Metric]) -> tuple[Metric, ...]:
        """The figures that no pattern hides."""
        return tuple(metric for metric in metrics if self.wants(metric.name))


PLAIN = View()
