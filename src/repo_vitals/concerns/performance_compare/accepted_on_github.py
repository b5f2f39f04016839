"""What people with write permission accepted on GitHub: on the pull request, or on those that made the branch slower.

On the default branch a label or a comment speaks of what its own pull request changed. So of each regression those
commits are asked with which it may have come: after the last run without it, up to the first one with it.
"""
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.acceptance import COMMAND, first_that_covers, of_comment, of_label
from repo_vitals.concerns.performance_compare.levels import stretch_of
from repo_vitals.errors import CallerError, CouldNotMeasure, TokenRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.acceptance import Acceptance
    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Facts, Key, Names
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.sources.acceptances import Acceptances
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.workflow_event import WorkflowEvent

MOST_ASKED = 10             # commits whose pull requests are asked for; each is a request
_MOST_ANCESTORS = 1000
# Events at whose time the head came. At that of another it was there, since nobody knows when: a fork's may have come
# just before, with whatever date its author gave it. Who pushes to a branch of the repository may write to it.
_BRINGS_A_HEAD = ("opened", "synchronize")


def with_acceptances(facts: Facts, regressed: Sequence[Row], policy: Policy, github: GitHub, event: WorkflowEvent,
                     checkout: Checkout | None, *, label: str, now: datetime) -> Facts:
    """The facts with what was accepted. What can't be read accepts nothing, and a note says so: that errs on the side
    of a failure. Where nothing regressed that is not accepted already, nobody is asked."""
    open_ones = [row for row in regressed
                 if first_that_covers(row.key, policy.acceptances, now, facts.names) is None]
    if not open_ones or github.anonymous or event.repository.lower() != facts.repository.lower():
        return facts
    from repo_vitals.sources.acceptances import on_commit, on_pull_request

    accepted: list[Acceptance] = []
    notes: list[str] = []
    try:
        if facts.pull_request is not None:
            # When somebody puts the label there, its time is that of the event, and the head was there before.
            is_put_now = bool(label) and event.label.lower() == label.lower()
            pull = facts.pull_request
            found = on_pull_request(
                github, facts.repository, pull.number, label=label, is_put_now=is_put_now,
                wanted=partial(_is_about, {row.key for row in open_ones}, facts.names),
                head_since=pull.updated_at if pull.from_fork or event.action in _BRINGS_A_HEAD else None)
            accepted += _of(found)
            notes += found.notes
        elif event.is_of_the_default_branch and facts.commit:
            asked, more = _commits(open_ones, facts, _line(facts.commit, checkout))
            for commit, keys in asked.items():
                found = on_commit(github, facts.repository, commit, label=label,
                                  wanted=partial(_is_about, keys, facts.names))
                accepted += [replace(one, only=keys) for one in _of(found)]
                notes += found.notes
            if more:
                notes.append(f"{len(asked) + more:,} commits may have brought what regressed; the pull requests of "
                             f"{len(asked)} were asked whether somebody accepts it")
    except TokenRefused:
        raise
    except (CallerError, CouldNotMeasure) as error:
        accepted = []
        notes = [f"whether somebody accepts the change (label {label}, comment {COMMAND}) was not read: {error}"]
    return replace(facts, acceptances=tuple(accepted), notes=(*facts.notes, *dict.fromkeys(notes)))


def _is_about(keys: Iterable[Key], names: Names, body: str) -> bool:
    """Whether a comment accepts any of these, so that of no others' the permission is asked for."""
    return any(one.covers(key, names) for one in of_comment(body, who="") for key in keys)


def _of(found: Acceptances) -> list[Acceptance]:
    return [one for said in found.said
            for one in ([of_label(said.label, who=said.who)] if said.label else of_comment(said.comment, who=said.who))]


def _line(commit: str, checkout: Checkout | None) -> Sequence[str]:
    """The measured commit and its first parents, as far as they are known."""
    return (checkout.first_parents(commit, most=_MOST_ANCESTORS) if checkout is not None else []) or [commit]


def _commits(rows: Sequence[Row], facts: Facts, line: Sequence[str]) -> tuple[Mapping[str, frozenset[Key]], int]:
    """The commits to ask, the newest first, each with the benchmarks that it may have changed; how many are not."""
    places = {commit: place for place, commit in enumerate(line)}
    found: dict[str, set[Key]] = {}
    for row in rows:
        good, bad = stretch_of(row, facts)
        first = (bad.commit if bad is not None else facts.commit) or ""
        start = places.get(first)
        end = None if good is None else places.get(good.commit or "")
        wanted = [first] if start is None else line[start: start + 1 if end is None else max(end, start + 1)]
        for commit in wanted:
            found.setdefault(commit, set()).add(row.key)
    ordered = sorted(found, key=lambda commit: places.get(commit, len(line)))
    return {commit: frozenset(found[commit]) for commit in ordered[:MOST_ASKED] if commit}, len(ordered[MOST_ASKED:])
