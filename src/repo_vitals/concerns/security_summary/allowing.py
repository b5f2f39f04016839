"""Which entries are accepted: by the allowlist, or by what the tools themselves were told to overlook. Pure."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals.concerns.security_summary.facts import ToolIgnore
from repo_vitals.concerns.security_summary.identity import id_key, name_in, version_in
from repo_vitals.concerns.security_summary.tool_ignores import EVERY, covers
from repo_vitals.config.globs import matches
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import CodeFinding, Report
    from repo_vitals.concerns.security_summary.merge import Entry
    from repo_vitals.config.allowlist import Allowed, Allowlist

ALLOWLIST = "allowlist"
State = Literal["used", "unused", "expired", "fixed"]


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """Why an entry does not count against the limits."""

    by: str                             # "allowlist", or the tool or file that overlooks it
    reason: str                         # empty: none was given
    owner: str | None = None
    expires: datetime | None = None
    until_fixed: bool = False


@dataclass
class Uses:
    """What became of each table of the allowlist."""

    hits: dict[int, int] = field(default_factory=dict)              # by number: how much it allows
    fixed: dict[int, tuple[str, ...]] = field(default_factory=dict)     # by number: versions that end it

    def state(self, one: Allowed, now: datetime) -> State:
        """What is to be said of a table."""
        if one.expired(now):
            return "expired"
        if one.number in self.fixed:
            return "fixed"
        return "used" if self.hits.get(one.number) else "unused"

    def hit(self, one: Allowed) -> Waiver:
        """Note that a table applies."""
        self.hits[one.number] = self.hits.get(one.number, 0) + 1
        return Waiver(by=ALLOWLIST, reason=one.reason, owner=one.owner, expires=one.expires,
                      until_fixed=one.until_fixed)


def is_package(one: Allowed, ecosystem: str, name: str, version: str | None) -> bool:
    """Whether a table is about a package, whose name is as `identity.name_in` writes it."""
    return ((one.package is None or name_in(ecosystem, one.package) == name)
            and (one.version is None or version_in(ecosystem, one.version) == version))


def waivers(
    entries: Iterable[Entry], allowlist: Allowlist, ignores: Sequence[ToolIgnore], *, now: datetime, uses: Uses,
) -> dict[Entry, Waiver]:
    """The entries that are allowed, each with the first reason that holds; the allowlist goes before the tools."""
    tables: dict[str, list[Allowed]] = {}
    for table in allowlist:
        if table.concern == "vulnerability" and not table.expired(now):
            tables.setdefault(id_key(table.what), []).append(table)
    by_id: dict[str, list[ToolIgnore]] = {}
    for ignore in ignores:
        if ignore.until is None or now < ignore.until:
            by_id.setdefault(id_key(ignore.id), []).append(ignore)
    found: dict[Entry, Waiver] = {}
    for entry in entries:
        for one in _about(entry, tables):
            if one.until_fixed and entry.fixed:
                uses.fixed.setdefault(one.number, entry.fixed)
                continue
            waiver = uses.hit(one)
            found.setdefault(entry, waiver)
        if entry not in found and (waiver_of_tool := _by_tool(entry, by_id)) is not None:
            found[entry] = waiver_of_tool
    return found


def _about(entry: Entry, tables: Mapping[str, Sequence[Allowed]]) -> list[Allowed]:
    """The tables about an entry, in their order: by any of its ids, or by its kind where it has none (`yanked`)."""
    found = [one for key in _keys(entry, tables) for one in tables[key]
             if is_package(one, entry.ecosystem, entry.key[1], entry.version)]
    return sorted(found, key=lambda one: one.number)


def _keys(entry: Entry, known: Collection[str]) -> list[str]:
    """What an entry goes by, as far as something is said of it."""
    if not known:
        return []
    return sorted(key for key in {*entry.id_keys, id_key(entry.label)} if key in known)


def _by_tool(entry: Entry, ignores: Mapping[str, Sequence[ToolIgnore]]) -> Waiver | None:
    for one in entry.advisories:
        if one.ignored is not None:
            return Waiver(by=one.source, reason=one.ignored)
    keys = [*_keys(entry, ignores), EVERY]
    found = [ignore for key in keys for ignore in ignores.get(key, ()) if covers(ignore, entry)]
    return None if not found else Waiver(by=found[0].where, reason=found[0].reason, expires=found[0].until)


def code_waivers(
    code: Iterable[CodeFinding], allowlist: Allowlist, *, now: datetime, uses: Uses,
) -> list[Waiver | None]:
    """For each of the code's findings why it is allowed; None: it is not. A tool's own suppression goes last."""
    relevant = [one for one in allowlist if one.concern == "code" and not one.expired(now)]
    found: list[Waiver | None] = []
    for finding in code:
        waiver: Waiver | None = None
        for one in relevant:
            if one.what.lower() != finding.rule.lower() or not _is_at(one.path, finding.file):
                continue
            waiver = waiver or uses.hit(one)
        if waiver is None and finding.suppressed is not None:
            waiver = Waiver(by=finding.source, reason=finding.suppressed)
        found.append(waiver)
    return found


def _is_at(pattern: str | None, file: str | None) -> bool:
    """Whether a file is the one of a path, or is meant by it as a pattern; both are seen from the top."""
    if pattern is None or file is None:
        return pattern is None
    names_some = any(part not in ("", ".") for part in pattern.split("/"))
    return file == pattern or (names_some and matches(file, [f"/{pattern}"]))


def ignores_of(reports: Iterable[Report]) -> list[ToolIgnore]:
    """What the reports themselves say that their tools were told to overlook."""
    return [ToolIgnore(id=identifier, where=report.format) for report in reports for identifier in report.ignored_ids]
