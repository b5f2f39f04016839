"""Run a command in this process, as the launcher would, and see everything that came out."""
from __future__ import annotations

import io
import json
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repo_vitals.__main__ import main
from repo_vitals.clock import format_instant
from repo_vitals.report.schema import schema
from repo_vitals.runtime.world import World
from support.held_once import family
from support.services import well_services
from support.simulated import NOW, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

_VALIDATOR = family()(schema())


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report, which must be there and valid."""
        found = read_report(self.folder / "repo-vitals" / "community-metrics.json")
        assert found is not None, self.stderr
        return found

    @property
    def left_behind(self) -> list[str]:
        """Every file in the folder."""
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def figure(self, name: str, **labels: str) -> float | None:
        """A figure of the report."""
        found = [metric for metric in self.report["metrics"] if metric["name"] == name and metric["labels"] == labels]
        assert len(found) == 1, (name, labels)
        value: float | None = found[0]["value"]
        return value


def read_report(path: Path) -> dict[str, Any] | None:
    """A report held to its schema; None where there is none."""
    if not path.exists():
        return None
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    _VALIDATOR.validate(report)
    return report


def run(*arguments: str, folder: Path, environ: dict[str, str] | None = None, at: Simulator | None = None,
        token: str | None = None) -> Ended:
    """Run a command; `at` is the GitHub that it finds."""
    surroundings = {"REPO_VITALS_NOW": format_instant(NOW), "GITHUB_REPOSITORY": REPOSITORY}
    if at is not None:
        surroundings |= at.environment(token)
    stdout, stderr = io.StringIO(), io.StringIO()
    with well_services() if arguments[:1] == ("run",) else nullcontext({}) as services:
        surroundings |= {**services, **(environ or {})}
        code = main(list(arguments), World(environ=surroundings, folder=folder, stdout=stdout, stderr=stderr))
    if code in (0, 1) and arguments[:1] != ("demo",):   # the configuration was accepted, and so editors have to
        from support.configurations import hold_to_schema

        hold_to_schema(folder / ".github" / "repo-vitals.toml")
    return Ended(code, stdout.getvalue(), stderr.getvalue(), folder)
