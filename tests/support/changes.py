"""Random changes to a simulated repository: everything that people do at GitHub, one at a time.

`change` makes one and says which. `sequences()` is a strategy of whole sequences, which shrink:

    @given(sequences(most=20))
    def test_…(sequence: Sequence) -> None:
        for at, word in sequence.play(state, repository, begin=NOW): …
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from support import project_changes as project
from support import said_changes as said
from support import thread_changes as threads
from support.change_means import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

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
    made = Change(state, repository, random, at)
    first = random.randrange(len(_DRAWN))
    for make in _DRAWN[first:] + _DRAWN[:first]:      # the next that can be made: there may be nothing to unlabel
        word = make(made)
        if word is not None:
            return word
    raise AssertionError("an issue can always be opened")


KINDS: tuple[Callable[[Change], str | None], ...] = (
    threads.open_issue, said.comment, said.label, threads.close, said.unlabel, threads.open_pull_request, said.review,
    said.minimise, said.reply, said.react, said.unminimise, said.delete_comment, said.rename_label, threads.reopen,
    threads.merge, threads.draft, threads.transfer_away, threads.open_discussion, said.answer, threads.ready,
    threads.edit, threads.transfer_in, project.commit, threads.assign, said.unreact, project.merge_branch,
    said.delete_label, project.rewrite, said.edit_comment, project.set_mailmap, threads.delete_thread,
    project.delete_account, project.rename_account, said.go_on,
)
# What makes something is drawn more often than what takes something away, so that there is something to change.
_MAKING = (
    threads.open_issue, said.comment, threads.open_discussion, said.comment, threads.open_pull_request, said.review,
    said.label, said.comment, said.reply,
)
_DRAWN = (*_MAKING, *KINDS, *_MAKING, *_MAKING)
