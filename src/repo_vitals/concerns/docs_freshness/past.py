"""What git knows of the documents: ages, and what became of what they cite. Called by collect; asks git and GitHub.

With a shallow checkout the history is fetched without contents, else GitHub is asked, else ages are unknown.
"""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.ages import end_of
from repo_vitals.concerns.docs_freshness.citing import Cited, cited, is_released
from repo_vitals.concerns.docs_freshness.drifting import Scope, drift
from repo_vitals.concerns.docs_freshness.facts import Age, Change
from repo_vitals.concerns.docs_freshness.last_changes import answered, last_changes
from repo_vitals.concerns.docs_freshness.set_aside import SetAside
from repo_vitals.concerns.docs_freshness.stamps import read_stamps
from repo_vitals.concerns.docs_freshness.versions.on_purpose import is_of_the_past
from repo_vitals.errors import CouldNotMeasure, RepoVitalsError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.bases import DEEPER
from repo_vitals.sources.checkout import NoCheckout
from repo_vitals.sources.deeper import NotDeeper, deeper
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.git_contents import Contents
from repo_vitals.sources.git_history import covering, follow, follow_moves
from repo_vitals.sources.git_log import NO_TIME
from repo_vitals.sources.git_touches import Touches, read_touches
from repo_vitals.sources.path_history import NEWEST, newest_commits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Citation, Document, Drift, Release
    from repo_vitals.concerns.docs_freshness.last_changes import LastChange, Question
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.git import Git
    from repo_vitals.sources.git_log import LoggedCommit
    from repo_vitals.sources.github_connection import GitHub

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MOST_ASKED = 1000              # documents that GitHub is asked about, 50 in a request
_MOST_ROUNDS = 20               # of moves from folder to folder that are looked for


@dataclass(frozen=True, kw_only=True)
class PastPolicy:
    """What counts."""

    bots: tuple[str, ...] = ()              # names of authors besides those that end in [bot]
    ignored_revisions: tuple[str, ...] = (".git-blame-ignore-revs",)
    lost: float = 0.5                       # share of a cited file's lines that have to be gone for it to have changed


@dataclass(frozen=True, kw_only=True)
class Past:
    """What git said."""

    ages: Mapping[str, Age]
    citations: tuple[Citation, ...] = ()
    drift: Mapping[str, Drift] | None = None
    notes: tuple[str, ...] = ()


def ask_git(
    documents: Mapping[str, Document], contents: Mapping[str, bytes], checkout: Checkout | None, *,
    policy: PastPolicy, now: datetime, surroundings: Surroundings, github: GitHub | None = None, repository: str = "",
    server_url: str = "", why_none: str = "", release: Release | None = None, why_no_release: str = "",
    api: Collection[str] = (),
) -> Past:
    """The ages and citations of the documents at the checked-out commit.

    `contents` are the documents' bytes. Without a `checkout`, `why_none` says why. `api` are the documents that are due
    at each `release`; where it is not known, `why_no_release` says why. `github`, `repository` (owner/name) and
    `server_url`, where they are given, are for a shallow checkout. Raises what the client raises.
    """
    stamps = {path: read_stamps(document, contents.get(path, b""), now=now) for path, document in documents.items()}
    notes = [f"{quotable(path)}: {note}" for path, stamp in stamps.items() for note in stamp.notes]
    ages = {path: Age(changed=None, why_unknown=why_none or "there is no checkout", reviewed=stamp.reviewed,
                      next_review=stamp.next_review) for path, stamp in stamps.items()}
    if checkout is None:
        return Past(ages=ages, notes=tuple(notes))
    try:
        asked = _Asking(documents, contents, checkout, policy)
        reading = asked.read(checkout.git, shallow=checkout.shallow)
        if reading.ends_early or reading.lacks_contents:
            try:
                more = deeper(checkout, surroundings.environ, repository=repository, server_url=server_url,
                              secret=None if github is None else github.transport.token)
                reading = asked.read(more.git, bring=more.bring)
            except NotDeeper as error:
                if reading.ends_early:
                    notes.append(f"the checkout is shallow, and its history could not be fetched: {error} ({DEEPER})")
        ages, told = _ages(ages, reading, now=now)
        if reading.shallow and reading.ends_early and github is not None and repository:
            ages = asked.from_github(ages, github, repository, now=now)
    except (GitFailed, NoCheckout, CouldNotMeasure) as error:
        why = f"git could not tell the history ({_why(error)})"
        return Past(ages={path: replace(age, why_unknown=why) for path, age in ages.items()}, notes=tuple(notes))
    notes += [*asked.notes, *told]
    due = [path for path in api if path in ages and not ages[path].why_unknown]
    if release is None:
        ages.update({path: replace(ages[path], why_unknown=why_no_release) for path in due})
        due = []
    try:
        citations, scores, touches = asked.drift(ages, reading, with_sources=bool(due))
    except (GitFailed, NoCheckout, CouldNotMeasure) as error:
        why = _why(error)
        notes.append(f"git could not tell what became of what documents cite, so none is stale for that ({why})")
        ages.update({path: replace(ages[path], why_unknown=f"git could not tell what sources changed ({why})")
                     for path in due})
        return Past(ages=ages, notes=tuple(notes))
    ages.update({path: _released(ages[path], release, touches, now=now) for path in due})
    return Past(ages=ages, citations=citations, drift=scores, notes=tuple(notes))


def _why(error: Exception) -> str:
    return quotable(error.shown if isinstance(error, GitFailed) else str(error))


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A history that was read, and where contents of it are."""

    git: Git
    shallow: tuple[str, ...]
    changes: Mapping[str, LastChange]
    contents: Contents

    @property
    def ends_early(self) -> bool:
        """Whether it does not tell every document's change."""
        return any(change.commit is None for change in self.changes.values())

    @property
    def lacks_contents(self) -> bool:
        """Whether contents were not here to compare, as in a partial clone."""
        return any(change.unread for change in self.changes.values())


class _Asking:
    """What is asked of a history, be it the checkout's or a deeper one."""

    def __init__(self, documents: Mapping[str, Document], contents: Mapping[str, bytes], checkout: Checkout,
                 policy: PastPolicy) -> None:
        self._files = frozenset(checkout.files(checkout.head))
        self._aside = SetAside(checkout, bots=policy.bots,
                               revisions=[path for path in policy.ignored_revisions if path in self._files])
        self.notes = list(self._aside.notes)
        self._checkout = checkout
        self._policy = policy
        self._texts = contents
        self._paths = [path for path in documents if path in self._files]
        by_document = {path: found for path in self._paths if (found := cited(documents[path]))}
        self._cited: list[Cited] = [one for path, found in by_document.items()
                                    if not is_of_the_past(path) for one in found]

    def read(self, git: Git, *, shallow: tuple[str, ...] = (),
             bring: Callable[[Sequence[bytes]], None] | None = None) -> _Reading:
        """Read the log for the documents' last changes. Raises GitFailed and CouldNotMeasure."""
        contents = Contents(git, bring)

        def answer(questions: Sequence[Question]) -> dict[Question, bool | None]:
            told = (texts for group in contents.groups([question.ids for question in questions]) for texts in group)
            return {question: answered(question, texts) for question, texts in zip(questions, told, strict=True)}

        within = covering(self._paths, self._files)
        places = follow(git, self._checkout.head, list(map(_bytes, self._paths)), shallow=shallow, within=within)
        changes = last_changes(places, answer, is_passed_over=self._aside.is_passed_over)
        rounds = 0
        while within and rounds < _MOST_ROUNDS:
            rounds += 1
            created = {id(change.step): change.step for change in changes.values()
                       if change.step is not None and change.step.is_new}
            moved = set(map(id, follow_moves(git, list(created.values()), shallow=shallow)))
            again = {path: places[path] for path, change in changes.items() if id(change.step) in moved}
            if not again:
                break
            changes.update(last_changes(again, answer, is_passed_over=self._aside.is_passed_over))
        return _Reading(git=git, shallow=shallow, contents=contents,
                        changes={path.decode("utf-8", "surrogateescape"): change for path, change in changes.items()})

    def drift(self, ages: Mapping[str, Age], reading: _Reading, *, with_sources: bool,
              ) -> tuple[tuple[Citation, ...], dict[str, Drift], Touches]:
        """What became of what the documents cite, as far as their own age is known; and the source files' changes."""
        written = {path: max([age.changed.at, *([] if age.reviewed is None else [end_of(age.reviewed)])])
                   for path, age in ages.items() if age.changed is not None}
        folders = _folders(self._files)
        named = {path for one in self._cited if one.file in written for path in one.paths} - folders
        touches = Touches()
        if named or with_sources:
            touches = read_touches(
                reading.git, self._checkout.head, files=set(map(_bytes, named)),
                folders=set(map(_bytes, named - self._files)), shallow=reading.shallow,
                within=[] if with_sources else covering(named, self._files | named),
                is_source=(lambda path: is_released(path.decode("utf-8", "replace"))) if with_sources else None)
            touches.sources = [commit for commit in touches.sources if not self._aside.is_passed_over(commit)]
        ends = {path[start + 1:] for path in (self._files | folders if named else ())
                for start in range(len(path)) if path[start] == "/"}
        scope = Scope(files=self._files, folders=folders, ends=ends, touches=touches, written=written,
                      contents=self._texts, lost=self._policy.lost, is_passed_over=self._aside.is_passed_over,
                      ignored=self._aside.files(named - self._files, self._files, reading.contents))
        return *drift(self._cited, scope, lambda questions: [
            texts for group in reading.contents.groups(questions) for texts in group]), touches

    def from_github(self, ages: Mapping[str, Age], github: GitHub, repository: str, *, now: datetime,
                    ) -> dict[str, Age]:
        """The ages with what GitHub says of documents that the checkout's history does not tell."""
        wanted = [path for path in self._paths if ages[path].changed is None][:_MOST_ASKED]
        try:
            told = newest_commits(github, repository, self._checkout.head, wanted)
        except RepoVitalsError as error:
            self.notes.append(f"GitHub could not be asked for the history of {_number(len(wanted), 'document')}: "
                              f"{error}")
            return dict(ages)
        found = dict(ages)
        for path, commits in told.items():
            counting = [commit for commit in commits if not self._aside.is_passed_over(commit)]
            if not counting and 0 < len(commits) < NEWEST:
                counting = commits[-1:]         # all there are: the first version counts, whoever made it
            if counting:
                found[path] = replace(ages[path], why_unknown="", unchanged_since=None, changed=Change(
                    commit=counting[0].id.decode("ascii", "replace"), at=_instant(counting[0], now)))
        self.notes.append(f"GitHub was asked for the history of {_number(len(wanted), 'document')}, where moves and "
                          f"changes of form count as changes ({DEEPER})")
        return found


def _ages(ages: Mapping[str, Age], reading: _Reading, *, now: datetime) -> tuple[dict[str, Age], list[str]]:
    """The ages with what the history says, and notes on it."""
    found, ahead, unread = {}, 0, 0
    for path, age in ages.items():
        change = reading.changes.get(path)
        if change is None:
            found[path] = replace(age, why_unknown="it is in no commit of the checkout")
            continue
        unread += change.unread > 0
        if change.commit is None:
            begins = None if change.cut_off is None else _instant(change.cut_off, now)
            found[path] = replace(age, unchanged_since=begins, why_unknown="its last change lies before the shallow "
                                                                           f"checkout's history ({DEEPER})")
            continue
        if change.commit.at == NO_TIME:
            found[path] = replace(age, why_unknown="the commit that changed it last has no date that can be read")
            continue
        at = _instant(change.commit, now)
        ahead += change.commit.at > now.timestamp()
        found[path] = replace(age, changed=Change(commit=change.commit.id.decode(), at=at), why_unknown="")
    notes = []
    if ahead:
        notes.append(f"{_number(ahead, 'document')} changed in the future by a committer's clock, and counts as "
                     "changed now")
    if unread:
        notes.append(f"of {_number(unread, 'document')}, changes count that may be of form alone: the contents are not "
                     "here")
    return found, notes


def _released(age: Age, release: Release | None, touches: Touches, *, now: datetime) -> Age:
    """The age with the release, where source files changed between the document and it."""
    changed = age.changed
    if changed is None or release is None or not any(
            changed.at < _instant(commit, now) <= release.at for commit in touches.sources):
        return age
    return replace(age, release=release)


def _instant(commit: LoggedCommit, now: datetime) -> datetime:
    """When a commit was made, not later than now."""
    return min(now, _EPOCH + timedelta(seconds=max(0, min(commit.at, 100_000_000_000))))


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _folders(paths: Collection[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)
