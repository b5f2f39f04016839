"""From report files to plain results: which tool's a file is, told by its content, and what it says.

    selected = select(patterns, folder=…, confined=…, named_by="current", largest=…)
    reports, unusable = read_all(selected.files, named_by="current")

Each report is one run of its suite. Several files of one run (Criterion writes three a benchmark) become one report.
"""
from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from repo_vitals.concerns.performance_compare.facts import Unusable
from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.errors import InputError
from repo_vitals.plain_text import quotable
from repo_vitals.sources import report_files
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from repo_vitals.concerns.performance_compare.facts import Report
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
    "google-benchmark-console": "google_benchmark_console",
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
# A folder that is named stands for what Criterion writes into it.
_IN_A_FOLDER = ("**/benchmark.json", "**/estimates.json", "**/sample.json")


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
        found = report_files.select(inside, folder=folder, confined=confined, named_by=named_by,
                                    formats=[*FORMATS, *adapters], largest=largest)
        if not found.files:
            raise InputError(f'{named_by}: the folder "{quotable(given)}" holds no results of Criterion; reports of '
                             "other tools in it are named by a pattern, such as folder/*.json")
        widened += [one for one in inside if one not in found.unmatched]
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
    return found[0]


def _matching(head: Head) -> list[str]:
    # One module can read several formats; its own name is the one that content tells.
    here = {name: reader(name) for name in FORMATS if _is_here(name)}
    return [name for name, one in here.items() if name == one.NAME and one.recognises(head)]


def _is_here(name: str) -> bool:
    return find_spec(f"repo_vitals.concerns.performance_compare.formats.{_MODULES[name]}") is not None


def read_all(
    files: Sequence[ReportFile], *, named_by: str, adapters: Mapping[str, Callable[[ReportFile], Report]] | None = None,
) -> tuple[list[Report], list[Unusable]]:
    """What the reports say, in the files' order, and those found by a pattern that can't be read.

    `adapters` read the files that are forced to their names. Raises InputError, which `named_by` begins, for a file
    that was named without wildcards and can't be read.
    """
    found = [_read(file, adapters or {}, named_by) for file in files]
    return [one for one in found if not isinstance(one, Unusable)], [one for one in found if isinstance(one, Unusable)]


def _read(
    file: ReportFile, adapters: Mapping[str, Callable[[ReportFile], Report]], named_by: str,
) -> Report | Unusable:
    try:
        if file.reader is not None and file.reader in adapters:
            return adapters[file.reader](file)
        name = file.reader or recognised(file)
        found = reader(name).read(file)
        if not (found.results or found.failed or found.runs):
            raise Unreadable("holds no benchmark")
    except Unreadable as error:
        if file.literal:
            raise InputError(f'{named_by}: "{quotable(file.shown)}" {error}') from None
        return Unusable(shown=file.shown, why=str(error))
    return replace(found, shown=file.shown, format=name)
