"""A repository that takes many requests to read, and runs that are broken off among them."""
from __future__ import annotations

import importlib
from collections import Counter
from typing import TYPE_CHECKING

from repo_vitals.simulator.faults import Fault, FaultPlan
from support.remembered import DAY
from support.simulated import Scene

if TYPE_CHECKING:
    import pytest

    from repo_vitals.simulator.server import Simulator
    from support.commands import Ended
    from support.remembered import Remembering


def long_lived() -> Scene:
    """Several pages of ten of every listing, long threads of every kind, many authors."""
    scene = Scene()
    for number in range(34):        # open, and asleep since before the window before
        scene.issue(by="ann", at=(-300 + number) * DAY)
    for number in range(43):        # awake
        story = scene.issue(by="ann", at=-58 * DAY + 30 * number).comment(by="bob", at=-57 * DAY + 30 * number)
        if number % 3 == 0:
            story.close(at=-50 * DAY + 30 * number, by="bob")
    for number in range(23):
        scene.pull_request(by="ann", at=(-200 + number) * DAY)
    for number in range(31):
        scene.pull_request(by="bob", at=-57 * DAY + 40 * number).review(by="ann", at=-56 * DAY + 40 * number)
    for number in range(23):
        scene.discussion(by="ann", at=-40 * DAY + 30 * number).comment(by="bob", at=-39 * DAY + 30 * number)
    for number in range(3):
        scene.issue(by="ann", at=-20 * DAY).comment(by="ann", at=-19 * DAY, times=130, every=1).comment(by="bob", at=-5)
        scene.pull_request(by="ann", at=-20 * DAY).comment(by="ann", at=-19 * DAY, times=30, every=1).review(
            by="bob", at=-5 - number)
        story = scene.discussion(by="ann", at=-20 * DAY).comment(by="ann", at=-19 * DAY, times=12, every=1)
        for _ in range(14):
            story.reply(by="ann", at=-18 * DAY)
        story.reply(by="bob", at=-4)
    for number in range(230):
        scene.commit(by=f"p{number % 90}", at=-6 * number)
    return scene


def in_small_pages(patch: pytest.MonkeyPatch) -> None:
    """Ten items a page, and nothing read again in turn, which would mend what was forgotten."""
    package = "repo_vitals.concerns.community_metrics"
    listing = importlib.import_module(f"{package}.listing")
    patch.setattr(listing, "_PAGE", 10)
    patch.setattr(listing.Listings._pages, "__kwdefaults__", {**listing.Listings._pages.__kwdefaults__, "first": 10})
    patch.setattr(listing, "_CHANGES", 6)
    patch.setattr(importlib.import_module(f"{package}.collect"), "READ_AGAIN", 0)


def broken_off(runs: Remembering, *options: str, after: int, kind: str = "primary-limit", **more: int) -> Ended:
    """A run whose requests fail after so many."""
    github: Simulator = runs.github
    github.faults = FaultPlan([Fault(kind=kind, nth=tuple(range(after + 1, 1000)), **more)])
    try:
        return runs.run("--max-wait", "1s", *options)
    finally:
        github.faults = FaultPlan()


def pages(github: Simulator) -> Counter[str]:
    """How many answers of each operation were given; the log begins anew."""
    found = Counter(entry.operation for entry in github.log if entry.fault is None)
    github.log.clear()
    return found
