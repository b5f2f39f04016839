"""Figures against limits. Pure: the same figures and limits always give the same verdict."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.service_health import definitions
from repo_vitals.concerns.service_health.facts import STATES
from repo_vitals.concerns.service_health.measure import metrics_of
from repo_vitals.report.model import Finding, Judgement, Metric, Target
from repo_vitals.sources.web_url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.service_health.facts import Facts
    from repo_vitals.concerns.service_health.measure import Checked
    from repo_vitals.report.model import Severity


def judge(checked: Sequence[Checked], facts: Facts, *, end: datetime) -> Judgement:
    """Judged metrics, findings and what the report says besides. What could not be told is unknown, never a pass."""
    by_name = {one.probe.service.name: one for one in checked}
    notes = () if facts.keeps else (
        "there is no history, so uptime, flapping and how long an outage has lasted are not known",)
    return Judgement(
        repository=facts.repository,
        metrics=tuple(_judged(metric, by_name) for metric in metrics_of(checked)),
        findings=tuple(finding for one in checked for finding in _findings(one, end)),
        summary=_summary(checked),
        data={
            "services": [_row(one) for one in checked],
            "sections": [{"title": "Services", "headers": list(_HEADERS),
                          "rows": [_cells(one) for one in checked]}],
            "definitions": {metric.name: metric.definition for metric in definitions.METRICS},
            "complete": True,
        },
        notes=notes,
    )


def _judged(metric: Metric, by_name: Mapping[str, Checked]) -> Metric:
    one = by_name.get(metric.labels.get("service", ""))
    if one is None:
        return metric
    service = one.probe.service
    if metric.name == definitions.UP and one.state != "pending":    # what is not due yet has no target
        return metric.judged(Target("==", 1))
    if not one.up:      # of a service that is not up neither speed nor certificate is judged
        return metric
    if metric.name == definitions.RESPONSE and service.latency is not None:
        return metric.judged(Target("<=", service.latency.total_seconds()), breach="warn")
    if metric.name == definitions.CERTIFICATE:
        return metric.judged(Target(">=", service.certificate.total_seconds()), breach="warn")
    return metric


def _findings(one: Checked, end: datetime) -> Iterator[Finding]:
    service = one.probe.service
    if one.state == "down":
        failed = sum(found.state == "down" for found in one.probe.tries)
        often = f" in {failed} of {len(one.probe.tries)} tries" if len(one.probe.tries) > 1 else ""
        lasting = "" if one.since is None or one.since == end else \
            f" Down at every check that told since {format_instant(one.since)}, for {in_words(end - one.since)}."
        flapped = " It went up and down several times lately." if one.flapping else ""
        yield _finding(one, "service-down", "high", f"{service.name} is down",
                       f"{_sentence(one.reason)}{often}{_besides(one)}.{lasting}{flapped}", since=one.since or end)
    elif one.state == "degraded":
        yield _finding(one, "service-degraded", "medium", f"{service.name} is degraded",
                       f"{_sentence(one.reason)}{_besides(one)}.")
    elif one.state in ("unknown", "pending"):
        yield _finding(one, f"service-{one.state}", "info", f"{service.name}: {_WORDS[one.state]}",
                       f"{_sentence(one.reason)}{_besides(one)}.")
    if one.up and one.flapping:
        yield _finding(one, "service-flapping", "info", f"{service.name} is flapping",
                       "It is up now, and went up and down several times lately.")
    if one.up and service.latency is not None and one.seconds is not None \
            and one.seconds > service.latency.total_seconds():
        yield _finding(one, "service-slow", "medium", f"{service.name} is slow",
                       f"It took {one.seconds:.2f} s to answer; the limit is "
                       f"{service.latency.total_seconds():g} s.")
    if one.up and one.certificate_seconds is not None and \
            one.certificate_seconds < service.certificate.total_seconds():
        left = timedelta(seconds=max(0.0, one.certificate_seconds))
        yield _finding(one, "certificate-expiry", "medium", f"The certificate of {service.name} expires soon",
                       f"In {in_words(left)}; a renewal is due with {in_words(service.certificate)} left.")


_WORDS = {"unknown": "could not be checked", "pending": "not due yet"}


def _finding(one: Checked, rule: str, severity: Severity, title: str, detail: str, *,
             since: datetime | None = None) -> Finding:
    service = one.probe.service
    return Finding(rule=rule, subject=f"service {service.name}", severity=severity, title=title, detail=detail,
                   url=parse_url(service.url).shown, since=since, labels={"service": service.name})


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _besides(one: Checked) -> str:
    return f" ({one.probe.remark})" if one.probe.remark else ""


def _summary(checked: Sequence[Checked]) -> str:
    counts = {state: sum(one.state == state for one in checked) for state in STATES}
    parts = [f"{counts['up']} of {len(checked)} {'service' if len(checked) == 1 else 'services'} up"]
    parts += [f"{count} {state}" for state, count in counts.items() if count and state != "up"]
    return ", ".join(parts)


def _row(one: Checked) -> dict[str, Any]:
    probe, expires = one.probe, one.probe.certificate_expires_at
    return {
        "name": probe.service.name,
        "url": parse_url(probe.service.url).shown,
        "kind": probe.service.kind,
        "state": one.state,
        "up": one.up,
        "reason": one.reason or None,
        "remark": probe.remark or None,
        "tries": [{"at": format_instant(found.at), "status": found.status,
                   "seconds": None if found.seconds is None else round(found.seconds, 6),
                   "reason": found.reason or None} for found in probe.tries],
        "certificate_expires_at": None if expires is None else format_instant(expires),
        "final_url": probe.final_url,
        "since": None if one.since is None else format_instant(one.since),
        "flapping": one.flapping,
        "uptime": [{"days": days, "ratio": found.ratio, "covered": round(found.covered, 6), "checks": found.checks}
                   for days, found in one.uptime.items()],
    }


_HEADERS = ("Service", "State", "Answer", "Up, 7 days", "Up, 30 days", "Why")


def _cells(one: Checked) -> list[str]:
    def share(days: int) -> str:
        ratio = one.uptime[days].ratio
        return "" if ratio is None else f"{100 * ratio:.2f} %"
    return [one.probe.service.name, one.state, "" if one.seconds is None else f"{one.seconds:.2f} s", share(7),
            share(30), one.reason]
