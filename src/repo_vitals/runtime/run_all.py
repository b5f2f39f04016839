"""`run`: every monitor that the configuration names, each to its own verdict; the root action."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.declare import LIST, OPTIONAL_TEXT, Input
from repo_vitals.config.file import closest, quoted
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import InputError, RepoVitalsError
from repo_vitals.registry import monitors
from repo_vitals.report.status import gravest, worst
from repo_vitals.runtime.paths import confine
from repo_vitals.runtime.pipeline import (
    RUN,
    attempt,
    configuration,
    load_monitor,
    resolve_inputs,
    several,
)
from repo_vitals.runtime.publishing import publish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Values
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.outcome import Outcome
    from repo_vitals.runtime.world import World

MONITORS = Input(
    name="monitors", kind=LIST, default=(), help="Monitors to run",
    default_text="those that the configuration has a table for, else all that need no input of their own",
)
REPORTS = Input(
    name="reports", kind=OPTIONAL_TEXT, default=None, default_text="repo-vitals under RUNNER_TEMP",
    help="Folder of the JSON reports",
)

# What `run` hands on to each monitor: options as options, keys of [run] as stand-ins for keys of the monitor's table.
_HANDED_ON: tuple[Input[Any], ...] = (
    common.REPOSITORY_NAME, common.TOKEN, common.WINDOW, common.HISTORY, common.HISTORY_LIMIT, common.FAIL_ON,
    replace(common.UNKNOWN_IS, default_text="each monitor's own"), common.SUMMARY, common.ANNOTATIONS, common.MAX_WAIT,
)
INPUTS: tuple[Input[Any], ...] = (MONITORS, *_HANDED_ON, REPORTS, common.CONFIG)
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
    with ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        try:
            values, outcomes = _run(arguments, world, actions)
        except RepoVitalsError as error:
            actions.annotate("error", str(error), title="repo-vitals")
            actions.outputs({**dict.fromkeys(OUTPUTS), "status": "unknown", "summary": str(error)})
            return error.exit_code
        actions.outputs(_outputs(outcomes, values, world))
    return gravest(outcome.exit_code for outcome in outcomes)


def _run(arguments: Sequence[str], world: World, actions: ActionsEnvironment) -> tuple[Values, list[Outcome]]:
    options = read_options(arguments, INPUTS, command=RUN)
    found = configuration(options, world)
    table = found.table(RUN)
    values = resolve(INPUTS, options=options, environ=world.environ, table=table, command=RUN, config_path=found.path)
    confine(REPORTS, values, world)
    outcomes = []
    for name in _chosen(values, found.tables):
        monitor = load_monitor(name)
        actions.group(monitor.title)
        outcomes.append(publish(_run_one(monitor, values, options, table, world, actions), world, actions))
        actions.endgroup()
    return values, outcomes


def _chosen(values: Values, tables: Mapping[str, Any]) -> list[str]:
    known = [command.name for command in monitors()]
    named = values[MONITORS]
    for name in named:
        if name not in known:
            raise InputError(f"monitors: {quoted(name)} is not a monitor{closest(name, known)}")
    configured = [name for name in known if name in tables]
    return [name for name in known if name in named] or configured or [
        name for name in known if not load_monitor(name).needs]


def _run_one(
    monitor: Monitor[Any], values: Values, options: Mapping[str, str], table: Mapping[str, Any], world: World,
    actions: ActionsEnvironment,
) -> Outcome:
    names = {declared.name for declared in _HANDED_ON}
    folder = values[REPORTS]
    own = {name: text for name, text in options.items() if name in names or name == common.CONFIG.name}
    shared = {name: value for name, value in table.items() if name in names}
    # A monitor may have an input of the same name that means another thing.
    ours = {name for declared in (MONITORS, REPORTS) for name in declared.environment}
    around = replace(world, environ={name: text for name, text in world.environ.items() if name not in ours})

    def inputs() -> Values:
        found = resolve_inputs(monitor, own, around, shared)
        if not folder:
            return found
        report = f"{folder.rstrip('/')}/{monitor.name}" + ("" if several(found) else ".json")
        return found.replaced({common.REPORT: report}, origin="option")
    return attempt(monitor, inputs, world, actions)


def _outputs(outcomes: Sequence[Outcome], values: Values, world: World) -> dict[str, str | int | None]:
    folder = values[REPORTS]
    return {
        "status": worst(outcome.status for outcome in outcomes),
        "report": str(world.path(folder) if folder else world.reports_folder),
        "findings": sum(outcome.findings or 0 for outcome in outcomes),
        "summary": "\n".join(f"{outcome.monitor.name}: {outcome.summary}" for outcome in outcomes),
    }
