"""memcheck's XML. Definitions are in `memcheck`.

In XML valgrind always looks for leaks in full. A record of a definite or possible leak counts what it leads to as well,
which its text tells apart: `288 (96 direct, 192 indirect) bytes in 1 blocks are definitely lost`.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import program, report, whole
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.xml_reading import walk

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

_ROOT = "valgrindoutput"
_PARTS = re.compile(r"([\d,]+) \(([\d,]+) direct, ([\d,]+) indirect\) bytes in .*")
_VERSION = re.compile(r"Using Valgrind-([\w.-]{1,40}) .*")
_LEAKS = ("Leak_DefinitelyLost", "Leak_IndirectlyLost", "Leak_PossiblyLost", "Leak_StillReachable")
_TEXTS = frozenset({"tool", "line", "exe", "arg", "kind", "text", "leakedbytes", "count", "signo", "state"})
_LONGEST_TEXT = 1 << 20


def recognises(head: Head) -> bool:
    """Whether it is XML of memcheck, among valgrind's tools."""
    names = [name for name, _ in head.elements]
    return names[:1] == [_ROOT] and b"<protocoltool>memcheck</protocoltool>" in head.text[:1 << 16]


def add_errors(found: Found, name: str, errors: int) -> None:
    """Errors in the use of memory."""
    found.add(f"{name}: memory errors", errors, "count", better="lower", exact=True)


def add_leaks(found: Found, name: str, *, leaked: int, possibly: int, reachable: int | None) -> None:
    """Bytes by how sure it is that they are lost; what is still reachable where it is known."""
    found.add(f"{name}: leaked memory", leaked, "bytes", measures="leaked", exact=True)
    found.add(f"{name}: possibly leaked memory", possibly, "bytes", exact=True)
    if reachable is not None:
        found.add(f"{name}: memory still reachable", reachable, "bytes", exact=True)


class _Reading:
    """The elements as they come."""

    def __init__(self) -> None:
        self.command: list[str] = []
        self.options: list[str] = []
        self.version = ""
        self.signal = ""
        self.finished = False
        self.errors = 0
        self.lost = dict.fromkeys(_LEAKS, 0)
        self._path: list[str] = []
        self._text: list[str] = []
        self._error: dict[str, str] = {}

    def start(self, name: str, _: dict[str, str]) -> None:
        if not self._path and name != _ROOT:
            raise Unreadable("is no report of memcheck")
        self._path.append(name)
        self._text = []
        if name == "error":
            self._error = {}

    def text(self, piece: str) -> None:
        if self._path[-1:] and self._path[-1] in _TEXTS and len(self._text) < 1000:
            self._text.append(piece[:_LONGEST_TEXT])

    def end(self, name: str) -> None:
        inside = self._path[-2] if len(self._path) > 1 else ""
        self._path.pop()
        text = "".join(self._text).strip()
        self._text = []
        if name == "tool" and inside == _ROOT and text != "memcheck":
            raise Unreadable("is of another of valgrind's tools than memcheck")
        if name in ("exe", "arg") and inside in ("argv", "vargv"):
            (self.command if inside == "argv" else self.options).append(text)
        elif name == "line" and inside == "preamble" and (version := _VERSION.fullmatch(text)):
            self.version = version[1]
        elif inside == "error" and name == "kind":
            self._error["kind"] = text
        elif inside == "xwhat" and name in ("text", "leakedbytes"):
            self._error[name] = text
        elif name == "error":
            self._leak()
        elif name == "count" and inside == "pair" and "errorcounts" in self._path:
            self.errors += whole(text)
        elif name == "signo":
            self.signal = str(whole(text))
        elif name == "state" and text == "FINISHED":
            self.finished = True

    def _leak(self) -> None:
        kind = self._error.get("kind", "")
        if kind not in self.lost:
            return
        size = whole(self._error.get("leakedbytes", ""))
        indirect = 0
        if parts := _PARTS.fullmatch(self._error.get("text", "")):
            indirect = whole(parts[3])
        if kind != "Leak_IndirectlyLost":       # Its records repeat what those that lead to it count already.
            self.lost[kind] += size - indirect
            self.lost["Leak_IndirectlyLost"] += indirect


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    reading = _Reading()
    with opened(file, as_declared=True) as stream:
        walk(stream, reading.start, reading.end, reading.text)
    found = Found()
    name = program(" ".join(reading.command) or "a process without a command")
    if reading.signal:
        found.fail(name, f"was terminated by signal {reading.signal}")
    elif not reading.finished:
        found.fail(name, "has no end in the report (it was killed)")
    else:
        kinds = [option.partition("=")[2] for option in reading.options if option.startswith("--show-leak-kinds=")]
        shows = kinds[-1].split(",") if kinds else ["definite", "possible"]
        if "--show-reachable=yes" in reading.options:
            shows = ["all"]
        add_errors(found, name, reading.errors)
        if {"all", "definite"} & set(shows):
            add_leaks(found, name,
                      leaked=reading.lost["Leak_DefinitelyLost"] + reading.lost["Leak_IndirectlyLost"],
                      possibly=reading.lost["Leak_PossiblyLost"],
                      reachable=reading.lost["Leak_StillReachable"] if {"all", "reachable"} & set(shows) else None)
        else:
            found.note("--show-leak-kinds leaves out definite leaks, so it tells none")
    return report(found, file, "memcheck", tool=f"valgrind {reading.version}".strip())
