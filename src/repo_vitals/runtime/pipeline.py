"""One monitor from its inputs to its exit code: the one place that orders the stages."""
from __future__ import annotations

import importlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import now
from repo_vitals.config import common
from repo_vitals.config.resolve import read_options
from repo_vitals.errors import CouldNotMeasure, InputError, RepoVitalsError, internal_error
from repo_vitals.registry import concerns
from repo_vitals.report.model import Cost, Report, Window, check_names
from repo_vitals.report.status import exit_code, overall
from repo_vitals.runtime.configuration import resolve_inputs
from repo_vitals.runtime.extending import added, claimed_cost
from repo_vitals.runtime.history_places import Places, on_a_branch, place_of, points_of, remember
from repo_vitals.runtime.leaving import outlasting
from repo_vitals.runtime.outcome import Outcome
from repo_vitals.runtime.past import SPAN, with_past
from repo_vitals.runtime.publishing import (
    check_paths,
    drop_as_given,
    drop_older_report,
    outputs,
    publish,
    write,
)
from repo_vitals.runtime.start import check_baseline, with_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Values
    from repo_vitals.report.rules import Rule
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.world import World
    from repo_vitals.sources.github_connection import GitHub


def load_monitor(name: str) -> Monitor[Any]:
    """The monitor of that command name, its package imported only now."""
    entry = next(command.entry for command in concerns() if command.name == name)
    monitor: Monitor[Any] = importlib.import_module(entry).MONITOR
    return monitor


def run_monitor(name: str, arguments: Sequence[str], world: World) -> int:
    """Run one monitor as a command; the exit code is the contract's."""
    from repo_vitals.runtime.actions_env import ActionsEnvironment

    with outlasting(world) as world, ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        monitor = load_monitor(name)
        outcome = attempt(
            monitor, lambda: resolve_inputs(monitor, read_options(arguments, monitor.inputs, command=name), world),
            world, actions)
        if outcome.values is None:
            drop_as_given(monitor, arguments, world)
        outcome = publish(outcome, world, actions)
        actions.outputs(outputs(outcome))
    return outcome.exit_code


def attempt(
    monitor: Monitor[Any], inputs: Callable[[], Values], world: World, actions: ActionsEnvironment, *,
    github: GitHub | None = None, places: Places = place_of, title: str | None = None,
) -> Outcome:
    """Run one monitor up to its written report; an error becomes an annotation and an outcome, never an exception.

    `github` is a connection to use and leave open; the monitor gets its own where there is none. `places` says where
    its history lies.
    """
    values: Values | None = None
    try:
        values = inputs()
        if several(values):
            from repo_vitals.runtime.many import measured_each

            return measured_each(monitor, values, world, actions, places)
        return _measured(monitor, values, world, actions, shared=github, places=places,
                         title=title or monitor.title)
    except RepoVitalsError as failure:
        error = failure
    except Exception as bug:    # of one monitor; `run` goes on to the others
        if world.environ.get("REPO_VITALS_DEBUG"):
            raise
        error = internal_error(bug)
    actions.annotate("error", str(error), title=title or monitor.title)
    return Outcome(monitor=monitor, exit_code=error.exit_code, summary=str(error), error=error, values=values)


def several(values: Values) -> bool:
    """Whether the run is about a list of repositories, be it a list of one."""
    return common.REPOSITORIES.name in values and bool(values[common.REPOSITORIES])


def connection(values: Values, world: World, actions: ActionsEnvironment, *, needs_token: bool = True,
               takes_token: bool = False) -> GitHub:
    """A connection with the token and the patience that the inputs give; nothing is sent yet.

    Without `needs_token` the token is not even read, so that it can't be sent anywhere, unless the monitor takes one
    where there is one: then the connection says whether it is anonymous.
    """
    from repo_vitals.sources.github_connection import connect

    anonymous = not needs_token and not (takes_token and _given_token(values, world))
    token = "none" if anonymous else token_of(values, world, actions)
    github = connect(token=token, environ=world.environ, cost=Cost(), max_wait=values[common.MAX_WAIT],
                     budget=world.budget)
    return replace(github, anonymous=anonymous)


def _measured(
    monitor: Monitor[Any], values: Values, world: World, actions: ActionsEnvironment, *, shared: GitHub | None,
    places: Places, title: str,
) -> Outcome:
    begun = time.monotonic()
    end = now(world.environ)
    _mask(monitor, values, actions)
    check_paths(monitor, values, world)
    drop_older_report(monitor, values, world)
    rules = _rules(values.or_default(common.RULES))
    check_baseline(values)
    # A doer has no window: it looks at one moment.
    window = Window(start=end - values[common.WINDOW] if common.WINDOW.name in values else end, end=end)
    repository = repository_of(values, world)
    needs_token = monitor.needs_token or on_a_branch(values)
    github = shared or connection(values, world, actions, needs_token=needs_token, takes_token=monitor.takes_token)
    before = replace(github.cost)
    try:
        place = places(values, world, github)
        history = place.history()
        try:
            # Files are seen from the working folder, which the configuration file may not leave.
            facts = monitor.collect(github, repository, window,
                                    values.with_files(str(world.folder), world.environ), history)
        except RepoVitalsError:
            with world.leaving():       # it need not be asked for again
                remember(place, history, end, partial(actions.annotate, title=title))
            raise
        judgement = monitor.assess(facts, window, values)
        past = history.points(monitor.name, judgement.repository, end - SPAN)
        check_names(judgement.metrics, {definition.name: definition for definition in monitor.metrics})
        failures: list[RepoVitalsError] = []
        if monitor.act is not None:
            try:
                judgement = monitor.act(github, judgement, values)
            except RepoVitalsError as error:    # what was measured is true all the same
                actions.annotate("error", str(error), title=title)
                failures.append(error)
        for failure in judgement.failures:      # of parts of it; what else was found and done is told all the same
            actions.annotate("error", str(failure), title=title)
            failures.append(failure)
        if judgement.unavailable is not None:   # the report is written all the same, and says what it lacks
            actions.annotate("error", judgement.unavailable, title=title)
            failures.append(CouldNotMeasure(judgement.unavailable))
        cost = added(github.cost.since(before), claimed_cost(world))
        cost.seconds = time.monotonic() - begun
        report = Report(
            monitor=monitor.name, repository=judgement.repository, generated_at=window.end, window=window,
            status=overall(judgement.metrics, judgement.findings), summary=judgement.summary,
            metrics=judgement.metrics, findings=judgement.findings,
            data={**judgement.data, "notes": [*judgement.notes, *history.notes]}, cost=cost,
        )
        report = with_past(report, past, monitor.headlines.values())
        try:
            report = _with_rules(report, rules)
        except RepoVitalsError as error:    # what was measured is kept all the same, and says what it lacks
            actions.annotate("error", str(error), title=title)
            failures.append(error)
            report = replace(report, data={**report.data, "complete": f"the rules were not applied: {error}"})
        report = with_baseline(report, values, history, world, is_kept=judgement.is_kept, is_whole=not failures)
        with world.leaving():
            path = write(report, judgement.files, monitor, values, world)
            for kept, text in judgement.remembered.items():
                history.keep(kept, text)
            if judgement.is_kept:
                history.record(monitor.name, report.repository, points_of(report, monitor.period))
            if judgement.is_kept or judgement.remembered:
                failures += remember(place, history, end, partial(actions.annotate, title=title))
    finally:
        if shared is None:
            github.close()
    code = exit_code(report.status, fail_on=values[common.FAIL_ON], unknown_is=values.or_default(common.UNKNOWN_IS))
    if failures:
        return Outcome(monitor=monitor, exit_code=failures[0].exit_code, summary=str(failures[0]), report=report,
                       path=path, values=values, cost=cost, markdown=judgement.markdown,
                       annotated=frozenset(failure.finding for failure in failures if failure.finding is not None))
    return Outcome(monitor=monitor, exit_code=code, summary=report.summary, report=report, path=path, values=values,
                   cost=cost, markdown=judgement.markdown)


def _rules(lines: tuple[str, ...]) -> tuple[Rule, ...]:
    if not lines:       # as in most runs, which then load nothing for it
        return ()
    from repo_vitals.report.rules import parse_rules

    return parse_rules(lines)


def _with_rules(report: Report, rules: Sequence[Rule]) -> Report:
    if not rules:
        return report
    from repo_vitals.report.rules import apply_rules

    findings = (*report.findings, *apply_rules(rules, report.as_json()))
    return replace(report, findings=findings, status=overall(report.metrics, findings))


def _mask(monitor: Monitor[Any], values: Values, actions: ActionsEnvironment) -> None:
    """Have the log hide every secret but the token, which `token_of` hides: a text, or the parts that a value names."""
    for declared in monitor.inputs:
        if declared.secret and declared.name != common.TOKEN.name:
            value = values[declared]
            for part in getattr(value, "secrets", (value,)):
                actions.mask(part)


def repository_of(values: Values, world: World) -> str:
    """The repository to measure. Raises InputError when nothing names one."""
    named = values[common.REPOSITORY_NAME] or world.environ.get("GITHUB_REPOSITORY", "").strip()
    if not named:
        raise InputError("repository: none given; pass --repository owner/name or set GITHUB_REPOSITORY")
    try:
        return common.REPOSITORY_NAME.kind.parse(named) or named
    except ValueError as error:
        raise InputError(f"GITHUB_REPOSITORY: {named[:60]!r} {error}") from None


def token_of(values: Values, world: World, actions: ActionsEnvironment) -> str:
    """The token to read with, masked in the log from here on. Raises InputError when there is none."""
    token = _given_token(values, world)
    if not token:
        raise InputError("token: none given; in a workflow leave the input out, elsewhere set GITHUB_TOKEN")
    actions.mask(token)
    return token.strip()


def _given_token(values: Values, world: World) -> str:
    return values[common.TOKEN] or next(
        (found for name in ("GITHUB_TOKEN", "GH_TOKEN") if (found := world.environ.get(name, "").strip())), "")
