"""Many writers of one history lose nothing: at once, killed at any step, overtaken, without an answer."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.delivery.history_changes import changes
from repo_vitals.delivery.history_commits import Lost
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.history import History
from repo_vitals.sources.history_branch import Tip
from repo_vitals.sources.history_files import Files
from repo_vitals.sources.history_points import parse_month
from repo_vitals.sources.history_records import parse_records
from support.history_branches import AT, NAME, POINTS, RECORDS, Killed, Remote, note, notes, point, record, values
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# A run of its own: argv is the remote, its number, and how many points it records.
RUN = """
import sys
from pathlib import Path
sys.path[:0] = [{source!r}, {tests!r}]
from support.history_branches import AT, Remote, note, point
remote = object.__new__(Remote)
remote.folder, remote.url = Path(sys.argv[1]), Path(sys.argv[1]).as_uri()
place = remote.place(wait=500)
history = place.history()
history.record("ci-health", "acme/widget", [point("commits", number, labels={{"writer": sys.argv[2], "n": str(number)}})
                                            for number in range(int(sys.argv[3]))])
history.add("ci-health", "acme/widget", "suite", [note(sys.argv[2], number) for number in range(int(sys.argv[3]))])
place.write(history, at=AT)
""".format(source=str(ROOT / "src"), tests=str(ROOT / "tests"))


def start(remote: Remote, number: int, records: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{RUN}",
                             str(remote.folder), str(number), str(records)], stderr=subprocess.PIPE,
                            start_new_session=True)


# Each tries again as often as another was first, so that the cost grows with the square of their number.
@pytest.mark.parametrize("many", [8, pytest.param(16, marks=pytest.mark.slow)])
def test_writers_at_once_lose_none_of_their_fifty_points_and_records_each_and_never_force(
        remote: Remote, many: int) -> None:
    tips = remote.folder / "tips"
    remote.hook("post-receive", f'while read -r old new ref; do echo "$old $new $ref" >> "{tips}"; done')
    writers = [start(remote, number, 50) for number in range(many)]
    for writer in writers:
        _, said = writer.communicate(timeout=300)
        assert writer.returncode == 0, said.decode()
    found = parse_month(remote.files()[POINTS], path=POINTS).points
    assert {(p.labels["writer"], p.labels["n"]) for p in found} == {
        (str(writer), str(number)) for writer in range(many) for number in range(50)}
    assert notes(remote.files()[RECORDS]) == {f"{writer} {number}" for writer in range(many) for number in range(50)}
    updates = [line.split() for line in tips.read_text().splitlines()]
    assert len(updates) == many
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
    """All of the victim's points and records are there or none, what was there before is, and the next run succeeds."""
    before = values(remote)
    assert before["before"] == 1
    found = parse_month(remote.files()[POINTS], path=POINTS)
    arrived = len([p for p in found.points if p.labels])
    assert arrived in (0, 50)
    assert not found.damaged
    assert len(notes(remote.files().get(RECORDS, ""))) == arrived
    record(remote.place(), point("after", 2))
    assert values(remote) == {**before, "after": 2}


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
            record(remote.place(), *(point("commits", n, labels={"n": str(n)}) for n in range(50)),
                   records=[note("victim", n) for n in range(50)])
        except Killed:
            pass
        else:
            assert calls < step
    assert_whole(remote)


@pytest.mark.slow
def test_two_hundred_jobs_of_a_matrix_that_end_together_lose_nothing(remote: Remote) -> None:
    """All have read the history before the first writes; eight write at a time, each for itself."""
    places = [remote.place(wait=500) for _ in range(8)]
    histories = [places[job % 8].history() for job in range(200)]

    def end(worker: int) -> None:
        for job in range(worker, 200, 8):
            histories[job].add("ci-health", "acme/widget", "suite", [note(job, n) for n in range(5)])
            places[worker].write(histories[job], at=AT)
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(end, range(8)))
    assert notes(remote.files()[RECORDS]) == {f"{job} {n}" for job in range(200) for n in range(5)}


def test_what_another_run_recorded_meanwhile_stays(remote: Remote) -> None:
    slow, quick = remote.place(), remote.place()
    history = slow.history()
    record(quick, point("theirs", 1), records=[note("theirs"), note("same", at=AT + timedelta(seconds=1))])
    history.record("ci-health", "acme/widget", [point("ours", 2)])
    history.add("ci-health", "acme/widget", "suite", [note("ours"), note("same")])
    assert list(slow.write(history, at=AT)) == []
    assert values(remote) == {"theirs": 1, "ours": 2}
    found = parse_records(remote.files()[RECORDS], path=RECORDS).records
    assert {one.key: one.at for one in found} == {"theirs 0": AT, "ours 0": AT, "same 0": AT + timedelta(seconds=1)}
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


def test_sixteen_writers_into_one_folder_lose_nothing_either(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        sys.path[:0] = [{source!r}, {tests!r}]
        from repo_vitals.delivery.history import InFolder
        from support.history_branches import AT, note, point
        place = InFolder(Path(sys.argv[1]))
        history = place.history()
        history.record("ci-health", "acme/widget", [point("x", n, labels={{"w": sys.argv[2], "n": str(n)}})
                                                    for n in range(50)])
        history.add("ci-health", "acme/widget", "suite", [note(sys.argv[2], n) for n in range(50)])
        place.write(history, at=AT)
    """).format(source=str(ROOT / "src"), tests=str(ROOT / "tests"))
    writers = [subprocess.Popen([sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}",
                                 str(tmp_path), str(number)]) for number in range(16)]
    assert [writer.wait(timeout=300) for writer in writers] == [0] * 16
    found = parse_month((tmp_path / POINTS).read_text(), path=POINTS).points
    assert len({(p.labels["w"], p.labels["n"]) for p in found}) == 800
    assert len(notes((tmp_path / RECORDS).read_text())) == 800


def test_a_branch_that_is_deleted_between_reading_and_pushing_is_made_anew(remote: Remote) -> None:
    record(remote.place(), point("old", 1))
    place = remote.place()
    history = place.history()
    remote.git("update-ref", "-d", f"refs/heads/{NAME}")
    history.record("ci-health", "acme/widget", [point("new", 2)])
    place.write(history, at=AT)
    assert values(remote) == {"new": 2}


def test_what_other_monitors_remember_is_not_left_out_with_what_was_overtaken() -> None:
    kept = ["ci-health/acme/widget/head.json", "ci-health/acme/widget/runs.jsonl", "ci-health/acme/gadget/head.json",
            "alert/acme/widget/alerts.jsonl", "baselines/ci-health/acme/widget.jsonl",
            "baselines/ci-health/acme/gadget.jsonl"]
    history = History(Tip(branch=NAME, oid="1", year=2026))
    for path in kept:
        history.read(path)
        history.keep(path, "ours")
    theirs = {"ci-health/acme/widget/head.json": b"theirs", "baselines/ci-health/acme/widget.jsonl": b"theirs"}
    found = changes(history, Tip(branch=NAME, oid="2", files=Files.of(theirs), year=2026))
    assert sorted(found) == ["alert/acme/widget/alerts.jsonl", "baselines/ci-health/acme/gadget.jsonl",
                             "ci-health/acme/gadget/head.json"]


def test_what_another_run_removed_is_not_removed_again() -> None:
    before = Tip(branch=NAME, oid="1", files=Files.of({"c/o/n/a": b"x"}), year=2026)
    history = History(before)
    assert history.files("c/o/n") == ["c/o/n/a"]
    history.keep("c/o/n/a", "")
    assert changes(history, before) == {"c/o/n/a": b""}
    assert changes(history, Tip(branch=NAME, oid="2", year=2026)) == {}


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
