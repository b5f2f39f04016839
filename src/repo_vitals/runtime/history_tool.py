"""`history export|import|prune`: a whole history as one file and back, and old years' branches deleted on request."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import now
from repo_vitals.config import common
from repo_vitals.config.declare import BOOLEAN, OPTIONAL_TEXT, Input, choice
from repo_vitals.config.file import closest, quoted
from repo_vitals.config.history_place import HistoryPlace
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import CallerError, InputError
from repo_vitals.runtime.history_places import FROM_A_FORK, place_of
from repo_vitals.runtime.pipeline import connection
from repo_vitals.sources.history_export import FORMATS, NotAnExport, exported, imported
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.config.declare import Values
    from repo_vitals.delivery.places import Place
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.world import World

_COMMAND = "history"
_PLACE = replace(common.HISTORY, default=HistoryPlace(branch="repo-vitals-history"), default_text="branch")
OUTPUT = Input(name="output", kind=OPTIONAL_TEXT, default=None, default_text="standard output",
               help="File that the export is written to")
FORMAT = Input(name="format", kind=choice(*FORMATS), default="jsonl",
               help="Form of the export: jsonl (lines of JSON), or csv for a spreadsheet; both can be imported")
DRY_RUN = Input(name="dry-run", kind=BOOLEAN, default=False, help="Whether to say only what would be done")
_WHERE: tuple[Input[Any], ...] = (_PLACE, common.REPOSITORY_NAME, common.TOKEN, common.MAX_WAIT)
_ACTIONS: dict[str, tuple[Input[Any], ...]] = {
    "export": (*_WHERE, FORMAT, OUTPUT), "import": (*_WHERE, DRY_RUN), "prune": (*_WHERE, DRY_RUN),
}
_HELP = """repo-vitals history export [--history PLACE] [--format jsonl|csv] [--output FILE]
repo-vitals history import FILE [--history PLACE] [--dry-run true]
repo-vitals history prune [--history branch:NAME] [--dry-run true]

export writes the whole history as one text; import puts it, byte for byte, into a place that holds no history yet;
prune deletes the branches of years before the last one, which is what frees their space.

"""


def main(arguments: Sequence[str], world: World) -> int:
    """Do one of the three. Raises what ends it."""
    from repo_vitals.runtime.actions_env import ActionsEnvironment
    from repo_vitals.runtime.help_text import inputs_help

    if not arguments or arguments[0] in ("--help", "-h"):
        options = inputs_help(_COMMAND, "Export, import and prune a history.", (*_ACTIONS["export"], DRY_RUN))
        world.stdout.write(_HELP + options.split("\n\n", 2)[2])
        return 0 if arguments else 2
    action, rest = arguments[0], list(arguments[1:])
    if action not in _ACTIONS:
        raise InputError(f"history: {quoted(action)} is not export, import or prune{closest(action, list(_ACTIONS))}")
    file = rest.pop(0) if action == "import" and rest and not rest[0].startswith("--") else None
    if action == "import" and file is None:
        raise InputError("history import: name the file first: history import FILE")
    inputs = _ACTIONS[action]
    values = resolve(inputs, options=read_options(rest, inputs, command=f"{_COMMAND} {action}"), environ=world.environ,
                     table={}, command=_COMMAND, config_path=world.folder)
    with ActionsEnvironment(world.environ, world.stdout, world.stderr) as actions:
        if action == "export":
            _export(values, world, actions)
        elif file is not None:
            _import(file, values, world, actions)
        else:
            _prune(values, world, actions)
    return 0


def _place(values: Values, world: World, actions: ActionsEnvironment, *, writes: bool = True) -> Place:
    """The place, with a connection only where one is needed. Raises CallerError where it may not be written."""
    if writes and read_event(world.environ).from_fork:
        raise CallerError(f"history: nothing was changed; {FROM_A_FORK}")
    found = values[common.HISTORY]
    if found is None:
        raise InputError("history: none is no place; give branch, branch:NAME or a folder")
    return place_of(values, world, None if found.branch is None else connection(values, world, actions))


def _files(place: Place) -> dict[str, bytes]:
    content = place.history().content
    if content is None:
        return {}
    held = ((path, content.read(path)) for path in content.sizes())
    return {path: found for path, found in held if found}


def _export(values: Values, world: World, actions: ActionsEnvironment) -> None:
    from repo_vitals.delivery.files import write_aside

    files = _files(_place(values, world, actions, writes=False))
    if not files:
        raise CallerError(f"history: {quoted(str(values[common.HISTORY]))} holds no history to export")
    pieces = exported(files, "csv" if values[FORMAT] == "csv" else "jsonl")
    output = values[OUTPUT]
    if output is None:
        world.stdout.writelines(pieces)
    else:
        write_aside(world.path(output), "".join(pieces), named_by=OUTPUT.name)
        world.stderr.write(f"repo-vitals: {len(files)} files exported\n")


def _import(file: str, values: Values, world: World, actions: ActionsEnvironment) -> None:
    try:
        files = imported(world.path(file).read_bytes().decode())
    except OSError as error:
        raise CallerError(f"history import: {quoted(file)} can't be read ({error.strerror})") from None
    except (NotAnExport, UnicodeDecodeError) as error:
        why = error if isinstance(error, NotAnExport) else "it is not UTF-8"
        raise CallerError(f"history import: {quoted(file)}: {why}; nothing was changed") from None
    place = _place(values, world, actions)
    held = _files(place)
    if held and held != files:
        where = quoted(str(values[common.HISTORY]))
        raise CallerError(f"history: {where} holds a history already ({len(held)} files), "
                          "left as it is; import into an empty place, such as another branch")
    history = place.history()
    for path, content in files.items():
        history.keep(path, content.decode("utf-8", "surrogateescape"))
    if values[DRY_RUN]:
        world.stdout.write(f"would import {len(files)} files\n")
        return
    place.write(history, at=now(world.environ))
    world.stdout.write(f"imported {len(files)} files\n")


def _prune(values: Values, world: World, actions: ActionsEnvironment) -> None:
    from repo_vitals.delivery.history import OnBranch

    place = _place(values, world, actions)
    if not isinstance(place, OnBranch):
        raise InputError("history prune: a folder has no years' branches; give --history branch:NAME")
    dry_run = values[DRY_RUN]
    for branch in place.prune(now(world.environ), dry_run=dry_run):
        world.stdout.write(f"{'would delete' if dry_run else 'deleted'} {branch}\n")
