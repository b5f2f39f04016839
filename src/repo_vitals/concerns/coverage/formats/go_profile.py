"""Go's coverage profiles (`go test -coverprofile`), of mode set, count or atomic, also several put together.

A line can be covered if a block of statements lies on it, and is covered if any such block ran. `go tool cover -func`
counts statements instead: a block of three on one line weighs three there, and a block of one statement over five
lines weighs one. So its ratio differs; it is told in a note.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage.formats.found import Found, count, line_number
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import shown

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "go"
_LONGEST_LINE = 10_000
_MOST_LINES = 100_000           # of a block
_MODE = re.compile(r"mode: (?:set|count|atomic)")
_BLOCK = re.compile(r"(.+):(\d+)\.(\d+),(\d+)\.(\d+) (\d+) (\d+)")


def recognises(head: Head) -> bool:
    """Whether it is a profile: it begins with its mode."""
    return _MODE.fullmatch(head.first_line) is not None


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    found = Found(tool="go", paths="go")
    blocks: dict[tuple[str, int], int] = {}         # statements; the sign tells whether they ran
    begun = False
    with opened(file) as stream:
        number = 0
        line = b"\n"
        while line := stream.readline(_LONGEST_LINE):
            number += 1
            text = line.decode("utf-8", "replace").strip()
            if _MODE.fullmatch(text):
                begun = True
            elif text:
                if not begun:
                    raise Unreadable("is no coverage profile of Go: it does not begin with its mode")
                match = _BLOCK.fullmatch(text)
                if not match:
                    if not line.endswith(b"\n"):
                        raise Unreadable(f"is cut off in line {number:,}")
                    raise Unreadable(f"can't be read: line {number:,} is no block ({shown(text)})")
                _block(found, match, blocks, number)
    if not begun:
        raise Unreadable("is no coverage profile of Go: it does not begin with its mode")
    statements = sum(abs(size) for size in blocks.values())
    if statements:
        ran = sum(size for size in blocks.values() if size > 0)
        found.note(f"by statements, as go tool cover counts, {ran:,} of {statements:,} ran")
    return found


def _block(found: Found, match: re.Match[str], blocks: dict[tuple[str, int], int], number: int) -> None:
    path, first, start, last, end, size, runs = match.groups()
    begins, ends = line_number(first), line_number(last)
    columns = count(start, "a column"), count(end, "a column")
    statements = count(size, "statements")
    ran = count(runs, "a count") > 0
    if not begins or (ends, columns[1]) < (begins, columns[0]) or ends - begins > _MOST_LINES or statements > 1_000_000:
        raise Unreadable(f"can't be read: the block in line {number:,} ends before it begins or never")
    lines = found.file(path).lines
    if not statements:
        return
    # Places are put into one number, which takes less memory than five.
    place = (((begins << 24 | ends) << 24 | min(columns[0], 0xFFFFFF)) << 24) | min(columns[1], 0xFFFFFF)
    ran_before = blocks.get((path, place), 0) > 0
    blocks[path, place] = statements if ran or ran_before else -statements
    held = lines.held
    lines.mark_range(begins, max(ends - (columns[1] <= 1), begins), ran=ran)
    found.holds(lines.held - held)
