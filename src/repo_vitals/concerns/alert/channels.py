"""What channels are told of an alert: plain text, and JSON of the shape that Alertmanager posts to webhooks. Pure.

The shape is https://prometheus.io/docs/alerting/latest/configuration/#webhook_config , version "4"; docs/alerts.md says
what stands in it here.
"""
from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, in_words
from repo_vitals.concerns.alert import body_incident
from repo_vitals.concerns.alert import body_parts as parts
from repo_vitals.concerns.alert.plans import Notice
from repo_vitals.frozen import dataclass
from repo_vitals.render.markdown import BREAK, safe_url, unlinked
from repo_vitals.report.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.alert.facts import Problem
    from repo_vitals.concerns.alert.plans import AlertView

MOST_PROBLEMS = 10
MOST_FIGURES = 5
_NEVER = "0001-01-01T00:00:00Z"     # Go's zero time: Alertmanager's word for an end that is not known


def harmless(value: str, *, limit: int = 200) -> str:
    """A stranger's text on one line that pings nobody in a chat, and is no link there: `<!channel>`, `@everyone`."""
    return unlinked(value, limit=limit).replace("<", f"<{BREAK}")


def notices(view: AlertView, channels: tuple[str, ...], told: str, *, title: str) -> tuple[Notice, ...]:
    """One notice for each channel. `told` begins with `resolved` where it has ended."""
    state = view.state
    is_over = told.startswith("resolved")
    word = "resolved" if is_over else f"firing, {view.treatment.severity}"
    began = state.fired_at or state.since or view.now
    if is_over and state.title:
        title = state.title     # what has ended is called as it was: no report names it any more
    monitor = view.signal.monitors[0] if view.signal is not None and len(view.signal.monitors) == 1 else ""
    labels = {"alertname": state.key, "repository": view.repository, "severity": view.treatment.severity,
              **({"monitor": monitor} if monitor else {})}
    level = body_incident.level_of(view)
    if level is not None:
        labels["incident"] = str(level)
    subject = harmless(f"[{word}] {title} ({view.repository})", limit=300)
    text = _text(view, title, is_over=is_over)
    return tuple(Notice(
        channel=channel, key=state.key, told=told, subject=subject, text=text, severity=view.treatment.severity,
        status="resolved" if is_over else "firing", starts_at=began,
        ends_at=(state.resolved_at or view.now) if is_over else None, number=state.number, labels=labels,
        said_at=state.said_at)
        for channel in channels)


def _text(view: AlertView, title: str, *, is_over: bool) -> str:
    state, signal = view.state, view.signal
    began = parts.began(state)
    lasted = parts.duration_of(state)
    lines = [harmless(title, limit=300), f"Repository: {harmless(view.repository)}"]
    if is_over and signal is not None and signal.is_moved:
        lines.append("Alerts are grouped otherwise now, and another one tells of what fails")
    elif is_over:
        lines.append("Resolved" + (f" on {parts.instant(state.resolved_at)}" if state.resolved_at is not None else "")
                     + (f" after {lasted}" if lasted else ""))
    else:
        again = f", for the {parts.ordinal(state.spells)} time" if state.spells > 1 else ""
        lines.append(f"Severity: {view.treatment.severity}")
        lines.append(f"Failing since {parts.instant(began) if began is not None else 'now'}{again}")
        lines += _clock_lines(view)
        if state.acknowledged_at is not None:
            by = f" by {harmless(state.acknowledged_by, limit=60)}" if state.acknowledged_by else ""
            lines.append(f"Acknowledged on {parts.instant(state.acknowledged_at)}{by}")
        elif state.escalated:
            lines.append("Escalated: nobody has acknowledged it")
    if signal is not None and not is_over:
        lines += ["", *(f"- {_problem(one)}" for one in signal.problems[:MOST_PROBLEMS])]
        left = len(signal.problems) - MOST_PROBLEMS
        lines += [f"and {left:,} more in the report"] if left > 0 else []
        lines += [f"{harmless(one.title)}: {harmless(one.value)}, target {harmless(one.target)}"
                  for one in signal.figures[:MOST_FIGURES]]
    if view.treatment.owners and not is_over:
        owners = ", ".join(harmless(one.lstrip("@"), limit=80) for one in view.treatment.owners[:parts.MOST_OWNERS])
        lines.append(f"Owners: {owners}")
    urls = (("Run", view.run_url), ("Report", view.report_url if view.report_url != view.run_url else None))
    return "\n".join([*lines, *(f"{name}: {found}" for name, url in urls if url and (found := safe_url(url)))])


def _clock_lines(view: AlertView) -> list[str]:
    level, began = body_incident.level_of(view), body_incident.asked_since(view.state)
    if level is None:
        return []
    promised = body_incident.promised(view)
    within = ", ".join(f"{harmless(what, limit=40)} by {parts.instant(began + span)} ({in_words(span)})"
                       for what, span in promised[:5]) if began is not None else ""
    return [f"Incident of severity {level}{': ' + within if within else ''}"]


def _problem(problem: Problem) -> str:
    detail = f": {harmless(problem.detail)}" if problem.detail.strip() else ""
    return f"{problem.severity}: {harmless(problem.title) or harmless(problem.rule)}{detail}"


@dataclass(frozen=True, kw_only=True)
class Message:
    """What one channel is told, as `delivery.notify` takes it."""

    id: str                         # the same when the same thing is told again after a failure
    thread: str                     # the same for all that is told of one alert's spell
    subject: str
    text: str
    payload: Mapping[str, Any]
    is_firing: bool
    is_grave: bool


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Where alerts come from, for the links in what is sent."""

    repository: str
    server_url: str = "https://github.com"
    run_url: str | None = None
    report_url: str | None = None

    def message(self, notice: Notice) -> Message:
        """The notice as every kind of channel takes it, with the issue's address once there is one."""
        return Message(
            id=self._id(notice), thread=self._thread(notice), subject=notice.subject, text=self.text(notice),
            payload=self.payload(notice), is_firing=notice.status == "firing",
            is_grave=notice.severity in ("high", "critical"))

    def issue_url(self, notice: Notice) -> str | None:
        """The page of the alert's issue, once there is one."""
        if notice.number is None:
            return None
        return safe_url(f"{self.server_url.rstrip('/')}/{self.repository}/issues/{notice.number}")

    def text(self, notice: Notice) -> str:
        """The notice's text with the issue's address below."""
        issue = self.issue_url(notice)
        return f"{notice.text}\nIssue: {issue}" if issue is not None else notice.text

    def _thread(self, notice: Notice) -> str:
        return f"{self.repository} {notice.key} {format_instant(notice.starts_at)}"

    def _id(self, notice: Notice) -> str:
        # Not the text: it links the run, and names figures that differ from run to run.
        said = "" if notice.said_at is None else format_instant(notice.said_at)
        framed = json.dumps([self._thread(notice), notice.channel, notice.told, notice.status, said])
        return hashlib.sha256(framed.encode("ascii")).hexdigest()[:32]

    def payload(self, notice: Notice) -> dict[str, Any]:
        """The notice in Alertmanager's shape: a group of one alert."""
        home = safe_url(f"{self.server_url.rstrip('/')}/{self.repository}") or ""
        labels = dict(sorted(notice.labels.items()))
        annotations = self._annotations(notice)
        group = {name: label for name, label in labels.items() if name in ("alertname", "repository")}
        alert = {
            "status": notice.status, "labels": labels, "annotations": annotations,
            "startsAt": format_instant(notice.starts_at),
            "endsAt": _NEVER if notice.ends_at is None else format_instant(notice.ends_at),
            "generatorURL": self.issue_url(notice) or home,
            "fingerprint": fingerprint("alert", self.repository.lower(), notice.key),
        }
        return {
            "version": "4", "groupKey": "{}:" + _matcher(group), "truncatedAlerts": 0, "status": notice.status,
            "receiver": notice.channel, "groupLabels": group, "commonLabels": labels,
            "commonAnnotations": annotations, "externalURL": home, "alerts": [alert],
        }

    def _annotations(self, notice: Notice) -> Mapping[str, str]:
        links = (("issue_url", self.issue_url(notice)), ("run_url", safe_url(self.run_url) if self.run_url else None),
                 ("report_url", safe_url(self.report_url) if self.report_url else None))
        return {"summary": notice.subject, "description": self.text(notice),
                **{name: url for name, url in links if url is not None}}


def _matcher(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels.items())) + "}"
