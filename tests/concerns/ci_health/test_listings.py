"""Listings that end at a thousand runs and whose pages may be short."""
from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.clock import format_instant, parse_instant
from repo_vitals.concerns.ci_health.ledger import seconds
from repo_vitals.concerns.ci_health.memory import Memory
from repo_vitals.concerns.ci_health.policy import Policy
from repo_vitals.concerns.ci_health.reading import Runs
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.sources.github_actions import A_PAGE, MOST, Slices
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
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


class Unchanged:
    """GitHub's word, by GraphQL, that nothing changed since."""

    def __init__(self, runs: Sequence[dict[str, Any]]) -> None:
        self._runs = {run["node_id"]: run for run in runs}

    def run(self, _: str, names: dict[str, list[str]], **__: bool) -> dict[str, Any]:
        return {name: [{"updatedAt": self._runs[found]["updated_at"]} for found in ids] for name, ids in names.items()}


@pytest.mark.parametrize("with_queue", [False, True])
@given(pages=st.lists(st.integers(0, 12), max_size=4))
@settings(max_examples=10, deadline=None)
def test_a_listing_that_a_limit_ends_is_gone_on_with_the_next_time(with_queue: bool, pages: list[int]) -> None:
    # Three in a second, so that a page ends in the midst of one.
    runs = [node(number, NOW - timedelta(hours=number // 3)) for number in range(1, 2000)]
    wanted = {run["id"] for run in runs if MONTH.start - timedelta(days=30) <= parse_instant(run["created_at"]) < NOW}
    with tempfile.TemporaryDirectory() as folder:
        read = 0
        for most in [*pages, 100]:
            history = History(Folder(Path(folder)))
            memory = Memory(history, repository="acme/widget", node_id="R_1", branch="main", with_queue=with_queue)
            listing = Limited(runs, most=most)
            reading = Runs(listing, Unchanged(runs), memory, repository="acme/widget",  # type: ignore[arg-type]
                           branch="main", with_queue=with_queue, window=MONTH)
            with suppress(OverflowError):
                reading.read()
            memory.save()
            write_folder(history)
            read += listing.pages
        assert {run.id for run in reading.since_mark()} == wanted
        if not with_queue:
            # The last page read, the last hour and one second are read twice at most.
            assert read <= len(wanted) // A_PAGE + 3 + 3 * len(pages)


class Limited(Listing):
    """A listing of which so many pages can be had before a limit is met."""

    def __init__(self, runs: Sequence[dict[str, Any]], *, most: int) -> None:
        super().__init__(runs)
        self._most, self.pages = most, 0

    def runs(self, _: int | None, *, created: str, **__: str) -> Iterator[list[dict[str, Any]]]:
        for page in super().runs(_, created=created):
            if self.pages == self._most:
                raise OverflowError
            self.pages += 1
            yield page
