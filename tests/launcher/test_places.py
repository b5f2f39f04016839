"""Where the clone may lie, how it may be called, which Python it finds, and where its environments are."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.fake_project import FakeProject, finish, make_project
from support.tools import ROOT

if TYPE_CHECKING:
    from types import ModuleType


# pip takes three times as long as uv. The launcher's own quoting is the same with both; pip has a plain run where a
# name could mean something to pip itself: an option, a part of a URL, what a shell expands, other letters.
FOLDERS = {"with two  spaces": False, "Zähler-日本語-ñ": True, 'quote\'s "and" $HOME `x`': True, "-dash": True,
           "a;b&c": False, "per%20cent": True, "[glob]*": False}


@pytest.mark.parametrize(("installer", "name"), [
    pytest.param(installer, name, marks=() if installer == "uv" or special else pytest.mark.slow)
    for installer in ("uv", "pip") for name, special in FOLDERS.items()])
def test_a_clone_may_lie_in_a_folder_called(tmp_path: Path, name: str, installer: str):
    project = make_project(tmp_path, root=tmp_path / name / "clone")
    project.environ["REPO_VITALS_CACHE"] = str(tmp_path / name / "cache")
    if installer == "uv":
        project.use_uv()
    for _ in range(2):
        outcome = project.run("plain", cwd=tmp_path / name)
        assert (outcome.code, outcome.err) == (0, "")
    assert outcome.seen["path"][0] == str(tmp_path / name / "clone" / "src")


def test_it_works_through_symbolic_links(project: FakeProject):
    project.use_uv()
    bin_folder = project.scratch / "bin"
    bin_folder.mkdir()
    (project.scratch / "link to clone").symlink_to(project.root)
    (bin_folder / "first").symlink_to("../link to clone/bin/repo-vitals")  # relative, through a linked folder
    (bin_folder / "second").symlink_to(bin_folder / "first")  # absolute, a link to a link
    for launcher in ("second", "./second", str(bin_folder / "second")):
        assert project.run("plain", launcher=launcher, cwd=bin_folder).code == 0
    assert project.run("plain", launcher="bin/first", cwd=project.scratch).code == 0


def test_cdpath_does_not_lead_a_relative_call_to_another_clone(project: FakeProject):
    project.use_uv()
    decoy = project.scratch / "elsewhere" / "clone" / "bin"
    decoy.mkdir(parents=True)
    (decoy / "bootstrap.py").write_text("raise SystemExit(99)", encoding="utf-8")
    environ = {"CDPATH": str(project.scratch / "elsewhere")}
    assert project.run("plain", launcher="clone/bin/repo-vitals", cwd=project.scratch, environ=environ).code == 0


def test_it_works_from_path_and_as_a_program(project: FakeProject):
    project.use_uv()
    (project.tools / "env").symlink_to(str(shutil.which("env")))
    (project.tools / "repo-vitals").symlink_to(project.root / "bin" / "repo-vitals")
    done = subprocess.run(
        ["repo-vitals", "plain"],
        env=project.environ,
        cwd=project.scratch,
        capture_output=True,
        check=False,
        executable=project.tools / "repo-vitals",
    )
    assert done.returncode == 0, done.stderr


def test_a_signal_reaches_the_command_because_the_launcher_becomes_it(project: FakeProject):
    project.use_uv()
    project.run("plain")
    call = project.start("plain", "sleep")
    assert call.stdout is not None
    line = call.stdout.readline()
    assert f'"pid": {call.pid},' in line
    call.terminate()
    assert finish(call).code == 143


def test_ctrl_c_ends_a_command_without_a_traceback(project: FakeProject):
    project.use_uv()
    project.run("plain")
    call = project.start("plain", "sleep")
    assert call.stdout is not None
    call.stdout.readline()
    os.killpg(call.pid, 2)
    outcome = finish(call)
    assert (outcome.code, outcome.err) == (130, "")


# ---- Python

OLD = 'case "$*" in *version_info*) exit 1;; esac; echo "an old Python was used" >&2; exit 9'
BROKEN = "exit 127"


@pytest.mark.parametrize(
    "first",
    [OLD, BROKEN, "echo Python was not found >&2; exit 9009", "exit 0"],
    ids=["too old", "a shim of nothing", "the Store", "silent"],
)
def test_a_python3_that_is_none_or_too_old_is_passed_over(project: FakeProject, first: str):
    project.use_uv()
    (project.tools / "python3").rename(project.tools / "python")
    project.add_tool("python3", first)
    outcome = project.run("plain")
    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize(("told", "said", "asks_shim"), [
    ("3.12.1\n", None, False), ("2.7\n", "3.12.1", False), ("3.12.1\n", "3.11", True), ("system\n", None, True),
    ("../../evil\n", None, True), ("", None, True), (None, None, True)])
def test_pyenv_is_not_asked_for_what_its_version_file_or_variable_says(
    project: FakeProject, told: str | None, said: str | None, asks_shim: bool,
):
    project.use_uv()
    home = project.scratch / "pyenv"
    (home / "shims").mkdir(parents=True)
    behind = home / "versions" / "3.12.1" / "bin"
    behind.mkdir(parents=True)
    (project.tools / "python3").rename(behind / "python3")
    shim = project.add_tool("python3", f'touch "{home}/asked"\nexec "{behind}/python3" "$@"')
    shim.rename(home / "shims" / "python3")
    if told is not None:
        (home / "version").write_text(told, encoding="utf-8")
    environ = {"PATH": f"{home}/shims:{project.environ['PATH']}", **({"PYENV_VERSION": said} if said else {})}
    assert project.run("plain", environ=environ).code == 0
    assert (home / "asked").exists() is asks_shim


def test_the_windows_launcher_is_tried_last(project: FakeProject):
    project.use_uv()
    (project.tools / "python3").unlink()
    project.add_tool("py", f'[ "$1" = -3 ] && shift && exec "{sys.executable}" "$@"')
    assert project.run("plain").code == 0


def test_the_named_python_comes_first(project: FakeProject):
    project.use_uv()
    named = project.scratch / "a named python"
    (project.tools / "python3").rename(named)
    project.add_tool("python3", "exit 1")
    outcome = project.run("plain", environ={"REPO_VITALS_PYTHON": str(named)})
    assert (outcome.code, outcome.err) == (0, "")


def test_a_named_python_that_cannot_be_used_is_reported_and_passed_over(project: FakeProject):
    project.use_uv()
    outcome = project.run("plain", environ={"REPO_VITALS_PYTHON": "/nowhere/python"})
    assert outcome.code == 0
    assert (
        outcome.err
        == "repo-vitals: REPO_VITALS_PYTHON: '/nowhere/python' is not a Python 3.10 or newer; trying others\n"
    )


def test_a_python_named_on_several_lines_is_quoted_on_one(project: FakeProject):
    project.use_uv()
    outcome = project.run("plain", environ={"REPO_VITALS_PYTHON": "x\n::error::y\x1b[31m"})
    assert outcome.err.startswith("repo-vitals: REPO_VITALS_PYTHON: 'x?::error::y?[31m' is not a Python 3.10")
    assert outcome.err.count("\n") == 1


def test_without_any_python_one_line_says_so(project: FakeProject):
    (project.tools / "python3").unlink()
    outcome = project.run("plain")
    assert (outcome.code, outcome.out) == (2, "")
    assert (
        outcome.err == "repo-vitals: no Python 3.10 or newer was found; install one, or name it in REPO_VITALS_PYTHON\n"
    )


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_it_runs_on_every_supported_python_that_is_here(tmp_path: Path, version: str, installer: str):
    found = shutil.which(f"python{version}") or "false"
    # What is on PATH may be a shim, which needs a PATH of its own and may stand for a version that is not there.
    asked = subprocess.run(
        [found, "-I", "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        pytest.skip(f"no python{version} on PATH")
    project = make_project(tmp_path, python=asked.stdout.strip())
    if installer == "uv":
        project.use_uv()
    for _ in range(2):
        outcome = project.run("plain")
        assert (outcome.code, outcome.err) == (0, "")


def test_without_uv_and_pip_one_line_says_what_to_do(tmp_path: Path):
    project = make_project(tmp_path, python=str(python_without_pip(tmp_path / "python")))
    outcome = project.run("plain")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("repo-vitals: neither uv nor pip was found for ")
    assert outcome.err.count("\n") == 1

    project.use_uv()
    assert project.run("plain").code == 0


def python_without_pip(prefix: Path) -> Path:
    """A copy of this Python, its library linked file by file but for pip and ensurepip, as Debian's minimal one is."""
    library = Path(os.__file__).parent
    copied = prefix / "lib" / library.name
    copied.mkdir(parents=True)
    for path in library.iterdir():
        if path.name not in {"ensurepip", "site-packages", "dist-packages"}:
            (copied / path.name).symlink_to(path)
    (prefix / "bin").mkdir()
    executable = prefix / "bin" / "python3"
    shutil.copy2(os.path.realpath(getattr(sys, "_base_executable", sys.executable)), executable)
    check = "import importlib.util as u, ssl, sys; sys.exit(any(map(u.find_spec, ('pip', 'ensurepip'))))"
    if subprocess.run([executable, "-I", "-c", check], capture_output=True, check=False).returncode:
        pytest.skip("this Python can't be copied without its pip")
    return executable


# ---- the folder


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "bin" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    return loaded("bootstrap")


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    return loaded("build_environment")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (
            {"GITHUB_ACTIONS": "true", "RUNNER_TEMP": "/runner/_temp", "XDG_CACHE_HOME": "/xdg"},
            "/runner/_temp/repo-vitals-env",
        ),
        ({"RUNNER_TEMP": "/runner/_temp", "XDG_CACHE_HOME": "/xdg"}, "/xdg/repo-vitals/env"),
        ({"GITHUB_ACTIONS": "true", "XDG_CACHE_HOME": "/xdg"}, "/xdg/repo-vitals/env"),
        ({"GITHUB_ACTIONS": "true", "RUNNER_TEMP": "/runner/_temp", "REPO_VITALS_CACHE": "/kept"}, "/kept"),
        ({"XDG_CACHE_HOME": "/xdg", "REPO_VITALS_CACHE": ""}, "/xdg/repo-vitals/env"),
    ],
)
def test_the_environment_lies_in(bootstrap: ModuleType, environ: dict[str, str], expected: str):
    assert bootstrap.cache_folder(environ) == Path(expected)


@pytest.mark.parametrize("relative", ["", "cache", "./cache", "../cache"])
def test_a_relative_xdg_folder_is_ignored_as_its_specification_says(
    bootstrap: ModuleType, relative: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "/home/somebody")
    expected = "/home/somebody/Library/Caches" if sys.platform == "darwin" else "/home/somebody/.cache"
    assert bootstrap.cache_folder({"XDG_CACHE_HOME": relative}) == Path(expected) / "repo-vitals" / "env"


def test_a_relative_home_is_refused_rather_than_taken_from_the_working_folder(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", "somewhere")
    with pytest.raises(OSError, match="home folder"):
        bootstrap.cache_folder({})


def test_the_key_changes_with_everything_that_decides_what_fits(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    base, demo = tmp_path / "base.lock", tmp_path / "demo.lock"
    base.write_text("a==1\n")
    demo.write_text("b==1\n")
    keys = [bootstrap.environment_key([base]), bootstrap.environment_key([base, demo])]
    base.write_text("a==2\n")
    keys.append(bootstrap.environment_key([base]))
    parts = bootstrap.platform_parts()
    for number in range(len(parts)):
        other = (*parts[:number], parts[number] + "x", *parts[number + 1 :])
        monkeypatch.setattr(bootstrap, "platform_parts", lambda other=other: other)
        keys.append(bootstrap.environment_key([base]))
    assert len(set(keys)) == len(keys) == 3 + len(parts)
    assert max(map(len, keys)) <= 24  # Windows allows 260 characters for a whole path


def test_the_key_is_the_same_for_a_checkout_with_windows_line_ends(bootstrap: ModuleType, tmp_path: Path):
    lock = tmp_path / "base.lock"
    lock.write_bytes(b"a==1\nb==2\n")
    key = bootstrap.environment_key([lock])
    lock.write_bytes(b"a==1\r\nb==2\r\n")
    assert bootstrap.environment_key([lock]) == key


def test_the_platform_names_interpreter_version_abi_system_machine_and_libc(bootstrap: ModuleType):
    import platform
    import sysconfig

    text = "|".join(bootstrap.platform_parts())
    for part in (
        sys.implementation.name,
        platform.python_version().rstrip("+"),
        str(sysconfig.get_config_var("EXT_SUFFIX")),
        sys.platform,
        platform.machine(),
    ):
        assert part in text
    if platform.libc_ver()[0] == "glibc":
        assert " ".join(platform.libc_ver()) in text


def test_an_environment_that_another_call_completed_first_is_kept(builder: ModuleType, tmp_path: Path):
    """The lock makes this rare; on a file system without locks it is what keeps ten first calls apart."""
    ours, theirs = tmp_path / "key.part-1", tmp_path / "key"
    for folder, content in ((ours, "ours"), (theirs, "theirs")):
        folder.mkdir()
        (folder / "mark").write_text(content)
    builder.move_into_place(ours, theirs, marker="mark")
    assert (theirs / "mark").read_text() == "theirs"

    (theirs / "mark").unlink()
    builder.move_into_place(ours, theirs, marker="mark")
    assert (theirs / "mark").read_text() == "ours"


@pytest.mark.skipif(sys.platform == "win32", reason="makes a shell script")
def test_uv_is_taken_only_from_absolute_folders_of_path(
    builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    assert builder.find_uv(os.pathsep.join(["", ".", "./", "..", f"../{tmp_path.name}"])) is None
    assert builder.find_uv(os.pathsep.join(["", str(tmp_path)])) == tmp_path / "uv"
