"""REST operations on alerts: Dependabot's, code scanning's and secret scanning's, and the list of components."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from repo_vitals.clock import format_instant
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.lookups import FORBIDDEN
from repo_vitals.simulator.paging import decode_cursor, encode_cursor
from repo_vitals.simulator.rest_routes import Call, Refusal, Route, paged

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.simulator.security_model import CodeAlert, SecretAlert, VulnerabilityAlert

_ECOSYSTEMS = {"NPM": "npm", "RUST": "rust", "PIP": "pip", "GO": "go", "MAVEN": "maven", "NUGET": "nuget",
               "RUBYGEMS": "rubygems", "COMPOSER": "composer", "ACTIONS": "actions"}
_SEVERITIES = {"MODERATE": "medium"}


def _refuse(status: int, message: str) -> Refusal:
    return Refusal(Answer.error(status, message))


def _need(call: Call, permission: str) -> None:
    """Public or not, nobody sees alerts without the permission."""
    if call.token is None or not call.token.may(permission):
        raise _refuse(403, FORBIDDEN)


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)


# -- Dependabot --------------------------------------------------------------------------------------------------

def _dependabot(call: Call) -> Answer:
    _need(call, "vulnerability_alerts")
    repository = call.repository
    if repository.archived:
        raise _refuse(403, "Dependabot alerts are not available for archived repositories.")
    if not repository.security.dependabot:
        raise _refuse(403, "Dependabot alerts are disabled for this repository.")
    if "page" in call.query:
        raise _refuse(400, "Pagination using the `page` parameter is not supported.")
    wanted = [state for state in call.query.get("state", "").split(",") if state]
    by_update, newest_first = call.query.get("sort") == "updated", call.query.get("direction") != "asc"

    def key(alert: VulnerabilityAlert) -> tuple[int, int]:
        return int((alert.updated_at if by_update else alert.created_at).timestamp()), alert.id
    found = sorted((alert for alert in repository.alerts if not wanted or alert.state.lower() in wanted), key=key,
                   reverse=newest_first)
    if "after" in call.query:
        behind = decode_cursor(call.query["after"])
        found = [alert for alert in found if (key(alert) < behind if newest_first else key(alert) > behind)]
    size = int(call.query.get("per_page", "30"))
    shown = found[:size]
    headers = {}
    if size < len(found):
        query = urlencode({**call.query, "after": encode_cursor(key(shown[-1]))}, quote_via=quote)
        headers["link"] = (f'<{call.request.base}/repositories/{repository.id}/dependabot/alerts?{query}>; '
                           'rel="next"')
    return Answer.of([_alert(call, alert) for alert in shown], headers=headers)


def _alert(call: Call, alert: VulnerabilityAlert) -> dict[str, Any]:
    package = {"ecosystem": _ECOSYSTEMS.get(alert.ecosystem, alert.ecosystem.lower()), "name": alert.package}
    severity = _SEVERITIES.get(alert.severity, alert.severity.lower())
    vulnerability = {
        "package": package, "severity": severity, "vulnerable_version_range": f"< {alert.patched or '99'}",
        "first_patched_version": None if alert.patched is None else {"identifier": alert.patched}}
    cvss = {"vector_string": alert.vector, "score": alert.score}
    created = format_instant(alert.created_at)
    dismissed_by = None if alert.dismissed_at is None else call.forms.account(alert.repository.owner)
    return {
        "number": alert.number, "state": alert.state.lower(),
        "dependency": {"package": package, "manifest_path": alert.manifest, "scope": "runtime",
                       "relationship": alert.relationship},
        "security_advisory": {
            "ghsa_id": alert.ghsa, "cve_id": alert.cve, "summary": alert.summary or f"{alert.package} can be attacked",
            "description": "Some text.", "severity": severity, "classification": "general",
            "identifiers": [{"type": kind, "value": value} for kind, value in
                            (("GHSA", alert.ghsa), ("CVE", alert.cve)) if value],
            "references": [{"url": f"https://github.com/advisories/{alert.ghsa}"}], "published_at": created,
            "updated_at": created, "withdrawn_at": _at(alert.withdrawn_at), "vulnerabilities": [vulnerability],
            "cvss": cvss, "cvss_severities": {"cvss_v3": cvss, "cvss_v4": {"vector_string": None, "score": 0}},
            "epss": None if alert.epss is None else {"percentage": alert.epss, "percentile": 0.5}, "cwes": []},
        "security_vulnerability": vulnerability,
        "url": f"{call.forms.of_repository(alert.repository)}/dependabot/alerts/{alert.number}",
        "html_url": f"{alert.repository.url}/security/dependabot/{alert.number}", "created_at": created,
        "updated_at": format_instant(alert.updated_at), "dismissed_at": _at(alert.dismissed_at),
        "dismissed_by": dismissed_by,
        "dismissed_reason": alert.dismissed_reason, "dismissed_comment": None, "fixed_at": _at(alert.fixed_at),
        "auto_dismissed_at": _at(alert.auto_dismissed_at), "assignees": []}


# -- code scanning -----------------------------------------------------------------------------------------------

def _code_scanning(call: Call) -> Answer:
    _need(call, "security_events")
    security = call.repository.security
    if call.repository.private and not security.code_scanning:
        raise _refuse(403, "Advanced Security must be enabled for this repository to use code scanning.")
    if not security.code_scanning:
        raise _refuse(403, "Code scanning is not enabled for this repository. Please enable code scanning in the "
                           "repository settings.")
    ref = call.query.get("ref", "main").removeprefix("refs/heads/")
    if not security.analysed or ref not in {"main", *(alert.branch for alert in security.code)}:
        raise _refuse(404, "no analysis found")
    state = call.query.get("state")
    found = [alert for alert in reversed(security.code) if alert.branch == ref and state in (None, alert.state)]
    return paged(call, found, lambda alert: _code_alert(call, alert))


def _code_alert(call: Call, alert: CodeAlert) -> dict[str, Any]:
    url = f"{call.forms.of_repository(alert.repository)}/code-scanning/alerts/{alert.number}"
    page = f"{alert.repository.url}/security/code-scanning/{alert.number}"
    dismissed = alert.dismissed_at is not None
    return {
        "number": alert.number, "created_at": format_instant(alert.created_at),
        "updated_at": format_instant(alert.fixed_at or alert.dismissed_at or alert.created_at), "url": url,
        "html_url": page, "instances_url": f"{url}/instances", "state": alert.state, "fixed_at": _at(alert.fixed_at),
        "dismissed_by": call.forms.account(alert.repository.owner) if dismissed else None,
        "dismissed_at": _at(alert.dismissed_at), "dismissed_reason": "won't fix" if dismissed else None,
        "dismissed_comment": None,
        "rule": {"id": alert.rule, "name": alert.rule, "severity": alert.severity,
                 "security_severity_level": alert.security_severity, "description": alert.description,
                 "tags": None if alert.tags is None else list(alert.tags)},
        "tool": {"name": alert.tool, "version": "2.1.0", "guid": None},
        "most_recent_instance": {
            "ref": f"refs/heads/{alert.branch}", "analysis_key": ".github/workflows/codeql.yml:analyze",
            "environment": "{}", "category": "/language:rust", "state": alert.state,
            "commit_sha": hashlib.sha1(alert.rule.encode(), usedforsecurity=False).hexdigest(),
            "message": {"text": alert.description}, "classifications": [], "html_url": page,
            "location": {"path": alert.path, "start_line": alert.line, "end_line": alert.line, "start_column": 1,
                         "end_column": 2}}}


# -- secret scanning ---------------------------------------------------------------------------------------------

def _secret_scanning(call: Call) -> Answer:
    _need(call, "secret_scanning_alerts")
    if not call.repository.security.secret_scanning:
        raise _refuse(404, "Secret scanning is disabled on this repository.")
    state = call.query.get("state")
    found = [alert for alert in reversed(call.repository.security.secrets) if state in (None, alert.state)]
    return paged(call, found, lambda alert: _secret_alert(call, alert))


def _secret_alert(call: Call, alert: SecretAlert) -> dict[str, Any]:
    url = f"{call.forms.of_repository(alert.repository)}/secret-scanning/alerts/{alert.number}"
    shown = {
        "number": alert.number, "created_at": format_instant(alert.created_at), "updated_at": _at(alert.resolved_at),
        "url": url, "html_url": f"{alert.repository.url}/security/secret-scanning/{alert.number}",
        "locations_url": f"{url}/locations", "state": alert.state,
        "resolution": None if alert.resolved_at is None else "revoked", "resolved_at": _at(alert.resolved_at),
        "resolved_by": None, "resolution_comment": None, "secret_type": alert.kind,
        "secret_type_display_name": "GitHub Personal Access Token", "push_protection_bypassed": False,
        "push_protection_bypassed_by": None, "push_protection_bypassed_at": None, "validity": "unknown",
        "publicly_leaked": False, "multi_repo": False}
    return shown if call.query.get("hide_secret") == "true" else {**shown, "secret": alert.secret}


# -- the dependency graph ----------------------------------------------------------------------------------------

def _sbom(call: Call) -> Answer:
    repository = call.repository
    if not repository.security.dependency_graph:
        raise _refuse(404, "Dependency graph is disabled for this repository.")
    own = _component(f"pkg:github/{repository.full_name}", "main", None, "com.github." + repository.full_name)
    packages = [own, *(_component(purl, version, known) for purl, version, known in repository.security.components)]
    related = [("DESCRIBES", "SPDXRef-DOCUMENT", own["SPDXID"]),
               *(("DEPENDS_ON", own["SPDXID"], one["SPDXID"]) for one in packages[1:])]
    return Answer.of({"sbom": {
        "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "name": own["name"], "dataLicense": "CC0-1.0",
        "documentNamespace": f"https://spdx.org/spdxdocs/protobom/{repository.id}",
        "creationInfo": {"created": format_instant(call.state.now), "creators": ["Tool: GitHub.com-Dependency-Graph"]},
        "packages": packages,
        "relationships": [{"relationshipType": kind, "spdxElementId": one, "relatedSpdxElement": other}
                          for kind, one, other in related]}})


def _component(purl: str, version: str, known: str | None, name: str | None = None) -> dict[str, Any]:
    found = {"SPDXID": f"SPDXRef-{hashlib.sha256(f'{purl} {version}'.encode()).hexdigest()[:16]}",
             "name": name or purl.partition("/")[2], "versionInfo": version, "downloadLocation": "NOASSERTION",
             "filesAnalyzed": False, "copyrightText": "NOASSERTION",
             "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                               "referenceLocator": f"{purl}@{version}"}]}
    return found if known is None else {**found, "licenseConcluded": known}


_AT = "/repos/{owner}/{repo}"
ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_AT}/dependabot/alerts", (("vulnerability_alerts", "read"),), _dependabot),
    Route("GET", f"{_AT}/code-scanning/alerts", (("security_events", "read"),), _code_scanning),
    Route("GET", f"{_AT}/secret-scanning/alerts", (("secret_scanning_alerts", "read"),), _secret_scanning),
    Route("GET", f"{_AT}/dependency-graph/sbom", (("contents", "read"),), _sbom),
)
