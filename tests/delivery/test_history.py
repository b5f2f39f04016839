"""A history on a branch loses nothing: with many writers at once, killed at any step, overtaken, over years."""
from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.delivery.history import InFolder, Nowhere, OnBranch
from repo_vitals.delivery.history_changes import changes, tidied
from repo_vitals.delivery.history_commits import Lost
from repo_vitals.errors import CallerError, CouldNotMeasure, PermissionMissing
from repo_vitals.sources.git import Git, GitFailed, git_path
from repo_vitals.sources.history import History
from repo_vitals.sources.history_branch import MARKER, Tip
from repo_vitals.sources.history_files import Files
from repo_vitals.sources.history_git import refusal
from repo_vitals.sources.history_points import Month, Point, parse_month, write_month
from support.history_branches import AT, NAME, Remote, point

ROOT = Path(__file__).parents[2]
POINTS = "points/ci-health/acme/widget/2026-11.jsonl"

# A run of its own: argv is the remote, its number, and how many points it records.
RUN = """
import sys
from pathlib import Path
sys.path[:0] = [{source!r}, {tests!r}]
from support.history_branches import AT, Remote, point
remote = object.__new__(Remote)
remote.folder, remote.url = Path(sys.argv[1]), Path(sys.argv[1]).as_uri()
place = remote.place(wait=500)
history = place.history()
history.record("ci-health", "acme/widget", [point("commits", number, labels={{"writer": sys.argv[2], "n": str(number)}})
                                            for number in range(int(sys.argv[3]))])
place.write(history, at=AT)
""".format(source=str(ROOT / "src"), tests=str(ROOT / "tests"))


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "remote.git")


def record(place: OnBranch | InFolder, *points: Point, at: datetime = AT) -> list[str]:
    history = place.history()
    history.record("ci-health", "acme/widget", points or [point()])
    return list(place.write(history, at=at))


def values(remote: Remote, branch: str = NAME) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for path, text in remote.files(branch).items():
        if path.startswith("points/"):
            found.update({p.name: p.value for p in parse_month(text, path=path).points})
    return found


def start(remote: Remote, number: int, records: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{RUN}",
                             str(remote.folder), str(number), str(records)], stderr=subprocess.PIPE,
                            start_new_session=True)


def test_sixteen_writers_at_once_lose_none_of_their_800_records_and_never_force(remote: Remote) -> None:
    tips = remote.folder / "tips"
    remote.hook("post-receive", f'while read -r old new ref; do echo "$old $new $ref" >> "{tips}"; done')
    writers = [start(remote, number, 50) for number in range(16)]
    for writer in writers:
        _, said = writer.communicate(timeout=300)
        assert writer.returncode == 0, said.decode()
    found = parse_month(remote.files()[POINTS], path=POINTS).points
    assert {(p.labels["writer"], p.labels["n"]) for p in found} == {
        (str(writer), str(number)) for writer in range(16) for number in range(50)}
    updates = [line.split() for line in tips.read_text().splitlines()]
    assert len(updates) == 16
    for old, new, _ in updates:
        assert old == "0" * 40 or remote.git("merge-base", old, new).strip() == old     # only ever forward


@pytest.mark.skipif(os.name != "posix", reason="kills processes")
@pytest.mark.slow
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(after=st.floats(0, 0.6))
def test_a_writer_that_is_killed_at_any_time_leaves_a_history_that_the_next_goes_on_with(
        tmp_path_factory: pytest.TempPathFactory, after: float) -> None:
    remote = Remote(tmp_path_factory.mktemp("kill") / "remote.git")
    record(remote.place(), point("before", 1))
    victim = start(remote, 1, 50)
    try:
        victim.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        os.killpg(victim.pid, signal.SIGKILL)
        victim.communicate()
    assert_whole(remote)


def assert_whole(remote: Remote) -> None:
    """All of the victim's records are there or none, what was there before is, and the next run succeeds."""
    before = values(remote)
    assert before["before"] == 1
    found = parse_month(remote.files()[POINTS], path=POINTS)
    assert len([p for p in found.points if p.labels]) in (0, 50)
    assert not found.damaged
    record(remote.place(), point("after", 2))
    assert values(remote) == {**before, "after": 2}


class Killed(BaseException):
    """What a test puts in the place of a kill."""


@pytest.mark.parametrize("step", range(1, 12))
def test_a_run_that_ends_before_any_call_of_git_leaves_nothing_half_done(remote: Remote, step: int,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call of git, of which a run makes some eight, is the last thing that a run does, in turn."""
    record(remote.place(), point("before", 1))
    calls = 0
    run = subprocess.run

    def counted(arguments: list[str], **more: object) -> object:
        nonlocal calls
        calls += 1
        if calls == step:
            raise Killed
        return run(arguments, **more)  # type: ignore[call-overload]
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "run", counted)
        try:
            record(remote.place(), *(point("commits", n, labels={"n": str(n)}) for n in range(50)))
        except Killed:
            pass
        else:
            assert calls < step
    assert_whole(remote)


def test_what_another_run_recorded_meanwhile_stays(remote: Remote) -> None:
    slow, quick = remote.place(), remote.place()
    history = slow.history()
    record(quick, point("theirs", 1))
    history.record("ci-health", "acme/widget", [point("ours", 2)])
    assert list(slow.write(history, at=AT)) == []
    assert values(remote) == {"theirs": 1, "ours": 2}
    assert int(remote.git("rev-list", "--count", NAME)) == 2


def test_of_two_ledgers_at_once_one_is_remembered_whole_and_all_points_are(remote: Remote) -> None:
    first, second = remote.place(), remote.place()
    runs = [(first, first.history(), "first"), (second, second.history(), "second")]
    for _, history, name in runs:
        assert history.read("ci-health/acme/widget/head.json") is None
        history.keep("ci-health/acme/widget/head.json", name)
        history.keep("ci-health/acme/widget/runs.jsonl", name)
        history.record("ci-health", "acme/widget", [point(name, 1)])
    for place, history, _ in runs:
        place.write(history, at=AT)
    files = remote.files()
    assert files["ci-health/acme/widget/head.json"] == files["ci-health/acme/widget/runs.jsonl"] == "first"
    assert values(remote) == {"first": 1, "second": 1}


def test_a_push_that_arrived_although_nobody_said_so_is_not_made_twice(remote: Remote,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    place = remote.place()
    writer = place._writers[0]
    commit = writer.commit

    def unheard(*arguments: object, **more: object) -> str:
        commit(*arguments, **more)  # type: ignore[arg-type]
        raise Lost("the connection broke")
    monkeypatch.setattr(writer, "commit", unheard)
    history = place.history()
    history.read("ci-health/acme/widget/head.json")
    history.keep("ci-health/acme/widget/head.json", "{}")
    history.record("ci-health", "acme/widget", [point()])
    place.write(history, at=AT)
    assert values(remote) == {"commits": 1}
    assert remote.git("rev-list", "--count", NAME).strip() == "1"


def test_a_run_that_is_overtaken_again_and_again_gives_up_and_says_so(remote: Remote,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    place = remote.place(wait=0.2)

    def overtaken(*_: object, **__: object) -> str:
        raise Lost("fetch first")
    monkeypatch.setattr(place._writers[0], "commit", overtaken)
    with pytest.raises(CouldNotMeasure, match=r"repo-vitals-history could not be written \(fetch first\)"):
        record(place)


def test_a_run_that_may_not_wait_any_more_still_tries_again(remote: Remote) -> None:
    slow, quick = remote.place(wait=0), remote.place()
    history = slow.history()
    record(quick, point("theirs", 1))
    history.record("ci-health", "acme/widget", [point("ours", 2)])
    slow.write(history, at=AT)
    assert values(remote) == {"theirs": 1, "ours": 2}


def test_a_hook_that_refuses_is_quoted_and_is_the_callers_to_mend(remote: Remote) -> None:
    remote.hook("pre-receive", 'echo "error: GH013: Repository rule violations found for $1" >&2; exit 1')
    with pytest.raises(CallerError, match="GH013: Repository rule violations found") as caught:
        record(remote.place())
    assert "contents: write" in str(caught.value)


def test_a_remote_that_is_not_there_is_named(tmp_path: Path, remote: Remote) -> None:
    remote.url = (tmp_path / "nothing.git").as_uri()
    with pytest.raises(CallerError, match="acme/widget is not found"):
        remote.place(wait=0).history()


def test_a_branch_of_something_else_is_refused_untouched(remote: Remote) -> None:
    remote.put(NAME, {"index.html": "hello"})
    before = remote.branches()
    with pytest.raises(CallerError, match=re.escape(f"it lacks {MARKER}")):
        record(remote.place())
    assert remote.branches() == before


@pytest.mark.parametrize("files", [
    {MARKER: '{"kind": "repo-vitals-history", "schema": 2, "year": 2026}'},
    {MARKER: '{"kind": "repo-vitals-history", "schema": 1, "year": 2026}',
     POINTS: '{"kind":"points","schema":2,"grain":"all"}\n'},
])
def test_what_a_newer_version_wrote_is_refused_untouched(remote: Remote, files: dict[str, str]) -> None:
    remote.put(NAME, files)
    before = remote.branches()
    with pytest.raises(CallerError, match="written by a newer repo-vitals"):
        record(remote.place())
    assert remote.branches() == before


def test_damaged_lines_are_set_aside_and_the_rest_goes_on(remote: Remote) -> None:
    record(remote.place(), point("good", 1))
    remote.put(NAME, {POINTS: remote.files()[POINTS] + "{broken\nworse"})
    place = remote.place()
    history = place.history()
    assert [p.name for p in history.points("ci-health", "acme/widget", AT)] == ["good"]
    assert "2 damaged line(s)" in history.notes[0]
    history.record("ci-health", "acme/widget", [point("new", 2)])
    place.write(history, at=AT)
    assert values(remote) == {"good": 1, "new": 2}
    assert remote.files()[f"damaged/{POINTS}"] == "{broken\nworse\n"
    remote.put(NAME, {POINTS: remote.files()[POINTS] + "again"})
    record(remote.place(), point("newer", 3))
    assert remote.files()[f"damaged/{POINTS}"] == "{broken\nworse\nagain\n"


def test_links_and_odd_names_on_the_branch_are_not_read_and_stay(remote: Remote) -> None:
    record(remote.place(), point("good", 1))
    stream = (f"commit refs/heads/{NAME}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\nfrom refs/heads/{NAME}^0\n"
              "M 120000 inline ci-health/link\ndata 11\n/etc/passwd\nM 100644 inline .github/x y\ndata 1\nx\n")
    remote.git("fast-import", "--quiet", feed=stream)
    place = remote.place()
    history = place.history()
    assert history.read("ci-health/link") is None
    record(place, point("new", 2))
    assert {".github/x y", "ci-health/link"} <= set(remote.git("ls-tree", "-r", "--name-only", NAME).splitlines())


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


def test_the_same_run_again_writes_nothing(remote: Remote) -> None:
    record(remote.place(), point("x", 1))
    before = remote.branches()
    record(remote.place(), point("x", 1))
    assert remote.branches() == before


def test_a_commit_says_what_it_records_and_starts_no_workflow(remote: Remote) -> None:
    record(remote.place(), point("x", 1))
    said = remote.git("log", "-1", "--format=%an <%ae>%n%cI%n%s", NAME).splitlines()
    assert said == ["github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>",
                    "2026-11-20T06:00:00+00:00", "Record ci-health of acme/widget [skip ci]"]


def test_a_folder_and_a_branch_hold_the_same_files(remote: Remote, tmp_path: Path) -> None:
    folder = InFolder(tmp_path / "history")
    for place in (folder, remote.place()):
        record(place, point("x", 1))
        record(place, point("x", 2, at=AT + timedelta(hours=1)), point("y", None))
    on_branch = {path: text for path, text in remote.files().items() if path != MARKER}
    assert {path: (tmp_path / "history" / path).read_text() for path in on_branch} == on_branch


def test_nowhere_keeps_nothing() -> None:
    history = Nowhere().history()
    history.record("ci-health", "acme/widget", [point()])
    assert not history.keeps
    assert Nowhere().write(history, at=AT) == ()


def test_sixteen_writers_into_one_folder_lose_nothing_either(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        sys.path[:0] = [{source!r}, {tests!r}]
        from repo_vitals.delivery.history import InFolder
        from support.history_branches import AT, point
        place = InFolder(Path(sys.argv[1]))
        history = place.history()
        history.record("ci-health", "acme/widget", [point("x", n, labels={{"w": sys.argv[2], "n": str(n)}})
                                                    for n in range(50)])
        place.write(history, at=AT)
    """).format(source=str(ROOT / "src"), tests=str(ROOT / "tests"))
    writers = [subprocess.Popen([sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}",
                                 str(tmp_path), str(number)]) for number in range(16)]
    assert [writer.wait(timeout=300) for writer in writers] == [0] * 16
    found = parse_month((tmp_path / POINTS).read_text(), path=POINTS).points
    assert len({(p.labels["w"], p.labels["n"]) for p in found}) == 800


def test_a_branch_that_is_deleted_between_reading_and_pushing_is_made_anew(remote: Remote) -> None:
    record(remote.place(), point("old", 1))
    place = remote.place()
    history = place.history()
    remote.git("update-ref", "-d", f"refs/heads/{NAME}")
    history.record("ci-health", "acme/widget", [point("new", 2)])
    place.write(history, at=AT)
    assert values(remote) == {"new": 2}


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


@pytest.mark.parametrize("marker", [
    '{"kind": "repo-vitals-history", "schema": 1, "year": 0, "successor": 5}', '{"kind": "x"}', "[]", "{",
    '{"kind": "repo-vitals-history", "schema": 1, "year": "2026"}',
    '{"kind": "repo-vitals-history", "schema": true, "year": 2026}'])
def test_a_marker_that_none_of_ours_wrote_marks_no_history(remote: Remote, marker: str) -> None:
    remote.put(NAME, {MARKER: marker})
    with pytest.raises(CallerError, match="holds something else than a history"):
        remote.place().history()


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


def test_what_another_run_removed_is_not_removed_again() -> None:
    before = Tip(branch=NAME, oid="1", files=Files.of({"c/o/n/a": b"x"}), year=2026)
    history = History(before)
    assert history.files("c/o/n") == ["c/o/n/a"]
    history.keep("c/o/n/a", "")
    assert changes(history, before) == {"c/o/n/a": b""}
    assert changes(history, Tip(branch=NAME, oid="2", year=2026)) == {}


@pytest.mark.parametrize(("said", "kind"), [
    ("fatal: unable to access 'https://github.com/acme/error-404.git/': The requested URL returned error: 503", None),
    ("fatal: unable to access 'https://github.com/acme/403.git/': Could not resolve host: github.com", None),
    ("fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 403", PermissionMissing),
    ("remote: Permission to a/b.git denied to x.\nfatal: unable to access 'https://github.com/a/b.git/'",
     PermissionMissing),
    ("remote: Repository not found.\nfatal: repository 'https://github.com/a/b.git/' not found", CallerError),
    ("fatal: Authentication failed for 'https://github.com/a/b.git/'", PermissionMissing),
])
def test_a_name_that_reads_like_a_verdict_is_none(said: str, kind: type[Exception] | None) -> None:
    found = refusal(GitFailed(said), "a/b", may="read the history", permission="contents: read")
    assert found is None if kind is None else type(found) is kind


def test_a_race_in_a_repository_that_is_named_like_a_rule_is_a_race(tmp_path: Path) -> None:
    remote = Remote(tmp_path / "protected branch hook declined GH006.git")
    slow, quick = remote.place(), remote.place()
    history = slow.history()
    record(quick, point("theirs", 1))
    history.record("ci-health", "acme/widget", [point("ours", 2)])
    slow.write(history, at=AT)
    assert values(remote) == {"theirs": 1, "ours": 2}


def test_a_push_of_which_nobody_knows_is_not_tried_for_ever(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    place = remote.place(wait=100)
    calls = 0

    def unheard(*_: object, **__: object) -> str:
        nonlocal calls
        calls += 1
        raise Lost("the connection broke")
    monkeypatch.setattr(place._writers[0], "commit", unheard)
    with pytest.raises(CouldNotMeasure, match="the connection broke"):
        record(place)
    assert calls == 6


def test_git_that_can_not_begin_ends_the_run_in_one_line(tmp_path: Path) -> None:
    program = shutil.which("git")
    assert program is not None
    for parent, named in ((str(tmp_path / "nothing"), "no folder can be made"), (None, "can't be run")):
        with pytest.raises(CouldNotMeasure, match=named):
            Git(parent, program=program if parent else "/nothing/git", environ=os.environ, secret=None, server_url="")


def test_an_old_git_and_one_in_the_checkout_are_not_used(tmp_path: Path) -> None:
    for version, used in (("2.31.9", False), ("2.32.0", True), ("3.0", True), ("nonsense", False)):
        folder = tmp_path / version
        folder.mkdir()
        (folder / "git").write_text(f"#!/bin/sh\necho git version {version}\n")
        (folder / "git").chmod(0o755)
        environ = {"PATH": str(folder)}
        assert (git_path(environ, outside=tmp_path / "checkout") is not None) == used
        assert git_path(environ, outside=tmp_path) is None
    assert git_path({"PATH": ""}, outside=tmp_path) is None
