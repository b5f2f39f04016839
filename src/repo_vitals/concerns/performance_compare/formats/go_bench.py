"""What `go test -bench` prints, as it is or as test2json's events (`go test -json`): Go's benchmark format.

    BenchmarkSum/n=10-8     5000000     325 ns/op    25.1 MB/s    16 B/op    1 allocs/op

Each value with its unit is a result; those of `-count` are samples. The name is kept whole, with the "-8" of
GOMAXPROCS, which `-cpu 1,8` tells benchmarks apart by, behind its package's: example.com/m/sums.BenchmarkSum/n=10-8.
Lines "key: value" before them tell the package and the machine, and "Unit x better=higher assume=exact" tells of a unit
what its name does not; a unit of which neither says which way is better is left out with a note. A percentile or an
extreme of a unit that does say it (p99-ns) goes its way. A benchmark or package that failed or panicked, and a name
without values, are failed ones.
Of a line's values that come to the same base unit (325 ns/op beside 5 ms) each is a result; all but the test package's
own have their unit in the name: "BenchmarkSum-8 [ms]". A log without packages (a binary's own) has none in its names.

The format: https://golang.org/design/14313-benchmark-format.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats.found import Found, check_number, decimal, size_of
from repo_vitals.concerns.performance_compare.formats.head import plain
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from repo_vitals.concerns.performance_compare.facts import Better, Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "go"

_BEGIN = "Benchmark"
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|NaN|Inf)")
_TURNS = re.compile(r"[0-9]{1,19}")
_OWN_UNITS = frozenset({"ns/op", "MB/s", "B/op", "allocs/op"})      # of the test package itself
_PART_OF = re.compile(r"(?:p[0-9]{1,3}(?:\.[0-9]{1,3})?|[0-9]{1,2}(?:\.[0-9]{1,3})?(?:th|%|%?ile)|min|max|mean|avg|"
                      r"median)[-_](?P<unit>.+)", re.IGNORECASE)
_PROCS = re.compile(r"-[0-9]{1,5}$")
_CONFIGURED = re.compile(r"(?P<key>goos|goarch|pkg|cpu): (?P<value>.+)")
_DONE = re.compile(r"(?P<outcome>ok|FAIL) *\t(?P<package>\S+)(?P<rest>\s.*)?")
_LONGEST_LINE = 100_000     # characters; a result has a name and a few values
_KEYS = {"goos": "os", "goarch": "architecture", "cpu": "cpu"}
_NOTHING = "began and gave no value"
_PACKAGE = "go test"        # what a failure is told of, where no package is known


def recognises(head: Head) -> bool:
    """By a line with a benchmark's name, its turns and a value, a package's last line, or events with output."""
    if any({"Action", "Package"} <= one.keys() for one in head.json.records):
        return True
    return any(_values(line) or _DONE.fullmatch(line) or (_begins(line) and _rest(line).startswith("panic: "))
               for line in head.lines)


def read(file: ReportFile) -> Report:
    """What the lines say. Raises Unreadable."""
    log = _Log()
    for package, line in _lines(file):
        log.line(line, package)
    log.end()
    return log.found.report(file, NAME)


def _lines(file: ReportFile) -> Iterator[tuple[str | None, str]]:
    """The log's lines; of events with their package. An event holds a piece of its package's output."""
    pieces: dict[str, str] = {}
    for line in log_lines(file):
        if not line.startswith("{"):
            yield None, line
            continue
        package, output = _event(line)
        whole = pieces.pop(package, "") + output
        *whole_lines, left = whole.split("\n")
        if left:
            if len(left) > _LONGEST_LINE:
                raise Unreadable(f"holds a line of more than {_LONGEST_LINE:,} characters in its events")
            pieces[package] = left
        for one in whole_lines:
            yield package, plain(one)
    for package, left in pieces.items():
        yield package, plain(left)


def _event(line: str) -> tuple[str, str]:
    from io import BytesIO

    from repo_vitals.sources.json_reading import whole

    event = whole(BytesIO(line.encode()))
    if not isinstance(event, dict):
        return "", ""
    package, output = event.get("Package"), event.get("Output")
    return package if isinstance(package, str) else "", output if isinstance(output, str) else ""


def _begins(line: str) -> bool:
    """Whether a line begins with a benchmark's name."""
    after = line[len(_BEGIN):len(_BEGIN) + 1]
    return line.startswith(_BEGIN) and bool(after) and not after.islower()


def _measured(line: str) -> int | None:
    """Where the name stands of a benchmark that begins to be measured: the test package pads it with blanks and ends it
    with a tab. What was printed before without a line end can stand before it, which GOMAXPROCS tells it apart from."""
    if _BEGIN not in line or len(line) > _LONGEST_LINE:
        return None
    end = 0
    for cell in line.split("\t")[:-1]:
        word = "".join(cell.split()[-1:])
        place = word.find(_BEGIN)
        begin = end + len(cell.rstrip()) - len(word) + place
        if place >= 0 and _begins(word[place:]) and (begin == 0 or _PROCS.search(word)):
            return begin
        end += len(cell) + 1
    return None


def _rest(line: str) -> str:
    parts = line.split(None, 1)
    return parts[1] if len(parts) > 1 else ""


def _values(line: str) -> list[tuple[str, str]] | None:
    """Values and units of a result's line; None of another line."""
    return _pairs(_rest(line)) if _begins(line) and len(line) <= _LONGEST_LINE else None


def _pairs(text: str) -> list[tuple[str, str]] | None:
    """Values and units of a text that is nothing but these behind a number of turns."""
    words, pairs = text.split(), _last_pairs(text.split())
    return pairs if pairs and len(words) == 2 * len(pairs) + 1 and _TURNS.fullmatch(words[0]) else None


def _pairs_behind(text: str) -> list[tuple[str, str]] | None:
    """The same at the end of a text that a benchmark printed without a line end; turns end with a tab."""
    words = text.split()
    pairs = _last_pairs(words)
    if not pairs or len(words) == 2 * len(pairs):
        return None
    before = text.rsplit(None, 2 * len(pairs))[0]
    turns = before.split()[-1:]
    return pairs if _TURNS.fullmatch(turns[0]) and text[len(before):].startswith("\t") else None


def _last_pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """The values with their units that end a line. No unit is a number, so that where they begin is plain."""
    place = len(words)
    while place >= 2 and _NUMBER.fullmatch(words[place - 2]) and not _NUMBER.fullmatch(words[place - 1]):
        place -= 2
    return list(zip(words[place::2], words[place + 1::2], strict=True))


def alike(units: Iterable[str]) -> set[str]:
    """Those units of one benchmark that come to a base unit that others of them come to as well, but for the test
    package's own."""
    spelled: dict[str, set[str]] = {}
    for unit in units:
        spelled.setdefault(base_unit(unit).name, set()).add(unit)
    return {unit for several in spelled.values() if len(several) > 1 for unit in several} - _OWN_UNITS


def better_of(unit: str) -> Better | None:
    """Which way is better, by the unit or by what it is a percentile or an extreme of."""
    told = _PART_OF.fullmatch(unit)
    return base_unit(told["unit"] if told else unit).better


@dataclass(kw_only=True)
class _Block:
    """What one package said."""

    package: str = ""
    results: list[tuple[str, list[tuple[str, str]]]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)    # names with units of which more than so many is refused
    begun: str = ""         # a name that stands alone so far: what it prints and its values may follow
    is_measured: bool = False   # whether it is more than announced, as what has benchmarks below it is

    def add(self, name: str, pairs: list[tuple[str, str]]) -> None:
        """Takes a result. Raises TooMany as soon as there are more than will be compared, and not at the end of all."""
        self.results.append((name, pairs))
        self.known.update((name, unit) for value, unit in pairs if unit in _OWN_UNITS and value[0].isdigit())
        check_number(len(self.known))


class _Log:
    def __init__(self) -> None:
        self.found = Found(between=".", how_to_direct="a line such as `Unit widgets/op better=higher` says it")
        self._block = _Block()
        self._units: dict[str, tuple[Better | None, bool]] = {}

    def line(self, line: str, package: str | None) -> None:
        """Takes the next line, of a package where an event says so."""
        if package and package != self._block.package:
            self._close()
            self._block.package = package
        block = self._block
        if _begins(line) or _measured(line) is not None:
            self._result(line)
        elif block.begun and len(line) <= _LONGEST_LINE and (pairs := _pairs(line) or _pairs_behind(line)):
            block.add(block.begun, pairs)
            block.begun = ""
        elif line.startswith(("--- FAIL: ", "--- SKIP: ")):
            name = line[10:].split(None, 1)[:1]
            block.begun = "" if name == [block.begun] else block.begun
            block.failed += [(one, "failed") for one in name if line.startswith("--- FAIL")]
        elif line.startswith(("panic: ", "fatal error: ")):
            self._crashed(line)
        elif told := _CONFIGURED.fullmatch(line):
            self._configured(told["key"], told["value"].strip())
        elif told := _DONE.fullmatch(line):
            self._done(told["outcome"], told["package"], (told["rest"] or "").strip())
        elif line.startswith("Unit "):
            self._unit(line.split()[1:])

    def end(self) -> None:
        """Takes note of the last package."""
        self._close()

    def _result(self, line: str) -> None:
        block = self._block
        measured = _measured(line)
        line = line[measured or 0:]
        name = line.split(None, 1)[0]
        self._begin(name, is_measured=measured is not None or _PROCS.search(name) is not None)
        pairs = _values(line) or (_pairs_behind(line) if measured is not None else None)
        if pairs:
            block.add(name, pairs)
            block.begun = ""
        elif _rest(line).startswith(("panic: ", "fatal error: ")):
            self._crashed(_rest(line))

    def _begin(self, name: str, *, is_measured: bool) -> None:
        """Takes note of a name, and of the one before it that came to nothing."""
        block = self._block
        # A name that ends in a number can be announced alone before what is below it, and before it is measured itself.
        is_announced = name.startswith(f"{block.begun}/") or _PROCS.sub("", name) == block.begun
        if block.begun and block.is_measured and block.begun != name and not is_announced:
            block.failed.append((block.begun, _NOTHING))
        block.begun, block.is_measured = name, is_measured

    def _crashed(self, line: str) -> None:
        block = self._block
        block.failed.append((block.begun or block.package or _PACKAGE, f"crashed: {line}"))
        block.begun = ""

    def _configured(self, key: str, value: str) -> None:
        if key == "pkg":
            if self._block.package and self._block.package != value:
                self._close()
            self._block.package = value
        else:
            self.found.machine.setdefault(_KEYS[key], value)

    def _done(self, outcome: str, package: str, rest: str) -> None:
        block = self._block
        block.package = block.package or package
        if outcome == "FAIL":
            block.failed.append((package, f"failed {rest if rest.startswith('[') else ''}".strip()))
        elif not block.is_measured:
            block.begun = ""
        self._close()

    def _unit(self, parts: list[str]) -> None:
        if parts:
            told = dict(part.partition("=")[::2] for part in parts[1:])
            better = told.get("better")
            self._units[parts[0]] = ("higher" if better == "higher" else "lower" if better == "lower" else None,
                                     told.get("assume") == "exact")

    def _close(self) -> None:
        """Hands on what a package said, whose name may stand behind it."""
        block, self._block = self._block, _Block()
        if block.begun:
            block.failed.append((block.begun, _NOTHING))
        apart = {(name, unit) for name, pairs in block.results for unit in alike(unit for _, unit in pairs)}
        for name, pairs in block.results:
            size = size_of(*_PROCS.sub("", name).split("/")[1:])
            for value, unit in pairs:
                better, exact = self._units.get(unit, (None, False))
                self.found.add(f"{name} [{unit}]" if (name, unit) in apart else name,
                               decimal(value, "a benchmark", thousands=""), unit, scope=block.package, size=size,
                               better=better or better_of(unit), exact=exact)
        for name, why in block.failed:
            self.found.fail(name, why, scope=block.package if name != block.package else "")
