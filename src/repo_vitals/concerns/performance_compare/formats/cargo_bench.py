"""What `cargo bench` prints: lines of libtest, of Criterion.rs, and of either's bencher format, in one log.

    test tests::parse ... bench:   1,234.56 ns/iter (+/- 12.3) = 45 MB/s        libtest and bencher: the median
    group/parse/10        time:   [1.21 us 1.23 us 1.26 us]                     Criterion: bounds and slope or mean

libtest's "+/-" is the largest sample less the smallest, which bounds nothing, so it is left out; what stands behind
"=", Criterion's `thrpt:` and `change:` follow from the time and are no benchmarks. A name that does not fit before
`time:` stands on the line above. A benchmark that began or failed without a value, a panic, and an error of cargo's are
failed ones: such a log never says that nothing changed.

cargo says on the log's other stream which target runs ("Running benches/x.rs (target/release/deps/x-0123…)"). A name
of two targets is two benchmarks; where the targets are not told, libtest's suites are told apart by their tests (see
`suites`), and what comes again outside of suites is another sample.
"""
from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.formats import gungraun
from repo_vitals.concerns.performance_compare.formats.found import Found, decimal, size_of
from repo_vitals.concerns.performance_compare.formats.log_lines import log_lines
from repo_vitals.concerns.performance_compare.formats.suites import Suites
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "cargo-bench"

_NUMBER = r"[-+]?(?:[0-9][0-9,]*(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|NaN|inf)"
# What stands behind the name. Names are cut off first: they may hold anything, blanks by the thousand too.
_LIBTEST = re.compile(rf"\s*(?P<value>{_NUMBER}) (?P<unit>[^\s(]+)(?: \(\+/- {_NUMBER}\))?(?: = .+)?")
_CRITERION = re.compile(rf"\s+\[(?P<low>{_NUMBER}) (?P<low_unit>\S+) (?P<value>{_NUMBER}) (?P<unit>\S+) "
                        rf"(?P<high>{_NUMBER}) (?P<high_unit>[^\s\]]+)\]")
_STAGE = re.compile(r": (?:Warming up|Collecting|Analyzing|Profiling|Complete)\b")
_BINARY = re.compile(r"\(([^()]+)\)$")
_HASH = re.compile(r"-[0-9a-f]{8,}(?:\.exe)?$")
_ERROR = re.compile(r"error(?:\[E[0-9]+\])?: (?P<what>.+)")
_BEGINS = re.compile(r"running [0-9]+ tests?")
_ENDS = re.compile(r"test result: \w+\. [0-9]+ passed; .*")
_CARGOS = "cargo bench"     # what an error is told of, where no benchmark or target is known
_LONGEST_NAME = 1_000


def recognises(head: Head) -> bool:
    """By a line of a benchmark; in a log of lines alone, by libtest's or cargo's own.

    Iai and its successors run under cargo too, whose counts are theirs to read.
    """
    lines = head.lines
    if any(_libtest(line) or _criterion(line) for line in lines):
        return True
    return (not head.json.records and any(_BEGINS.fullmatch(line) or _ENDS.fullmatch(line)
                or line.startswith(("error: bench failed", "error: could not compile")) for line in lines)
            and not gungraun.recognises(head))


def read(file: ReportFile) -> Report:
    """What the log says."""
    log = _Log()
    for line in log_lines(file):
        log.line(line)
    log.end()
    return log.found.report(file, NAME)


def _libtest(line: str) -> tuple[str, re.Match[str]] | None:
    """The name and what stands behind it."""
    if not line.startswith("test "):
        return None
    name, mark, rest = line[5:].partition(" ... bench:")
    told = _LIBTEST.fullmatch(rest) if mark else None
    return None if told is None else (name.rstrip(), told)


def _criterion(line: str) -> tuple[str, re.Match[str]] | None:
    """The name, empty where it stands on the line above, and what stands behind it."""
    if not line.endswith("]"):
        return None
    name, mark, rest = line.rpartition(" time: ")
    told = _CRITERION.fullmatch(f" {rest}") if mark else None
    return None if told is None else (name.strip(), told)


class _Log:
    def __init__(self) -> None:
        self.found = Found()
        self._suites = Suites(found=self.found)
        self._target = ""
        self._builds: dict[str, dict[str, int]] = {}    # hashes of the binaries of a name, numbered
        self._above = ""            # the line before, which may be a name
        self._begun: dict[tuple[str, str], None] = {}   # benchmarks that are not measured so far, by target and name

    def line(self, line: str) -> None:
        """Takes the next line."""
        if _ENDS.fullmatch(line):
            self._suites.end(self._target)
        elif line.startswith("test "):
            self._test(line)
        elif told := _criterion(line):
            self._measured(told[0] or self._above.strip(), told[1])
        elif _BEGINS.fullmatch(line):
            self._close()
            self._suites.begin()
        else:
            self._other(line)
        self._above = line

    def end(self) -> None:
        """Takes note of what never came to its end."""
        self._close()
        for target, name in self._begun:
            self.found.fail(name, "began and gave no value", scope=target)

    def _close(self) -> None:
        self._suites.end(self._target, unless=self._target or _CARGOS)

    def _test(self, line: str) -> None:
        name, mark, outcome = line[5:].partition(" ... ")
        name = name.rstrip()
        if told := _libtest(line):
            value = decimal(told[1]["value"], "a benchmark")
            if self._suites.is_open:
                self._suites.measured(told[0], value, told[1]["unit"])
            else:
                self.found.add(told[0], value, told[1]["unit"], statistic="median", scope=self._target)
        elif mark and outcome.startswith(("FAILED", "failed")):
            if self._suites.is_open:
                self._suites.failed(name, "failed")
            else:
                self.found.fail(name, "failed", scope=self._target)
        elif mark:
            self._suites.test(name)

    def _measured(self, name: str, told: re.Match[str]) -> None:
        if not name:
            raise Unreadable("has a time without the name of its benchmark")
        low, high = (_in_unit(told[end], told[f"{end}_unit"], told["unit"]) for end in ("low", "high"))
        self.found.add(name, decimal(told["value"], "a benchmark"), told["unit"], statistic="slope",
                       interval=(low, high), size=size_of(*name.split("/")[1:]), scope=self._target)
        self._begun.pop((self._target, name), None)

    def _other(self, line: str) -> None:
        begins = line.lstrip()
        if line.startswith("Benchmarking "):
            name = _STAGE.split(line[13:])[0].strip()
            if 0 < len(name) <= _LONGEST_NAME:
                self._begun.setdefault((self._target, name))
        elif begins.startswith("Running "):
            self._close()
            self._target = self._named(*_binary(begins[8:]))
        elif told := _ERROR.fullmatch(line):
            self.found.fail(self._target or _CARGOS, f"failed: {told['what']}")
        elif line.startswith("thread '") and " panicked at " in line and not self._suites.is_open:
            # libtest says itself which test it was.
            self._panicked(line.partition(" panicked at ")[2])

    def _named(self, name: str, build: str) -> str:
        """A binary's name; a second one of the same name, as two packages can have, gets a number."""
        builds = self._builds.setdefault(name, {})
        number = builds.setdefault(build, len(builds) + 1)
        return name if number == 1 else f"{name} {number}"

    def _panicked(self, at: str) -> None:
        target, name = next(reversed(self._begun), ("", self._target or _CARGOS))
        self._begun.pop((target, name), None)
        self.found.fail(name, f"panicked at {at}", scope=target)


def _binary(said: str) -> tuple[str, str]:
    """The name of the binary that runs, and the hash that a build gives it."""
    within = _BINARY.search(said[-_LONGEST_NAME:])
    path = (within[1] if within else said).replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:]
    name = _HASH.sub("", path)
    return name.strip() or _CARGOS, path[len(name):]


def _in_unit(value: str, unit: str, other: str) -> float:
    """A bound in the unit of the estimate that it bounds; NaN where it is of another kind."""
    own, wanted = base_unit(unit), base_unit(other)
    factor = own.factor / wanted.factor if own != wanted else 1.0
    return decimal(value, "a bound") * factor if own.name == wanted.name else math.nan
