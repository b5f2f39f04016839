"""What happens to a repository's default branch: commits, merges of older work, force-pushes, `.mailmap`."""
from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.ground import Ground
from repo_vitals.simulator.model import Blob, Commit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Repository


class Branches(Ground):
    """`Ground` with the history of default branches."""

    def commit(self, repository: Repository, at: datetime, *, email: str, name: str = "Someone",
               user: Account | None = None, message: str = "Change something", paths: tuple[str, ...] = ()) -> Commit:
        """A commit on the default branch, dated `at`, that touches files at `paths`. The newest by date is the tip.

        A history may be told in any order before anyone reads it; later, `merge_branch` brings what is older than the
        tip, so that the histories of former tips stay as they were.
        """
        with self.lock:
            made = self._keep(self._new_commit(repository, at, email=email, name=name, user=user, message=message))
            made.paths = paths
            self._file(repository, made)
            return made

    def merge_branch(self, repository: Repository, at: datetime, commits: Iterable[tuple[datetime, Account]], *,
                     by: Account, message: str = "Merge a branch") -> Commit:
        """A merge commit, with the commits (date and author each) that it brings, however old they are.

        They lie among the others by their dates, and only whoever looks from the merge or later sees them. Raises
        ValueError for a merge that is older than the tip or than what it brings.
        """
        with self.lock:
            brought = list(commits)
            if any(when > at for when in (*(c.committed_at for c in repository.commits[:1]), *(w for w, _ in brought))):
                raise ValueError("a merge can't be older than the tip or than what it brings")
            merge = self._keep(self._new_commit(repository, at, email=_address(by), name=by.name or by.login, user=by,
                                                message=message))
            for when, author in brought:
                self._file(repository, self._keep(self._new_commit(
                    repository, when, email=_address(author), name=author.name or author.login, user=author,
                    message="Work on a branch", merged_by=merge)))
            self._file(repository, merge)
            return merge

    def rewrite(self, repository: Repository, *, drop: Collection[Commit] = (),
                replace_with: Mapping[Commit, Mapping[str, Any]] | None = None) -> list[Commit]:
        """Force-push: `drop` is gone, with what merges among it brought; the fields of others are replaced (`email`,
        `name`, `user`, `committed_at`, `message`); and all that lay on the oldest of these gets new ids.

        The old commits can still be asked for by their ids, with the history that they had. Returns the new commits,
        newest first. Raises ValueError for a commit that is not on the branch.
        """
        with self.lock:
            changes = replace_with or {}
            touched = [place for place, commit in enumerate(repository.commits) if commit in drop or commit in changes]
            if len(touched) != len({*drop, *changes}):
                raise ValueError(f"a commit to rewrite is not on the default branch of {repository.full_name}")
            self._changed()
            before = repository.commits
            above = before[: max(touched, default=-1) + 1]
            repository.abandoned.append(before)
            merges = {number for commit in drop for number in commit.lineage}
            gone = {*drop, *(c for c in before if c.merged_by is not None and c.merged_by.id in merges)}
            repository.commits = [commit for commit in before[len(above):] if commit not in gone]
            made = [self._renewed(old, changes.get(old, {})) for old in reversed(above) if old not in gone]
            for commit in made:
                self._file(repository, commit)
            return sorted(made, key=repository.commits.index)

    def set_mailmap(self, repository: Repository, text: str | None) -> None:
        """The `.mailmap` at the tip of the default branch."""
        with self.lock:
            self._changed()
            if text is None:
                repository.mailmap = None
                return
            oid = hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
            repository.mailmap = self._keep(Blob(id=self._new_id(), repository=repository, oid=oid, text=text))

    def _new_commit(self, repository: Repository, at: datetime, *, email: str, name: str, user: Account | None,
                    message: str, merged_by: Commit | None = None) -> Commit:
        number = self._new_id()
        if user is not None:
            repository.contributors.add(user.id)
        return Commit(id=number, repository=repository, oid=_oid(repository, number), name=name, email=email,
                      user=user, committed_at=at, message=message, merged_by=merged_by)

    def _renewed(self, old: Commit, changes: Mapping[str, Any]) -> Commit:
        number = self._new_id()
        fields: dict[str, Any] = {"id": number, "oid": _oid(old.repository, number), "replaces": old, **changes}
        return self._keep(replace(old, **fields))

    @staticmethod
    def _file(repository: Repository, made: Commit) -> None:
        place = next((index for index, commit in enumerate(repository.commits)
                      if commit.committed_at <= made.committed_at), len(repository.commits))
        repository.commits.insert(place, made)


def _oid(repository: Repository, number: int) -> str:
    return hashlib.sha1(f"{repository.id} {number}".encode(), usedforsecurity=False).hexdigest()


def _address(account: Account) -> str:
    return account.emails[0] if account.emails else f"{account.login}@example.org"
