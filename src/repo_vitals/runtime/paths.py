"""Where files may go that the inputs name."""
from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.config.file import quoted
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from repo_vitals.config.declare import Input, Values
    from repo_vitals.runtime.world import World

_GIT = re.compile(r"\.git[ .]*|git~\d", re.IGNORECASE)       # Windows reads all of these as .git


def confine(declared: Input[str | None], values: Values, world: World) -> None:
    """Raises InputError where the configuration file sends a file out of the working folder and RUNNER_TEMP, or to
    what git and the runner keep there.

    The file may come with a stranger's checkout, links and all; options and inputs are the workflow's own.
    """
    given = values[declared]
    if given and values.origin(declared) == "configuration":
        confine_path(declared.name, given, world)


def confine_path(name: str, given: str, world: World) -> None:
    """Raises InputError for a path as `confine` does; `name` is the input that gave it."""
    temporary = world.environ.get("RUNNER_TEMP")
    target = world.path(given).resolve()
    inside = {folder: target.relative_to(folder).parts
              for folder in (world.folder.resolve(), *([Path(temporary).resolve()] if temporary else []))
              if target.is_relative_to(folder)}
    if not inside:
        raise InputError(f"{name}: the configuration file may not lead out of the working folder, as "
                         f"{quoted(given)} does; give such a path as an input or option")
    # The runner's own folders there begin so: what later steps get as environment, and the event, are among them.
    runners = [] if temporary is None else inside.get(Path(temporary).resolve(), ())[:1]
    if any(part.startswith("_") for part in runners) or any(_GIT.fullmatch(part) for parts in inside.values()
                                                            for part in parts):
        raise InputError(f"{name}: the configuration file may not lead to what git or the runner keeps, as "
                         f"{quoted(given)} does; give another path")
