"""Who contributed: commits gathered by person. Pure."""
from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.stats.turns import bare

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repo_vitals.concerns.community_metrics.facts import Commit

_NOREPLY = re.compile(r"(?:\d+\+)?([a-z0-9_-]+(?:\[bot\])?)@users\.noreply\.[a-z0-9.-]+", re.IGNORECASE)
_MAILMAP_LINE = re.compile(r"\s*([^<#]*?)\s*<([^>]*)>(?:\s*([^<]*?)\s*<([^>]*)>)?\s*(?:#.*)?")


class Mailmap:
    """Names and addresses that belong to one person, as gitmailmap(5) writes them down."""

    def __init__(self, text: str) -> None:
        # (name or None for any, address) as committed -> the proper address, lower case
        self._proper: dict[tuple[str | None, str], str] = {}
        self._names: dict[tuple[str | None, str], str] = {}
        for line in text.splitlines():
            if line.lstrip().startswith("#"):
                continue
            match = _MAILMAP_LINE.fullmatch(line)
            if match is None:
                continue
            proper_name, proper, committed_name, committed = match.groups()
            key = (committed_name.lower() if committed_name else None, (committed or proper).lower())
            if committed is not None:   # `Proper Name <address>` only sets the name
                self._proper[key] = proper.lower()
            if proper_name:
                self._names[key] = proper_name

    def entries(self) -> Iterable[tuple[tuple[str | None, str], tuple[str | None, str | None]]]:
        """(name or None, address) as committed, with the proper name and address; None where the map gives none."""
        for key in {**self._proper, **self._names}:
            yield key, (self._names.get(key), self._proper.get(key))

    def proper_email(self, name: str, email: str) -> str:
        """The address that this name and address stand for; the address itself where the map is silent."""
        address = email.lower()
        return self._proper.get((name.lower(), address)) or self._proper.get((None, address)) or address

    def proper_name(self, name: str, email: str) -> str:
        """The name that this name and address stand for; the name itself where the map is silent."""
        address = email.lower()
        return self._names.get((name.lower(), address)) or self._names.get((None, address)) or name

    def aliases(self, proper: str) -> frozenset[str]:
        """Every other address that stands for this one."""
        return frozenset(committed for (_, committed), mapped in self._proper.items() if mapped == proper != committed)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One contributor of a span of time."""

    identity: str               # "login:ann", "email:ann@example.org", or "name:ann" without an address
    commits: int
    user_ids: frozenset[str]    # GraphQL ids of linked accounts
    emails: frozenset[str]      # addresses of hers that GitHub has not linked to an account
    login: str | None = None    # of the identity, as GitHub spells it
    name: str = ""              # of the newest commit, as .mailmap corrects it


def noreply_login(email: str) -> str | None:
    """The login in GitHub's no-reply address, or None."""
    match = _NOREPLY.fullmatch(email)
    return match[1] if match else None


def people(
    commits: Iterable[Commit], mailmap: Mailmap, ignored: frozenset[str], *, known: Iterable[Commit],
) -> tuple[Person, ...]:
    """The people behind some commits, bots left out, most commits first.

    Commits belong together when their authors' proper addresses agree or lead to one login, directly or through others.
    A login comes from GitHub's link of any of the `known` commits with that address, or from a no-reply address.
    """
    commits = tuple(commits)
    identities = _Identities()
    logins: dict[str, str] = {}     # lower case -> as written, preferably by GitHub
    for commit in (*known, *commits):
        proper = mailmap.proper_email(commit.name, commit.email)
        login = commit.login or noreply_login(commit.email) or noreply_login(proper)
        if login is not None:
            if commit.login is not None or login.lower() not in logins:
                logins[login.lower()] = login
            identities.join(_trace(commit, proper), f"login:{login.lower()}")
    bots = {identities.of(f"login:{login}") for login in logins if login.endswith("[bot]") or bare(login) in ignored}
    counts: Counter[str] = Counter()
    emails: dict[str, set[str]] = {}
    users: dict[str, set[str]] = {}
    newest: dict[str, Commit] = {}
    for commit in commits:
        proper = mailmap.proper_email(commit.name, commit.email)
        identity = identities.of(_trace(commit, proper))
        if identity in bots or commit.name.lower().endswith("[bot]"):
            continue
        counts[identity] += 1
        if identity not in newest or commit.at > newest[identity].at:
            newest[identity] = commit
        unlinked = emails.setdefault(identity, set())
        unlinked |= mailmap.aliases(proper)
        if proper != commit.email.lower():
            unlinked.add(proper)
        if commit.user_id is not None:
            users.setdefault(identity, set()).add(commit.user_id)
        elif proper.strip():
            unlinked.add(commit.email.lower())
    return tuple(
        Person(identity=identity, commits=number, emails=frozenset(emails[identity]),
               user_ids=frozenset(users.get(identity, ())), login=logins.get(identity.removeprefix("login:")),
               name=mailmap.proper_name(newest[identity].name, newest[identity].email))
        for identity, number in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    )


def _trace(commit: Commit, proper: str) -> str:
    """What a commit says of its author. Git takes commits without an address; those must not make one person of all."""
    if proper.strip():
        return f"email:{proper}"
    return f"name:{commit.name.lower()}" if commit.login is None else f"login:{commit.login.lower()}"


class _Identities:
    """Addresses and logins that belong together, as a union of sets; a set is called by its first login, if any."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        """Both are one person's."""
        name, below = sorted((self.of(one), self.of(other)), key=_by_name)
        if name != below:
            self._above[below] = name

    def of(self, trace: str) -> str:
        """The name of the set that an address or a login is in."""
        while (above := self._above.get(trace)) is not None:
            trace = above
        return trace


def _by_name(trace: str) -> tuple[bool, str]:
    return not trace.startswith("login:"), trace


def absence_factor(persons: Iterable[Person]) -> int | None:
    """The smallest number of people who made at least half of the contributions; None without any.

    CHAOSS, "Contributor Absence Factor".
    """
    counts = sorted((person.commits for person in persons), reverse=True)
    total, reached = sum(counts), 0
    for number, commits in enumerate(counts, start=1):
        reached += commits
        if 2 * reached >= total:
            return number
    return None


def split_new(persons: Iterable[Person], seen_before: frozenset[str]) -> Mapping[str, int]:
    """How many contributed for the first time in the repository's life, and how many had before."""
    counted = Counter("returning" if person.identity in seen_before else "new" for person in persons)
    return {"new": counted["new"], "returning": counted["returning"]}
