"""What is to be written: one comment for each pull request, found or new, and none beside it. Pure."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.comment.body import comment_body
from repo_vitals.concerns.comment.definitions import REFUSED, SHOWN
from repo_vitals.report.model import Finding, Judgement, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from repo_vitals.concerns.comment.facts import Facts, Target

CREATE, UPDATE, DELETE = "create-comment", "update-comment", "delete-comment"
Action = dict[str, "str | None"]


def decide(facts: Facts, *, marker: str, most_findings: int) -> Judgement:
    """The comment as the summary shows it, and the planned writes at `data.actions`.

    An action's `target` is a pull request, as owner/name#7, where a comment is made, else the comment's address.
    The verdict is about this work alone: what the reports say is never part of it.
    """
    bodies = [comment_body(about, marker=marker, most_findings=most_findings)
              for about in (_about(facts, target) for target in facts.targets or (None,))]
    actions = [] if facts.silence else [action for target, body in zip(facts.targets, bodies, strict=False)
                                        for action in _planned(facts.repository, target, body)]
    notes = list(facts.notes)
    if facts.silence:
        notes.append(f"no comment was written: {facts.silence}")
    shown, refused = len(facts.reports.read), len(facts.reports.refused)
    return Judgement(
        repository=facts.repository, metrics=(_count(SHOWN, shown, shown + refused),
                                              _count(REFUSED, refused, shown + refused)),
        findings=tuple(_findings(facts)), summary=_summary(facts), notes=tuple(notes), is_kept=False,
        data={**_data(facts), "actions": actions}, markdown=_shown(facts, bodies[0]))


def _about(facts: Facts, target: Target | None) -> Facts:
    """The facts as a pull request's comment tells them: the same commit may be at the head of several people's."""
    author = facts.origin.author if target is None or not target.author else target.author
    return replace(facts, origin=replace(facts.origin, author=author))


def _planned(repository: str, target: Target, body: str) -> Iterator[Action]:
    """Level-triggered: whatever is there becomes the one comment that is wanted. The oldest stays."""
    if not target.comments:
        yield {"verb": CREATE, "target": f"{repository}#{target.number}", "before": None, "after": body}
        return
    first, *others = target.comments
    if _plain(first.body) != _plain(body):
        yield {"verb": UPDATE, "target": first.url, "before": first.body, "after": body}
    for other in others:
        yield {"verb": DELETE, "target": other.url, "before": other.body, "after": None}


def _plain(body: str) -> str:
    """A body as GitHub may give it back: with other line ends, and none at its end."""
    return body.replace("\r\n", "\n").strip()


def _shown(facts: Facts, body: str) -> str:
    """What the job summary says: the comment itself, and why there is none; of reports that were not read, no word."""
    if not facts.silence:
        return body
    remark = f"_No comment was written: {facts.silence}._\n"
    return f"## Pull request comment\n\n{remark}" if facts.is_second_half else f"{body}\n{remark}"


def _count(name: str, value: int, looked_at: int) -> Metric:
    return Metric(name=name, value=value if looked_at else None, unit="count", samples=looked_at)


def _findings(facts: Facts) -> Iterator[Finding]:
    for one in facts.reports.refused:
        yield Finding(rule="report-refused", subject=one.name, severity="low", title=f"{one.name} was not read",
                      detail=f"It {one.why}")
    if not facts.reports.read and not facts.reports.refused and not facts.silence:
        yield Finding(rule="no-reports", subject="reports", severity="low", title="There is no report to show",
                      detail=_lacking(facts))


def _lacking(facts: Facts) -> str:
    if not facts.matched:
        return ("The run left no artifact of the name that `artifact` gives" if facts.is_second_half else
                "The patterns of `reports` match no file")
    if facts.is_second_half:
        return "The artifacts that `artifact` names hold no file that ends in .json, or only the report of this command"
    return "The files that `reports` names are reports of this command, which are not shown"


def _summary(facts: Facts) -> str:
    counts = [f"{len(facts.reports.read)} {'report' if len(facts.reports.read) == 1 else 'reports'}"]
    if facts.reports.refused:
        counts.append(f"{len(facts.reports.refused)} refused")
    where = ", ".join(f"#{target.number}" for target in facts.targets)
    if facts.silence:
        return f"no comment: {facts.silence}"
    return f"pull request {where}: {', '.join(counts)}{' from a fork' if facts.origin.is_fork else ''}"


def _data(facts: Facts) -> dict[str, Any]:
    origin = _about(facts, facts.targets[0] if facts.targets else None).origin
    return {
        "half": "second" if facts.is_second_half else "first",
        "pull_requests": [target.number for target in facts.targets],
        "origin": {"fork": origin.is_fork, "repository": origin.repository, "commit": origin.commit,
                   "author": origin.author, "run": origin.run_url, "conclusion": facts.conclusion},
        "reports": [{"name": one.name, "monitor": one.report.monitor, "claimed_status" if origin.is_fork else "status":
                     one.report.status} for one in facts.reports.read],
        "may_lack_permission": facts.may_lack_permission,
    }
