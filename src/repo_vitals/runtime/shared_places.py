"""Places of histories that several monitors of one run share: each is read once, and written once at the end."""
from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from repo_vitals.config import common
from repo_vitals.delivery.one_write import OneWrite
from repo_vitals.delivery.places import Nowhere
from repo_vitals.errors import RepoVitalsError, internal_error
from repo_vitals.report.model import Cost
from repo_vitals.runtime.history_places import on_a_branch, owner_of, place_of
from repo_vitals.runtime.pipeline import connection
from repo_vitals.sources.history import newest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from repo_vitals.config.declare import Values
    from repo_vitals.delivery.places import Place
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.github_connection import GitHub


class SharedPlaces:
    """What monitors' inputs name as places, each once. `actions` is for one thread at a time: only secrets go there."""

    def __init__(self, actions: ActionsEnvironment, commands: Collection[str]) -> None:
        """`commands` are those that will ask."""
        self._actions = actions
        self._commands = commands
        self._lock = Lock()
        self._places: dict[tuple[object, ...], OneWrite] = {}
        self._connections: list[GitHub] = []

    def of(self, values: Values, world: World, github: GitHub) -> Place:  # noqa: ARG002 - as every Places
        """The place that a monitor's inputs name. A branch is read and written over a connection of its own, since a
        monitor's is closed when it has ended. Raises InputError as `place_of` does."""
        if common.HISTORY.name not in values or values[common.HISTORY] is None:
            return Nowhere()
        limit = values[common.HISTORY_LIMIT] if common.HISTORY_LIMIT.name in values else None
        key = (values[common.HISTORY], limit, owner_of(values, world) if on_a_branch(values) else None)
        with self._lock:
            if key not in self._places:
                ours = None
                if on_a_branch(values):
                    ours = connection(values, world, self._actions)
                    self._connections.append(ours)
                about = values[common.REPOSITORY_NAME] or world.environ.get("GITHUB_REPOSITORY", "").strip()
                self._places[key] = OneWrite(place_of(values, world, ours), wanted=partial(
                    newest_of, commands=self._commands, repository=about))
            return self._places[key]

    def flush(self, at: datetime, annotate: Callable[[str, str], object]) -> list[RepoVitalsError]:
        """Write every place; what fails is annotated and given back."""
        failures: list[RepoVitalsError] = []
        for place in self._places.values():
            try:
                for note in place.flush(at=at):
                    annotate("notice", note)
            except Exception as error:  # noqa: BLE001, PERF203 - one or two places; a bug too leaves the rest
                failures.append(error if isinstance(error, RepoVitalsError) else internal_error(error))
                annotate("error", str(failures[-1]))
        return failures

    @property
    def cost(self) -> Cost:
        """What reading and writing the places has cost so far."""
        costs = [github.cost for github in self._connections]
        return Cost(requests=sum(cost.requests for cost in costs),
                    graphql_points=sum(cost.graphql_points for cost in costs),
                    not_modified=sum(cost.not_modified for cost in costs), retries=sum(cost.retries for cost in costs))

    def close(self) -> None:
        """Close the connections."""
        for github in self._connections:
            github.close()
