"""The last meaningful change of each document, by what the log says of it. Pure: contents are asked for by questions.

Passed over are moves of the whole file, commits of bots and those that the project says to ignore, and changes of form:
those after which the same words stand in the same order. A document's first version always counts, whoever made it.

Of a merge, the parent that has the document as it is after it tells all. Where none has, the merge counts by itself
only if it brought a line that no parent has or dropped one that all have; else the later of the parents' changes does.
"""
from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from repo_vitals.sources.git_history import Place, Step
    from repo_vitals.sources.git_log import LoggedCommit

_RULE = re.compile(rb"(-{3}|={3})[-=]+")
_LONG = (b"----", b"====")
_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n\x0b\x0c"


@dataclass(frozen=True)
class Question:
    """Whether the last content is the first but for its form; or nothing but what the others before it bring."""

    kind: Literal["form", "merge"]
    ids: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class LastChange:
    """What became of one document. `step` is None where the history that is here ends before its last change."""

    step: Step | None
    cut_off: LoggedCommit | None = None     # where it ended
    unread: int = 0                         # changes that count since contents are not here to compare

    @property
    def commit(self) -> LoggedCommit | None:
        """The commit that changed it last."""
        return None if self.step is None else self.step.commit


def last_changes(
    places: Mapping[bytes, Place], answer: Callable[[Sequence[Question]], Mapping[Question, bool | None]], *,
    is_passed_over: Callable[[LoggedCommit], bool],
) -> dict[bytes, LastChange]:
    """The last change of every file. `answer` says None of what it can't read, which then counts as a change.

    A file that no commit has is left out.
    """
    known: dict[Question, bool | None] = {}
    found: dict[bytes, LastChange] = {}
    waiting = {path: _Search(place, is_passed_over) for path, place in places.items()}
    while waiting:
        asked: dict[Question, None] = {}
        going = {}
        for path, search in waiting.items():
            question = search.go(known)
            if question is not None:
                asked[question] = None
                going[path] = search
            elif search.result is not None:
                found[path] = search.result
        if asked:
            known.update(answer(list(asked)))
            known.update((question, None) for question in asked if question not in known)
        waiting = going
    return found


class _Search:
    """The search for one document's last change, which stops at questions."""

    def __init__(self, place: Place, is_passed_over: Callable[[LoggedCommit], bool]) -> None:
        self.result: LastChange | None = None
        self._is_passed_over = is_passed_over
        self._known: Mapping[Question, bool | None] = {}
        self._unread = 0
        self._steps = self._search(place)

    def go(self, known: Mapping[Question, bool | None]) -> Question | None:
        """Go on with these answers; the next question, None at the end."""
        self._known = known
        return next(self._steps, None)

    def _search(self, place: Place) -> Generator[Question, None, None]:
        # Several places only behind merges that put versions together. All are followed to their ends, since a parent
        # may be later than its child by their clocks; each once, since ways that cross are twice as many at each merge.
        places = [place]
        seen: set[int] = set()
        best: Step | None = None
        cut_off: LoggedCommit | None = None
        while places:
            step = places.pop().step
            while step is not None and id(step) not in seen:
                seen.add(id(step))
                if step.kind == "cut off":
                    cut_off = step.commit if cut_off is None or step.commit.at > cut_off.at else cut_off
                    break
                earlier = yield from self._earlier(step)
                if earlier is None:
                    best = step if best is None or step.commit.at > best.commit.at else best
                    break
                places += earlier[1:]
                step = earlier[0].step if earlier else None
        # A version that is older than where the history ends may still be the later one.
        if best is not None and (cut_off is None or cut_off.at <= best.commit.at):
            self.result = LastChange(step=best, unread=self._unread)
        elif cut_off is not None:
            self.result = LastChange(step=None, cut_off=cut_off, unread=self._unread)

    def _earlier(self, step: Step) -> Generator[Question, None, list[Place] | None]:
        """Where to look on; None where the step is what was looked for."""
        if step.kind == "created":
            return None
        if step.kind == "moved":
            return [step.earlier[0]]
        if step.kind == "merged":
            return (yield from self._behind_merge(step))
        if step.old == step.new or self._is_passed_over(step.commit):
            return [step.earlier[0]]        # its mode alone, or not meant to count
        return [step.earlier[0]] if (yield from self._ask("form", (step.old, step.new))) else None

    def _behind_merge(self, step: Step) -> Generator[Question, None, list[Place] | None]:
        first, *others = step.earlier
        same = [place for place in (*others, first) if place.step is not None and place.step.new == step.new]
        if same:
            return same[:1]
        there = {place.step.new: place for place in reversed(step.earlier) if place.step is not None}
        if not there:
            return None
        if self._is_passed_over(step.commit) or (yield from self._ask("merge", (*there, step.new))):
            return [place for place in step.earlier if place.step is not None]
        for oid, place in there.items():
            if (yield from self._ask("form", (oid, step.new))):
                return [place]
        return None

    def _ask(self, kind: Literal["form", "merge"], ids: tuple[bytes, ...]) -> Generator[Question, None, bool]:
        question = Question(kind, ids)
        if question not in self._known:
            yield question
        said = self._known[question]
        self._unread += said is None
        return bool(said)


def answered(question: Question, contents: Sequence[bytes | None]) -> bool | None:
    """The answer by the contents; None where one is missing."""
    whole = [content for content in contents if content is not None]
    if len(whole) < len(contents):
        return None
    return same_words(whole[0], whole[-1]) if question.kind == "form" else adds_nothing(whole[:-1], whole[-1])


def same_words(old: bytes, new: bytes) -> bool:
    """Whether two texts differ in form alone: blanks, line ends, a byte order mark, and how long rules are drawn."""
    if old == new:
        return True
    old, new = old.removeprefix(_BOM), new.removeprefix(_BOM)
    # Without any blanks first: it is quick, and tells nearly all changes apart.
    if old.translate(None, _BLANKS) != new.translate(None, _BLANKS):
        if not any(rule in text for rule in _LONG for text in (old, new)):
            return False
        old, new = _RULE.sub(rb"\1", old), _RULE.sub(rb"\1", new)
    return old.replace(b"|", b" | ").split() == new.replace(b"|", b" | ").split()     # cells of tables, narrow or wide


def adds_nothing(parents: Iterable[bytes], merged: bytes) -> bool:
    """Whether a merge put versions together and did nothing else: no line is in none of them, none of all is gone."""
    lines = [Counter(parent.split(b"\n")) for parent in parents]
    after = Counter(merged.split(b"\n"))
    of_all = lines[0].copy()
    for more in lines[1:]:
        of_all &= more
    any_of = set().union(*lines)
    return all(line in any_of for line in after) and all(line in after for line in of_all)
