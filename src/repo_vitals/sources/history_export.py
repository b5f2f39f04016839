"""A whole history as one text, and back, byte for byte: lines of JSON, or CSV that a spreadsheet can open. Pure.

Each line of each file is a row, and the last row says how many there were, with a hash of them all, so that a copy that
was cut off or edited is not taken for the whole.
"""
from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
import json
import re
from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.sources.history import is_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Format = Literal["jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv")
SCHEMA = 1
_KIND = "repo-vitals-history-export"
# What a spreadsheet shows of a point; the last column alone is read back.
_COLUMNS = ("path", "period", "name", "labels", "value", "samples", "at", "line")
_FORMULA = re.compile(r"[=+\-@\t\r]")


class NotAnExport(ValueError):
    """The text is no whole export; says why."""


def exported(files: Mapping[str, bytes], form: Format) -> Iterator[str]:
    """The text in pieces; the same files give the same text, whatever their order."""
    write = _as_json if form == "jsonl" else _as_csv
    if form == "csv":
        yield _cells(_COLUMNS)
    else:
        yield _dumped({"kind": _KIND, "schema": SCHEMA}) + "\n"
    seal, count = hashlib.sha256(), 0
    for path in sorted(files):
        for line in _lines(files[path]):
            seal.update(_sealed(path, line))
            count += 1
            yield write(path, line)
    end = {"lines": count, "sha256": seal.hexdigest()}
    yield _dumped({"end": end}) + "\n" if form == "jsonl" else _cells(["", *[""] * 6, _dumped({"end": end})])


def imported(text: str) -> dict[str, bytes]:
    """The files of an export in either form. Raises NotAnExport."""
    rows = _json_rows(text) if text.startswith("{") else _csv_rows(text)
    files: dict[str, list[bytes]] = {}
    seal, count = hashlib.sha256(), 0
    end: Any = None
    for path, row in rows:
        if end is not None:
            raise NotAnExport("it goes on behind its end")
        if "end" in row:
            end = row["end"]
            continue
        if not is_place(path):
            raise NotAnExport("it names a file that no history can hold")
        line = _line(row)
        seal.update(_sealed(path, line))
        count += 1
        files.setdefault(path, []).append(line)
    if end is None:
        raise NotAnExport("its end is missing: the copy was cut off")
    if end != {"lines": count, "sha256": seal.hexdigest()}:
        raise NotAnExport("it is not what was exported: a line is missing, or was changed")
    return {path: b"".join(lines) for path, lines in files.items()}


def _lines(content: bytes) -> list[bytes]:
    """Lines that end in a line feed alone."""
    return [line for line in re.split(rb"(?<=\n)", content) if line]


def _sealed(path: str, line: bytes) -> bytes:
    return path.encode() + b"\0" + str(len(line)).encode() + b"\0" + line


def _held(line: bytes) -> dict[str, str]:
    try:
        return {"text": line.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(line).decode()}


def _line(row: Mapping[str, Any]) -> bytes:
    try:
        return str(row["text"]).encode() if "text" in row else base64.b64decode(row["base64"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise NotAnExport("a row holds no line") from None


def _as_json(path: str, line: bytes) -> str:
    return _dumped({"path": path, **_held(line)}) + "\n"


def _as_csv(path: str, line: bytes) -> str:
    point: dict[str, Any] = {}
    if path.startswith("points/"):
        try:
            found = json.loads(line)
            point = found if isinstance(found, dict) and "period" in found else {}
        except (ValueError, RecursionError):
            point = {}
    cells = [_harmless(point.get(name)) for name in _COLUMNS[1:-1]]
    return _cells([_harmless(path), *cells, _dumped(_held(line))])


def _harmless(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; numbers as they are."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    text = value if isinstance(value, str) else _dumped(value)
    text = text.encode("ascii", "backslashreplace").decode().replace("\r", " ").replace("\n", " ")
    return f"'{text}" if _FORMULA.match(text) else text


def _cells(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _json_rows(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    lines = [line for line in text.split("\n") if line.strip()]
    head = _row(lines[0]) if lines else {}
    if head.get("kind") != _KIND:
        raise NotAnExport("it is no export of a history")
    if head.get("schema") != SCHEMA:
        raise NotAnExport(f"a newer repo-vitals wrote it (schema {head.get('schema')!r:.20}; this one knows {SCHEMA})")
    for line in lines[1:]:
        row = _row(line)
        yield str(row.get("path", "")), row


def _csv_rows(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        if next(reader, None) != list(_COLUMNS):
            raise NotAnExport("it is no export of a history")
        for cells in reader:
            if len(cells) != len(_COLUMNS):
                raise NotAnExport("a row has not as many cells as the first")
            yield cells[0].removeprefix("'"), _row(cells[-1])
    except csv.Error:
        raise NotAnExport("it is no CSV") from None
    finally:
        csv.field_size_limit(limit)


def _row(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotAnExport("a row is no JSON object")
    return found


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
