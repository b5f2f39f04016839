"""The way of most scripts: list the issues, then ask for each one's comments, events and reviews.

`one_by_one.py DAYS` reads GITHUB_API_URL, GITHUB_TOKEN, GITHUB_REPOSITORY and REPO_VITALS_NOW and prints what it asked
for and the median times to the first response. It covers what `community-metrics` covers: what was updated in the last
DAYS or in as many days before, and what is open. It does so thriftily: a hundred a page, no page after the last, no
comments where there are none, one connection for all. Discussions, commits and reactions it leaves out.
"""
from __future__ import annotations

import json
import os
import statistics
import sys
from collections import Counter
from datetime import datetime, timedelta
from http.client import HTTPConnection
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit


def instant(text: str) -> datetime:
    """GitHub's times; Python 3.10 refuses their `Z`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Client:
    """Asks, and counts what for."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._connection = HTTPConnection(urlsplit(os.environ["GITHUB_API_URL"]).netloc, timeout=60)
        self._base = f"/repos/{os.environ['GITHUB_REPOSITORY']}"
        self._headers = {"authorization": f"Bearer {os.environ['GITHUB_TOKEN']}", "user-agent": "one-by-one"}

    def every(self, what: str, path: str, **query: str) -> list[dict[str, Any]]:
        """All entries of a list, page by page."""
        found: list[dict[str, Any]] = []
        for page in count(1):
            entries, is_last = self._get(f"{path}?{urlencode({**query, 'per_page': 100, 'page': page})}")
            self.asked[what] += 1
            found += entries
            if is_last:
                break
        return found

    def _get(self, path: str) -> tuple[list[dict[str, Any]], bool]:
        """A page, and whether it is the last."""
        self._connection.request("GET", f"{self._base}/{path}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise OSError(f"{path}: {answer.status} {body[:200]!r}")
        return json.loads(body), 'rel="next"' not in answer.getheader("link", "")


def is_person(account: dict[str, Any]) -> bool:
    """Neither a bot by its type nor by its login."""
    return account["type"] != "Bot" and not account["login"].endswith("[bot]")


def drafts(item: dict[str, Any], events: list[dict[str, Any]]) -> list[tuple[datetime, datetime | None]]:
    """The spans during which a pull request was a draft; how it began follows from its first change."""
    changes = [(instant(event["created_at"]), event["event"] == "convert_to_draft") for event in events
               if event["event"] in ("convert_to_draft", "ready_for_review")]
    draft, since = (not changes[0][1] if changes else item.get("draft", False)), instant(item["created_at"])
    spans: list[tuple[datetime, datetime | None]] = []
    for at, becomes_draft in changes:
        if draft and not becomes_draft:
            spans.append((since, at))
        draft, since = becomes_draft, at if becomes_draft != draft else since
    return [*spans, (since, None)] if draft else spans


def first_response(item: dict[str, Any], said: list[tuple[datetime, dict[str, Any]]],
                   spans: list[tuple[datetime, datetime | None]]) -> float | None:
    """Seconds to the first word of another person; None without one, or where it is older than the item."""
    author, created = item["user"]["login"], instant(item["created_at"])
    heard = [at for at, by in said if is_person(by) and by["login"] != author
             and not any(start <= at and (end is None or at < end) for start, end in spans)]
    if not heard or min(heard) < created or any(end is None for _, end in spans):
        return None
    waited = min(heard) - created
    for start, end in spans:
        if end is not None and start < min(heard):
            waited -= end - start
    return waited.total_seconds()


def main() -> int:
    """Asks and prints."""
    window = timedelta(days=int(sys.argv[1]))
    now = instant(os.environ["REPO_VITALS_NOW"])
    mark = now - max(2 * window, timedelta(days=7))
    client = Client()
    listed = client.every("lists", "issues", state="all", since=f"{mark:%Y-%m-%dT%H:%M:%SZ}")
    listed += client.every("lists", "issues", state="open")
    seconds: dict[str, list[float]] = {"issue": [], "pull_request": []}
    for item in {entry["number"]: entry for entry in listed}.values():
        kind, number = "pull_request" if "pull_request" in item else "issue", item["number"]
        said = [(instant(comment["created_at"]), comment["user"])
                for comment in (client.every("comments", f"issues/{number}/comments") if item["comments"] else ())]
        events = client.every("events", f"issues/{number}/events")
        if kind == "pull_request":
            said += [(instant(review["submitted_at"]), review["user"])
                     for review in client.every("reviews", f"pulls/{number}/reviews")]
        spans = drafts(item, events) if kind == "pull_request" else []
        waited = first_response(item, said, spans)
        if waited is not None and is_person(item["user"]) and now - window <= instant(item["created_at"]) < now:
            seconds[kind].append(waited)
    sys.stdout.write(json.dumps({
        "asked": client.asked, "medians": {kind: statistics.median(found) if found else None
                                           for kind, found in seconds.items()}}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
