"""On which line of a TOML file each table and key stands, for messages: parsers keep that to themselves. Pure."""
from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STRING_OR_COMMENT = re.compile("|".join((
    r'"""(?:\\.|[^\\])*?"{3,5}', r"'''.*?'{3,5}", r'"(?:\\.|[^"\\\n])*"', r"'[^'\n]*'", r"#[^\n]*")), re.DOTALL)
_NAME = re.compile("|".join((r'"((?:\\.|[^"\\])*)"', r"'([^']*)'", r"([A-Za-z0-9_-]+)")))


def key_lines(text: str) -> dict[tuple[str, str], int]:
    """The line, from 1, of each table (its name and no key) and each key of one; of several the first.

    `text` is valid TOML. Names of more parts than two count for the first two. A key above all tables counts as a
    table, as messages about one name at the top do.
    """
    found: dict[tuple[str, str], int] = {}
    for names, line, _ in _named(text):
        for place in ((names[0], ""), (names[0], names[1] if len(names) > 1 else "")) if names else ():
            found.setdefault(place, line)
    return found


def list_lines(text: str, name: str) -> list[dict[str, int]]:
    """The line of each table below `[[name]]`, under an empty key, and of its keys; of tables in one value none."""
    found: list[dict[str, int]] = []
    for names, line, head in _named(text):
        if names == [name] and head.startswith("[["):
            found.append({"": line})
        elif found and names[:1] == [name] and len(names) > 1:
            found[-1].setdefault(names[1], line)
    return found


def _named(text: str) -> Iterator[tuple[list[str], int, str]]:
    """The name of each header and of each key with that of its table, its line, and how it is written."""
    masked = _STRING_OR_COMMENT.sub(_mask, text)
    ends = [match.start() for match in re.finditer("\n", text)]
    table: list[str] = []
    for start, end in _statements(masked):
        head = masked[start:end]
        if head.lstrip().startswith("["):
            names = table = _names(text[start: start + len(head.rstrip())])
        else:
            names = table + _names(text[start: start + head.find("=")])
        first = start + len(head) - len(head.lstrip())
        yield names, bisect_right(ends, first - 1) + 1, head.strip()


def _mask(match: re.Match[str]) -> str:
    """As long, without anything that means something: blanks for a comment."""
    return (" " if match[0].startswith("#") else "x") * len(match[0])


def _statements(masked: str) -> list[tuple[int, int]]:
    """Where each header and each key with its value begins and ends."""
    found, start, depth = [], 0, 0
    for match in re.finditer(r"[\[\]{}\n]|\Z", masked):
        if match[0] in ("[", "{"):
            depth += 1
        elif match[0] in ("]", "}"):
            depth -= 1
        elif depth == 0 or not match[0]:
            if masked[start: match.start()].strip():
                found.append((start, match.start()))
            start = match.end()
    return found


def _names(text: str) -> list[str]:
    return ["".join(part or "" for part in match.groups()) for match in _NAME.finditer(text)]
