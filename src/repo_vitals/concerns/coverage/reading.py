"""Coverage reports of any mix of tools, as one union of lines by the repository's own paths.

    coverage, reports, unread = read_all(files, mapping=Mapping(tree=git_ls_files, checkout=folder, rules=rules))

`coverage` maps a path of the tree (or, where a report's path is found nowhere in it, that path as the report spells it)
to what all reports together know of the file. `reports` says what each was, for the record, with what was noticed;
`unread` are the reports that could not be read, which the caller turns into an error or a finding by `file.literal`.
Recognition is by content; `file.reader` forces one of FORMATS.
"""
from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from repo_vitals.concerns.coverage.facts import FileCoverage, ReportRead
from repo_vitals.concerns.coverage.formats.head import Head
from repo_vitals.concerns.coverage.paths import Mapping, Placed, go_module, placed
from repo_vitals.concerns.coverage.union import join, settle
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.report_files import Unreadable, head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.coverage.formats.found import Found
    from repo_vitals.sources.report_files import ReportFile

__all__ = ["FORMATS", "Mapping", "Unread", "go_module", "read_all", "recognised"]

# Formats to their modules, which are imported where a report asks for them.
_MODULES = {
    "clover": "clover", "cobertura": "cobertura", "coverage-py": "coverage_py", "go": "go_profile",
    "istanbul": "istanbul", "istanbul-summary": "istanbul_summary", "jacoco": "jacoco", "lcov": "lcov",
    "llvm-cov": "llvm_cov",
}
FORMATS = tuple(_MODULES)
_OF_XML, _OF_JSON, _OF_TEXT = ("cobertura", "jacoco", "clover"), (
    "coverage-py", "llvm-cov", "istanbul", "istanbul-summary"), ("lcov", "go")
_TOLERATED = 0.005              # between a report's own ratio and ours


class Reader(Protocol):
    """A module of `formats`."""

    NAME: str

    def recognises(self, head: Head) -> bool:
        """Whether a report is of this format, by its beginning; it must refuse every other format's."""

    def read(self, file: ReportFile) -> Found:
        """What the report says. Raises Unreadable."""


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A report that could not be read, and why, in words that follow its name."""

    file: ReportFile
    why: str


def reader(name: str) -> Reader:
    """The reader of a format."""
    return cast("Reader", import_module(f"repo_vitals.concerns.coverage.formats.{_MODULES[name]}"))


def recognised(start: Head) -> str | None:
    """The format of a report, by its beginning; None for one that none of the readers knows."""
    likely = _OF_XML if start.is_xml else _OF_JSON if start.text.startswith((b"{", b"[")) else _OF_TEXT
    return next((name for name in likely if reader(name).recognises(start)), None)


def read_all(
    files: Sequence[ReportFile], *, mapping: Mapping,
) -> tuple[dict[str, FileCoverage], list[ReportRead], list[Unread]]:
    """What all the reports say, by path. Never raises for what is in a report."""
    coverage: dict[str, FileCoverage] = {}
    totals: dict[str, FileCoverage] = {}        # of reports that tell no files
    totals_of: set[str] = set()
    doubts = _Doubts()
    reports, unread = [], []
    for file in files:
        try:
            name = file.reader or recognised(Head(text=head(file)))
            if name is None:
                raise Unreadable(f"is of no format that is read ({', '.join(sorted(FORMATS))})")
            found = _read(name, file)
        except Unreadable as error:
            unread.append(Unread(file=file, why=str(error)))
            continue
        reports.append(_record(file, name, found))
        if found.totals_only:
            totals_of.add(file.shown)
            totals.update({f"{file.shown}: {path}": known for path, known in found.files.items()})
        else:
            _add(coverage, doubts, file, found, mapping)
        del found
    apart = doubts.resolve(coverage)
    reports = [replace(report, apart=tuple(sorted(apart[report.shown])),
                       is_left_out=bool(coverage) and report.shown in totals_of) for report in reports]
    if totals and not coverage:
        # What they count may be among the files that other reports tell, so there they are left out.
        coverage = totals
    for known in coverage.values():
        settle(known)
        if known.lines.valid:
            known.summary = None
    return coverage, reports, unread


def _read(name: str, file: ReportFile) -> Found:
    found = reader(name).read(file)
    # Of files that a pattern finds, some may have none; one that was named says nothing without.
    if file.literal and not any(known.lines.valid or (known.summary and known.summary.lines[1])
                                for known in found.files.values()):
        raise Unreadable("lists no line that could be covered")
    return found


class _Doubts:
    """Files of which the checkout does not tell whether the same words in another report are the same file.

    They are one where a single report and group names them, or reports of one folder name a file that the checkout does
    not have. Else they count one by one: two files taken for one would hide what ran in neither.
    """

    def __init__(self) -> None:
        self._by_path: dict[str, dict[str, FileCoverage]] = defaultdict(dict)   # by where they are named
        self._named: dict[tuple[str, str], set[str]] = defaultdict(set)         # and by which reports

    def add(self, file: ReportFile, group: str, place: Placed, known: FileCoverage) -> None:
        where = file.shown if place.doubt == "many" else f"{file.shown.rpartition('/')[0] or '.'}/"
        where = f"{where} ({quotable(group, limit=100)})" if group else where
        _join(self._by_path[place.path], where, known)
        self._named[place.path, where].add(file.shown)

    def resolve(self, coverage: dict[str, FileCoverage]) -> dict[str, set[str]]:
        """Adds them; by report, what was kept apart."""
        apart: dict[str, set[str]] = defaultdict(set)
        for path, found in self._by_path.items():
            for where, known in found.items():
                if len(found) == 1:
                    _join(coverage, path, known)
                    continue
                known.named = path
                coverage[f"{where}: {path}"] = known
                for report in self._named[path, where]:
                    apart[report].add(path)
        return apart


def _add(coverage: dict[str, FileCoverage], doubts: _Doubts, file: ReportFile, found: Found, mapping: Mapping) -> None:
    files = found.places()
    places = placed(files, mapping, sources=found.sources, kind=found.paths, folder=_folder(file, mapping))
    while found.files:
        key, known = found.files.popitem()
        if places[key].doubt:
            doubts.add(file, files[key][0], places[key], known)
        else:
            _join(coverage, places[key].path, known)


def _folder(file: ReportFile, mapping: Mapping) -> str:
    """Where the report lies in the checkout; empty at its top and outside."""
    try:
        folder = file.path.parent.relative_to(mapping.checkout).as_posix() if mapping.checkout else ""
    except ValueError:
        return ""
    return "" if folder == "." else folder


def _join(into: dict[str, FileCoverage], key: str, known: FileCoverage) -> None:
    before = into.setdefault(key, known)
    if before is not known:
        join(before, known)


def _record(file: ReportFile, name: str, found: Found) -> ReportRead:
    return ReportRead(shown=file.shown, format=name, tool=found.tool, files=len(found.files),
                      root_line_ratio=found.root_ratio, written_at=found.written_at,
                      notes=(*found.notes, *_contradictions(found)))


def _contradictions(found: Found) -> list[str]:
    """Where the report's own figures are another thing than its lines."""
    counts = [(known.lines.covered, known.lines.valid) if known.summary is None else known.summary.lines
              for known in found.files.values()]
    covered, valid = sum(one for one, _ in counts), sum(every for _, every in counts)
    stated = [found.root_ratio] if found.root_ratio is not None else []
    if found.root_lines and found.root_lines[1]:
        stated.append(found.root_lines[0] / found.root_lines[1])
    if not valid:
        return ["it lists no lines, though it counts some"] if found.root_lines and found.root_lines[1] else []
    ratio = covered / valid
    far = next((one for one in stated if abs(one - ratio) > _TOLERATED), None)
    if far is None:
        return []
    return [f"it states {far:.2%} of lines itself, but its lines make {ratio:.2%} ({covered:,} of {valid:,})"]
