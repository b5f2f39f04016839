"""Changes to what is said in threads, and to labels. Each makes one and says which, or None: there is none."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import Comment, PullRequest, ReviewState, Thread
from repo_vitals.simulator.reactions import CONTENTS
from support.change_means import LABELS, Change, all_said, numbered

if TYPE_CHECKING:
    from repo_vitals.simulator.model import Label


def comment(c: Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.comment(thread, by=c.who(), at=c.at)
    return numbered("comment", thread)


def go_on(c: Change) -> str | None:
    """More than a page holds, by one of them in one go, who may be hidden for it."""
    thread = c.thread()
    if thread is None:
        return None
    by, hidden = c.who(), c.random.random() < 0.3
    for _ in range(c.random.choice((6, 12, 25, 25, 110))):
        comment = c.state.comment(thread, by=by, at=c.at)
        if hidden:
            c.state.minimise(comment, "spam")
    return numbered("go-on", thread)


def reply(c: Change) -> str | None:
    above = c.one(comment for d in c.repository.discussions for comment in d.comments)
    if above is None:
        return None
    c.state.comment(above.thread, by=c.who(), at=c.at, reply_to=above)
    return numbered("reply", above.thread)


def review(c: Change) -> str | None:
    """Some were begun earlier than they are sent, some are not sent at all."""
    pull = c.thread(PullRequest)
    if pull is None:
        return None
    begun = max(pull.created_at, c.at - timedelta(minutes=c.random.choice((0, 0, 1, 600))))
    states: tuple[ReviewState, ...] = ("COMMENTED", "APPROVED", "CHANGES_REQUESTED", "PENDING")
    c.state.review(pull, by=c.who(), at=begun, submitted_at=c.at, state=c.random.choice(states),
                   lines=[begun] * c.random.choice((0, 0, 2)))
    return numbered("review", pull)


def edit_comment(c: Change) -> str | None:
    said = c.said(Comment)
    if said is None:
        return None
    c.state.edit_comment(said, body=f"Text of {c.at:%d %H:%M:%S}", at=c.at)
    return numbered("edit-comment", said.thread)


def delete_comment(c: Change) -> str | None:
    said = c.said(Comment)
    if said is None:
        return None
    c.state.delete_comment(said)
    return numbered("delete-comment", said.thread)


def minimise(c: Change) -> str | None:
    said = c.said()
    if said is None or said.minimised is not None:
        return None
    c.state.minimise(said, c.random.choice(("spam", "off-topic", "outdated")))
    return numbered("minimise", said.thread)


def unminimise(c: Change) -> str | None:
    said = c.one(said for t in c.repository.threads.values() for said in all_said(t) if said.minimised is not None)
    if said is None:
        return None
    c.state.unminimise(said)
    return numbered("unminimise", said.thread)


def react(c: Change) -> str | None:
    subject = c.said() if c.random.random() < 0.8 else c.thread()
    if subject is None:
        return None
    c.state.react(subject, c.random.choice(CONTENTS), by=c.person(), at=c.at)
    return numbered("react", subject if isinstance(subject, Thread) else subject.thread)


def unreact(c: Change) -> str | None:
    found = c.one((said, reaction) for thread in c.repository.threads.values()
                  for said in (thread, *all_said(thread)) for reaction in said.reactions)
    if found is None:
        return None
    said, reaction = found
    c.state.unreact(said, reaction.content, by=reaction.by)
    return numbered("unreact", said if isinstance(said, Thread) else said.thread)


def answer(c: Change) -> str | None:
    comment = c.one(comment for d in c.repository.discussions if d.category.answerable for comment in d.comments
                    if d.answer is not comment)
    if comment is None:
        return None
    c.state.choose_answer(comment, at=c.at)
    return numbered("answer", comment.thread)


def label(c: Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.add_label(thread, c.random.choice(LABELS), at=c.at, by=c.who())
    return numbered("label", thread)


def unlabel(c: Change) -> str | None:
    thread = c.one(t for t in c.repository.threads.values() if t.labels)
    if thread is None:
        return None
    c.state.remove_label(thread, c.random.choice(thread.labels).name, at=c.at, by=c.who())
    return numbered("unlabel", thread)


def rename_label(c: Change) -> str | None:
    """To a name that means something else: a plain one becomes a priority, a priority a plain one."""
    label: Label | None = c.one(c.repository.labels.values())
    new = c.random.choice((*LABELS, "severity: high", "wontfix", "documentation"))
    if label is None or c.repository.labels.get(new.lower(), label) is not label:
        return None
    word = f"rename-label {label.name} to {new}"
    c.state.rename_label(c.repository, label.name, new)
    return word


def delete_label(c: Change) -> str | None:
    label: Label | None = c.one(c.repository.labels.values())
    if label is None:
        return None
    c.state.delete_label(c.repository, label)
    return f"delete-label {label.name}"
