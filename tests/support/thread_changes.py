"""Changes to issues, pull requests and discussions as such. Each makes one and says which, or None: there is none."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import Discussion, Issue, PullRequest, Thread
from support.change_means import MARKER, Change, numbered

if TYPE_CHECKING:
    from repo_vitals.simulator.model import Repository


def open_issue(c: Change) -> str:
    body = MARKER if c.random.random() < 0.1 else ""
    return numbered("open-issue", c.state.open_issue(c.repository, by=c.who(), at=c.at, body=body))


def open_pull_request(c: Change) -> str:
    return numbered("open-pull-request", c.state.open_pull_request(
        c.repository, by=c.who(), at=c.at, draft=c.random.random() < 0.3))


def open_discussion(c: Change) -> str:
    return numbered("open-discussion", c.state.open_discussion(
        c.repository, by=c.who(), at=c.at, category=c.random.choice(("Q&A", "General"))))


def close(c: Change) -> str | None:
    thread = c.thread(open_=True)
    if thread is None:
        return None
    reason = c.random.choice(("COMPLETED", "NOT_PLANNED", "DUPLICATE")) if isinstance(thread, Issue) else None
    c.state.close(thread, at=c.at, by=c.who(), reason=reason)
    return numbered("close", thread)


def reopen(c: Change) -> str | None:
    thread = c.one(t for t in c.repository.threads.values()
                   if t.closed_at is not None and getattr(t, "merged_at", None) is None)
    if thread is None:
        return None
    c.state.reopen(thread, at=c.at, by=c.who())
    return numbered("reopen", thread)


def merge(c: Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and not p.is_draft)
    if pull is None:
        return None
    c.state.merge(pull, at=c.at, by=c.who())
    return numbered("merge", pull)


def draft(c: Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and not p.is_draft)
    if pull is None:
        return None
    c.state.convert_to_draft(pull, at=c.at, by=pull.author)
    return numbered("draft", pull)


def ready(c: Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and p.is_draft)
    if pull is None:
        return None
    c.state.ready_for_review(pull, at=c.at, by=pull.author)
    return numbered("ready", pull)


def transfer_away(c: Change) -> str | None:
    thread = c.thread((Issue, Discussion))      # pull requests can't be transferred
    if thread is None:
        return None
    word = numbered("transfer-away", thread)
    move(c, thread, c.elsewhere())
    return word


def transfer_in(c: Change) -> str:
    """Something from elsewhere, with a comment that is older than the transfer."""
    elsewhere = c.elsewhere()
    thread = c.one(elsewhere.threads.values())
    if thread is None:
        earlier = c.at - timedelta(hours=c.random.choice((0, 5, 400)))
        thread = c.state.open_issue(elsewhere, by=c.who(), at=earlier)
        if c.random.random() < 0.7:
            c.state.comment(thread, by=c.who(), at=earlier)
    move(c, thread, c.repository)
    return numbered("transfer-in", thread)


def move(c: Change, thread: Thread, to: Repository) -> None:
    created_at = c.at if isinstance(thread, Issue) and c.random.random() < 0.3 else None
    c.state.transfer(thread, to, at=c.at, created_at=created_at)


def delete_thread(c: Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.delete_thread(thread)
    return numbered("delete-thread", thread)


def edit(c: Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    body = None if c.random.random() < 0.7 else c.random.choice(("", MARKER))
    c.state.edit(thread, at=c.at, title=f"Title of {c.at:%d %H:%M:%S}", body=body)
    return numbered("edit", thread)


def assign(c: Change) -> str | None:
    thread = c.thread((Issue, PullRequest))
    if thread is None:
        return None
    c.state.assign(thread, c.person(), at=c.at, by=c.who())
    return numbered("assign", thread)
