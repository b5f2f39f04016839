"""A diff without context as git writes it, to the lines that it adds."""
from __future__ import annotations

from typing import IO, TYPE_CHECKING

from repo_vitals.concerns.coverage.facts import Added

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 1 << 16      # bytes of a line that are looked at; names are shorter, and of content the first byte counts
_ESCAPES = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


class NotADiff(Exception):
    """What is wrong with it."""


def added_lines(diff: IO[bytes]) -> Added:
    """The added lines by the new side's paths. Raises NotADiff."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        # Without their lines, which the headers of their hunks count: they may be many and long.
        patch = PatchSet(_lines(diff), metadata_only=True)
    except (UnidiffParseError, ValueError) as error:
        raise NotADiff(f"git's diff can't be read ({type(error).__name__})") from None
    files: dict[str, tuple[tuple[int, int], ...]] = {}
    binary = 0
    for file in patch:
        binary += bool(file.is_binary_file)
        if file.is_removed_file or file.is_submodule or file.is_symlink:
            continue
        ranges = tuple((hunk.target_start, hunk.target_length) for hunk in file if hunk.target_length)
        if ranges:
            files[unquoted(file.target_file)] = ranges
    return Added(files=files, binary=binary)


def unquoted(name: str) -> str:
    """The path that a header names: without its `b/`, and without the quotes and escapes of C where git used them."""
    if not (name.startswith('"') and name.endswith('"') and len(name) > 1):
        return name.removeprefix("b/")
    found = bytearray()
    inside = name[1:-1]
    place = 0
    while place < len(inside):
        letter = inside[place]
        following = inside[place + 1:place + 2]
        if letter == "\\" and following in _ESCAPES:
            found.append(_ESCAPES[following])
            place += 2
        elif letter == "\\" and following.isdigit():
            found.append(int(inside[place + 1:place + 4], 8) & 0xFF)
            place += 4
        else:
            found += letter.encode("utf-8", "surrogateescape")
            place += 1
    return found.decode("utf-8", "surrogateescape").removeprefix("b/")


def _lines(diff: IO[bytes]) -> Iterator[str]:
    """Lines as git ends them, by a line feed alone; of long ones the beginning."""
    begun = False
    while piece := diff.readline(_LONGEST):
        if not begun:
            # No other character may end a line for whoever splits it again.
            yield piece.rstrip(b"\n").decode("utf-8", "surrogateescape") + "\n"
        begun = not piece.endswith(b"\n")
