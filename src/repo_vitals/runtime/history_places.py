"""The place of a run's history, as the inputs name it."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.config import common
from repo_vitals.config.common import REPOSITORY_NAME
from repo_vitals.delivery.places import Nowhere, Unwritten
from repo_vitals.errors import InputError, RepoVitalsError
from repo_vitals.runtime.paths import confine_path
from repo_vitals.sources.history_points import Point
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.monitor import Period
    from repo_vitals.config.declare import Values
    from repo_vitals.delivery.places import Place
    from repo_vitals.report.model import Report
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History


# Says where the history of a run lies: `place_of`, or what gives several runs one place together.
Places = Callable[["Values", "World", "GitHub"], "Place"]

FROM_A_FORK = ("the history gets nothing: the run is about code of a fork, or can't be told from one, and a fork's "
               "figures are kept nowhere, whatever the token may do")


def place_of(values: Values, world: World, github: GitHub | None) -> Place:
    """Where the history lies. Nothing is asked yet; git, where it is used, gets a folder of its own until the end.

    A run about a fork's code reads it and never writes to it. Raises InputError where a branch is to be used and it is
    not known of which repository.
    """
    place = _place_of(values, world, github)
    return Unwritten(place, FROM_A_FORK) if read_event(world.environ).from_fork else place


def _place_of(values: Values, world: World, github: GitHub | None) -> Place:
    found = values[common.HISTORY] if common.HISTORY.name in values else None
    if found is None:
        return Nowhere()
    limit = values[common.HISTORY_LIMIT] if common.HISTORY_LIMIT.name in values else common.HISTORY_LIMIT.default
    if found.folder is not None:
        if values.origin(common.HISTORY) == "configuration":
            confine_path(common.HISTORY.name, found.folder, world)
        from repo_vitals.delivery.history import InFolder

        return InFolder(world.path(found.folder), limit=limit)
    from repo_vitals.runtime.history_on_github import on_branch

    assert found.branch is not None  # noqa: S101 - one of the two is given
    assert github is not None  # noqa: S101 - only a folder needs none
    return on_branch(found.branch, owner_of(values, world), github, world, limit=limit)


def on_a_branch(values: Values) -> bool:
    """Whether the history lies at GitHub, which takes a token to read and write it."""
    found = values[common.HISTORY] if common.HISTORY.name in values else None
    return found is not None and found.branch is not None


def remember(place: Place, history: History, at: datetime, annotate: Callable[[str, str], object],
             ) -> list[RepoVitalsError]:
    """Write what the run wants kept; what fails is annotated and given back, since the report stands all the same."""
    try:
        for note in place.write(history, at=at):
            annotate("notice", note)
    except RepoVitalsError as error:
        annotate("error", str(error))
        return [error]
    return []


def owner_of(values: Values, world: World) -> str:
    """The repository that holds the history: the one that the workflow runs in, else the one that is measured."""
    named = world.environ.get("GITHUB_REPOSITORY", "").strip() or values[REPOSITORY_NAME] or ""
    try:
        return REPOSITORY_NAME.kind.parse(named) or ""
    except ValueError:
        raise InputError("history: a branch needs to know of which repository; set GITHUB_REPOSITORY to owner/name, or "
                         "give a folder") from None


def points_of(report: Report, period: Period) -> list[Point]:
    """A report's figures as a history keeps them: for its day, or for its instant alone."""
    instant = format_instant(report.generated_at)
    return [Point(period=instant[:10] if period == "day" else instant, name=metric.name, labels=metric.labels,
                  value=metric.value, samples=metric.samples, at=report.generated_at) for metric in report.metrics]
