"""`repo-vitals simulator`: a process that prints where it is, serves, and ends when told."""
from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import requests

from repo_vitals.errors import InputError
from repo_vitals.simulator.serve import INPUTS, LATENCY, main
from support.simulated import Scene, asking
from support.tools import PACKAGES, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

SEARCHED = f"{ROOT / 'src'}{os.pathsep}{PACKAGES}"  # for a Python that has no packages of its own
NOW = "2026-01-31T06:00:00Z"


@dataclass
class World:
    folder: Path
    environ: dict[str, str] = field(default_factory=lambda: {"REPO_VITALS_NOW": NOW})
    stdout: Any = field(default_factory=io.StringIO)

    def path(self, given: str) -> Path:
        return self.folder / given


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, str]]]]:
    """Starts the command; gives the process and the variables that it prints."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
        code = "import sys; from repo_vitals.__main__ import main; sys.exit(main(sys.argv[1:]))"
        process = subprocess.Popen(
            [sys.executable, "-c", code, "simulator", *arguments], cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": SEARCHED, "REPO_VITALS_NOW": NOW})
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        words = line.removeprefix("export ").split()
        return process, dict(word.split("=", 1) for word in words)
    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_what_was_asked_for_and_ends_quietly(
        started: Any, ending: int, tmp_path: Path) -> None:
    (tmp_path / "faults.json").write_text('[{"kind": "status", "status": 503, "times": 1}]')
    process, given = started("--issues", "3", "--pull-requests", "2", "--discussions", "1", "--repository", "o/r",
                             "--faults", "faults.json", "--hostile", "--latency", "5ms")
    assert set(given) == {"GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL", "GITHUB_TOKEN",
                          "GITHUB_REPOSITORY"}
    assert given["GITHUB_REPOSITORY"] == "o/r"
    headers = {"Authorization": f"Bearer {given['GITHUB_TOKEN']}"}
    with requests.Session() as session:
        session.trust_env = False
        url = f"{given['GITHUB_API_URL']}/repos/o/r/issues?state=all"
        assert session.get(url, headers=headers, timeout=10).status_code == 503
        found = session.get(url, headers=headers, timeout=10).json()
        query = '{ repository(owner: "o", name: "r") { discussions { totalCount } } }'
        answer = session.post(given["GITHUB_GRAPHQL_URL"], headers=headers, json={"query": query}, timeout=10).json()
    assert (len(found), answer["data"]["repository"]["discussions"]["totalCount"]) == (5, 1)
    assert max(entry["created_at"] for entry in found) < NOW
    process.send_signal(ending)
    assert process.wait(timeout=20) == 0
    assert process.stderr.read() == ""


def test_it_listens_on_loopback_alone(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    port = int(simulator.url.rsplit(":", 1)[1])
    assert simulator.url == f"http://127.0.0.1:{port}"
    others = {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1"}:
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex((address, port)) != 0 or address.startswith("127.")


@pytest.mark.parametrize(("arguments", "complaint"), [
    (["--isues", "3"], r'unknown option "--isues" \(did you mean --issues'),
    (["--issues", "many"], '--issues: "many" is not a whole number'),
    (["--issues"], "--issues needs a value"),
    (["--repository", "nope"], "is not a repository's owner/name"),
    (["--now", "yesterday"], "is not an ISO 8601 instant"),
    (["--port", "70000"], "is not between 0 and 65535"),
    (["--faults", "none.json"], "none.json can't be read"),
    (["--faults", "bad.json"], "faults: not JSON"),
    (["--faults", "latin.json"], "is not UTF-8"),
    (["--latency", "2m"], r"--latency: \"2m\" is not a time from 0ms to 60s \(for example 80ms\)"),
    (["--latency", "61s"], "is not a time from 0ms to 60s"),
    (["issues"], 'unexpected argument "issues"'),
])
def test_a_mistake_is_one_line_and_nothing_is_served(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    world = World(tmp_path)
    with pytest.raises(InputError, match=complaint) as raised:
        main(arguments, world)
    assert "\n" not in str(raised.value)
    assert world.stdout.getvalue() == ""


def test_a_port_that_is_taken_is_named(tmp_path: Path, simulated: Callable[..., Simulator]) -> None:
    port = simulated(Scene()).url.rsplit(":", 1)[1]
    with pytest.raises(InputError, match=f"port: {port} can't be used"):
        main(["--issues", "1", "--port", port], World(tmp_path))


def test_help_names_every_option(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert main(["--help"], world) == 0
    assert [declared.option for declared in INPUTS if declared.option not in world.stdout.getvalue()] == []


def test_many_clients_at_once_get_whole_answers_and_an_honest_count(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for number in range(30):
        scene.issue(at=-100 + number)
    simulator = simulated(scene)

    def work(_: int) -> int:
        with asking(simulator) as client:
            return sum(len(client.get("issues").json()) for _ in range(10))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [300] * 8
    assert simulator.limits.allowance(simulator.environment()["GITHUB_TOKEN"], "core").used == 80
    assert len(simulator.log) == 80


@pytest.mark.parametrize("raw", [
    b"GET /a b HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"BREW /repos/acme/widget HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /repos/acme/widget/issues/%FF%FE HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_requests_that_make_no_sense_are_refused_and_the_server_lives(
        simulated: Callable[..., Simulator], raw: bytes) -> None:
    simulator = simulated(Scene())
    with socket.create_connection(("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])), timeout=5) as connection:
        connection.sendall(raw)
        status = int(connection.recv(4096).split()[1])
    assert 400 <= status < 500
    with asking(simulator) as client:
        assert client.get("").status_code == 200


def test_a_body_that_is_no_query_is_refused(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene())
    with asking(simulator) as client:
        for body in (b"{", b"[]", b'{"query": 1, "variables": 2}', b'{"variables": {}}', b"\xff", b""):
            assert client.session.post(simulator.graphql_url, data=body, timeout=5).status_code in (200, 400)
        assert client.session.get(simulator.graphql_url, timeout=5).status_code == 404


@pytest.mark.parametrize(("text", "seconds"), [("80ms", 0.08), ("0ms", 0), ("1.5 s", 1.5), ("60S", 60)])
def test_latency_is_given_in_thousandths_or_seconds(text: str, seconds: float) -> None:
    assert LATENCY.kind.parse(text) == seconds


def test_every_answer_is_late_by_the_latency_each_on_its_own(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(Scene(), latency=0.3)

    def ask(_: int) -> int:
        with asking(simulator) as client:
            return client.get("").status_code + len(client.graphql("{ viewer { login } }"))
    ask(0)      # reads the descriptions that answers are held to
    began = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(ask, range(6))) == [201] * 6
    assert 0.6 <= time.monotonic() - began < 3      # not 12 times 0.3: nobody waits for another's answer


def test_no_thread_is_left_behind() -> None:
    from support.simulated import serving
    before = threading.active_count()
    for _ in range(3):
        with serving(Scene()) as simulator, asking(simulator) as client:
            client.get("")
    for thread in threading.enumerate()[before:]:
        thread.join(timeout=2)
    assert threading.active_count() <= before
