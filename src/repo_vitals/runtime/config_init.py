"""`config init`: a commented configuration for the repository at hand."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

from repo_vitals.config.declare import BOOLEAN, TEXT, Input
from repo_vitals.config.file import DEFAULT_PATH, quoted
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import CallerError, InputError
from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from repo_vitals.runtime.detecting import Detected
    from repo_vitals.runtime.world import World

OUTPUT = Input(name="output", kind=TEXT, default=DEFAULT_PATH.as_posix(), help="File that is written")
FORCE = Input(name="force", kind=BOOLEAN, default=False, help="Whether a file that is there already is replaced")
INPUTS = (OUTPUT, FORCE)
_MOST_NAMED = 5


def main(arguments: Sequence[str], world: World) -> int:
    """Write the file and say what was found. Raises CallerError where a file is there already, or can't be written."""
    from repo_vitals.delivery.files import write_aside
    from repo_vitals.registry import monitors
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.detecting import detect
    from repo_vitals.runtime.first_configuration import first_configuration
    from repo_vitals.runtime.pipeline import load_monitor

    options = read_options(arguments, INPUTS, command="config init")
    values = resolve(INPUTS, options=options, environ={}, table={}, command="config init", config_path=world.folder)
    output = values[OUTPUT]
    if not output:
        raise InputError("output: names no file")
    path = world.path(output)
    if not values[FORCE] and os.path.lexists(path):
        raise CallerError(f"config init: {quoted(output)} is there already; add --force to replace it, or give another "
                          "--output")
    # A link in a checkout must not send the usual file elsewhere; a path that the caller gave may lie anywhere.
    if values.origin(OUTPUT) == "default" and not path.parent.resolve().is_relative_to(world.folder.resolve()):
        raise CallerError(f"config init: {quoted(output)} leads out of the working folder by a link; give --output")
    found = detect(world.folder)
    text = first_configuration(found, [(load_monitor(command.name), command.summary) for command in monitors()])
    write_aside(path, text, named_by=OUTPUT.name)
    with ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        for line in _said(found):
            actions.log(line)
        actions.log(f"wrote {one_line(output)}; bin/repo-vitals config check explains it")
        above = _top_above(world.folder)
        if above is not None:
            actions.log(f"this folder lies within the repository at {one_line(str(above))}, where runs look for the "
                        "file: move it there, or begin there anew")
    return 0


def _top_above(folder: Path) -> Path | None:
    """The folder above in which git's repository begins; None where it begins here, or there is none."""
    here, *above = (folder.resolve(), *folder.resolve().parents)
    return None if (here / ".git").exists() else next((one for one in above if (one / ".git").exists()), None)


def _said(found: Detected) -> Iterator[str]:
    """What was found, a line a kind."""
    for what, names in (("languages", found.languages), ("packages", found.packages), ("workflows", found.workflows),
                        ("coverage reports", found.coverage), ("benchmark reports", found.benchmarks)):
        more = len(names) - _MOST_NAMED
        shown = ", ".join(one_line(name, limit=60) for name in names[:_MOST_NAMED])
        yield f"{what}: {shown or 'none found'}" + (f" and {more} more" if more > 0 else "")
    yield f"documents: {found.documents or 'none found'}"
    if not found.is_whole:
        yield "the folder has more files than were looked at"
