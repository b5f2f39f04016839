"""What the readers and the collector hand to the arithmetic: plain values, nothing of a tool's format left in them."""
from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Literal

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.concerns.security_summary.merge import Entry
    from repo_vitals.report.model import Severity

# An advisory says that a package can be attacked, or one of these milder things about it.
Kind = Literal["vulnerability", "unmaintained", "unsound", "yanked", "notice", "withdrawn"]


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package as a tool names it."""

    name: str
    version: str | None = None          # None: the tool does not say which is installed
    ecosystem: str = ""                 # as OSV spells it (crates.io, PyPI, npm, Go …); empty: not said
    file: str | None = None             # lock file or manifest, as the tool wrote it
    line: int | None = None             # line in that file, from 1


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """One advisory about one package, as one report tells it."""

    ids: tuple[str, ...]                # the tool's own id first, then every alias it names
    package: Package
    source: str                         # the reader: "cargo-audit", "osv-scanner", "dependabot" …
    kind: Kind = "vulnerability"
    title: str = ""
    vectors: tuple[str, ...] = ()       # CVSS vectors, any version
    scores: tuple[tuple[str, float], ...] = ()      # (version of CVSS or "", base score) where only the figure is given
    level: Severity | None = None       # the tool's own word; "moderate" is medium; None: it has none
    fixed: tuple[str, ...] = ()         # versions that mend it, as the tool writes them
    paths: tuple[tuple[str, ...], ...] = ()         # each from a direct dependency down to the package, names only
    direct: bool | None = None          # whether the project itself asks for the package
    epss: float | None = None           # probability of exploitation within 30 days
    url: str | None = None
    published: datetime | None = None
    opened_at: datetime | None = None   # when GitHub opened the alert
    private: bool = False               # a draft or private advisory: counted, never described
    ignored: str | None = None          # why the tool itself was told to overlook it (its words); None: it was not


@dataclass(frozen=True, kw_only=True)
class CodeFinding:
    """A place in the code, the workflows or the infrastructure that a tool objects to."""

    rule: str
    source: str                         # the tool: "CodeQL", "zizmor", "semgrep" …
    title: str
    level: Severity
    level_given: bool = True            # False: no security-severity; `level` stands for error, warning or note
    score: float | None = None          # security-severity
    file: str | None = None
    base: str | None = None             # the folder that `file` is seen from, where it is another than the project's
    line: int | None = None
    fingerprint: str | None = None      # the tool's own, where it has one
    url: str | None = None
    opened_at: datetime | None = None
    security: bool = True               # False: of style or quality
    suppressed: str | None = None       # why it is overlooked (in the source, or dismissed); None: it is not
    count: int = 1                      # places it stands for; above 1 where a report has too many to keep each


@dataclass(frozen=True, kw_only=True)
class LicensedPackage:
    """A package with its licence as a tool tells it."""

    package: Package
    license: str | None                 # an SPDX expression or whatever stands there; None: not said
    source: str
    rejected: str | None = None         # why the tool's own policy rejects it; None: it does not, or it has none


@dataclass(frozen=True, kw_only=True)
class PolicyFinding:
    """What cargo-deny says about bans and sources, and its errors about its own configuration of the other checks."""

    check: Literal["bans", "sources", "advisories", "licenses"]
    code: str
    level: Severity
    title: str
    source: str
    package: Package | None = None


@dataclass(frozen=True, kw_only=True)
class Mended:
    """An advisory that is met no longer, and since when, as its source tells: never one that is still open."""

    advisory: Advisory
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one report, or one of GitHub's lists of alerts, says."""

    shown: str                          # its path, or "Dependabot alerts"
    format: str                         # the reader's name
    tool: str = ""                      # the tool's name and version as it tells them
    advisories: tuple[Advisory, ...] = ()
    code: tuple[CodeFinding, ...] = ()
    licenses: tuple[LicensedPackage, ...] = ()
    policy: tuple[PolicyFinding, ...] = ()
    secrets: int | None = None          # how many are exposed; None: this report does not look for them
    checked: int | None = None          # packages that were looked at
    checks: frozenset[str] = frozenset()    # it looked for: "vulnerabilities", "licenses", "code", "secrets", "bans" …
    made_at: datetime | None = None     # when the tool ran
    database_at: datetime | None = None     # how old the advisories are that it knew
    missing: tuple[str, ...] = ()       # why it is not whole: packages skipped, a crash, a cut list; then never clean
    notes: tuple[str, ...] = ()         # what a reader of the report should know, without strangers' text
    mended: tuple[Mended, ...] = ()     # what was fixed of late, where the source remembers
    ignored_ids: tuple[str, ...] = ()   # what the tool was told to overlook, where its report says so


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A source that was asked for and could not be read: its verdict is unknown."""

    shown: str
    why: str
    checks: frozenset[str] = frozenset()    # what it would have been about; empty: it may have been about anything
    can_be_granted: bool = False    # whoever runs this can give the token what it lacks


@dataclass(frozen=True, kw_only=True)
class ToolIgnore:
    """An advisory that a tool was told to overlook."""

    id: str
    where: str                          # the file or the tool that says so
    reason: str = ""
    until: datetime | None = None       # from then on it is no longer overlooked
    package: str | None = None          # only in this package
    version: str | None = None          # only in this version of it
    concern: Literal["vulnerability", "license", "ban"] = "vulnerability"   # what `id` names
    ecosystem: str = ""                 # only in this one, as OSV spells it; empty: in any


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time during which a vulnerability was there. `end` None: it still is, as far as anyone knows."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the history knows of one vulnerability in one package, whatever the version."""

    key: tuple[str, str]                # ecosystem and name, as `identity` writes them
    ids: frozenset[str]
    spans: tuple[Span, ...]             # oldest first; only the last may be open
    severity: str                       # how grave it was when last seen
    origins: dict[str, int] = field(default_factory=dict)   # what told of it when last seen: tool to number of reports
    is_sure: bool = True                # False: it may have been seen before, in a part of the history that was damaged

    @property
    def is_open(self) -> bool:
        """Whether it has not been seen to be gone."""
        return self.spans[-1].end is None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was read."""

    repository: str
    reports: tuple[Report, ...]
    entries: tuple[Entry, ...] = ()     # the advisories of all reports, merged
    unread: tuple[Unread, ...] = ()
    refused: tuple[Unread, ...] = ()    # GitHub's lists that the token may not read and nobody asked for by name
    ignores: tuple[ToolIgnore, ...] = ()    # what tools' own configuration files tell them to overlook
    seen: tuple[Seen, ...] | None = None    # from the history, this run's sight included; None: there is none
    notes: tuple[str, ...] = ()
    unavailable: str | None = None      # what GitHub did not answer after retries
    is_kept: bool = True                # False: the history gets nothing, since the run is not the default branch's
