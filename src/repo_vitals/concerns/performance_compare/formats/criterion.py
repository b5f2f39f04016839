"""Criterion.rs's folders: target/criterion/<benchmark>/{new,base,<name>}/{benchmark,estimates,sample}.json.

The three files of one folder are one benchmark of one run; they are read together, whichever of them was named. The
benchmark's name is `full_id`. A sample is the time of a measurement over its iterations (ns); without sample.json the
typical value stands for all of them: the slope or, where sampling was flat, the mean (Criterion's own choice).

`new` is the last run. At its end Criterion copies it to `base` (or to the name that --save-baseline gives), so a folder
that says the same as `new` is that run once more and no earlier one; only one that differs is the report's baseline. Of
several, it is the one that Criterion itself compared with (--baseline): the change of the mean in change/ tells which.
Without `new` the one baseline that is there is the run: that is how one is named to be compared with.
"""
from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from repo_vitals.concerns.performance_compare.formats.found import Found, size_of
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.json_reading import whole
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.report_values import mapping, number, sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from repo_vitals.concerns.performance_compare.facts import Report, Result, Statistic
    from repo_vitals.concerns.performance_compare.formats.head import Head
    from repo_vitals.sources.report_files import ReportFile

NAME = "criterion"
_T = TypeVar("_T")

_BENCHMARK, _ESTIMATES, _SAMPLE, _TUKEY = _WRITTEN = "benchmark.json", "estimates.json", "sample.json", "tukey.json"
_NEW, _CHANGE = "new", "change"
_EXACT = 1e-9       # relative; Criterion's and ours are one division of the same numbers
_FENCES = re.compile(rb"\[-?[0-9][-+.0-9e]*(?:,-?[0-9][-+.0-9e]*){3}\]\s*")     # of outliers, as in tukey.json


def recognises(head: Head) -> bool:
    """By the keys of each of the files."""
    if _FENCES.fullmatch(head.text[:1000]):
        return True
    keys = head.json.keys()
    return ({"group_id", "directory_name", "full_id"} <= keys or {"iters", "times"} <= keys
            or ("mean" in keys and "point_estimate" in head.json.keys("mean")))


def read(file: ReportFile) -> Report:
    """What the folder of one file says. Raises Unreadable."""
    reports, unread = read_several([file])
    if unread:
        raise Unreadable(unread[0][1])
    if not reports:
        raise Unreadable("says nothing of a benchmark by itself; name its estimates.json")
    return reports[0]


def read_several(files: Sequence[ReportFile]) -> tuple[list[Report], list[tuple[ReportFile, str]]]:
    """A report for each run's root, such as target/criterion, and the files that can't be read, and why.

    Never raises for what is in a file.
    """
    folders: dict[Path, ReportFile] = {}
    for file in files:
        if file.path.name not in _WRITTEN:
            folders[file.path] = file       # a copy under a name of its own
        elif file.path.parent.name != _CHANGE and file.path.name != _TUKEY:
            folders.setdefault(file.path.parent, file)
    roots: dict[str, _Root] = {}
    told = [_told(_measured, folder, file) for folder, file in folders.items()]
    for one in told:
        if isinstance(one, _Measured):
            roots.setdefault(one.root, _Root(shown=one.root)).runs.setdefault(one.run, []).append(one)
    reports = [_told(_Root.report, root, next(iter(root.runs.values()))[0].file) for root in roots.values()]
    return ([one for one in reports if not isinstance(one, tuple)],
            [one for one in (*told, *reports) if isinstance(one, tuple)])


def _told(of: Callable[..., _T], what: object, file: ReportFile) -> _T | tuple[ReportFile, str]:
    """What `of` makes of something, or why it can't."""
    try:
        return of(what, file)
    except Unreadable as error:
        return file, str(error)


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """One benchmark of one run. Values in ns."""

    file: ReportFile
    root: str
    run: str                # the folder's name
    name: str
    samples: tuple[float, ...]
    statistic: Statistic    # what the typical value is
    typical: float
    interval: tuple[float, float]
    size: float | None
    mean: float
    change: float | None    # of the mean since the run that Criterion compared with, as a ratio less 1

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, whichever folder it stands in."""
        return self.samples, self.typical, self.interval


@dataclass(kw_only=True)
class _Root:
    shown: str
    runs: dict[str, list[_Measured]] = field(default_factory=dict)

    def report(self, file: ReportFile) -> Report:
        """The current run, and the earlier one. `file` is one of its."""
        runs, notes = self.runs, []
        current = _NEW if _NEW in runs else next(iter(runs))
        if _NEW not in runs and len(runs) > 1:
            raise Unreadable(f"stands among the baselines {_listed(runs)} without a last run (new); name one of them, "
                             f"such as **/{quotable(current, limit=60)}/estimates.json")
        said = {one.name: one.said for one in runs[current]}
        earlier = {name: [one for one in run if one.said != said.get(one.name)]
                   for name, run in runs.items() if name != current}
        earlier = {name: run for name, run in earlier.items() if run}
        if len(earlier) > 1:
            compared = [name for name, run in earlier.items() if _is_what_was_compared(run, runs[current])]
            earlier = {name: earlier[name] for name in compared} if len(compared) == 1 else earlier
        if len(earlier) > 1:
            notes.append(f"it holds several earlier runs ({_listed(earlier)}), so none of them is its baseline; name "
                         "one as the baseline's report")
        elif not earlier and len(runs) > 1:
            notes.append("its baseline is a copy of the last run, which Criterion makes when it ends, so it holds no "
                         "earlier one")
        baseline = next(iter(earlier.values())) if len(earlier) == 1 else []
        found = Found(tool="Criterion.rs", notes=notes)
        _add(found, runs[current])
        return found.report(replace(file, shown=self.shown), NAME, baseline=_results(baseline))


def _is_what_was_compared(earlier: list[_Measured], current: list[_Measured]) -> bool:
    """Whether the means of a run lead to each change that Criterion told."""
    before = {one.name: one.mean for one in earlier}
    told = [(one.mean, before.get(one.name, 0.0), one.change) for one in current if one.change is not None]
    return bool(told) and all(mean > 0 and abs(now / mean - 1 - change) <= _EXACT * (1 + abs(change))
                              for now, mean, change in told)


def _listed(runs: Iterable[str]) -> str:
    return ", ".join(quotable(one, limit=60) for one in sorted(runs)[:10])


def _results(measured: list[_Measured]) -> tuple[Result, ...]:
    found = Found()
    _add(found, measured)
    return found.results()


def _add(found: Found, measured: Iterable[_Measured]) -> None:
    for one in sorted(measured, key=lambda one: one.name):
        found.add(one.name, one.samples or one.typical, "ns", statistic="sample" if one.samples else one.statistic,
                  interval=one.interval, typical=one.typical, size=one.size)


def _measured(folder: Path, file: ReportFile) -> _Measured:
    """What a folder says, or a file by itself."""
    is_alone = folder == file.path
    identity = None if is_alone else _document(folder / _BENCHMARK, file)
    estimates = _document(file.path if is_alone else folder / _ESTIMATES, file)
    if estimates is None:
        raise Unreadable("has no estimates.json beside it")
    if "mean" not in estimates:
        raise Unreadable("is no estimates.json")
    statistic: Literal["slope", "mean"] = "slope" if estimates.get("slope") is not None else "mean"
    with _beside(file.path if is_alone else folder / _ESTIMATES, file):
        typical, interval = _estimate(estimates, statistic)
        mean, _ = _estimate(estimates, "mean")
    if is_alone:
        return _Measured(file=file, root=PurePath(file.shown).as_posix(), run=_NEW, name=folder.stem, samples=(),
                         statistic=statistic, typical=typical, interval=interval, size=None, mean=mean, change=None)
    with _beside(folder / _BENCHMARK, file):
        name, levels, size = _named(folder, identity)
    document = _document(folder / _SAMPLE, file)
    with _beside(folder / _SAMPLE, file):
        samples = _samples(document)
    above = PurePath(file.shown).parents
    return _Measured(
        file=file, root=above[min(levels + 1, len(above) - 1)].as_posix(), run=folder.name, name=name, samples=samples,
        statistic=statistic, typical=typical, interval=interval, size=size, mean=mean,
        change=_change(folder, file) if folder.name == _NEW else None)


def _change(folder: Path, file: ReportFile) -> float | None:
    path = folder.parent / _CHANGE / _ESTIMATES
    document = _document(path, file)
    if document is None:
        return None
    with _beside(path, file):
        return number(mapping(document.get("mean"), "the mean").get("point_estimate"), "the change of the mean")


def _document(path: Path, file: ReportFile) -> dict[str, Any] | None:
    """What the file beside says; None where there is none."""
    one = replace(file, path=path)
    try:
        path.lstat()
    except OSError:
        return None
    with _beside(path, file), opened(one) as stream:
        return mapping(whole(stream), "the whole")


@contextmanager
def _beside(path: Path, file: ReportFile) -> Iterator[None]:
    """What is wrong with one of the files that are read with another is told of that other."""
    try:
        yield
    except Unreadable as error:
        raise Unreadable(str(error) if path == file.path else f"stands beside a {path.name} that {error}") from None


def _estimate(estimates: dict[str, Any], of: str) -> tuple[float, tuple[float, float]]:
    told = mapping(estimates.get(of), of)
    within = mapping(told.get("confidence_interval"), f"the {of}'s confidence interval")
    value = number(told.get("point_estimate"), f"the {of}")
    if value < 0:
        raise Unreadable(f"has {value:g} ns for the {of}, which is below 0")
    return value, (number(within.get("lower_bound"), f"the {of}'s lower bound"),
                   number(within.get("upper_bound"), f"the {of}'s upper bound"))


def _samples(document: dict[str, Any] | None) -> tuple[float, ...]:
    if document is None:
        return ()
    iterations = sequence(document.get("iters"), "the iterations")
    times = sequence(document.get("times"), "the times")
    if len(iterations) != len(times) or not times:
        raise Unreadable(f"counts iterations of {len(iterations):,} samples and times of {len(times):,}")
    found = []
    for turns, time in zip(iterations, times, strict=True):
        over, spent = number(turns, "iterations of a sample"), number(time, "the time of a sample")
        if over <= 0 or spent < 0:
            raise Unreadable(f"has a sample of {over:g} iterations and {spent:g} ns")
        found.append(spent / over)
    return tuple(found)


def _named(folder: Path, identity: dict[str, Any] | None) -> tuple[str, int, float | None]:
    """The benchmark's name, how many folders below the root it lies, and the input's size."""
    if identity is None:
        # The folders' names are the benchmark's with some characters replaced.
        parts = folder.parent.parts
        below = parts[len(parts) - parts[::-1].index(NAME):] if NAME in parts else parts[-1:]
        return "/".join(below) or folder.parent.name, len(below), size_of(*below[1:])
    name = identity.get("full_id")
    if not isinstance(name, str):
        raise Unreadable("has no full_id, the name of the benchmark")
    place, value = identity.get("directory_name"), identity.get("value_str")
    levels = len([one for one in place.split("/") if one]) if isinstance(place, str) else 1
    return name, levels, size_of(value) if isinstance(value, str) else None
