"""Reports of other tools in the working folder: which there are, and their bytes as UTF-8 in a stream.

Nothing is read before it is asked for, and nothing is held whole. Whoever reads a report says by `Unreadable` what is
wrong with it; what that means for the run (an error for a file that was named, a finding for one that a pattern found)
is the monitor's to say.
"""
from __future__ import annotations

import codecs
import io
import os
import re
import stat
from typing import TYPE_CHECKING, BinaryIO

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.local_files import MOST_FILES, found_files, is_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

_FORCED = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.+)", re.DOTALL)
_BUFFER = 1 << 18
# Not UTF-16 LE with a NUL first, which no text has.
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class Unreadable(Exception):
    """What is wrong with a report, in words that follow its name: "is empty". Quotes no text of its, or escaped."""


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """A report in the working folder, unread."""

    shown: str                  # as a person knows it, from the folder on
    path: Path                  # without links
    size: int                   # bytes
    reader: str | None = None   # the format that the user forces
    literal: bool = True        # named without wildcards


@dataclass(frozen=True, kw_only=True)
class Selected:
    """The reports that patterns match, and the patterns with wildcards that match none."""

    files: tuple[ReportFile, ...]
    unmatched: tuple[str, ...]


def select(
    patterns: Sequence[str], *, folder: str, confined: bool, named_by: str, formats: Collection[str], largest: int,
) -> Selected:
    """The plain files that the patterns match, each once, by path. `format=path` forces one of `formats`.

    `confined` as in `local_files.found_files`. Raises InputError, which `named_by` begins, for a path without wildcards
    that is no file, a format that is not known or a second one for the same file, and a file over `largest` bytes.
    """
    found: dict[Path, ReportFile] = {}
    unmatched = []
    for given in patterns:
        reader, pattern = _forced(given, formats, named_by)
        matched = found_files(pattern, folder=folder, confined=confined, named_by=named_by)
        if not matched:
            unmatched.append(given)
        for file in matched:
            name = quotable(file.shown, limit=200)
            size = _size(file.path)
            if size > largest:
                raise InputError(f'{named_by}: "{name}" has {size:,} bytes, more than the {largest:,} that are read')
            before = found.get(file.path)
            if before and before.reader and reader and before.reader != reader:
                raise InputError(f'{named_by}: "{name}" is given both as {before.reader} and as {reader}')
            found[file.path] = ReportFile(
                shown=before.shown if before else file.shown, path=file.path, size=size,
                reader=reader or (before.reader if before else None),
                literal=is_literal(pattern) or bool(before and before.literal))
        if len(found) > MOST_FILES:
            raise InputError(f"{named_by}: matches more than {MOST_FILES:,} files; name fewer")
    return Selected(files=tuple(sorted(found.values(), key=lambda file: file.shown)), unmatched=tuple(unmatched))


def _forced(given: str, formats: Collection[str], named_by: str) -> tuple[str | None, str]:
    match = _FORCED.fullmatch(given)
    if not match:
        return None, given
    name, pattern = match.groups()
    if name in formats:
        return name, pattern
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(formats), n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(sorted(formats))}"
    raise InputError(f'{named_by}: "{quotable(name, limit=60)}" is no format that is read ({hint}); a path with = in '
                     "it is written ./path")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0        # It is gone since; opening it says so.


def opened(file: ReportFile, *, as_declared: bool = False) -> BinaryIO:
    """The report's bytes as UTF-8 without a byte order mark, decoded from UTF-16 where its mark says that.

    Reading raises Unreadable for bytes that are no UTF-8 (or UTF-16). `as_declared` leaves bytes without a mark as they
    are, for XML, which may declare another encoding. Raises Unreadable for a file without bytes and one that is gone
    or no plain file.
    """
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK"):
        flags |= getattr(os, name, 0)
    try:
        descriptor = os.open(file.path, flags)
    except (OSError, ValueError) as error:
        raise Unreadable(_refused(error)) from None
    raw = io.FileIO(descriptor)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreadable("is no plain file")
        start = raw.read(4)
        if start in _UTF_32:
            raise Unreadable("is written in UTF-32; UTF-8 and UTF-16 are read")
        encoding, length = _encoding(start)
        if len(start) == length:
            raise Unreadable("is empty")
        raw.seek(length)
        if as_declared and not length:
            return io.BufferedReader(raw, _BUFFER)
        return io.BufferedReader(_Utf8(raw, encoding, length), _BUFFER)
    except OSError as error:
        raw.close()
        raise Unreadable(_refused(error)) from None
    except Unreadable:
        raw.close()
        raise


def is_decoded(stream: BinaryIO) -> bool:
    """Whether a stream of `opened` is known to be UTF-8, whatever the text in it declares."""
    return isinstance(getattr(stream, "raw", None), _Utf8)


def head(file: ReportFile, length: int = 65536) -> bytes:
    """The beginning of the report from its first text on; shorter than `length` at most by the blanks before it.

    Raises Unreadable as `opened` does, and for a file of nothing but blanks.
    """
    with opened(file, as_declared=True) as stream:
        while start := stream.read(length):
            if text := start.lstrip():
                return text
    raise Unreadable("is empty but for blanks")


def _encoding(start: bytes) -> tuple[str, int]:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                           (codecs.BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return encoding, len(mark)
    return "utf-8", 0


def _refused(error: Exception) -> str:
    return f"can not be read ({getattr(error, 'strerror', None) or type(error).__name__})"


class _Utf8(io.RawIOBase):
    """A file's bytes, checked and turned into UTF-8 piece by piece."""

    def __init__(self, raw: io.FileIO, encoding: str, at: int) -> None:
        self._raw, self._encoding, self._at = raw, encoding, at
        self._decode: Callable[[bytes, bool], str] = codecs.getincrementaldecoder(encoding)("strict").decode
        self._left = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._raw.close()
        super().close()

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left and not self._ended:
            self._left = self._next()
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _next(self) -> bytes:
        try:
            piece = self._raw.read(_BUFFER) or b""
        except OSError as error:
            raise Unreadable(_refused(error)) from None
        self._ended = not piece
        try:
            text = self._decode(piece, self._ended)
        except UnicodeDecodeError as error:
            name = "UTF-8" if self._encoding == "utf-8" else "UTF-16"
            # What the decoder kept of the piece before is at the beginning of what it names.
            place = self._at + len(piece) - len(error.object) + error.start
            raise Unreadable(f"is no {name} at byte {place:,}") from None
        self._at += len(piece)
        return text.encode("utf-8")
