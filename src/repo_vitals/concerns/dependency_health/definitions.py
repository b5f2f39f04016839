"""What every figure of dependency-health means, in a sentence each; docs/metrics.md has them in full."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

QUANTILES = ("0.5", "0.9")


def _metric(name: str, unit: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit=unit, definition=definition, labels=labels)


METRICS: tuple[MetricDefinition, ...] = (
    _metric("dependency_updates_open", "count", "Open pull requests of update bots, by the gravest change in each",
            "kind"),
    _metric("dependency_update_age_seconds", "seconds",
            "Time since open update pull requests were created, type-7 quantile", "quantile"),
    _metric("dependency_updates_overdue", "count",
            "Open update pull requests older than the update policy allows; security ones by severity, all others as "
            "`none`", "severity"),
    _metric("dependency_updates_failing", "count",
            "Open update pull requests whose newest commit's checks failed"),
    _metric("dependencies", "count", "Versions of packages that lock files pin, each once, those of registries only",
            "ecosystem"),
    _metric("dependencies_direct", "count", "Those of them that the project itself asks for", "ecosystem"),
    _metric("dependencies_outdated", "count", "Dependencies whose newest stable release is newer", "ecosystem"),
    _metric("dependencies_outdated_direct", "count",
            "Direct dependencies whose newest stable release is newer, by the first number that differs", "step"),
    _metric("dependency_libyears", "count",
            "Years from the publication of the direct dependencies' versions to that of their newest stable releases, "
            "summed"),
    _metric("dependency_libyears_all", "count", "The same over all dependencies"),
    _metric("dependencies_unresolved", "count",
            "Dependencies whose time behind can't be told: deps.dev does not know the package, the version or a date"),
    _metric("dependencies_unchecked", "count", "Dependencies that deps.dev was not asked about, or did not answer"),
    _metric("lock_files_unreadable", "count", "Lock files that are there and can't be read"),
    _metric("dependency_criteria", "count", "Direct dependencies by what each criterion says of them", "criterion",
            "verdict"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "security-updates-open": ("dependency_updates_open", {"kind": "security"}),
    "updates-failing": ("dependency_updates_failing", {}),
    "libyears": ("dependency_libyears", {}),
}
