"""Packages with a plausible past: a rhythm of seven days, growth, scatter, and releases that take over slowly."""
from __future__ import annotations

import math
import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.simulator.registries import CrateVersion, NpmPackage, Registries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from repo_vitals.simulator.deps_dev import Known
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

WEEKDAYS = (1.15, 1.2, 1.2, 1.15, 1.0, 0.45, 0.4)       # Monday first
_CRATE = {"1.2.0": 400, "1.3.0": 300, "1.3.1": 250, "1.4.0": 120, "1.4.1": 60, "1.5.0": 20}    # days ago


def daily(chance: random.Random, *, level: float, first: date, days: int, growth: float = 0.0,
          scatter: float = 0.06) -> dict[date, int]:
    """Downloads a day, for `days` days from `first`: `growth` a week, `scatter` in logarithms."""
    found = {}
    for place in range(days):
        day = first + timedelta(days=place)
        mean = level * WEEKDAYS[day.weekday()] * math.exp(growth * place / 7 + chance.gauss(0, scatter))
        found[day] = max(0, round(chance.gauss(mean, math.sqrt(mean))))
    return found


def add_adoption(state: State, repository: Repository, known: Known, *, now: datetime, seed: int) -> Registries:
    """Registries that know three packages of the project; deps.dev then knows them too, and GitHub has releases."""
    chance = random.Random(seed)  # noqa: S311 - a made-up past, no secret
    today = now.date()
    registries = Registries(today=today)
    published = {number: datetime(today.year, today.month, today.day, tzinfo=timezone.utc) - timedelta(days=ago)
                 for number, ago in _CRATE.items()}
    every = daily(chance, level=900, first=today - timedelta(days=119), days=120, growth=0.01)
    registries.crate("widget", *_shared(every, published, yanked="1.3.0", today=today))
    fetched = daily(chance, level=300, first=today - timedelta(days=179), days=178, growth=-0.004)
    registries.pypi["widget"] = {day: (count, round(count * 1.4)) for day, count in fetched.items()}
    pulled = daily(chance, level=2500, first=today - timedelta(days=400), days=399)
    lately = [today - timedelta(days=back) for back in range(2, 9)]
    for day in lately:      # what a broken release does
        pulled[day] //= 3
    week = sum(pulled[day] for day in lately)
    registries.npm["@acme/widget"] = NpmPackage(days=pulled, week={
        "1.4.0": week // 10, "1.4.1": week // 5, "1.5.0": week - week // 10 - week // 5})
    known.package("cargo", "widget", dict(published.items()))
    for one in known.packages["cargo", "widget"].versions[:1]:
        one.advisories = ("RUSTSEC-2026-0001",)
    known.advisories["RUSTSEC-2026-0001"] = 7.5
    known.package("pypi", "widget", dict(published.items()))
    known.package("npm", "@acme/widget", {number: published[number] for number in ("1.4.0", "1.4.1", "1.5.0")})
    for of in (("cargo", "widget"), ("pypi", "widget"), ("npm", "@acme/widget")):
        for version in known.packages[of].versions:
            version.deprecated = False
    for number, at in published.items():
        state.release(repository, f"v{number}", at=at, assets={
            "widget-linux.tar.gz": chance.randrange(200, 4000), "widget-linux.tar.gz.sha256": chance.randrange(100)})
    return registries


def _shared(every: Mapping[date, int], published: Mapping[str, datetime], *, yanked: str,
            today: date) -> list[CrateVersion]:
    """The downloads of each day shared among the versions: the newest of a day takes over as its users move on."""
    versions = [CrateVersion(number=number, published=at, yanked=number == yanked, older=5000)
                for number, at in published.items()]
    for day, count in every.items():
        left = count if day < today else count // 4
        for one in reversed(versions[1:]):
            age = (day - one.published.date()).days
            part = round(left * (1 - math.exp(-age / 20))) if age >= 0 else 0
            if part:
                one.days[day] = part
            left -= part
        versions[0].days[day] = left
    return versions
