"""Random changes to a simulated repository: everything that people do at GitHub, one at a time.

`change` makes one and says which. `sequences()` is a strategy of whole sequences, which shrink:

    @given(sequences(most=20))
    def test_…(sequence: Sequence) -> None:
        for at, word in sequence.play(state, repository, begin=NOW): …
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from repo_vitals.simulator.model import Comment, Discussion, Issue, PullRequest, ReviewState, Said, Thread
from repo_vitals.simulator.reactions import CONTENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as Collected
    from random import Random

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Label, Repository
    from repo_vitals.simulator.state import State

LOGINS = ("ann", "bob", "cat", "dan", "eve", "helper[bot]", "github-actions[bot]")
LABELS = ("bug", "kind: question", "P0", "priority/low", "type/security", "status/needs-info", "status/blocked",
          "good first issue")
MARKER = "<!-- repo-vitals:community-metrics:report -->"
# Nought is common: much happens in one and the same second, and GitHub's times are no finer.
GAPS = (0, 0, 1, 60, 3600, 5 * 3600, 86_400, 9 * 86_400)


@dataclass(frozen=True)
class Sequence:
    """Changes to come: what they will be is in `random`, when in `gaps` (seconds after the one before)."""

    random: Random
    gaps: tuple[int, ...]

    def play(self, state: State, repository: Repository, *, begin: datetime) -> Iterator[tuple[datetime, str]]:
        """Make them one by one; when and what each was."""
        at = begin
        for gap in self.gaps:
            at += timedelta(seconds=gap)
            yield at, change(state, repository, self.random, at)


def sequences(*, least: int = 1, most: int = 30) -> st.SearchStrategy[Sequence]:
    """Sequences of so many changes."""
    gaps = st.lists(st.sampled_from(GAPS), min_size=least, max_size=most).map(tuple)
    return st.builds(Sequence, st.randoms(use_true_random=False), gaps)


def change(state: State, repository: Repository, random: Random, at: datetime) -> str:
    """One random change at that moment, and the word for it (`label #3`). It moves the state's clock there.

    `at` should not lie before the moment of an earlier change.
    """
    state.now = max(state.now, at)
    made = _Change(state, repository, random, at)
    first = random.randrange(len(_DRAWN))
    for make in _DRAWN[first:] + _DRAWN[:first]:      # the next that can be made: there may be nothing to unlabel
        word = make(made)
        if word is not None:
            return word
    raise AssertionError("an issue can always be opened")


class _Change:
    """The means of one change: what there is to choose from."""

    def __init__(self, state: State, repository: Repository, random: Random, at: datetime) -> None:
        self.state, self.repository, self.random, self.at = state, repository, random, at

    def one(self, candidates: Any) -> Any:
        """One of them; None where there is none."""
        found = list(candidates)
        return self.random.choice(found) if found else None

    def who(self, among: Collected[str] = LOGINS) -> Account:
        """An account, with an address of its own: GitHub links each to one account, whoever has that login later."""
        found = self.state.account(self.random.choice(among))
        found.emails = found.emails or (f"{found.login}.{found.id}@example.org",)
        return found

    def person(self) -> Account:
        return self.who([login for login in LOGINS if "[" not in login])

    def thread(self, kind: Any = Thread, *, open_: bool | None = None) -> Any:
        return self.one(t for t in self.repository.threads.values() if isinstance(t, kind)
                        and (open_ is None or (t.closed_at is None) == open_))

    def said(self, kind: Any = Said) -> Any:
        """Something said somewhere; a review that was not sent is nobody's business."""
        return self.one(said for thread in self.repository.threads.values() for said in _all_said(thread)
                        if isinstance(said, kind))

    def elsewhere(self) -> Repository:
        name = f"{self.repository.owner.login}/elsewhere"
        return self.state.repository(name) or self.state.add_repository(name)


def _all_said(thread: Thread) -> Iterator[Said]:
    return (said for said in thread.said if getattr(said, "submitted_at", said.created_at) is not None)


def _number(word: str, thread: Thread) -> str:
    return f"{word} #{thread.number}"


# -- threads -----------------------------------------------------------------------------------------------------

def _open_issue(c: _Change) -> str:
    body = MARKER if c.random.random() < 0.1 else ""
    return _number("open-issue", c.state.open_issue(c.repository, by=c.who(), at=c.at, body=body))


def _open_pull_request(c: _Change) -> str:
    return _number("open-pull-request", c.state.open_pull_request(
        c.repository, by=c.who(), at=c.at, draft=c.random.random() < 0.3))


def _open_discussion(c: _Change) -> str:
    return _number("open-discussion", c.state.open_discussion(
        c.repository, by=c.who(), at=c.at, category=c.random.choice(("Q&A", "General"))))


def _close(c: _Change) -> str | None:
    thread = c.thread(open_=True)
    if thread is None:
        return None
    reason = c.random.choice(("COMPLETED", "NOT_PLANNED", "DUPLICATE")) if isinstance(thread, Issue) else None
    c.state.close(thread, at=c.at, by=c.who(), reason=reason)
    return _number("close", thread)


def _reopen(c: _Change) -> str | None:
    thread = c.one(t for t in c.repository.threads.values()
                   if t.closed_at is not None and getattr(t, "merged_at", None) is None)
    if thread is None:
        return None
    c.state.reopen(thread, at=c.at, by=c.who())
    return _number("reopen", thread)


def _merge(c: _Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and not p.is_draft)
    if pull is None:
        return None
    c.state.merge(pull, at=c.at, by=c.who())
    return _number("merge", pull)


def _draft(c: _Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and not p.is_draft)
    if pull is None:
        return None
    c.state.convert_to_draft(pull, at=c.at, by=pull.author)
    return _number("draft", pull)


def _ready(c: _Change) -> str | None:
    pull = c.one(p for p in c.repository.pull_requests if p.closed_at is None and p.is_draft)
    if pull is None:
        return None
    c.state.ready_for_review(pull, at=c.at, by=pull.author)
    return _number("ready", pull)


def _transfer_away(c: _Change) -> str | None:
    thread = c.thread((Issue, Discussion))      # pull requests can't be transferred
    if thread is None:
        return None
    word = _number("transfer-away", thread)
    _move(c, thread, c.elsewhere())
    return word


def _transfer_in(c: _Change) -> str:
    """Something from elsewhere, with a comment that is older than the transfer."""
    elsewhere = c.elsewhere()
    thread = c.one(elsewhere.threads.values())
    if thread is None:
        earlier = c.at - timedelta(hours=c.random.choice((0, 5, 400)))
        thread = c.state.open_issue(elsewhere, by=c.who(), at=earlier)
        if c.random.random() < 0.7:
            c.state.comment(thread, by=c.who(), at=earlier)
    _move(c, thread, c.repository)
    return _number("transfer-in", thread)


def _move(c: _Change, thread: Thread, to: Repository) -> None:
    created_at = c.at if isinstance(thread, Issue) and c.random.random() < 0.3 else None
    c.state.transfer(thread, to, at=c.at, created_at=created_at)


def _delete_thread(c: _Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.delete_thread(thread)
    return _number("delete-thread", thread)


def _edit(c: _Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    body = None if c.random.random() < 0.7 else c.random.choice(("", MARKER))
    c.state.edit(thread, at=c.at, title=f"Title of {c.at:%d %H:%M:%S}", body=body)
    return _number("edit", thread)


def _assign(c: _Change) -> str | None:
    thread = c.thread((Issue, PullRequest))
    if thread is None:
        return None
    c.state.assign(thread, c.person(), at=c.at, by=c.who())
    return _number("assign", thread)


# -- what is said ------------------------------------------------------------------------------------------------

def _comment(c: _Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.comment(thread, by=c.who(), at=c.at)
    return _number("comment", thread)


def _go_on(c: _Change) -> str | None:
    """More than a page holds, by one of them in one go, who may be hidden for it."""
    thread = c.thread()
    if thread is None:
        return None
    by, hidden = c.who(), c.random.random() < 0.3
    for _ in range(c.random.choice((6, 12, 25, 25, 110))):
        comment = c.state.comment(thread, by=by, at=c.at)
        if hidden:
            c.state.minimise(comment, "spam")
    return _number("go-on", thread)


def _reply(c: _Change) -> str | None:
    above = c.one(comment for d in c.repository.discussions for comment in d.comments)
    if above is None:
        return None
    c.state.comment(above.thread, by=c.who(), at=c.at, reply_to=above)
    return _number("reply", above.thread)


def _review(c: _Change) -> str | None:
    """Some were begun earlier than they are sent, some are not sent at all."""
    pull = c.thread(PullRequest)
    if pull is None:
        return None
    begun = max(pull.created_at, c.at - timedelta(minutes=c.random.choice((0, 0, 1, 600))))
    states: tuple[ReviewState, ...] = ("COMMENTED", "APPROVED", "CHANGES_REQUESTED", "PENDING")
    c.state.review(pull, by=c.who(), at=begun, submitted_at=c.at, state=c.random.choice(states),
                   lines=[begun] * c.random.choice((0, 0, 2)))
    return _number("review", pull)


def _edit_comment(c: _Change) -> str | None:
    said = c.said(Comment)
    if said is None:
        return None
    c.state.edit_comment(said, body=f"Text of {c.at:%d %H:%M:%S}", at=c.at)
    return _number("edit-comment", said.thread)


def _delete_comment(c: _Change) -> str | None:
    said = c.said(Comment)
    if said is None:
        return None
    c.state.delete_comment(said)
    return _number("delete-comment", said.thread)


def _minimise(c: _Change) -> str | None:
    said = c.said()
    if said is None or said.minimised is not None:
        return None
    c.state.minimise(said, c.random.choice(("spam", "off-topic", "outdated")))
    return _number("minimise", said.thread)


def _unminimise(c: _Change) -> str | None:
    said = c.one(said for t in c.repository.threads.values() for said in _all_said(t) if said.minimised is not None)
    if said is None:
        return None
    c.state.unminimise(said)
    return _number("unminimise", said.thread)


def _react(c: _Change) -> str | None:
    subject = c.said() if c.random.random() < 0.8 else c.thread()
    if subject is None:
        return None
    c.state.react(subject, c.random.choice(CONTENTS), by=c.person(), at=c.at)
    return _number("react", subject if isinstance(subject, Thread) else subject.thread)


def _unreact(c: _Change) -> str | None:
    found = c.one((said, reaction) for thread in c.repository.threads.values()
                  for said in (thread, *_all_said(thread)) for reaction in said.reactions)
    if found is None:
        return None
    said, reaction = found
    c.state.unreact(said, reaction.content, by=reaction.by)
    return _number("unreact", said if isinstance(said, Thread) else said.thread)


def _answer(c: _Change) -> str | None:
    comment = c.one(comment for d in c.repository.discussions if d.category.answerable for comment in d.comments
                    if d.answer is not comment)
    if comment is None:
        return None
    c.state.choose_answer(comment, at=c.at)
    return _number("answer", comment.thread)


# -- labels ------------------------------------------------------------------------------------------------------

def _label(c: _Change) -> str | None:
    thread = c.thread()
    if thread is None:
        return None
    c.state.add_label(thread, c.random.choice(LABELS), at=c.at, by=c.who())
    return _number("label", thread)


def _unlabel(c: _Change) -> str | None:
    thread = c.one(t for t in c.repository.threads.values() if t.labels)
    if thread is None:
        return None
    c.state.remove_label(thread, c.random.choice(thread.labels).name, at=c.at, by=c.who())
    return _number("unlabel", thread)


def _rename_label(c: _Change) -> str | None:
    """To a name that means something else: a plain one becomes a priority, a priority a plain one."""
    label: Label | None = c.one(c.repository.labels.values())
    new = c.random.choice((*LABELS, "severity: high", "wontfix", "documentation"))
    if label is None or c.repository.labels.get(new.lower(), label) is not label:
        return None
    word = f"rename-label {label.name} to {new}"
    c.state.rename_label(c.repository, label.name, new)
    return word


def _delete_label(c: _Change) -> str | None:
    label: Label | None = c.one(c.repository.labels.values())
    if label is None:
        return None
    c.state.delete_label(c.repository, label)
    return f"delete-label {label.name}"


# -- accounts and commits ----------------------------------------------------------------------------------------

def _delete_account(c: _Change) -> str:
    account = c.person()
    c.state.delete_account(account)
    return f"delete-account {account.login}"


def _rename_account(c: _Change) -> str:
    """The login is free afterwards, and someone new may take it."""
    account = c.person()
    word = f"rename-account {account.login}"
    c.state.rename_account(account, f"{account.login}-{account.id}")
    return word


def _commit(c: _Change) -> str:
    account = c.who()
    linked = c.random.random() < 0.7
    c.state.commit(c.repository, c.at, name=account.rest_login, user=account if linked else None,
                   email=account.emails[0] if linked else f"{account.login}@home.example")
    return f"commit {account.login}"


def _merge_branch(c: _Change) -> str:
    """Work that is older than the tip, some of it older than any window."""
    days = [c.random.choice((0, 1, 12, 40, 90)) for _ in range(c.random.choice((1, 3)))]
    c.state.merge_branch(c.repository, c.at, [(c.at - timedelta(days=d), c.person()) for d in days], by=c.person())
    return f"merge-branch of {max(days)} days"


def _rewrite(c: _Change) -> str | None:
    old = c.one(c.repository.commits[:6])
    if old is None:
        return None
    if c.random.random() < 0.5:
        c.state.rewrite(c.repository, drop=[old])
        return "rewrite without one"
    account = c.person()
    c.state.rewrite(c.repository, replace_with={old: {
        "email": account.emails[0], "name": account.login, "user": account}})
    return f"rewrite to {account.login}"


def _set_mailmap(c: _Change) -> str:
    one, other = c.person(), c.person()
    text = c.random.choice((None, "", f"{one.login} <{one.emails[0]}> <{other.login}@home.example>\n"))
    c.state.set_mailmap(c.repository, text)
    return "set-mailmap"


KINDS: tuple[Callable[[_Change], str | None], ...] = (
    _open_issue, _comment, _label, _close, _unlabel, _open_pull_request, _review, _minimise, _reply, _react,
    _unminimise, _delete_comment, _rename_label, _reopen, _merge, _draft, _transfer_away, _open_discussion, _answer,
    _ready, _edit, _transfer_in, _commit, _assign, _unreact, _merge_branch, _delete_label, _rewrite, _edit_comment,
    _set_mailmap, _delete_thread, _delete_account, _rename_account, _go_on,
)
# What makes something is drawn more often than what takes something away, so that there is something to change.
_MAKING = (_open_issue, _comment, _open_discussion, _comment, _open_pull_request, _review, _label, _comment, _reply)
_DRAWN = (*_MAKING, *KINDS, *_MAKING, *_MAKING)
