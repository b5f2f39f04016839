"""Reports of benchmarks for tests: written for one, or kept in tests/data, and what is read from them."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.reading import read_all, recognised
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.report_files import kept, written

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report, Result

DATA = Path(__file__).parents[1] / "data" / "performance"


def told(content: ReportFile | Path | str | bytes, folder: Path | None = None, *, name: str = "report.txt") -> Report:
    """The one report that a file is."""
    reports, unusable = read_all([as_file(content, folder, name=name)], named_by="current")
    assert unusable == []
    [report] = reports
    return report


def as_file(content: ReportFile | Path | str | bytes, folder: Path | None = None, *,
            name: str = "report.txt") -> ReportFile:
    """A report that is kept, or written to a folder."""
    if isinstance(content, ReportFile):
        return content
    if isinstance(content, Path):
        return kept(content)
    assert folder is not None
    return written(folder, content, name=name)


def samples_of(report: Report) -> dict[tuple[str, str], tuple[float, ...]]:
    """Samples by name and unit; no two results have both."""
    found = {one.key: one.samples for one in report.results}
    assert len(found) == len(report.results)
    return found


def seconds_of(report: Report) -> dict[str, tuple[float, ...]]:
    """Samples of times by name."""
    return {name: samples for (name, unit), samples in samples_of(report).items() if unit == "seconds"}


def failed_of(report: Report) -> dict[str, str]:
    """Why each benchmark that failed did."""
    return {one.name: one.why for one in report.failed}


def one_of(report: Report, name: str, unit: str = "seconds") -> Result:
    """The result of a name."""
    [found] = [one for one in report.results if one.key == (name, unit)]
    return found


def why_not(content: ReportFile | Path | str | bytes, folder: Path | None = None, *, name: str = "report.txt") -> str:
    """What is wrong with a file, by the reader that its content asks for."""
    file = as_file(content, folder, name=name)
    from repo_vitals.concerns.performance_compare.reading import reader

    with pytest.raises(Unreadable) as refused:
        reader(file.reader or recognised(file)).read(file)
    return str(refused.value)
