"""Facts from reports, the checkout, the history, and what people said on GitHub. The one stage that asks the world."""
from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.concerns.performance_compare import sizes
from repo_vitals.concerns.performance_compare.accepted_on_github import with_acceptances
from repo_vitals.concerns.performance_compare.budgets import unlike as unlike_budgets
from repo_vitals.concerns.performance_compare.clocks import advanced
from repo_vitals.concerns.performance_compare.comparing import compared
from repo_vitals.concerns.performance_compare.facts import Facts
from repo_vitals.concerns.performance_compare.foreign_history import of_now
from repo_vitals.concerns.performance_compare.history_reference import Past, order_of
from repo_vitals.concerns.performance_compare.paired_reports import of_pairs
from repo_vitals.concerns.performance_compare.quantities import quantity
from repo_vitals.concerns.performance_compare.reading import FORMATS, read_all, select
from repo_vitals.concerns.performance_compare.results import MOST_SAMPLES
from repo_vitals.concerns.performance_compare.runs import (
    as_runs,
    baseline_of,
    contradictions,
    current_of,
    directions,
    far_apart,
    in_order,
    runs_of,
    together,
)
from repo_vitals.concerns.performance_compare.told_reference import of_baseline_reports, of_reports
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import quotable
from repo_vitals.sources.bases import why_not_kept
from repo_vitals.sources.checkout import Checkout, NoCheckout
from repo_vitals.sources.machine import at_odds, reported, this_machine, unlike, versions_in
from repo_vitals.sources.workflow_event import read_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.performance_compare.comparing import Row
    from repo_vitals.concerns.performance_compare.facts import Failed, Report, Unusable
    from repo_vitals.concerns.performance_compare.policy import Policy
    from repo_vitals.concerns.performance_compare.runs import Results
    from repo_vitals.concerns.performance_compare.sizes import SizeOf
    from repo_vitals.config.declare import FilePatterns, Surroundings
    from repo_vitals.sources.github_connection import GitHub
    from repo_vitals.sources.history import History
    from repo_vitals.sources.machine import Machine
    from repo_vitals.sources.report_files import ReportFile


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be read and compared, as the inputs say it."""

    current: FilePatterns
    baseline: FilePatterns
    adapters: tuple[str, ...] = ()
    suite: str = "default"
    base: str | None = None
    baseline_runs: int = 30
    compare_unlike: bool = False
    runner_class: str = ""              # what its user calls this kind of machine
    versions: tuple[str, ...] = ()
    sizes: tuple[SizeOf, ...] = ()
    sizes_confined: bool = True         # they may not lead out of the working folder
    label: str = ""
    largest: int = 1_000_000_000


def collect(request: Request, policy: Policy, github: GitHub, surroundings: Surroundings, history: History, *,
            repository: str, now: datetime) -> Facts:
    """The facts about the checkout in the working folder.

    Raises InputError for a report that was named and can't be read, and for a base that is none.
    """
    if not request.current.patterns and not request.sizes:
        raise InputError("current: none given; name the reports of benchmarks, such as target/criterion or bench.json")
    event = read_event(surroundings.environ)
    checkout = _checkout(surroundings)
    commit = checkout.head if checkout is not None else event.sha
    read, broken, unmatched = _read(request, request.current, "current", now)
    pull = event.pull_request
    reports, of_others = of_now(read, (commit, None if pull is None else pull.head_sha))
    unusable = [*broken, *of_others]
    if request.sizes:
        files, nowhere = sizes.measured(request.sizes, folder=surroundings.folder, confined=request.sizes_confined,
                                        named_by="sizes")
        reports, unmatched = [*reports, *([files] if files else [])], (*unmatched, *nowhere)
    machine, apart = _machine(request, surroundings, reports)
    # A baseline that is given wins over what the reports bring along.
    pairs = None if request.baseline.patterns else of_pairs(reports)
    runs = runs_of(current_of(report) for report in reports) if pairs is None else pairs[0]
    results = together(runs)
    if wrong := unlike_budgets(policy.budgets, results):
        raise InputError(f"budgets: {wrong[0]}")
    failed: tuple[Failed, ...] = (*(one for report in reports for one in report.failed), *contradictions(runs))
    facts = Facts(
        repository=repository, suite=request.suite, reports=tuple(reports), unusable=tuple(unusable),
        unmatched=tuple(unmatched), current=as_runs(runs, samples=MOST_SAMPLES), results=results, failed=failed,
        machine={} if apart else _shown(machine), commit=commit, pull_request=event.pull_request,
        has_history=history.keeps,
        notes=_of_one_name(runs) if pairs is None else (), reference=None if pairs is None else pairs[1],
        directions={} if pairs is None else directions(
            run for report in reports if report.paired for run in report.baseline_runs))
    if request.baseline.patterns:
        order, why = order_of(checkout, event, request.base)
        before, unread, nothing = _read(request, request.baseline, "baseline-reports", now)
        facts = replace(facts, unread=tuple(unread), directions=directions(
            run for report in before for run in current_of(report)), reference=of_baseline_reports(
            before, machine, like=lambda said: () if request.compare_unlike else unlike(machine, said),
            most=request.baseline_runs, missing=nothing, head=commit, order=order,
            why_no_order=why, current=results))
    accept = partial(with_acceptances, policy=policy, github=github, event=event, checkout=checkout,
                     label=request.label, now=now)
    if not history.keeps:
        if facts.reference is None:
            facts = replace(facts, reference=of_reports(reports, results), directions=directions(
                run for report in reports for run in baseline_of(report)))
        facts = _compared(_of_one_machine(facts, request, apart), policy)
        return accept(facts, _regressed(_rows(facts)))
    past = Past(history, repository, request.suite, machine, compare_unlike=request.compare_unlike)
    facts = past.known_to(facts, checkout, event, base=request.base, most=request.baseline_runs)
    facts = _compared(_of_one_machine(facts, request, apart), policy)
    rows = _rows(facts)
    regressed = _regressed(rows)
    facts = accept(facts, regressed)
    not_kept = why_not_kept(checkout, event, repository) or _incomplete(facts) or apart
    if not_kept:
        facts = replace(facts, is_kept=False, notes=(
            *facts.notes, f"the history is compared with and gets nothing: {not_kept}"))
    else:
        past.keep(facts, regressed, policy, now=now,
                  committed_at=None if checkout is None else checkout.time(checkout.head),
                  seen=advanced(rows, facts, (*policy.acceptances, *facts.acceptances), now))
    return replace(facts, notes=(*facts.notes, *past.notes))


def _read(request: Request, patterns: FilePatterns, named_by: str, now: datetime,
          ) -> tuple[list[Report], list[Unusable], tuple[str, ...]]:
    adapters = _adapters(request.adapters, now)
    selected = select(patterns.patterns, folder=patterns.folder, confined=patterns.confined, named_by=named_by,
                      largest=request.largest, adapters=adapters)
    reports, unusable = read_all(selected.files, named_by=named_by, adapters=adapters)
    return in_order(reports), unusable, selected.unmatched


def _adapters(lines: tuple[str, ...], now: datetime) -> Mapping[str, Callable[[ReportFile], Report]]:
    if not lines:
        return {}
    from repo_vitals.concerns.performance_compare.adapter import adapt
    from repo_vitals.sources.jq_adapters import parse_adapters

    return {name: partial(adapt, adapter, now=now)
            for name, adapter in parse_adapters(lines, taken=FORMATS).items()}


def _machine(request: Request, surroundings: Surroundings, reports: Sequence[Report]) -> tuple[Machine, str]:
    """The machine of the current reports, and why they are not of one, in words that follow "since"."""
    machine = this_machine(surroundings.environ, runner=request.runner_class,
                           versions=versions_in(request.versions))
    why = at_odds([report.machine for report in reports], given=machine.versions)
    for report in reports:
        machine = reported(machine, report.machine)
    return machine, why and f"the current reports are of unlike machines ({why}); give each kind a run of its own"


def _of_one_machine(facts: Facts, request: Request, apart: str) -> Facts:
    """The facts as they are if the current reports are of one machine; else compared with nothing, since none of what
    is known is like all of them. Both sides of a pair are of one machine, whatever the other pairs' are."""
    reference = facts.reference
    if not apart or reference is None or reference.paired or request.compare_unlike:
        return facts
    return replace(facts, past=(), reference=replace(reference, runs=(), why_none=apart))


def _of_one_name(runs: Sequence[Results]) -> tuple[str, ...]:
    found = far_apart(runs)
    if not found:
        return ()
    key, least, most = found[0]
    return ((f'"{quotable(key[0], limit=120)}" is {quotable(quantity(least, key[1]))} in one current report and '
             f"{quotable(quantity(most, key[1]))} in another, and is taken for one benchmark that ran again"
             + (f"; so are {len(found) - 1:,} more that are as far apart" if found[1:] else "")
             + ". Of several benchmarks, each needs a name or a suite of its own"),)


def _shown(machine: Machine) -> dict[str, str]:
    said = {"runner": machine.runner, "cpu": machine.cpu, "kind": machine.kind,
            "cores": "" if machine.cores is None else str(machine.cores),
            "memory_bytes": "" if machine.memory is None else str(machine.memory),
            **{f"versions.{name}": text for name, text in machine.versions.items()}}
    return {name: text for name, text in said.items() if text}


def _checkout(surroundings: Surroundings) -> Checkout | None:
    try:
        return Checkout(Path(surroundings.folder), surroundings.environ)
    except NoCheckout:
        return None


def _compared(facts: Facts, policy: Policy) -> Facts:
    """The facts with the verdicts, which are worked out once: of many benchmarks they take the most time."""
    is_known = facts.reference is not None and facts.reference.runs
    return replace(facts, compared=compared(facts, policy)) if is_known else facts


def _rows(facts: Facts) -> tuple[Row, ...]:
    return () if facts.compared is None else facts.compared.rows


def _regressed(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.verdict == "regressed"]


def _incomplete(facts: Facts) -> str:
    if facts.missing:
        return "a report or a benchmark is missing"
    if facts.commit is None:
        return "no checkout says which commit it is"
    return "" if facts.results else "no benchmark was read"
