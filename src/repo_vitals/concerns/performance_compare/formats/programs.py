"""What the readers of memory and time reports share: names of measured programs, numbers, lines.

Pure but for `lines_of`, which reads a report.
"""
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.head import plain
from repo_vitals.plain_text import one_line
from repo_vitals.sources.report_files import Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.found import Found
    from repo_vitals.sources.report_files import ReportFile

LARGEST = 1 << 63           # of any number in a report, exclusive
_LONGEST_NAME = 300
_LONGEST_LINE = 1 << 20     # bytes; mangled names of templates get long
# Cargo puts a hash of the build into the names of test programs; with it no two builds would be compared.
_CARGO_HASH = re.compile(r"(?<=.)-[0-9a-f]{16}(?=$|\.exe$)")
# What starts other programs: a profiler that does not follow children measures only this.
_STARTERS = frozenset({"bash", "bazel", "cargo", "cmake", "ctest", "dash", "dotnet", "env", "go", "gradle", "just",
                       "make", "meson", "mvn", "nice", "ninja", "npm", "npx", "pnpm", "poetry", "sh", "sudo",
                       "timeout", "tox", "uv", "xargs", "yarn", "zsh"})


def program(command: str) -> str:
    """A command as the name of what was measured: on one line, its program as `file_name` has it.

    Its arguments stay, since other arguments are another measurement. Of a name that is too long, the end becomes a
    digest of the whole.
    """
    words = one_line(command, limit=len(command) + 1).split(" ")
    name = " ".join([file_name(words[0]), *words[1:]])
    if len(name) <= _LONGEST_NAME:
        return name or "?"
    from hashlib import sha256

    return f"{name[:_LONGEST_NAME].rstrip()}… ({sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]})"


def file_name(path: str) -> str:
    """A path without Cargo's hash; an absolute one without folders, which differ from machine to machine."""
    name = path.rpartition("/")[2] if path.startswith("/") else path.removeprefix("./")
    return _CARGO_HASH.sub("", name) or path


def starts_others(command: str) -> bool:
    """Whether the command's program is one that does its work by starting others."""
    return program(command).split(" ")[0].rpartition("/")[2] in _STARTERS


def stem(file: ReportFile) -> str:
    """The report's name without folders, its last ending and a process's number, where no command tells a name."""
    name = re.sub(r"(?<=.)\.(?:txt|log|out|time|mem)$", "", re.sub(r"(?<=.)\.\d+$", "", file.path.name))
    return program(name.replace(" ", "_"))


def whole(digits: str) -> int:
    """A whole number, also with commas between thousands. Raises Unreadable for one that no tool writes."""
    plain_digits = digits.replace(",", "")
    if not (plain_digits.isascii() and plain_digits.isdigit() and len(plain_digits) <= 19):
        raise Unreadable("holds a number that can't be")
    number = int(plain_digits)
    if number >= LARGEST:
        raise Unreadable("holds a number that can't be")
    return number


def lines_of(file: ReportFile) -> Iterator[tuple[str, bool]]:
    """Each line without colours and the blanks behind it, and whether it has its line end. Raises Unreadable."""
    with opened(file) as stream:
        while raw := stream.readline(_LONGEST_LINE):
            ended = raw.endswith(b"\n")
            while not raw.endswith(b"\n"):          # The rest of a long line says nothing that is read.
                rest = stream.readline(_LONGEST_LINE)
                if not rest:
                    break
                ended = rest.endswith(b"\n")
                raw = raw if not ended else raw + b"\n"
            yield plain(raw.decode("utf-8", "replace")), ended


def report(found: Found, file: ReportFile, name: str, *, tool: str = "") -> Report:
    """What was found, as a report of the format. Raises Unreadable where there is nothing."""
    whole_report = found.report(file, name)
    if not whole_report.results and not whole_report.failed:
        raise Unreadable("holds no measurement")
    return replace(whole_report, tool=tool)
