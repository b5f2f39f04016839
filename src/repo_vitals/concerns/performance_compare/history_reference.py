"""What the current runs are compared with where the history holds it, and what the history learns of them."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare.baselines import Order, baseline_of
from repo_vitals.concerns.performance_compare.facts import BenchmarkRun, Reference
from repo_vitals.concerns.performance_compare.levels import stretch_of
from repo_vitals.concerns.performance_compare.results import Accepted, Memory, Run, kept_of
from repo_vitals.concerns.performance_compare.runs import named_now
from repo_vitals.concerns.performance_compare.words import counted
from repo_vitals.plain_text import quotable
from repo_vitals.sources.bases import NoBase, base_of
from repo_vitals.sources.checkout import NoCheckout
from repo_vitals.sources.machine import unlike

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.baselines import Baseline
    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Better, Facts, Key, Seen
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.sources.checkout import Checkout
    from repo_vitals.sources.history import History
    from repo_vitals.sources.machine import Machine
    from repo_vitals.sources.workflow_event import WorkflowEvent
    from repo_vitals.stats.change_points import ChangePoint

# First parents among which the history's runs are looked for. What lies further back is older than all of them, and a
# later commit is never among them: so the order is whole however many there are.
MOST_ANCESTORS = 20_000
_MOST_NAMED = 3             # kinds of machines whose runs are left out


class Past:
    """The runs of a suite that the history holds."""

    def __init__(self, history: History, repository: str, suite: str, machine: Machine, *, compare_unlike: bool,
                 ) -> None:
        self._memory = Memory(history, repository)
        self._suite, self._machine, self._compare_unlike = suite, machine, compare_unlike
        self._every = self._runs = self._memory.runs(suite)
        self._accepted = self._memory.accepted(suite)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the history can't be used, a line each."""
        return tuple(self._memory.notes)

    def known_to(self, facts: Facts, checkout: Checkout | None, event: WorkflowEvent, *, base: str | None,
                 most: int) -> Facts:
        """The facts with the past: the baseline, unless there is one already, and the runs on like machines."""
        self._name_as_now(facts)
        self._runs = [_comparable(run, facts) for run in self._every]
        order, why = order_of(checkout, event, base)
        if why:
            like = [run for run in self._runs if self._compare_unlike or not unlike(self._machine, run.machine)]
            facts = replace(facts, past=tuple(as_run(run) for run in like), begun=self._begun(facts.commit),
                            seen=_seen([run for run in like if run.commit != facts.commit]))
        known = frozenset(key for run in self._runs for key in run.values)
        if why:
            return facts if facts.reference is not None else replace(
                facts, directions=self._directions(facts, None),
                reference=Reference(how="the history", why_none=why, known=known))
        upon = bool(event.name) and not event.is_of_the_default_branch
        found = baseline_of(self._runs, self._machine, head=facts.commit, order=order, most=most,
                            accepted=self._accepted, change_points=_change_points,
                            compare_unlike=self._compare_unlike,
                            upon=upon, until=self._until(facts.commit, checkout, order))
        facts = replace(facts, past=tuple(as_run(run) for run in found.earlier), seen=_seen(found.earlier),
                        begun=self._begun(facts.commit))
        if facts.reference is not None:
            return facts
        return replace(facts, notes=(*facts.notes, *found.notes), reference=_reference(
                           found, known, goes_on=not upon,
                           newest=newest_of(found.earlier, facts.results) - self._elsewhere(facts.commit)),
                       directions=self._directions(facts, {run.commit for run in found.earlier}))

    def _name_as_now(self, facts: Facts) -> None:
        """Give what was kept before names had packages or binaries in them the name that it has by now."""
        named = named_now({key for run in self._every for key in run.values}, facts.results)
        if named:
            self._every = [run if run.values.keys().isdisjoint(named) else replace(
                run, parts=tuple(frozenset(named.get(key, key) for key in part) for part in run.parts),
                values={**{named.get(key, key): kept for key, kept in run.values.items()},
                        **{key: kept for key, kept in run.values.items() if key not in named}})
                for run in self._every]
            self._accepted = [replace(one, key=named.get(one.key, one.key)) if one.key else one
                              for one in self._accepted]

    def _directions(self, facts: Facts, commits: set[str] | None) -> dict[Key, Better]:
        """Which way each benchmark was better in the last of these commits that has it, or of all but the measured."""
        return {key: kept.better for run in self._every for key, kept in run.values.items()
                if (run.commit != facts.commit if commits is None else run.commit in commits)}

    def _until(self, commit: str | None, checkout: Checkout | None, order: Order | None) -> datetime | None:
        """The time up to which runs count of which the order of commits says nothing."""
        if checkout is None:    # of a commit that is measured again, when that was first done
            return next((run.committed_at or run.at for run in self._runs if run.commit == commit), None)
        base = order.commits[0] if order is not None else checkout.head
        return checkout.time(base) or checkout.time(checkout.head)

    def _elsewhere(self, commit: str | None) -> set[Key]:
        """What a commit's other runs on this kind of machine have: other jobs, of which each measures a part."""
        return {key for run in self._runs if commit is not None and run.commit == commit
                and run.machine.kind == self._machine.kind for key in run.values}

    def _begun(self, commit: str | None) -> dict[Key, datetime]:
        """When earlier runs of a commit on this kind of machine first saw what they left standing."""
        return {key: kept.seen.since for run in self._runs
                if commit is not None and run.commit == commit and run.machine.kind == self._machine.kind
                for key, kept in run.values.items() if kept.seen is not None}

    def keep(self, facts: Facts, regressed: Sequence[Row], policy: Policy, *, now: datetime,
             committed_at: datetime | None, seen: Mapping[Key, Seen] | None = None) -> None:
        """Have the current results remembered, which of their regressions somebody accepted, and which stand.

        What is accepted until a day begins no new level: after it the benchmark is held to what it was before.
        """
        if facts.commit is None:
            return
        every = [one for one in (*policy.acceptances, *facts.acceptances) if not one.expired(now)]
        values = {key: replace(kept_of(result, runs=max(1, sum(key in run.values for run in facts.current))),
                               seen=(seen or {}).get(key))
                  for key, result in facts.results.items()}
        for row in regressed:
            covering = [one for one in every if one.covers(row.key, facts.names)]
            for_good = next((one for one in covering if one.expires is None), None)
            if for_good is None:
                values[row.key] = replace(values[row.key], regressed=True, tolerated=bool(covering))
                continue
            _, first = stretch_of(row, facts)
            self._memory.accept(self._suite, Accepted(
                commit=(None if first is None else first.commit) or facts.commit, at=now, key=row.key,
                reason=for_good.reason))
        before = next((run for run in self._runs
                       if run.commit == facts.commit and run.machine.kind == self._machine.kind), None)
        self._memory.keep(Run(commit=facts.commit, at=now, suite=self._suite, machine=self._machine, values=values,
                              committed_at=committed_at, first_at=None if before is None else before.at))


def _comparable(run: Run, facts: Facts) -> Run:
    """A run without what was better the other way round, which is not what is measured now."""
    turned = {key for key, kept in run.values.items()
              if key in facts.results and facts.results[key].better != kept.better}
    return run if not turned else replace(run, values={
        key: kept for key, kept in run.values.items() if key not in turned})


def as_run(run: Run) -> BenchmarkRun:
    """A run of the history as the arithmetic takes it."""
    # What is known to be one run's are its samples. Of what may be several runs' the median alone is.
    plain = {key for key, kept in run.values.items() if kept.runs == 1 or (kept.runs is None and kept.count == 1)}
    return BenchmarkRun(
        values={key: (key in plain and kept.samples) or (kept.value,) for key, kept in run.values.items()},
        commit=run.commit, at=run.at, medians={key: kept.value for key, kept in run.values.items()},
        repeats={key: (kept.samples if kept.runs else ()) or (kept.value,) for key, kept in run.values.items()
                 if key not in plain})


def _seen(runs: Sequence[Run]) -> dict[Key, Seen]:
    """What stood after the newest run of each benchmark. `runs`: oldest first."""
    newest = {key: kept.seen for run in runs for key, kept in run.values.items()}
    return {key: seen for key, seen in newest.items() if seen is not None}


def newest_of(earlier: Sequence[Run], current: Collection[Key]) -> frozenset[Key]:
    """What has to be there again, of runs, oldest first: all that the newest run measured in one step with anything of
    `current` that did so. What other jobs of a matrix measured is theirs to look for.

    Where no run has anything of `current`, that is the newest's all, unless jobs shared it: this may be one more.
    """
    for run in reversed(earlier):
        shared = [part for part in _parts(run) if not part.isdisjoint(current)]
        if shared:
            return frozenset().union(*shared) & run.values.keys()
    return frozenset() if not earlier or earlier[-1].parts else frozenset(earlier[-1].values)


def _parts(run: Run) -> Sequence[frozenset[Key]]:
    return run.parts or (frozenset(run.values),)


def _reference(found: Baseline, known: frozenset[Key], *, goes_on: bool, newest: frozenset[Key]) -> Reference:
    runs = tuple(as_run(run) for run in found.runs)
    how = counted(len(runs), "run") + " of the history"
    if runs:
        how += f" up to {(runs[-1].commit or '')[:12]}"
    if found.distance:
        how += f", {counted(found.distance, 'commit')} before the base"
    why: dict[tuple[str, ...], int] = {}
    for one in found.left_out:
        why[one.why] = why.get(one.why, 0) + 1
    said = [f"{counted(number, 'run')} of the history {'is' if number == 1 else 'are'} not compared: "
            f"{'; '.join(words)} (`compare-unlike` would)"
            for words, number in sorted(why.items(), key=lambda pair: -pair[1])]
    more = len(said) - _MOST_NAMED
    return Reference(how=how, runs=runs, by_commit=True, goes_on=goes_on,
                     why_none="" if runs else found.why or "the history has no run to compare with",
                     left_out=(*said[:_MOST_NAMED], *([f"so are runs of {more:,} more kinds of machines"]
                                                      if more > 0 else [])), known=known,
                     newest=newest if found.earlier else None)


def order_of(checkout: Checkout | None, event: WorkflowEvent, given: str | None) -> tuple[Order | None, str]:
    """The commits that a baseline may be of; why there are none to say, in words that follow "since"."""
    if checkout is None:
        if not event.name or event.is_of_the_default_branch:
            return None, ""
        # The history goes on after the base, and only a checkout tells what of it the measured commit has.
        return None, ("no checkout says which commits come before the measured one (give the job actions/checkout with "
                      "`fetch-depth: 0`)")
    try:
        base = base_of(checkout, event, given)
        commits = checkout.first_parents(base.commit, most=MOST_ANCESTORS) or [base.commit]
    except (NoBase, NoCheckout) as error:
        return None, quotable(str(error))
    return Order(commits=tuple(commits), is_whole=not checkout.is_shallow), ""


def _change_points(suite: Mapping[str, Sequence[float | None]]) -> Mapping[str, Sequence[ChangePoint]]:
    from repo_vitals.stats.change_points import change_points

    return change_points(suite)
