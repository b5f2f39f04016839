"""Files of a zip archive that strangers made, read in memory: nothing is written, and no name becomes a path."""
from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from io import BytesIO

from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

MOST_ENTRIES = 1_000
HIGHEST_RATIO = 250             # of a member's length to what it takes in the archive; our reports come to 5 to 50
_ENTRY = b"PK\x01\x02"          # what each entry of the central directory begins with
_ODD_NAME = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.?(?:[/\\]|$)|\\|//|[^ -~\u00a0-\ud7ff\ue000-\uffef]")
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, NotImplementedError,
           OSError, OverflowError, RuntimeError, ValueError)


class BadArchive(Exception):
    """What is wrong with an archive, in words that follow its name: "is cut off or no zip archive"."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file in an archive. `name` is for people to read, and for nothing else."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file in an archive that was not read, and why, in words that follow its name."""

    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What an archive gave: the files that were wanted, by name, those refused, and how many were not wanted."""

    members: tuple[Member, ...]
    skipped: tuple[Skipped, ...]
    unwanted: int


def read_archive(content: bytes, *, ending: str, largest: int, largest_of_all: int, most: int) -> Contents:
    """The files of a zip archive whose names have the ending.

    Refused, each with its reason: names that lead anywhere or hold what no name should, names that stand twice, links,
    encrypted files, methods other than deflate, damage, more than `largest` bytes, and a length out of all proportion.
    Past `largest_of_all` bytes or `most` files nothing more is read. Raises BadArchive for what is no whole archive or
    has more than MOST_ENTRIES entries.
    """
    if content.count(_ENTRY) > 10 * MOST_ENTRIES:   # before the directory is read, which holds each entry
        raise BadArchive(f"has more than {MOST_ENTRIES:,} entries")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _read(archive, ending, largest, largest_of_all, most)
    except _BROKEN:
        raise BadArchive("is cut off or no zip archive") from None


def _read(archive: zipfile.ZipFile, ending: str, largest: int, largest_of_all: int, most: int) -> Contents:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES:
        raise BadArchive(f"has more than {MOST_ENTRIES:,} entries")
    wanted = sorted((entry for entry in entries if _name(entry).lower().endswith(ending)), key=_name)
    times = Counter(_name(entry).casefold() for entry in wanted)
    members: list[Member] = []
    skipped: list[Skipped] = []
    left = largest_of_all
    for entry in wanted:
        name = quotable(_name(entry), limit=120)
        why = _refused(entry, times[_name(entry).casefold()], largest)
        if why is None and len(members) >= most:
            why = f"is one of more than {most} files"
        if why is None and entry.file_size > left:
            why = f"comes after {largest_of_all:,} bytes, which is all that is read"
        if why is None:
            try:
                with archive.open(entry) as file:
                    members.append(Member(name=name, content=file.read(largest + 1)))
                left -= entry.file_size
            except _BROKEN:
                why = "is damaged or cut off"
        if why is not None:
            skipped.append(Skipped(name=name, why=why))
    return Contents(members=tuple(members), skipped=tuple(skipped), unwanted=len(entries) - len(wanted))


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.orig_filename      # `filename` ends at a NUL and has other slashes


def _refused(entry: zipfile.ZipInfo, times: int, largest: int) -> str | None:
    mode = entry.external_attr >> 16
    if _ODD_NAME.search(_name(entry)) or len(_name(entry)) > 255:
        return "has a name that leads out of its folder or is no plain name"
    if times > 1:
        return "stands there more than once"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "is a link or no plain file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in _METHODS:
        return "is packed in a way that is not read"
    if entry.file_size > largest:
        return f"has {entry.file_size:,} bytes, more than the {largest:,} that are read"
    if entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
        return "is packed out of all proportion"
    return None
