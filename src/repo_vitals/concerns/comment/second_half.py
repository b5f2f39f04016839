"""The second half: in a workflow of its own, with the right to write, about a run that had none. Reads by the API only.

Nothing that the run left behind says where the comment goes: its pull request is found by the commit that GitHub ran.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.workflow_run import parse_run

if TYPE_CHECKING:
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.workflow_run import Run


def others_that_ran(github: GitHub, run: Run) -> list[Run]:
    """The other runs of the same workflow that ran, for the same commit of the same pull request."""
    from repo_vitals.sources.github_actions import Actions

    pages = Actions(github, run.repository).runs(run.workflow, event=run.event, head_sha=run.head_sha,
                                                 exclude_pull_requests="false")
    try:
        others = (parse_run(node) for page in pages for node in page)
        return [other for other in others if other.did_run and _is_of_the_same(run, other)]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise CouldNotMeasure("GitHub's list of the runs of a commit lacks what it should hold; try again later"
                              ) from None


def _is_of_the_same(run: Run, other: Run) -> bool:
    """Whether two runs are of the same pull request. Anyone may push a commit of somebody else's to a fork."""
    theirs, ours = other.head_repository, run.head_repository
    return (other.id != run.id and theirs is not None and ours is not None and theirs.lower() == ours.lower()
            and (other.head_branch, other.head_sha) == (run.head_branch, run.head_sha)
            and not (run.pull_requests and other.pull_requests and run.pull_requests.isdisjoint(other.pull_requests)))
