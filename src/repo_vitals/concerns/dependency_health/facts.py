"""What the collector hands to the arithmetic: plain values, nothing of an API left in them."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Ecosystem = Literal["cargo", "npm", "pypi"]
ECOSYSTEMS: tuple[Ecosystem, ...] = ("cargo", "npm", "pypi")
Kind = Literal["security", "major", "minor", "patch", "other", "unknown"]
KINDS: tuple[Kind, ...] = ("security", "major", "minor", "patch", "other", "unknown")
AdvisorySeverity = Literal["critical", "high", "medium", "low"]
ADVISORY_SEVERITIES: tuple[AdvisorySeverity, ...] = ("critical", "high", "medium", "low")
Standing = Literal["vulnerability", "informational", "withdrawn"]
Key = tuple[Ecosystem, str, str]        # ecosystem, name, version


@dataclass(frozen=True, kw_only=True)
class Change:
    """One package that an update changes; versions as the bot writes them, empty where it does not."""

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Update:
    """An open pull request of an update bot."""

    number: int
    title: str
    url: str
    bot: str                                # its login, without `[bot]`
    created_at: datetime
    kind: Kind                              # of several packages the gravest
    severity: AdvisorySeverity | None       # of a security update; None: not known
    why: str                                # what the kind was read from, in a few words of ours
    changes: tuple[Change, ...] = ()
    checks: str | None = None               # GitHub's word for the newest commit's checks; None: there are none
    mergeable: str = "UNKNOWN"              # GitHub's word
    is_draft: bool = False


@dataclass(frozen=True, kw_only=True)
class BotSetup:
    """A bot's configuration file on the default branch."""

    bot: Literal["dependabot", "renovate"]
    path: str
    ecosystems: frozenset[str]              # ours that it updates; for Renovate all of them
    interval_days: float | None             # between its looks; None: the file does not say in a form that we read
    off: bool = False                       # it opens no pull requests for versions
    problem: str | None = None              # why the file can't be read


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package at a version, as lock files name it."""

    ecosystem: Ecosystem
    name: str
    version: str
    direct: bool | None                     # None: the lock file does not tell
    files: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What tells one from another."""
        return self.ecosystem, self.name, self.version


@dataclass(frozen=True, kw_only=True)
class LockFile:
    """A lock file that was read, or could not be."""

    path: str
    ecosystem: Ecosystem
    packages: tuple[Package, ...] = ()
    apart: Mapping[str, int] = field(default_factory=dict)  # what no registry can be asked about, by what it is
    problem: str | None = None              # why it can't be read; then the rest is empty


@dataclass(frozen=True, kw_only=True)
class Release:
    """What deps.dev says of a package, reduced to what is measured. Instants are None where it has none."""

    newest: str | None                      # the newest stable version; None: no version can be told from another
    newest_at: datetime | None
    last_at: datetime | None                # when anything was last published, pre-releases too
    used: Mapping[str, datetime | None]     # publication of the versions in use; a version it does not know is missing
    deprecated: bool | None = None          # the newest version is; None: not said


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """A security advisory that deps.dev names for a version."""

    id: str
    severity: AdvisorySeverity | None       # None: without a score
    aliases: tuple[str, ...] = ()           # ids of the same flaw elsewhere
    standing: Standing = "vulnerability"


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What deps.dev says of one version of a package."""

    licenses: tuple[str, ...]
    advisories: tuple[Advisory, ...]
    deprecated: bool | None
    project: str | None                     # github.com/owner/name


@dataclass(frozen=True, kw_only=True)
class Project:
    """What deps.dev says of the repository that a package comes from."""

    maintained: int | None                  # Scorecard's check, 0 to 10; None: it did not run
    archived: bool


@dataclass(frozen=True, kw_only=True)
class Index:
    """All that was learned from deps.dev. What it was asked about and does not know is there with None."""

    releases: Mapping[tuple[Ecosystem, str], Release | None] = field(default_factory=dict)
    details: Mapping[Key, Detail | None] = field(default_factory=dict)
    projects: Mapping[str, Project | None] = field(default_factory=dict)
    stopped: str | None = None              # why it was not asked about the rest
    failed: int = 0                         # questions that it did not answer; what they were about is missing above
    failure: str | None = None              # what became of the first of them
    unavailable: str | None = None          # why it counts as not there at all
    off: bool = False                       # it was not to be asked at all


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A repository's dependencies at the time of asking."""

    repository: str                         # owner/name, as GitHub spells it
    updates: tuple[Update, ...]
    setups: tuple[BotSetup, ...]
    last_by_bot: Mapping[str, datetime]     # newest pull request of each bot in any state, as far back as was looked
    looked_back_to: datetime                # no pull request older than this was looked at
    locks: tuple[LockFile, ...]
    packages: tuple[Package, ...]           # of all lock files together, each version once
    index: Index
    notes: tuple[str, ...] = ()
