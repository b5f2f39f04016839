"""The state of the simulated GitHub, and every change that can happen to it.

A change keeps `updated_at` as honest as GitHub does: comments, reviews, labels, closing, merging, drafts and edits
touch it; minimising, reacting, transferring, renaming a label, deleting a comment, a label or an account do not.
Instants are parameters, so that a history can be told in any order; `lock` makes one change, or one answer, a whole.
"""
from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from repo_vitals.simulator.model import (
    Comment,
    Discussion,
    Event,
    EventKind,
    Issue,
    Label,
    PullRequest,
    Repository,
    Review,
    ReviewComment,
    ReviewState,
    Said,
    Thread,
)
from repo_vitals.simulator.reactions import CONTENTS, Content, Reactable, Reaction
from repo_vitals.simulator.releases import ReleaseChanges

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from repo_vitals.simulator.accounts import Account


class State(ReleaseChanges):
    """A whole GitHub: what `AlertChanges` holds, with all that happens to issues, pull requests and discussions."""

    def open_issue(self, repository: Repository, *, by: Account | None, at: datetime, title: str = "An issue",
                   body: str = "", number: int | None = None) -> Issue:
        """A new issue."""
        with self.lock:
            made = Issue(id=self._new_id(), repository=repository, number=self._number(repository, number), title=title,
                         body=body, author=by, created_at=at, updated_at=at)
            repository.threads[made.number] = self._keep(made)
            return made

    def open_pull_request(self, repository: Repository, *, by: Account | None, at: datetime, title: str = "A change",
                          body: str = "", draft: bool = False, number: int | None = None, branch: str = "",
                          message: str = "Change something", checks: str | None = None, sha: str = "0" * 40,
                          fork: Repository | None = None) -> PullRequest:
        """A new pull request; one that starts as a draft has no event that says so, as at GitHub.

        `branch`, `message`, `checks` and `sha` are of its newest commit: its branch, what it says, how its checks went,
        its hash. `fork` is where that lies, if not in the repository itself.
        """
        with self.lock:
            made = PullRequest(id=self._new_id(), repository=repository, number=self._number(repository, number),
                               title=title, body=body, author=by, created_at=at, updated_at=at, is_draft=draft,
                               branch=branch, message=message, checks=checks, head_sha=sha, fork=fork)
            repository.threads[made.number] = self._keep(made)
            return made

    def push_to(self, pull_request: PullRequest, sha: str, *, at: datetime) -> None:
        """Another commit at a pull request's head."""
        with self.lock:
            pull_request.head_sha = sha
            self._touch(pull_request, at)

    def open_discussion(self, repository: Repository, *, by: Account | None, at: datetime, title: str = "A question",
                        body: str = "", category: str = "Q&A", number: int | None = None) -> Discussion:
        """A new discussion; only those of category `Q&A` can be answered."""
        with self.lock:
            made = Discussion(id=self._new_id(), repository=repository, number=self._number(repository, number),
                              title=title, body=body, author=by, created_at=at, updated_at=at,
                              category=repository.categories[category])
            repository.threads[made.number] = self._keep(made)
            return made

    def comment(self, thread: Thread, *, by: Account | None, at: datetime, body: str = "A comment",
                reply_to: Comment | None = None) -> Comment:
        """A comment, or a reply below a discussion's comment."""
        with self.lock:
            made = self._keep(Comment(id=self._new_id(), thread=thread, author=by, body=body, created_at=at,
                                      updated_at=at, reply_to=reply_to))
            thread.add_comment(made)
            self._touch(thread, at)
            return made

    def edit_comment(self, comment: Comment, *, body: str, at: datetime) -> None:
        """New text for a comment."""
        with self.lock:
            comment.body, comment.updated_at = body, at
            self._touch(comment.thread, at)

    def delete_comment(self, comment: Comment) -> None:
        """Gone, with its replies; nothing is touched."""
        with self.lock:
            self._changed()
            siblings = comment.thread.comments if comment.reply_to is None else comment.reply_to.replies
            siblings.remove(comment)
            for gone in (comment, *comment.replies):
                self._nodes.pop(gone.id, None)
            if isinstance(comment.thread, Discussion) and comment.thread.answer is comment:
                comment.thread.answer = comment.thread.answer_chosen_at = None

    def minimise(self, said: Said, reason: str = "spam") -> None:
        """Hide what was said; nothing is touched."""
        with self.lock:
            self._changed()
            said.minimised = reason

    def unminimise(self, said: Said) -> None:
        """Show it again; nothing is touched."""
        with self.lock:
            self._changed()
            said.minimised = None

    def react(self, said: Reactable, content: Content, *, by: Account | None, at: datetime | None = None) -> None:
        """React to a thread or to what was said in it, at `at` or now; again does nothing. Nothing is touched.

        Raises ValueError for a reaction that GitHub does not have.
        """
        with self.lock:
            if content not in CONTENTS:
                raise ValueError(f"{content} is no reaction; use one of {', '.join(CONTENTS)}")
            if by is None or not any(r.by is by and r.content == content for r in said.reactions):
                made = self._keep(Reaction(id=self._new_id(), content=content, by=by, at=at or self.now))
                insort(said.reactions, made, key=lambda reaction: (reaction.at, reaction.id))

    def unreact(self, said: Reactable, content: Content, *, by: Account | None) -> None:
        """Take the reaction back; nothing is touched. Raises ValueError where there is none."""
        with self.lock:
            found = next((r for r in said.reactions if r.by is by and r.content == content), None)
            if found is None:
                raise ValueError(f"there is no such {content} to take back")
            said.reactions.remove(found)
            del self._nodes[found.id]
            self._changed()

    def close(self, thread: Thread, *, at: datetime, by: Account | None = None, reason: str | None = None) -> None:
        """Close; an issue's reason is COMPLETED unless said otherwise."""
        with self.lock:
            if isinstance(thread, Issue):
                thread.state_reason = reason or "COMPLETED"
            thread.closed_at = at
            self._event(thread, "closed", at=at, by=by, state_reason=getattr(thread, "state_reason", None))

    def reopen(self, thread: Thread, *, at: datetime, by: Account | None = None) -> None:
        """Open again."""
        with self.lock:
            if isinstance(thread, Issue):
                thread.state_reason = "REOPENED"
            thread.closed_at = None
            self._event(thread, "reopened", at=at, by=by)

    def merge(self, pull_request: PullRequest, *, at: datetime, by: Account | None = None) -> None:
        """Merge, which closes it too."""
        with self.lock:
            pull_request.merged_at = pull_request.closed_at = at
            if pull_request.author is not None:
                pull_request.repository.contributors.add(pull_request.author.id)
            self._event(pull_request, "merged", at=at, by=by)
            self._event(pull_request, "closed", at=at, by=by)

    def add_label(self, thread: Thread, name: str, *, at: datetime, by: Account | None = None) -> None:
        """Put a label on; on again does nothing."""
        with self.lock:
            label = self.label(thread.repository, name)
            if label not in thread.labels:
                thread.labels.append(label)
                self._event(thread, "labeled", at=at, by=by, label=label)

    def remove_label(self, thread: Thread, name: str, *, at: datetime, by: Account | None = None) -> None:
        """Take a label off."""
        with self.lock:
            label = thread.repository.labels[name.lower()]
            thread.labels.remove(label)
            self._event(thread, "unlabeled", at=at, by=by, label=label)

    def assign(self, thread: Thread, account: Account, *, at: datetime, by: Account | None = None) -> None:
        """Make it somebody's; again does nothing."""
        with self.lock:
            if account not in thread.assignees:
                thread.assignees.append(account)
                self._event(thread, "assigned", at=at, by=by)

    def convert_to_draft(self, pull_request: PullRequest, *, at: datetime, by: Account | None = None) -> None:
        """Back to draft."""
        with self.lock:
            pull_request.is_draft = True
            self._event(pull_request, "convert_to_draft", at=at, by=by)

    def ready_for_review(self, pull_request: PullRequest, *, at: datetime, by: Account | None = None) -> None:
        """No longer a draft."""
        with self.lock:
            pull_request.is_draft = False
            self._event(pull_request, "ready_for_review", at=at, by=by)

    def review(self, pull_request: PullRequest, *, by: Account | None, at: datetime, state: ReviewState = "COMMENTED",
               body: str = "", submitted_at: datetime | None = None, lines: Iterable[datetime] = ()) -> Review:
        """A review begun at `at` and submitted then or at `submitted_at`; PENDING was not submitted.

        `lines` are the instants of its comments on lines.
        """
        with self.lock:
            submitted = None if state == "PENDING" else submitted_at or at
            made = self._keep(Review(id=self._new_id(), thread=pull_request, author=by, body=body, created_at=at,
                                     updated_at=submitted or at, state=state, submitted_at=submitted,
                                     commit_oid=pull_request.head_sha))
            made.comments = [
                self._keep(ReviewComment(id=self._new_id(), thread=pull_request, author=by, body="A comment on a line",
                                         created_at=moment, updated_at=moment)) for moment in lines]
            pull_request.add_review(made)
            if submitted is not None:
                self._touch(pull_request, submitted)
            return made

    def choose_answer(self, comment: Comment, *, at: datetime) -> None:
        """Mark a discussion's comment as the answer."""
        with self.lock:
            discussion = comment.thread
            if not isinstance(discussion, Discussion) or not discussion.category.answerable:
                raise ValueError("only discussions of an answerable category have answers")
            discussion.answer, discussion.answer_chosen_at = comment, at
            self._touch(discussion, at)

    def edit(self, thread: Thread, *, at: datetime, title: str | None = None, body: str | None = None) -> None:
        """New title or text."""
        with self.lock:
            thread.title = thread.title if title is None else title
            thread.body = thread.body if body is None else body
            self._touch(thread, at)

    def lock_thread(self, thread: Thread, *, at: datetime, by: Account | None = None,
                    reason: str | None = None) -> None:
        """Only collaborators may comment from now on."""
        with self.lock:
            thread.locked, thread.lock_reason = True, reason
            self._event(thread, "locked", at=at, by=by)

    def unlock_thread(self, thread: Thread, *, at: datetime, by: Account | None = None) -> None:
        """Everybody may comment again."""
        with self.lock:
            thread.locked, thread.lock_reason = False, None
            self._event(thread, "unlocked", at=at, by=by)

    def transfer(self, thread: Thread, to: Repository, *, at: datetime, created_at: datetime | None = None) -> None:
        """Move to another repository under a new number. `updated_at` stays, so that no cursor by time meets it.

        With `created_at` the thread is younger than its own comments, as some are; nothing is updated before that.
        """
        with self.lock:
            self._changed()
            del thread.repository.threads[thread.number]
            thread.repository.moved[thread.number] = thread
            del self._nodes[thread.id]
            thread.id = self._new_id()
            self._nodes[thread.id] = thread
            thread.repository, thread.number = to, self._number(to, None)
            thread.created_at = created_at or thread.created_at
            thread.updated_at = max(thread.updated_at, thread.created_at)
            thread.labels = [self.label(to, label.name) for label in thread.labels]
            if isinstance(thread, Discussion):
                thread.category = to.categories[thread.category.name]
            to.threads[thread.number] = thread
            thread.add_event(self._keep(Event(id=self._new_id(), kind="transferred", at=at, actor=None)))

    def delete_thread(self, thread: Thread) -> None:
        """Gone, with all that was said; only its number is not given again."""
        with self.lock:
            self._changed()
            del thread.repository.threads[thread.number]
            thread.repository.gone.add(thread.number)
            for gone in (thread, *thread.said):
                self._nodes.pop(gone.id, None)

    def _touch(self, thread: Thread, at: datetime) -> None:
        thread.updated_at = max(thread.updated_at, at)
        self._changed()

    def _event(self, thread: Thread, kind: EventKind, *, at: datetime, by: Account | None, label: Label | None = None,
               state_reason: str | None = None) -> None:
        thread.add_event(self._keep(Event(id=self._new_id(), kind=kind, at=at, actor=by, label=label,
                                          state_reason=state_reason)))
        self._touch(thread, at)
