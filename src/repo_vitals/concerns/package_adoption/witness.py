"""Which days a registry has counted, told by a package that somebody fetches at any time.

Of a package that nobody fetches any more npm tells 0, and pypistats.org nothing, as they do for days that they lost or
have not counted yet. Only what they tell of another package shows which it is.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.package_adoption import npm_downloads, pypistats
from repo_vitals.concerns.package_adoption.facts import Package
from repo_vitals.sources.statistics_api import Absent

if TYPE_CHECKING:
    from datetime import date

    from repo_vitals.concerns.package_adoption.facts import Registry
    from repo_vitals.sources.statistics_api import StatisticsApi

REACH = 180             # days: as far back as pypistats.org goes
_PACKAGES = {"pypi": Package("pypi", "pip"), "npm": Package("npm", "npm")}      # each is fetched to fetch others


@dataclass(kw_only=True)
class Witness:
    """Asks at most one question a registry and run, and only where a package seems to have stopped."""

    api: StatisticsApi
    today: date
    pypistats: str
    npm: str
    _counted: dict[Registry, frozenset[date]] = field(default_factory=dict)

    def counted(self, package: Package) -> frozenset[date]:
        """Days that the package's registry has counted, within REACH; none where that can't be told.

        Raises CouldNotMeasure where it does not answer.
        """
        registry = package.registry
        if package == _PACKAGES[registry]:
            return frozenset()
        if registry not in self._counted:
            try:
                self._counted[registry] = self._ask(registry)
            except Absent:              # a mirror of some packages
                self._counted[registry] = frozenset()
        return self._counted[registry]

    def _ask(self, registry: Registry) -> frozenset[date]:
        name = _PACKAGES[registry].name
        if registry == "pypi":
            return frozenset(self.api.ask(pypistats.question(self.pypistats, name)).with_mirrors)
        asked = npm_downloads.range_question(self.npm, [name], npm_downloads.period(self.today, REACH))
        return frozenset(day for day, count in (self.api.ask(asked)[name] or {}).items() if count)
