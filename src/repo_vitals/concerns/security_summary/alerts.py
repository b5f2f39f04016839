"""GitHub's own alerts as reports: Dependabot's, code scanning's, how many secrets are exposed; licences by its SBOM.

Each function raises our errors: FeatureDisabled for what is switched off, PermissionMissing for what the token may not
read, CouldNotMeasure for an answer that can't be trusted. Draft and private advisories of the repository are never
asked for.
"""
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.security_summary import fields
from repo_vitals.concerns.security_summary.ecosystems import ecosystem
from repo_vitals.concerns.security_summary.facts import Advisory, CodeFinding, Mended, Package, Report
from repo_vitals.concerns.security_summary.formats import secret_rules
from repo_vitals.concerns.security_summary.formats.sarif_findings import OF_STYLE
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.github_alerts import CALLED, Alerts
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from repo_vitals.report.model import Severity
    from repo_vitals.sources.github_connection import GitHub

_LEVELS: dict[str, Severity] = {"error": "high", "warning": "medium", "note": "low", "none": "info"}
_DIRECT = {"direct": True, "transitive": False}


def dependabot(github: GitHub, repository: str, *, since: datetime | None = None) -> Report:
    """The open alerts; with `since`, one listing more: those that were fixed since then, as `mended`.

    Dismissed alerts, by hand or by rule, are neither. Permission: vulnerability-alerts: read.
    """
    alerts = Alerts(github, repository)
    with _trusted("dependabot"):
        advisories = tuple(_advisory(one) for one in alerts.dependabot(state="open") if one["state"] == "open")
        mended = () if since is None else tuple(_mended(alerts, since))
    return Report(shown=CALLED["dependabot"], format="dependabot", tool="Dependabot", advisories=advisories,
                  mended=mended, checks=frozenset({"vulnerabilities"}))


def code_scanning(github: GitHub, repository: str) -> Report:
    """The open alerts on the default branch; those of tools that look for secrets are counted and not described.

    Permission: security-events: read, and metadata to know the branch.
    """
    alerts = Alerts(github, repository)
    with _trusted("code-scanning"):
        ref = f"refs/heads/{alerts.default_branch()}"
        opened = tuple(one for one in alerts.code_scanning(ref) if one["state"] == "open")
        found = tuple(_code(one) for one in opened if not _is_of_a_secret(one))
        secrets = len(opened) - len(found)
    return Report(shown=CALLED["code-scanning"], format="code-scanning", tool="GitHub code scanning", code=found,
                  secrets=secrets or None, checks=frozenset({"code", "secrets"} if secrets else {"code"}))


def secret_scanning(github: GitHub, repository: str) -> Report:
    """How many secrets are exposed, and nothing else about them.

    Permission: secret scanning alerts: read, which a workflow's own token never has.
    """
    alerts = Alerts(github, repository)
    with _trusted("secret-scanning"):
        found = sum(one["state"] == "open" for one in alerts.secret_scanning())
    return Report(shown=CALLED["secret-scanning"], format="secret-scanning", tool="GitHub secret scanning",
                  secrets=found, checks=frozenset({"secrets"}))


def sbom(github: GitHub, repository: str) -> Report:
    """Licences of the dependencies that GitHub's dependency graph knows. Permission: contents: read."""
    from repo_vitals.concerns.security_summary.formats.spdx import of_document

    alerts = Alerts(github, repository)
    with _trusted("sbom"):
        return of_document(alerts.sbom(), shown=CALLED["sbom"], name="sbom", source="GitHub",
                           own=f"pkg:github/{repository}")


@contextmanager
def _trusted(name: str) -> Iterator[None]:
    """Any answer of another shape than GitHub describes is an error and never less than there is."""
    try:
        yield
    except Unreadable as error:
        raise CouldNotMeasure(f"{CALLED[name]}: GitHub's answer {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise CouldNotMeasure(f"{CALLED[name]}: GitHub's answer is not what its API describes "
                              f"({type(error).__name__})") from None


def _mended(alerts: Alerts, since: datetime) -> Iterator[Mended]:
    for one in alerts.dependabot(state="fixed", sort="updated", direction="desc"):
        updated, fixed = fields.instant(one["updated_at"]), fields.instant(one["fixed_at"])
        if updated is None:
            raise TypeError("updated_at")
        # Newest change first; nothing is fixed later than it is changed.
        if updated < since:
            return
        if one["state"] == "fixed" and fixed is not None and fixed >= since:
            yield Mended(advisory=_advisory(one), at=fixed)


def _advisory(one: dict[str, Any]) -> Advisory:
    known, about, dependency = one["security_advisory"], one["security_vulnerability"], one["dependency"]
    cvss = [entry for entry in (known.get("cvss"), *(known.get("cvss_severities") or {}).values()) if entry]
    patched = about["first_patched_version"]
    return Advisory(
        ids=fields.identifiers(known["ghsa_id"], known["cve_id"] or "",
                               [entry["value"] for entry in known.get("identifiers") or ()]),
        package=Package(name=fields.clean(about["package"]["name"]), ecosystem=ecosystem(about["package"]["ecosystem"]),
                        file=fields.clean(dependency["manifest_path"]) or None),
        source="dependabot", kind="withdrawn" if known["withdrawn_at"] else "vulnerability",
        title=fields.clean(known["summary"]), vectors=fields.vectors(*(entry["vector_string"] for entry in cvss)),
        # A score of 0 without a vector is how GitHub writes that there is none.
        scores=tuple(("", score) for entry in cvss if not entry["vector_string"]
                     and (score := fields.number(entry["score"], least=0.1, most=10)) is not None),
        level=fields.severity(about["severity"]), fixed=(fields.clean(patched["identifier"]),) if patched else (),
        direct=_DIRECT.get(dependency.get("relationship") or ""), epss=_epss(known.get("epss")),
        url=fields.web(one["html_url"]), published=fields.instant(known["published_at"]),
        opened_at=fields.instant(one["created_at"]),
    )


def _epss(given: Any) -> float | None:
    """The probability; GitHub calls it a percentage, and gives a share."""
    entries = given if isinstance(given, list) else [given]
    found = entries[0].get("percentage") if entries and isinstance(entries[0], dict) else None
    return fields.number(found, least=0, most=1)


def _is_of_a_secret(one: dict[str, Any]) -> bool:
    rule = one["rule"]
    return secret_rules.finds_secrets(str(one["tool"]["name"]), str(rule.get("id") or ""),
                                      name=str(rule.get("name") or ""),
                                      tags=[tag for tag in rule.get("tags") or () if isinstance(tag, str)])


def _code(one: dict[str, Any]) -> CodeFinding:
    rule, instance = one["rule"], one["most_recent_instance"]
    place, given = instance.get("location") or {}, rule.get("security_severity_level")
    tool = fields.clean(one["tool"]["name"]) or "code scanning"
    tags = rule.get("tags") or ()
    called = fields.clean(rule.get("id") or rule.get("name") or "")
    # The message of a rule about secrets may hold one.
    message = called if secret_rules.mentions_secrets(called) else (instance.get("message") or {}).get("text")
    return CodeFinding(
        rule=called, source=tool, title=fields.clean(rule.get("description") or message or ""),
        level=fields.severity(given or "") or _LEVELS.get(rule.get("severity") or "", "medium"),
        level_given=bool(given), file=fields.clean(place.get("path") or "") or None,
        line=fields.line(place.get("start_line")), fingerprint=f"alert {one['number']}",
        url=fields.web(one["html_url"]), opened_at=fields.instant(one["created_at"]),
        # CodeQL marks what is about security; its other rules are about quality. Most other tools mark nothing.
        security=bool(given) or "security" in tags or not (
            tool.lower() in OF_STYLE or (tool == "CodeQL" and bool(tags))),
    )
