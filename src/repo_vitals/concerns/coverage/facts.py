"""What the readers and the collector hand to the arithmetic: plain values, nothing of a tool's format left in them."""
from __future__ import annotations

from dataclasses import dataclass, field

from repo_vitals.concerns.coverage.lines import Lines


@dataclass(slots=True)
class FileCoverage:
    """What one file's lines, branches and functions are worth, merged over all reports that name it.

    `branches` maps a line to (taken, all) of its branches; `functions` a name with its line to whether it ran. Reports
    that know no single lines leave `lines` empty and give `summary`. `arms` is for readers, by format and line: which
    branches were taken, as bits in the tool's order, and how many there are; `union.settle` makes `branches` of it.
    """

    lines: Lines = field(default_factory=Lines)
    branches: dict[int, tuple[int, int]] = field(default_factory=dict)
    functions: dict[tuple[str, int], bool] = field(default_factory=dict)
    summary: Summary | None = None
    arms: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Totals of a file whose single lines the report does not tell (istanbul's summary)."""

    lines: tuple[int, int]                      # covered, valid
    branches: tuple[int, int] | None = None
    functions: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class ReportRead:
    """One report, for the record: what it was, and what its own root says, which only cross-checks ours."""

    shown: str
    format: str                                 # the reader's name: "cobertura", "lcov" …
    tool: str = ""
    files: int = 0
    root_line_ratio: float | None = None        # as the report itself states it
    notes: tuple[str, ...] = ()
