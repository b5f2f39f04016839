"""A history over years: a branch for each, old months coarser, the oldest gone at the limit."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.delivery.history_changes import changes, tidied
from repo_vitals.sources.history import History
from repo_vitals.sources.history_branch import MARKER, Tip
from repo_vitals.sources.history_files import Files
from repo_vitals.sources.history_points import Month, parse_month, write_month
from repo_vitals.sources.history_records import Records, write_records
from support.history_branches import AT, NAME, Killed, Remote, note, notes, point, record, values

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_each_year_has_a_branch_of_its_own_that_starts_from_what_was_there(remote: Remote) -> None:
    record(remote.place(), point("old", 1))
    last = remote.branches()[NAME]
    new_year = datetime(2027, 1, 1, tzinfo=timezone.utc)
    record(remote.place(), point("new", 2, at=new_year), at=new_year)
    assert set(remote.branches()) == {NAME, f"{NAME}-2027"}
    assert values(remote, f"{NAME}-2027") == {"old": 1, "new": 2}
    assert remote.git("rev-list", "--count", f"{NAME}-2027").strip() == "1"      # nothing of the old object store
    assert remote.git("merge-base", last, NAME).strip() == last
    record(remote.place(), point("newer", 3, at=new_year), at=new_year)
    assert values(remote, f"{NAME}-2027") == {"old": 1, "new": 2, "newer": 3}
    assert values(remote) == {"old": 1}


def test_a_run_that_read_the_old_year_writes_to_the_new_one(remote: Remote) -> None:
    record(remote.place(), point("old", 1))
    slow = remote.place()
    history = slow.history()
    new_year = datetime(2027, 1, 1, tzinfo=timezone.utc)
    record(remote.place(), point("new", 2, at=new_year), at=new_year)
    history.record("ci-health", "acme/widget", [point("late", 3)])
    slow.write(history, at=AT)
    assert values(remote, f"{NAME}-2027") == {"old": 1, "new": 2, "late": 3}
    assert values(remote) == {"old": 1}


def test_a_year_that_was_closed_by_a_run_that_died_is_followed_by_the_next_run(remote: Remote,
                                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    record(remote.place(), point("old", 1))
    new_year = datetime(2027, 1, 1, tzinfo=timezone.utc)
    place = remote.place()
    writer = place._writers[0]
    commit = writer.commit
    calls = 0

    def dies(*arguments: object, **more: object) -> str:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed
        return commit(*arguments, **more)  # type: ignore[arg-type]
    monkeypatch.setattr(writer, "commit", dies)
    with pytest.raises(Killed):
        record(place, point("lost", 2, at=new_year), at=new_year)
    assert set(remote.branches()) == {NAME}
    record(remote.place(), point("late", 3))        # one whose clock still shows the old year
    assert values(remote, f"{NAME}-2027") == {"old": 1, "late": 3}
    assert remote.place().history().points("ci-health", "acme/widget", AT)


def test_a_new_year_makes_old_months_coarser_for_every_monitor(remote: Remote) -> None:
    place = remote.place()
    history = place.history()
    for command in ("ci-health", "service-health"):
        history.record(command, "acme/widget", [
            point("x", hour, at=AT + timedelta(hours=hour), period=f"2026-11-20T{6 + hour:02}:00:00Z")
            for hour in range(3)])
    place.write(history, at=AT)
    later = datetime(2027, 4, 1, tzinfo=timezone.utc)
    record(remote.place(), point("x", 9, at=later), at=later)
    files = remote.files(f"{NAME}-2027")
    for command in ("ci-health", "service-health"):
        path = f"points/{command}/acme/widget/2026-11.jsonl"
        assert [p.value for p in parse_month(files[path], path=path).points] == [2]
        assert '"grain":"day"' in files[path]


@given(st.lists(st.integers(1, 150), min_size=1, max_size=12))
def test_after_any_pauses_all_that_is_old_enough_is_as_coarse_as_if_everything_had_been_looked_at(
    pauses: list[int],
) -> None:
    tip = Tip(branch=NAME, oid="1", files=Files.of({}), year=2026)
    at = AT
    for days in pauses:
        at += timedelta(days=days)
        history = History(tip)
        history.record("ci-health", "acme/widget", [point(
            "x", hour, at=at + timedelta(hours=hour),
            period=f"{at + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}") for hour in range(2)])
        files, _ = tidied(tip, changes(history, tip), now=at, limit=50_000_000)
        everything, _ = tidied(tip, changes(history, tip), now=at, limit=50_000_000, everything=True)
        assert files == everything
        tip = Tip(branch=NAME, oid="1", files=tip.files.changed(files), year=2026)


def test_what_is_written_of_months_long_ago_is_as_coarse_as_they_are_and_fetched_at_once() -> None:
    held, asked = over(36), []

    def load(paths: Sequence[str]) -> dict[str, bytes]:
        asked.append(len(paths))
        return {path: held[path] for path in paths}
    tip = Tip(branch=NAME, oid="1", files=Files(dict.fromkeys(held, None), load, measure=lambda paths: {
        path: len(held[path]) for path in paths}), year=2026)
    history = History(tip)
    history.record("ci-health", "acme/widget", [
        point("new", 1, at=AT, period=f"{year}-06-{day:02}T0{hour}:00:00Z")
        for year in (2024, 2025) for day in range(1, 9) for hour in range(2)])
    files, _ = tidied(tip, changes(history, tip), now=AT, limit=50_000_000)
    assert len(asked) <= 2
    for year, kept in ((2024, 2), (2025, 2)):
        path = f"points/ci-health/acme/widget/{year}-06.jsonl"
        assert sum(one.name == "new" for one in parse_month(files[path].decode(), path=path).points) == kept


def test_a_run_that_writes_the_day_before_after_a_pause_leaves_no_month_finer_than_it_should_be() -> None:
    tip = Tip(branch=NAME, oid="1", files=Files.of(over(12)), year=2026)
    at = datetime(2026, 6, 1, tzinfo=timezone.utc)
    held = {path: content for path, content in over(12).items() if path[-13:-6] <= "2026-01"}
    tip = Tip(branch=NAME, oid="1", files=Files.of(held), year=2026)
    history = History(tip)
    history.record("ci-health", "acme/widget", [point("x", 1, at=at, period="2026-05-31")])
    files, _ = tidied(tip, changes(history, tip), now=at, limit=50_000_000)
    assert all(b'"grain":"day"' in files[path] for path in held if path[-13:-6] != "2025-04")


def test_a_daily_run_reads_no_month_that_came_of_age_long_ago() -> None:
    held, asked = over(36), []

    def load(paths: Sequence[str]) -> dict[str, bytes]:
        asked.extend(paths)
        return {path: held[path] for path in paths}
    tip = Tip(branch=NAME, oid="1", files=Files(dict.fromkeys(held, None), load, measure=lambda paths: {
        path: len(held[path]) for path in paths}), year=2026)
    history = History(tip)
    history.record("ci-health", "acme/widget", [point("x", 1, at=AT)])
    tidied(tip, changes(history, tip), now=AT, limit=50_000_000)
    months = sorted(path[-13:-6] for path in asked)
    assert months == ["2026-11"]


def over(months: int, *, per_month: int = 1, size: int = 10) -> dict[str, bytes]:
    """A history of a figure a month, backwards from AT's."""
    files = {}
    for back in range(months):
        index = 2026 * 12 + 10 - back
        month = datetime(index // 12, index % 12 + 1, 5, tzinfo=timezone.utc)
        path = f"points/ci-health/acme/widget/{month:%Y-%m}.jsonl"
        files[path] = write_month(Month(points=tuple(
            point(f"x{n}", 1, at=month, labels={"pad": "x" * size}) for n in range(per_month)))).encode()
    return files


def test_the_oldest_months_go_when_all_is_larger_than_the_limit_and_it_is_said() -> None:
    tip = Tip(branch=NAME, oid="1", files=Files.of(over(36)), year=2026)
    total = sum(tip.sizes().values())
    files, notes = tidied(tip, {}, now=AT, limit=total - 1, everything=False)
    assert [path for path, content in files.items() if not content] == ["points/ci-health/acme/widget/2023-12.jsonl"]
    [note] = notes
    assert note == ("history: figures of 2023-12 to 2023-12 were removed, since all together is larger than "
                    f"history-limit ({total - 1} bytes)")


def test_the_last_90_days_and_what_monitors_remember_are_never_removed_for_their_size() -> None:
    held = {**over(36), "ci-health/acme/widget/runs.jsonl": b"x" * 5000}
    files, notes = tidied(Tip(branch=NAME, oid="1", files=Files.of(held), year=2026), {}, now=AT, limit=100)
    left = {path for path in held if files.get(path, b"x")}
    assert left == {"ci-health/acme/widget/runs.jsonl", *(
        f"points/ci-health/acme/widget/2026-{month:02}.jsonl" for month in (8, 9, 10, 11))}
    assert "without anything old to remove" in notes[-1]


def test_the_limit_holds_on_the_branch(remote: Remote) -> None:
    remote.put(NAME, {MARKER: '{"kind": "repo-vitals-history", "schema": 1, "year": 2026}',
                      **{path: content.decode() for path, content in over(36, per_month=40, size=500).items()}})
    notes = record(remote.place(limit=400_000))
    assert notes
    assert "were removed" in notes[0]
    assert 300_000 < sum(map(len, remote.files().values())) <= 400_000 + 200


def test_old_months_become_coarser_when_the_monitor_writes_and_are_left_alone_from_then_on() -> None:
    day = datetime(2026, 3, 3, tzinfo=timezone.utc)
    points = tuple(point("x", hour, at=day + timedelta(hours=hour), period=f"2026-03-03T{hour:02}:00:00Z")
                   for hour in range(24))
    path = "points/ci-health/acme/widget/2026-03.jsonl"
    tip = Tip(branch=NAME, oid="1", files=Files.of({path: write_month(Month(points=points)).encode()}), year=2026)
    history = History(tip)
    history.record("ci-health", "acme/widget", [point()])
    files, _ = tidied(tip, changes(history, tip), now=AT, limit=10**9)
    assert [p.value for p in parse_month(files[path].decode(), path=path).points] == [23]
    thin = Tip(branch=NAME, oid="2", files=tip.files.changed(files), year=2026)
    assert tidied(thin, changes(history, thin), now=AT, limit=10**9) == ({}, [])


@pytest.mark.parametrize("name", ["0000-01.jsonl", "9999-12.jsonl", "2026-13.jsonl", "2026-11.json"])
def test_a_file_of_no_month_stops_nobody(remote: Remote, name: str) -> None:
    record(remote.place(), point("old", 1))
    remote.put(NAME, {f"points/ci-health/acme/widget/{name}": "x"})
    new_year = datetime(2027, 1, 1, tzinfo=timezone.utc)
    for at in (AT, new_year):
        record(remote.place(), point("new", 2, at=at), at=at)
    assert remote.files(f"{NAME}-2027")[f"points/ci-health/acme/widget/{name}"] == "x"


def test_a_new_year_takes_along_what_a_newer_version_wrote(remote: Remote) -> None:
    record(remote.place(), point("old", 1))
    newer = "points/coverage/acme/other/2026-01.jsonl"
    remote.put(NAME, {newer: '{"kind":"points","schema":9,"grain":"all"}\nwhatever\n'})
    new_year = datetime(2027, 6, 1, tzinfo=timezone.utc)
    record(remote.place(), point("new", 2, at=new_year), at=new_year)
    assert remote.files(f"{NAME}-2027")[newer] == '{"kind":"points","schema":9,"grain":"all"}\nwhatever\n'


def test_a_successor_that_is_no_later_year_closes_nothing(remote: Remote) -> None:
    for successor in ("-5", "2026", "99999", '"2027"'):
        remote.put(NAME, {MARKER: '{"kind": "repo-vitals-history", "schema": 1, "year": 2026, "successor": '
                                  f"{successor}}}"})
        record(remote.place(), point("x", 1))
        assert set(remote.branches()) == {NAME}


def test_a_grain_that_the_month_does_not_deserve_yet_loses_nothing() -> None:
    days = [point("x", day, at=AT - timedelta(days=day)) for day in range(3)]
    path = "points/ci-health/acme/widget/2026-11.jsonl"
    files = Files.of({path: write_month(Month(points=tuple(days[1:]), grain="week")).encode()})
    tip = Tip(branch=NAME, oid="1", files=files, year=2026)
    history = History(tip)
    history.record("ci-health", "acme/widget", days[:1])
    found = parse_month(changes(history, tip)[path].decode(), path=path)
    assert sorted(p.value or 0 for p in found.points) == [0, 1, 2]
    assert found.grain == "all"


def series(*months: str, per_month: int = 120) -> dict[str, bytes]:
    """Records of a suite, the same number in the first minutes of each month."""
    made = {}
    for month in months:
        start = datetime.fromisoformat(f"{month}-05T00:00:00+00:00")
        made[f"records/ci-health/acme/widget/suite/{month}.jsonl"] = write_records(Records(records=tuple(
            note(month, f"{n:03}", at=start + timedelta(minutes=n)) for n in range(per_month)))).encode()
    return made


def test_old_records_become_coarser_when_the_suite_writes_and_are_left_alone_from_then_on() -> None:
    at = datetime(2026, 7, 10, tzinfo=timezone.utc)
    tip = Tip(branch=NAME, oid="1", files=Files.of(series("2026-03", "2026-06")), year=2026)
    history = History(tip)
    history.add("ci-health", "acme/widget", "suite", [note("new", at=at)])
    files, said = tidied(tip, changes(history, tip), now=at, limit=10**9)
    folder = "records/ci-health/acme/widget/suite"
    assert files.keys() == {f"{folder}/2026-03.jsonl", f"{folder}/2026-07.jsonl"}
    assert notes(files[f"{folder}/2026-03.jsonl"].decode()) == {"2026-03 119"}
    assert notes(files[f"{folder}/2026-07.jsonl"].decode()) == {"new 0"}
    assert not said
    thin = Tip(branch=NAME, oid="2", files=tip.files.changed(files), year=2026)
    assert tidied(thin, changes(history, thin), now=at, limit=10**9) == ({}, [])


def test_a_suite_that_runs_seldom_keeps_its_newest_records_in_full_over_the_years() -> None:
    held = series("2025-01", "2025-02", per_month=40)
    tip = Tip(branch=NAME, oid="1", files=Files.of(held), year=2025)
    files, _ = tidied(tip, {}, now=AT, limit=10**9, everything=True)
    assert {path: notes(text.decode()) for path, text in files.items()} == {
        path: notes(text.decode()) for path, text in held.items()}


def test_old_months_of_records_go_with_those_of_figures_at_the_limit() -> None:
    held = {**over(36), **series("2023-12", "2026-11", per_month=1)}
    tip = Tip(branch=NAME, oid="1", files=Files.of(held), year=2026)
    files, _ = tidied(tip, {}, now=AT, limit=sum(tip.sizes().values()) - 1)
    assert {path for path, content in files.items() if not content} == {
        "points/ci-health/acme/widget/2023-12.jsonl", "records/ci-health/acme/widget/suite/2023-12.jsonl"}


def test_a_new_year_takes_records_along(remote: Remote) -> None:
    record(remote.place(), point("old", 1), records=[note("old")])
    new_year = datetime(2027, 1, 1, tzinfo=timezone.utc)
    record(remote.place(), point("new", 2, at=new_year), at=new_year, records=[note("new", at=new_year)])
    assert [one.key for one in remote.place().history().records("ci-health", "acme/widget", "suite", most=9)] == [
        "old 0", "new 0"]
