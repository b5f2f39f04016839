"""Coverage reports of any mix of tools, as one union of lines by the repository's own paths.

    coverage, reports, unread = read_all(files, mapping=Mapping(tree=git_ls_files, checkout=folder, rules=path_map))

`coverage` maps a path of the tree (or, where a report's path is found nowhere in it, that path as the report spells it)
to what all reports together know of the file. `reports` says what each was, for the record, with what was noticed;
`unread` are the reports that could not be read, which the caller turns into an error or a finding by `file.literal`.
Recognition is by content; `file.reader` forces one of FORMATS.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.concerns.coverage.facts import FileCoverage, ReportRead
    from repo_vitals.sources.report_files import ReportFile

FORMATS = ("clover", "cobertura", "coverage-py", "go", "istanbul", "istanbul-summary", "jacoco", "lcov", "llvm-cov")


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """How paths in reports become paths of the tree, from its root on and with forward slashes.

    `tree` are the tree's files as `git ls-files` names them; empty where there is no checkout. `checkout` is where it
    lies on this machine, `rules` are what the user says: each prefix becomes the other one. `go_modules` maps a module
    to its folder ("" at the root), as `go_module(path, text)` reads it from each go.mod.
    """

    tree: frozenset[str] = frozenset()
    checkout: str = ""
    rules: tuple[tuple[str, str], ...] = ()
    go_modules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A report that could not be read, and why, in words that follow its name."""

    file: ReportFile
    why: str


def read_all(
    files: Sequence[ReportFile], *, mapping: Mapping,
) -> tuple[dict[str, FileCoverage], list[ReportRead], list[Unread]]:
    """What all the reports say, by path. Never raises for what is in a report."""
    raise NotImplementedError
