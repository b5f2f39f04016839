"""The simulated GitHub of the benchmark: a process of its own, which lets time pass on request.

`measure.py` starts it and speaks with it in lines of JSON: `{"do": "latency", "seconds": 0.1}` in, an answer out.
It ends with its standard input.
"""
from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bin")]
import bootstrap  # noqa: E402 -- found in bin/

if TYPE_CHECKING:
    from repo_vitals.simulator.actions_model import WorkflowRun
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.state import State

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)
REPOSITORY = "acme/widget"
DAYS = 60                   # the window and the one before
WORKFLOWS = 10
FAILS, AGAIN, REPAIRED = 0.08, 0.25, 0.8        # of runs, of failures, of those made again


class Past:
    """Runs of ten workflows of the default branch, with jobs and steps."""

    def __init__(self, state: State) -> None:
        self.state, self.chance = state, random.Random(3)
        self.repository = state.add_repository(REPOSITORY, created_at=NOW - timedelta(days=900))
        self.workflows = [state.add_workflow(
            self.repository, path=f".github/workflows/w{place}.yml", name=f"Workflow {place}",
            text="on:\n  push:\n  schedule:\n    - cron: '0 */8 * * *'\n", at=NOW - timedelta(days=900))
            for place in range(WORKFLOWS)]

    def tell(self, runs: int, begin: datetime, span: timedelta) -> None:
        """That many runs, evenly over a time."""
        for place in range(runs):
            at = (begin + span * place / runs).replace(microsecond=0)
            run = self.state.start_run(self.workflows[place % WORKFLOWS], at=at, event=self.chance.choice(
                ("push", "push", "schedule")), sha=f"{self.chance.getrandbits(160):040x}")
            failed = self.chance.random() < FAILS
            self._jobs(run, failed=failed)
            if failed and self.chance.random() < AGAIN and run.updated_at < begin + span - timedelta(hours=2):
                self.state.rerun(run, at=run.updated_at + timedelta(hours=1))
                self._jobs(run, failed=self.chance.random() > REPAIRED)

    def _jobs(self, run: WorkflowRun, *, failed: bool) -> None:
        begun = run.latest.started_at
        for name in ("build", "test", "lint"):
            started = begun + timedelta(seconds=self.chance.randrange(3, 40))
            ended = started + timedelta(seconds=self.chance.randrange(30, 400))
            said = "failure" if failed and name == "test" else "success"
            self.state.add_job(run, name=name, created_at=begun, started_at=started, completed_at=ended,
                               conclusion=said, steps=[
                                   ("Check out", "success", started, started + timedelta(seconds=3)),
                                   ("Run", said, started + timedelta(seconds=3), ended)])
        self.state.complete_run(run, at=run.latest.updated_at, conclusion="failure" if failed else "success")


class Benched:
    """What can be asked of the simulator between two measurements."""

    def __init__(self, past: Past, simulator: Simulator) -> None:
        self.past, self.simulator, self.now = past, simulator, NOW

    def hour(self) -> dict[str, Any]:
        """A token with a whole hour's share, and counters at zero."""
        self.simulator.log.clear()
        self.token = self.simulator.token()
        return {"GITHUB_TOKEN": self.token}

    def used(self) -> dict[str, int]:
        """Requests and GraphQL points since `hour`."""
        return {"requests": len(self.simulator.log),
                "points": self.simulator.limits.allowance(self.token, "graphql").used}

    def unlimited(self) -> dict[str, Any]:
        """No limits from now on."""
        self.simulator.limits.per_hour = {"core": 10**9, "graphql": 10**9}
        return {}

    def latency(self, seconds: float) -> dict[str, Any]:
        """How much later every answer comes from now on."""
        self.simulator.latency = seconds
        return {}

    def wait(self, hours: int, runs: int, again: int, deleted: int) -> dict[str, Any]:
        """Time passes with new runs; some older ones are run again, some deleted."""
        state, chance = self.past.state, self.past.chance
        with state.lock:
            older = [run for run in self.past.repository.runs if run.created_at > self.now - timedelta(days=20)]
            for run in chance.sample(older, again):
                state.rerun(run, at=self.now + timedelta(minutes=20))
                self.past._jobs(run, failed=False)  # noqa: SLF001 -- of the same file
            for run in chance.sample([run for run in older if len(run.attempts) == 1], deleted):
                state.delete_run(run)
            self.past.tell(runs, self.now, timedelta(hours=hours))
            self.now += timedelta(hours=hours)
        return {"REPO_VITALS_NOW": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}


def main() -> int:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, required=True)
    runs = parser.parse_args().runs
    folder = bootstrap.environment(("demo", "markdown"))
    if isinstance(folder, int):
        return folder
    sys.path[:0] = [str(ROOT / "src"), str(folder)]
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.state import State

    past = Past(State(now=NOW))
    past.tell(runs, NOW - timedelta(days=DAYS), timedelta(days=DAYS))
    again = sum(len(run.attempts) > 1 for run in past.repository.runs)
    with Simulator(past.state) as simulator:
        benched = Benched(past, simulator)
        given = {**simulator.environment(), "GITHUB_REPOSITORY": REPOSITORY, "again": again,
                 "REPO_VITALS_NOW": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}
        sys.stdout.write(json.dumps(given) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            asked = json.loads(line)
            sys.stdout.write(json.dumps(getattr(benched, asked.pop("do"))(**asked)) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
