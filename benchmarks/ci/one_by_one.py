"""The way of most scripts: list the runs, then ask for each one's jobs, and for each earlier attempt.

`one_by_one.py DAYS` reads GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORY and REPO_VITALS_NOW and prints what it asked
for and, by workflow, the share of successes among the newest 20 runs. It is thrifty: a hundred a page, slices by
`created` where GitHub lists no more than 1,000, jobs of all attempts at once, one connection for all.
"""
from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit


class Client:
    """Asks, and counts what for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._connection = HTTPConnection(urlsplit(os.environ["GITHUB_API_URL"]).netloc, timeout=60)
        self._base = f"/repos/{os.environ['GITHUB_REPOSITORY']}/actions"
        self._headers = {"authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "user-agent": "one-by-one"}

    def get(self, what: str, path: str, **query: Any) -> dict[str, Any]:
        """One answer."""
        self.asked[what] += 1
        self._connection.request("GET", f"{self._base}/{path}?{urlencode(query)}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status} {body[:200]!r}")
        found: dict[str, Any] = json.loads(body)
        return found

    def runs(self, first: str, last: str) -> dict[int, dict[str, Any]]:
        """Every run that was created between two moments."""
        found: dict[int, dict[str, Any]] = {}
        while True:
            count = 0
            for page in range(1, 11):
                entries = self.get("runs", "runs", branch="main", created=f"{first}..{last}", per_page=100,
                                   page=page)["workflow_runs"]
                found.update((run["id"], run) for run in entries)
                count += len(entries)
                if len(entries) < 100:
                    break
            if count < 1000:
                return found
            last = entries[-1]["created_at"]


def main() -> int:
    """Reads everything and prints."""
    client, end = Client(), datetime.fromisoformat(os.environ["REPO_VITALS_NOW"].replace("Z", "+00:00"))
    runs = client.runs(f"{end - timedelta(days=2 * int(sys.argv[1])):%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}")
    newest: dict[str, list[str]] = defaultdict(list)
    for run in sorted(runs.values(), key=lambda run: (run["created_at"], run["id"]), reverse=True):
        newest[run["path"].rpartition("/")[2]].append(run["conclusion"])
        client.get("jobs", f"runs/{run['id']}/jobs", filter="all", per_page=100)
        for attempt in range(1, run["run_attempt"]):
            client.get("attempts", f"runs/{run['id']}/attempts/{attempt}")
    ratios = {name: said[:20].count("success") / len(said[:20]) for name, said in sorted(newest.items())}
    sys.stdout.write(json.dumps({"asked": client.asked, "ratios": ratios}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
