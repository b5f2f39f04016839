"""Reports from files of the working folder and from archives that strangers made, checked before they are believed."""
from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import SCHEMA_VERSION
from repo_vitals.report.parse import NotAReport, parse_report
from repo_vitals.report.schema import schema
from repo_vitals.sources.archives import BadArchive, read_archive
from repo_vitals.sources.json_reading import whole
from repo_vitals.sources.report_files import Unreadable, opened, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import BinaryIO

    from repo_vitals.report.model import Report

MOST_REPORTS = 20
LARGEST_REPORT = 5_000_000      # bytes
LARGEST_OF_ALL = 20_000_000     # bytes of all reports together
MOST_REFUSED = 20               # named one by one
ENDING = ".json"
_MONITOR = re.compile(r"[a-z](?:[a-z0-9]|-(?!-)){0,38}[a-z0-9]")


@dataclass(frozen=True, kw_only=True)
class ReadReport:
    """A report that fits the schema. That makes its figures well formed, and no truer."""

    name: str                       # file, behind the artifact that held it
    report: Report
    is_earlier: bool = False        # an earlier attempt at the run made it


@dataclass(frozen=True, kw_only=True)
class RefusedReport:
    """A report that was not read. `why` follows its name: "is damaged or cut off"."""

    name: str
    why: str
    monitor: str = ""               # that it says it is of, where it could be read so far


@dataclass(frozen=True, kw_only=True)
class Reports:
    """What the reports are, and which were refused."""

    read: tuple[ReadReport, ...] = ()
    refused: tuple[RefusedReport, ...] = ()


def from_files(patterns: Sequence[str], *, folder: str, confined: bool, without: Collection[str],
               strict: bool = True) -> tuple[Reports, tuple[str, ...]]:
    """The reports that the user's paths and patterns name, and the patterns that match nothing.

    `folder` is where they are seen from, `confined` whether they may lead out of it. `without`: the commands whose
    reports are left out without a word, such as the reader's own, which only say how acting on reports went.
    Raises InputError for a file that is named without wildcards and is not there or, if `strict`, is no report, and
    for too many.
    """
    selected = select(patterns, folder=folder, confined=confined, named_by="reports", formats=(),
                      largest=LARGEST_REPORT)
    if len(selected.files) > MOST_REPORTS:
        raise InputError(f"reports: matches {len(selected.files):,} files; at most {MOST_REPORTS} are read, so name "
                         "fewer")
    rules = schema()
    read: list[ReadReport] = []
    refused: list[RefusedReport] = []
    for file in selected.files:
        try:
            with opened(file) as stream:
                report = _parsed(stream, rules)
        except (Unreadable, NotAReport) as error:  # noqa: PERF203 - of twenty files at most
            if file.literal and strict:
                raise InputError(f'reports: "{file.shown}" {error}') from None
            refused.append(RefusedReport(name=file.shown, why=str(error), monitor=getattr(error, "monitor", "")))
        else:
            read += [ReadReport(name=file.shown, report=report)] if report.monitor not in without else []
    return Reports(read=tuple(read), refused=tuple(refused)), selected.unmatched


class Archives:
    """Reports out of one archive after another, within limits over all of them."""

    def __init__(self, *, without: Collection[str]) -> None:
        self._without = without
        self._read: list[ReadReport] = []
        self._refused: list[RefusedReport] = []
        self._left = LARGEST_OF_ALL
        self._schema = schema()
        self.unwanted = 0           # files in the archives that are no reports by name

    def refuse(self, name: str, why: str, *, monitor: str = "") -> None:
        """Note that an artifact was not read."""
        self._refused.append(RefusedReport(name=name, why=why, monitor=monitor))

    def add(self, artifact: str, content: bytes, *, is_earlier: bool) -> None:
        """Read the reports of an archive."""
        try:
            found = read_archive(content, ending=ENDING, largest=LARGEST_REPORT, largest_of_all=self._left,
                                 most=MOST_REPORTS - len(self._read))
        except BadArchive as error:
            self.refuse(artifact, str(error))
            return
        self.unwanted += found.unwanted
        self._refused += [RefusedReport(name=f"{artifact}: {one.name}", why=one.why) for one in found.skipped]
        for member in found.members:
            name = f"{artifact}: {member.name}"
            self._left -= len(member.content)
            try:
                report = _parsed(BytesIO(member.content), self._schema)
            except (Unreadable, NotAReport) as error:
                self.refuse(name, str(error), monitor=getattr(error, "monitor", ""))
            else:
                self._read += [ReadReport(name=name, report=report, is_earlier=is_earlier)] \
                    if report.monitor not in self._without else []

    def reports(self) -> Reports:
        """All of them; of those refused the first, and how many there are besides."""
        return Reports(read=tuple(self._read), refused=_first(self._refused))


def _first(refused: Sequence[RefusedReport]) -> tuple[RefusedReport, ...]:
    more = len(refused) - MOST_REFUSED
    if more <= 0:
        return tuple(refused)
    return (*refused[:MOST_REFUSED], RefusedReport(name=f"{more:,} more", why="were refused as well"))


class _NotThis(NotAReport):
    """A document that is no report that can be used, and says of which monitor it is."""

    def __init__(self, why: str, monitor: str) -> None:
        super().__init__(why)
        self.monitor = monitor


def _parsed(stream: BinaryIO, rules: dict[str, object]) -> Report:
    document = whole(stream, largest=LARGEST_REPORT)
    try:
        version = document.get("schema_version") if isinstance(document, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise NotAReport(f"is of schema version {version:,}, newer than {SCHEMA_VERSION}, the newest that can be "
                             "read here; update the action that reads it")
        return parse_report(document, rules)
    except NotAReport as error:
        said = document.get("monitor") if isinstance(document, dict) else None
        raise _NotThis(str(error), said if isinstance(said, str) and _MONITOR.fullmatch(said) else "") from None
