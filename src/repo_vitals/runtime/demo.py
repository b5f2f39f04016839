"""`demo`: every monitor on a simulated repository, so that a newcomer sees in a minute what comes out."""
from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, now
from repo_vitals.config.declare import TEXT, Input, integer
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.delivery.files import write_aside
from repo_vitals.registry import monitors
from repo_vitals.runtime.actions_env import ActionsEnvironment
from repo_vitals.runtime.configuration import resolve_inputs
from repo_vitals.runtime.pipeline import attempt, load_monitor
from repo_vitals.runtime.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from repo_vitals.config.declare import Values
    from repo_vitals.runtime.outcome import Outcome

ISSUES = Input(name="issues", kind=integer(0, 100_000), default=1000, help="Issues of the simulated repository")
PULL_REQUESTS = Input(name="pull-requests", kind=integer(0, 100_000), default=600, help="Pull requests")
DISCUSSIONS = Input(name="discussions", kind=integer(0, 100_000), default=100, help="Discussions")
SEED = Input(name="seed", kind=integer(0, 2**31), default=7, help="Another seed makes another repository")
OUTPUT = Input(name="output", kind=TEXT, default="repo-vitals/demo", help="Folder to write to")
_COVERED = "lcov.info"
_PROJECT = "project"
_BENCHMARKED, _BENCHMARKED_BEFORE = "bench.json", "bench-before"
_WRITTEN = {"report": ".json", "openmetrics": ".prom", "badge": ".svg"}
INPUTS: tuple[Input[Any], ...] = (ISSUES, PULL_REQUESTS, DISCUSSIONS, SEED, OUTPUT)


def main(arguments: Sequence[str], world: World) -> int:
    """Run the demo. 0 when it ran to its end, whatever the verdict on the simulated repository."""
    if arguments and arguments[0] in ("--help", "-h"):
        from repo_vitals.runtime.help_text import inputs_help

        world.stdout.write(inputs_help("demo", "Run the monitors on a simulated repository.", INPUTS))
        return 0
    values = resolve(INPUTS, options=read_options(arguments, INPUTS, command="demo"), environ={}, table={},
                     command="demo", config_path=world.folder)
    folder = world.path(values[OUTPUT])
    written: list[Path] = []
    with ActionsEnvironment({}, world.stdout, world.stderr) as actions:
        begun = time.monotonic()
        for outcome in _outcomes(values, folder, world, actions):
            if outcome.report is None:
                return outcome.exit_code
            _show(outcome, world)
            written += _files(outcome, folder)
        actions.log(f"Measured a simulated repository in {time.monotonic() - begun:.1f} s. What a workflow would get:")
        for path in written:
            actions.log(f"  {path}")
    return 0


def _outcomes(values: Values, folder: Path, world: World, actions: ActionsEnvironment) -> Iterator[Outcome]:
    from repo_vitals.simulator.deps_dev import DepsDevSimulator
    from repo_vitals.simulator.generate import generate
    from repo_vitals.simulator.generate_adoption import add_adoption
    from repo_vitals.simulator.generate_benchmarks import current_report, past_reports
    from repo_vitals.simulator.generate_coverage import tracefile
    from repo_vitals.simulator.generate_documents import make_checkout
    from repo_vitals.simulator.generate_security import add_security
    from repo_vitals.simulator.generate_updates import add_dependencies
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.services import Services, Version
    from repo_vitals.sources.git import git_environment, git_path

    moment = now(world.environ)
    with _progress("making a repository", world):
        state = generate(issues=values[ISSUES], pull_requests=values[PULL_REQUESTS], discussions=values[DISCUSSIONS],
                         seed=values[SEED], now=moment)
        known = add_dependencies(state, state.repositories()[0], now=moment, seed=values[SEED])
        add_security(state, state.repositories()[0], now=moment)
        registries = add_adoption(state, state.repositories()[0], known, now=moment, seed=values[SEED])
    with Simulator(state) as github, Services() as services, DepsDevSimulator(known) as deps_dev, registries:
        services.crate("widget", Version(number="1.4.0", published=moment - timedelta(days=30)),
                       Version(number="1.5.0", published=moment - timedelta(hours=3), built=None))
        services.indicator = "minor"
        # Nothing of the caller's environment but what a process needs: the demo must be the same everywhere.
        inside = World(
            environ={"GITHUB_API_URL": github.api_url, "GITHUB_GRAPHQL_URL": github.graphql_url,
                     "GITHUB_TOKEN": state.add_token().text, "GITHUB_REPOSITORY": state.repositories()[0].full_name,
                     # Without a way to git: the folder may lie in somebody's checkout.
                     "REPO_VITALS_NOW": format_instant(moment), "PATH": ""},
            folder=folder, stdout=world.stdout, stderr=world.stderr,
        )
        write_aside(folder / _COVERED, tracefile(seed=values[SEED]))
        write_aside(folder / _BENCHMARKED, current_report(seed=values[SEED]))
        for number, text in enumerate(past_reports(seed=values[SEED]), 1):
            write_aside(folder / _BENCHMARKED_BEFORE / f"{number:02}.json", text)
        make_checkout(folder / _PROJECT, now=moment, git=git_path(world.environ, outside=folder),
                      environ=git_environment(world.environ, None, ""))
        # A checkout of its own, so that git may be used there.
        environ = {name: text for name, text in inside.environ.items() if name != "PATH"}
        if "PATH" in world.environ:
            environ["PATH"] = world.environ["PATH"]
        checked_out = replace(inside, folder=folder / _PROJECT, environ=environ)
        own = {"service-health": services.options(), "dependency-health": {"deps-dev": deps_dev.url},
               "coverage": {"reports": _COVERED},
               "package-adoption": {**registries.options(), "deps-dev": deps_dev.url},
               "performance-compare": {"current": _BENCHMARKED, "baseline-reports": f"{_BENCHMARKED_BEFORE}/*.json",
                                       "budgets": "engine/start < 500 ms", "scaling": "sort/* <= 1.5"}}
        for command in monitors():
            monitor = load_monitor(command.name)
            place = checked_out if command.name == "docs-freshness" else inside
            options = {name: str(folder / f"{command.name}{end}") for name, end in _WRITTEN.items()}
            options |= own.get(command.name, {})
            with _progress(f"running {command.name}", world):
                outcome = attempt(monitor, partial(resolve_inputs, monitor, options, place), place, actions)
            yield outcome


def _files(outcome: Outcome, folder: Path) -> list[Path]:
    from repo_vitals.render.summary import summary_markdown

    assert outcome.report is not None  # noqa: S101 - the caller has looked
    name = outcome.monitor.name
    definitions = {definition.name: definition for definition in outcome.monitor.metrics}
    summary = write_aside(folder / f"{name}.md", summary_markdown(outcome.report, definitions))
    return [folder / f"{name}.json", summary, folder / f"{name}.prom", folder / f"{name}.svg"]


def _show(outcome: Outcome, world: World) -> None:
    from repo_vitals.render.terminal import rich_print

    assert outcome.report is not None  # noqa: S101 - the caller has looked
    rich_print(outcome.report, {definition.name: definition for definition in outcome.monitor.metrics}, world.stdout)


@contextmanager
def _progress(what: str, world: World) -> Iterator[None]:
    """A spinner where someone looks; a plain line elsewhere."""
    if not world.stderr.isatty():
        world.stderr.write(f"repo-vitals: {what}\n")
        yield
        return
    from rich.console import Console

    with Console(file=world.stderr).status(what):
        yield
