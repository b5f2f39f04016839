"""How a run ended, as a value."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass
from repo_vitals.report.status import worst

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Values
    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.report.model import Cost, Report, Status


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a monitor's run ended. `report` None: it did not get far enough to have one, or there are `parts`."""

    monitor: Monitor[Any]
    exit_code: int
    summary: str
    report: Report | None = None
    path: Path | None = None            # of the report; the folder of the reports where there are parts
    values: Values | None = None
    error: RepoVitalsError | None = None
    repository: str = ""                # of a part: owner/name as it was asked for
    parts: tuple[Outcome, ...] = ()     # of a run over several repositories, in the order of the selection
    cost: Cost | None = None            # of the report, or of all parts together and of finding them
    annotated: frozenset[tuple[str, str]] = frozenset()     # rules and subjects of findings that were told as errors
    markdown: str | None = None         # what the job summary shows in place of the report's own form

    @property
    def status(self) -> Status:
        """The verdict: unknown without a report, the worst of the parts where there are some."""
        if self.parts:
            return worst(part.status for part in self.parts)
        return "unknown" if self.report is None else self.report.status

    @property
    def findings(self) -> int | None:
        """How many there are, over all parts; None without a report."""
        if self.parts:
            return sum(part.findings or 0 for part in self.parts)
        return None if self.report is None else len(self.report.findings)
