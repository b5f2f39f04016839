"""What the readers and the collector hand to the arithmetic: plain values, nothing of a tool's format left in them."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.lines import Lines
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.concerns.coverage.totals import Count, Totals
    from repo_vitals.sources.bases import Base
    from repo_vitals.sources.workflow_event import PullRequest


@dataclass(slots=True)
class FileCoverage:
    """What one file's lines, branches and functions are worth, merged over all reports that name it.

    `branches` maps a line to (taken, all) of its branches; `functions` a name with its line to whether it ran. Reports
    that know no single lines leave `lines` empty and give `summary`. `arms` is for readers, by format and line: which
    branches were taken, as bits in the tool's order, and how many there are; `union.settle` makes `branches` of it.
    `named` is the path that patterns are held to, where the file's key says more than that; else empty.
    """

    lines: Lines = field(default_factory=Lines)
    branches: dict[int, tuple[int, int]] = field(default_factory=dict)
    functions: dict[tuple[str, int], bool] = field(default_factory=dict)
    summary: Summary | None = None
    arms: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    named: str = ""


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
    written_at: datetime | None = None          # as the report itself states it
    stale: str = ""                             # why it may be another commit's, in words that follow its name
    is_left_out: bool = False                   # totals without files, beside reports that tell files
    apart: tuple[str, ...] = ()                 # paths that other reports name too, perhaps for other files


@dataclass(frozen=True, kw_only=True)
class Unusable:
    """A report that a pattern found and that could not be read."""

    shown: str
    why: str                                    # in words that follow its name


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What the history knows of the base, or of the nearest commit before it that was measured."""

    commit: str
    distance: int                               # first parents between the base and it; 0: the base itself
    at: datetime                                # when it was measured
    lines: Count


@dataclass(frozen=True, kw_only=True)
class Added:
    """The lines that a change adds, by git's diff: per file of the new side (first line, how many)."""

    files: Mapping[str, tuple[tuple[int, int], ...]]
    binary: int = 0                             # files that git takes for binary, of which no lines are known


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the reports, the checkout and the history say."""

    repository: str
    files: Mapping[str, FileCoverage]           # without what `exclude` names
    totals: Totals                              # of these files
    excluded: int = 0                           # files that `exclude` took out
    outside: tuple[str, ...] = ()               # of the files those that the checkout does not have, in order
    beyond: tuple[str, ...] = ()                # those of which reports name lines that they do not have
    reports: tuple[ReportRead, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    unmatched: tuple[str, ...] = ()             # patterns of `reports` without a file
    head_sha: str | None = None
    base: Base | None = None
    no_base: str = ""                           # why there is none
    added: Added | None = None                  # None: there is no telling, and `no_added` says why
    no_added: str = ""
    unnamed: tuple[str, ...] = ()               # files with added lines, of kinds that reports name, that none names
    earlier: Earlier | None = None
    no_earlier: str = ""                        # why there is none; empty where nobody keeps a history
    is_out_of_reach: bool = False               # though the history knows other commits
    pull_request: PullRequest | None = None
    is_of_pull: bool = True                     # whether the checkout, where there is one, is of the pull request
    is_kept: bool = True                        # whether the history gets the figures
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What of the reports is not there, without which no figure can be trusted; a line each."""
        return (*(f"{report.shown} {report.why}" for report in self.unusable),
                *(f"no file matches {pattern}" for pattern in self.unmatched))
