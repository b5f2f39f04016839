"""What git knows of the documents: ages, and what became of what they cite. Called by collect; asks git and GitHub.

With a shallow checkout the history is fetched without contents, else GitHub is asked, else ages are unknown.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.concerns.docs_freshness.ages import end_of
from repo_vitals.concerns.docs_freshness.citing import SOURCE_ENDINGS, Cited, cited
from repo_vitals.concerns.docs_freshness.drifting import Scope, drift
from repo_vitals.concerns.docs_freshness.facts import Age, Change
from repo_vitals.concerns.docs_freshness.ignored_revisions import read_revisions
from repo_vitals.concerns.docs_freshness.last_changes import answered, last_changes
from repo_vitals.concerns.docs_freshness.stamps import read_stamps
from repo_vitals.config import globs
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.plain_text import quotable
from repo_vitals.sources.bases import DEEPER
from repo_vitals.sources.checkout import NoCheckout
from repo_vitals.sources.deeper import NotDeeper, deeper
from repo_vitals.sources.git import GitFailed
from repo_vitals.sources.git_contents import Contents
from repo_vitals.sources.git_history import read_history

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Citation, Document, Drift, Release
    from repo_vitals.concerns.docs_freshness.last_changes import LastChange, Question
    from repo_vitals.config.declare import Surroundings
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.git import Git
    from repo_vitals.sources.git_history import GitHistory
    from repo_vitals.sources.git_log import LoggedCommit
    from repo_vitals.sources.github_connection import GitHub

_LARGEST_LIST = 1_000_000       # bytes of a file of revisions to ignore
# Documents that tell of the past: what they cite may be gone.
RECORDS = ("CHANGELOG*", "CHANGES*", "HISTORY*", "NEWS*", "RELEASES*", "RELEASE_NOTES*", "changelog.d/**", "changes/**",
           "docs/adr/**", "docs/adrs/**", "docs/decisions/**", "docs/rfcs/**", "docs/releases/**", "docs/archive/**")


@dataclass(frozen=True, kw_only=True)
class PastPolicy:
    """What counts."""

    bots: tuple[str, ...] = ()              # names of authors besides those that end in [bot]
    ignored_revisions: tuple[str, ...] = (".git-blame-ignore-revs",)
    records: tuple[str, ...] = RECORDS      # patterns of documents whose citations are left alone
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
    server_url: str = "", why_none: str = "", release: Release | None = None, api: Collection[str] = (),
) -> Past:
    """The ages and citations of the documents at the checked-out commit.

    `contents` are the documents' bytes. Without a `checkout`, `why_none` says why. `api` are the documents that are due
    at each `release`. `github`, `repository` (owner/name) and `server_url`, where they are given, are for a shallow
    checkout. Raises what the client raises.
    """
    stamps = {path: read_stamps(document, contents.get(path, b""), now=now) for path, document in documents.items()}
    notes = [f"{quotable(path)}: {note}" for path, stamp in stamps.items() for note in stamp.notes]
    ages = {path: Age(changed=None, why_unknown=why_none or "there is no checkout", reviewed=stamp.reviewed,
                      next_review=stamp.next_review) for path, stamp in stamps.items()}
    if checkout is None:
        return Past(ages=ages, notes=tuple(notes))
    try:
        asked = _Asking(documents, contents, checkout, policy)
        reading = asked.read(checkout.git, shallow=checkout.shallow, with_sources=bool(api))
        if checkout.is_shallow and reading.ends_early:
            try:
                git = deeper(checkout, surroundings.environ, repository=repository, server_url=server_url,
                             secret=None if github is None else github.transport.token)
                reading = asked.read(git, with_sources=bool(api))
            except NotDeeper as error:
                notes.append(f"the checkout is shallow, and its history could not be fetched: {error} ({DEEPER})")
        ages, more = _ages(ages, reading, now=now, api=frozenset(api), release=release)
        citations, scores = asked.drift(ages, reading)
    except (GitFailed, NoCheckout, CouldNotMeasure) as error:
        why = error.shown if isinstance(error, GitFailed) else str(error)
        ages = {path: replace(age, why_unknown=f"git could not tell the history ({quotable(why)})")
                for path, age in ages.items()}
        return Past(ages=ages, notes=tuple(notes))
    return Past(ages=ages, citations=citations, drift=scores, notes=(*notes, *asked.notes, *more))


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A history that was read, and where contents of it are."""

    history: GitHistory
    changes: Mapping[str, LastChange]
    contents: Contents

    @property
    def ends_early(self) -> bool:
        """Whether it does not tell every document's change."""
        return any(change.commit is None for change in self.changes.values())


class _Asking:
    """What is asked of a history, be it the checkout's or a deeper one."""

    def __init__(self, documents: Mapping[str, Document], contents: Mapping[str, bytes], checkout: Checkout,
                 policy: PastPolicy) -> None:
        self.notes: list[str] = []
        self._checkout = checkout
        self._policy = policy
        self._texts = contents
        self._files = frozenset(checkout.files(checkout.head))
        self._folders = frozenset(folder for path in self._files for folder in _above(path))
        self._paths = [path for path in documents if path in self._files]
        self._cited: list[Cited] = [one for path in self._paths if not globs.matches(path, policy.records)
                                    for one in cited(documents[path])]
        self._ignored = self._ignored_revisions()

    def read(self, git: Git, *, shallow: Collection[str] = (), with_sources: bool) -> _Reading:
        """Read the log once. Raises GitFailed and CouldNotMeasure."""
        named = {path for one in self._cited for path in one.paths}
        history = read_history(
            git, self._checkout.head, follow=[_bytes(path) for path in self._paths],
            watch={_bytes(path) for path in named - self._folders},
            folders={_bytes(path) for path in named - self._folders - self._files},
            shallow=[commit.encode() for commit in shallow],
            endings=tuple(ending.encode() for ending in SOURCE_ENDINGS) if with_sources else ())
        contents = Contents(git)

        def answer(questions: Sequence[Question]) -> dict[Question, bool | None]:
            told = (texts for group in contents.groups([question.ids for question in questions]) for texts in group)
            return {question: answered(question, texts) for question, texts in zip(questions, told, strict=True)}

        changes = last_changes(history.places, answer, is_passed_over=self._is_passed_over)
        return _Reading(history=history, contents=contents,
                        changes={path.decode("utf-8", "surrogateescape"): change for path, change in changes.items()})

    def drift(self, ages: Mapping[str, Age], reading: _Reading) -> tuple[tuple[Citation, ...], dict[str, Drift]]:
        """What became of what the documents cite, as far as their own age is known."""
        written = {path: max([age.changed.at, *([] if age.reviewed is None else [end_of(age.reviewed)])])
                   for path, age in ages.items() if age.changed is not None}
        ends = {path[start + 1:] for path in self._files | self._folders
                for start in range(len(path)) if path[start] == "/"}
        scope = Scope(files=self._files, folders=self._folders, ends=ends, history=reading.history, written=written,
                      contents=self._texts, lost=self._policy.lost)
        return drift(self._cited, scope, lambda questions: [
            texts for group in reading.contents.groups(questions) for texts in group])

    def _ignored_revisions(self) -> frozenset[bytes]:
        found: frozenset[bytes] = frozenset()
        for path in self._policy.ignored_revisions:
            text = self._checkout.text(self._checkout.head, path, largest=_LARGEST_LIST)
            ids, odd = read_revisions(text or "")
            found |= ids
            if odd:
                self.notes.append(f"{quotable(path)} has {odd} lines that are no whole commit ids; they are left out")
        return found

    def _is_passed_over(self, commit: LoggedCommit) -> bool:
        name = commit.name.decode("utf-8", "replace").strip()
        return (commit.id in self._ignored or name.endswith("[bot]") or name in self._policy.bots
                or commit.email.partition(b"@")[0].endswith(b"[bot]"))


def _ages(ages: Mapping[str, Age], reading: _Reading, *, now: datetime, api: Collection[str], release: Release | None,
          ) -> tuple[dict[str, Age], list[str]]:
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
        at = _instant(change.commit, now)
        ahead += change.commit.at > now.timestamp()
        released = release if release is not None and path in api and any(
            at < _instant(commit, now) <= release.at for commit in reading.history.source_changes) else None
        found[path] = replace(age, changed=Change(commit=change.commit.id.decode(), at=at), why_unknown="",
                              release=released)
    notes = []
    if ahead:
        notes.append(f"{ahead} documents were changed by commits of the future, by their committers' clocks; they count "
                     "as changed now")
    if unread:
        notes.append(f"of {unread} documents, changes count that may be of form alone: contents are not here to compare")
    return found, notes


def _instant(commit: LoggedCommit, now: datetime) -> datetime:
    """When a commit was made, not later than now."""
    return min(now, datetime.fromtimestamp(0, timezone.utc) + timedelta(seconds=min(commit.at, 100_000_000_000)))


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _above(path: str) -> Iterator[str]:
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)
