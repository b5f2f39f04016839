"""Who committed what, for the simulator's truth: e-mails and logins that belong together are one person."""
from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from repo_vitals.simulator.model import Commit, Repository

NAMES = ("commits", "contributors_active", "contributors_new", "contributors_returning", "contributor_absence_factor")


def commit_figures(repository: Repository, *, start: datetime, end: datetime,
                   ignore: Collection[str]) -> dict[tuple[str, tuple[tuple[str, str], ...]], float | int | None]:
    """Commits and contributors of [start, end); all None for a repository without any commit."""
    if not repository.commits:
        return {(name, ()): None for name in NAMES}
    aliases, groups = _known(repository, start, end)
    inside = [commit for commit in repository.commits if start <= commit.committed_at < end]
    active: set[str] = set().union(*(_traces(commit, aliases) for commit in inside))
    people = [group for group in groups if group & active and not _is_bot(group, ignore)]
    counts = Counter(place for commit in inside for place, group in enumerate(people)
                     if group & _traces(commit, aliases))
    earlier: set[str] = set().union(*(_traces(commit, aliases) for commit in repository.commits
                                      if commit.committed_at < start))
    new = sum(1 for group in people if not group & earlier)
    total, factor, reached = sum(counts.values()), 0, 0
    for _, count in counts.most_common():
        if 2 * reached >= total:
            break
        factor, reached = factor + 1, reached + count
    values = (total, len(people), new, len(people) - new, factor or None)
    return {(name, ()): value for name, value in zip(NAMES, values, strict=True)}


def retention(repository: Repository, *, start: datetime, end: datetime, ignore: Collection[str]) -> float | None:
    """Of the people of the span before, of the same length, the share that is there in [start, end) again."""
    aliases, groups = _known(repository, start, end)

    def people(first: datetime, last: datetime) -> list[set[str]]:
        traces: set[str] = set().union(*(_traces(commit, aliases) for commit in repository.commits
                                         if first <= commit.committed_at < last))
        return [group for group in groups if group & traces and not _is_bot(group, ignore)]
    before, now = people(start - (end - start), start), people(start, end)
    return sum(1 for group in before if group in now) / len(before) if before else None


def _known(repository: Repository, start: datetime, end: datetime) -> tuple[_Aliases, list[set[str]]]:
    """Who belongs to whom, learned from this span and the one before, at least from the last seven days.

    Whatever shares an e-mail or an account is one person; found by joining groups until nothing moves.
    """
    aliases = _Aliases(repository.mailmap.text if repository.mailmap is not None else "")
    earliest = min(start - (end - start), end - timedelta(days=7))
    groups: list[set[str]] = []
    for commit in repository.commits:
        if earliest <= commit.committed_at < end:
            mine = _traces(commit, aliases)
            for group in [group for group in groups if group & mine]:
                mine |= group
                groups.remove(group)
            groups.append(mine)
    return aliases, groups


def _traces(commit: Commit, aliases: _Aliases) -> set[str]:
    """What tells who it was: `mail …`, `login …`, and `bot` where it was none of us."""
    email = aliases.canonical(commit.email, commit.name)
    found = {f"mail {email}"}
    noreply = re.fullmatch(r"(?:\d+\+)?(.+)@users\.noreply\.github\.com", email)
    if noreply is not None:
        found.add(f"login {noreply[1]}")
    if commit.user is not None and not commit.user.deleted and commit.user.kind != "Bot":
        found.add(f"login {commit.user.login.lower()}")
    if commit.name.lower().endswith("[bot]"):
        found.add("login some[bot]" if noreply is None else f"login {noreply[1]}")
    return found


def _is_bot(traces: set[str], ignore: Collection[str]) -> bool:
    logins = {trace.removeprefix("login ") for trace in traces if trace.startswith("login ")}
    return any(login.endswith("[bot]") or login in ignore for login in logins)


class _Aliases:
    """`.mailmap`: `Name <proper> Name <as committed>`, the names being optional; the last line that fits wins."""

    def __init__(self, text: str) -> None:
        self._lines: list[tuple[str, str, str]] = []        # proper e-mail, e-mail and name as committed ("": any)
        for line in text.splitlines():
            found = re.fullmatch(r"[^<>#]*<([^<>]*)>([^<>]*)<([^<>]*)>\s*(?:#.*)?", line)
            if found is not None:
                self._lines.append((found[1].strip().lower(), found[3].strip().lower(), found[2].strip().lower()))

    def canonical(self, email: str, name: str) -> str:
        """The proper e-mail, in lower case."""
        email, found = email.lower(), email.lower()
        for proper, as_committed, by_name in self._lines:
            if as_committed == email and by_name in ("", name.lower()):
                found = proper
        return found
