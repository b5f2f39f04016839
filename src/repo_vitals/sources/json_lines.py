"""Files that hold one JSON value a line, as strangers wrote them, perhaps between lines of a log."""
from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from repo_vitals.frozen import dataclass
from repo_vitals.sources.json_reading import LARGEST_VALUE, CutOff, whole
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a file that holds one JSON value a line."""

    number: int             # from 1
    value: object = None
    text: str | None = None     # what stands there if it is no JSON: a line of a log


def lines(stream: BinaryIO, *, longest: int = LARGEST_VALUE) -> Iterator[Line]:
    """The lines that are not blank.

    A line that begins as an object and is none is damage, not a line of a log: Unreadable; CutOff if it is the last and
    has no line end.
    """
    number = 0
    while True:
        raw = stream.readline(longest + 1)
        number += 1
        if not raw:
            return
        if len(raw) > longest:
            raise Unreadable(f"holds a line of more than {longest:,} bytes (line {number:,})")
        try:
            text = raw.decode("utf-8").strip(" \t\r\n")
        except UnicodeDecodeError:
            raise Unreadable(f"is no UTF-8 in line {number:,}") from None
        if not text:
            continue
        if not text.startswith("{"):
            yield Line(number=number, text=text)
            continue
        try:
            found = whole(BytesIO(text.encode()), largest=longest)
        except CutOff:
            if not raw.endswith(b"\n"):
                raise CutOff(f"is cut off in line {number:,}") from None
            raise Unreadable(f"is no JSON in line {number:,} (it does not end)") from None
        except Unreadable as error:
            raise Unreadable(f"{error} of line {number:,}") from None
        yield Line(number=number, value=found)
