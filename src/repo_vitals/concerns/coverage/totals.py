"""Covered and coverable, counted. Pure."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.coverage.facts import FileCoverage


@dataclass(frozen=True, order=True)
class Count:
    """So many of so many."""

    covered: int = 0
    valid: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.covered + other.covered, self.valid + other.valid)

    @property
    def uncovered(self) -> int:
        """How many are left."""
        return self.valid - self.covered

    @property
    def exact(self) -> Fraction | None:
        """The ratio, nothing rounded; None of nothing."""
        return Fraction(self.covered, self.valid) if self.valid else None

    @property
    def ratio(self) -> float | None:
        """The nearest float, so that 9 of 10 are what a person writes as 0.9."""
        return self.covered / self.valid if self.valid else None


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Lines, branches and functions of some files."""

    lines: Count = Count()
    branches: Count = Count()
    functions: Count = Count()


def lines_of(file: FileCoverage) -> Count:
    """A file's lines: counted one by one, or as its summary says where no report tells them."""
    counted = Count(file.lines.covered, file.lines.valid)
    return counted if counted.valid or file.summary is None else Count(*file.summary.lines)


def totals(files: Iterable[FileCoverage]) -> Totals:
    """The sums over files, never an average of their ratios."""
    lines = branches = functions = Count()
    for file in files:
        lines += lines_of(file)
        summary = file.summary if not file.lines.valid else None
        if file.branches:
            branches += Count(sum(taken for taken, _ in file.branches.values()),
                              sum(every for _, every in file.branches.values()))
        elif summary is not None and summary.branches is not None:
            branches += Count(*summary.branches)
        if file.functions:
            functions += Count(sum(file.functions.values()), len(file.functions))
        elif summary is not None and summary.functions is not None:
            functions += Count(*summary.functions)
    return Totals(lines=lines, branches=branches, functions=functions)
