"""The simulated GitHub of the benchmark: a process of its own, which changes its repository on request.

`measure.py` starts it and speaks with it in lines of JSON: `{"do": "change", "count": 50}` in, an answer out. It ends
with its standard input.
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
sys.path[:0] = [str(ROOT / "bin"), str(Path(__file__).resolve().parent)]
import bootstrap  # noqa: E402 -- found in bin/

if TYPE_CHECKING:
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.simulator.state import State

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=timezone.utc)
DAY = timedelta(days=1)


class Benched:
    """What can be asked of the simulator between two measurements."""

    def __init__(self, state: State, simulator: Simulator) -> None:
        self.state, self.simulator = state, simulator
        self.repository = state.repositories()[0]
        self.random = random.Random(11)
        self.token = ""

    def hour(self, limit: int) -> dict[str, Any]:
        """A token with a whole hour's share, and counters at zero."""
        self.simulator.limits.per_hour = {"core": limit, "graphql": limit}
        self.simulator.log.clear()
        self.token = self.simulator.token()
        return {"GITHUB_TOKEN": self.token}

    def used(self) -> dict[str, int]:
        """Requests and GraphQL points since `hour`."""
        return {"requests": len(self.simulator.log),
                "points": self.simulator.limits.allowance(self.token, "graphql").used}

    def latency(self, seconds: float) -> dict[str, Any]:
        """How much later every answer comes from now on."""
        self.simulator.latency = seconds
        return {}

    def change(self, count: int) -> dict[str, Any]:
        """A day passes, with so many changes of any kind."""
        from support.changes import change

        begin = self.state.now
        with self.state.lock:
            words = [change(self.state, self.repository, self.random, begin + place * DAY / count)
                     for place in range(1, count + 1)]
        return {**self.clock(), "changes": words}

    def clock(self) -> dict[str, Any]:
        """The simulated present, and the days since the repository's first."""
        first = min([self.repository.created_at, *(thread.created_at for thread in self.repository.threads.values())])
        return {"REPO_VITALS_NOW": f"{self.state.now:%Y-%m-%dT%H:%M:%SZ}", "days": (self.state.now - first).days + 1}


def show_what_is_hidden(state: State) -> None:
    """Nothing said is hidden any more: the simulated REST does not say what is, so the two medians would differ."""
    for repository in state.repositories():
        for thread in repository.threads.values():
            for said in thread.said:
                if said.minimised is not None:
                    state.unminimise(said)


def main() -> int:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser()
    for name in ("issues", "pull-requests", "discussions"):
        parser.add_argument(f"--{name}", type=int, required=True)
    sizes = parser.parse_args()
    folder = bootstrap.environment(("demo", "test"))     # what the simulator needs, and hypothesis for the changes
    if isinstance(folder, int):
        return folder
    sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(folder)]
    from reviews_and_events import serve_reviews_and_events

    from repo_vitals.simulator.generate import generate
    from repo_vitals.simulator.server import Simulator

    serve_reviews_and_events()
    state = generate(issues=sizes.issues, pull_requests=sizes.pull_requests, discussions=sizes.discussions, now=NOW)
    show_what_is_hidden(state)
    with Simulator(state) as simulator:
        benched = Benched(state, simulator)
        given = {**simulator.environment(), "GITHUB_REPOSITORY": benched.repository.full_name, **benched.clock()}
        sys.stdout.write(json.dumps(given) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            asked = json.loads(line)
            answer = getattr(benched, asked.pop("do"))(**asked)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
