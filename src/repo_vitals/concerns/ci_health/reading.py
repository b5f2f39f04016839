"""Reads the runs of a branch: all of them the first time, and what changed since after that."""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.ci_health import parse
from repo_vitals.concerns.ci_health.ledger import Entry, moment, seconds
from repo_vitals.concerns.ci_health.outcomes import outcome
from repo_vitals.sources.batches import in_batches
from repo_vitals.sources.github_actions import A_PAGE, MOST, Slices, between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from repo_vitals.concerns.ci_health.facts import Run, Workflow
    from repo_vitals.concerns.ci_health.memory import Memory
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_actions import Actions
    from repo_vitals.sources.github_graphql import GraphQL

Node = dict[str, Any]

_OVERLAP = timedelta(hours=1)       # read again each time: a run may be listed late
_IDS_A_FIELD = 100                  # GitHub takes no more in one `nodes`
_IDS_A_REQUEST = 5000               # of each no more than a time is asked
_MOST_LISTINGS = 3                  # of older runs of a workflow, in one run of ours
_MERGE_GROUP = "merge_group"


class Runs:
    """The runs of one branch and, `with_queue`, of its merge queue, in a memory."""

    def __init__(self, actions: Actions, graphql: GraphQL, memory: Memory, *, repository: str, branch: str,
                 with_queue: bool, window: Window) -> None:
        self._actions, self._graphql, self._memory = actions, graphql, memory
        self._repository, self._branch, self._with_queue = repository, branch, with_queue
        self._end = window.end
        # Durations are held against those of the window before.
        self.mark = window.start - (window.end - window.start)
        self._fresh: set[int] = set()       # read in this run
        self.missing: list[str] = []

    def read(self) -> None:
        """Bring the memory up to date for everything since the mark."""
        head = self._memory.head
        begun = None if head.through is None else min(moment(head.through), self._end) - _OVERLAP
        if head.reach is None or head.through is None or begun is None or begun < self.mark:
            # With a gap in what is known, nothing can be said about what lies before it.
            self._memory.entries, head.tails, head.by_schedule = {}, {}, {}
            head.reach = head.through = seconds(self._end)
        else:
            self._list(begun, self._end)
            head.through = max(head.through, seconds(self._end))
        # What is known reaches lower page by page: where a limit ends the listing, the next run goes on from there.
        if self.mark < moment(head.reach):
            self._list(self.mark, moment(head.reach), lowers_reach=not self._with_queue)
        head.reach = min(head.reach, seconds(self.mark))
        if not self._with_queue:
            for run in [entry.run for entry in self._memory.entries.values() if entry.run.branch != self._branch]:
                self._memory.drop(run.id)
        self._look_again()

    def since_mark(self) -> list[Run]:
        """The runs that were created since the mark, the newest first."""
        return self._sorted(entry.run for entry in self._memory.entries.values() if entry.run.created_at >= self.mark)

    def of(self, workflow: Workflow, policy: Policy, *, measured: bool, secured: bool) -> list[Run]:
        """A workflow's runs since the mark and, where those are too few, the next older ones; the newest first.

        `measured`: they must hold the newest `last` decisive ones. `secured`: they must hold a success on the branch
        itself.
        """
        def enough(runs: Iterable[Run]) -> bool:
            decisive, success = 0, not secured
            for run in runs:
                decisive += run.event in policy.events and outcome(run, policy) is not None
                success = success or (run.branch == self._branch and run.is_completed and run.conclusion == "success")
            return success and (decisive >= policy.last or not measured)
        head, key = self._memory.head, str(workflow.id)
        # A longer window than before may have lowered the reach below where the older runs of this one ended.
        since = min(head.tails.get(key, head.reach or 0), head.reach or 0)
        found = self._known(workflow, since)
        for _ in range(_MOST_LISTINGS):
            if enough(found) or not since:
                break
            since = head.tails[key] = self._read_older(workflow, since, enough)
            found = self._known(workflow, since)
        if since and not enough(found):
            self.missing.append(f"{workflow.label}: of its older runs not all were read")
        kept: list[Run] = []
        for run in found:
            if run.created_at < self.mark and enough(kept):
                # Older ones are forgotten; of its second, others may be too.
                head.tails[key] = seconds(kept[-1].created_at) + 1
                break
            kept.append(run)
        if (not kept or kept[-1].created_at >= self.mark) and head.tails.get(key) != 0:
            # Nothing older is kept. That there is nothing older at all may be remembered.
            head.tails.pop(key, None)
        return kept

    def newest_by_schedule(self, workflow: Workflow, default_branch: str) -> Run | None:
        """The newest run that a schedule started, however old."""
        head, key = self._memory.head, str(workflow.id)
        filters = {"event": "schedule", "branch": default_branch,
                   "created": between(None, self._end - timedelta(seconds=1))}
        if self._branch != default_branch:
            node = self._actions.newest_run(workflow.id, **filters)
            return None if node is None else parse.run(node)
        found = next((run for run in self.since_mark() if run.workflow_id == workflow.id and run.event == "schedule"),
                     None)
        if found is not None:
            head.by_schedule.pop(key, None)
            return found
        known = head.by_schedule.get(key)
        if known == 0:
            return None
        if known is None or known not in self._memory.entries:
            node = self._actions.newest_run(workflow.id, **filters)
            taken = self._take([] if node is None else [node])
            head.by_schedule[key] = known = taken[0].id if taken else 0
        return self._memory.entries[known].run if known else None

    def settle(self, runs: Iterable[Run], scheduled: Mapping[int, Run | None], workflows: Iterable[int],
               jobs_of: Iterable[int]) -> None:
        """Forget everything but what was made use of. `workflows` are those that older runs were asked for of."""
        head = self._memory.head
        head.reach = seconds(self.mark)
        kept = {run.id for run in (*runs, *scheduled.values()) if run is not None}
        # What was created after the report's clock too: a clock that was set back will go on.
        kept |= {number for number, entry in self._memory.entries.items() if entry.run.created_at >= self.mark}
        self._memory.keep_only(kept, jobs_of)
        asked = {str(number) for number in workflows}
        head.tails = {key: since for key, since in sorted(head.tails.items()) if key in asked}
        # Of a workflow that was not looked at, it would not be known when a newer run took the place of that one.
        looked_at = {str(number) for number in scheduled}
        head.by_schedule = {key: run for key, run in sorted(head.by_schedule.items()) if key in looked_at}

    # -- listings

    def _kinds(self) -> list[dict[str, str]]:
        return [{"branch": self._branch}, *([{"event": _MERGE_GROUP}] if self._with_queue else [])]

    def _list(self, first: datetime, last: datetime, *, lowers_reach: bool = False) -> None:
        for filters in self._kinds():
            slices = Slices(self._actions, first=first, last=last, **filters)
            for page in slices.pages():
                self._take(page)
                if lowers_reach and page and self._memory.head.reach is not None:
                    # Of its oldest second, others may be on the next page.
                    oldest = min(seconds(parse_instant(node["created_at"])) for node in page)
                    self._memory.head.reach = min(self._memory.head.reach, oldest + 1)
            self.missing += [f"more than {MOST:,} runs were created at {format_instant(second)}; GitHub lists no more "
                             "of them" for second in slices.crowded]

    def _take(self, page: Sequence[Node]) -> list[Run]:
        found = []
        for node in page:
            if parse.is_of(node, repository=self._repository, branch=self._branch):
                run = parse.run(node)
                before = self._memory.entries.get(run.id)
                self._memory.put(Entry(run=run, earlier={} if before is None else before.earlier))
                self._fresh.add(run.id)
                found.append(run)
        return found

    def _read_older(self, workflow: Workflow, since: int, enough: Callable[[list[Run]], bool]) -> int:
        """Read on where the known runs end, until there is enough. How far it came; 0: to the very first run."""
        reached = 0
        for filters in self._kinds():
            oldest = since
            pages = self._actions.runs(workflow.id, created=between(None, moment(since)), **filters)
            for number, page in enumerate(pages, 1):
                self._take(page)
                oldest = min((seconds(parse_instant(node["created_at"])) for node in page), default=oldest)
                # Of the last second, others may be on the next page.
                so_far = oldest + 1
                # By pages and not by entries, as a page may be short.
                if number >= MOST // A_PAGE or enough(self._known(workflow, so_far)):
                    reached = max(reached, min(so_far, since))
                    break
        return reached

    # -- what changed of what is remembered

    def _look_again(self) -> None:
        """Find out which remembered runs were deleted, completed or run again since, and read those anew.

        A re-run moves `updatedAt`. One that was not over is read again in any case: it may have ended in the second in
        which it was read.
        """
        rest = [entry.run for number, entry in self._memory.entries.items() if number not in self._fresh]
        moved: dict[int, Run] = {run.id: run for run in rest if not run.is_completed}

        def ask(batch: Sequence[Run], may_shrink: bool) -> None:  # noqa: FBT001 - as in_batches calls it
            fields = [batch[start:start + _IDS_A_FIELD] for start in range(0, len(batch), _IDS_A_FIELD)]
            names = [f"n{place}" for place in range(len(fields))]
            selections = " ".join(f"{name}: nodes(ids: ${name}) {{ __typename id ... on WorkflowRun {{ updatedAt }} }}"
                                  for name in names)
            data = self._graphql.run(
                f"query Look({', '.join(f'${name}: [ID!]!' for name in names)}) "
                f"{{ rateLimit {{ cost limit remaining resetAt }} {selections} }}",
                {name: [run.node_id for run in some] for name, some in zip(names, fields, strict=True)},
                absent_nodes=True, may_shrink=may_shrink)
            for name, some in zip(names, fields, strict=True):
                for run, node in zip(some, data[name], strict=True):
                    if node is None:
                        self._memory.drop(run.id)
                        moved.pop(run.id, None)
                    elif parse_instant(node["updatedAt"]) != run.updated_at:
                        moved[run.id] = run

        in_batches(sorted(rest, key=lambda run: run.key), _IDS_A_REQUEST, ask)
        for filters in self._kinds():
            in_queue = "branch" not in filters
            self._read_again([run for run in moved.values() if (run.branch != self._branch) == in_queue], filters)

    def _read_again(self, moved: Sequence[Run], filters: dict[str, str]) -> None:
        """Read runs anew: a listing's page for all that fit on one, a request for each that stands alone."""
        in_queue = "branch" not in filters
        times = sorted(entry.run.created_at for entry in self._memory.entries.values()
                       if (entry.run.branch != self._branch) == in_queue)
        waiting = sorted(moved, key=lambda run: run.key, reverse=True)
        while waiting:
            newest, size = waiting[0], 1
            while size < len(waiting) and bisect_right(times, newest.created_at) - bisect_left(
                    times, waiting[size].created_at) <= A_PAGE:
                size += 1
            together, waiting = waiting[:size], waiting[size:]
            if size > 1:
                for page in Slices(self._actions, first=together[-1].created_at, last=newest.created_at,
                                   **filters).pages():
                    self._take(page)
            for run in together:
                if run.id not in self._fresh:
                    node = self._actions.run(run.id)
                    if node is None:
                        self._memory.drop(run.id)
                    else:
                        self._take([node])

    def _known(self, workflow: Workflow, since: int) -> list[Run]:
        return self._sorted(entry.run for entry in self._memory.entries.values()
                            if entry.run.workflow_id == workflow.id and seconds(entry.run.created_at) >= since)

    def _sorted(self, runs: Iterable[Run]) -> list[Run]:
        return sorted((run for run in runs if run.created_at < self._end), key=lambda run: run.key, reverse=True)
