"""What the readers and the collector hand to the arithmetic: plain values, nothing of a format or an API left in them.

Paths are those of git: relative to the checkout's root, with `/`, whatever the machine. Lines count from 1.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

Format = Literal["markdown", "rst", "html"]
LinkState = Literal["ok", "broken", "unverified", "excluded"]
DocumentClass = Literal["user", "api", "security", "process", "other"]


class Unreadable(Exception):
    """What is wrong with a document, in words that follow its name: "is binary". Quotes nothing of its text."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """One link or image of a document, as it stands there."""

    target: str             # as written, entities and escapes resolved, nothing else changed
    line: int
    is_image: bool = False


@dataclass(frozen=True, kw_only=True)
class Heading:
    """One heading with the anchor that GitHub gives it."""

    text: str               # as a reader sees it, markup taken off
    level: int              # 1 to 6
    line: int
    anchor: str             # unique in its document: the second of the same name ends in -1


@dataclass(frozen=True, kw_only=True)
class Code:
    """A code span or block: where documents cite files, commands and versions."""

    text: str
    line: int               # of the first line of its text, which is below the fence
    language: str = ""      # the first word after the fence; empty for spans and indented blocks
    is_block: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document as read."""

    path: str
    format: Format
    links: tuple[Link, ...] = ()
    headings: tuple[Heading, ...] = ()
    anchors: frozenset[str] = frozenset()       # of headings and of ids and names in HTML, as they stand
    code: tuple[Code, ...] = ()
    front_matter: Mapping[str, object] | None = None    # None: it has none
    site_names: frozenset[str] = frozenset()    # of places in it, which only generators of sites read
    is_filled: bool = False # a generator of sites puts in what is not in the file
    base: str = ""          # what an HTML page says its links start at (`<base>`)
    notes: tuple[str, ...] = ()                 # what could not be understood (front matter that is no YAML …)


@dataclass(frozen=True, kw_only=True)
class CheckedLink:
    """What became of one link of one document."""

    file: str
    line: int
    target: str
    state: LinkState
    reason: str = ""        # why it is not ok, in words that follow the target; what was left out of the check
    is_external: bool = False
    suggestion: str = ""    # where it moved to, or a copy in a web archive; never followed by us
    failing_since: datetime | None = None       # of an external one: the first of the failed checks in a row
    failures: int = 0                           # how many there are in a row


@dataclass(frozen=True, kw_only=True)
class Change:
    """The last meaningful change of a file, by git."""

    commit: str
    at: datetime            # the committer's date


@dataclass(frozen=True, kw_only=True)
class Release:
    """The newest release or version tag."""

    name: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Age:
    """When a document was last changed or reviewed."""

    changed: Change | None              # None: no telling, and `why_unknown` says why
    why_unknown: str = ""               # for a document that is due at each release also: why no release is known
    reviewed: date | None = None        # by its front matter or a line of its own
    next_review: date | None = None     # likewise
    unchanged_since: datetime | None = None     # where `changed` is None: what history there is has no later change
    release: Release | None = None      # the newest one, if source files changed between the document and it


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Something of the repository that a document cites and that changed after it, or vanished since it was cited."""

    file: str
    line: int
    cited: str              # as it stands in the document
    kind: Literal["file", "folder", "command", "make target", "configuration key", "lines"]
    what: Literal["vanished", "changed"]
    commit: str = ""        # that did it
    at: datetime | None = None
    target: str = ""        # the path in the repository, of the file that holds it where it is no path itself
    lost: float | None = None   # of what changed: the share of its lines then that are no longer in it, from 0 to 1


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How much of what a document cites changed after it, or vanished since it was cited."""

    cited: int              # things of the repository, each once
    drifted: int


@dataclass(frozen=True, kw_only=True)
class VersionMention:
    """One place that states the project's own version."""

    file: str
    line: int
    found: str              # the version or range as it stands there
    source: Literal["manifest", "changelog", "tag", "snippet", "head", "citation"]
    package: str = ""       # whose, where a repository has several
    agrees: bool = True     # with `expected`
    expected: str = ""


@dataclass(frozen=True, kw_only=True)
class Site:
    """One hosted documentation, asked over the network."""

    name: str               # "docs.rs", "Read the Docs", "GitHub Pages", or the address of one that was named
    url: str
    state: Literal["ok", "unreachable", "build failed", "outdated", "building", "unknown"]
    reason: str = ""
    version: str = ""       # that it shows, where it tells
    expected: str = ""      # that was released


@dataclass(frozen=True, kw_only=True)
class Required:
    """One file or section that a repository ought to have."""

    what: str               # "SECURITY", or "README: Installation"
    path: str | None        # where it is; None: nowhere
    is_there: bool


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A repository's documents at one commit."""

    repository: str
    now: datetime
    head_sha: str | None
    documents: Mapping[str, Document]           # by path
    classes: Mapping[str, DocumentClass]
    ages: Mapping[str, Age]
    links: tuple[CheckedLink, ...] = ()
    citations: tuple[Citation, ...] = ()
    drift: Mapping[str, Drift] | None = None    # by path, of documents that cite something; None: git was not asked
    versions: tuple[VersionMention, ...] = ()
    sites: tuple[Site, ...] = ()
    required: tuple[Required, ...] = ()
    unread: Mapping[str, str] | None = None     # documents that could not be read, and why
    notes: tuple[str, ...] = ()
    no_documents: str = ""                      # why there is none, in words that follow "unknown:"
    missing: tuple[str, ...] = ()               # what could not be asked, a phrase each
    unavailable: str = ""                       # a service that did not answer, in a line: the run ends in 3
    is_kept: bool = True                        # False: the commit is not the default branch's
    asked: int = 0                              # links to other hosts that this run asked for
    profile_ratio: float | None = None          # GitHub's own share of recommended community files
