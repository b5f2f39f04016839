"""What every figure of package-adoption means, in a sentence each; docs/metrics.md has them in full."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

RECENT_DAYS = (7, 28)
DOWNLOADS, SEEN, RECENT = "downloads", "downloads_seen", "downloads_recent"
MISSING, GROWTH, WEEK = "downloads_days_missing", "downloads_growth_ratio", "downloads_week_ratio"
ANOMALOUS, MIRRORS = "downloads_anomalous", "downloads_recent_with_mirrors"
SHARE, NEWEST_SHARE, HALF = "version_share_ratio", "newest_version_share_ratio", "newest_version_half_seconds"
YANKED, FLAWED, PACKAGES = "downloads_yanked_ratio", "downloads_vulnerable_ratio", "packages"
VIEWS, VIEWERS = "repository_views", "repository_view_uniques"
CLONES, CLONERS = "repository_clones", "repository_clone_uniques"
STATES = ("usual", "drop", "spike", "unknown")


def _metric(name: str, unit: str, definition: str, *labels: str) -> MetricDefinition:
    return MetricDefinition(name=name, unit=unit, definition=definition, labels=labels)


METRICS: tuple[MetricDefinition, ...] = (
    _metric(DOWNLOADS, "count", "Downloads of all time as the registry tells them now; PyPI and npm tell none",
            "registry", "package"),
    _metric(SEEN, "count", "Downloads of all full days that the registry or the history knows; never with mirrors",
            "registry", "package"),
    _metric(RECENT, "count", "Downloads of the last full days, those that were not told left out; without mirrors",
            "registry", "package", "days"),
    _metric(MISSING, "count", "Days of those that the registry did not tell, also where there was no package yet or "
            "nobody fetched it", "registry", "package", "days"),
    _metric(MIRRORS, "count", "The same downloads with mirrors, which hold the ones without; PyPI only",
            "registry", "package", "days"),
    _metric(GROWTH, "ratio", "Downloads of the last 28 full days ÷ those of the 28 before, weekday by weekday; 1 is no "
            "change", "registry", "package"),
    _metric(WEEK, "ratio", "Downloads of the last seven full days ÷ what is usual for these weekdays", "registry",
            "package"),
    _metric(ANOMALOUS, "count", "1 where the last week, or each of the last two days, is off what is usual "
            "for sure and by more than `largest-change`, else 0", "registry", "package"),
    _metric(SHARE, "ratio", "Share of a version in the recent downloads that are told by version", "registry",
            "package", "version"),
    _metric(NEWEST_SHARE, "ratio", "The same of the newest version", "registry", "package"),
    _metric(HALF, "seconds", "Time from the newest version's publication until it had half of a week's downloads",
            "registry", "package"),
    _metric(YANKED, "ratio", "Share of downloads that went to yanked or deprecated versions, of versions of "
            "which that is told", "registry", "package"),
    _metric(FLAWED, "ratio", "Share of downloads that went to versions with known flaws, of versions that were looked "
            "up", "registry", "package"),
    _metric(PACKAGES, "count", "Packages by how their last week is: " + ", ".join(STATES), "state"),
    _metric(VIEWS, "count", "Views of the repository's pages in the last full days that GitHub tells", "days"),
    _metric(VIEWERS, "count", "People behind the views, as GitHub counts them over its fourteen days"),
    _metric(CLONES, "count", "Clones of the repository in the last full days that GitHub tells", "days"),
    _metric(CLONERS, "count", "People behind the clones, as GitHub counts them over its fourteen days"),
)

# Outputs of the action, each the value of one metric.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    f"packages-{state}": (PACKAGES, {"state": state}) for state in STATES
}
