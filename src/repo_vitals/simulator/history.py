"""The default branch as GraphQL reads it: its tip, what is in its tree, and the history of a commit."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.frozen import dataclass
from repo_vitals.simulator.files import Tree, find_path
from repo_vitals.simulator.lookups import need
from repo_vitals.simulator.paging import Ordered, Page, page, reads_entries
from repo_vitals.simulator.selections import read_instant

if TYPE_CHECKING:
    from repo_vitals.simulator.lookups import Info
    from repo_vitals.simulator.model import Blob, Commit, Repository
    from repo_vitals.simulator.state import State


@dataclass(frozen=True)
class Branch:
    """The default branch as a ref."""

    repository: Repository

    name = "main"
    prefix = "refs/heads/"

    @property
    def node_id(self) -> str:
        """The ref's global id."""
        return self.repository.node_id.replace("R_", "REF_", 1)


def find_branch(repository: Repository, info: Info) -> Branch | None:
    """The default branch; None in an empty repository."""
    need(info, repository, "contents")
    return Branch(repository) if repository.commits else None


def find_object(repository: Repository, info: Info, *, expression: str | None = None,
                oid: str | None = None) -> Commit | Blob | Tree | None:
    """The tip, a file or folder of its tree, or any commit by its hash, also one that was pushed away."""
    need(info, repository, "contents")
    tip = repository.commits[0] if repository.commits else None
    if expression is not None and tip is not None:
        reference, colon, path = expression.partition(":")
        if reference in ("HEAD", "main", "refs/heads/main", tip.oid):
            return find_path(repository, path) if colon else tip
    held = (commit for commits in (repository.commits, *repository.abandoned) for commit in commits)
    return None if oid is None else next((commit for commit in held if commit.oid == oid), None)


def read_history(commit: Commit, info: Info, **arguments: Any) -> Page[Commit]:
    """A page of what can be reached from a commit."""
    return page("history", select_commits(info.context.state, commit, arguments), arguments,
                needs_bounds=reads_entries(info))


def reachable(tip: Commit) -> list[Commit]:
    """A commit and those before it, newest first: what later merges brought is not among them, however old it is."""
    repository = tip.repository
    branch = next(commits for commits in (repository.commits, *repository.abandoned) if tip in commits)
    below = branch[branch.index(tip):]
    merges = {number for commit in below for number in commit.lineage}
    return [commit for commit in below if commit.merged_by is None or commit is tip or commit.merged_by.id in merges]


def select_commits(state: State, tip: Commit, arguments: dict[str, Any]) -> Ordered[Commit]:
    """What can be reached from a commit, newest first, of a path and between `since` and `until`.

    An author's id outranks e-mails. The position is the key: a history seen from one commit never changes.
    """
    since, until = read_instant(arguments.get("since")), read_instant(arguments.get("until"))
    author = arguments.get("author") or {}
    author_id, emails, path = author.get("id"), author.get("emails"), arguments.get("path")
    key = (tip.id, "history", since, until, author_id, tuple(emails or ()), path)

    def select() -> list[Commit]:
        found = reachable(tip)
        if since is not None:
            found = [commit for commit in found if commit.committed_at >= since]
        if until is not None:
            found = [commit for commit in found if commit.committed_at <= until]
        if path is not None:
            found = [commit for commit in found
                     if any(one == path or one.startswith(f"{path}/") for one in commit.paths)]
        if author_id is not None:
            found = [c for c in found if c.user is not None and not c.user.deleted and c.user.node_id == author_id]
        elif emails is not None:
            wanted = {email.lower() for email in emails}
            found = [commit for commit in found if commit.email.lower() in wanted]
        return found
    entries = state.cached(key, select)
    places = state.cached((*key, "places"), lambda: {commit.id: place for place, commit in enumerate(entries)})
    return Ordered(entries, lambda commit: (places[commit.id], commit.id))
