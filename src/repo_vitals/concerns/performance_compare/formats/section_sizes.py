"""What `size` of GNU binutils, LLVM and macOS prints: Berkeley's form (also macOS's and GNU's own), and System V's.

All in bytes. *Text*, *data* and *bss* are what a program takes when it is loaded, their sum is its loaded size; that is
not the size of its file. System V's form lists every section, also those that are never loaded, and its total is their
sum; so it has another name.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import LARGEST, file_name, lines_of, report, stem
from repo_vitals.plain_text import one_line
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "size"
_HEADER = re.compile(r"\s*text\s+data\s+bss\s+(?P<total>dec|oct|total)\s+(?:hex\s+)?filename")
_MACOS = re.compile(r"__TEXT\s+__DATA\s+__OBJC\s+others\s+dec\s+hex")
_NUMBER = r"(?:0x[0-9a-fA-F]{1,16}|\d{1,20})"
_ROW = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})(?:\s+[0-9a-f]{{1,16}})?\s+(\S.*)")
_MACOS_ROW = re.compile(r"(\d{1,20})\s+(\d{1,20})\s+(\d{1,20})\s+(\d{1,20})\s+(\d{1,20})\s+[0-9a-f]{1,16}"
                        r"(?:\s+(\S.*))?")
_SYSTEM_V = re.compile(r"section\s+size\s+addr")
_TOTAL = re.compile(rf"Total\s+({_NUMBER})")


def recognises(head: Head) -> bool:
    """Whether its first line heads a table of `size`, or names a file whose sections follow."""
    lines = [line for line in head.lines[:20] if line]
    return bool(lines) and bool(
        _HEADER.fullmatch(lines[0]) or _MACOS.fullmatch(lines[0])
        or (len(lines) > 1 and _names_a_file(lines[0]) and _SYSTEM_V.fullmatch(lines[1])))


def _names_a_file(line: str) -> bool:
    return len(line) > 1 and line.endswith(":") and not line[0].isspace()


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    found = Found()
    form, total, current = "", "", ""
    for number, (line, _) in enumerate(lines_of(file), 1):
        if header := _HEADER.fullmatch(line):
            form, total = "berkeley", header["total"]
        elif _MACOS.fullmatch(line):
            form = "macos"
        elif not line:
            continue
        elif form == "berkeley" and (row := _ROW.fullmatch(line)):
            _berkeley(found, row, total=total, number=number)
        elif form == "macos" and (row := _MACOS_ROW.fullmatch(line)):
            _macos(found, row, stem(file))
        elif form in ("", "system-v") and _SYSTEM_V.fullmatch(line) and current:
            form = "system-v"
        elif form in ("", "system-v") and _names_a_file(line):
            if form and current:
                raise Unreadable(f"is cut off: a file's sections have no total before line {number:,}")
            current = line[:-1].rstrip()
        elif form == "system-v" and current:
            if whole := _TOTAL.fullmatch(line):
                found.add(f"{_shown(current)}: all sections", _number(whole[1]), "bytes", exact=True)
                current = ""
        else:
            raise Unreadable(f"is no table of size, or is cut off, in line {number:,}")
    if current:
        raise Unreadable("is cut off: a file's sections have no total")
    return report(found, file, NAME, tool="size")


def _berkeley(found: Found, row: re.Match[str], *, total: str, number: int) -> None:
    if row[5] == "(TOTALS)":
        return
    sizes = [_number(row[place]) for place in (1, 2, 3)]
    if total != "oct" and sum(sizes) != _number(row[4]):
        raise Unreadable(f"contradicts itself in line {number:,}: text, data and bss do not make the total")
    # GNU's own form has constants among data and not text, so the two are not what others call so.
    parts = () if total == "total" else zip(("text", "data", "bss"), sizes, strict=True)
    for what, size in (*parts, ("loaded size", sum(sizes))):
        found.add(f"{_shown(row[5])}: {what}", size, "bytes", exact=True)


def _macos(found: Found, row: re.Match[str], unnamed: str) -> None:
    name = _shown(row[6]) if row[6] else unnamed
    for what, place in (("text", 1), ("data", 2), ("loaded size", 5)):
        found.add(f"{name}: {what}", _number(row[place]), "bytes", exact=True)


def _shown(path: str) -> str:
    return file_name(one_line(path, limit=300))


def _number(text: str) -> int:
    """Octal and hexadecimal numbers as `size -o` and `size -x` write them."""
    base = 16 if text.startswith("0x") else 8 if text.startswith("0") and len(text) > 1 else 10
    try:
        number = int(text, base)
    except ValueError:
        raise Unreadable("holds a number that can't be") from None
    if number >= LARGEST:
        raise Unreadable("holds a number that can't be")
    return number
