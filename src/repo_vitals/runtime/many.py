"""One monitor over several repositories: one connection and one budget, a report each, one summary of all."""
from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, now
from repo_vitals.config import common
from repo_vitals.config.file import quoted
from repo_vitals.config.selection import Selection
from repo_vitals.errors import BudgetSpent, InputError, TokenRefused
from repo_vitals.report.status import gravest
from repo_vitals.runtime.extending import added, claimed_cost
from repo_vitals.runtime.history_places import Places, place_of
from repo_vitals.runtime.outcome import Outcome
from repo_vitals.runtime.paths import confine
from repo_vitals.runtime.pipeline import attempt, connection
from repo_vitals.runtime.publishing import annotate, view_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Values
    from repo_vitals.errors import RepoVitalsError
    from repo_vitals.render.combined import Combined
    from repo_vitals.report.model import Report
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.github_connection import GitHub

# What the file of each repository ends in, in the folder that the input names.
_ENDINGS = ((common.REPORT, ".json"), (common.OPENMETRICS, ".prom"), (common.BADGE, ".svg"))
_OF_FILES = (".json", ".prom", ".svg", ".txt")
# What the combined summary shows of a report's data; the rest is let go once it is written, for there may be hundreds.
_KEPT = ("agenda", "complete", "notes")


def measured_each(monitor: Monitor[Any], values: Values, world: World, actions: ActionsEnvironment,
                  places: Places = place_of) -> Outcome:
    """Measure each of the repositories that `repositories` selects, whatever befalls the others.

    Raises InputError before anything is asked, and for an owner that is unknown or has nothing; what the client raises
    while it lists an owner's repositories.
    """
    from repo_vitals.report.rules import parse_rules

    begun = time.monotonic()
    if values.origin(common.REPOSITORY_NAME) != "default":
        raise InputError("repositories: repository is given as well; give one of the two")
    rules = values[common.RULES]
    parse_rules(rules)
    values = _with_folders(monitor, values, world)
    # One clock for all: a run over an organisation takes minutes.
    world = replace(world, environ={**world.environ, "REPO_VITALS_NOW": format_instant(now(world.environ))})
    before = claimed_cost(world)
    github = connection(values, world, actions)
    try:
        names = _selected(github, values)
        parts = tuple(_each(monitor, names, values, world, actions, github, places))
    finally:
        github.close()
    cost = replace(added(github.cost, before), seconds=time.monotonic() - begun)
    whole = Outcome(monitor=monitor, exit_code=gravest(part.exit_code for part in parts), summary="",
                    path=world.path(values[common.REPORT] or ""), values=values, parts=parts, cost=cost)
    from repo_vitals.render.combined import in_one_line

    return replace(whole, summary=in_one_line(_combined(whole).entries))


def show_all(outcome: Outcome, values: Values, world: World, actions: ActionsEnvironment) -> None:
    """Show what came of all repositories: log and annotations."""
    from repo_vitals.render.combined import combined_text

    combined = _combined(outcome)
    actions.log(combined_text(combined))
    actions.log(f"reports: {outcome.path}")
    if values[common.ANNOTATIONS] and world.in_actions:
        for part in outcome.parts:
            if part.report is not None:
                annotate(part.report, _title(outcome.monitor, part.repository), actions)


def markdown_of_all(outcome: Outcome, values: Values, world: World) -> str:
    """What the job summary shows of all repositories."""
    from repo_vitals.render.combined import combined_markdown

    return combined_markdown(_combined(outcome), view=view_of(values), run_url=world.run_url())


def _with_folders(monitor: Monitor[Any], values: Values, world: World) -> Values:
    """The values with a folder for the reports. Raises InputError for a file's name and for a place out of bounds."""
    for declared, ending in _ENDINGS:
        given = values[declared]
        if given and given.endswith(_OF_FILES):
            raise InputError(f"{declared.name}: {quoted(given)} looks like a file; with repositories it is a folder, "
                             f"in which each gets its own owner/name{ending}")
        confine(declared, values, world)
    return values.replaced({common.REPORT: values[common.REPORT] or str(world.reports_folder / monitor.name)})


def _selected(github: GitHub, values: Values) -> Sequence[str]:
    from repo_vitals.sources.repositories import owned_by

    def listed(owner: str) -> Sequence[str]:
        found = owned_by(github.graphql, owner)
        if found is None:
            raise InputError(f"repositories: {quoted(f'{owner}/*')}: GitHub knows no such owner, or hides it from this "
                             "token; check the name")
        if not found:
            raise InputError(f"repositories: {quoted(f'{owner}/*')}: this token sees no repository of that owner which "
                             "is neither a fork nor archived; name those to measure, or give a token that sees more")
        return found
    names = Selection(values[common.REPOSITORIES]).repositories(listed)
    if not names:
        raise InputError("repositories: everything that is selected is left out again; drop an entry that begins "
                         "with !")
    return names


def _each(
    monitor: Monitor[Any], names: Sequence[str], values: Values, world: World, actions: ActionsEnvironment,
    github: GitHub, places: Places,
) -> Iterator[Outcome]:
    history = places(values, world, github)
    end: RepoVitalsError | None = None      # what no other repository can escape either
    for place, name in enumerate(names, start=1):
        if end is None:
            part = attempt(monitor, partial(_for_one, values, name), world, actions, github=github,
                           places=lambda *_: history, title=_title(monitor, name))
            if isinstance(part.error, (BudgetSpent, TokenRefused)):
                end = part.error
        else:
            part = Outcome(monitor=monitor, exit_code=end.exit_code, summary=f"not asked any more: {end}", error=end)
        said = part.summary if part.report is None else f"{part.status}; {part.summary}"
        actions.log(f"{name} ({place} of {len(names)}): {said}")
        yield replace(part, repository=name, report=None if part.report is None else _light(part.report))


def _for_one(values: Values, name: str) -> Values:
    """The inputs of a run over one of the repositories, each file in its place."""
    files = {declared: f"{given.rstrip('/')}/{name}{ending}" for declared, ending in _ENDINGS
             if (given := values[declared])}
    return values.replaced({common.REPOSITORIES: (), common.REPOSITORY_NAME: name, **files})


def _light(report: Report) -> Report:
    return replace(report, data={key: report.data[key] for key in _KEPT if key in report.data})


def _title(monitor: Monitor[Any], repository: str) -> str:
    return f"{monitor.title}, {repository}"


def _combined(outcome: Outcome) -> Combined:
    from repo_vitals.render.combined import Combined, Entry
    from repo_vitals.report.model import Cost

    return Combined(
        monitor=outcome.monitor.name, headlines=tuple(outcome.monitor.headlines.values()), cost=outcome.cost or Cost(),
        entries=tuple(Entry(repository=part.repository, report=part.report, said=part.summary,
                            path="" if part.path is None else str(part.path)) for part in outcome.parts),
    )
