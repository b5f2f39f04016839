"""What a person should look at. Pure."""
from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from repo_vitals.clock import format_instant
from repo_vitals.concerns.docs_freshness.definitions import UNREACHABLE
from repo_vitals.concerns.docs_freshness.words import counted
from repo_vitals.report.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repo_vitals.concerns.docs_freshness.facts import CheckedLink, Facts
    from repo_vitals.concerns.docs_freshness.measure import DocumentState, Measured
    from repo_vitals.concerns.docs_freshness.policy import Breach, Policy
    from repo_vitals.config.allowlist import Allowed
    from repo_vitals.report.model import Severity

MOST = 500      # of one kind; the report's data has them all


def findings_of(measured: Measured, facts: Facts, policy: Policy) -> tuple[Finding, ...]:
    """Broken links, versions that do not agree, stale documents and the rest, at most MOST of each kind."""
    kinds = (_broken(measured, policy), _versions(measured, policy), _stale(measured, policy),
             _citations(measured), _sites(facts, policy), _required(facts), _unread(facts),
             _unverified(measured, facts), _allowlist(measured, facts, policy))
    return tuple(finding for kind in kinds for finding in islice(kind, MOST))


def _severity(breach: Breach) -> Severity:
    return "high" if breach == "fail" else "medium"


def _broken(measured: Measured, policy: Policy) -> Iterator[Finding]:
    broken = [link for link in measured.links if link.state == "broken"]
    for link in sorted(broken, key=lambda one: one.is_external):
        severity = _severity(policy.external_links) if link.is_external else "high"
        yield Finding(
            rule="external-link-broken" if link.is_external else "link-broken",
            subject=f"{link.file} {link.target}", severity=severity,
            title=f"{link.file} links to {link.target}{_why(link)}", detail=_more(link),
            since=link.failing_since, file=link.file, line=link.line)


def _why(link: CheckedLink) -> str:
    """In words that follow the link: the reason of an external one is a sentence about its host or what that said."""
    if link.is_external and link.reason:
        return f": {link.reason}"
    return f", which {link.reason or 'is broken'}"


def _more(link: CheckedLink) -> str:
    failed = f"It failed {counted(link.failures, 'check')} in a row." if link.failures else ""
    instead = f"Perhaps {link.suggestion} is meant." if link.suggestion else ""
    return " ".join(part for part in (failed, instead) if part)


_SOURCES = {"manifest": "The manifest says", "changelog": "The newest entry is", "citation": "The citation says",
            "snippet": "The instruction names", "head": "It says that it is of", "tag": "The tag is"}


def _versions(measured: Measured, policy: Policy) -> Iterator[Finding]:
    for one in measured.mismatches:
        yield Finding(
            rule="version-mismatch", subject=f"{one.file} {one.source} {one.package}".strip(),
            severity=_severity(policy.version_mismatches),
            title=f"{one.file} states {one.found}{f' of {one.package}' if one.package else ''}, where {one.expected} "
                  "is expected",
            detail=f"{_SOURCES[one.source]} {one.found}.", file=one.file or None, line=one.line or None)


def _stale(measured: Measured, policy: Policy) -> Iterator[Finding]:
    stale = [one for one in measured.documents if one.is_stale and one.allowed is None]
    for one in sorted(stale, key=lambda each: (-(each.age_seconds or 0), each.path)):
        yield Finding(
            rule="document-stale", subject=one.path, severity=_severity(policy.stale), title=f"{one.path} is stale",
            detail=f"{_sentences(one)} Class: {one.of_class}.", file=one.path)


def _sentences(one: DocumentState) -> str:
    return " ".join(f"{reason[:1].upper()}{reason[1:]}." for reason in one.reasons)


# What vanished may have done so before the document's newest change, which left the citation as it was.
_SINCE = {"vanished": "vanished since it was cited", "changed": "changed after it"}


def _citations(measured: Measured) -> Iterator[Finding]:
    """Each thing that a stale document cites, for information: that the document is stale is a finding of its own."""
    for document in measured.documents:
        for one in document.citations if document.allowed is None else ():
            at = "" if one.at is None else f" on {format_instant(one.at)[:10]}"
            commit = f" by {one.commit[:12]}" if one.commit else ""
            yield Finding(
                rule=f"citation-{one.what}", subject=f"{one.file} {one.cited}",
                severity="low" if one.what == "vanished" else "info",
                title=f"{one.file} cites {one.cited}, which {_SINCE[one.what]}",
                detail=f"The {one.kind} {one.what}{at}{commit}.", since=one.at, file=one.file, line=one.line)


_SITES = {"unreachable": "does not answer", "build failed": "failed to build",
          "outdated": "is not of the newest release", "building": "is being built", "unknown": "could not be asked"}


def _sites(facts: Facts, policy: Policy) -> Iterator[Finding]:
    for site in facts.sites:
        if site.state == "ok":
            continue
        severity = _severity(policy.sites) if site.state in UNREACHABLE else "info"
        shows = f" It shows {site.version}." if site.version else ""
        wants = f" {site.expected} was released." if site.expected and site.expected != site.version else ""
        reason = f"{site.reason[:1].upper()}{site.reason[1:]}." if site.reason else ""
        yield Finding(rule=f"site-{site.state.replace(' ', '-')}", subject=site.name, severity=severity,
                      title=f"{site.name} {_SITES[site.state]}", detail=f"{reason}{shows}{wants}".strip(),
                      url=site.url or None)


def _required(facts: Facts) -> Iterator[Finding]:
    for one in facts.required:
        if one.is_there:
            continue
        if ": " in one.what:
            file, _, heading = one.what.partition(": ")
            yield Finding(rule="section-missing", subject=one.what, severity="low",
                          title=f"{one.path or file} has no heading {heading}",
                          detail="" if one.path else "The file is missing, or is no document that could be read.",
                          file=one.path)
        else:
            yield Finding(rule="file-missing", subject=one.what, severity="low", title=f"There is no {one.what}",
                          detail="It may lie at the top, in .github or in docs, or be left out of `required`.")


def _unread(facts: Facts) -> Iterator[Finding]:
    for path, why in (facts.unread or {}).items():
        yield Finding(rule="document-unreadable", subject=path, severity="medium", title=f"{path} {why}",
                      detail="Its links, age and versions are in no figure.", file=path)


def _unverified(measured: Measured, facts: Facts) -> Iterator[Finding]:
    """External links of which none could be asked: nobody should take their silence for health."""
    external = [link for link in measured.links if link.is_external and link.state != "excluded"]
    if external and not facts.asked and all(link.state == "unverified" for link in external):
        count = len(external)
        yield Finding(rule="external-links-not-checked", subject="external links", severity="medium",
                      title="The external link could not be checked" if count == 1 else
                      f"None of {count:,} external links could be checked", detail="The notes say why.")


def _allowlist(measured: Measured, facts: Facts, policy: Policy) -> Iterator[Finding]:
    for one in measured.uses.tables:
        state = measured.uses.state(one)
        if state == "expired" and one.expires is not None:
            yield _of_allowlist(one, "allow-expired", "high", "has expired",
                                f"It ended on {format_instant(one.expires)}; what it allowed counts again. Mend it, or "
                                "decide anew.")
        elif state == "unused" and _looked(one, facts, policy):
            yield _of_allowlist(one, "allow-unused", "low", "allows nothing",
                                "There is no such thing any more; remove it, so that it can't hide another.")


def _looked(one: Allowed, facts: Facts, policy: Policy) -> bool:
    """Whether this run looked for what the table allows."""
    if not facts.documents:
        return False
    if one.concern == "document":
        return all(age.changed is not None for age in facts.ages.values())
    is_address = one.what.lower().startswith(("http://", "https://", "*", "//"))
    return policy.links == "all" or (policy.links == "internal" and not is_address)


def _of_allowlist(one: Allowed, rule: str, severity: Severity, what: str, detail: str) -> Finding:
    owner = f" Owner: {one.owner}." if one.owner else ""
    return Finding(rule=rule, subject=one.subject, severity=severity,
                   title=f"allowlist: {one.concern} {one.what} {what}", detail=f"{detail} Its reason: {one.reason}."
                                                                              f"{owner}")
