"""What a report is, told from its beginning: enough to recognise a tool's format without holding the file."""
from __future__ import annotations

from dataclasses import field
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass
from repo_vitals.sources.json_reading import JsonText, whole
from repo_vitals.sources.report_files import Unreadable, head, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.sources.report_files import ReportFile

_HEAD = 64 * 1024       # bytes


@dataclass(frozen=True, kw_only=True)
class Outline:
    """The beginning of a report."""

    # "object", "list" and "value": one JSON text. "lines": a JSON object a line, perhaps between lines of a log.
    # "text": no JSON. "empty": nothing but blanks.
    kind: Literal["object", "list", "value", "lines", "text", "empty"]
    top: object = None      # what of the JSON text was met; its last parts may be incomplete
    records: tuple[dict[str, object], ...] = ()     # the objects of "lines", or the one of "object"
    head: str = field(default="", repr=False)       # the first 64 KiB as they are

    def at(self, *path: str | int) -> object:
        """What stands at a path of keys and places; None if it is not there."""
        found = self.top
        for step in path:
            if isinstance(step, str) and isinstance(found, dict):
                found = found.get(step)
            elif isinstance(step, int) and isinstance(found, list) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def keys(self, *path: str | int) -> frozenset[str]:
        """The keys of the object at a path; none if there is no object."""
        found = self.at(*path)
        return frozenset(found) if isinstance(found, dict) else frozenset()


def outline(file: ReportFile) -> Outline:
    """The outline of a report by its first 64 KiB. Raises Unreadable for bytes that are no text."""
    content = head(file, _HEAD)
    text = content.decode("utf-8", "ignore")    # the last character may be cut
    begin = text.lstrip()[:1]
    if not begin:
        return Outline(kind="empty")
    if begin != "[" or not text.lstrip()[1:].lstrip()[:1].isalnum():
        top, is_one = _grown(content)
        if begin == "[" and (top or is_one):
            return Outline(kind="list", top=top, head=text)
        if begin == "{" and not _first_line_is_object(text):
            return Outline(kind="object", top=top, records=(top,) if isinstance(top, dict) else (), head=text)
        if is_one and begin != "{":
            return Outline(kind="value", top=top, head=text)
    records = _records(text)
    return Outline(kind="lines" if records else "text", records=records, head=text)


def far_outline(file: ReportFile, near: Outline) -> Outline:
    """The outline of an object whose telling keys stand behind its first 64 KiB: with all keys of the top.

    Reads the whole file. Of what lies far in, texts and numbers are kept; containers are there, but empty.
    """
    if near.kind != "object" or not isinstance(near.top, dict):
        return near
    found: dict[str, object] = {}
    with opened(file) as stream:
        text = JsonText(stream)
        for key in text.members():
            begin = text.peek()
            if begin in "{[":
                text.skip()
                found[key] = near.top.get(key, {} if begin == "{" else [])
            else:
                found[key] = text.value(largest=_HEAD)
    return Outline(kind="object", top=found, records=(found,), head=near.head)


def _grown(content: bytes) -> tuple[object, bool]:
    """As much of the JSON text as the bytes hold, and whether they hold it all."""
    text = JsonText(BytesIO(content))
    found: list[object] = []
    try:
        _grow(text, found.append)
        text.end()
    except Unreadable:
        return found[0] if found else None, False
    return found[0], True


def _grow(text: JsonText, put: Callable[[object], object]) -> None:
    begin = text.peek()
    try:
        put(text.value())
    except Unreadable:
        if begin == "{":
            mine: dict[str, object] = {}
            put(mine)
            for key in text.members():
                _grow(text, lambda value, key=key: mine.__setitem__(key, value))  # type: ignore[misc]
        elif begin == "[":
            parts: list[object] = []
            put(parts)
            for _ in text.elements():
                _grow(text, parts.append)
        raise


def _first_line_is_object(text: str) -> bool:
    """Whether the first line is a JSON object and more than blanks follow it."""
    first, _, rest = text.lstrip().partition("\n")
    return bool(rest.strip()) and _object(first) is not None


def _records(text: str) -> tuple[dict[str, object], ...]:
    found = (_object(line) for line in text.split("\n"))
    return tuple(one for one in found if one is not None)


def _object(line: str) -> dict[str, object] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = whole(BytesIO(line.encode()))
    except Unreadable:
        return None
    return found if isinstance(found, dict) else None
