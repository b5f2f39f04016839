"""The parts of an alert's body. All that strangers wrote goes through `render.markdown`. Pure."""
from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from repo_vitals.clock import in_words
from repo_vitals.concerns.alert.spells import unheard
from repo_vitals.render.figures import STATUS_SIGNS
from repo_vitals.render.folding import folded_part, used_columns
from repo_vitals.render.markdown import Markdown, code, cut_to_bytes, link, table, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.alert.facts import AlertState, Event, Failed, Figure, Problem
    from repo_vitals.concerns.alert.plans import AlertView
    from repo_vitals.report.model import Severity

SIGNS: Mapping[Severity, str] = MappingProxyType(
    {"critical": "🟥", "high": "🔴", "medium": "🟠", "low": "🟡", "info": "🔵"})
MOST_OWNERS = 10
MOST_MONITORS = 8
_IN_SIGHT = 5           # problems; one or two more are not worth a fold
_CUT = Markdown("_Cut for its size; the report has all of it._\n")
_OUTCOME_SIGNS = (("failing", "🟥", "failing"), ("healthy", "🟩", "healthy"), ("unknown", "⬜", "unknown"))
# What an alert about a monitor that can't be judged remembers of a run: it fires where the run could not judge.
_JUDGED_SIGNS = (("healthy", "🟩", "judged"), ("failing", "⬜", "not judged"), ("unknown", "⬜", "not judged"))
_DOCS = "https://github.com/nushell-works/repo-vitals/blob/main/actions"
_HINTS: Mapping[str, str] = MappingProxyType({
    "ci-health": "Look at the newest failed run of the workflow. Where the same commit failed and then passed, mend or "
                 "set aside the flaky test; where it never passed, the newest change to it is the first suspect.",
    "community-metrics": "Answer, label or hand on the items that wait longest: the report's agenda has them by due "
                         "date.",
    "coverage": "Add tests for the lines that the report names, or take back the change that left them without.",
    "dependency-health": "Merge or close the update that has waited longest, those for known vulnerabilities first.",
    "docs-freshness": "Mend the broken links and look through the stale pages; a page that still holds is confirmed by "
                      "a review mark.",
    "package-adoption": "Look whether the registry's figures are whole, then at what changed with the newest release.",
    "performance-compare": "Measure again to rule out a noisy machine, then look at the commits since the last good "
                           "result.",
    "security-summary": "Update to the version that the report names as fixed, the gravest first; what does not apply "
                        "is allowed with a reason and an end date.",
    "service-health": "Look at the service itself and at its host's own status page, then at its newest deployment.",
})
_ACCOUNT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99})?")
_NO_HINT = "The report says what was measured and against which limit."
_UNJUDGED_HINT = ("The summary and the notes of its report say what is missing: a permission, a file, a service that "
                  "did not answer, or enough to judge by. Where there is nothing to measure, leave the monitor out.")
_WORDS: Mapping[str, str] = MappingProxyType({
    "opened": "Opened", "worse": "Got worse", "better": "Got better", "repeated": "Still failing", "snoozed": "Snoozed",
    "woken": "Snooze ended", "acknowledged": "Acknowledged", "status": "Status update", "severity": "Severity set",
    "escalated": "Escalated", "resolved": "Resolved by hand", "closed": "Closed, healthy again",
    "moved": "Closed, grouped otherwise",
    "reopened": "Came back", "kept": "Opened again: a bot had closed it", "left": "Closed by a person",
    "review-due": "Review due", "reviewed": "Reviewed"})


def clipped(part: str, limit: int) -> str:
    """A part of at most so many bytes, cut between lines."""
    return cut_to_bytes(Markdown(part), limit, _CUT)


def instant(moment: datetime) -> str:
    """`2026-01-31 06:00 UTC`."""
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def at(word: str, moment: datetime | None) -> str:
    """` since 2026-01-31 06:00 UTC`, or nothing."""
    return "" if moment is None else f" {word} {instant(moment)}"


def by(login: str) -> str:
    """` by mona`, or nothing."""
    return f" by {code(login, limit=60)}" if login else ""


def ordinal(count: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count:,}{ending}"


def counted(count: int, noun: str) -> str:
    """`1 problem`, `2 problems`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def words_of(what: str) -> str:
    """An event's kind as a timeline says it."""
    return _WORDS.get(what, what.replace("-", " ").capitalize())


def began(state: AlertState) -> datetime | None:
    """When the trouble began: with the first run that failed, which `fire-after` and a silence may put long before the
    alert. What people read counts from here; what is asked of people counts from when they could know."""
    return state.since or state.fired_at


def is_about_judging(state: AlertState) -> bool:
    """Whether the alert is about a monitor that can't be judged, not about what one found."""
    return state.key.startswith("unknown/")


def duration_of(state: AlertState) -> str:
    """How long the trouble lasted that has ended; empty while it goes on."""
    first = began(state)
    if first is None or state.resolved_at is None or state.resolved_at < first:
        return ""
    return in_words(state.resolved_at - first)


def names(given: Sequence[str], *, most: int = MOST_OWNERS) -> Markdown:
    """Logins and teams in code spans, which ping nobody."""
    shown = [code(name.lstrip("@"), limit=80) for name in given[:most]]
    more = f" and {len(given) - most:,} more" if len(given) > most else ""
    return Markdown(", ".join(shown) + more)


def mentions(given: Sequence[str]) -> Markdown:
    """Accounts and teams that the user's configuration asks to ping: the only ones that are. In a code span what can be
    neither."""
    return Markdown(", ".join(f"@{name}" if _ACCOUNT.fullmatch(name) else code(name, limit=80)
                              for name in (one.lstrip("@") for one in given[:MOST_OWNERS])))


def unheard_of(view: AlertView) -> Markdown:
    """What failed when it was last judged, and that this run could not judge: `coverage` (2 problems, high)."""
    if view.signal is None or view.signal.outcome != "failing" or view.state.phase != "firing":
        return Markdown("")
    found = unheard(view.state, view.signal)
    shown = [f"{code(monitor, limit=60)} ({_count_of(one)}{one.severity})"
             for monitor, one in sorted(found.items())[:MOST_MONITORS]]
    left = len(found) - MOST_MONITORS
    return Markdown(", ".join(shown) + (f" and {counted(left, 'more monitor')}" if left > 0 else ""))


def _count_of(one: Failed) -> str:
    return f"{counted(len(one.problems), 'problem')}, " if one.problems else ""


def places(view: AlertView) -> str:
    """Links to the run that measured, and to its report."""
    report = None if view.report_url == view.run_url else view.report_url   # where no page of its own is named
    found = [link(label, url) for label, url in (("workflow run", view.run_url), ("report", report)) if url]
    return ", ".join(found)


def rows_within(headers: Sequence[str], rows: Iterable[Sequence[Markdown]], room: int, *, numeric: Sequence[int] = (),
                ) -> tuple[Markdown, int]:
    """A table of as many of the first rows as fit into so many bytes, without columns that none of them fills; and how
    many rows that is. Of `rows` no more are made than are looked at."""
    kept = _fitting(headers, rows, room)
    used, shown, filled = used_columns(headers, kept)
    places = [place for place, column in enumerate(used) if column in numeric]
    return (table(shown, filled, numeric=places) if kept else Markdown("")), len(kept)


def _fitting(headers: Sequence[str], rows: Iterable[Sequence[Markdown]], room: int) -> list[Sequence[Markdown]]:
    size = len(table(headers, ()).encode())
    kept: list[Sequence[Markdown]] = []
    for row in rows:
        size += len(f"| {' | '.join(row)} |\n".encode())
        if size > room:
            break
        kept.append(row)
    return kept


def more_line(left: int, noun: str, view: AlertView) -> str:
    """`and 7 more problems are in the report.`"""
    if not left:
        return ""
    where = link("report", view.report_url or view.run_url)
    return f"\nand {left:,} more {noun if left == 1 else noun + 's'} {'is' if left == 1 else 'are'} in the {where}.\n"


def problems_table(view: AlertView, room: int, *, most: int | None = None) -> str:
    """What is wrong, the gravest first: whole rows, then how many more there are."""
    problems = view.signal.problems if view.signal is not None else ()
    if not problems:
        return ""
    shown = problems[:most] if most is not None else problems
    headers = ("Severity", "Problem", "Detail", "Where", "Since")
    in_sight = len(shown) if most is not None or len(shown) <= _IN_SIGHT + 2 else _IN_SIGHT
    room -= 300
    made, kept = rows_within(headers, (_row(one) for one in shown[:in_sight]), room)
    if shown[in_sight:] and kept == in_sight:
        folded, more = rows_within(headers, (_row(one) for one in shown[in_sight:]), room - len(made.encode()) - 100)
        made = Markdown(f"{made}\n{folded_part(Markdown(f'{more:,} more'), folded)}") if more else made
        kept += more
    return made + more_line(len(problems) - kept, "problem", view)


def _row(problem: Problem) -> tuple[Markdown, ...]:
    line = "" if problem.line is None else f":{problem.line}"
    return (Markdown(f"{SIGNS[problem.severity]} {problem.severity}"),
            link(_name(problem), problem.url) or Markdown("without a title"), text(problem.detail, limit=300),
            Markdown("") if problem.file is None else code(f"{problem.file}{line}", limit=160),
            Markdown("" if problem.since is None else f"{problem.since:%Y-%m-%d}"))


def _name(problem: Problem) -> str:
    return problem.title if problem.title.strip() else problem.rule


def figures_table(figures: Sequence[Figure], view: AlertView, room: int) -> str:
    """Figures with their targets."""
    rows = ((text(one.title, limit=160), text(one.value, limit=60), text(one.target, limit=60),
             Markdown(f"{STATUS_SIGNS.get(one.status, '')} {text(one.status, limit=20)}")) for one in figures)
    made, kept = rows_within(("Figure", "Value", "Target", "Status"), rows, room - 300, numeric=(1,))
    return made + more_line(len(figures) - kept, "figure", view)


def advice(view: AlertView) -> str:
    """What to do, by monitor: a hint of ours, and of several monitors the gravest problem of each."""
    if view.signal is None or view.state.phase == "resolved":
        return ""
    lines = []
    is_unjudged = is_about_judging(view.state)
    for monitor in view.signal.monitors[:MOST_MONITORS]:
        first = next((one for one in view.signal.problems if one.monitor == monitor), None)
        gravest = "" if first is None or len(view.signal.monitors) == 1 else link(_name(first), first.url)
        known = monitor in _HINTS
        guide = f" See the [guide]({_DOCS}/{monitor}/README.md)." if known else ""
        lines.append(f"- **{code(monitor, limit=60)}**{f' (the gravest: {gravest})' if gravest else ''} "
                     f"{_UNJUDGED_HINT if is_unjudged else _HINTS.get(monitor, _NO_HINT)}{guide}\n")
    left = len(view.signal.monitors) - MOST_MONITORS
    return "".join(lines) + (f"- and {counted(left, 'more monitor')}\n" if left > 0 else "")


def chart(state: AlertState) -> str:
    """The newest runs as a line of signs, one a run, between the dates of the first and the last."""
    if not state.recent:
        return ""
    known = _JUDGED_SIGNS if is_about_judging(state) else _OUTCOME_SIGNS
    of = {outcome: (sign, said) for outcome, sign, said in known}
    shown = [of[outcome] for _, outcome in state.recent]
    signs = "".join(sign for sign, _ in shown)
    first, last = state.recent[0][0], state.recent[-1][0]
    counts = [f"{counted(shown.count(one), 'run')} {one[0]} {one[1]}" for one in dict.fromkeys(of.values())
              if one in shown]
    return f"`{first:%Y-%m-%d}` {signs} `{last:%Y-%m-%d}`\n\n{', '.join(counts)}; the newest is on the right.\n"


def timeline(events: Sequence[Event], room: int) -> str:
    """The newest events, in the order in which they happened."""
    headers = ("When", "What", "Details", "By")
    newest = _fitting(headers, ((Markdown(instant(event.at)), text(words_of(event.what), limit=60),
                                 text(event.text, limit=200), code(event.who, limit=60))
                                for event in reversed(events)), room - 100)
    made, kept = rows_within(headers, list(reversed(newest)), room)
    left = len(events) - kept
    return made + (f"\n{counted(left, 'earlier event')} {'is' if left == 1 else 'are'} left out.\n" if left else "")


COMMANDS = """### Snooze, acknowledge, resolve

Someone with write permission says it in a comment, on a line of its own:

| Line | What it does |
| --- | --- |
| `/vitals snooze 7d` | no comments and no channels for that long; the label `vitals:snooze-7d` does the same |
| `/vitals wake` | ends a snooze |
| `/vitals ack` | takes it on: nothing escalates any more |
| `/vitals status TEXT` | puts a status update into the timeline |
| `/vitals sev 2` | makes it an incident of that severity, 1 to 3 |
| `/vitals resolve TEXT` | says what was done; the next run closes it |

It closes itself when what it is about is healthy again. Closed by hand, it rests until it gets worse.
"""
