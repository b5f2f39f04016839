"""Sizes of files that a build made: as they are, and of executables without symbols and debug information.

*File size*: the bytes of the file itself; of a link those of what it leads to. In a sum a file that several paths or
patterns reach, by links of either kind, counts once. *Stripped size*: the file without its symbol table and debug
sections, told from the file's own tables (`sources.executables`); only of ELF and PE. A name with patterns sums over
all their files.
"""
from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.performance_compare.facts import Failed, Report, Result
from repo_vitals.config.declare import LINES, LIST, Kind, needs_text
from repo_vitals.config.file import quoted
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.executables import Damaged, symbols_and_debug
from repo_vitals.sources.local_files import found_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from repo_vitals.sources.local_files import FoundFile

FORMAT = "sizes"
_MOST = 1000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,59}")
# A drive of Windows has one letter and no blank behind it.
_NAMED = re.compile(r"(?P<name>[^:]{2,200}?)\s*:\s+(?P<patterns>.+)")


@dataclass(frozen=True, kw_only=True)
class SizeOf:
    """What to measure: files one by one under their paths, or all together under a name."""

    name: str = ""
    patterns: tuple[str, ...]


def sizes() -> Kind[tuple[SizeOf, ...]]:
    """Paths and patterns a line; `name: pattern, pattern` sums them. In TOML also a table of names."""
    return Kind("lines or table", lambda text: _all(map(_line, LINES.parse(text))), _from_toml,
                lambda found: "\n".join(map(_show, found)), quotable=False)


def _line(line: str) -> SizeOf:
    named = _NAMED.fullmatch(line)
    return _named(named["name"], LIST.parse(named["patterns"])) if named else SizeOf(patterns=(line,))


def _named(name: str, patterns: Sequence[str]) -> SizeOf:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"has the name {quoted(name)}; a name has up to 60 letters, digits, blanks and . _ / -")
    if not patterns:
        raise ValueError(f"has {quoted(name)} without a path")
    return SizeOf(name=name, patterns=tuple(patterns))


def _from_toml(value: Any) -> tuple[SizeOf, ...]:
    if isinstance(value, dict):
        return _all(_named(str(name), LIST.from_toml(paths) if isinstance(paths, list) else (needs_text(paths),))
                    for name, paths in value.items())
    return _all(map(_line, LINES.from_toml(value)))


def _all(found: Iterable[SizeOf]) -> tuple[SizeOf, ...]:
    every = tuple(dict.fromkeys(found))
    names = [one.name for one in every if one.name]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"has {quoted(twice)} twice")
    if len(every) > _MOST:
        raise ValueError(f"has more than {_MOST:,} lines")
    return every


def _show(one: SizeOf) -> str:
    return f"{one.name}: {', '.join(one.patterns)}" if one.name else one.patterns[0]


def measured(
    wanted: Sequence[SizeOf], *, folder: str, confined: bool, named_by: str,
) -> tuple[Report | None, tuple[str, ...]]:
    """The sizes as a report of the format "sizes", and the patterns that match no file; no report without a file.

    `folder`, `confined` and errors as in `local_files.found_files`; InputError too for a file that can't be read.
    """
    results: dict[str, Result] = {}
    failed: list[Failed] = []
    unmatched: list[str] = []
    for one in wanted:
        files: dict[Path, FoundFile] = {}
        for pattern in one.patterns:
            found = found_files(pattern, folder=folder, confined=confined, named_by=named_by)
            unmatched += [] if found else [pattern]
            files.update((file.path, file) for file in found)
        groups = [(one.name, list(files.values()))] if one.name and files else [
            (file.shown, [file]) for file in files.values()]
        for name, group in groups:
            _add(results, failed, name, group, named_by)
    if not results:
        return None, tuple(unmatched)
    report = Report(shown=named_by, format=FORMAT, results=tuple(results.values()), failed=tuple(failed))
    return report, tuple(unmatched)


def _add(
    results: dict[str, Result], failed: list[Failed], name: str, files: Sequence[FoundFile], named_by: str,
) -> None:
    total = stripped = 0
    is_executable = True
    counted: set[tuple[int, int]] = set()       # by device and number, which hard links share
    for file in files:
        try:
            with file.path.open("rb") as stream:
                known = os.fstat(stream.fileno())
                place = known.st_dev, known.st_ino
                if place in counted:
                    continue
                if known.st_ino:        # Some file systems number no files.
                    counted.add(place)
                size = stream.seek(0, 2)
                removable = symbols_and_debug(stream, size) if is_executable else None
        except Damaged as error:
            failed.append(Failed(name=f"{name}: stripped", why=f"is unknown: {quotable(file.shown)} {error}"))
            removable = None
        except OSError as error:
            raise InputError(f'{named_by}: "{quotable(file.shown)}" can not be read ({error.strerror})') from None
        total += size
        is_executable = is_executable and removable is not None
        stripped += size - (removable or 0)
    results[name] = Result(name=name, unit="bytes", better="lower", samples=(float(total),), exact=True,
                           measures="binary_size")
    if is_executable:
        key = f"{name}: stripped"
        results[key] = Result(name=key, unit="bytes", better="lower", samples=(float(stripped),), exact=True,
                              measures="stripped_size")
