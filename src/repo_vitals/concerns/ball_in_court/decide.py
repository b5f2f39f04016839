"""Which labels are put on and taken off, and what became of the items that another action marked or closed. Pure."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from repo_vitals.clock import format_instant
from repo_vitals.concerns.ball_in_court.definitions import AWAITING, LABELLED, LEFT, STALE, UNLABELLED, WRONGLY
from repo_vitals.concerns.ball_in_court.facts import EFFECTS, KINDS
from repo_vitals.concerns.ball_in_court.standing import WORDS, done_at, is_by_person, last_labelling, standing
from repo_vitals.frozen import dataclass
from repo_vitals.report.model import Finding, Judgement, Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.ball_in_court.facts import Effect, Facts, Item
    from repo_vitals.concerns.ball_in_court.inputs import Request
    from repo_vitals.concerns.ball_in_court.standing import Standing
    from repo_vitals.report.model import Severity

ADD, REMOVE = "add-labels", "remove-label"
_ACTING = {ADD: "put on", REMOVE: "taken off"}
_KIND = {"issue": "issue", "pull_request": "pull request"}
_SEVERITY: dict[Effect, Severity] = {"marked": "medium", "closed": "high"}
_MOST_FINDINGS = 50     # of one effect; the rest is counted in one


@dataclass(frozen=True)
class Write:
    """A label to put on an item, or to take off it."""

    verb: Literal["add-labels", "remove-label"]
    number: int
    label: str


@dataclass(frozen=True)
class Looked:
    """An item with how it stands and what is to be done about it."""

    item: Item
    standing: Standing
    writes: tuple[Write, ...]


def decide(facts: Facts, asked: Request, *, now: datetime) -> Judgement:
    """The writes at `Judgement.planned` and as `data.actions` shows them, with the reason for each item.

    An action's `target` is an issue or pull request as owner/name#7. Labels come off before others are put on, and what
    has waited longest for its author comes first, so that a limit never keeps a wrong label.
    """
    looked = [_looked(item, asked, facts.viewer, now) for item in facts.items]
    due = _in_order(looked)
    writes, left = due[:asked.limit], len(due) - len(due[:asked.limit])
    wrong = {effect: tuple(_wrong(items, effect, asked, facts.viewer, now)) for effect, items in facts.effects.items()}
    shown = [one for one in looked if one.standing.wanted or one.writes]
    return Judgement(
        repository=facts.repository, metrics=tuple(_metrics(facts, asked, looked, writes, left, wrong)),
        findings=tuple(_findings(asked, wrong, left)), summary=_summary(facts, looked, writes, asked, wrong),
        notes=tuple(_notes(facts, asked)), is_kept=False, planned=tuple(writes),
        data={
            "label": asked.label, "items": [_row(one, writes) for one in shown],
            "reasons": _reasons(looked), "left": left,
            "actions": [_action(facts.repository, write) for write in writes],
            **({"effect": _effect(facts, wrong)} if facts.effects else {}),
            "sections": _sections(shown, writes)})


def _looked(item: Item, asked: Request, viewer: str, now: datetime) -> Looked:
    stands = standing(item, asked, viewer, as_of=now)
    writes: list[Write] = []
    if stands.wanted and not item.has(asked.label):
        writes = [Write("add-labels", item.number, asked.label)]
    elif not stands.wanted and item.has(asked.label):
        # In this order: of what has lost ours nobody would know later that the other is left over.
        if asked.stale_label is not None and _is_left_over(item, asked.stale_label, asked, viewer, now):
            writes.append(Write("remove-label", item.number, asked.stale_label))
        writes.append(Write("remove-label", item.number, asked.label))
    return Looked(item, stands, tuple(writes))


def _is_left_over(item: Item, stale_label: str, asked: Request, viewer: str, now: datetime) -> bool:
    put = last_labelling(item, stale_label, now)
    return item.has(stale_label) and not (put is not None and put.added and is_by_person(put.by, viewer, asked))


def _in_order(looked: Iterable[Looked]) -> list[Write]:
    ordered = sorted((one for one in looked if one.writes),
                     key=lambda one: (one.standing.wanted, one.standing.since, one.item.number))
    return [write for one in ordered for write in one.writes]


# -- what another action did -------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Wrong:
    """An item that was marked or closed although its author did not owe the next move."""

    item: Item
    standing: Standing


def _wrong(items: Sequence[Item], effect: Effect, asked: Request, viewer: str, now: datetime) -> Iterator[Wrong]:
    for item in items:
        stood = standing(item, asked, viewer, as_of=done_at(item, effect, asked, now))
        if not stood.wanted:
            yield Wrong(item, stood)


def _was_done(item: Item, effect: Effect, asked: Request) -> bool:
    if item.closed_at is not None:
        return True
    return effect == "marked" and (asked.stale_label is None or item.has(asked.stale_label))


# -- the report --------------------------------------------------------------------------------------------------

def _metrics(facts: Facts, asked: Request, looked: Sequence[Looked], writes: Sequence[Write], left: int,
             wrong: Mapping[Effect, Sequence[Wrong]]) -> Iterator[Metric]:
    for kind in KINDS if asked.pull_requests else KINDS[:1]:
        of_kind = [one for one in looked if one.item.kind == kind]
        yield _count(AWAITING, sum(one.standing.wanted for one in of_kind), len(of_kind), kind=kind)
    for name, verb in ((LABELLED, ADD), (UNLABELLED, REMOVE)):
        yield _count(name, len(_numbers(writes, verb, asked.label)), len(looked))
    yield _count(LEFT, left, len(looked))
    for effect in EFFECTS:
        told = facts.effects.get(effect)
        known = 0 if told is None else len(told)
        # Nothing marked is a figure, and nobody telling is none.
        yield Metric(name=STALE, value=None if told is None else known, unit="count",
                     samples=0 if told is None else max(known, 1), labels={"effect": effect})
        yield _count(WRONGLY, len(wrong.get(effect, ())), known, effect=effect)


def _count(name: str, value: int, looked_at: int, **labels: str) -> Metric:
    return Metric(name=name, value=value if looked_at else None, unit="count", samples=looked_at, labels=labels)


def _numbers(writes: Iterable[Write], verb: str, label: str) -> list[int]:
    return [write.number for write in writes if write.verb == verb and write.label == label]


def _findings(asked: Request, wrong: Mapping[Effect, Sequence[Wrong]], left: int) -> Iterator[Finding]:
    for effect, found in wrong.items():
        for one in found[:_MOST_FINDINGS]:
            item = one.item
            did = "was" if _was_done(item, effect, asked) else "would have been"
            yield Finding(
                rule=f"wrongly-{effect}", subject=f"#{item.number}", severity=_SEVERITY[effect],
                title=f"#{item.number} {item.title}", url=item.url, since=one.standing.since,
                detail=f"It {did} {effect} although its author did not owe the next move: {WORDS[one.standing.why]}")
        if len(found) > _MOST_FINDINGS:
            yield Finding(rule=f"wrongly-{effect}", subject="more", severity=_SEVERITY[effect],
                          title=f"{len(found) - _MOST_FINDINGS:,} more were wrongly {effect}",
                          detail="Their numbers are at `data.effect`")
    if left:
        yield Finding(rule="writes-left", subject="limit", severity="low",
                      title=f"{left:,} {'label is' if left == 1 else 'labels are'} left to the next run",
                      detail=f"A run puts on and takes off at most {asked.limit} labels (`limit`)")


def _notes(facts: Facts, asked: Request) -> Iterator[str]:
    yield from facts.notes
    for effect, items in facts.effects.items():
        only_said = sum(not _was_done(item, effect, asked) for item in items)
        if only_said:
            yield (f"{only_said:,} of what was told as {effect} {'is' if only_said == 1 else 'are'} not: a dry run of "
                   "actions/stale (debug-only) tells what it would do")
    if facts.gone:
        yield f"{facts.gone:,} of what was told as marked or closed can't be found: deleted or moved"


def _summary(facts: Facts, looked: Sequence[Looked], writes: Sequence[Write], asked: Request,
             wrong: Mapping[Effect, Sequence[Wrong]]) -> str:
    waiting = []
    for kind in KINDS if asked.pull_requests else KINDS[:1]:
        count = sum(one.standing.wanted for one in looked if one.item.kind == kind)
        waiting.append(f"{count:,} {_KIND[kind]}{'' if count == 1 else 's'}")
    on, off = (len(_numbers(writes, verb, asked.label)) for verb in (ADD, REMOVE))
    said = [f"awaiting their author: {' and '.join(waiting)}", f"label put on {on:,}, taken off {off:,}"]
    for effect, items in facts.effects.items():
        of_these = len(wrong[effect])
        said.append(f"{len(items):,} {effect}" + (f" ({of_these:,} wrongly)" if of_these else ""))
    return "; ".join(said)


def _reasons(looked: Iterable[Looked]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in looked:
        counts[one.standing.why] = counts.get(one.standing.why, 0) + 1
    return dict(sorted(counts.items()))


def _done(one: Looked, writes: Sequence[Write]) -> str:
    """What happens to the label of an item."""
    if not one.writes:
        return "stays on"
    word = _ACTING[one.writes[-1].verb]
    return word if one.writes[-1] in writes else f"to be {word} by a later run"


def _row(one: Looked, writes: Sequence[Write]) -> dict[str, Any]:
    item = one.item
    return {"number": item.number, "kind": item.kind, "title": item.title, "url": item.url,
            "awaits_author": one.standing.wanted, "why": one.standing.why,
            "since": format_instant(one.standing.since), "label": _done(one, writes)}


def _effect(facts: Facts, wrong: Mapping[Effect, Sequence[Wrong]]) -> dict[str, Any]:
    return {effect: {"items": [item.number for item in items],
                     "wrongly": [{"number": one.item.number, "why": one.standing.why} for one in wrong[effect]]}
            for effect, items in facts.effects.items()}


def _sections(shown: Sequence[Looked], writes: Sequence[Write]) -> list[dict[str, Any]]:
    if not shown:
        return []
    changed_first = sorted(shown, key=lambda one: (not one.writes, one.standing.since, one.item.number))
    return [{"title": "Awaiting the author", "headers": ["Item", "Label", "Why", "Since"], "rows": [
        [f"#{one.item.number} {one.item.title}", _done(one, writes), WORDS[one.standing.why],
         format_instant(one.standing.since)[:10]] for one in changed_first]}]


def _action(repository: str, write: Write) -> dict[str, Any]:
    labels = {"labels": [write.label]}
    return {"verb": write.verb, "target": f"{repository}#{write.number}",
            "before": labels if write.verb == REMOVE else None, "after": labels if write.verb == ADD else None}
