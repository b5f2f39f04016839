"""The ledger: the runs that earlier reports rested on, a compact line each, and how far they are known. Pure.

Runs are filed by the month of their creation. The head names every file with its digest, so that one which was cut,
changed by hand or left by a run that died is known by it and nothing wrong is read. Times are seconds since 1970.
"""
from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health.facts import Attempt, Job, Run, Step
from repo_vitals.sources.ledger_lines import DAMAGE, Unusable, read_lines, seal, unseal, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1
HEAD, JOBS = "head.json", "jobs.jsonl"

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass
class Entry:
    """A run as it was last read, and its earlier attempts as far as they were asked for; None: gone."""

    run: Run
    earlier: dict[int, Attempt | None] = field(default_factory=dict)


@dataclass
class JobsOf:
    """The jobs of all attempts of a run, as they were when it had that many attempts and that time of update."""

    attempt: int
    updated_at: datetime
    jobs: tuple[Job, ...]


@dataclass
class Head:
    """What the ledger as a whole says of itself."""

    repository: str = ""                    # global id
    branch: str = ""
    with_queue: bool = False                # whether runs of the merge queue are here too
    reach: int | None = None                # every run since then is here, up to `through`; None: none is
    through: int | None = None
    tails: dict[str, int] = field(default_factory=dict)     # by workflow: every older run of it since then; 0: all
    by_schedule: dict[str, int] = field(default_factory=dict)   # by workflow: its newest run by schedule, where that is
    #                                                             older than `reach`; 0: it never had one
    paths: dict[str, str] = field(default_factory=dict)     # by workflow
    shards: dict[str, str] = field(default_factory=dict)    # month to digest
    jobs_digest: str = ""


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int((moment - _EPOCH).total_seconds())


def moment(stamp: int) -> datetime:
    """The other way round."""
    if type(stamp) is not int:
        raise TypeError("no time")
    return _EPOCH + timedelta(seconds=stamp)


def shard_of(run: Run) -> str:
    """The file that a run is in: `2026-01`."""
    return run.created_at.strftime("%Y-%m")


def write_head(head: Head) -> str:
    """The head as text, sealed with a digest of its own."""
    return seal(asdict(head), schema_version=SCHEMA_VERSION)


def read_head(text: str) -> Head:
    """The head. Raises Unusable, or FromTheFuture."""
    found = unseal(text, name=HEAD, schema_version=SCHEMA_VERSION)
    try:
        return Head(**found)
    except DAMAGE:
        raise Unusable(f"{HEAD} lacks what it should hold") from None


def write_entries(entries: Iterable[Entry], paths: Mapping[str, str]) -> str:
    """A line for each, by creation. `paths` are the head's: a path stands in a line only where it is another."""
    in_order = sorted(entries, key=lambda entry: entry.run.key)
    return write_lines(_line(entry, paths) for entry in in_order)


def read_entries(text: str, paths: Mapping[str, str]) -> list[Entry]:
    """The entries of a file. Raises Unusable."""
    return read_lines(text, lambda line: _entry(line, paths))


def _line(entry: Entry, paths: Mapping[str, str]) -> list[Any]:
    run = entry.run
    created = seconds(run.created_at)
    line: list[Any] = [
        run.id, run.node_id, run.workflow_id, run.event, run.branch, run.sha, run.number, run.attempt,
        run.status if not run.is_completed else "", run.conclusion, created, seconds(run.started_at) - created,
        seconds(run.updated_at) - created]
    earlier = [[number, None] if one is None else
               [number, one.conclusion, seconds(one.started_at) - created, seconds(one.completed_at) - created]
               for number, one in sorted(entry.earlier.items())]
    elsewhere = [run.path] if paths[str(run.workflow_id)] != run.path else []
    return [*line, *([earlier] if earlier or elsewhere else []), *elsewhere]


def _entry(line: Any, paths: Mapping[str, str]) -> Entry:
    (number, node_id, workflow, event, branch, sha, place, attempt, status, conclusion, created, started,
     updated) = line[:13]
    run = Run(id=number, node_id=node_id, workflow_id=workflow,
              path=line[14] if len(line) > 14 else paths[str(workflow)], event=event, branch=branch, sha=sha,
              number=place, attempt=attempt, status=status or "completed", conclusion=conclusion,
              created_at=moment(created), started_at=moment(created + started), updated_at=moment(created + updated))
    earlier = {one[0]: None if one[1:] == [None] else
               Attempt(number=one[0], conclusion=one[1], started_at=moment(created + one[2]),
                       completed_at=moment(created + one[3])) for one in (line[13] if len(line) > 13 else ())}
    return Entry(run=run, earlier=earlier)


def write_jobs(known: Mapping[int, JobsOf]) -> str:
    """A line for each run."""
    return write_lines([run_id, one.attempt, seconds(one.updated_at), [_job_line(job) for job in one.jobs]]
                       for run_id, one in sorted(known.items()))


def read_jobs(text: str) -> dict[int, JobsOf]:
    """The jobs by run. Raises Unusable."""
    return dict(read_lines(text, lambda line: (line[0], JobsOf(
        attempt=line[1], updated_at=moment(line[2]), jobs=tuple(_job(job, line[0]) for job in line[3])))))


def _job_line(job: Job) -> list[Any]:
    created = seconds(job.created_at)
    return [job.id, job.attempt, job.name, job.conclusion, created,
            None if job.started_at is None else seconds(job.started_at) - created,
            None if job.completed_at is None else seconds(job.completed_at) - created, list(job.labels), job.group,
            [[step.name, step.number, step.conclusion, step.seconds] for step in job.steps]]


def _job(line: Any, run_id: int) -> Job:
    number, attempt, name, conclusion, created, started, completed, labels, group, steps = line
    return Job(
        id=number, run_id=run_id, attempt=attempt, name=name, conclusion=conclusion, created_at=moment(created),
        started_at=None if started is None else moment(created + started),
        completed_at=None if completed is None else moment(created + completed), labels=tuple(labels), group=group,
        steps=tuple(Step(name=step[0], number=step[1], conclusion=step[2], seconds=step[3]) for step in steps))
