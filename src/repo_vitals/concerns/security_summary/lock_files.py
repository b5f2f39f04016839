"""At which line of which file of the project each package stands. Reads lock files of the working folder.

What a tool says of a file is a stranger's word: a path that leads out of the folder, by a link too, is left alone.
"""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.security_summary.identity import ecosystem_of, name_in, version_in
from repo_vitals.concerns.security_summary.lock_lines import files_of, places
from repo_vitals.concerns.security_summary.project_paths import relative_path
from repo_vitals.errors import InputError
from repo_vitals.sources.local_files import found_files, is_literal
from repo_vitals.sources.report_files import ReportFile, Unreadable, opened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repo_vitals.concerns.security_summary.facts import CodeFinding, Package, Report
    from repo_vitals.concerns.security_summary.lock_lines import Places

_LARGEST = 50_000_000   # bytes of one lock file

Place = tuple[str, "int | None"]    # a path from the top of the folder, with `/`; a line from 1


def placed(reports: Iterable[Report], folder: str) -> list[Report]:
    """The reports with the places of packages and findings as seen from the project's folder, and with the lines of
    packages in its lock files where the tools give none."""
    files = LockFiles(folder)
    return [replace(
        report,
        advisories=tuple(replace(one, package=files.placed(one.package)) for one in report.advisories),
        licenses=tuple(replace(one, package=files.placed(one.package)) for one in report.licenses),
        code=tuple(_placed(one, files.folder) for one in report.code),
    ) for report in reports]


def _placed(one: CodeFinding, folder: str) -> CodeFinding:
    if one.file is None:
        return one
    if one.base is not None and (path := relative_path(f"{one.base}/{one.file}", folder)) is not None:
        return replace(one, file=path, base=None)
    path = relative_path(one.file, folder)
    return one if path in (None, one.file) else replace(one, file=path)


class LockFiles:
    """The lock files of one folder, each read once and only when it is asked for."""

    def __init__(self, folder: str) -> None:
        self.folder = str(Path(folder).resolve())
        self._known: dict[str, Places | None] = {}

    def placed(self, package: Package) -> Package:
        """The package with the file and line that are known of it here; as it was where nothing is."""
        place = self.place(package)
        return package if place is None else replace(package, file=place[0], line=place[1])

    def place(self, package: Package) -> Place | None:
        """Where a package stands: the line that the tool gives, else the one in the file that it names, else the one in
        the lock files at the top of the folder. Without a line, the file alone; None for neither."""
        ecosystem = ecosystem_of(package)
        named = None if package.file is None else relative_path(package.file, self.folder)
        if named is not None and package.line is not None:
            return named, package.line
        key = name_in(ecosystem, package.name), version_in(ecosystem, package.version) or ""
        if key[1]:
            for file in ([named] if named is not None else files_of(ecosystem)):
                found = self._places(file)
                if found and key in found:
                    return file, found[key]
        return None if named is None else (named, None)

    def _places(self, file: str) -> Places | None:
        if file not in self._known:
            text = self._text(file)
            self._known[file] = None if text is None else places(file, text)
        return self._known[file]

    def _text(self, file: str) -> str | None:
        if not is_literal(file):
            return None
        try:
            found = found_files(file, folder=self.folder, confined=True, named_by="reports")[0]
            size = found.path.stat().st_size
            if size > _LARGEST:
                return None
            with opened(ReportFile(shown=file, path=found.path, size=size)) as stream:
                return stream.read(_LARGEST + 1).decode("utf-8")
        except (InputError, Unreadable, OSError, ValueError):
            return None
