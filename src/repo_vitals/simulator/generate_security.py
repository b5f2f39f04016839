"""Alerts for a generated repository: a few of each kind, in every state, and what must be counted of them."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
_LICENSES = (("serde", "1.0.195", "MIT OR Apache-2.0"), ("ulid", "1.1.0", "MIT"), ("hashbag", "0.1.12", "GPL-3.0-only"),
             ("itoa", "1.0.9", None))


def add_security(state: State, repository: Repository, *, now: datetime) -> None:
    """Give a repository alerts of Dependabot's, code scanning and secret scanning, and components with licences."""
    def ago(days: float) -> datetime:
        return (now - timedelta(days=days)).replace(microsecond=0)

    state.warn(repository, package="chrono", ecosystem="RUST", severity="MODERATE", at=ago(12), patched="0.4.42",
               relationship="transitive", vector=_VECTOR, score=7.5, epss=0.02, cve="CVE-2026-1234")
    state.warn(repository, package="itoa", ecosystem="RUST", severity="LOW", at=ago(40), patched=None,
               dismissed_at=ago(39), dismissed_reason="tolerable_risk")
    state.warn(repository, package="libc", ecosystem="RUST", severity="CRITICAL", at=ago(20), fixed_at=ago(18))
    state.object_to_code(repository, "rust/path-injection", at=ago(9), severity="error", security_severity="high",
                         tags=("security", "external/cwe/cwe-022"), description="Uncontrolled path", line=42)
    state.object_to_code(repository, "excessive-permissions", at=ago(30), tool="zizmor", severity="warning", tags=(),
                         description="overly broad permissions", path=".github/workflows/ci.yml", line=7)
    state.object_to_code(repository, "rust/unused-variable", at=ago(3), severity="note", tags=("maintainability",))
    state.object_to_code(repository, "rust/hard-coded-secret", at=ago(50), security_severity="critical",
                         tags=("security",), fixed_at=ago(45))
    state.find_secret(repository, at=ago(5))
    state.find_secret(repository, at=ago(60), resolved_at=ago(59))
    for name, version, known in _LICENSES:
        state.depend(repository, f"pkg:cargo/{name}", version, known)
