"""The first call makes an environment of its own, the later ones start in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.fake_project import FakeProject, finish, make_project, whoever_installed


def test_the_first_call_installs_what_is_locked_and_runs_the_command_in_it(either: FakeProject):
    outcome = either.run("plain", "--some-option", "a b", "")
    assert outcome.code == 0, outcome.err
    assert outcome.seen["argv"] == ["plain", "--some-option", "a b", ""]
    [environment] = either.environments()
    assert outcome.seen["probe"] == str(environment / "vitalprobe.py")
    assert outcome.seen["utf8"] == outcome.seen["isolated"] == 1
    assert outcome.err == ""


def test_the_exit_code_is_the_commands(project: FakeProject):
    project.use_uv()
    assert project.run("plain", "breach").code == 1


@whoever_installed
def test_a_second_call_needs_no_network_no_installer_and_no_index(either: FakeProject):
    assert either.run("plain").code == 0
    shutil.rmtree(either.wheels)
    (either.tools / "uv").unlink(missing_ok=True)
    dead = "http://127.0.0.1:9"
    alone = (
        ("unshare", "-rn")
        if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
        else ()
    )
    environ = {"PIP_INDEX_URL": dead, "HTTPS_PROXY": dead, "HTTP_PROXY": dead, "ALL_PROXY": dead}
    outcome = either.run("plain", environ=environ, wrapper=alone)
    assert (outcome.code, outcome.err) == (0, "")


@whoever_installed
def test_a_command_gets_only_the_extras_that_it_needs(either: FakeProject):
    assert either.run("plain").seen["demo"] is False
    assert either.run("fancy").seen["demo"] is True
    assert len(either.environments()) == 2


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",), ("no-such-command",)])
def test_what_names_no_command_still_reaches_the_program_with_the_base(
    project: FakeProject, arguments: tuple[str, ...]
):
    project.use_uv()
    assert project.run(*arguments).seen["argv"] == list(arguments)


@whoever_installed
def test_ten_first_calls_at_once_make_one_good_environment(either: FakeProject):
    calls = [either.start("plain") for _ in range(10)]
    outcomes = [finish(call) for call in calls]
    assert [outcome.code for outcome in outcomes] == [0] * 10, [outcome.err for outcome in outcomes]
    assert {outcome.seen["probe"] for outcome in outcomes} == {str(either.environments()[0] / "vitalprobe.py")}
    assert len(either.environments()) == 1
    assert either.leftovers() == []


def test_ten_first_calls_at_once_build_only_once(project: FakeProject):
    project.use_uv()
    real = (project.tools / "uv").resolve()
    project.add_tool("uv", f'echo build >> "{project.scratch}/builds"; exec "{real}" "$@"')
    for call in [project.start("plain") for _ in range(10)]:
        assert finish(call).code == 0
    assert (project.scratch / "builds").read_text() == "build\n"


def test_nothing_is_compiled_at_the_second_call(project: FakeProject):
    project.use_uv()
    project.run("plain")
    [environment] = project.environments()
    [compiled] = (environment / "__pycache__").glob("vitalprobe.*.pyc")
    before = compiled.stat().st_mtime_ns
    project.run("plain")
    assert compiled.stat().st_mtime_ns == before
    # The path that a traceback would show is the final one, not the one that it was built under.
    assert str(environment).encode() in compiled.read_bytes()
    assert b".part-" not in compiled.read_bytes()


def test_a_read_only_clone_and_a_read_only_environment_are_enough_for_the_second_call(project: FakeProject):
    project.use_uv()
    project.run("plain")
    for folder in (project.root, project.cache):
        for path in (folder, *folder.rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
    assert project.run("plain").code == 0


def test_a_person_and_a_job_are_told_that_the_first_call_takes_longer(project: FakeProject):
    project.use_uv()
    environ = {"GITHUB_ACTIONS": "true"}
    assert project.run("plain", environ=environ).err == "repo-vitals: preparing the environment (first run only)\n"
    assert project.run("plain", environ=environ).err == ""


def test_pip_may_be_only_the_wheel_that_comes_with_python(tmp_path: Path):
    try:
        import ensurepip
    except ImportError:
        pytest.skip("this Python has no ensurepip")
    if not list((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")):
        pytest.skip("this Python's ensurepip brings no wheel of pip")
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    project = make_project(tmp_path, python=str(tmp_path / "bare" / "bin" / "python"))
    outcome = project.run("plain")
    assert outcome.code == 0, outcome.err
    assert outcome.seen["executable"] == str(tmp_path / "bare" / "bin" / "python")


def test_when_uv_fails_pip_is_tried(project: FakeProject):
    project.add_tool("uv", "echo error: unexpected argument >&2; exit 2")
    assert project.run("plain").code == 0


@whoever_installed
def test_an_extra_more_gets_a_folder_of_its_own_with_nothing_else_in_it(either: FakeProject):
    assert either.run("plain").code == 0
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(either.root / "bin" / "bootstrap.py"), "extra", "demo"]
    for _ in range(2):
        done = subprocess.run(command, env=either.environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        folder = Path(done.stdout.removesuffix("\n"))
        assert (folder / "vitaldemo.py").is_file()
        assert not (folder / "vitalprobe.py").exists()
        assert len(either.environments()) == 2


def test_an_extra_that_can_not_be_had_says_why(either: FakeProject):
    shutil.rmtree(either.wheels)
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(either.root / "bin" / "bootstrap.py"), "extra", "demo"]
    done = subprocess.run(command, env=either.environ, capture_output=True, text=True, check=False)
    assert done.returncode in {2, 3}
    assert done.stdout == ""
    assert done.stderr.startswith("repo-vitals: ")
