"""Where files may go that the inputs name."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.config.file import quoted
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from repo_vitals.config.declare import Input, Values
    from repo_vitals.runtime.world import World


def confine(declared: Input[str | None], values: Values, world: World) -> None:
    """Raises InputError where the configuration file sends a file out of the working folder and RUNNER_TEMP.

    The file may come with a stranger's checkout, links and all; options and inputs are the workflow's own.
    """
    given = values[declared]
    if given and values.origin(declared) == "configuration":
        confine_path(declared.name, given, world)


def confine_path(name: str, given: str, world: World) -> None:
    """Raises InputError for a path out of the working folder and RUNNER_TEMP; `name` is the input that gave it."""
    folders = [world.folder, *([Path(temporary)] if (temporary := world.environ.get("RUNNER_TEMP")) else [])]
    target = world.path(given).resolve()
    if not any(target.is_relative_to(folder.resolve()) for folder in folders):
        raise InputError(f"{name}: the configuration file may not lead out of the working folder, as "
                         f"{quoted(given)} does; give such a path as an input or option")
