"""The newest commits of single files, asked of GitHub: for whoever has no history of their own."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.clock import parse_instant
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.batches import in_batches
from repo_vitals.sources.git_log import LoggedCommit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.sources.github_connection import GitHub

NEWEST = 5              # commits of each file that are asked for
_AT_ONCE = 50           # files in a query


def newest_commits(github: GitHub, repository: str, commit: str, paths: Sequence[str]) -> dict[str, list[LoggedCommit]]:
    """Up to `NEWEST` commits behind `commit` that touched each file, the newest first; none of a commit GitHub lacks.

    They have no parents here. Moves are changes to GitHub, behind which it does not look.
    Raises what the client raises, and CouldNotMeasure for an answer that lacks what was asked for.
    """
    owner, _, name = repository.partition("/")
    found: dict[str, list[LoggedCommit]] = {}

    def ask(batch: Sequence[str], may_shrink: bool) -> None:  # noqa: FBT001 - as in_batches calls it
        names = [f"p{place}" for place in range(len(batch))]
        selections = " ".join(f"{one}: history(first: {NEWEST}, path: ${one}) "
                              "{ nodes { oid committedDate author { name email } } }" for one in names)
        variables = ", ".join(f"${one}: String!" for one in names)
        answer = github.graphql.run(
            f"query NewestCommits($owner: String!, $name: String!, $oid: GitObjectID!, {variables}) {{ "
            "rateLimit { cost limit remaining resetAt } repository(owner: $owner, name: $name) { "
            f"object(oid: $oid) {{ ... on Commit {{ {selections} }} }} }} }}",
            {"owner": owner, "name": name, "oid": commit, **dict(zip(names, batch, strict=True))},
            may_shrink=may_shrink)
        try:
            there = answer["repository"]["object"]
            for one, path in zip(names, batch, strict=True):
                found[path] = [] if there is None else [_commit(node) for node in there[one]["nodes"]]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise CouldNotMeasure("GitHub's history of files lacks what it should hold; try again later") from None

    in_batches(paths, _AT_ONCE, ask)
    return found


def _commit(node: dict[str, object]) -> LoggedCommit:
    author = node["author"] or {}
    if not isinstance(author, dict):
        raise TypeError
    return LoggedCommit(str(node["oid"]).encode(), (), int(parse_instant(str(node["committedDate"])).timestamp()),
                        str(author.get("name") or "").encode("utf-8", "replace"),
                        str(author.get("email") or "").encode("utf-8", "replace"))
