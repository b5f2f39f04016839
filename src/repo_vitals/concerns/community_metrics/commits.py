"""The default branch's commits of two windows, and who of their authors had committed before."""
from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics import parse
from repo_vitals.concerns.community_metrics.contributors import Mailmap, people
from repo_vitals.concerns.community_metrics.facts import Commit
from repo_vitals.concerns.community_metrics.ledger import moment, seconds
from repo_vitals.sources.batches import in_batches
from repo_vitals.sources.ledger_lines import read_lines, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from repo_vitals.concerns.community_metrics.ledger import Head
    from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
    from repo_vitals.concerns.community_metrics.responses import Policy
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_graphql import GraphQL

Node = dict[str, Any]

_ALIASES = 60               # authors asked about in one request
_KEPT = timedelta(days=400)     # commits before the mark that stay remembered, for runs with a longer window


class Commits:
    """Reads commits as far as the ledger does not have them; those of the ledger bear hashes for names and addresses.

    `rows` are (object id, commit), newest first, as the ledger keeps them.
    """

    def __init__(self, graphql: GraphQL, *, head: Head, rows: Sequence[tuple[str, Commit]], names: Pseudonyms | None,
                 mark: datetime, window: Window, policy: Policy) -> None:
        self._graphql = graphql
        self._head = head
        self._names = names                     # None: nothing is remembered, so nothing needs hiding
        self._mark = mark
        self._window = window
        self._policy = policy
        self._plain: dict[str, str] = {}        # hash to the address or account that it stands for
        self.rows: list[tuple[str, Commit]] = list(rows)

    def read(self, branch: Node, mailmap: str) -> tuple[tuple[Commit, ...], frozenset[str], str]:
        """Commits since the mark, identities seen before the window, and the mailmap as it fits the commits.

        `branch` is the default branch's ref with its target, of which all is asked, so that pages agree.
        """
        target = branch["target"]
        tip, total, head = target["id"], target["history"]["totalCount"], self._head
        mapped = self._hidden_mailmap(mailmap)
        # Another .mailmap changes nothing of that: it is applied to what is remembered, and addresses that it joins and
        # nobody asked about together are seen to below.
        goes_on = head.tip is not None and head.commits_since is not None and head.commits_since <= seconds(self._mark)
        if not goes_on:
            self._read_all(tip)
        elif (head.tip, head.commits_total) != (target["oid"], total):
            self._go_on(tip, target["history"]["nodes"], total)
        head.tip, head.commits_total = target["oid"], total
        seen = self._seen_before(tip, mapped)
        if seen is None:        # what is remembered can't be asked about any more
            self._read_all(tip)
            seen = self._seen_before(tip, mapped)
        self._prune()
        return self._commits(), seen or frozenset(), mapped

    def _commits(self) -> tuple[Commit, ...]:
        return tuple(commit for _, commit in self.rows if self._mark <= commit.at <= self._window.end)

    def _read_all(self, tip: str) -> None:
        # A run that ends before all is read leaves nothing that the next one could take for all.
        self._head.tip = None
        self.rows = [(node["oid"], self._commit(node)) for nodes in self._pages(tip, self._mark) for node in nodes]
        self._head.seen, self._head.commits_since = {}, seconds(self._mark)

    def _pages(self, tip: str, since: datetime) -> Iterator[list[Node]]:
        yield from self._graphql.pages("commits", {"id": tip, "since": format_instant(since)},
                                       connection=("node", "history"))

    def _go_on(self, tip: str, newest: Sequence[Node], total: int) -> None:
        """Take in what came since the last run, down to the tip that it saw; the `newest` few are here already.

        Where the old tip is not met the branch was rewritten; where the count of all commits does not add up, commits
        were merged that are older than everything remembered. Either shows only at the end of the listing, which has
        brought every commit by then; only who had committed before must be asked anew.
        """
        head, known = self._head, dict(self.rows)
        read: dict[str, Commit] = {}
        met = False
        since = moment(head.commits_since or 0)
        first = [node for node in newest if parse.commit(node).at >= since]
        for page in chain([first], self._pages(tip, since)):
            read |= {node["oid"]: self._commit(node) for node in page}
            met = met or head.tip in read
            if met and head.commits_total + len(read.keys() - known.keys()) == total:
                rows = {**known, **read}
                break
        else:
            rows, head.seen = read, {}
        self.rows = sorted(rows.items(), key=lambda row: row[1].at, reverse=True)

    def _commit(self, node: Node) -> Commit:
        commit = parse.commit(node)
        if self._names is None:
            return commit
        login = None if commit.login is None else self._names.login(commit.login)
        user = None if commit.user_id is None else self._names.account(commit.user_id)
        if user is not None and commit.user_id is not None:
            self._plain[user] = commit.user_id
        return Commit(at=commit.at, name=self._names.name(commit.name), email=self._hide(commit.email), login=login,
                      user_id=user)

    def _hide(self, address: str) -> str:
        hidden = address if self._names is None else self._names.email(address)
        self._plain[hidden] = address
        return hidden

    def _unhidden(self, word: str) -> str | None:
        return word if self._names is None else self._plain.get(word)

    def _hidden_mailmap(self, text: str) -> str:
        if self._names is None:
            return text
        lines = []
        for (name, committed), (proper_name, proper) in Mailmap(text).entries():
            shown = "" if proper_name is None else self._names.name(proper_name)
            lines.append(f"{shown} <{self._hide(committed)}>" if proper is None else
                         f"{shown} <{self._hide(proper)}> {'' if name is None else self._names.name(name)} "
                         f"<{self._hide(committed)}>")
        return "".join(f"{line}\n" for line in lines)

    def _seen_before(self, tip: str, mailmap: str) -> frozenset[str] | None:
        """Who of the window's contributors had a commit before it, asked of the whole history, many in a request.

        What was answered once is not asked again. None where an answer is missing and only hashes are left to ask by.
        """
        commits, mapped, ignored = self._commits(), Mailmap(mailmap), self._policy.ignored
        persons = people((commit for commit in commits if commit.at in self._window), mapped, ignored, known=commits)
        earlier = (commit for commit in commits if commit.at < self._window.start)
        seen = {person.identity for person in people(earlier, mapped, ignored, known=commits)}
        asked: list[tuple[str, str, dict[str, Any]]] = []
        for person in persons:
            keys = [frozenset({user}) for user in sorted(person.user_ids)]
            # GitHub gives an account precedence over addresses, so that each is asked for apart.
            keys += [person.emails] if person.emails else []
            if person.identity in seen or any(self._is_known_before(key) for key in keys):
                seen.add(person.identity)
                continue
            for key in keys:
                if " ".join(sorted(key)) not in self._head.seen:
                    plain = [self._unhidden(word) for word in sorted(key)]
                    if None in plain:
                        return None
                    author = {"emails": plain} if key == person.emails else {"id": plain[0]}
                    asked.append((person.identity, " ".join(sorted(key)), author))
        self._ask(tip, asked)
        return frozenset(seen | {identity for identity, key, _ in asked if self._head.seen[key]})

    def _is_known_before(self, key: frozenset[str]) -> bool:
        if self._head.seen.get(" ".join(sorted(key))) or any(self._head.seen.get(word) for word in key):
            return True
        return any(commit.at < self._mark and (commit.email.lower() in key or commit.user_id in key)
                   for _, commit in self.rows)

    def _ask(self, tip: str, asked: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        until = format_instant(moment(self._head.commits_since or 0) - timedelta(seconds=1))

        def ask(batch: Sequence[tuple[str, str, dict[str, Any]]], may_shrink: bool) -> None:  # noqa: FBT001
            parameters = " ".join(f"$a{index}: CommitAuthor" for index in range(len(batch)))
            selections = " ".join(f"a{index}: history(first: 1, until: $until, author: $a{index}) {{ totalCount }}"
                                  for index in range(len(batch)))
            answer = self._graphql.run(
                f"query Authors($id: ID!, $until: GitTimestamp!, {parameters}) {{ "
                "rateLimit { cost limit remaining resetAt } "
                f"node(id: $id) {{ ... on Commit {{ {selections} }} }} }}",
                {"id": tip, "until": until, **{f"a{index}": author for index, (_, _, author) in enumerate(batch)}},
                may_shrink=may_shrink)
            for index, (_, key, _) in enumerate(batch):
                self._head.seen[key] = answer["node"][f"a{index}"]["totalCount"] > 0

        in_batches(asked, _ALIASES, ask)

    def _prune(self) -> None:
        """Forget commits that no window will reach back to; that their authors had committed stays known."""
        if self._names is None:
            return
        oldest = self._mark - _KEPT
        for _, commit in self.rows:
            if commit.at < oldest:
                self._head.seen |= {word: True for word in (commit.user_id, commit.email.lower()) if word}
        self.rows = [row for row in self.rows if row[1].at >= oldest]
        self._head.commits_since = max(self._head.commits_since or 0, seconds(oldest))


def write_rows(rows: Iterable[tuple[str, Commit]]) -> str:
    """A line for each commit."""
    return write_lines([oid, seconds(commit.at), commit.name, commit.email, commit.login, commit.user_id]
                       for oid, commit in rows)


def read_rows(text: str) -> list[tuple[str, Commit]]:
    """The commits of a file. Raises Unusable."""
    def row(values: list[Any]) -> tuple[str, Commit]:
        oid, at, name, email, login, user = values
        return oid, Commit(at=moment(at), name=name, email=email, login=login, user_id=user)
    return read_lines(text, row)
