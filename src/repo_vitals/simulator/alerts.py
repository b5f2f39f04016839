"""Changes to what GitHub watches of a repository: alerts are raised, fixed and dismissed."""
from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.actions import Actions
from repo_vitals.simulator.security_model import CodeAlert, SecretAlert, VulnerabilityAlert

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.model import PullRequest, Repository


class AlertChanges(Actions):
    """What `Actions` holds, with everything that happens to alerts."""

    def warn(self, repository: Repository, *, package: str, severity: str, at: datetime, ecosystem: str = "NPM",
             pull_request: PullRequest | None = None, **more: Any) -> VulnerabilityAlert:
        """A vulnerability alert of Dependabot's, with the pull request that it opened for it; `more` as it has them."""
        with self.lock:
            made = self._keep(VulnerabilityAlert(
                id=self._new_id(), repository=repository, number=len(repository.alerts) + 1, package=package,
                ecosystem=ecosystem, severity=severity, created_at=at, pull_request=pull_request, **more))
            insort(repository.alerts, made, key=lambda alert: (alert.created_at, alert.id))
            return made

    def object_to_code(self, repository: Repository, rule: str, *, at: datetime, **more: Any) -> CodeAlert:
        """An alert of code scanning's; `more` as it has them."""
        with self.lock:
            known = repository.security.code
            made = self._keep(CodeAlert(id=self._new_id(), repository=repository, number=len(known) + 1, rule=rule,
                                        created_at=at, **more))
            insort(known, made, key=lambda alert: (alert.created_at, alert.id))
            return made

    def find_secret(self, repository: Repository, *, at: datetime, **more: Any) -> SecretAlert:
        """An alert of secret scanning's."""
        with self.lock:
            known = repository.security.secrets
            made = self._keep(SecretAlert(id=self._new_id(), repository=repository, number=len(known) + 1,
                                          created_at=at, **more))
            insort(known, made, key=lambda alert: (alert.created_at, alert.id))
            return made

    def depend(self, repository: Repository, purl: str, version: str, license: str | None = None) -> None:  # noqa: A002
        """The dependency graph knows one package more."""
        with self.lock:
            self._changed()
            repository.security.components.append((purl, version, license))
