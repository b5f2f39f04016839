"""Of a history on a branch only what is read is fetched, whatever the server allows; and nothing is lost by it."""
from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.git import _with
from repo_vitals.sources.history_branch import MARKER, Moved, marker, total_in
from repo_vitals.sources.history_points import Month, write_month
from repo_vitals.sources.history_records import Records, write_records
from support.history_branches import AT, NAME, Remote, note, point, record

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.delivery.history import OnBranch

MONITORS = ("ci-health", "code-health", "service-health")
MONTHS = ("2026-09", "2026-10", "2026-11")


def path_of(monitor: str, month: str) -> str:
    return f"points/{monitor}/acme/widget/{month}.jsonl"


def held() -> dict[str, str]:
    """Three monitors with three months each, every file of some ten kilobytes and different."""
    files = {MARKER: marker(2026).decode()}
    for monitor in MONITORS:
        for month in MONTHS:
            days = [AT.replace(month=int(month[-2:]), day=day + 1) for day in range(19)]
            points = tuple(point(f"{monitor}-{n}".replace("-", "_"), n, at=day) for day in days for n in range(5))
            files[path_of(monitor, month)] = write_month(Month(points=points))
        files[f"{monitor}/acme/widget/runs.jsonl"] = f"{monitor}\n" * 1000
    return files


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path / "remote.git")
    made.put(NAME, held())
    return made


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of every fetch."""
    seen: list[list[str]] = []
    run = subprocess.run

    def watched(arguments: list[str], **more: object) -> object:
        if arguments[1:2] == ["fetch"]:
            seen.append(arguments)
        return run(arguments, **more)  # type: ignore[call-overload]
    monkeypatch.setattr(subprocess, "run", watched)
    return seen


def old_protocol(place: OnBranch) -> OnBranch:
    """A place whose git speaks the protocol in which a server may refuse objects by their ids."""
    git = place._reader.git
    git._environ = _with(git._environ, {"protocol.version": "0"})
    return place


def blobs(place: OnBranch) -> int:
    """How many contents were transferred."""
    said = place._reader.git.local("cat-file", "--batch-check", "--batch-all-objects")
    return sum(b" blob " in line for line in said.splitlines())


def read(place: OnBranch, monitor: str = "ci-health") -> int:
    return len(place.history().points(monitor, "acme/widget", AT - timedelta(days=90)))


def test_only_what_a_monitor_reads_is_fetched_and_at_once(remote: Remote, fetches: list[list[str]]) -> None:
    place = remote.place()
    place.history()
    assert (len(fetches), blobs(place)) == (1, 1)       # the marker
    assert read(place) == 3 * 19 * 5
    assert (len(fetches), blobs(place)) == (2, 1 + 4)   # with what the monitor remembers
    assert place.history().read("ci-health/acme/widget/runs.jsonl") == "ci-health\n" * 1000
    assert place.history().files("code-health") == ["code-health/acme/widget/runs.jsonl"]
    assert len(fetches) == 2


def test_a_small_history_takes_one_fetch(tmp_path: Path, fetches: list[list[str]]) -> None:
    remote = Remote(tmp_path / "small.git")
    remote.put(NAME, {MARKER: marker(2026).decode(), path_of("ci-health", "2026-11"):
                      write_month(Month(points=(point(),)))})
    assert read(remote.place()) == 1
    assert len(fetches) == 1


def test_what_many_monitors_found_last_is_fetched_at_once(remote: Remote, fetches: list[list[str]]) -> None:
    history = remote.place().history()
    assert set(history.recorded("acme/widget")) == set(MONITORS)
    for monitor in MONITORS:
        assert history.points(monitor, "acme/widget", AT - timedelta(days=90))
    assert len(fetches) == 2


@pytest.mark.parametrize("settings", [
    {"uploadpack.allowFilter": "false"}, {"uploadpackfilter.allow": "false"},
    {"uploadpackfilter.blob:limit.allow": "false"}])
def test_a_server_without_filters_sends_everything_at_once(remote: Remote, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        remote.git("config", name, value)
    place = remote.place()
    history = place.history()
    assert blobs(place) == len(held())
    remote.folder.rename(remote.folder.with_name("away"))
    assert {path: history.read(path) for path in held() if path != MARKER} == {
        path: text for path, text in held().items() if path != MARKER}


def test_a_server_that_gives_no_single_objects_is_asked_for_the_branch(remote: Remote) -> None:
    remote.git("config", "uploadpack.allowAnySHA1InWant", "false")
    place = old_protocol(remote.place())
    assert blobs(place) == 0
    assert read(place) == 3 * 19 * 5
    assert blobs(place) == len(held())
    assert not place._reader._filters       # the next time without trying
    history = place.history()
    history.record("ci-health", "acme/widget", [point("more", 1)])
    place.write(history, at=AT)
    assert {path: text for path, text in remote.files().items() if path != path_of("ci-health", "2026-11")} == {
        path: text for path, text in held().items() if path != path_of("ci-health", "2026-11")}


def rewrite(remote: Remote) -> None:
    """Another history of the same name, and nothing left of the old one."""
    remote.git("update-ref", "-d", f"refs/heads/{NAME}")
    remote.put(NAME, {MARKER: marker(2026).decode(), path_of("ci-health", "2026-11"):
                      write_month(Month(points=(point("other", 7),)))})
    remote.git("reflog", "expire", "--expire=now", "--all")
    remote.git("gc", "--quiet", "--prune=now")


@pytest.mark.parametrize("old", [False, True])
def test_a_branch_that_was_rewritten_while_it_was_read_could_not_be_measured(remote: Remote, old: bool) -> None:
    place = old_protocol(remote.place()) if old else remote.place()
    history = place.history()
    rewrite(remote)
    with pytest.raises(CouldNotMeasure, match="rewritten while it was being read; try again") as caught:
        history.points("ci-health", "acme/widget", AT - timedelta(days=90))
    assert isinstance(caught.value, Moved)
    assert read(remote.place()) == 1


def test_a_branch_that_was_rewritten_before_the_run_wrote_is_added_to_as_it_is_now(remote: Remote) -> None:
    place = remote.place()
    history = place.history()
    rewrite(remote)
    history.record("ci-health", "acme/widget", [point("ours", 1)])
    place.write(history, at=AT)
    names = {found.name for found in remote.place().history().points("ci-health", "acme/widget", AT)}
    assert names == {"other", "ours"}


def test_an_object_that_only_the_new_tip_lacks_is_still_read_as_it_was(remote: Remote) -> None:
    place = remote.place()
    history = place.history()
    remote.put(NAME, {path_of("ci-health", "2026-11"): "{}\n"})
    assert len(history.points("ci-health", "acme/widget", AT - timedelta(days=90))) == 3 * 19 * 5


def total(remote: Remote, branch: str = NAME) -> int | None:
    return total_in(remote.git("cat-file", "commit", branch))


def real(remote: Remote, branch: str = NAME) -> int:
    return sum(len(text.encode()) for path, text in remote.files(branch).items() if path != MARKER)


def add(remote: Remote, name: str, *, limit: int = 50_000_000, year: int = 2026) -> list[str]:
    place = remote.place(limit=limit)
    history = place.history()
    history.record("ci-health", "acme/widget", [point(name, 1, at=AT.replace(year=year))])
    history.keep("ci-health/acme/widget/runs.jsonl", name)
    return list(place.write(history, at=AT.replace(year=year)))


def test_each_commit_says_how_large_all_is_so_that_the_next_need_not_fetch_it(
        remote: Remote, fetches: list[list[str]]) -> None:
    assert total(remote) is None
    add(remote, "first")        # counts
    assert total(remote) == real(remote)
    for name in ("second", "a_third"):
        fetches.clear()
        add(remote, name)
        assert len(fetches) == 2
        assert total(remote) == real(remote)
    remote.put(NAME, {"code-health/acme/widget/runs.jsonl": "x" * 77})      # somebody else's commit says nothing
    add(remote, "fourth")
    assert total(remote) == real(remote)


def test_a_total_that_is_wrong_removes_nothing(remote: Remote) -> None:
    before = set(remote.files())
    said = remote.git("commit-tree", f"{NAME}^{{tree}}", "-p", NAME, "-m", f"x\n\nHistory-Bytes: {10 ** 12}")
    remote.git("update-ref", f"refs/heads/{NAME}", said.strip())
    assert total(remote) == 10 ** 12
    assert add(remote, "first") == []
    assert set(remote.files()) == before
    assert total(remote) == real(remote)


def test_a_new_year_takes_everything_along_in_one_fetch(remote: Remote, fetches: list[list[str]]) -> None:
    before = remote.files()
    add(remote, "next", year=2027)
    assert len(fetches) == 2
    after = remote.files(f"{NAME}-2027")
    assert set(before) <= set(after)
    assert all(after[path] == text for path, text in before.items() if path.startswith("code-health/"))
    assert total(remote, f"{NAME}-2027") == real(remote, f"{NAME}-2027")


def test_git_is_told_of_no_remote_that_it_might_ask_by_itself(remote: Remote) -> None:
    place = remote.place()
    read(place)
    config = (place._reader.git.folder / "config").read_text()
    assert "remote" not in config
    assert "partial" not in config.lower()


def test_of_a_suites_records_two_months_are_fetched_at_once_and_a_write_takes_its_own(
        remote: Remote, fetches: list[list[str]]) -> None:
    # Months that are not over long enough to become coarser.
    remote.put(NAME, {f"records/ci-health/acme/widget/suite/2026-{month}.jsonl": write_records(Records(records=tuple(
        note(month, n, at=AT.replace(month=int(month))) for n in range(100)))) for month in ("09", "10", "11")})
    place = remote.place()
    history = place.history()
    assert len(history.records("ci-health", "acme/widget", "suite", most=150)) == 200
    assert (len(fetches), blobs(place)) == (2, 1 + 2)
    record(remote.place(), records=[note("first")])     # from here on the commit says how large all is
    other = remote.place()
    begun = other.history()
    begun.add("ci-health", "acme/widget", "suite", [note("new")])
    other.write(begun, at=AT)
    assert blobs(other) == 1 + 1 + 1        # the marker, the month as it was, and as it is
