"""Listings that end at a thousand runs and whose pages may be short."""
from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.ci_health.ledger import seconds
from repo_vitals.concerns.ci_health.memory import Memory
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.concerns.ci_health.reading import Runs
from repo_vitals.sources.github_actions import A_PAGE, MOST, Slices
from repo_vitals.sources.history import History
from support.ci import MONTH, NOW, at, workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Listing:
    """GitHub's listing of some runs, newest first, of which some are not shown.

    Their places stay empty, so that a page is short though more pages follow.
    """

    def __init__(self, runs: Sequence[dict[str, Any]], *, hidden: frozenset[int] = frozenset()) -> None:
        self._runs, self._hidden = runs, hidden
        self.listings = 0

    def runs(self, _: int | None, *, created: str, **__: str) -> Iterator[list[dict[str, Any]]]:
        self.listings += 1
        first, last = (None if text == "*" else parse_instant(text) for text in created.split(".."))
        assert last is not None
        found = [run for run in self._runs if (first is None or first <= parse_instant(run["created_at"]))
                 and parse_instant(run["created_at"]) <= last][:MOST]
        for start in range(0, max(1, len(found)), A_PAGE):
            yield [run for run in found[start:start + A_PAGE] if run["id"] not in self._hidden]


def node(number: int, created: datetime, conclusion: str = "success") -> dict[str, Any]:
    moment = format_instant(created)
    return {"id": number, "node_id": f"WFR_{number}", "workflow_id": 1, "path": ".github/workflows/ci.yml",
            "event": "push", "head_branch": "main", "head_sha": f"{number:040x}", "run_number": number,
            "run_attempt": 1, "status": "completed", "conclusion": conclusion, "created_at": moment,
            "run_started_at": moment, "updated_at": moment, "head_repository": {"full_name": "acme/widget"}}


@given(st.integers(0, 3300), st.frozensets(st.integers(0, 3300), max_size=60))
def test_a_short_page_does_not_end_the_listing_of_a_slice(count: int, hidden: frozenset[int]) -> None:
    runs = [node(number, NOW - timedelta(seconds=number)) for number in range(count)]
    slices = Slices(Listing(runs, hidden=hidden), first=at(-9), last=NOW)  # type: ignore[arg-type]
    found = [run["id"] for page in slices.pages() for run in page]
    assert found == [run["id"] for run in runs if run["id"] not in hidden]
    assert slices.crowded == []


def test_a_short_page_does_not_end_the_search_for_older_runs() -> None:
    older = [node(number, at(-1500) - timedelta(minutes=number), "cancelled" if number < 1200 else "success")
             for number in range(1230)]
    listing = Listing(older, hidden=frozenset({250}))
    memory = Memory(History(), repository="acme/widget", node_id="R_1", branch="main", with_queue=False)
    runs = Runs(listing, None, memory, repository="acme/widget", branch="main",  # type: ignore[arg-type]
                with_queue=False, window=MONTH)
    memory.head.reach = seconds(runs.mark)
    found = runs.of(workflow(), Policy(), measured=True, secured=False)
    assert sum(run.conclusion == "success" for run in found) == 20
    assert (runs.missing, listing.listings) == ([], 2)
