"""The configuration file, `.github/repo-vitals.toml`: read as data, its tables and keys held to the declarations."""
from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

DEFAULT_PATH = Path(".github") / "repo-vitals.toml"
_MOST_LISTED = 60       # names in one message
_LARGEST = 1_000_000    # bytes; a configuration is written by hand


def load(path: Path, *, named: bool) -> dict[str, Any]:
    """The file's tables; empty when a file that nobody named is not there.

    Raises InputError naming file, line and reason: not there (when `named`), unreadable, not UTF-8, not TOML.
    """
    shown = quotable(str(path), limit=300)
    try:
        content = _content(path)
    except (FileNotFoundError, NotADirectoryError):
        if not named:
            return {}
        raise InputError(f"config: {shown} does not exist") from None
    except OSError as error:
        raise InputError(f"config: {shown} can't be read ({error.strerror or 'input/output error'})") from None
    except ValueError as error:
        raise InputError(f"config: {shown} {error}") from None
    try:
        return parse(content.decode("utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        raise InputError(f"config: {shown} is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def lines_of(path: Path) -> Mapping[tuple[str, str], int]:
    """The lines of a file's tables and keys, as `key_lines`; none where it can't be read any more."""
    from repo_vitals.config.lines import key_lines

    try:
        return key_lines(_content(path).decode("utf-8-sig"))
    except (OSError, ValueError):
        return {}


def list_lines_of(path: Path, name: str) -> list[dict[str, int]]:
    """The lines of a file's list of tables, as `list_lines`; none where it can't be read any more."""
    from repo_vitals.config.lines import list_lines

    try:
        return list_lines(_content(path).decode("utf-8-sig"), name)
    except (OSError, ValueError):
        return []


def parse(text: str, shown: str) -> dict[str, Any]:
    """The tables that a text holds. Raises InputError naming the file, as `shown`, and the line."""
    import tomli

    try:
        return tomli.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except ValueError as error:     # TOMLDecodeError is one, a number of too many digits another
        raise InputError(f"config: {shown} is not TOML: {str(error).splitlines()[0][:160]}") from None
    except RecursionError:
        raise InputError(f"config: {shown} is nested too deeply") from None


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _content(path: Path) -> bytes:
    """The file's bytes. Raises OSError, or ValueError saying what the path is instead of a configuration.

    The working folder may be a stranger's checkout, and a link in it lead to a device that never ends or a pipe that
    nobody writes to: neither is opened for waiting, nor read.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("is not a regular file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"is longer than {_LARGEST} bytes")
    return content


def table_mistakes(tables: Mapping[str, Any], *, place: Callable[[str], str], commands: Collection[str]) -> list[str]:
    """A line for each name at the top of a file that is no command's table. `place` says where a name stands."""
    found = []
    for name, value in tables.items():
        if name not in commands:
            found.append(f"config: {place(name)} has an unknown {'table' if isinstance(value, dict) else 'key'} "
                         f"{quoted(name)}{closest(name, commands)}")
        elif not isinstance(value, dict):
            found.append(f"config: {place(name)}: {quoted(name)} must be a table, written [{name}]")
    return found


def quoted(text: str) -> str:
    """Foreign text in a message: harmless, short, in quotes."""
    return f'"{quotable(text, limit=60)}"'


def closest(name: str, known: Collection[str]) -> str:
    """` (did you mean …?)` with up to three names, or what there is; nothing where that is too much for a line."""
    listed = f" (known: {', '.join(sorted(known))})" if len(known) <= _MOST_LISTED else ""
    return near(name, known) or listed


def near(name: str, known: Collection[str]) -> str:
    """` (did you mean …?)` with up to three names; nothing where none is like it."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(found)}?)" if found else ""
