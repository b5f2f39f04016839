"""`simulator`: serve a generated GitHub on loopback until someone ends it."""
from __future__ import annotations

import re
import signal
import threading
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from repo_vitals.clock import now as clock_now
from repo_vitals.clock import parse_instant
from repo_vitals.config.declare import BOOLEAN, OPTIONAL_TEXT, REPOSITORY, Input, Kind, integer
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator


class Surroundings(Protocol):
    """What the command sees of the world."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment."""

    @property
    def stdout(self) -> TextIO:
        """Where the addresses go."""

    def path(self, given: str) -> Path:
        """A path seen from the working folder."""


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text)
    except (ValueError, TypeError):
        raise ValueError("is not an ISO 8601 instant (for example 2026-01-31T06:00:00Z)") from None


def _seconds(text: Any) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)", str(text).strip(), re.IGNORECASE)
    seconds = None if found is None else float(found[1]) / (1000 if found[2].lower() == "ms" else 1)
    if seconds is None or seconds > MOST_LATENCY:
        raise ValueError(f"is not a time from 0ms to {MOST_LATENCY}s (for example 80ms)")
    return seconds


MOST_LATENCY = 60       # seconds; clients give up by then
LATENCY_TIME: Kind[float] = Kind("duration", _seconds, _seconds, lambda seconds: f"{seconds * 1000:g}ms")
INSTANT: Kind[datetime | None] = Kind("instant", _instant, _instant, str)
ISSUES = Input(name="issues", kind=integer(0, 100_000), default=1000, help="Issues to generate")
PULL_REQUESTS = Input(name="pull-requests", kind=integer(0, 100_000), default=600, help="Pull requests to generate")
DISCUSSIONS = Input(name="discussions", kind=integer(0, 100_000), default=100, help="Discussions to generate")
RUNS = Input(name="runs", kind=integer(0, 100_000), default=600,
             help="Workflow runs to generate within the last thirty days")
SEED = Input(name="seed", kind=integer(0, 2**31), default=7, help="Another seed makes another repository")
PORT = Input(name="port", kind=integer(0, 65535), default=0, default_text="0: any that is free",
             help="Port on 127.0.0.1")
NAME = Input(name="repository", kind=REPOSITORY, default="acme/widget", help="Name of the repository, as owner/name")
NOW = Input(name="now", kind=INSTANT, default=None, default_text="the clock's", help="The instant that history ends at")
HOSTILE = Input(name="hostile", kind=BOOLEAN, default=False,
                help="Whether titles, labels and bodies hold what breaks careless programs")
FAULTS = Input(name="faults", kind=OPTIONAL_TEXT, default=None, default_text="none",
               help="File with faults to inject: a JSON array of rules")
LATENCY = Input(name="latency", kind=LATENCY_TIME, default=0.0, help="How much later than it could each answer comes")
INPUTS: tuple[Input[Any], ...] = (ISSUES, PULL_REQUESTS, DISCUSSIONS, RUNS, SEED, PORT, NAME, NOW, HOSTILE, FAULTS,
                                LATENCY)


def main(arguments: Sequence[str], world: Surroundings) -> int:
    """Print one line with the addresses and a token, then serve until SIGINT or SIGTERM; 0 then. Raises InputError."""
    if arguments and arguments[0] in ("--help", "-h"):
        world.stdout.write(_help())
        return 0
    values = resolve(INPUTS, options=read_options(arguments, INPUTS, command="simulator"), environ={}, table={},
                     command="simulator", config_path=world.path("."))
    from repo_vitals.simulator.faults import FaultPlan, read_rules
    from repo_vitals.simulator.generate import generate
    from repo_vitals.simulator.server import Simulator

    path = values[FAULTS]
    rules = [] if path is None else read_rules(_read(world.path(path)))
    state = generate(issues=values[ISSUES], pull_requests=values[PULL_REQUESTS], discussions=values[DISCUSSIONS],
                     seed=values[SEED], now=values[NOW] or clock_now(world.environ), hostile=values[HOSTILE],
                     repository=values[NAME] or "acme/widget", runs=values[RUNS])
    try:
        simulator = Simulator(state, port=values[PORT], faults=FaultPlan(rules), latency=values[LATENCY])
    except OSError as error:
        raise InputError(f"port: {values[PORT]} can't be used ({error.strerror}); 0 takes any that is free") from None
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with simulator:
            world.stdout.write(_addresses(simulator, state.repositories()[0].full_name))
            world.stdout.flush()
            ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _addresses(simulator: Simulator, repository: str) -> str:
    """One line that a shell can evaluate."""
    given = {**simulator.environment(), "GITHUB_REPOSITORY": repository}
    return "export " + " ".join(f"{name}={value}" for name, value in given.items()) + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"faults: {path} can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"faults: {path} is not UTF-8") from None


def _help() -> str:
    lines = ["repo-vitals simulator [--option value …]", "", "Serve a simulated GitHub on loopback.", ""]
    for declared in INPUTS:
        lines += [f"  {declared.option} <{declared.kind.name}>", f"      {declared.description}"]
    return "\n".join([*lines, ""])
