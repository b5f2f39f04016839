"""Facts from GitHub, from the history and from report files. The one stage that asks the world."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from repo_vitals.concerns.ci_health import parse
from repo_vitals.concerns.ci_health.details import (
    LEAST_JOBS,
    chosen_for_jobs,
    earlier_attempts,
    jobs_of,
    requests_left,
)
from repo_vitals.concerns.ci_health.facts import WORKFLOWS_FOLDER, Facts, Recorded
from repo_vitals.concerns.ci_health.junit import LARGEST, NotJUnit, merged, read_junit
from repo_vitals.concerns.ci_health.memory import Memory
from repo_vitals.concerns.ci_health.reading import Runs
from repo_vitals.concerns.ci_health.schedules import longest_gap, triggers_of
from repo_vitals.concerns.ci_health.selection import select, with_deleted
from repo_vitals.config.declare import FilePatterns
from repo_vitals.errors import CouldNotMeasure, InputError
from repo_vitals.plain_text import quotable
from repo_vitals.sources.github_actions import Actions
from repo_vitals.sources.history import History

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repo_vitals.concerns.ci_health.facts import CaseResults, Run, Workflow
    from repo_vitals.concerns.ci_health.policy import Policy
    from repo_vitals.report.model import Window
    from repo_vitals.sources.github_connection import GitHub

_GAPS_OVER = timedelta(days=400)    # how far back gaps between a monitor's records are looked for: ten of a month

# `rateLimit` stands in every query: the client keeps its budget by it.
_QUERY = """
query Workflows($owner: String!, $name: String!) {
  rateLimit { cost limit remaining resetAt }
  repository(owner: $owner, name: $name) {
    id
    nameWithOwner
    url
    isPrivate
    visibility
    defaultBranchRef { name }
    object(expression: "HEAD:.github/workflows") {
      __typename
      ... on Tree {
        entries { name type object { __typename ... on Blob { text isTruncated isBinary byteSize } } }
      }
    }
  }
}
"""


def collect(
    github: GitHub, *, repository: str, window: Window, policy: Policy, branch: str | None = None,
    history: History | None = None, junit: FilePatterns | None = None,
) -> Facts:
    """The facts about `repository` (owner/name) on `branch`, the default one unless given.

    Raises what the client raises, InputError for names that nothing has and files that can't be read, and
    CouldNotMeasure for an answer that lacks what was asked for.
    """
    junit = junit or FilePatterns()
    tests, files = _tests(junit)
    try:
        return _Collector(github, repository=repository, window=window, policy=policy, branch=branch,
                          history=history or History()).facts(tests, files, named=bool(junit.patterns))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError) as error:
        raise CouldNotMeasure(f"GitHub's answer about {repository} lacks what was asked for "
                              f"({type(error).__name__}); try again later") from error


class _Collector:
    def __init__(self, github: GitHub, *, repository: str, window: Window, policy: Policy, branch: str | None,
                 history: History) -> None:
        self._github, self._repository = github, repository
        self._window, self._policy, self._branch = window, policy, branch
        self._history = history
        self._notes: list[str] = []

    def facts(self, tests: Sequence[CaseResults] | None, files: int, *, named: bool) -> Facts:
        owner, name = self._repository.split("/")
        node = self._github.graphql.run(_QUERY, {"owner": owner, "name": name})["repository"]
        repository: str = node["nameWithOwner"]
        if repository.lower() != self._repository.lower():
            self._notes.append(f"{self._repository} is now {repository}; name it so in the workflow")
        default = node["defaultBranchRef"]
        if default is None:
            self._notes.append(f"{repository} is empty")
        if named and not files:
            self._notes.append("junit: no file matches; flaky tests are unknown")
        default_branch = "" if default is None else str(default["name"])
        branch = self._branch or default_branch or "main"
        actions = Actions(self._github, repository)
        listed = [parse.workflow(found) for found in actions.workflows()]
        memory = Memory(self._history, repository=repository, node_id=node["id"], branch=branch,
                        with_queue="merge_group" in self._policy.events)
        runs = Runs(actions, self._github.graphql, memory, repository=repository, branch=branch,
                    with_queue="merge_group" in self._policy.events, window=self._window)
        try:
            runs.read()
            found = self._about_runs(
                actions, memory, runs, listed=listed, branch=branch, default_branch=default_branch,
                files=parse.files(node["object"], WORKFLOWS_FOLDER))
        except InputError:
            raise
        except Exception:
            memory.save()       # a run that goes on from here need not ask for all of it again
            raise
        memory.save()
        return Facts(
            repository=repository, url=node["url"], branch=branch, default_branch=default_branch,
            is_public=node["visibility"] == "PUBLIC", tests=None if not files else tuple(tests or ()),
            test_files=files, recorded=self._recorded(repository), missing=tuple(runs.missing),
            notes=(*self._notes, *memory.notes), **found)

    def _about_runs(
        self, actions: Actions, memory: Memory, runs: Runs, *, listed: Sequence[Workflow], branch: str,
        default_branch: str, files: Mapping[str, Any],
    ) -> dict[str, Any]:
        policy, window = self._policy, self._window
        recent = runs.since_mark()
        workflows = with_deleted(listed, recent)
        chosen = select(workflows, policy=policy, files=files, branch=branch, is_default=branch == default_branch,
                        ran=frozenset(run.workflow_id for run in recent if run.event in policy.events))
        triggers, _ = triggers_of(files)
        wanted = {workflow.id: workflow for workflow in (*chosen.measured, *chosen.security)}
        measured, secured = ({workflow.id for workflow in some} for some in (chosen.measured, chosen.security))
        of_workflows: list[Run] = []
        for number, workflow in sorted(wanted.items()):
            of_workflows += runs.of(workflow, policy, measured=number in measured, secured=number in secured)
        scheduled = {workflow.id: runs.newest_by_schedule(workflow, default_branch) for workflow in listed
                     if workflow.path in triggers and triggers[workflow.path].crons and workflow.state != "deleted"}
        left = requests_left(policy, listed=len(recent))
        earlier, undecided = earlier_attempts(actions, memory, chosen.measured, of_workflows, window=window,
                                              policy=policy, most=left - min(policy.jobs, LEAST_JOBS))
        jobs, examined = jobs_of(actions, memory, chosen_for_jobs(
            chosen.measured, of_workflows, window=window, policy=policy,
            most=left - sum(len(known) for known in earlier.values())))
        runs.settle(of_workflows, scheduled, wanted, examined)
        return {
            "workflows": tuple(sorted(listed, key=lambda one: (one.path, one.id))), "measured": chosen.measured,
            "security": chosen.security, "left_out": chosen.left_out, "files": files,
            "runs": tuple(sorted(of_workflows, key=lambda run: run.key)), "earlier": earlier, "undecided": undecided,
            "scheduled": scheduled, "jobs": tuple(jobs), "jobs_of": tuple(sorted(examined)),
        }

    def _recorded(self, repository: str) -> dict[str, Recorded] | None:
        """When monitors of ours last recorded anything; None without a history."""
        if not self._history.keeps:
            if self._policy.watch:
                self._notes.append("watch: without a history nothing is known of other monitors")
            return None
        found = {}
        for command, last in self._history.recorded(repository).items():
            points = self._history.points(command, repository, last - _GAPS_OVER)
            found[command] = Recorded(last=last, longest_gap=longest_gap([point.at for point in points]))
        return found


def _tests(junit: FilePatterns) -> tuple[tuple[CaseResults, ...] | None, int]:
    """Results of the named report files, and how many files there are."""
    from repo_vitals.sources.local_files import matching_files

    if not junit.patterns:
        return None, 0
    results: list[tuple[str, int, int]] = []
    files = matching_files(junit.patterns, folder=junit.folder, confined=junit.confined, named_by="junit",
                           largest=LARGEST)
    for file in files:
        results += _read(file.content, file.shown)
    return merged(results), len(files)


def _read(content: bytes, shown: str) -> list[tuple[str, int, int]]:
    try:
        return read_junit(content)
    except NotJUnit as error:
        raise InputError(f'junit: "{quotable(shown, limit=200)}" {error}') from None
