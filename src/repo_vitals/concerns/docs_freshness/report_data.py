"""The report's `data`: what the figures are made of, for other tools and for the summary's tables. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.docs_freshness.definitions import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from repo_vitals.concerns.docs_freshness.facts import CheckedLink, Facts, Site, VersionMention
    from repo_vitals.concerns.docs_freshness.measure import DocumentState, Measured

MOST_LINKS = 10_000         # in data.links: those that are not ok before those that are
MOST_FILES = 10_000
MOST_CITATIONS = 2_000
MOST_VERSIONS = 2_000
_MOST_ROWS = 20             # of a table in the summary
_MOST_NOTES = 1_000
# Upper ends of the age chart's steps, in days.
_STEPS = ((7, "1 week"), (30, "1 month"), (90, "3 months"), (180, "6 months"), (365, "1 year"), (730, "2 years"))


def data_of(measured: Measured, facts: Facts) -> dict[str, Any]:
    """JSON values only."""
    links = sorted(measured.links, key=lambda link: link.state == "ok")[:MOST_LINKS]
    links.sort(key=lambda link: (link.file, link.line, link.target))
    citations = [one for document in measured.documents for one in document.citations]
    return {
        "definitions": {metric.name: metric.definition for metric in METRICS},
        "complete": list(facts.missing) or True,
        "head_sha": facts.head_sha,
        "links": [_link(link) for link in links],
        "links_left_out": len(measured.links) - len(links),
        "files": [_file(one, facts) for one in measured.documents[:MOST_FILES]],
        "files_left_out": max(0, len(measured.documents) - MOST_FILES),
        "unread": [{"file": path, "reason": why} for path, why in (facts.unread or {}).items()],
        "versions": [_version(one) for one in measured.versions[:MOST_VERSIONS]],
        "citations": [{"file": one.file, "line": one.line, "cited": one.cited, "kind": one.kind, "what": one.what,
                       "commit": one.commit or None, "at": _at(one.at)} for one in citations[:MOST_CITATIONS]],
        "sites": [{"name": site.name, "url": site.url, "state": site.state, "reason": site.reason or None,
                   "version": site.version or None, "expected": site.expected or None} for site in facts.sites],
        "required": [{"what": one.what, "file": one.path, "present": one.is_there} for one in facts.required],
        "community_profile": None if facts.profile_ratio is None else {"health_ratio": facts.profile_ratio},
        "allow": [{"number": one.number, "concern": one.concern, "what": one.what, "path": one.path,
                   "reason": one.reason, "owner": one.owner, "expires": _at(one.expires),
                   "state": measured.uses.state(one), "allows": measured.uses.hits.get(one.number, 0)}
                  for one in measured.uses.tables],
        "notes_on_documents": [{"file": path, "note": note} for path, document in facts.documents.items()
                               for note in document.notes][:_MOST_NOTES],
        "series": _series(measured.documents),
        "sections": _sections(measured, facts),
    }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


def _link(link: CheckedLink) -> dict[str, Any]:
    more = {} if not link.is_external else {
        "failing_since": _at(link.failing_since), "failures": link.failures}
    return {"file": link.file, "line": link.line, "target": link.target, "state": link.state,
            "reason": link.reason or None, "external": link.is_external, "suggestion": link.suggestion or None, **more}


def _file(one: DocumentState, facts: Facts) -> dict[str, Any]:
    age, drift = one.age, (facts.drift or {}).get(one.path)
    return {
        "file": one.path, "changed_at": None if age.changed is None else format_instant(age.changed.at),
        "commit": None if age.changed is None else age.changed.commit, "class": one.of_class, "stale": one.is_stale,
        "reasons": list(one.reasons), "age_seconds": one.age_seconds,
        "reviewed": None if age.reviewed is None else age.reviewed.isoformat(),
        "next_review": None if age.next_review is None else age.next_review.isoformat(),
        "drift_ratio": drift.drifted / drift.cited if drift is not None and drift.cited else None,
        "allowed": None if one.allowed is None else one.allowed.reason,
    }


def _version(one: VersionMention) -> dict[str, Any]:
    return {"file": one.file or None, "line": one.line or None, "found": one.found, "expected": one.expected or None,
            "agrees": one.agrees, "source": one.source, "package": one.package or None}


def _series(documents: Sequence[DocumentState]) -> list[dict[str, Any]]:
    """How many documents are at most so old: the distribution of ages as a rising line."""
    ages = [one.age_seconds for one in documents]
    known = [age for age in ages if age is not None]
    if not known or len(known) < len(ages):
        return []
    points = [[name, sum(age <= days * 86400 for age in known)] for days, name in _STEPS]
    return [{"title": "Documents at most so old", "unit": "count", "points": [*points, ["any age", len(known)]]}]


def _sections(measured: Measured, facts: Facts) -> list[dict[str, Any]]:
    from datetime import timedelta

    def days(seconds: float | None) -> str:
        span: timedelta | None = None if seconds is None else timedelta(seconds=seconds)
        return "unknown" if span is None else in_words(span)
    stale = sorted((one for one in measured.documents if one.is_stale), key=lambda one: -(one.age_seconds or 0))
    broken = [link for link in measured.links if link.state == "broken"]
    unsure = [link for link in measured.links if link.state == "unverified"]
    return [
        {"title": "Stale documents", "headers": ["File", "Class", "Age", "Why"],
         "rows": [[one.path, one.of_class, days(one.age_seconds), "; ".join(one.reasons)
                   + (" (allowed)" if one.allowed else "")] for one in stale[:_MOST_ROWS]]},
        {"title": "Broken links", "headers": ["Place", "Target", "Why", "Perhaps"],
         "rows": [[f"{link.file}:{link.line}", link.target, link.reason, link.suggestion]
                  for link in broken[:_MOST_ROWS]]},
        {"title": "Links that could not be verified", "headers": ["Place", "Target", "Why"],
         "rows": [[f"{link.file}:{link.line}", link.target, link.reason] for link in unsure[:_MOST_ROWS]]},
        {"title": "Versions", "headers": ["Place", "States", "Expected", "Package"],
         "rows": [[f"{one.file}:{one.line}" if one.file else "newest tag", one.found, one.expected, one.package]
                  for one in sorted(measured.versions, key=lambda one: one.agrees)[:_MOST_ROWS]]},
        {"title": "Hosted documentation", "headers": ["Site", "State", "Shows", "Released", "Why"],
         "rows": [_site(site) for site in facts.sites[:_MOST_ROWS]]},
        {"title": "Required files and sections", "headers": ["What", "Where"],
         "rows": [[one.what, one.path or ("by the organisation" if one.is_there else "missing")]
                  for one in facts.required]},
    ]


def _site(site: Site) -> list[str]:
    return [site.name, site.state, site.version, site.expected, site.reason]
