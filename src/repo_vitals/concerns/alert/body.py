"""The texts of an alert's issue: title, body, comments. The same state and signal give the same text. Pure."""
from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.alert import body_incident, comments
from repo_vitals.concerns.alert import body_parts as parts
from repo_vitals.concerns.alert import channels as told_by
from repo_vitals.concerns.alert.signals import BEYOND_TARGET
from repo_vitals.concerns.alert.state import LONGEST_TITLE, STATE, hidden, marker
from repo_vitals.concerns.alert.templates import filled
from repo_vitals.frozen import dataclass
from repo_vitals.render.markdown import Markdown, code, link, text, unlinked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repo_vitals.concerns.alert.facts import Event, Problem
    from repo_vitals.concerns.alert.plans import AlertView, Notice

LARGEST_BODY = 65_000       # bytes, and so characters at most: GitHub takes 65,536 of them
LARGEST_COMMENT = 20_000    # bytes
_MOST_IN_COMMENT = 10       # problems
_MOST_KINDS = 3             # in a title
_NUMBER = re.compile(r"\d+")
_ROOM = {"template": 5_000, "head": 7_000, "said": 3_000, "advice": 5_000, "incident": 8_000, "figures": 5_000,
         "timeline": 6_000}


@dataclass(frozen=True, kw_only=True)
class IssueTexts:
    """Texts of alerts of one repository. Where a view has no link of its own, comments and notices have these."""

    repository: str
    run_url: str | None = None
    report_url: str | None = None
    template: str = ""              # the user's own paragraph, as `templates.parse_template` gives it

    def title(self, view: AlertView) -> str:
        """At most 256 characters of plain text: what it is about, in words that link and ping nothing."""
        words = title_of(view)
        return words if len(words) <= LONGEST_TITLE else words[:LONGEST_TITLE - 1] + "…"

    def body(self, view: AlertView) -> str:
        """Marker in the first line, state in the last, at most 65,000 bytes whatever strangers wrote."""
        # Not this run's own links: they would change a body that says nothing new.
        view = replace(view, run_url=view.run_url or view.state.run_url or None,
                       report_url=view.report_url or view.state.report_url or None)
        state = hidden(view.state)
        paragraph = filled(self.template, _values(view)) + "\n" if self.template else ""
        before = [parts.clipped(paragraph, _ROOM["template"]), parts.clipped(_head(view), _ROOM["head"]),
                  parts.clipped(_said(view), _ROOM["said"])]
        after = [_titled("What to do", parts.clipped(parts.advice(view), _ROOM["advice"])), _figures(view),
                 body_incident.incident(view, _ROOM["incident"]), _history(view), parts.COMMANDS]
        fixed = [marker(view.state.key), *(part for part in before if part), *(part for part in after if part), state]
        used = sum(len(part.encode()) + 2 for part in fixed) + 100
        problems = _titled("What is wrong", parts.problems_table(view, LARGEST_BODY - used))
        visible = "\n".join(part for part in (*before, problems, *after) if part)
        room = LARGEST_BODY - len(marker(view.state.key)) - len(state) - 4      # both are ASCII
        return f"{marker(view.state.key)}\n{parts.clipped(visible, room)}\n{state}\n"

    def shows(self, view: AlertView) -> str:
        """16 hexadecimal digits of the visible text, made without what moves as time goes by.

        A problem stands there by its id and severity, a figure by its target and status: titles and values have ages
        and counts in them, which differ from run to run.
        """
        visible, _, _ = self.body(_steady(view)).rpartition(STATE)
        return hashlib.sha256(visible.encode()).hexdigest()[:16]

    def comment(self, view: AlertView, event: Event) -> str:
        """What followers are told of an event. What strangers wrote pings nobody."""
        view = self._placed(view)
        said = [comments.said(view, event)]
        if event.what in ("worse", "better", "reopened", "repeated", "escalated"):
            said.append(parts.problems_table(view, LARGEST_COMMENT // 2, most=_MOST_IN_COMMENT))
        if event.what == "closed" and body_incident.level_of(view) is not None:
            said.append(body_incident.review_note(view.state))
        if event.what in ("worse", "reopened", "escalated"):
            pinged = parts.mentions(comments.pinged(view, event))
            said.append(f"cc {pinged}\n" if pinged else "")
        where = parts.places(view)
        if where:
            said.append(f"From this {where}.\n")
        return parts.clipped("\n".join(one for one in said if one), LARGEST_COMMENT)

    def notices(self, view: AlertView, channels: tuple[str, ...], told: str) -> tuple[Notice, ...]:
        """The same for each channel, as plain text."""
        view = self._placed(view)
        return told_by.notices(view, channels, told, title=self.title(view))

    def _placed(self, view: AlertView) -> AlertView:
        return replace(view, run_url=view.run_url or view.state.run_url or self.run_url,
                       report_url=view.report_url or view.state.report_url or self.report_url)


def _steady(view: AlertView) -> AlertView:
    signal = view.signal
    if signal is not None:
        signal = replace(
            signal, subject="", said=tuple(_NUMBER.sub("", line) for line in signal.said if not signal.problems),
            problems=tuple(replace(one, title=one.id, detail="") for one in signal.problems),
            figures=tuple(sorted((replace(one, value="") for one in signal.figures),
                                 key=lambda one: (one.title, one.target, one.status))))
    state = replace(view.state, recent=(), rows={}, updated_at=None, run_url="", report_url="", title="", shown="")
    return replace(view, signal=signal, state=state, run_url=None, report_url=None)


def title_of(view: AlertView) -> str:
    """`ci-health: success ratio of ci.yml below 90 %`: the monitor, and its problem; of several, what they are about.

    It holds nothing that moves while the trouble stays the same: each change of a title is a line in the issue.
    """
    key, signal = view.state.key, view.signal
    level = body_incident.level_of(view)
    prefix = f"SEV {level}: " if level is not None else ""
    first, _, rest = key.partition("/")
    if first == "unknown":
        return f"{prefix}{rest}: could not be judged"
    about = "repo-vitals" if key == "all" else first
    problems = signal.problems if signal is not None else ()
    words = unlinked(_about(problems) if problems else signal.subject if signal is not None else "", limit=200)
    # Backticks would be shown as code in a list of issues.
    return f"{prefix}{about}: {words.replace('`', chr(39)) or 'alert'}"


def _about(problems: Sequence[Problem]) -> str:
    """One problem by its name; several by their kinds, the gravest first."""
    if len(problems) == 1:
        # A figure's own problem ends in its value and its target.
        return problems[0].title.rpartition(": ")[0] if problems[0].rule == BEYOND_TARGET else problems[0].title
    kinds = list(dict.fromkeys(problem.title.rpartition(": ")[0] if problem.rule == BEYOND_TARGET
                               else problem.rule.replace("-", " ") for problem in problems))
    return ", ".join(kinds[:_MOST_KINDS]) + (f" and {len(kinds) - _MOST_KINDS} more" if kinds[_MOST_KINDS:] else "")


def _titled(title: str, part: str) -> str:
    return f"### {title}\n\n{part}" if part else ""


def _subject(view: AlertView) -> Markdown:
    named = view.signal.subject if view.signal is not None else ""
    return text(named, limit=120) or code(view.state.key)


def _head(view: AlertView) -> str:
    problems = len(view.signal.problems) if view.signal is not None else 0
    # In brackets: a colon would make an emoji of what a stranger's title ends in.
    heading = f"## {_subject(view)}" + (f" ({parts.counted(problems, 'problem')})" if problems else "") + "\n\n"
    return heading + "".join(f"- **{name}:** {said}\n" for name, said in _lines(view) if said)


def _lines(view: AlertView) -> Iterator[tuple[str, str]]:
    state, treatment = view.state, view.treatment
    yield "State", _standing(view)
    yield "Severity", f"{parts.SIGNS[treatment.severity]} {treatment.severity}"
    if treatment.inhibited_by:
        yield "Held back", f"{code(treatment.inhibited_by)} explains it; followers and channels hear of that one"
    if state.snoozed_until is not None:
        yield "Snoozed", f"until {parts.instant(state.snoozed_until)}" + parts.by(state.snoozed_by)
    if treatment.silenced_until is not None:
        why = f" ({text(treatment.silenced_by, limit=120)})" if treatment.silenced_by else ""
        yield "Silenced", f"until {parts.instant(treatment.silenced_until)}{why}"
    if state.acknowledged_at is not None:
        yield "Acknowledged", parts.instant(state.acknowledged_at) + parts.by(state.acknowledged_by)
    yield "Not judged by the newest run", parts.unheard_of(view)
    yield "Owners", parts.names(treatment.owners)
    yield "Cc", parts.mentions(treatment.mentions)
    yield "Measured by", parts.places(view)
    if state.earlier is not None:
        yield "Before", f"the last time it had issue `{state.earlier}`"


def _standing(view: AlertView) -> str:
    state = view.state
    again = f", for the {parts.ordinal(state.spells)} time" if state.spells > 1 else ""
    if state.phase == "resolved":
        lasted, ended = parts.duration_of(state), parts.at("on", state.resolved_at)
        if state.timeline and state.timeline[-1].what == "moved":
            return f"➡️ closed{ended}: alerts are grouped otherwise now, and another tells of it"
        return f"✅ resolved{ended}{f' after {lasted}' if lasted else ''}"
    if view.signal is not None and view.signal.key.startswith("unknown/"):
        return f"❔ can't be judged{parts.at('since', parts.began(state))}{again}"
    said = f"❌ failing{parts.at('since', parts.began(state))}{again}"
    if state.left_at is not None:
        said += f"; closed by a person on {parts.instant(state.left_at)}, and left alone until it gets worse"
    if view.signal is None:
        return f"{said}; no report speaks of it any more, so that nothing is known"
    if view.signal.outcome == "unknown":
        return f"{said}; the newest run could not judge it"
    if view.signal.outcome == "healthy":
        return f"{said}; the newest run is healthy, {view.treatment.resolve_after} in a row close it"
    return said


def _said(view: AlertView) -> str:
    said = view.signal.said[:5] if view.signal is not None else ()
    return ">\n".join(f"> {text(line, limit=300)}\n" for line in said)


def _figures(view: AlertView) -> str:
    figures = view.signal.figures if view.signal is not None else ()
    if view.signal is not None and view.signal.outcome == "failing":    # figures that pass are no evidence of that
        figures = tuple(figure for figure in figures if figure.status != "pass")
    return _titled("Evidence", parts.figures_table(figures, view, _ROOM["figures"]))


def _history(view: AlertView) -> str:
    made = [part for part in (parts.chart(view.state), parts.timeline(view.state.timeline, _ROOM["timeline"])) if part]
    return _titled("History", "\n".join(made))


def _values(view: AlertView) -> dict[str, Markdown]:
    state, signal = view.state, view.signal
    since = parts.began(state)
    monitors = signal.monitors if signal is not None else ()
    return {
        "key": code(state.key), "monitors": parts.names(monitors), "owners": parts.names(view.treatment.owners),
        "problems": Markdown(f"{len(signal.problems) if signal is not None else 0:,}"),
        "report": link("report", view.report_url), "repository": text(view.repository, limit=150),
        "run": link("workflow run", view.run_url), "severity": Markdown(view.treatment.severity),
        "since": Markdown(parts.instant(since) if since is not None else "unknown"), "subject": _subject(view)}
