"""A history is written whole or not at all, and what a killed writer left is mended by the next."""
from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.errors import CallerError
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import JOURNAL, Folder

SOURCE = Path(__file__).parents[2] / "src"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes, permissions and links")
OLD = {"m/a/head": "old head\n", "m/a/items/1": "old 1\n", "m/a/items/2": "old 2\n"}


def write(folder: Path, files: dict[str, str]) -> None:
    history = History(Folder(folder))
    for path, text in files.items():
        history.keep(path, text)
    write_folder(history)


def seen(folder: Path) -> dict[str, str]:
    """The whole history as a reader finds it."""
    history = History(Folder(folder))
    return {path: text for path in history.files("m") if (text := history.read(path)) is not None}


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def refusal(folder: Path, files: dict[str, str] | None = None) -> str:
    with pytest.raises(CallerError) as caught:
        write(folder, files or {"m/a/head": "new"})
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("history: ")
    return str(caught.value)


def python(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python of its own that has the package and runs a program."""
    prologue = f"""
import json, os, sys, time
from pathlib import Path
sys.path.insert(0, {str(SOURCE)!r})
from repo_vitals.delivery.history_folder import write_folder
from repo_vitals.errors import CallerError
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
"""
    return subprocess.Popen([sys.executable, "-I", "-c", prologue + textwrap.dedent(program), *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_what_was_kept_is_written_replaced_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "history"
    write(folder, OLD)
    assert seen(folder) == OLD
    write(folder, {"m/a/head": "é\r\n\u2028", "m/a/items/2": "", "m/a/items/3": "new 3\n", "m/never/was": ""})
    assert seen(folder) == {"m/a/head": "é\r\n\u2028", "m/a/items/1": "old 1\n", "m/a/items/3": "new 3\n"}
    assert on_disk(folder) == [".repo-vitals-lock", "m/a/head", "m/a/items/1", "m/a/items/3"]


def test_without_a_folder_or_without_anything_kept_nothing_is_made(tmp_path: Path) -> None:
    write_folder(History())
    write_folder(History(Folder(tmp_path / "history")))
    assert list(tmp_path.iterdir()) == []


# A writer that is killed for good: forked once for each thing that it does to the file system, and dead before that.
KILLED = """
import shutil
new, begun, work = json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
for kill in range(500):
    folder = work / f"{kill:03}"
    shutil.copytree(begun, folder)
    child = os.fork()
    if child == 0:
        steps = iter(range(kill))
        def die(event, arguments):
            if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir") and next(steps, None) is None:
                os._exit(9)
        history = History(Folder(folder))
        for path, text in new.items():
            history.keep(path, text)
        sys.addaudithook(die)
        write_folder(history)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
else:
    sys.exit("the writer never got to its end")
"""


def killed_everywhere(tmp_path: Path, begun: Path, new: dict[str, str], name: str = "work") -> list[Path]:
    """A copy of the history for each point at which its writer was killed, and the last of one that was not."""
    (tmp_path / name).mkdir()
    writer = python(KILLED, json.dumps(new), begun, tmp_path / name)
    assert (writer.communicate()[0], writer.returncode) == ("", 0)
    return sorted((tmp_path / name).iterdir())


@POSIX
@pytest.mark.parametrize("new", [
    {"m/a/head": "new head\n", "m/a/items/1": "new 1\n", "m/a/items/2": "", "m/a/items/3": "new 3\n"},
    {"m/a/head": "", "m/a/items/1": "", "m/a/items/2": ""},
    {"m/a/head": "new head\n"},
    {"m/b/head": "another's\n", "m/b/deep/er": "another's\n"},
])
def test_a_writer_that_is_killed_anywhere_leaves_the_old_history_or_the_new_one(
        tmp_path: Path, new: dict[str, str]) -> None:
    write(tmp_path / "begun", OLD)
    whole = {path: text for path, text in {**OLD, **new}.items() if text}
    outcomes = []
    for folder in killed_everywhere(tmp_path, tmp_path / "begun", new):
        found = seen(folder)
        assert found in (OLD, whole), folder.name
        outcomes.append(found == whole)
        write(folder, {"m/c/later": "later\n"})
        assert seen(folder) == {**found, "m/c/later": "later\n"}, folder.name
        assert on_disk(folder) == [".repo-vitals-lock", *sorted([*found, "m/c/later"])], folder.name
    assert outcomes == sorted(outcomes)         # what was decided stays decided
    assert {*outcomes} == {False, True}
    assert len(outcomes) > 10


@POSIX
def test_whoever_mends_may_be_killed_too(tmp_path: Path) -> None:
    write(tmp_path / "begun", OLD)
    new, third = {"m/a/head": "new\n", "m/a/items/1": ""}, {"m/a/head": "third\n", "m/a/items/2": ""}
    after = {"m/a/head": "new\n", "m/a/items/2": "old 2\n"}
    halves = killed_everywhere(tmp_path, tmp_path / "begun", new, "first")
    for half in halves[::6]:
        before = seen(half)
        whole = {path: text for path, text in {**before, **third}.items() if text}
        assert before in (OLD, after)
        for folder in killed_everywhere(tmp_path, half, third, f"second-{half.name}"):
            assert seen(folder) in (before, whole), (half.name, folder.name)


@POSIX
def test_of_many_writers_at_once_one_is_remembered_whole(tmp_path: Path) -> None:
    program = """
    for turn in range(15):
        history = History(Folder(Path(sys.argv[1])))
        for path in ("m/a/head", "m/a/items/1", f"m/a/items/{sys.argv[2]}"):
            history.keep(path, f"{sys.argv[2]} {turn}\\n")
        for other in {"2", "3", "4"} - {sys.argv[2]}:
            history.keep(f"m/a/items/{other}", "")
        write_folder(history)
    """
    writers = [python(program, tmp_path / "history", mark) for mark in (2, 3, 4)]
    assert [(writer.communicate()[0], writer.returncode) for writer in writers] == [("", 0)] * 3
    found = seen(tmp_path / "history")
    mark = found["m/a/head"].split()[0]
    assert found == dict.fromkeys(("m/a/head", "m/a/items/1", f"m/a/items/{mark}"), f"{mark} 14\n")
    assert not (tmp_path / "history" / JOURNAL).exists()


@pytest.mark.parametrize("begun", [OLD, {}])
def test_of_two_runs_that_read_the_same_the_one_that_wrote_first_is_remembered(
        tmp_path: Path, begun: dict[str, str]) -> None:
    begun = {path.replace("m/a/", "m/a/n/"): text for path, text in begun.items()}
    folder = tmp_path / "history"
    write(folder, {"m/other": "x", **begun})
    first, second, stranger = History(Folder(folder)), History(Folder(folder)), History(Folder(folder))
    for history in (first, second):
        history.read("m/a/n/head")
    for history, mark in ((first, "first"), (second, "second")):
        history.keep("m/a/n/head", mark)
        history.keep(f"m/a/n/items/{mark}", mark)
        write_folder(history)
    stranger.read("m/other")
    stranger.keep("m/a/o/head", "of another repository")
    write_folder(stranger)
    assert seen(folder) == {"m/other": "x", **begun, "m/a/n/head": "first", "m/a/n/items/first": "first",
                            "m/a/o/head": "of another repository"}


@POSIX
def test_a_writer_waits_for_another_and_a_dead_one_holds_nobody_up(tmp_path: Path) -> None:
    write(tmp_path / "history", OLD)
    holder = python("""
    import fcntl
    fcntl.flock(os.open(sys.argv[1], os.O_RDWR), fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(60)
    """, tmp_path / "history" / ".repo-vitals-lock")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    writer = python("""
    history = History(Folder(Path(sys.argv[1])))
    history.keep("m/a/head", "new")
    print("begun", flush=True)
    write_folder(history)
    """, tmp_path / "history")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "begun\n"
    time.sleep(0.3)
    assert writer.poll() is None
    assert seen(tmp_path / "history") == OLD
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert (writer.communicate(timeout=30)[0], writer.returncode) == ("", 0)
    assert seen(tmp_path / "history")["m/a/head"] == "new"


def test_a_file_where_a_folder_should_be_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("mine")
    assert "can't be written" in refusal(tmp_path / "history")
    assert (tmp_path / "history").read_text() == "mine"
    folder = tmp_path / "other"
    write(folder, {"m/a": "a file"})
    assert "can't be written" in refusal(folder, {"m/a/head": "new"})
    assert History(Folder(folder)).read("m/a") == "a file"


def test_a_folder_in_a_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "history" / "m" / "a" / "head" / "inner").mkdir(parents=True)
    assert "can't be written" in refusal(tmp_path / "history")


@POSIX
@pytest.mark.parametrize("link", ["m", "m/a", JOURNAL])
def test_nothing_is_written_through_a_link(tmp_path: Path, link: str) -> None:
    write(tmp_path / "history", OLD)
    (tmp_path / "elsewhere" / "a").mkdir(parents=True)
    shutil.rmtree(tmp_path / "history" / link, ignore_errors=True)
    (tmp_path / "history" / link).symlink_to(tmp_path / "elsewhere")
    assert refusal(tmp_path / "history").endswith(f"{Path(link).name} is a link)")
    assert on_disk(tmp_path / "elsewhere") == []


@POSIX
def test_a_linked_lock_makes_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / ".repo-vitals-lock").symlink_to(tmp_path / "made")
    assert "can't be written" in refusal(tmp_path / "history")
    assert not (tmp_path / "made").exists()


@POSIX
def test_a_link_in_a_files_place_is_replaced_or_removed_and_its_target_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "history" / "m").mkdir(parents=True)
    for name in ("replaced", "removed"):
        (tmp_path / "history" / "m" / name).symlink_to(tmp_path / "precious")
    write(tmp_path / "history", {"m/replaced": "new", "m/removed": ""})
    assert (tmp_path / "precious").read_text() == "precious"
    assert seen(tmp_path / "history") == {"m/replaced": "new"}
    assert stat.S_ISREG((tmp_path / "history" / "m" / "replaced").lstat().st_mode)


@pytest.mark.parametrize("path", ["../outside", "m/../../outside", "{absolute}"])
@pytest.mark.parametrize("list_", ["written", "removed"])
def test_a_strangers_journal_moves_and_removes_nothing_outside(tmp_path: Path, path: str, list_: str) -> None:
    write(tmp_path / "history", OLD)
    (tmp_path / "outside").write_text("precious")
    path = path.format(absolute=tmp_path / "outside")
    (tmp_path / "history" / JOURNAL / "m").mkdir(parents=True)
    (tmp_path / "history" / "outside").write_text("planted")
    decided = {"written": [], "removed": [], list_: [path]}
    (tmp_path / "history" / JOURNAL / "decided").write_text(json.dumps(decided))
    assert f"delete the folder {JOURNAL}" in refusal(tmp_path / "history")
    assert (tmp_path / "outside").read_text() == "precious"


@POSIX
def test_a_folder_that_may_not_be_written_to_is_an_error() -> None:
    # Not tmp_path: whoever the program becomes must be able to get there.
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder, OLD)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        said = python("""
        history = History(Folder(Path(sys.argv[1])))
        history.keep("m/a/head", "new")
        if os.getuid() == 0:
            os.setgroups([]), os.setgid(65534), os.setuid(65534)
        try:
            write_folder(history)
        except CallerError as error:
            print(error)
        """, folder).communicate()[0]
        assert said == f"history: {folder} can't be written (Permission denied)\n"
        assert seen(folder) == OLD
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(folder)
