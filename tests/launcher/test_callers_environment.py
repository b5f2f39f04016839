"""Whatever settings of Python, pip or uv the caller has, the environment comes out the same.

Only index, proxy and certificates count.
"""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.fake_project import whoever_installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.fake_project import FakeProject

DEAD = "http://127.0.0.1:9"
DISTURBING = {
    "pip settings": {
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_DRY_RUN": "1",
        "PIP_CONSTRAINT": "/nowhere",
        "PIP_PYTHON_VERSION": "3.5",
        "PIP_PLATFORM": "win32",
        "PIP_REPORT": "/nowhere/report",
        "PIP_LOG": "/nowhere/log",
    },
    "PIP_TARGET": {"PIP_TARGET": "{foreign}"},
    "PIP_PREFIX": {"PIP_PREFIX": "{foreign}", "PIP_ROOT": "{foreign}"},
    "PYTHONPATH": {"PYTHONPATH": "{foreign}"},
    "PYTHONHOME": {"PYTHONHOME": "/nowhere"},
    "Python settings": {
        "PYTHONOPTIMIZE": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "PYTHONWARNINGS": "error",
        "PYTHONNOUSERSITE": "",
        "PYTHONPYCACHEPREFIX": "{foreign}",
        "PYTHONPLATLIBDIR": "x",
    },
    "a virtual environment": {
        "VIRTUAL_ENV": "{foreign}",
        "CONDA_PREFIX": "{foreign}",
        "UV_PROJECT_ENVIRONMENT": "{foreign}",
    },
    "uv settings": {
        "UV_PYTHON": "3.7",
        "UV_SYSTEM_PYTHON": "1",
        "UV_NO_BINARY": "1",
        "UV_CONSTRAINT": "/nowhere",
        "UV_EXCLUDE_NEWER": "2001-01-01",
        "UV_PYTHON_PREFERENCE": "only-managed",
        "UV_BREAK_SYSTEM_PACKAGES": "x",
        "UV_LINK_MODE": "symlink",
    },
    "a proxy": {"HTTP_PROXY": DEAD, "HTTPS_PROXY": DEAD, "ALL_PROXY": DEAD, "http_proxy": DEAD, "https_proxy": DEAD},
    "shell settings": {"CDPATH": "/tmp:/", "LC_ALL": "C", "POSIXLY_CORRECT": "1"},
    "no home": {"HOME": "/nowhere"},
}


# pip takes three times as long as uv: what is nothing to pip has its run with uv, and with pip only a slow one.
NOTHING_TO_PIP = {"a virtual environment", "uv settings", "shell settings", "no home"}


@pytest.mark.parametrize(("installer", "disturbance"), [
    pytest.param(installer, disturbance, marks=pytest.mark.slow if installer == "pip" and disturbance in NOTHING_TO_PIP
                 else ())
    for installer in ("uv", "pip") for disturbance in DISTURBING], indirect=["installer"])
def test_the_environment_comes_out_the_same_with(either: FakeProject, installer: str, disturbance: str):
    foreign = either.scratch / "foreign"
    foreign.mkdir()
    (foreign / "vitalprobe.py").write_text("raise SystemExit(99)", encoding="utf-8")
    environ = {name: value.format(foreign=foreign) for name, value in DISTURBING[disturbance].items()}
    for _ in range(2):  # the first call and a later one
        outcome = either.run("plain", environ=environ)
        assert (outcome.code, outcome.err) == (0, ""), outcome
    [environment] = either.environments()
    assert either.installed_by() == {installer}
    assert outcome.seen["probe"] == str(environment / "vitalprobe.py")
    assert [path.name for path in foreign.iterdir()] == ["vitalprobe.py"]
    # and one without the disturbance finds the same environment
    assert either.run("plain").seen["probe"] == str(environment / "vitalprobe.py")


def test_a_pip_configuration_that_installs_elsewhere_does_not_count(project: FakeProject):
    configuration = project.scratch / "pip.conf"
    configuration.write_text(
        "[install]\nuser = true\nno-binary = :none:\n[global]\nrequire-virtualenv = true\n", encoding="utf-8"
    )
    outcome = project.run("plain", environ={"PIP_CONFIG_FILE": str(configuration)})
    assert (outcome.code, outcome.err) == (0, "")


@whoever_installed
def test_the_command_sees_the_callers_environment_and_no_path_of_ours(either: FakeProject):
    environ = {
        "PYTHONPATH": "/theirs",
        "VIRTUAL_ENV": "/theirs",
        "PIP_INDEX_URL": "https://index.example/simple",
        "INPUT_SOME-NAME": "x",
    }
    seen = either.run("plain", environ=environ).seen["environ"]
    for name, value in environ.items():
        assert seen[name] == value
    given = either.environ.keys() | environ.keys()
    assert seen.keys() - given - {"PWD", "SHLVL", "OLDPWD", "_", "LC_CTYPE"} == {
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
        "MSYS_NO_PATHCONV",
        "MSYS2_ENV_CONV_EXCL",
    }


class Index(BaseHTTPRequestHandler):
    """A package index that is also a proxy: it answers for any host, and notes by which URL it was asked."""

    server: IndexServer

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path = urlsplit(self.path).path
        if path == "/simple/vitalprobe/":
            body, kind = (
                b'<a href="/files/vitalprobe-1.0-py3-none-any.whl">vitalprobe-1.0-py3-none-any.whl</a>',
                "text/html",
            )
        elif path.startswith("/files/"):
            body, kind = (self.server.wheels / Path(path).name).read_bytes(), "application/octet-stream"
        else:
            body, kind = b"", ""
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server looks it up by this name

    def log_message(self, *_: object) -> None:
        pass


class IndexServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, wheels: Path) -> None:
        super().__init__(("127.0.0.1", 0), Index)
        self.wheels = wheels
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def index(either: FakeProject) -> Iterator[IndexServer]:
    server = IndexServer(either.wheels)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def online(either: FakeProject) -> FakeProject:
    """Without the folder of wheels."""
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del either.environ[name]
    return either


def test_the_index_that_pip_was_told_about_is_used(online: FakeProject, installer: str, index: IndexServer):
    outcome = online.run("plain", environ={"PIP_INDEX_URL": f"{index.url}/simple"})
    assert outcome.code == 0, outcome.err
    assert online.installed_by() == {installer}
    assert "/files/vitalprobe-1.0-py3-none-any.whl" in index.asked


def test_an_extra_index_is_asked_as_well(online: FakeProject, installer: str, index: IndexServer):
    environ = {"PIP_INDEX_URL": f"{index.url}/empty", "PIP_EXTRA_INDEX_URL": f"{index.url}/simple"}
    outcome = online.run("plain", environ=environ)
    assert outcome.code == 0, outcome.err
    assert online.installed_by() == {installer}


@pytest.mark.parametrize("setting", ["HTTP_PROXY", "http_proxy", "PIP_PROXY"])
def test_a_build_goes_through_the_proxy(online: FakeProject, installer: str, index: IndexServer, setting: str):
    host = "http://index.invalid"
    environ = {"PIP_INDEX_URL": f"{host}/simple", "PIP_TRUSTED_HOST": "index.invalid", setting: index.url}
    outcome = online.run("plain", environ=environ)
    assert outcome.code == 0, outcome.err
    assert online.installed_by() == {installer}
    assert f"{host}/files/vitalprobe-1.0-py3-none-any.whl" in index.asked


def test_uvs_own_index_setting_wins_for_uv(project: FakeProject):
    project.use_uv()
    server = IndexServer(project.wheels)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        del project.environ[name]
    try:
        outcome = project.run(
            "plain", environ={"PIP_INDEX_URL": f"{DEAD}/simple", "UV_DEFAULT_INDEX": f"{server.url}/simple"}
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert outcome.code == 0, outcome.err
    assert project.installed_by() == {"uv"}


def test_in_a_job_uv_does_not_trust_a_cache_that_another_job_may_have_written(project: FakeProject):
    project.use_uv()
    del project.environ["REPO_VITALS_CACHE"]
    project.environ["XDG_CACHE_HOME"] = str(project.scratch / "xdg")
    project.run("plain")  # fills uv's cache
    poisoned = list((project.scratch / "uv-cache").rglob("vitalprobe.py"))
    assert poisoned
    for path in poisoned:
        path.write_text("raise SystemExit(99)", encoding="utf-8")
    temporary = project.scratch / "runner"
    outcome = project.run("plain", environ={"GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(temporary)})
    assert outcome.code == 0
    assert outcome.seen["probe"].startswith(f"{temporary}{os.sep}")


def test_what_somebody_writes_into_an_environment_stays_out_of_uvs_cache(project: FakeProject):
    project.use_uv()
    project.run("plain")
    [environment] = project.environments()
    (environment / "vitalprobe.py").write_text("raise SystemExit(99)", encoding="utf-8")
    assert project.run("plain", environ={"REPO_VITALS_CACHE": str(project.scratch / "another")}).code == 0
