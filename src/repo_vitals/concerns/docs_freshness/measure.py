"""Figures from facts. Pure: no clock, network, files or environment."""
from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from repo_vitals.concerns.docs_freshness import definitions
from repo_vitals.concerns.docs_freshness.ages import fresh_at, staleness
from repo_vitals.concerns.docs_freshness.allowing import Uses
from repo_vitals.concerns.docs_freshness.classes import windows
from repo_vitals.concerns.docs_freshness.facts import Age, LinkState
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Metric
from repo_vitals.stats.quantiles import linear_quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import timedelta

    from repo_vitals.concerns.docs_freshness.facts import CheckedLink, Citation, DocumentClass, Facts, VersionMention
    from repo_vitals.concerns.docs_freshness.policy import Policy
    from repo_vitals.config.allowlist import Allowed

STATES: tuple[LinkState, ...] = get_args(LinkState)


@dataclass(frozen=True, kw_only=True)
class DocumentState:
    """How one document stands."""

    path: str
    of_class: DocumentClass
    age: Age
    age_seconds: float | None               # since it was known to be right; None: no telling
    is_stale: bool | None                   # None: no telling
    reasons: tuple[str, ...]                # why it is stale, or why there is no telling
    citations: tuple[Citation, ...] = ()    # that make it so
    allowed: Allowed | None = None          # what accepts that


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Figures, and what they are made of."""

    metrics: tuple[Metric, ...]
    documents: tuple[DocumentState, ...]
    links: tuple[CheckedLink, ...]          # allowed ones are excluded
    versions: tuple[VersionMention, ...]
    mismatches: tuple[VersionMention, ...]  # without what is allowed
    uses: Uses


def measure(facts: Facts, policy: Policy) -> Measured:
    """Every figure. One that can't be measured has the value None and no samples; zero is a measurement."""
    uses = Uses.of(policy.allowlist, facts.now)
    documents = tuple(_documents(facts, policy, uses))
    links = tuple(_links(facts, uses))
    mismatches = tuple(one for one in facts.versions
                       if not one.agrees and (not one.file or uses.document(one.file) is None))
    return Measured(
        metrics=(
            _count(definitions.FILES, len(documents) or None, len(documents)),
            _stale(documents),
            *_ages(documents),
            *_by_state(links, facts, policy),
            _mismatches(mismatches, facts),
            _sites(facts),
        ),
        documents=documents, links=links, versions=facts.versions, mismatches=mismatches, uses=uses,
    )


def _documents(facts: Facts, policy: Policy, uses: Uses) -> Iterator[DocumentState]:
    spans = windows(policy.classes, maximum_age=policy.maximum_age)
    citations: dict[str, list[Citation]] = {}
    for citation in facts.citations:
        citations.setdefault(citation.file, []).append(citation)
    for path in facts.documents:
        age = facts.ages.get(path, Age(changed=None, why_unknown="git was not asked"))
        yield _document(path, facts, age, spans, tuple(citations.get(path, ())), uses)


def _document(path: str, facts: Facts, age: Age, spans: Mapping[DocumentClass, timedelta | None],
              cited: tuple[Citation, ...], uses: Uses) -> DocumentState:
    of_class = facts.classes.get(path, "other")
    by_age = staleness(age, spans[of_class], now=facts.now)
    vanished, changed = (sum(one.what == what for one in cited) for what in ("vanished", "changed"))
    reasons = [by_age.reason] if by_age.reason else []
    reasons += [f"{count:,} {'thing' if count == 1 else 'things'} that it cites {what}"
                for count, what in ((vanished, "vanished since it named them" if vanished > 1 else
                                     "vanished since it named it"), (changed, "changed after it")) if count]
    is_stale = True if cited else by_age.is_stale
    at = fresh_at(age)
    return DocumentState(
        path=path, of_class=of_class, age=age, is_stale=is_stale, reasons=tuple(reasons), citations=cited,
        age_seconds=None if at is None else max(0.0, (facts.now - at).total_seconds()),
        allowed=uses.document(path) if is_stale else None)


def _links(facts: Facts, uses: Uses) -> Iterator[CheckedLink]:
    for link in facts.links:
        allowed = uses.link(link.target, link.file) if link.state in ("broken", "unverified") else None
        yield link if allowed is None else replace(link, state="excluded", reason=f"is allowed: {allowed.reason}")


def _count(name: str, value: float | None, samples: int, **labels: str) -> Metric:
    # A count that is known is one reading at least, also of documents in which there is nothing to count.
    return Metric(name=name, value=value, unit="count", samples=0 if value is None else max(samples, 1), labels=labels)


def _stale(documents: tuple[DocumentState, ...]) -> Metric:
    """A document of which there is no telling makes the count one that nobody knows."""
    known = [one for one in documents if one.is_stale is not None]
    whole = bool(documents) and len(known) == len(documents)
    return _count(definitions.STALE, sum(one.is_stale is True and one.allowed is None for one in known)
                  if whole else None, len(documents))


def _ages(documents: tuple[DocumentState, ...]) -> Iterator[Metric]:
    ages = [one.age_seconds for one in documents if one.age_seconds is not None]
    whole = bool(documents) and len(ages) == len(documents)     # those of a part may be the young ones
    for quantile in definitions.QUANTILES:
        yield Metric(name=definitions.AGE, value=linear_quantile(ages, float(quantile)) if whole else None,
                     unit="seconds", samples=len(ages) if whole else 0, labels={"quantile": quantile})


def _by_state(links: tuple[CheckedLink, ...], facts: Facts, policy: Policy) -> Iterator[Metric]:
    counts = Counter(link.state for link in links)
    was_checked = policy.links != "none" and bool(facts.documents)
    for state in STATES:
        yield _count(definitions.LINKS, counts[state] if was_checked else None, len(links), state=state)


def _mismatches(mismatches: tuple[VersionMention, ...], facts: Facts) -> Metric:
    stated = sum(one.source != "tag" for one in facts.versions)
    return _count(definitions.MISMATCHES, len(mismatches) if stated else None, stated)


def _sites(facts: Facts) -> Metric:
    unreachable = sum(site.state in definitions.UNREACHABLE for site in facts.sites)
    is_known = bool(facts.sites) and all(site.state != "unknown" for site in facts.sites)
    return _count(definitions.SITES, unreachable if is_known else None, len(facts.sites))
