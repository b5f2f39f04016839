"""REST operations on workflows, runs and jobs."""
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.actions_model import CONCLUSIONS, STATUSES, Artifact, Job, WorkflowRun
from repo_vitals.simulator.created import read_created
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.rest_actions_json import ActionsForms
from repo_vitals.simulator.rest_routes import Call, Refusal, Route, not_found, paged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repo_vitals.simulator.actions_model import Attempt, Workflow
    from repo_vitals.simulator.exchange import Request
    from repo_vitals.simulator.state import State

STORAGE, STORAGE_HOST = "/_storage/", "localhost"
SIGNATURE = "c2lnbmVk"
MOST_RUNS = 1000        # of a listing, whatever it counts
_FILTERS = ("actor", "branch", "check_suite_id", "created", "event", "head_sha", "status")


def _forms(call: Call) -> ActionsForms:
    return ActionsForms(call.forms, pull_requests=call.query.get("exclude_pull_requests") not in ("true", "1"))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


# -- workflows ---------------------------------------------------------------------------------------------------

def _list_workflows(call: Call) -> Answer:
    listed = [workflow for workflow in call.repository.workflows if workflow.listed]
    return paged(call, listed, _forms(call).workflow, within=partial(_counted, "workflows", len(listed)))


def _counted(name: str, total: int, shown: list[Any]) -> dict[str, Any]:
    return {"total_count": total, name: shown}


def _workflow(call: Call) -> Workflow:
    """By its number, also where it was deleted; by its file's name where it was not."""
    asked = call.names["workflow_id"]
    for workflow in call.repository.workflows:
        if workflow.id == _number(asked) or (workflow.state != "deleted" and asked in (workflow.file, workflow.path)):
            return workflow
    raise not_found()


def _get_workflow(call: Call) -> Answer:
    return Answer.of(_forms(call).workflow(_workflow(call)))


def _enable(call: Call) -> Answer:
    call.state.enable_workflow(_workflow(call))
    return Answer(status=204)


def _disable(call: Call) -> Answer:
    call.state.disable_workflow(_workflow(call), "disabled_manually")
    return Answer(status=204)


# -- runs --------------------------------------------------------------------------------------------------------

def _list_runs(call: Call) -> Answer:
    return _listing(call, call.repository.runs, "all")


def _list_runs_of_workflow(call: Call) -> Answer:
    workflow = _workflow(call)
    return _listing(call, [run for run in call.repository.runs if run.workflow is workflow], workflow.id)


def _listing(call: Call, runs: Sequence[WorkflowRun], what: object) -> Answer:
    asked = tuple(call.query.get(name, "") for name in _FILTERS)
    found = call.state.cached((call.repository.id, "runs", what, asked), lambda: _select(call, runs))
    return paged(call, found[:MOST_RUNS], _forms(call).run, within=partial(_counted, "workflow_runs", len(found)))


def _refused(name: str) -> Refusal:
    return Refusal(Answer.error(422, f"Validation Failed: {name} is invalid"))


def _select(call: Call, runs: Sequence[WorkflowRun]) -> list[WorkflowRun]:
    actor, branch, suite, created, event, sha, status = (call.query.get(name, "") for name in _FILTERS)
    if status and status not in (*STATUSES, *CONCLUSIONS):
        raise _refused("status")
    found = list(reversed(runs))
    if created:
        try:
            first, last = read_created(created)
        except (ValueError, OverflowError):
            raise _refused("created") from None
        found = [run for run in found if first <= run.created_at <= last]
    return [run for run in found
            if (not actor or (run.actor is not None and run.actor.rest_login.lower() == actor.lower()))
            and (not branch or run.branch == branch) and (not event or run.event == event)
            and (not sha or run.sha == sha) and (not status or status in (run.status, run.conclusion))
            and (not suite or (run.suite is not None and str(run.suite.id) == suite))]


def _run(call: Call) -> WorkflowRun:
    found = call.state.node_by_number(_number(call.names["run_id"]))
    if not isinstance(found, WorkflowRun) or found.repository is not call.repository:
        raise not_found()
    return found


def _attempt(call: Call, run: WorkflowRun) -> Attempt:
    found = run.attempt(_number(call.names["attempt_number"]))
    if found is None:
        raise not_found()
    return found


def _get_run(call: Call) -> Answer:
    return Answer.of(_forms(call).run(_run(call)))


def _get_attempt(call: Call) -> Answer:
    run = _run(call)
    return Answer.of(_forms(call).run(run, _attempt(call, run)))


# -- jobs --------------------------------------------------------------------------------------------------------

def _jobs(call: Call, jobs: list[Job]) -> Answer:
    return paged(call, jobs, _forms(call).job, within=partial(_counted, "jobs", len(jobs)))


def _list_jobs(call: Call) -> Answer:
    run = _run(call)
    every = call.query.get("filter", "latest") == "all"
    attempts = [attempt for attempt in run.attempts if not attempt.lost] if every else [run.latest]
    return _jobs(call, [job for attempt in attempts for job in attempt.jobs])


def _list_jobs_of_attempt(call: Call) -> Answer:
    return _jobs(call, _attempt(call, _run(call)).jobs)


def _get_job(call: Call) -> Answer:
    found = call.state.node_by_number(_number(call.names["job_id"]))
    if not isinstance(found, Job) or found.repository is not call.repository:
        raise not_found()
    return Answer.of(_forms(call).job(found))


# -- artifacts ---------------------------------------------------------------------------------------------------

def _list_artifacts(call: Call) -> Answer:
    wanted = call.query.get("name", "")
    found = [artifact for artifact in reversed(_run(call).artifacts) if not wanted or artifact.name == wanted]
    return paged(call, found, _forms(call).artifact, within=partial(_counted, "artifacts", len(found)))


def _download(call: Call) -> Answer:
    found = call.state.node_by_number(_number(call.names["artifact_id"]))
    if not isinstance(found, Artifact) or found.repository is not call.repository \
            or call.names["archive_format"] != "zip":
        raise not_found()
    if found.expired:
        return Answer.error(410, "Artifact has expired")
    # Another host than the API's, as at GitHub: what is sent there must not carry the token.
    storage = call.request.base.replace("127.0.0.1", STORAGE_HOST).removesuffix("/api/v3")
    return Answer(status=302, headers={"location": f"{storage}{STORAGE}{found.id}?sig={SIGNATURE}"})


def answer_storage(state: State, request: Request) -> Answer:
    """What the host says that keeps the archives: a signed address alone opens them, and a token is refused."""
    found = state.node_by_number(_number(request.path.removeprefix(STORAGE)))
    if request.token is not None:
        return Answer(status=400, body=b"<Error><Code>InvalidAuthenticationInfo</Code></Error>", genuine=False)
    if not isinstance(found, Artifact) or request.query.get("sig") != SIGNATURE:
        return Answer(status=403, body=b"<Error><Code>AuthenticationFailed</Code></Error>", genuine=False)
    return Answer(headers={"content-type": "application/zip"}, body=found.content, genuine=False)


_READ: Any = (("actions", "read"),)
_WRITE: Any = (("actions", "write"),)
_ACTIONS = "/repos/{owner}/{repo}/actions"
_RUN = f"{_ACTIONS}/runs/{{run_id}}"
_WORKFLOW = f"{_ACTIONS}/workflows/{{workflow_id}}"
ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_ACTIONS}/workflows", _READ, _list_workflows),
    Route("GET", _WORKFLOW, _READ, _get_workflow),
    Route("PUT", f"{_WORKFLOW}/enable", _WRITE, _enable),
    Route("PUT", f"{_WORKFLOW}/disable", _WRITE, _disable),
    Route("GET", f"{_WORKFLOW}/runs", _READ, _list_runs_of_workflow),
    Route("GET", f"{_ACTIONS}/runs", _READ, _list_runs),
    Route("GET", _RUN, _READ, _get_run),
    Route("GET", f"{_RUN}/attempts/{{attempt_number}}", _READ, _get_attempt),
    Route("GET", f"{_RUN}/attempts/{{attempt_number}}/jobs", _READ, _list_jobs_of_attempt),
    Route("GET", f"{_RUN}/jobs", _READ, _list_jobs),
    Route("GET", f"{_ACTIONS}/jobs/{{job_id}}", _READ, _get_job),
    Route("GET", f"{_RUN}/artifacts", _READ, _list_artifacts),
    Route("GET", f"{_ACTIONS}/artifacts/{{artifact_id}}/{{archive_format}}", _READ, _download),
)
