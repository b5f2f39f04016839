"""Which commit the measured one is compared with. An answer that the checkout can't give for sure is none."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from repo_vitals.sources.workflow_event import PullRequest, WorkflowEvent

DEEPER = "set `fetch-depth: 0` in actions/checkout"
_MERGE_REF = re.compile(r"refs/pull/\d+/merge")


@dataclass(frozen=True, kw_only=True)
class Base:
    """The commit that the measured one is compared with."""

    commit: str
    how: str                                    # "merge base with main", "first parent" …, without strangers' text


class NoBase(Exception):
    """Why there is none, in words that follow "unknown, since"."""


class Commits(Protocol):
    """What of a checkout is asked."""

    head: str
    is_shallow: bool

    def commit(self, name: str) -> str | None:
        """The commit of that name."""

    def parents(self, commit: str) -> tuple[str, ...]:
        """The commits before it, be they here or not."""

    def has(self, commit: str) -> bool:
        """Whether it is here."""

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor."""

    def follows(self, commit: str, ancestor: str) -> bool:
        """Whether it descends from the other or is it."""


def base_of(checkout: Commits, event: WorkflowEvent, given: str | None) -> Base:
    """The commit to compare `checkout.head` with, which need not be in the checkout where its id is known for sure.

    Raises NoBase, and InputError for a `given` name that a whole checkout does not have.
    """
    pull = event.pull_request
    if pull is not None and not is_of(checkout, pull):
        raise NoBase("the checkout is not of the pull request (`ref` in actions/checkout says which commit it is)")
    base = _base_of(checkout, event, given)
    if base.commit == checkout.head and (pull is not None or event.name.startswith("pull_request")):
        raise NoBase("the checked-out commit is the base itself, to which the pull request adds nothing")
    return base


def is_of(checkout: Commits, pull: PullRequest) -> bool:
    """Whether the checked-out commit holds what the pull request changes: its own commit, a merge of it, or a later."""
    if pull.head_sha is None:
        return False
    return (pull.head_sha == checkout.head or pull.head_sha in checkout.parents(checkout.head)
            or (checkout.has(pull.head_sha) and checkout.follows(checkout.head, pull.head_sha)))


def why_not_kept(checkout: Commits | None, event: WorkflowEvent, repository: str) -> str:
    """Why figures of the checked-out commit are no part of a repository's past; empty where they are.

    Never a pull request's, nor another branch's: what is kept is what later runs are held to. Outside of GitHub Actions
    it is for whoever runs the command to say.
    """
    if not event.name:
        return ""
    if not event.is_of_the_default_branch:
        return "it is of the default branch's runs alone"
    if event.repository.lower() != repository.lower():
        return "the measured repository is not the one that the workflow runs in"
    if checkout is not None and checkout.head != event.sha:
        # The event is the default branch's, but somebody else's code may be checked out.
        branch = checkout.commit(f"refs/remotes/origin/{event.default_branch or 'HEAD'}")
        if branch is None or not checkout.follows(branch, checkout.head):
            return "the checked-out commit is not known to be the default branch's"
    return ""


def is_other_branch(checkout: Commits | None, event: WorkflowEvent) -> bool:
    """Whether the checked-out files are known to be those of another branch than the default one, or a tag's.

    A pull request into the default branch, and its place in the merge queue, count as the default branch's. Nobody
    knows outside of GitHub Actions, and where the event does not say which branch is the default one.
    """
    if not event.name or not event.default_branch:
        return False
    tip = None if checkout is None else checkout.commit(f"refs/remotes/origin/{event.default_branch}")
    if checkout is not None and tip == checkout.head:
        return False
    if event.pull_request is not None:
        return event.pull_request.base_ref not in ("", event.default_branch)
    queue = f"refs/heads/gh-readonly-queue/{event.default_branch}/"
    if event.ref != f"refs/heads/{event.default_branch}" and not event.ref.startswith(queue):
        return True
    # The event is the default branch's, but `ref` of actions/checkout may have named something else.
    return (checkout is not None and event.sha is not None and checkout.head != event.sha
            and (tip is None or not checkout.follows(tip, checkout.head)))


def _base_of(checkout: Commits, event: WorkflowEvent, given: str | None) -> Base:
    pull = event.pull_request
    parents = checkout.parents(checkout.head)
    if given:
        found = _merge_base(checkout, _named(checkout, given), "merge base with `base`")
        if found.commit != checkout.head or pull is not None:
            return found
        # On the branch that `base` names itself, or on what was merged into it: a commit is never its own base.
    if pull is not None or event.name.startswith("pull_request"):
        merged = len(parents) == 2 and (parents[1] == pull.head_sha if pull is not None
                                        else _MERGE_REF.fullmatch(event.ref) is not None)
        if merged:      # GitHub's own merge of the two: its first parent is the base branch as it is merged
            return Base(commit=parents[0], how="the base branch that the pull request is merged with")
        if pull is None or pull.base_sha is None:
            raise NoBase("the event does not say what the pull request starts from")
        return _merge_base(checkout, pull.base_sha, "merge base with the pull request's base branch")
    if event.before is not None:
        if event.before in parents:
            return Base(commit=event.before, how="where the push starts")
        if checkout.is_shallow:
            raise NoBase(f"the checkout is shallow ({DEEPER})")
        if checkout.has(event.before) and checkout.follows(checkout.head, event.before):
            return Base(commit=event.before, how="where the push starts")
    return _by_branch(checkout, event, parents)


def _by_branch(checkout: Commits, event: WorkflowEvent, parents: tuple[str, ...]) -> Base:
    """Against the default branch from any other; on it, and where it is not known, against the commit before."""
    on_default = event.default_branch is not None and event.ref == f"refs/heads/{event.default_branch}"
    name = f"origin/{event.default_branch}" if event.default_branch else "origin/HEAD"
    tip = None if on_default else checkout.commit(f"refs/remotes/{name}")
    if event.name and not on_default and event.default_branch and tip is None:
        raise NoBase(f"the checkout lacks the default branch ({DEEPER})")
    if tip is not None and tip != checkout.head:
        base = _merge_base(checkout, tip, "merge base with the default branch")
        if base.commit != checkout.head:
            return base
    if not parents:
        raise NoBase("no commit comes before the first")
    return Base(commit=parents[0], how="the commit before")


def _named(checkout: Commits, given: str) -> str:
    for name in (given, f"refs/remotes/origin/{given}"):
        found = checkout.commit(name)
        if found is not None:
            return found
    if checkout.is_shallow:
        raise NoBase(f"`base` is not in the checkout, which is shallow ({DEEPER})")
    raise InputError(f'base: "{quotable(given, limit=100)}" names no branch, tag or commit of the checkout '
                     f"({DEEPER} where it is a branch that was not fetched)")


def _merge_base(checkout: Commits, other: str, how: str) -> Base:
    # What a shallow checkout takes for the best common ancestor may be an older one: the paths between may be cut.
    if checkout.is_shallow:
        raise NoBase(f"the checkout is shallow ({DEEPER})")
    if not checkout.has(other):
        raise NoBase(f"the checkout lacks the base's commit {other[:12]} ({DEEPER})")
    found = checkout.merge_base(other, checkout.head)
    if found is None:
        raise NoBase(f"{other[:12]} and the measured commit have no history in common")
    return Base(commit=found, how=how)
