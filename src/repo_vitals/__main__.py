"""The entry: one command, its exit code."""
from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals import __version__, registry
from repo_vitals.config.file import closest, quoted
from repo_vitals.errors import InputError, RepoVitalsError, internal_error
from repo_vitals.runtime.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> int:
    """Run `repo-vitals <command> [options]` and return its exit code. No traceback reaches the caller."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        world = world or World()
    except OSError:
        _complain("the working folder is gone or can't be entered; change to another one", World(folder=Path("/")))
        return 2
    try:
        return _dispatch(given, world)
    except RepoVitalsError as error:
        _complain(str(error), world)
        return error.exit_code
    except KeyboardInterrupt as ended:
        return int(getattr(ended, "exit_code", 130))
    except BrokenPipeError as gone:     # nothing can be said any more
        from repo_vitals.runtime.leaving import unheard

        return unheard(gone)
    except Exception as error:  # the last line of defence: a bug ends in one line as well
        if world.environ.get("REPO_VITALS_DEBUG"):
            raise
        _complain(str(internal_error(error)), world)
        return 3


def _dispatch(arguments: list[str], world: World) -> int:
    if not arguments or arguments[0] in ("help", "--help", "-h"):
        world.stdout.write(_usage())
        return 0 if arguments else 2
    name, rest = arguments[0], arguments[1:]
    command = registry.find(name)
    subcommand = command.subcommand(rest) if command else None
    if subcommand is not None:
        rest = rest[1:]
    if "--help" in rest:    # wherever it stands: people append it to what they have typed
        rest = ["--help"]
    if name == "--version":
        world.stdout.write(f"repo-vitals {__version__}\n")
        return 0
    if command is None:
        raise InputError(f"unknown command {quoted(name)}{closest(name, [known.name for known in registry.COMMANDS])}")
    if subcommand is None and command.kind != "tool":
        from repo_vitals.runtime.pipeline import load_monitor, run_monitor

        if rest and rest[0] in ("--help", "-h"):
            from repo_vitals.runtime.help_text import inputs_help

            world.stdout.write(inputs_help(name, command.summary, load_monitor(name).inputs))
            world.stdout.write(_subcommands(command))
            return 0
        return run_monitor(name, rest, world)
    module, function = (subcommand or command).entry.split(":")
    result: int = getattr(importlib.import_module(module), function)(rest, world)
    return result


def _subcommands(command: registry.Command) -> str:
    """What the command does besides, for its help; empty where that is nothing."""
    if not command.subcommands:
        return ""
    width = max(len(known.name) for known in command.subcommands)
    lines = [f"  {known.name.ljust(width)}  {known.summary}" for known in command.subcommands]
    return "\n".join(["", f"repo-vitals {command.name} <subcommand> does something else:", "", *lines, ""])


def _usage() -> str:
    width = max(len(command.name) for command in registry.COMMANDS)
    lines = [f"  {command.name.ljust(width)}  {command.summary}" for command in registry.COMMANDS]
    return "\n".join(["repo-vitals <command> [--option value …]", "", *lines, "",
                      "repo-vitals <command> --help lists a command's options.", ""])


def _complain(message: str, world: World) -> None:
    from repo_vitals.runtime.actions_env import ActionsEnvironment

    with suppress(BrokenPipeError), ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        actions.annotate("error", message, title="repo-vitals")


if __name__ == "__main__":
    from repo_vitals.runtime.leaving import begin, leave

    begin()
    sys.exit(leave(main()))
