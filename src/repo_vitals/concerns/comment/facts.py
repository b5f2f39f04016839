"""What is known when a comment is decided on: plain values, of which all but our own words may be a stranger's."""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from repo_vitals.sources.pull_requests import OurComment
    from repo_vitals.sources.report_reading import Reports


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose code was measured, and where."""

    is_fork: bool                   # True where it can't be told
    repository: str | None = None   # owner/name that the code lies in; None where that was deleted
    commit: str | None = None
    author: str = ""                # login of whoever opened the pull request, else of whoever started the run
    run_url: str | None = None      # page of the run that measured it


@dataclass(frozen=True, kw_only=True)
class Target:
    """A pull request to comment on, with the comments on it that are ours, the oldest first."""

    number: int
    comments: tuple[OurComment, ...] = ()
    author: str = ""                # login of whoever opened it; empty for a deleted account


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that the comment is made of, and where it goes."""

    repository: str
    is_second_half: bool            # in a workflow_run, about a run that has ended; else in the run itself
    origin: Origin
    reports: Reports
    targets: tuple[Target, ...] = ()
    candidates: int = 0             # pull requests that the run may have been of, those that get no comment too
    matched: int = 0                # artifacts, or patterns of files, that were there; they may hold no report
    conclusion: str | None = None   # of the run, in GitHub's word; None in the run itself
    silence: str = ""               # why there is nothing to write, in words of our own; empty where there is
    may_lack_permission: bool = False       # a fork's or Dependabot's token reads only: not the workflow's mistake
    notes: tuple[str, ...] = ()
