"""Facts from reports, the checkout and the history. The one stage that asks the world; GitHub is not asked."""
from __future__ import annotations

import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.coverage import ledger
from repo_vitals.concerns.coverage.diffs import NotADiff, added_lines
from repo_vitals.concerns.coverage.facts import Earlier, Facts, Unusable
from repo_vitals.concerns.coverage.memory import Memory
from repo_vitals.concerns.coverage.reading import FORMATS, Mapping, go_module, read_all
from repo_vitals.concerns.coverage.stale import aged, beyond
from repo_vitals.concerns.coverage.totals import totals
from repo_vitals.config import globs
from repo_vitals.errors import CouldNotMeasure, InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.bases import DEEPER, NoBase, base_of, is_of, why_not_kept
from repo_vitals.sources.checkout import Checkout, NoCheckout
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.report_files import select
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.coverage.facts import Added, FileCoverage, ReportRead
    from repo_vitals.concerns.coverage.totals import Totals
    from repo_vitals.config.declare import FilePatterns, Surroundings
    from repo_vitals.sources.bases import Base
    from repo_vitals.sources.history import History
    from repo_vitals.sources.workflow_event import WorkflowEvent

MOST_ANCESTORS = 500        # first parents that are looked up in the history
_MOST_MODULES = 200
_LARGEST_MODULE = 1_000_000     # bytes of a go.mod


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be read, as the inputs say it."""

    reports: FilePatterns
    exclude: tuple[str, ...] = ()
    path_map: tuple[tuple[str, str], ...] = ()
    base: str | None = None
    largest: int = 1_000_000_000


def collect(request: Request, surroundings: Surroundings, history: History, *, repository: str, now: datetime) -> Facts:
    """The facts about the checkout in the working folder.

    Raises InputError for a report that was named and can't be read, and for a base that is none.
    """
    if not request.reports.patterns:
        raise InputError("reports: none given; name the coverage files, such as coverage.xml or **/lcov.info")
    selected = select(request.reports.patterns, folder=request.reports.folder, confined=request.reports.confined,
                      named_by="reports", formats=FORMATS, largest=request.largest)
    event = read_event(surroundings.environ)
    checkout, why = _checkout(surroundings)
    mapping = _mapping(checkout, surroundings, request)
    coverage, reports, unread = read_all(selected.files, mapping=mapping)
    for one in unread:
        if one.file.literal:
            raise InputError(f'reports: "{one.file.shown}" {one.why}')
    files = {path: file for path, file in coverage.items() if not globs.matches(file.named or path, request.exclude)}
    found = _Read(files=files, totals=totals(files.values()), reports=aged(reports, selected.files, checkout),
                  beyond=beyond(files, mapping.tree, checkout), named=frozenset(coverage),
                  outside=tuple(sorted(files.keys() - mapping.tree)) if mapping.tree else (),
                  unusable=tuple(Unusable(shown=one.file.shown, why=one.why) for one in unread),
                  unmatched=selected.unmatched)
    return _compared(found, request, event, checkout, why, history, repository=repository, now=now)


@dataclass(frozen=True, kw_only=True)
class _Read:
    """What the reports gave."""

    files: dict[str, FileCoverage]
    totals: Totals
    reports: list[ReportRead]
    named: frozenset[str]                   # files, the excluded ones too
    outside: tuple[str, ...]
    beyond: tuple[str, ...]
    unusable: tuple[Unusable, ...]
    unmatched: tuple[str, ...]


def _compared(found: _Read, request: Request, event: WorkflowEvent, checkout: Checkout | None, why: str,
              history: History, *, repository: str, now: datetime) -> Facts:
    memory = Memory(history, repository)
    scope = ledger.scope_of(sorted(set(request.reports.patterns)), request.exclude, request.path_map)
    base, no_base = _base(checkout, why, event, request.base)
    added, no_added = _added(checkout, base, no_base)
    if added is not None and found.files and len(found.outside) == len(found.files):
        # A change would seem to add nothing coverable, and pass.
        added, no_added = None, "no file that the reports name is in the checkout (`path-map` says which is which)"
    unnamed = () if added is None else tuple(sorted(
        path for path in added.files.keys() - found.named if not globs.matches(path, request.exclude)))
    alike = _alike(unnamed, found.outside)
    if alike is not None:
        added, no_added = None, (f"{quotable(alike[0], limit=120)} may be {quotable(alike[1], limit=120)}, to which "
                                 "the change adds lines (`path-map` says which is which)")
    earlier, no_earlier = _earlier(checkout, base, no_base, memory, scope) if history.keeps else (None, "")
    not_kept = _not_kept(found, event, checkout, repository)
    if checkout is not None and not not_kept:
        memory.keep(ledger.Entry(commit=checkout.head, at=now, lines=found.totals.lines, scope=scope,
                                 branches=found.totals.branches, functions=found.totals.functions))
    notes = list(memory.notes)
    if history.keeps and not_kept:
        notes.append(f"the history is compared with and gets nothing: {not_kept}")
    pull = event.pull_request
    return Facts(
        repository=repository, files=found.files, totals=found.totals, excluded=len(found.named) - len(found.files),
        outside=found.outside, beyond=found.beyond, reports=tuple(found.reports), unusable=found.unusable,
        unmatched=found.unmatched,
        head_sha=None if checkout is None else checkout.head, base=base, no_base=no_base, added=added,
        no_added=no_added, unnamed=_of_kinds(unnamed, found.named), earlier=earlier, no_earlier=no_earlier,
        is_out_of_reach=base is not None and earlier is None and not memory.is_empty,
        pull_request=pull, is_of_pull=checkout is None or pull is None or is_of(checkout, pull), is_kept=not not_kept,
        notes=tuple(notes))


def _of_kinds(paths: tuple[str, ...], named: frozenset[str]) -> tuple[str, ...]:
    """Those that end as files do that reports name."""
    kinds = {posixpath.splitext(path)[1] for path in named} - {""}
    return tuple(path for path in paths if posixpath.splitext(path)[1] in kinds)


def _alike(unnamed: tuple[str, ...], outside: tuple[str, ...]) -> tuple[str, str] | None:
    """A file that reports name and the checkout lacks, and a changed one that no report names, of one name."""
    # Those that are kept apart stand behind their report's name.
    names = {path.rpartition(": ")[2].replace("\\", "/").rpartition("/")[2]: path for path in reversed(outside)}
    return next(((names[name], path) for path in unnamed if (name := path.rpartition("/")[2]) in names), None)


def _not_kept(found: _Read, event: WorkflowEvent, checkout: Checkout | None, repository: str) -> str:
    """Why the history does not get the figures, a part of them neither; empty where it does."""
    why = why_not_kept(checkout, event, repository)
    if why:
        return why
    if found.unusable or found.unmatched:
        return "a report is missing"
    return "" if found.totals.lines.valid else "the reports name no line that could be covered"


def _checkout(surroundings: Surroundings) -> tuple[Checkout | None, str]:
    try:
        return Checkout(Path(surroundings.folder), surroundings.environ), ""
    except NoCheckout as error:
        return None, str(error)


def _mapping(checkout: Checkout | None, surroundings: Surroundings, request: Request) -> Mapping:
    if checkout is None:
        return Mapping(checkout=str(Path(surroundings.folder).resolve()), rules=request.path_map)
    try:
        tree = checkout.files(checkout.head)
    except NoCheckout:
        tree = ()
    return Mapping(tree=frozenset(tree), checkout=str(checkout.root), rules=request.path_map,
                   go_modules=_go_modules(checkout, tree))


def _go_modules(checkout: Checkout, tree: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Every module of Go with its folder."""
    found = []
    for path in [path for path in tree if path.rpartition("/")[2] == "go.mod"][:_MOST_MODULES]:
        text = checkout.text(checkout.head, path, largest=_LARGEST_MODULE)
        module = None if text is None else go_module(path, text)
        found += [] if module is None else [module]
    return tuple(found)


def _base(checkout: Checkout | None, why: str, event: WorkflowEvent, given: str | None) -> tuple[Base | None, str]:
    if checkout is None:
        return None, why
    try:
        return base_of(checkout, event, given), ""
    except (NoBase, NoCheckout) as error:
        return None, str(error)


def _added(checkout: Checkout | None, base: Base | None, no_base: str) -> tuple[Added | None, str]:
    if checkout is None or base is None:
        return None, no_base
    try:
        if not checkout.has(base.commit):
            return None, f"the checkout lacks the base's commit {base.commit[:12]} ({DEEPER})"
        with checkout.diff(base.commit, checkout.head) as diff:
            return added_lines(diff), ""
    except GitFailed as failure:
        return None, (f"git could not compare the commits ({failure.shown}); a checkout with `filter` or "
                      "`sparse-checkout` may lack files of theirs")
    except (NotADiff, NoCheckout, CouldNotMeasure) as error:
        return None, str(error)


def _earlier(checkout: Checkout | None, base: Base | None, no_base: str, memory: Memory, scope: str,
             ) -> tuple[Earlier | None, str]:
    """The base, or the nearest of its first parents that the history knows."""
    if checkout is None or base is None:
        return None, no_base
    commits = checkout.first_parents(base.commit, most=MOST_ANCESTORS) or [base.commit]
    for distance, commit in enumerate(commits):
        # Never the measured commit itself: a second run would pass whatever the first one said.
        entry = None if commit == checkout.head else memory.of(commit, scope=scope)
        if entry is not None:
            return Earlier(commit=commit, distance=distance, at=entry.at, lines=entry.lines), ""
    if checkout.is_shallow:
        return None, f"the history knows none of the {len(commits)} commits that the shallow checkout has ({DEEPER})"
    return None, (f"the history knows neither the base {base.commit[:12]} nor one of the first parents before it, with "
                  "the same `reports`, `exclude` and `path-map`")
