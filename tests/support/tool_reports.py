"""Reports of benchmarking tools for tests: those kept in tests/data, read by the reader that recognises them."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.reading import reader, recognised
from support.report_files import kept, written

if TYPE_CHECKING:
    from repo_vitals.concerns.performance_compare.facts import Report, Result

TOOLS = Path(__file__).parents[1] / "data" / "performance" / "tools"


def kept_report(name: str) -> Report:
    """A report below tests/data/performance/tools, whose folder is its format."""
    return read_path(TOOLS / name, expected=name.partition("/")[0])


def read_path(path: Path, *, expected: str) -> Report:
    """A report that must be recognised as of a format."""
    file = kept(path)
    assert recognised(file) == expected
    return reader(expected).read(file)


def read_content(folder: Path, content: object, *, name: str = "report.json", forced: str | None = None) -> Report:
    """What a content says, by the reader that recognises it or by a forced one."""
    file = written(folder, content, name=name, reader=forced)
    return reader(forced or recognised(file)).read(file)


def values(report: Report) -> dict[tuple[str, str], tuple[float, ...]]:
    """Samples by name and unit."""
    return {one.key: one.samples for one in report.results}


def one(report: Report, name: str, unit: str = "seconds") -> Result:
    """The result of a name and unit."""
    (found,) = (result for result in report.results if result.key == (name, unit))
    return found


def failures(report: Report) -> dict[str, str]:
    """Why each failed benchmark has no value."""
    return {one.name: one.why for one in report.failed}
