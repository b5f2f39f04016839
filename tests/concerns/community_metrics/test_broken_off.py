"""A run that is broken off, wherever that is: the next goes on from there, and tells what a run in one go tells."""
from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.limits import Limits
from repo_vitals.sources.ledger_lines import digest
from support.broken_off import broken_off, in_small_pages, long_lived, pages
from support.remembered import Remembering, Truths, told
from support.simulated import Story, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator
    from support.simulated import Scene

REQUESTS = 29       # of a run in one go
LISTINGS = ("Issues", "PullRequests", "Discussions")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_pages(monkeypatch)


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    with serving(long_lived(), limits=Limits(graphql=10**9)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def truths() -> Truths:
    """What runs without a history told."""
    return Truths()


@pytest.fixture
def runs(github: Simulator, truths: Truths, tmp_path: Path) -> Remembering:
    """Runs without a history so far, and an empty log."""
    found = Remembering(github, tmp_path, truths=truths)
    found.truth()
    github.log.clear()
    return found


# What a run in one go asks, by operation.
IN_ONE_GO = {"Repository": 1, "Issues": 9, "PullRequests": 8, "Discussions": 4, "Threads": 3, "LookAgain": 1,
             "Commits": 3}


def test_every_listing_takes_several_requests(runs: Remembering, github: Simulator) -> None:
    runs.agrees()
    assert pages(github) == IN_ONE_GO


def head(runs: Remembering) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((runs.ledger / "head.json").read_text(encoding="utf-8").split("\n")[0])
    return found


def test_when_the_limit_is_spent_a_run_says_how_far_it_came_and_when_to_go_on(tmp_path: Path) -> None:
    now = [time.time()]
    with serving(long_lived(), limits=Limits(graphql=10**9, clock=lambda: now[0])) as github:
        runs = Remembering(github, tmp_path, truths=Truths())
        runs.agrees("--history", "none")
        github.limits.per_hour["graphql"] = 24
        said = []
        for _ in range(9):
            ended = runs.run(token=github.token())
            if ended.code != 3:
                break
            said.append(ended.stderr)
            assert ended.stderr.count("\n") == 1
            now[0] += 3601
        assert len(said) > 1
        assert re.search(
            r"this run's share of GitHub's rate limit is spent: 12 of 12 GraphQL points \(50% of the 24 that were left"
            r"\); it resets at 20\d\d-\d\d-\d\dT[\d:]{8}Z; the history now has \d+ issues(, \d+ pull requests)?"
            r"( \(issues up to 20\d\d-\d\d-\d\d\))?, and the next run goes on from there\n$", said[0])
        assert "discussions" in said[-1]
        github.limits.per_hour["graphql"] = 10**9
        assert (ended.code, ended.report["metrics"]) == (
            runs.plain(token=github.token()).code, runs.plain(token=github.token()).report["metrics"])


def test_without_a_history_nothing_is_said_to_be_kept(runs: Remembering) -> None:
    ended = broken_off(runs, "--history", "none", after=5)
    assert ended.code == 3
    assert "history" not in ended.stderr


# A run begins with the repository, what changed and what was remembered, and ends with threads and commits, which it
# reads in one go: eight requests are the least that bring it any further.
@pytest.mark.parametrize("allowed", [pytest.param(allowed, marks=() if allowed in (8, 16) else pytest.mark.slow)
                                     for allowed in (8, 9, 10, 11, 13, 16, 20, 28)])
def test_with_any_number_of_requests_a_run_all_is_read_in_the_end_and_next_to_nothing_twice(
        runs: Remembering, github: Simulator, allowed: int) -> None:
    number = 0
    while number < 9:
        number += 1
        ended = broken_off(runs, after=allowed, resets_in=3000)
        if ended.code != 3:
            break
    assert (ended.code, told(ended.report)) == runs.truth()
    asked = pages(github)
    assert number <= 2 + REQUESTS // (allowed - 4)
    assert [name for name in LISTINGS if asked[name] > IN_ONE_GO[name] + number] == []


# Every second place has one of the kinds in a plain run, which is several of each listing; the slow ones are all places
# with both.
@pytest.mark.parametrize(("kind", "after"), [
    pytest.param(kind, after, marks=() if after in plain else pytest.mark.slow)
    for kind, first, plain in (("primary-limit", 0, (0, 4, 8, 12, 16, 20, 24, 28)),
                               ("status", 1, (2, 6, 10, 14, 18, 22, 26, 27)))
    for after in range(first, REQUESTS)])
def test_a_run_that_is_broken_off_once_is_gone_on_with(
        runs: Remembering, github: Simulator, kind: str, after: int) -> None:
    more = {"resets_in": 3000} if kind == "primary-limit" else {"status": 500}
    assert broken_off(runs, after=after, kind=kind, **more).code == 3
    runs.agrees()
    asked = pages(github)
    assert [name for name in LISTINGS if asked[name] > IN_ONE_GO[name] + 2] == []


@pytest.mark.parametrize(("first", "second", "after"), [
    pytest.param(first, second, after, marks=() if (turn + place) % 5 == 0 else pytest.mark.slow)
    for turn, (first, second) in enumerate([("30d", "90d"), ("90d", "30d"), ("7d", "30d")])
    for place, after in enumerate([2, 11, 17, 20, 24, 27, 28])])
def test_what_was_broken_off_may_be_gone_on_with_over_another_window(
        runs: Remembering, first: str, second: str, after: int) -> None:
    broken_off(runs, "--window", first, after=after, resets_in=3000)
    runs.agrees("--window", second)


@pytest.mark.parametrize(("window", "after"), [
    pytest.param(window, after, marks=() if after in (2 + odd, 4 + odd) else pytest.mark.slow)
    for odd, window in enumerate(["30d", "90d"]) for after in range(9)])
def test_a_later_run_that_is_broken_off_forgets_nothing(runs: Remembering, window: str, after: int) -> None:
    runs.agrees("--window", "7d")
    broken_off(runs, "--window", window, after=after, resets_in=3000)
    runs.agrees("--window", "7d")
    broken_off(runs, "--window", window, after=after, resets_in=3000)
    runs.agrees("--window", window)


# -- what happens in between ---------------------------------------------------------------------------------------

def told_apart(scene: Scene) -> None:
    """Something of all that happens, loudly and in silence."""
    threads = scene.repository.threads
    state, silent = scene.state, [thread for thread in threads.values() if thread.comments]
    state.minimise(silent[0].comments[0])
    state.delete_comment(silent[-1].comments[0])
    Story(scene, threads[40]).comment(by="carol", at=0)
    Story(scene, threads[2]).comment(by="carol", at=0).close(at=0, by="carol")
    Story(scene, threads[80]).review(by="carol", at=0)
    Story(scene, threads[max(threads)]).comment(by="carol", at=0)
    scene.issue(by="dora", at=0)
    scene.commit(by="dora", at=0)


@pytest.mark.parametrize("after", [pytest.param(after, marks=() if after in (3, 20) else pytest.mark.slow)
                                   for after in (3, 9, 13, 16, 20, 23, 26)])
def test_what_happens_between_a_run_that_was_broken_off_and_the_next_is_not_missed(tmp_path: Path, after: int) -> None:
    scene = long_lived()
    with serving(scene, limits=Limits(graphql=10**9)) as github:
        runs = Remembering(github, tmp_path)
        broken_off(runs, after=after, resets_in=3000)
        told_apart(scene)
        runs.agrees()
        broken_off(runs, after=3, resets_in=3000)
        scene.pull_request(by="dora", at=0)
        runs.agrees()


# -- cursors that GitHub does not know any more --------------------------------------------------------------------

def spoil_cursors(runs: Remembering) -> int:
    """Put something else in place of every cursor; how many there were."""
    found = head(runs)
    spoilt = 0
    for progress in found["progress"].values():
        if progress["open_cursor"] is not None:
            progress["open_cursor"], spoilt = "long gone", spoilt + 1
        for walk in progress["descents"]:
            walk["cursor"], spoilt = "long gone", spoilt + 1
    body = json.dumps(found)
    (runs.ledger / "head.json").write_text(f"{body}\n{digest(body)}\n", encoding="utf-8", newline="")
    return spoilt


@pytest.mark.parametrize("after", [
    pytest.param(after, marks=() if after in (2, 11, 20) else pytest.mark.slow)
    for after in (2, 3, 4, 11, 12, 13, 15, 16, 17, 20, 21)])
def test_a_cursor_that_is_not_known_any_more_costs_one_run_at_most(runs: Remembering, after: int) -> None:
    assert broken_off(runs, after=after, resets_in=3000).code == 3
    assert spoil_cursors(runs) > 0
    ended = runs.run()
    assert ended.code in (0, 1, 3)
    runs.agrees()


def test_everything_was_spoilt_that_there_is(runs: Remembering) -> None:
    kinds = set()
    for after in (2, 11, 15, 20):
        broken_off(runs, after=after, resets_in=3000)
        kinds |= {(kind, "open") for kind, known in head(runs)["progress"].items() if known["open_cursor"]}
        kinds |= {(kind, "walk") for kind, known in head(runs)["progress"].items() if known["descents"]}
        (runs.ledger / "head.json").unlink()
    assert kinds == {("issue", "open"), ("pull_request", "open"), ("pull_request", "walk"), ("discussion", "walk")}


