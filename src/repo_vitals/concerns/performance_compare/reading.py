"""From report files to plain results: which tool's a file is, told by its content, and what it says.

    selected = select(patterns, folder=…, confined=…, named_by="current", largest=…)
    reports, unusable = read_all(selected.files, named_by="current")

Each report is one run of its suite. What Criterion writes, three files a benchmark, becomes one report, the last one.
"""
from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from repo_vitals.concerns.performance_compare.facts import Unusable
from repo_vitals.concerns.performance_compare.formats import criterion
from repo_vitals.concerns.performance_compare.formats.found import TooMany, check_total
from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable
from repo_vitals.sources import report_files
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import Key, Report
    from repo_vitals.sources.report_files import ReportFile, Selected

# Formats, as a user forces one by `format=path`, and the modules of `formats` that read them, imported where a report
# asks for them. At most one of them recognises a report.
_MODULES = {
    "benchmark-js": "benchmark_js",
    "benchmarkdotnet": "benchmark_dotnet",
    "bencher-metric": "bencher_metric",
    "cargo-bench": "cargo_bench",
    "cargo-criterion": "cargo_criterion",
    "catch2": "catch2",
    "catch2-xml": "catch2_xml",
    "criterion": "criterion",
    "custom": "custom",
    "custom-bigger-is-better": "custom",
    "custom-smaller-is-better": "custom",
    "data-js": "data_js",
    "dhat": "dhat",
    "gnu-time": "gnu_time",
    "go": "go_bench",
    "google-benchmark": "google_benchmark",
    "gungraun": "gungraun",
    "hyperfine": "hyperfine",
    "jmh": "jmh",
    "leak-sanitizer": "leak_sanitizer",
    "libtest-json": "libtest_json",
    "massif": "massif",
    "memcheck": "memcheck",
    "pytest-benchmark": "pytest_benchmark",
    "repo-vitals": "own",
    "size": "section_sizes",
    "vitest": "vitest",
}
FORMATS = tuple(_MODULES)
# A folder that is named stands for what Criterion writes into it; its other files are read beside these.
_IN_A_FOLDER = ("**/benchmark.json", "**/estimates.json")


class Reader(Protocol):
    """A module of `formats`."""

    NAME: str

    def recognises(self, head: Head) -> bool:
        """Whether a report is of this format, by its beginning; it must refuse every other format's."""

    def read(self, file: ReportFile) -> Report:
        """What the report says. Raises Unreadable."""


def reader(name: str) -> Reader:
    """The reader of a format."""
    return cast("Reader", import_module(f"repo_vitals.concerns.performance_compare.formats.{_MODULES[name]}"))


def select(
    patterns: Sequence[str], *, folder: str, confined: bool, named_by: str, largest: int,
    adapters: Collection[str] = (),
) -> Selected:
    """The files that the patterns match, as `report_files.select` finds them.

    A pattern without wildcards may name a folder too, such as target/criterion. `adapters` are names besides FORMATS
    that a pattern may begin with. Raises InputError as `report_files.select` does, and for a folder without reports.
    """
    widened: list[str] = []
    for pattern in patterns:
        name, given = _named_folder(pattern, folder)
        if given is None:
            widened.append(pattern)
            continue
        inside = [f"{name}{_escaped(given)}/{one}" for one in _IN_A_FOLDER]
        there = [one for one in inside if report_files.select(
            [one], folder=folder, confined=confined, named_by=named_by, formats=FORMATS, largest=largest).files]
        if not there:
            raise InputError(f'{named_by}: the folder "{quotable(given)}" holds no results of Criterion; reports of '
                             "other tools in it are named by a pattern, such as folder/*.json")
        widened.append(there[0])
    return report_files.select(widened, folder=folder, confined=confined, named_by=named_by,
                               formats=[*FORMATS, *adapters], largest=largest)


def _named_folder(pattern: str, folder: str) -> tuple[str, str | None]:
    """What forces a format, and the folder that a pattern names; None where it names none."""
    name, _, rest = pattern.partition("=")
    for prefix, path in ("", pattern), (f"{name}=", rest if name in FORMATS else ""):
        if path and _is_folder(Path(folder) / path):
            return prefix, path.rstrip("/\\") or path
    return "", None


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):       # A path that no system takes; opening it says so.
        return False


def _escaped(path: str) -> str:
    import glob

    return glob.escape(path.replace(os.sep, "/"))


def recognised(file: ReportFile) -> str:
    """The format of a report, by its content. Raises Unreadable where it is of none."""
    head = Head.of(file)
    found = _matching(head)
    if not found and head.json.kind == "object":
        found = _matching(head.farther(file))
    if not found:
        raise Unreadable("is of no format that is read, or holds no benchmark; a format is named as format=path, one "
                         f"of {', '.join(FORMATS)}")
    if len(found) > 1:
        raise Unreadable(f"holds what several tools print ({', '.join(found)}); give each a file of its own, or name "
                         "one as format=path")
    return found[0]


def _matching(head: Head) -> list[str]:
    # One module can read several formats; its own name is the one that content tells.
    readers = {name: reader(name) for name in FORMATS}
    return [name for name, one in readers.items() if name == one.NAME and one.recognises(head)]


def read_all(
    files: Sequence[ReportFile], *, named_by: str, adapters: Mapping[str, Callable[[ReportFile], Report]] | None = None,
) -> tuple[list[Report], list[Unusable]]:
    """What the reports say, in the files' order, and those found by a pattern that can't be read.

    `adapters` read the files that are forced to their names. Raises InputError, which `named_by` begins, for a file
    that was named without wildcards and can't be read.
    """
    reading = _Reading(named_by=named_by, adapters=adapters or {})
    for file in files:
        reading.read(file)
    reading.read_several()
    return reading.reports, reading.unusable


@dataclass(kw_only=True)
class _Reading:
    named_by: str
    adapters: Mapping[str, Callable[[ReportFile], Report]]
    reports: list[Report] = field(default_factory=list)
    unusable: list[Unusable] = field(default_factory=list)
    _of_criterion: list[ReportFile] = field(default_factory=list)
    _benchmarks: set[Key] = field(default_factory=set)
    _results: int = 0

    def read(self, file: ReportFile) -> None:
        try:
            if file.reader is not None and file.reader in self.adapters:
                self._keep(self.adapters[file.reader](file), file, file.reader)
                return
            name = file.reader or recognised(file)
            if name == criterion.NAME:
                self._of_criterion.append(file)
            else:
                found = reader(name).read(file)
                if file.reader and not found.results and not reader(name).recognises(Head.of(file)):
                    # In another tool's file a reader may find nothing but what is missing.
                    raise Unreadable(f"is no report of {name}")
                self._keep(found, file, name)
        except TooMany as error:    # a file that a pattern found is no exception: nothing would be compared
            raise InputError(f'{self.named_by}: "{quotable(file.shown)}" {error}') from None
        except Unreadable as error:
            self._refuse(file, str(error))

    def read_several(self) -> None:
        """What one run wrote into several files."""
        reports, unread = criterion.read_several(self._of_criterion)
        for file, why in unread:
            self._refuse(file, why)
        if self._of_criterion and not reports and not unread:
            self._refuse(self._of_criterion[0], "says nothing of a benchmark by itself; name its estimates.json")
        self.reports += reports

    def _keep(self, found: Report, file: ReportFile, name: str) -> None:
        if not (found.results or found.failed or found.runs or found.baseline_runs):
            raise Unreadable("holds no benchmark")
        for run in (found.results, found.baseline, *found.runs, *found.baseline_runs):
            self._results += len(run)
            self._benchmarks.update(result.key for result in run)
        check_total(self._results, len(self._benchmarks), have="brings the reports to")
        self.reports.append(replace(found, shown=file.shown, format=name))

    def _refuse(self, file: ReportFile, why: str) -> None:
        if file.literal:
            raise InputError(f'{self.named_by}: "{quotable(file.shown)}" {why}')
        self.unusable.append(Unusable(shown=file.shown, why=why))
