"""A file appears whole or not at all, and where it can't, one line says why."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from repo_vitals.delivery.files import write_aside
from repo_vitals.errors import CallerError

SOURCE = Path(__file__).parents[2] / "src"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions and limits")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(path: str | Path, **given: str) -> str:
    with pytest.raises(CallerError) as caught:
        write_aside(path, "new", **given)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


def python(program: str, *arguments: object) -> subprocess.Popen:
    """A Python of its own that has the package and runs a program."""
    prologue = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
    return subprocess.Popen([sys.executable, "-I", "-c", prologue + textwrap.dedent(program), *map(str, arguments)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@pytest.mark.parametrize(("content", "written"), [
    ("é\r\n\u2028\n", "é\r\n\u2028\n".encode()), (b"\0\xff", b"\0\xff"), ("", b""), ("\ud800", b"?")])
def test_a_file_holds_what_was_given(tmp_path, content, written):
    path = write_aside(tmp_path / "new" / "folders" / "report.json", content)
    assert path.read_bytes() == written
    assert names(path.parent) == ["report.json"]


def test_a_file_that_is_there_is_replaced(tmp_path):
    (tmp_path / "report.json").write_text("old and longer")
    write_aside(tmp_path / "report.json", "new")
    assert (tmp_path / "report.json").read_text() == "new"


def test_a_name_as_long_as_the_file_system_allows(tmp_path):
    assert write_aside(tmp_path / ("n" * 255), "new").read_text() == "new"


def test_a_path_within_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_aside("report.json", "new")
    assert (tmp_path / "report.json").read_text() == "new"


@POSIX
def test_the_mode_is_what_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        path = write_aside(tmp_path / "report.json", "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@POSIX
def test_a_planted_link_is_replaced_and_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    for planted in (victim, tmp_path / "nowhere", Path("/dev/null"), tmp_path):
        path = tmp_path / "report.json"
        path.unlink(missing_ok=True)
        path.symlink_to(planted)
        write_aside(path, "new")
        assert not path.is_symlink()
        assert path.read_text() == "new"
    assert victim.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(("path", "reason"), [
    ("folder", "it is a folder"), ("folder/", "it names a folder"), ("none/", "it names a folder"),
    ("file/report.json", "a parent folder's name is taken by a file"),
    ("file/deeper/report.json", "a parent folder's name is taken by a file"),
    ("a\0b", "it holds a NUL character"), ("n" * 300, "File name too long"),
])
def test_a_path_that_can_not_be_written_is_named_with_the_reason(tmp_path, path, reason):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    said = refusal(f"{tmp_path}/{path}", named_by="report")
    assert said.startswith(f"report: {tmp_path}/{path[:100]}".replace("\0", "?"))
    assert said.endswith(f"can't be written: {reason}")
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "old"


def test_the_line_stays_one_line_whatever_the_path():
    assert refusal("/proc/none/a\n::error::b\x1b[31m").startswith("/proc/none/a?::error::b?[31m can't be written: ")


@POSIX
def test_pipes_and_sockets_are_left_alone(tmp_path, monkeypatch):
    # Stands for devices too, which a test had better not aim at: run as root, a mistake would replace /dev/null.
    monkeypatch.chdir(tmp_path)     # a socket's path is short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    for name, kind in (("pipe", stat.S_ISFIFO), ("socket", stat.S_ISSOCK)):
        assert refusal(name).endswith("it is not a regular file")
        assert kind((tmp_path / name).lstat().st_mode)


@POSIX
def test_a_folder_that_may_not_be_written_to():
    # Not tmp_path: whoever the program becomes must be able to get there.
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "report.json").write_text("old")
        folder.chmod(0o555)
        # Imports come before the program gives its rights up: the sources may lie where nobody else may look.
        program = """
            import os
            from repo_vitals.delivery.files import write_aside
            from repo_vitals.errors import CallerError
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            try:
                write_aside(sys.argv[1], "new", named_by="report")
            except CallerError as error:
                print(error)
        """
        said = python(program, folder / "report.json").communicate()[0]
        assert said == f"report: {folder}/report.json can't be written: Permission denied\n"
        assert (folder / "report.json").read_text() == "old"
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@POSIX
def test_when_the_disk_is_full_the_old_file_stays_and_nothing_is_left_over(tmp_path):
    (tmp_path / "report.json").write_text("old")
    program = """
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        from repo_vitals.delivery.files import write_aside
        from repo_vitals.errors import CallerError
        try:
            write_aside(sys.argv[1], "x" * 100_000, named_by="report")
        except CallerError as error:
            print(error)
    """
    said = python(program, tmp_path / "report.json").communicate()[0]
    assert said == f"report: {tmp_path}/report.json can't be written: File too large\n"
    assert names(tmp_path) == ["report.json"]
    assert (tmp_path / "report.json").read_text() == "old"


@POSIX
def test_killed_at_any_moment_the_file_is_whole(tmp_path):
    path = tmp_path / "report.json"
    size = 2_000_000
    program = """
        from repo_vitals.delivery.files import write_aside
        print("ready", flush=True)
        for turn in range(10_000):
            write_aside(sys.argv[1], "ab"[turn % 2] * int(sys.argv[2]))
    """
    for wait in (0.0, 0.013, 0.05, 0.11):
        writer = python(program, path, size)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        if path.exists():
            content = path.read_text()
            assert content in ("a" * size, "b" * size)
    write_aside(path, "new")
    assert path.read_text() == "new"
