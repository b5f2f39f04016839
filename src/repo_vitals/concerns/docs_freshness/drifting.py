"""What became, after a document, of the things that it cites. Pure: contents are asked for.

A file or folder vanished if the document named it just before the commit that removed it, and still does; what
.gitignore names is made on the spot, and did not. A task or key vanished if it was there when the document was last
changed or reviewed. A source file changed if enough of its lines of then are gone, by commits that are not passed over.
What never was, and what can't be told, is no finding.
"""
from __future__ import annotations

import re
from collections import Counter
from dataclasses import field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.citing import SOURCE_ENDINGS
from repo_vitals.concerns.docs_freshness.facts import Citation, Drift
from repo_vitals.concerns.docs_freshness.ignored_files import IgnoredFiles
from repo_vitals.concerns.docs_freshness.tasks import keys_in, names_in
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.citing import Cited
    from repo_vitals.sources.git_log import LoggedCommit
    from repo_vitals.sources.git_touches import Touch, Touches

    Ask = Callable[[Sequence[tuple[bytes, ...]]], list[tuple[bytes | None, ...]]]

_FEWEST_LINES = 10          # of a source file that are gone, below which nothing is said
_LONGEST = 20_000           # lines of a file that are compared
# Words by which a document says itself that the thing is no more.
_PAST = re.compile(r"\b(?:remov(?:ed|es|ing|al)|delet(?:ed|es|ing)|renam(?:ed|es|ing)|moved|replac(?:ed|es|ing)|"
                   r"deprecat|obsolete|former|previous|legacy|no longer|used to|dropp?(?:ed|s)|supersed|old\b)",
                   re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the repository holds now, and what is known of its past."""

    files: Collection[str]
    folders: Collection[str]
    ends: Collection[str]               # of all their paths, every end that begins behind a slash
    touches: Touches
    written: Mapping[str, datetime]     # when each document was last changed or reviewed
    contents: Mapping[str, bytes]       # of the documents
    lost: float
    ignored: IgnoredFiles = field(default_factory=lambda: IgnoredFiles(by_folder={}))
    is_passed_over: Callable[[LoggedCommit], bool] = lambda _: False    # whether what a commit changed does not count


@dataclass
class _Found:
    cited: set[object] = field(default_factory=set)
    drifted: set[object] = field(default_factory=set)
    citations: list[Citation] = field(default_factory=list)


def drift(cited: Iterable[Cited], scope: Scope, ask: Ask) -> tuple[tuple[Citation, ...], dict[str, Drift]]:
    """The citations whose things changed or vanished, and each document's score.

    `ask` gives contents by ids of git's, or by `commit:path`, None for those that are not here.
    """
    by_document: dict[str, _Found] = {}
    questions: list[tuple[Cited, _Question]] = []
    for one in cited:
        if one.file not in scope.written:
            continue
        found = by_document.setdefault(one.file, _Found())
        question = _question(one, scope)
        if question is None:
            continue
        if question.is_there:
            found.cited.add((one.kind, question.path, one.name, one.lines))
        if question.contents:
            questions.append((one, question))
    answers = ask([question.contents for _, question in questions])
    for (one, question), contents in zip(questions, answers, strict=True):
        verdict = question.judge(one, question, contents, scope)
        found = by_document[one.file]
        thing = (one.kind, question.path, one.name, one.lines)
        if verdict:
            found.cited.add(thing)
        # A file that is the text of its own link, or that is named by two paths, is one thing.
        if isinstance(verdict, Citation) and thing not in found.drifted:
            found.drifted.add(thing)
            found.citations.append(verdict)
    scores = {path: Drift(cited=len(found.cited), drifted=len(found.drifted))
              for path, found in by_document.items() if found.cited}
    return tuple(citation for path in sorted(by_document) for citation in by_document[path].citations), scores


@dataclass(frozen=True, kw_only=True)
class _Question:
    """What has to be read to judge one citation, and how it is judged then."""

    path: str
    is_there: bool
    contents: tuple[bytes, ...] = ()
    touch: Touch | None = None
    judge: Callable[[Cited, _Question, tuple[bytes | None, ...], Scope], Citation | bool]  # whether it is there


def _question(one: Cited, scope: Scope) -> _Question | None:
    if one.name:
        return _about_task(one, scope)
    for path in one.paths:
        if path in scope.files:
            return _about_file(one, path, scope)
        if path in scope.folders:
            return _Question(path=path, is_there=True, judge=_nothing)
    # A broken link is for whoever checks links.
    if one.is_link or one.paths[0] in scope.ends:
        return None
    return _about_missing(one, scope)


def _nothing(one: Cited, question: _Question, contents: tuple[bytes | None, ...], scope: Scope) -> bool:  # noqa: ARG001
    """It is there, which is all that can be said."""
    return True


def _about_missing(one: Cited, scope: Scope) -> _Question | None:
    for path in one.paths:
        name = path.encode("utf-8", "surrogateescape")
        gone = next((touch for touch in scope.touches.files.get(name, ()) if _removes(touch, name)), None)
        touch = gone or scope.touches.folders.get(name)
        if touch is not None and touch.commit.parents and not scope.ignored.holds(path if gone else f"{path}/"):
            # The document as it was just before.
            before = touch.commit.parents[0] + b":" + one.file.encode("utf-8", "surrogateescape")
            return _Question(path=path, is_there=False, contents=(before,), touch=touch, judge=_missing)
    return None


def _removes(touch: Touch, name: bytes) -> bool:
    return name == (touch.change.path if touch.change.status == b"D" else touch.change.source)


def _missing(one: Cited, question: _Question, contents: tuple[bytes | None, ...], scope: Scope) -> Citation | bool:
    before, touch = contents[0], question.touch
    cited_it = before is not None and one.text.encode("utf-8", "replace") in before
    # The name itself may have such a word in it: src/legacy/reader.py.
    beside = _line(scope.contents.get(one.file, b""), one.line).replace(one.text, "")
    if touch is None or not cited_it or _PAST.search(beside) is not None:
        return False
    moved = touch.change.path.decode("utf-8", "replace") if touch.change.status == b"R" else ""
    return Citation(file=one.file, line=one.line, cited=one.text, kind=one.kind, what="vanished",
                    commit=touch.commit.id.decode(), at=_at(touch), target=moved or question.path)


def _about_file(one: Cited, path: str, scope: Scope) -> _Question:
    is_compared = one.kind == "lines" or (one.kind in ("file", "command") and path.lower().endswith(SOURCE_ENDINGS))
    since = _since(path, one.file, scope) if is_compared else []
    counting = [touch for touch in since if not scope.is_passed_over(touch.commit)]
    if not counting:
        return _Question(path=path, is_there=True, judge=_nothing)
    if one.kind == "lines":     # where the lines are now is so whoever moved them
        return _Question(path=path, is_there=True, contents=(since[-1].change.old, since[0].change.new),
                         touch=counting[0], judge=_lines)
    return _Question(path=path, is_there=True, contents=_stretches(since, scope), touch=counting[0], judge=_changed)


def _stretches(since: list[Touch], scope: Scope) -> tuple[bytes, ...]:
    """The contents before and after each row of commits that count, the oldest first."""
    found: list[bytes] = []
    counted = False
    for touch in reversed(since):
        counts = not scope.is_passed_over(touch.commit)
        if counts and counted:
            found[-1] = touch.change.new
        elif counts:
            found += (touch.change.old, touch.change.new)
        counted = counts
    return tuple(found)


def _since(path: str, document: str, scope: Scope) -> list[Touch]:
    """The changes of a file after the document, the newest first; none where it came after it."""
    name = path.encode("utf-8", "surrogateescape")
    written = scope.written[document].timestamp()
    since = [touch for touch in scope.touches.files.get(name, ()) if touch.commit.at > written]
    return since if since and since[-1].change.status in (b"M", b"T") and since[-1].change.path == name else []


def _changed(one: Cited, question: _Question, contents: tuple[bytes | None, ...], scope: Scope) -> Citation | bool:
    if None in contents or question.touch is None:
        return True
    texts = [Counter(_text_lines(content)) for content in contents if content is not None]
    then, gone = texts[0].total(), 0
    new: Counter[bytes] = Counter()     # that came later, and whose end is no loss
    for old, now in zip(texts[::2], texts[1::2], strict=True):
        gone += ((old - now) - new).total()
        new = (new - (old - now)) + (now - old)
    if then > _LONGEST or gone < _FEWEST_LINES or gone < scope.lost * then:
        return True
    return Citation(file=one.file, line=one.line, cited=one.text, kind=one.kind, what="changed",
                    commit=question.touch.commit.id.decode(), at=_at(question.touch), target=question.path,
                    lost=min(1.0, gone / then))


def _lines(one: Cited, question: _Question, contents: tuple[bytes | None, ...],
           scope: Scope) -> Citation | bool:  # noqa: ARG001
    """A link to lines, where others stand now in their place."""
    old, new = contents
    if old is None or new is None or one.lines is None or question.touch is None:
        return True
    first, last = one.lines
    then, now = (text.split(b"\n")[first - 1:last] for text in (old, new))
    meant = [line.strip() for line in then]
    if not any(meant) or meant == [line.strip() for line in now]:
        return True
    return Citation(file=one.file, line=one.line, cited=one.text, kind="lines", what="changed",
                    commit=question.touch.commit.id.decode(), at=_at(question.touch), target=question.path)


def _about_task(one: Cited, scope: Scope) -> _Question | None:
    path = next((path for path in one.paths if path in scope.files), None)
    if path is None:
        return None
    touches = scope.touches.files.get(path.encode("utf-8", "surrogateescape"), [])
    since = _since(path, one.file, scope)
    if since:
        return _Question(path=path, is_there=False, contents=(since[-1].change.old, since[0].change.new),
                         touch=since[0], judge=_task)
    if touches and touches[0].change.status != b"D":
        return _Question(path=path, is_there=False, contents=(touches[0].change.new,) * 2, judge=_task)
    return None


def _task(one: Cited, question: _Question, contents: tuple[bytes | None, ...], scope: Scope) -> Citation | bool:
    """A task or key that the file defined when the document was written, and does not any more."""
    then, now = (None if content is None else keys_in(content) if one.kind == "configuration key"
                 else names_in(question.path, content) for content in contents)
    if then is None or now is None or one.name not in then or one.name in now:
        return now is not None and one.name in now
    if _PAST.search(_line(scope.contents.get(one.file, b""), one.line)) is not None:
        return False
    return Citation(file=one.file, line=one.line, cited=one.text, kind=one.kind, what="vanished", target=question.path)


def _text_lines(content: bytes) -> list[bytes]:
    return [bare for line in content.split(b"\n") if (bare := line.strip())]


def _line(content: bytes, number: int) -> str:
    lines = content.split(b"\n")
    return lines[number - 1].decode("utf-8", "replace") if 0 < number <= len(lines) else ""


def _at(touch: Touch) -> datetime:
    return datetime.fromtimestamp(max(0, min(touch.commit.at, 253_402_300_799)), timezone.utc)
