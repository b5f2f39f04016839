"""lcov's tracefiles (geninfo of lcov 1 and 2, llvm-cov, nyc, coverage.py, simplecov, grcov, cargo-llvm-cov …).

`DA` lines count; the sums that records state only cross-check them. Functions are told by name and line (`FN`, `FNDA`)
or, since lcov 2.2, by an index (`FNL`, `FNA`), where names of one index are one function. Where a record itself counts
fewer functions than it names, as llvm-cov does for instances of one template, those of one line are one.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from repo_vitals.concerns.coverage.formats.found import MOST_ARMS, Found, count, line_number, part
from repo_vitals.concerns.coverage.union import united
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import shown

if TYPE_CHECKING:
    from repo_vitals.concerns.coverage.facts import FileCoverage
    from repo_vitals.concerns.coverage.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "lcov"
_LONGEST_LINE = 1_000_000
_KEY = re.compile(rb"[A-Z_]{2,12}:")
# Perl writes sums beyond 64 bits as floating-point numbers.
_FLOATING = re.compile(r"\d+(?:\.\d+)?(?:[eE]\+?\d{1,3})?")
_RUN = re.compile(rb"(?:DA:[1-9]\d{0,6},\d{1,18}(?:,[^\r\n]{0,200})?\r?\n)+")
_RAN = re.compile(rb"^DA:(\d+),0*[1-9]", re.MULTILINE)
_DID_NOT = re.compile(rb"^DA:(\d+),0+[,\r\n]", re.MULTILINE)
_PIECE = 1 << 18


def recognises(head: Head) -> bool:
    """Whether it is an lcov tracefile: it begins with a test's name or a source file."""
    return head.first_line.startswith(("SF:", "TN:"))


def read(file: ReportFile) -> Found:
    """What the report says. Raises Unreadable."""
    with opened(file) as stream:
        return _Reading(stream).found


class _Reading:
    def __init__(self, stream: BinaryIO) -> None:
        self.found = Found()
        self._at = 0                                    # the line that is read
        self._file: FileCoverage | None = None
        self._names: dict[str, list[int]] = {}          # lines that a function's name stands on
        self._calls: dict[str, list[bool]] = {}
        self._by_index: dict[str, tuple[int, bool]] = {}
        self._arms: dict[int, dict[str, bool]] = {}
        self._functions_stated: int | None = None
        self._stated = {"LH": 0, "LF": 0}
        self._read(stream)

    def _read(self, stream: BinaryIO) -> None:
        left = b""
        while chunk := stream.read(_PIECE):
            piece = left + chunk
            cut = piece.rfind(b"\n") + 1
            if not cut and len(piece) > _LONGEST_LINE:
                self._at += 1
                self._fail("is too long")
            left = piece[cut:]
            self._lines(piece[:cut])
        self._lines(left)
        if self._file is not None:
            raise Unreadable("is cut off: its last record has no end")
        if not self.found.files:
            raise Unreadable("is no lcov: it names no source file")
        covered, valid = self._stated["LH"], self._stated["LF"]
        if valid:
            self.found.root_lines = part(covered, valid, "lines")
            self.found.root_ratio = covered / valid

    def _lines(self, piece: bytes) -> None:
        """Reads whole lines; those that tell coverage of lines many at a time."""
        at = 0
        while at < len(piece):
            run = _RUN.match(piece, at) if self._file is not None else None
            if run is not None and self._file is not None:
                told = run.group()
                self._at += told.count(b"\n")
                self._file.lines.mark_all(list(map(int, _RAN.findall(told))), ran=True)
                self._file.lines.mark_all(list(map(int, _DID_NOT.findall(told))), ran=False)
                at = run.end()
            else:
                end = piece.find(b"\n", at) + 1 or len(piece)
                self._at += 1
                self._line(piece[at:end])
                at = end

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8").strip()
        if "\r" in text:
            self._fail("holds a carriage return; lines end in a line feed, perhaps with one before it")
        if _KEY.match(line):
            key, _, value = text.partition(":")
            self._entry(key, value)
        elif text == "end_of_record":
            self._end()
        elif text and not text.startswith("#"):
            self._fail("is no lcov")

    def _entry(self, key: str, value: str) -> None:
        if key == "SF":
            if self._file is not None:
                self._fail("begins a file before the one before it ended")
            self._file = self.found.file(value)
            self._held = self._file.lines.held
        elif key in ("TN", "VER"):
            pass
        elif self._file is None:
            self._fail("belongs to no file")
        elif key == "DA":
            number, ran = self._fields(value, 2)[:2]
            self._mark(self._file, number, ran)
        elif key == "BRDA":
            self._branch(value)
        elif key in ("FN", "FNDA", "FNL", "FNA", "FNF"):
            self._function(key, value)
        elif key in self._stated:
            self._stated[key] += count(value.strip(), key)
        # Other sums (BRF, BRH, FNH) and conditions (MCDC) are not needed.

    def _mark(self, file: FileCoverage, number: str, ran: str) -> None:
        at = line_number(number)
        if at:
            file.lines.mark(at, ran=self._hits(ran))
        else:
            self.found.note("line 0, which no file has, is left out")

    def _branch(self, value: str) -> None:
        # Line, block (after an "e" where it is an exception's), branch, calls or "-" where the line never ran. In lcov
        # 2 the branch may be an expression, which may hold commas.
        line, block, rest = self._fields(value, 3)
        branch, comma, taken = rest.rpartition(",")
        if not comma:
            self._fail("lacks a field")
        arms = self._arms.setdefault(line_number(line), {})
        arm = f"{block},{branch}"
        arms[arm] = (taken != "-" and self._hits(taken)) or arms.get(arm, False)
        if len(arms) > MOST_ARMS:
            self._fail(f"is more than the {MOST_ARMS:,}th branch of a line")

    def _function(self, key: str, value: str) -> None:
        if key == "FNF":
            self._functions_stated = count(value.strip(), "FNF")
            return
        first, second = self._fields(value, 2)
        if key == "FN":
            # lcov 2 gives the last line, too.
            last, comma, name = second.partition(",")
            has_last = bool(comma) and last.isascii() and last.isdigit()
            self._names.setdefault(name if has_last else second, []).append(line_number(first))
        elif key == "FNDA":
            self._calls.setdefault(second, []).append(self._hits(first))
        elif key == "FNL":
            self._by_index[first] = line_number(second.partition(",")[0]), False
        else:
            line, ran = self._by_index.get(first, (0, False))
            self._by_index[first] = line, self._hits(second.partition(",")[0]) or ran

    def _end(self) -> None:
        file = self._file
        if file is None:
            self._fail("ends a record that did not begin")
        self._end_functions(file)
        for line, arms in self._arms.items():
            if line:
                bits = sum(1 << place for place, arm in enumerate(sorted(arms)) if arms[arm])
                self._add_arms(file, line, bits, len(arms))
        self.found.holds(file.lines.held - self._held)
        self._file, self._arms = None, {}

    def _end_functions(self, file: FileCoverage) -> None:
        named = [(name, line, ran) for name, lines in self._names.items()
                 for line, ran in zip(lines, _padded(self._calls.get(name, []), len(lines)), strict=True)]
        places = {line for _, line, _ in named}
        by_place = self._functions_stated == len(places) < len(named)
        for name, line, ran in named:
            self.found.function(file, "" if by_place else name, line, ran=ran)
        for name, calls in self._calls.items():
            if name not in self._names:
                self.found.function(file, name, 0, ran=any(calls))
        for index, (line, ran) in self._by_index.items():
            self.found.function(file, f"#{index}" if not line else "", line, ran=ran)
        self._names, self._calls, self._by_index, self._functions_stated = {}, {}, {}, None

    def _add_arms(self, file: FileCoverage, line: int, bits: int, size: int) -> None:
        known = file.arms.setdefault(NAME, {})
        known[line] = united(known.get(line), (bits, size))

    def _fields(self, value: str, number: int) -> list[str]:
        fields = value.split(",", number - 1)
        if len(fields) < number:
            self._fail("lacks a field")
        return fields

    def _hits(self, text: str) -> bool:
        text = text.partition(",")[0].strip()
        if text.isascii() and text.isdigit():
            return count(text, "a count") > 0
        if not _FLOATING.fullmatch(text):
            self._fail(f"has {shown(text)} for a count")
        return text.lstrip("0.")[:1] not in ("", "e", "E")

    def _fail(self, why: str) -> NoReturn:
        raise Unreadable(f"can't be read: line {self._at:,} {why}")


def _padded(calls: list[bool], size: int) -> list[bool]:
    """Calls for each line that a name stands on; a name that is called in one place and stands in one is usual."""
    return (calls + [False] * size)[:size] if size > 1 else [any(calls)]
