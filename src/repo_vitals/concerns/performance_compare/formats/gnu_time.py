"""What `time` prints: GNU time (`time -v` and its default form), BSD's and macOS's `time -l`, bash's and POSIX's own.

Peak memory is the largest resident set of any single process of the command, never a sum over processes
(`ru_maxrss` of wait4(2)). GNU time tells it in KiB, macOS in bytes, FreeBSD in KiB; what does not tell which of the
last two it is of is left out. Elapsed time is the wall clock's; user and system are times of all processes together.
All in seconds, to the hundredth in most forms: a 0 means less than that.
A command that ended with another status than 0 or by a signal is a failed measurement, where that is told: BSD's and
macOS's `time` tell signals alone, the shell's nothing. What the command wrote without a line end can stand before
anything that `time` prints.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found
from repo_vitals.concerns.performance_compare.formats.programs import lines_of, program, report, stem, whole
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "gnu-time"
# A report's beginning comes without the blanks before it. A command can have line ends in it.
_BLOCK = re.compile(r'(?:\t|^)Command being timed: "(?P<command>.*)')
_ENDED_BADLY = re.compile(r"Command (?P<how>exited with non-zero status|terminated by signal|stopped by signal) "
                          r"(?P<number>\d{1,5})$|[Cc]ommand terminated abnormally\.?$")
_LINE = re.compile(r"\t(?P<key>User time \(seconds\)|System time \(seconds\)|Maximum resident set size \(kbytes\)|"
                   r"Elapsed \(wall clock\) time \(h:mm:ss or m:ss\)|Exit status): (?P<value>.*)")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d{1,2}(?:[.,]\d{1,9})?)")
_SECONDS = re.compile(r"\d{1,12}(?:[.,]\d{1,9})?")
_DEFAULT = re.compile(r"(?P<user>[\d.,]+)user (?P<system>[\d.,]+)system (?P<elapsed>[\d:.,]+)elapsed (?:\?|\d+)%CPU "
                      r"\(\d+avgtext\+\d+avgdata (?P<memory>\d+)maxresident\)k$")
_BSD = re.compile(r"(?:^|\s)(?P<elapsed>[\d.,]+) real +(?P<user>[\d.,]+) user +(?P<system>[\d.,]+) sys$")
_LONGEST = 300          # characters at a line's end that these take
_LONGEST_COMMAND = 100_000
_BSD_VALUE = re.compile(r" +(?P<value>\d+) +(?P<key>maximum resident set size|peak memory footprint|"
                        r"instructions retired|cycles elapsed|involuntary context switches)")
_SHELL = re.compile(r"(?P<key>real|user|sys)[\t ](?:(?P<minutes>\d{1,6})m)?"
                    r"(?P<seconds>\d{1,12}(?:[.,]\d{1,9})?)(?P<s>s?)")
_ELAPSED, _USER, _SYSTEM = "elapsed time", "user time", "system time"
_SHOWN = {"elapsed": _ELAPSED, "user": _USER, "system": _SYSTEM}


def recognises(head: Head) -> bool:
    """Whether lines of it are what a form of `time` prints, whole; what the command wrote may stand before."""
    if any(_BLOCK.search(line) or _DEFAULT.search(line[-_LONGEST:]) or _BSD.search(line[-_LONGEST:])
           for line in head.lines):
        return True
    # The shell's are words that other tools write too: nothing else may stand in the report.
    lines = [line for line in head.lines if line]
    return len(lines) >= 3 and all(_SHELL.fullmatch(line) for line in lines)


def read(file: ReportFile) -> Report:
    """What the report says. Raises Unreadable."""
    found = Found()
    reading = _Reading(found, stem(file))
    for line, _ in lines_of(file):
        reading.line(line)
    reading.end_of_report()
    return report(found, file, NAME, tool=reading.tool)


class _Reading:
    """The lines in their order; a block of one command at a time."""

    def __init__(self, found: Found, unnamed: str) -> None:
        self.tool = ""
        self._found, self._unnamed = found, unnamed
        self._why = ""                          # how the command of the next block ended, where it says
        self._command: str | None = None        # of the block of `time -v` that is open, with its closing quote
        self._is_command = False                # whether the block's lines so far are of its command
        self._told: dict[str, float] = {}
        self._bsd: dict[str, int] | None = None
        self._shell: dict[str, float] = {}

    def line(self, line: str) -> None:
        """The next. Raises Unreadable."""
        tail = line[-_LONGEST:]
        if badly := _ENDED_BADLY.search(tail):
            self.end_of_report()
            self._why = (f"{badly['how'].replace('non-zero ', '')} {badly['number']}" if badly["how"] else
                         "terminated abnormally")
        elif block := _BLOCK.search(line):
            self.end()
            self.tool = "GNU time"
            self._command, self._is_command = block["command"][:_LONGEST_COMMAND], True
        elif self._command is not None and (value := _LINE.fullmatch(line)):
            self._is_command = False
            self._value(value["key"], value["value"])
        elif self._command is not None and self._is_command:
            self._command = f"{self._command}\n{line}"[:_LONGEST_COMMAND]
        elif default := _DEFAULT.search(tail):
            self._default(default, is_whole=default.end() - default.start() == len(line))
        elif bsd := _BSD.search(tail):
            self.end()
            self._told, self._bsd = {name: _time(bsd[name]) for name in _SHOWN}, {}
        elif self._bsd is not None and (more := _BSD_VALUE.fullmatch(line)):
            self._bsd.setdefault(more["key"], whole(more["value"]))
        elif (shell := _SHELL.fullmatch(line)) and bool(shell["minutes"]) == bool(shell["s"]):
            self._shell_line(shell)

    def end(self) -> None:
        """What is open is whole now. Raises Unreadable where it is not."""
        if self._command is not None:
            raise Unreadable("is cut off: a block of time -v has no exit status")
        if self._shell:
            raise Unreadable("is cut off: a time of the shell lacks one of real, user and sys")
        if self._bsd is not None:
            self._add_bsd(self._bsd)
            self._bsd = None

    def end_of_report(self) -> None:
        """The same, and a command's end whose figures did not come. Raises Unreadable."""
        self.end()
        if self._why:
            self._found.fail(self._unnamed, self._why)
            self._why = ""

    def _default(self, line: re.Match[str], *, is_whole: bool) -> None:
        self.end()
        self.tool = "GNU time"
        told = {name: _time(line[name]) for name in _SHOWN if is_whole or name != "user"}
        if not is_whole:    # Digits before it could be the command's own.
            self._found.note("the command wrote to the line of its times, so its user time can't be told")
        self._add(self._unnamed, told, memory=whole(line["memory"]) * 1024)

    def _value(self, key: str, value: str) -> None:
        if key == "Exit status":
            self._verbose_end(value)
        elif key.startswith("Maximum"):
            self._told["memory"] = whole(value) * 1024
        else:
            name = {"E": "elapsed", "U": "user", "S": "system"}[key[0]]
            self._told[name] = _time(value)

    def _verbose_end(self, status: str) -> None:
        name = program((self._command or "").removesuffix('"'))
        why = self._why or ("" if whole(status) == 0 else f"exited with status {whole(status)}")
        told, self._told, self._command, self._why = self._told, {}, None, ""
        if why:
            self._found.fail(name, why)
        else:
            self._add(name, told, memory=told.get("memory"))

    def _add(self, name: str, told: Mapping[str, float], *, memory: float | None) -> bool:
        """Whether the command ended well, so that there are figures of it."""
        if self._why:
            self._found.fail(name, self._why)
            self._why = ""
            return False
        for key, shown in _SHOWN.items():
            if key in told:
                self._found.add(f"{name}: {shown}", told[key], "seconds")
        if memory:
            self._found.add(f"{name}: peak resident memory", memory, "bytes", measures="peak_memory")
        elif memory is not None:
            self._found.note("the system tells no resident memory, so there is no peak")
        return True

    def _add_bsd(self, values: dict[str, int]) -> None:
        self.tool = "time -l"
        memory = values.get("maximum resident set size")
        is_macos = not {"peak memory footprint", "instructions retired", "cycles elapsed"}.isdisjoint(values)
        if memory is not None and not is_macos:
            self._found.note("this form of time tells memory in bytes on macOS and in KiB on FreeBSD, and not on which "
                             "it ran, so its peak is left out")
        if not self._add(self._unnamed, self._told, memory=memory if is_macos else None):
            return
        if values.get("peak memory footprint"):
            self._found.add(f"{self._unnamed}: peak memory footprint", values["peak memory footprint"], "bytes",
                            measures="peak_memory")
        if values.get("instructions retired"):
            self._found.add(f"{self._unnamed}: instructions", values["instructions retired"], "instructions")

    def _shell_line(self, line: re.Match[str]) -> None:
        seconds = int(line["minutes"] or 0) * 60 + float(line["seconds"].replace(",", "."))
        key = {"real": "elapsed", "user": "user", "sys": "system"}[line["key"]]
        if key in self._shell:
            self.end()
        self._shell[key] = seconds
        if len(self._shell) == 3:
            told, self._shell = self._shell, {}
            self.tool = self.tool or "time"
            self._add(self._unnamed, told, memory=None)


def _time(text: str) -> float:
    """Seconds of `0.12`, `0,12`, `m:ss.cc` or `h:mm:ss`. Raises Unreadable."""
    if _SECONDS.fullmatch(text):
        return float(text.replace(",", "."))
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise Unreadable("holds a time that can't be read")
    hours, minutes, seconds = int(clock[1] or 0), int(clock[2]), float(clock[3].replace(",", "."))
    if seconds >= 60 or (clock[1] and minutes >= 60):
        raise Unreadable("holds a time that can't be read")
    return hours * 3600 + minutes * 60 + seconds
