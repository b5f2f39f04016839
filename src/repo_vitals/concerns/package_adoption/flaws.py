"""What deps.dev knows of a package's versions and of flaws in them, within a budget of requests."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption.ledger import ADVISORIES_FOR
from repo_vitals.errors import BudgetSpent, CouldNotMeasure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Package, Registry
    from repo_vitals.sources.deps_dev import DepsDev, PackageVersion, System

SYSTEMS: Mapping[Registry, System] = {"crates": "cargo", "pypi": "pypi", "npm": "npm"}
GIVE_UP_AFTER = 3           # failures in a row
ENOUGH = 0.99               # share of a package's downloads whose versions were looked up: the rest is left out
Known = dict[str, "tuple[date, tuple[str, ...]]"]


class _NotAsked(CouldNotMeasure):
    """There was no request left for a question, or deps.dev had failed too often."""


class Flaws:
    """Questions to deps.dev, one at a time. Without a client, and when the budget is spent, there are no answers."""

    def __init__(self, client: DepsDev | None, *, budget: int, today: date) -> None:
        self._client = client
        self._left = budget
        self._today = today
        self._in_a_row = 0
        self._standing: dict[str, bool] = {}
        self._open: Known = {}              # of the package at hand: versions with advisories that were not asked about
        self.failure: str | None = None     # the first
        self.is_spent = False               # whether anything was left out for want of requests
        self.kept_back = 0                  # requests for the lists of packages to come, which tell more than a flaw

    def versions(self, package: Package) -> list[PackageVersion] | None:
        """The versions of a package; None where deps.dev knows no such package, or is left out.

        Raises CouldNotMeasure where it did not answer, or no request is left for the question.
        """
        if self._client is None:
            return None
        if not self._may_ask():
            raise CouldNotMeasure("deps.dev was not asked any more")
        try:
            found = self._client.versions(SYSTEMS[package.registry], package.name)
        except CouldNotMeasure as error:
            self._failed(error)
            raise
        self._in_a_row = 0
        return found

    def versions_if_told(self, package: Package) -> list[PackageVersion]:
        """The versions, none where they are not told, whatever the reason."""
        try:
            return self.versions(package) or []
        except CouldNotMeasure:
            return []

    def advisories(self, package: Package, downloads: Mapping[str, int], known: Known, unsettled: Known,
                   ) -> tuple[Known, Known]:
        """Known flaws by version, of the most downloaded versions first, until ENOUGH of the downloads are covered.

        `known`: what earlier runs were told, which is used for as long as it is fresh. Withdrawn advisories and mere
        notices count for nothing. `unsettled`, which is given back too: advisories of versions that nobody was asked
        about yet, so that a run goes on with them and does not spend its requests on what was asked before.
        """
        fresh, self._open = self._fresh(known), self._fresh(unsettled)
        total, covered = sum(downloads.values()), 0
        for version, count in sorted(downloads.items(), key=lambda one: (-one[1], one[0])):
            if not count or covered >= ENOUGH * total:
                break
            if version not in fresh:
                found = self._of_version(package, version)
                if found is None:
                    continue
                fresh[version] = self._today, found
                self._open.pop(version, None)
            covered += count
        return fresh, {version: entry for version, entry in self._open.items() if version not in fresh}

    def _fresh(self, known: Known) -> Known:
        return {version: entry for version, entry in known.items()
                if self._today - entry[0] < ADVISORIES_FOR and entry[0] <= self._today}

    def _of_version(self, package: Package, version: str) -> tuple[str, ...] | None:
        try:
            if version not in self._open:
                if not self._may_ask(self.kept_back):
                    return None
                assert self._client is not None  # noqa: S101 - _may_ask looked
                detail = self._client.version(SYSTEMS[package.registry], package.name, version)
                self._in_a_row = 0
                if detail is None:      # a version that deps.dev does not know yet is not one without flaws
                    return None
                self._open[version] = self._today, detail.advisories
            at, advisories = self._open[version]
            try:
                return tuple(self._that_stand(advisories))
            finally:        # what does not stand need not be asked again
                self._open[version] = at, tuple(one for one in advisories if self._standing.get(one) is not False)
        except CouldNotMeasure as error:
            self._failed(error)
            return None

    def _that_stand(self, advisories: Sequence[str]) -> list[str]:
        """Those that are neither withdrawn nor mere notices. Of more than may be asked about, those of which that is
        known, since one is enough for a version with flaws; without any it is not known whether it is one."""
        for advisory in advisories:
            if advisory not in self._standing:
                if not self._may_ask(self.kept_back):
                    if any(map(self._standing.get, advisories)):
                        break
                    raise _NotAsked("deps.dev was not asked about every advisory")
                assert self._client is not None  # noqa: S101 - _may_ask looked
                found = self._client.advisory(advisory)
                self._standing[advisory] = found is None or found.standing == "vulnerability"
        return sorted(advisory for advisory in advisories if self._standing.get(advisory))

    def _may_ask(self, kept_back: int = 0) -> bool:
        if self._client is None or self._in_a_row >= GIVE_UP_AFTER:
            return False
        if self._left <= kept_back:
            self.is_spent = True
            return False
        self._left -= 1
        return True

    def _failed(self, error: CouldNotMeasure) -> None:
        if isinstance(error, _NotAsked):
            return
        self.failure = self.failure or str(error)
        self._in_a_row = GIVE_UP_AFTER if isinstance(error, BudgetSpent) else self._in_a_row + 1
