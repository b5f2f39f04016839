"""What started the workflow, as the runner tells it: which event, on which commit, for whose pull request.

The payload's names are strangers' text. What it lacks is None; outside GitHub Actions there is no event.
"""
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import parse_instant
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_LARGEST = 50_000_000       # bytes; GitHub sends at most half of that
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NOTHING = re.compile(r"0+")
# Events that run on the default branch's own commits, started by people who may write to the repository or by a clock.
_OWN = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch"})
# Of a run that a workflow_run is about: these run the code of its `head_repository`. Others run on the default branch
# whoever's code they are about, so that the second after a fork's run looks like one after a push.
_TELLING = _OWN | {"pull_request", "merge_group", "release"}


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """The pull request that a run is for."""

    number: int
    base_sha: str | None                # the tip of its base branch when the event happened
    head_sha: str | None
    head_ref: str                       # a stranger's text
    head_repository: str | None         # owner/name, a stranger's text; None where it was deleted
    from_fork: bool
    author: str = ""                    # login, as REST spells it; empty for a deleted account
    updated_at: datetime | None = None  # as of the event: its head was there by then
    base_ref: str = ""                  # the branch that it is to be merged into, without refs/heads/


@dataclass(frozen=True, kw_only=True)
class WorkflowEvent:
    """An event; empty words for what is not said."""

    name: str = ""                      # push, pull_request …; empty outside Actions
    repository: str = ""                # owner/name of the repository that the workflow runs in
    ref: str = ""                       # refs/heads/main, refs/pull/7/merge …
    sha: str | None = None              # the commit that the run is about, whatever is checked out
    default_branch: str | None = None
    before: str | None = None           # the commit that a push or a merge queue's group starts from
    pull_request: PullRequest | None = None
    run_id: int | None = None           # of the run that a workflow_run is about
    from_fork: bool = False             # whether its code is a fork's; so too where that can't be told
    label: str = ""                     # that was just put on; a stranger's text
    action: str = ""                    # opened, synchronize, labeled …
    run_event: str = ""                 # of the run that a workflow_run is about: what started that
    run_branch: str = ""                # and on which branch its code was; a stranger's text

    @property
    def doubt(self) -> str:
        """Why the run is none about what the default branch holds; empty where it is one, and outside Actions.

        Only such a run tells of the project itself, and not of what someone would like to become part of it.
        """
        if self.from_fork:
            return "this run is about code of a fork, or can't be told from one"
        if self.pull_request is not None or self.name in ("merge_group", "pull_request", "pull_request_target"):
            return "this run is about a change that is not merged yet"
        if self.name == "workflow_run":
            return doubt_of(self.run_event, self.run_branch, self.default_branch)
        return doubt_of(self.name, self.ref.removeprefix("refs/heads/"), self.default_branch) \
            if self.name in ("push", "workflow_dispatch") else ""

    @property
    def is_of_the_default_branch(self) -> bool:
        """Whether the run is about a commit that the default branch has, and nobody else's."""
        if self.name == "schedule":     # GitHub starts it on no other branch; its payload need not tell which that is
            return self.pull_request is None
        return (self.name in _OWN and self.pull_request is None and self.default_branch is not None
                and self.ref == f"refs/heads/{self.default_branch}")


def doubt_of(event: str, branch: str, default_branch: str | None) -> str:
    """Why a run of that event on that branch says nothing of the default branch; empty where it does.

    Where it is not known which branch that is, every one counts.
    """
    if event not in _OWN:
        return (f"the run was started by {quotable(event or 'nothing that is told', limit=40)}, not by a push, a "
                "schedule or a dispatch")
    if default_branch is not None and branch != default_branch:
        return "the run is about another branch than the default one"
    return ""


def read_event(environ: Mapping[str, str]) -> WorkflowEvent:
    """The event by GITHUB_EVENT_NAME, GITHUB_REF, GITHUB_REPOSITORY and the payload at GITHUB_EVENT_PATH."""
    if environ.get("GITHUB_ACTIONS") != "true":
        return WorkflowEvent()
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    repository = environ.get("GITHUB_REPOSITORY", "").strip()
    group = _table(payload.get("merge_group"))
    name = environ.get("GITHUB_EVENT_NAME", "").strip()
    run = _table(payload.get("workflow_run"))
    pull = _pull_request(_table(payload.get("pull_request")), repository)
    return WorkflowEvent(
        name=name, repository=repository,
        ref=environ.get("GITHUB_REF", "").strip(), sha=_commit(environ.get("GITHUB_SHA")),
        default_branch=_text(_table(payload.get("repository")).get("default_branch")),
        before=_commit(group.get("base_sha")) or _commit(payload.get("before")),
        pull_request=pull, run_id=_number(run.get("id")), from_fork=_is_from_fork(name, pull, payload, repository),
        label=(_text(_table(payload.get("label")).get("name")) or "") if payload.get("action") == "labeled" else "",
        action=_text(payload.get("action")) or "", run_event=_text(run.get("event")) or "",
        run_branch=_text(run.get("head_branch")) or "",
    )


def _is_from_fork(name: str, pull: PullRequest | None, payload: Mapping[str, Any], repository: str) -> bool:
    """Whether the code that an event is about is a fork's; what can't be told is."""
    if name == "workflow_run":
        run = _table(payload.get("workflow_run"))
        theirs = _text(_table(run.get("head_repository")).get("full_name"))
        return _text(run.get("event")) not in _TELLING or theirs is None or theirs.lower() != repository.lower()
    if name.startswith("pull_request"):
        return pull is None or pull.from_fork
    if name == "issue_comment":     # it says that the issue is a pull request, and not whose
        return "pull_request" in _table(payload.get("issue"))
    if name in ("check_suite", "check_run"):
        return not _is_of_own_pull_requests(_table(payload.get(name)), payload)
    return pull is not None and pull.from_fork


def _is_of_own_pull_requests(check: Mapping[str, Any], payload: Mapping[str, Any]) -> bool:
    """Whether checks are of pull requests from the repository's own branches; of a fork's GitHub lists none."""
    own, pulls = _number(_table(payload.get("repository")).get("id")), check.get("pull_requests")
    if own is None or not isinstance(pulls, list) or not pulls:
        return False
    return all(_number(_table(_table(_table(pull).get(end)).get("repo")).get("id")) == own
               for pull in pulls for end in ("head", "base"))


def _pull_request(found: Mapping[str, Any], repository: str) -> PullRequest | None:
    number = _number(found.get("number"))
    if number is None:
        return None
    base, head = _table(found.get("base")), _table(found.get("head"))
    theirs = _text(_table(head.get("repo")).get("full_name"))
    ours = _text(_table(base.get("repo")).get("full_name")) or repository
    return PullRequest(
        number=number, base_sha=_commit(base.get("sha")), head_sha=_commit(head.get("sha")),
        head_ref=_text(head.get("ref")) or "", head_repository=theirs,
        # One whose repository is gone can't be told from a fork's.
        from_fork=theirs is None or theirs.lower() != ours.lower(),
        author=_text(_table(found.get("user")).get("login")) or "", updated_at=_instant(found.get("updated_at")),
        base_ref=_text(base.get("ref")) or "")


def _payload(path: str) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
        return _table(json.loads(content)) if len(content) <= _LARGEST else {}
    except (OSError, ValueError, RecursionError):
        return {}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _instant(value: Any) -> datetime | None:
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def _commit(value: Any) -> str | None:
    known = isinstance(value, str) and _ID.fullmatch(value) is not None and _NOTHING.fullmatch(value) is None
    return value if known else None
