"""`run`: every monitor that the configuration names, each to its own verdict; the root action."""
from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from glob import escape
from threading import Semaphore
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, now
from repo_vitals.concerns.alert.channels_inputs import CHANNEL_INPUTS
from repo_vitals.config import common
from repo_vitals.config.declare import (
    BOOLEAN,
    LIST,
    OPTIONAL_TEXT,
    FilePatterns,
    Input,
    positive_duration,
    show_duration,
)
from repo_vitals.config.file import closest, quoted
from repo_vitals.config.resolve import read_options
from repo_vitals.errors import CouldNotMeasure, InputError, RepoVitalsError, internal_error
from repo_vitals.frozen import dataclass
from repo_vitals.registry import monitors
from repo_vitals.report.model import Cost
from repo_vitals.report.status import gravest, worst
from repo_vitals.runtime.configuration import RUN, configuration, held, resolve_inputs
from repo_vitals.runtime.extending import claimed_cost
from repo_vitals.runtime.leaving import outlasting
from repo_vitals.runtime.limited import Right, result_of, started
from repo_vitals.runtime.outcome import Outcome
from repo_vitals.runtime.paths import confine, confine_path
from repo_vitals.runtime.pipeline import attempt, load_monitor, several
from repo_vitals.runtime.publishing import as_given, clashes, drop_as_given, drop_report
from repo_vitals.runtime.recorded import Recorded, Shown, annotate_in_turns
from repo_vitals.runtime.run_shown import TITLE, cost_of, published, summarise
from repo_vitals.runtime.shared_places import SharedPlaces
from repo_vitals.sources.limits import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Values
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.world import World

MONITORS = Input(
    name="monitors", kind=LIST, default=(), help="Monitors to run",
    default_text="those that the configuration has a table for, else all that need no input of their own",
)
REPORTS = Input(
    name="reports", kind=OPTIONAL_TEXT, default=None, default_text="repo-vitals under RUNNER_TEMP",
    help="Folder of the JSON reports",
)
ALERT = Input(
    name="alert", kind=BOOLEAN, default=False, default_text="where the configuration has a table `[alert]`",
    help="Whether the reports are turned into alerts, as the command `alert` does",
)
MAX_TIME = Input(
    name="max-time", kind=positive_duration(), default=timedelta(minutes=15),
    help="Longest time for one monitor, and for the alerts; one that has not ended then counts as not measured, and "
         "the others are published all the same",
)

# What `run` hands on to each monitor: options as options, keys of [run] as stand-ins for keys of the monitor's table.
HANDED_ON: tuple[Input[Any], ...] = (
    common.REPOSITORY_NAME, common.TOKEN, common.WINDOW, common.HISTORY, common.HISTORY_LIMIT, common.BASELINE,
    common.FAIL_ON,
    replace(common.UNKNOWN_IS, default_text="each monitor's own"), common.SUMMARY, common.ANNOTATIONS, common.MAX_WAIT,
)
INPUTS: tuple[Input[Any], ...] = (MONITORS, *HANDED_ON, MAX_TIME, ALERT, *CHANNEL_INPUTS, common.DRY_RUN, REPORTS,
                                  common.CONFIG)
MOST_AT_ONCE = 8        # monitors
ALERTS = "alert"       # the command, and its table in the configuration
OUTPUTS = {
    "status": "Worst status of the monitors: pass, warn, fail or unknown",
    "report": "Folder of the JSON reports",
    "findings": "Number of findings, over all monitors",
    "summary": "One line a monitor",
}


def main(arguments: Sequence[str], world: World) -> int:
    """Run the monitors. 1 if any gave 1, else 2, else 3, else 0; every monitor is run, whatever the others did."""
    from repo_vitals.runtime.actions_env import ActionsEnvironment

    if arguments and arguments[0] in ("--help", "-h"):
        from repo_vitals.runtime.help_text import inputs_help

        world.stdout.write(inputs_help(RUN, "Every monitor that the configuration names.", INPUTS))
        return 0
    with outlasting(world) as world, ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        try:
            asked = _asked(arguments, world)
            # One clock for all, however long the others take, and one share of the hour's requests.
            world = replace(world, environ={**world.environ, "REPO_VITALS_NOW": format_instant(now(world.environ))},
                            budget=Budget())
            outcomes, failures = _run(asked, world, actions)
        except RepoVitalsError as error:
            actions.annotate("error", str(error), title=TITLE)
            actions.outputs({**dict.fromkeys(OUTPUTS), "status": "unknown", "summary": str(error)})
            return error.exit_code
        actions.outputs(_outputs(outcomes, asked.values, world))
    return gravest([*(outcome.exit_code for outcome in outcomes), *(failed.exit_code for failed in failures)])


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What was asked for, and where."""

    options: Mapping[str, str]
    table: Mapping[str, Any]
    values: Values
    monitors: tuple[Monitor[Any], ...]
    alerts: bool


def _asked(arguments: Sequence[str], world: World) -> _Asked:
    read: Any = None
    try:
        options = read_options(arguments, INPUTS, command=RUN)
        found = configuration(options, world)
        read = found.tables.get(RUN)
        table = found.table(RUN)
        values = held(found, RUN, INPUTS, options, world, table)
        confine(REPORTS, values, world)
        return _Asked(options=options, table=table, values=values,
                      monitors=tuple(map(load_monitor, _chosen(values, found.tables))),
                      alerts=values[ALERT] or (values.origin(ALERT) == "default" and ALERTS in found.tables))
    except RepoVitalsError:
        _drop_older(arguments, read if isinstance(read, dict) else {}, world)
        raise


def _drop_older(arguments: Sequence[str], table: Mapping[str, Any], world: World) -> None:
    """Take away the reports of an earlier run where those of one would go that can't begin. `table` is [run], as far
    as it was read: what is wrong may be the place itself, or which monitors would run, and then it is all."""
    folder = as_given(REPORTS, arguments, world)
    theirs = table.get(REPORTS.name)
    if folder is None and isinstance(theirs, str):
        with suppress(RepoVitalsError):
            confine_path(REPORTS.name, theirs, world)
            folder = theirs
    known = [command.name for command in monitors()]
    named = as_given(MONITORS, arguments, world) or ""
    wanted = [name for name in known if name in re.split(r"[\s,]+", named)]
    for name in (*(wanted or known), ALERTS):
        drop_report(name, (world.path(folder) if folder else world.reports_folder) / f"{name}.json")


def _run(asked: _Asked, world: World, actions: ActionsEnvironment) -> tuple[list[Outcome], list[RepoVitalsError]]:
    """Run the monitors beside one another, and show each when those before it were shown."""
    begun = time.monotonic()
    before = claimed_cost(world)        # of all, and of no one monitor
    places = SharedPlaces(actions, [*(monitor.name for monitor in asked.monitors), *([ALERTS] if asked.alerts else [])])
    outcomes: list[Outcome] = []
    shown = [Shown(actions) for _ in asked.monitors]
    try:
        said = [Recorded(actions) for _ in asked.monitors]
        at_once = Semaphore(MOST_AT_ONCE)
        inputs = _inputs(asked, world)
        running = [_started(monitor, inputs[monitor.name], asked, world, recorded, places, at_once)
                   for monitor, recorded in zip(asked.monitors, said, strict=True)]
        for monitor, ended, recorded, place in zip(asked.monitors, running, said, shown, strict=True):
            outcome = result_of(ended)
            actions.group(monitor.title)
            recorded.say(place)
            outcomes.append(published(outcome, world, place))
            actions.endgroup()
        if asked.alerts:
            actions.group(load_monitor(ALERTS).title)
            shown.append(Shown(actions))
            said.append(Recorded(actions))
            given = inputs[ALERTS]
            ended = _started(load_monitor(ALERTS), given if isinstance(given, Exception) else given.replaced(
                _given_to_alerts(asked, outcomes, world), origin="option"), asked, world, said[-1], places, at_once)
            outcome = result_of(ended)
            said[-1].say(shown[-1])
            outcomes.append(published(outcome, world, shown[-1]))
            actions.endgroup()
        failures = places.flush(now(world.environ), partial(actions.annotate, title=TITLE))
        every = [before, places.cost, *(outcome.cost or Cost() for outcome in outcomes)]
        summarise(asked.values, outcomes, failures, cost_of(every, time.monotonic() - begun), world, actions)
        annotate_in_turns(shown)
    finally:
        places.close()
    return outcomes, failures


def _inputs(asked: _Asked, world: World) -> dict[str, Values | Exception]:
    """The inputs of every monitor, and of the alerts, by name; or what is wrong with them."""
    every = [*asked.monitors, *([load_monitor(ALERTS)] if asked.alerts else [])]
    found: dict[str, Values | Exception] = {}
    for monitor in every:
        try:
            found[monitor.name] = _inputs_of(monitor, asked, world)
        except Exception as error:  # noqa: BLE001, PERF203 - a bug too leaves the others
            found[monitor.name] = error
            folder = asked.values[REPORTS]
            drop_as_given(monitor, [f"{common.REPORT.option}={folder}/{monitor.name}.json"] if folder else [], world)
    readable = [(monitor, values) for monitor in every if not isinstance(values := found[monitor.name], Exception)]
    return {**found, **clashes(readable, world)}


def _inputs_of(monitor: Monitor[Any], asked: _Asked, world: World) -> Values:
    folder = asked.values[REPORTS]
    own, shared, around = handed_on(monitor, asked.options, asked.table, world)
    found = resolve_inputs(monitor, own, around, shared)
    report = f"{(folder or '').rstrip('/')}/{monitor.name}" + ("" if several(found) else ".json")
    return found.replaced({common.REPORT: report} if folder else {}, origin="option")


def _started(monitor: Monitor[Any], inputs: Values | Exception, asked: _Asked, world: World, actions: Recorded,
             places: SharedPlaces, at_once: Semaphore) -> Future[Outcome]:
    """What a monitor, or a doer, comes to within its time."""
    longest = asked.values[MAX_TIME]

    def unmeasured(error: RepoVitalsError) -> Outcome:
        actions.annotate("error", str(error), title=monitor.title)
        return Outcome(monitor=monitor, exit_code=error.exit_code, summary=str(error), error=error,
                       values=None if isinstance(inputs, Exception) else inputs)

    def given_up() -> Outcome:
        return unmeasured(CouldNotMeasure(
            f"{monitor.name} did not end within {show_duration(longest)}, and counts as not measured; see what it "
            "waits for, or give it more with max-time"))

    def known() -> Values:
        if isinstance(inputs, Exception):
            raise inputs
        return inputs

    def call(right: Right) -> Outcome:
        try:
            return attempt(monitor, known, replace(world, leaving=right.leaving), actions, places=places.of)
        except BaseException as ended:  # a library that ends the program, say: it ends this monitor alone
            if world.environ.get("REPO_VITALS_DEBUG"):
                raise
            return unmeasured(internal_error(ended))
    return started(call, at_once=at_once, longest=longest.total_seconds(), given_up=given_up, name=monitor.name)


def _chosen(values: Values, tables: Mapping[str, Any]) -> list[str]:
    known = [command.name for command in monitors()]
    named = values[MONITORS]
    for name in named:
        if name not in known:
            raise InputError(f"monitors: {quoted(name)} is not a monitor{closest(name, known)}")
    configured = [name for name in known if name in tables]
    return [name for name in known if name in named] or configured or [
        name for name in known if not load_monitor(name).needs]


def _given_to_alerts(asked: _Asked, outcomes: Sequence[Outcome], world: World) -> Mapping[Input[Any], Any]:
    """What the reports of this run are to alerts. A monitor that was to run and left no report is unknown; one that is
    to look at another repository has no word in those of this one."""
    from repo_vitals.concerns.alert import inputs as alert_inputs

    ours = asked.values[common.REPOSITORY_NAME] or world.environ.get("GITHUB_REPOSITORY", "").strip()
    one_by_one = [outcome for outcome in outcomes if not outcome.parts
                  and (_named(outcome) or ours).lower() == ours.lower()]
    reports = tuple(escape(str(outcome.path)) for outcome in one_by_one if outcome.path is not None)
    return {alert_inputs.REPORTS: FilePatterns(patterns=reports),
            alert_inputs.EXPECT: tuple(outcome.monitor.name for outcome in one_by_one)}


def handed_on(monitor: Monitor[Any], options: Mapping[str, str], table: Mapping[str, Any], world: World,
              ) -> tuple[dict[str, str], dict[str, Any], World]:
    """What a monitor or doer gets of `run`: options, stand-ins for keys that its table lacks, and its surroundings."""
    known = {declared.name for declared in monitor.inputs}
    names = {declared.name for declared in (*HANDED_ON, *CHANNEL_INPUTS, common.DRY_RUN)} & known
    own = {name: text for name, text in options.items() if name in names or name == common.CONFIG.name}
    shared = {name: value for name, value in table.items() if name in names}
    # A monitor may have an input of the same name that means another thing.
    ours = {name for declared in (MONITORS, REPORTS, ALERT) for name in declared.environment}
    return own, shared, replace(world, environ={name: text for name, text in world.environ.items() if name not in ours})


def _named(outcome: Outcome) -> str | None:
    return None if outcome.values is None else outcome.values[common.REPOSITORY_NAME]


def _outputs(outcomes: Sequence[Outcome], values: Values, world: World) -> dict[str, str | int | None]:
    folder = values[REPORTS]
    return {
        "status": worst(outcome.status for outcome in outcomes),
        "report": str(world.path(folder) if folder else world.reports_folder),
        "findings": sum(outcome.findings or 0 for outcome in outcomes),
        "summary": "\n".join(f"{outcome.monitor.name}: {outcome.summary}" for outcome in outcomes),
    }
