"""The working folder may be a stranger's checkout: nothing in it is run, read as settings or imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.fake_project import FakeProject

MODULES = (
    "requests.py",
    "pip.py",
    "tomli.py",
    "sitecustomize.py",
    "usercustomize.py",
    "json.py",
    "hashlib.py",
    "site.py",
    "runpy.py",
    "subprocess.py",
    "vitalprobe.py",
    "bootstrap.py",
    "build_environment.py",
    "github/__init__.py",
    "pip/__init__.py",
    "pip/__main__.py",
    "repo_vitals/__init__.py",
    "repo_vitals/__main__.py",
    "src/repo_vitals/__init__.py",
)
PROGRAMS = ("uv", "python3", "python", "py", "dirname", "readlink", "start.sh", "uv.exe")


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder in which every file that somebody might load says so."""
    folder = tmp_path / "checkout"
    trap = f"open({str(tmp_path / 'CAUGHT')!r}, 'a').write(__file__ + '\\n')\n"
    for name in MODULES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trap, encoding="utf-8")
    for name in PROGRAMS:
        path = folder / name
        path.write_text(f"#!/bin/sh\necho {name} >> '{tmp_path / 'CAUGHT'}'\n", encoding="utf-8")
        path.chmod(0o755)
    bogus = "http://127.0.0.1:9/simple"
    (folder / "uv.toml").write_text(f'index-url = "{bogus}"\nrequired-version = "==0.0.1"\n', encoding="utf-8")
    (folder / "pyproject.toml").write_text(f'[tool.uv]\nindex-url = "{bogus}"\nno-binary = true\n', encoding="utf-8")
    for name in ("pip.conf", "setup.cfg", ".pydistutils.cfg"):
        (folder / name).write_text(f"[global]\nindex-url = {bogus}\n[install]\nprefix = {tmp_path}\n", encoding="utf-8")
    (folder / ".env").write_text("PYTHONPATH=.\n", encoding="utf-8")
    return folder


def caught(folder: Path) -> str:
    path = folder.parent / "CAUGHT"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_the_trap_catches_an_ordinary_python(hostile: Path):
    subprocess.run([sys.executable, "-m", "pip", "--version"], cwd=hostile, capture_output=True, check=False)
    assert caught(hostile) != ""  # by pip, or on Python 3.10 by runpy already


def test_nothing_in_the_working_folder_takes_part_in_the_first_or_a_later_call(
    either: FakeProject, installer: str, hostile: Path
):
    first = either.run("plain", cwd=hostile)
    assert either.installed_by() == {installer}
    later = either.run("plain", cwd=hostile)
    assert caught(hostile) == ""
    [environment] = either.environments()
    for outcome in (first, later):
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.seen["probe"] == str(environment / "vitalprobe.py")
        assert outcome.seen["cwd"] == str(hostile)


def test_the_search_path_is_the_clones_source_the_environment_and_the_standard_library(
    either: FakeProject, hostile: Path
):
    path = either.run("plain", cwd=hostile).seen["path"]
    assert path[:2] == [str(either.root / "src"), str(either.environments()[0])]
    assert not [
        entry
        for entry in path[2:]
        if "site-packages" in entry or "dist-packages" in entry or not Path(entry).is_absolute()
    ]
    assert not [entry for entry in path if str(hostile) in entry]


def test_pythonpath_and_its_kin_do_not_bring_the_folder_in(either: FakeProject, hostile: Path):
    environ = {
        "PYTHONPATH": f"{hostile}{os.pathsep}.{os.pathsep}",
        "PYTHONSTARTUP": str(hostile / "pip.py"),
        "PYTHONUSERBASE": str(hostile),
        "PYTHONPLATLIBDIR": ".",
        "PYTHONINSPECT": "1",
    }
    outcome = either.run("plain", cwd=hostile, environ=environ)
    assert (outcome.code, caught(hostile)) == (0, "")


def test_an_empty_or_relative_entry_of_path_does_not_bring_in_its_uv(project: FakeProject, hostile: Path):
    for name in ("python3", "python", "py", "dirname", "readlink"):
        (hostile / name).unlink()  # these bash would take from there: such a PATH is the caller's choice
    outcome = project.run("plain", cwd=hostile, environ={"PATH": f"{project.tools}::.:./"})
    assert (outcome.code, caught(hostile)) == (0, "")


def test_a_version_that_the_folder_asks_of_pyenv_is_not_asked_for(project: FakeProject, hostile: Path):
    project.use_uv()
    real = (project.tools / "python3").rename(project.tools / "real-python")
    shim = f'[ ! -e .python-version ] || {{ echo "pyenv: no such version" >&2; exit 127; }}\nexec {real} "$@"'
    for name in ("python3", "python"):
        project.add_tool(name, shim)
    (hostile / ".python-version").write_text("3.8.18\n", encoding="utf-8")
    outcome = project.run("plain", cwd=hostile)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.seen["cwd"] == str(hostile)


def test_a_python_named_by_a_relative_path_is_the_callers(project: FakeProject, hostile: Path):
    project.use_uv()
    (project.tools / "python3").rename(project.scratch / "my-python")
    outcome = project.run("plain", cwd=hostile, environ={"REPO_VITALS_PYTHON": "../my-python"})
    assert (outcome.code, outcome.err) == (0, "")


def test_the_launcher_called_by_a_relative_path_is_still_the_clones(project: FakeProject, hostile: Path):
    project.use_uv()
    relative = os.path.relpath(project.root / "bin" / "repo-vitals", hostile)
    assert project.run("plain", cwd=hostile, launcher=relative).code == 0
    assert caught(hostile) == ""


def test_an_action_calls_it_through_its_own_folder(project: FakeProject, hostile: Path):
    project.use_uv()
    (project.root / "actions" / "plain").mkdir(parents=True)
    launcher = f"{project.root}/actions/plain/../../bin/repo-vitals"
    assert project.run("plain", cwd=hostile, launcher=launcher).code == 0
    assert caught(hostile) == ""
