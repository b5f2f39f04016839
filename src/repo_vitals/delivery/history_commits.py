"""What both ways to commit to a history's branch, git and GitHub's API, have in common."""
from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from repo_vitals.errors import RepoVitalsError

# The account that GitHub itself shows for what a workflow does.
AUTHOR = "github-actions[bot]"
EMAIL = "41898282+github-actions[bot]@users.noreply.github.com"


class Lost(Exception):
    """The commit is not on the branch, or it is not known whether it is: look at the branch, and try again."""

    def __init__(self, said: str, *, overtaken: bool = False) -> None:
        super().__init__(said)
        self.overtaken = overtaken      # somebody else was quicker; else it is not known


class Refused(Exception):
    """GitHub does not take the commit, and will not take it later either."""

    def __init__(self, said: str, *, error: RepoVitalsError | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.error = error      # the whole error, where it is known better than from the words


class Writer(Protocol):
    """A way to commit to a branch. `files`: new contents by path, empty to remove one."""

    def commit(self, branch: str, parent: str | None, files: Mapping[str, bytes], *, message: str, at: datetime,
               ) -> str:
        """Commit on the tip `parent`, or as the first commit of a new branch; the new tip. Raises Lost and Refused."""

    def delete(self, branch: str, oid: str) -> None:
        """Delete a branch whose tip is `oid`. Raises Lost and Refused."""
