"""What GitHub really said of runs and jobs, through our reading of it.

The answers are PyGithub's recordings (LGPL-3.0-or-later) and so no part of this project. Where a machine has them, as
`gh-workflow-runs` and `gh-workflow-jobs` with a manifest.json each, REPO_VITALS_SAMPLES names the folder of the two.
What is expected stands in the manifests and was counted there with jq.
"""
from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.ci_health import parse
from repo_vitals.concerns.ci_health.durations import job_seconds, queue_seconds

SAMPLES = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
pytestmark = pytest.mark.skipif(not (SAMPLES / "gh-workflow-runs").is_dir(),
                                reason="REPO_VITALS_SAMPLES names no folder of recorded answers")


def recorded(folder: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Body and expectations of each recorded answer."""
    manifest = json.loads((SAMPLES / folder / "manifest.json").read_text(encoding="utf-8"))
    return [(json.loads((SAMPLES / folder / one["file"]).read_text(encoding="utf-8"))["response"]["body"],
             one["expected"]) for one in manifest]


def test_recorded_runs_are_read_as_they_were_counted() -> None:
    for body, expected in recorded("gh-workflow-runs"):
        runs = [parse.run(node) for node in body["workflow_runs"]]
        assert len(runs) == expected["runs"]
        assert Counter(run.conclusion for run in runs) == expected["conclusions"]
        assert Counter(run.status for run in runs) == expected["statuses"]
        assert sorted({run.event for run in runs}) == expected["events"]
        for run, node in zip(runs, body["workflow_runs"], strict=True):
            assert (run.id, run.node_id, run.sha, run.number) == (
                node["id"], node["node_id"], node["head_sha"], node["run_number"])
            assert run.created_at <= run.started_at <= run.updated_at == parse_instant(node["updated_at"])
            assert run.attempt >= 1


def test_a_recorded_run_of_a_fork_is_not_of_the_branch() -> None:
    nodes = [node for body, _ in recorded("gh-workflow-runs") for node in body["workflow_runs"]]
    for node in nodes:
        ours = node["head_repository"]["full_name"] == node["repository"]["full_name"]
        found = parse.is_of(node, repository=node["repository"]["full_name"], branch=node["head_branch"])
        assert found is ours
    assert any(parse.is_of(node, repository="PyGithub/PyGithub", branch="master") for node in nodes)


def test_recorded_jobs_are_read_as_they_were_counted() -> None:
    for body, expected in recorded("gh-workflow-jobs"):
        jobs = [parse.job(node) for node in body["jobs"]]
        assert len(jobs) == expected["jobs"] == expected["total_count"]
        assert Counter(job.conclusion for job in jobs) == expected["conclusions"]
        assert [job.name for job in jobs][:5] == expected["names"]
        for job, node in zip(jobs, body["jobs"], strict=True):
            created, started, ended = (parse_instant(node[key]) for key in ("created_at", "started_at", "completed_at"))
            assert (queue_seconds(job), job_seconds(job)) == (
                (started - created).total_seconds(), (ended - started).total_seconds())
            assert [(step.name, step.number, step.conclusion) for step in job.steps] == [
                (step["name"], step["number"], step["conclusion"]) for step in node["steps"]]
            assert (job.labels, job.group) == (tuple(node["labels"]), node["runner_group_name"])
