"""What a report says of documents in sentences. Pure."""
from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.concerns.docs_freshness.definitions import UNREACHABLE
from repo_vitals.plain_text import quotable

if TYPE_CHECKING:
    from repo_vitals.concerns.docs_freshness.facts import Facts
    from repo_vitals.concerns.docs_freshness.measure import Measured
    from repo_vitals.concerns.docs_freshness.policy import Policy

_MOST_NOTES = 5         # of one kind


def counted(count: int, noun: str) -> str:
    """`1 link`, `2 links`."""
    return f"{count:,} {noun}{'' if count == 1 else 's' if not noun.endswith('ch') else 'es'}"


def summary_of(measured: Measured, facts: Facts, policy: Policy) -> str:
    """The verdict in a line, without strangers' text."""
    documents = measured.documents
    if not documents:
        return f"documents unknown: {facts.no_documents or 'none is at `paths`'}"
    stale = sum(one.is_stale is True and one.allowed is None for one in documents)
    unknown = sum(one.is_stale is None for one in documents)
    parts = [f"{stale:,} of {counted(len(documents), 'document')} stale"]
    if unknown:
        parts.append(f"{unknown:,} of unknown age")
    ages = sorted(one.age_seconds for one in documents if one.age_seconds is not None)
    if len(ages) == len(documents):     # one of unknown age may be older, stale or not
        parts.append(f"the oldest {in_words(timedelta(seconds=ages[-1]))} old")
    if policy.links != "none":
        counts = Counter((link.state, link.is_external) for link in measured.links)
        broken = counts["broken", False] + counts["broken", True]
        parts.append(f"{broken:,} of {counted(len(measured.links), 'link')} broken")
        if counts["unverified", True]:
            unsure = counts["unverified", True]
            parts.append(f"{unsure:,} external {'one' if unsure == 1 else 'ones'} unverified")
    if any(one.source != "tag" for one in facts.versions):
        parts.append("versions agree" if not measured.mismatches else
                     counted(len(measured.mismatches), "version mismatch"))
    if facts.sites:
        states = Counter(site.state for site in facts.sites)
        wrong = sum(count for state, count in states.items() if state in UNREACHABLE)
        parts.append(f"{wrong:,} of {counted(len(facts.sites), 'site')} down or behind")
        if states["unknown"]:
            parts.append(f"{states['unknown']:,} unknown")
    missing = sum(not one.is_there for one in facts.required)
    if missing:
        parts.append(f"{counted(missing, 'file')} or section{'' if missing == 1 else 's'} missing")
    return ", ".join(parts)


def notes_of(measured: Measured, facts: Facts, policy: Policy) -> tuple[str, ...]:
    """What a reader should know about the figures, without strangers' text but quoted paths."""
    notes = list(facts.notes)
    why = Counter(one.age.why_unknown for one in measured.documents if one.is_stale is None and one.age.why_unknown)
    notes += [f"the age of {counted(count, 'document')} is unknown: {reason}" for reason, count in
              why.most_common(_MOST_NOTES)]
    if measured.documents and not any(one.source != "tag" for one in facts.versions):
        notes.append("nothing states a version of the project, so none is compared")
    said = [f"{quotable(path, limit=120)}: {note}" for path, document in facts.documents.items()
            for note in document.notes]
    notes += said[:_MOST_NOTES]
    if len(said) > _MOST_NOTES:
        notes.append(f"{counted(len(said) - _MOST_NOTES, 'more note')} on documents stand at data.notes_on_documents")
    if policy.links == "internal" and measured.documents:
        notes.append("links to other hosts were not asked (`links: all` asks them)")
    return tuple(dict.fromkeys(notes))
