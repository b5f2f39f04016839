"""Suites of libtest's, told apart where nothing names the binary that they are of."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.formats.found import Found


@dataclass(kw_only=True)
class Suites:
    """Takes one suite after another.

    Two suites of the same tests are one binary that ran twice, whose values are samples; suites of other tests are
    other binaries, in which a benchmark of the same name is another benchmark. The first is named by nothing, the
    others by their number.
    """

    found: Found
    is_open: bool = False
    _known: dict[frozenset[str], str] = field(default_factory=dict)
    _tests: set[str] = field(default_factory=set)
    _measured: list[tuple[str, float, str]] = field(default_factory=list)
    _failed: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """A suite begins."""
        self.is_open = True

    def test(self, name: str) -> None:
        """The suite has a test or benchmark."""
        self._tests.add(name)

    def measured(self, name: str, value: float, unit: str) -> None:
        """A median of the suite's."""
        self._tests.add(name)
        self._measured.append((name, value, unit))

    def failed(self, name: str, why: str) -> None:
        """A test of the suite's that failed."""
        self._tests.add(name)
        self._failed.append((name, why))

    def end(self, scope: str = "", *, unless: str = "") -> None:
        """The suite ends; `scope` names its binary, where that is known.

        `unless`: it broke off, which is told as a failure of that name.
        """
        if not scope and self._tests:
            number = f"suite {len(self._known) + 1}" if self._known else ""
            scope = self._known.setdefault(frozenset(self._tests), number)
            self.found.numbered.add(scope)
        for name, value, unit in self._measured:
            self.found.add(name, value, unit, statistic="median", scope=scope)
        for name, why in self._failed:
            self.found.fail(name, why, scope=scope)
        if self.is_open and unless:
            self.found.fail(unless, "began to run tests and told no result")
        self.is_open, self._tests, self._measured, self._failed = False, set(), [], []
