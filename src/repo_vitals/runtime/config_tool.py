"""`config check|init|schema`: what a configuration means, told before it is used; a first one; and its schema."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.config.file import closest, quoted
from repo_vitals.config.resolve import read_options
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repo_vitals.runtime.world import World

_COMMAND = "config"
_HELP = """repo-vitals config check [--config FILE] [--option value …]
repo-vitals config init [--output FILE] [--force]
repo-vitals config schema

check tells every value that `run` would work with, given the same options and environment, and where each comes from:
an option, an environment variable, a table of the file, or the default. Mistakes are told all at once, one a line, and
the exit code is then 2. Nobody is asked, but for GitHub where the file extends a shared one.

init writes a commented configuration for the repository in the working folder, .github/repo-vitals.toml unless told
otherwise, and says what it found. It replaces no file without --force, and runs nothing.

schema prints the JSON Schema of the file, by which editors complete it and mark mistakes.

check takes the options of `run`:

"""


def main(arguments: Sequence[str], world: World) -> int:
    """Do what the first word says. Raises what ends it."""
    if not arguments or arguments[0] in ("--help", "-h"):
        world.stdout.write(_HELP + _options())
        return 0 if arguments else 2
    action, rest = arguments[0], arguments[1:]
    if action not in _ACTIONS:
        known = " or ".join(_ACTIONS)
        raise InputError(f"{_COMMAND}: {quoted(action)} is not {known}{closest(action, list(_ACTIONS))}")
    return _ACTIONS[action](rest, world)


def _options() -> str:
    from repo_vitals.runtime.help_text import inputs_help
    from repo_vitals.runtime.run_all import INPUTS

    return inputs_help("run", "", INPUTS).split("\n\n", 1)[1].lstrip("\n")


def _check(arguments: Sequence[str], world: World) -> int:
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.config_check import explain, lines
    from repo_vitals.runtime.run_all import INPUTS

    explained = explain(read_options(arguments, INPUTS, command=f"{_COMMAND} check"), world)
    with ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        if explained.mistakes:
            for mistake in explained.mistakes:
                if world.in_actions:    # which shows few annotations
                    actions.log(mistake)
                actions.annotate("error", mistake, title="repo-vitals")
            return InputError.exit_code
        for line in lines(explained):
            actions.log(line)
    return 0


def _init(arguments: Sequence[str], world: World) -> int:
    from repo_vitals.runtime.config_init import main as init

    return init(arguments, world)


def _schema(arguments: Sequence[str], world: World) -> int:
    from repo_vitals.runtime.config_schema import schema_text

    read_options(arguments, (), command=f"{_COMMAND} schema")
    world.stdout.write(schema_text())
    return 0


_ACTIONS: dict[str, Callable[[Sequence[str], World], int]] = {"check": _check, "init": _init, "schema": _schema}
