"""What the simulated GitHub holds about a repository's security, as plain values."""
from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repo_vitals.simulator.accounts import Node

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import PullRequest, Repository

_GHSA = "23456789cfghjmpqrvwx"      # the letters of GitHub's ids


@dataclass(eq=False, kw_only=True)
class VulnerabilityAlert(Node):
    """Dependabot's warning of a package, and the pull request that it opened for it."""

    repository: Repository = field(repr=False)
    number: int
    package: str
    ecosystem: str                          # in GraphQL's word: NPM, RUST, PIP …
    severity: str                           # CRITICAL, HIGH, MODERATE, LOW
    created_at: datetime
    pull_request: PullRequest | None = None
    fixed_at: datetime | None = None
    dismissed_at: datetime | None = None
    auto_dismissed_at: datetime | None = None
    dismissed_reason: str | None = None     # in REST's word: tolerable_risk …
    withdrawn_at: datetime | None = None
    cve: str | None = None
    summary: str = ""
    manifest: str = "Cargo.lock"
    relationship: str | None = "direct"     # direct, transitive, unknown, inconclusive
    patched: str | None = "1.0.1"
    vector: str | None = None               # of CVSS 3
    score: float = 0                        # 0 where there is no vector
    epss: float | None = None

    PREFIX = "RVA"

    @property
    def ghsa(self) -> str:
        """The id of its advisory, made of its package's name: the same package has the same."""
        digest = hashlib.sha256(f"{self.ecosystem} {self.package}".encode()).hexdigest()
        letters = [_GHSA[int(digest[place:place + 2], 16) % len(_GHSA)] for place in range(0, 24, 2)]
        return "GHSA-" + "-".join("".join(letters[place:place + 4]) for place in (0, 4, 8))

    @property
    def state(self) -> str:
        """OPEN, FIXED, DISMISSED or AUTO_DISMISSED."""
        if self.fixed_at is not None:
            return "FIXED"
        if self.dismissed_at is not None:
            return "DISMISSED"
        return "OPEN" if self.auto_dismissed_at is None else "AUTO_DISMISSED"

    @property
    def updated_at(self) -> datetime:
        """When it last changed its state."""
        return max(at for at in (self.created_at, self.fixed_at, self.dismissed_at, self.auto_dismissed_at)
                   if at is not None)


@dataclass(eq=False, kw_only=True)
class CodeAlert(Node):
    """What code scanning objects to. It was found on one branch."""

    repository: Repository = field(repr=False)
    number: int
    rule: str
    created_at: datetime
    severity: str | None = "warning"        # none, note, warning, error
    security_severity: str | None = None    # low, medium, high, critical
    tags: tuple[str, ...] | None = ()
    tool: str = "CodeQL"
    description: str = "Something is wrong"
    path: str = "src/main.rs"
    line: int = 1
    branch: str = "main"
    fixed_at: datetime | None = None
    dismissed_at: datetime | None = None

    @property
    def state(self) -> str:
        """open, dismissed or fixed."""
        return "fixed" if self.fixed_at is not None else "open" if self.dismissed_at is None else "dismissed"


@dataclass(eq=False, kw_only=True)
class SecretAlert(Node):
    """A secret that secret scanning found."""

    repository: Repository = field(repr=False)
    number: int
    created_at: datetime
    secret: str = field(repr=False, default="ghp_simulatedSimulatedSimulatedSimulated")
    kind: str = "github_personal_access_token"
    resolved_at: datetime | None = None

    @property
    def state(self) -> str:
        """open or resolved."""
        return "open" if self.resolved_at is None else "resolved"


@dataclass(kw_only=True)
class Security:
    """What GitHub watches of a repository, and what it found there."""

    dependabot: bool = True                 # whether alerts are switched on
    code_scanning: bool = True              # whether the repository has the product at all
    analysed: bool = True                   # whether an analysis was ever uploaded
    secret_scanning: bool = True
    dependency_graph: bool = True
    code: list[CodeAlert] = field(default_factory=list)         # oldest first
    secrets: list[SecretAlert] = field(default_factory=list)    # oldest first
    # purl, version, licence (None: not known) of each dependency that the graph knows.
    components: list[tuple[str, str, str | None]] = field(default_factory=list)
