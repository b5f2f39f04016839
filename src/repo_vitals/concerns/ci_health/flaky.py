"""Flaky commits: the same workflow and commit failed and later succeeded. And which attempts that takes. Pure."""
from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from repo_vitals.concerns.ci_health.outcomes import decisions, verdict
from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import Attempt, Job, Run
    from repo_vitals.concerns.ci_health.outcomes import Decision
    from repo_vitals.concerns.ci_health.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Flaky:
    """A commit that failed and later succeeded in one workflow."""

    sha: str
    failed: Decision
    succeeded: Decision


@dataclass(frozen=True, kw_only=True)
class Flakiness:
    """What is known about the commits of one workflow."""

    flaky: tuple[Flaky, ...]            # newest first
    steady: int                         # commits that are known not to be flaky
    unknown: int                        # failed and never tried again, or with an attempt that is gone or not asked for


def flakiness(
    runs: Sequence[Run], earlier: Mapping[int, Mapping[int, Attempt | None]], policy: Policy,
) -> Flakiness:
    """The commits of one workflow's runs by what is known of them; those without a decision are in none of the three.

    Flaky: some decision failed, and one that was completed after it succeeded. Steady: everything is known and no
    decision failed, or what failed was tried again and failed again. A single failure that was never tried again is
    unknown: neither flaky nor real.
    """
    by_sha: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_sha[run.sha].append(run)
    flaky, steady, unknown = [], 0, 0
    for sha, same in by_sha.items():
        decided = decisions(same, earlier, policy)
        pair = _pair(decided)
        if pair is not None:
            flaky.append(Flaky(sha=sha, failed=pair[0], succeeded=pair[1]))
        elif any(_is_unknown(run, earlier) for run in same) or sum(not one.succeeded for one in decided) == 1:
            unknown += bool(decided)
        else:
            steady += bool(decided)
    flaky.sort(key=lambda one: one.succeeded.run.key, reverse=True)
    return Flakiness(flaky=tuple(flaky), steady=steady, unknown=unknown)


def _pair(decided: Iterable[Decision]) -> tuple[Decision, Decision] | None:
    """A failure and the first success that came later: completed after it, or a later attempt of the same run.

    A clock of whole seconds can't tell which of two runs that ended together was later.
    """
    failed: list[Decision] = []
    for one in decided:
        if not one.succeeded:
            failed.append(one)
            continue
        for other in failed:
            if one.at > other.at or (one.run.id == other.run.id and one.attempt > other.attempt):
                return other, one
    return None


def _is_unknown(run: Run, earlier: Mapping[int, Mapping[int, Attempt | None]]) -> bool:
    """Whether an attempt of the run is not known."""
    known = earlier.get(run.id, {})
    return any(known.get(number) is None for number in range(1, run.attempt))


def first_verdict(
    run: Run, earlier: Mapping[int, Mapping[int, Attempt | None]], policy: Policy,
) -> bool | None:
    """The verdict of a run's first attempt; None where it says nothing, is under way, gone or not asked for."""
    if run.attempt == 1:
        return verdict(run.conclusion, policy) if run.is_completed else None
    first = earlier.get(run.id, {}).get(1)
    return None if first is None else verdict(first.conclusion, policy)


def first_is_gone(run: Run, earlier: Mapping[int, Mapping[int, Attempt | None]]) -> bool:
    """Whether the first attempt was made again and can't be had any more."""
    known = earlier.get(run.id, {})
    return run.attempt > 1 and 1 in known and known[1] is None


def newest_first_attempts(
    runs: Iterable[Run], earlier: Mapping[int, Mapping[int, Attempt | None]], policy: Policy,
) -> list[tuple[Run, bool]]:
    """The newest `last` runs, of `runs` newest first, whose first attempt was decisive, with its verdict."""
    found: list[tuple[Run, bool]] = []
    for run in runs:
        if len(found) == policy.last:
            break
        said = first_verdict(run, earlier, policy)
        if said is not None:
            found.append((run, said))
    return found


def attempts_wanted(
    runs: Sequence[Run], in_window: Sequence[Run], earlier: Mapping[int, Mapping[int, Attempt | None]], policy: Policy,
) -> list[tuple[Run, int]]:
    """The attempts that the figures of one workflow need next, the newest run first; both sequences newest first.

    First attempts as far as the newest `last` go, and of the window's runs every earlier attempt: flaky commits and
    the time to green depend on each.
    """
    wanted: dict[tuple[int, int], Run] = {}
    counted = 0
    for run in runs:
        if counted == policy.last:
            break
        asked = run.attempt == 1 or 1 in earlier.get(run.id, {})
        if not asked:
            wanted[run.id, 1] = run
        counted += not asked or first_verdict(run, earlier, policy) is not None
    for run in in_window:
        known = earlier.get(run.id, {})
        wanted.update(((run.id, number), run) for number in range(1, run.attempt) if number not in known)
    return [(run, number) for (_, number), run in
            sorted(wanted.items(), key=lambda one: (one[1].key, -one[0][1]), reverse=True)]


def flaky_jobs(jobs: Iterable[Job], runs: Mapping[int, Run]) -> list[tuple[str, str, int]]:
    """Jobs that failed and later succeeded on the same commit: name, sha and the id of the run that succeeded."""
    failed: dict[tuple[str, str], Job] = {}
    found: dict[tuple[str, str], int] = {}
    over = [job for job in jobs if job.completed_at is not None and job.run_id in runs]
    for job in sorted(over, key=lambda job: (job.completed_at, runs[job.run_id].key, job.attempt, job.id)):
        key = (job.name, runs[job.run_id].sha)
        if job.conclusion in ("failure", "timed_out"):
            failed.setdefault(key, job)
        elif job.conclusion == "success" and key in failed and key not in found:
            found[key] = job.run_id
    return [(name, sha, run_id) for (name, sha), run_id in sorted(found.items())]
