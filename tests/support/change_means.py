"""What a random change to a simulated repository has to choose from."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.simulator.model import Said, Thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Collected
    from datetime import datetime
    from random import Random

    from repo_vitals.simulator.accounts import Account
    from repo_vitals.simulator.model import Repository
    from repo_vitals.simulator.state import State

LOGINS = ("ann", "bob", "cat", "dan", "eve", "helper[bot]", "github-actions[bot]")
LABELS = ("bug", "kind: question", "P0", "priority/low", "type/security", "status/needs-info", "status/blocked",
          "good first issue")
MARKER = "<!-- repo-vitals:community-metrics:report -->"


class Change:
    """The means of one change: what there is to choose from."""

    def __init__(self, state: State, repository: Repository, random: Random, at: datetime) -> None:
        self.state, self.repository, self.random, self.at = state, repository, random, at

    def one(self, candidates: Any) -> Any:
        """One of them; None where there is none."""
        found = list(candidates)
        return self.random.choice(found) if found else None

    def who(self, among: Collected[str] = LOGINS) -> Account:
        """An account, with an address of its own: GitHub links each to one account, whoever has that login later."""
        found = self.state.account(self.random.choice(among))
        found.emails = found.emails or (f"{found.login}.{found.id}@example.org",)
        return found

    def person(self) -> Account:
        return self.who([login for login in LOGINS if "[" not in login])

    def thread(self, kind: Any = Thread, *, open_: bool | None = None) -> Any:
        return self.one(t for t in self.repository.threads.values() if isinstance(t, kind)
                        and (open_ is None or (t.closed_at is None) == open_))

    def said(self, kind: Any = Said) -> Any:
        """Something said somewhere; a review that was not sent is nobody's business."""
        return self.one(said for thread in self.repository.threads.values() for said in all_said(thread)
                        if isinstance(said, kind))

    def elsewhere(self) -> Repository:
        name = f"{self.repository.owner.login}/elsewhere"
        return self.state.repository(name) or self.state.add_repository(name)


def all_said(thread: Thread) -> Iterator[Said]:
    return (said for said in thread.said if getattr(said, "submitted_at", said.created_at) is not None)


def numbered(word: str, thread: Thread) -> str:
    return f"{word} #{thread.number}"
