"""What every figure of docs-freshness means, in a sentence each."""
from __future__ import annotations

from repo_vitals.report.model import MetricDefinition

FILES = "docs_files"
STALE = "docs_stale"
AGE = "docs_age_seconds"
LINKS = "links"
MISMATCHES = "version_mismatches"
SITES = "sites_unreachable"
QUANTILES = ("0.5", "0.9")
UNREACHABLE = frozenset({"unreachable", "build failed", "outdated"})    # states of sites that the figure counts

METRICS: tuple[MetricDefinition, ...] = (
    MetricDefinition(name=FILES, unit="count",
                     definition="Documents of the commit that `paths` mean and that could be read"),
    MetricDefinition(
        name=STALE, unit="count",
        definition="Documents that nobody meaningfully changed or reviewed within the window of their class, or that "
                   "cite something of the repository that changed after them, or vanished since they named it"),
    MetricDefinition(
        name=AGE, unit="seconds", labels=("quantile",),
        definition="Time since a document was last meaningfully changed or reviewed, over all documents (linear "
                   "quantiles)"),
    MetricDefinition(
        name=LINKS, unit="count", labels=("state",),
        definition="Links of the documents by what became of them; external ones are among them only where they were "
                   "asked for, and allowed ones are excluded"),
    MetricDefinition(
        name=MISMATCHES, unit="count",
        definition="Places that state a version of the project which is neither its newest release nor its manifest's"),
    MetricDefinition(
        name=SITES, unit="count",
        definition="Hosted documentation that does not answer, failed to build, or is not of the newest release"),
)

# Outputs of the action, each the value of one metric. The first ones that have a past are drawn in the summary.
HEADLINES: dict[str, tuple[str, dict[str, str]]] = {
    "stale": (STALE, {}),
    "links-broken": (LINKS, {"state": "broken"}),
    "version-mismatches": (MISMATCHES, {}),
    "median-age-seconds": (AGE, {"quantile": "0.5"}),
    "sites-unreachable": (SITES, {}),
    "files": (FILES, {}),
}
