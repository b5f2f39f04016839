"""A repository whose monitors report, and the alert command as a step of its workflow, from day to day."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from support.checkouts import in_actions
from support.commands import Ended, read_report, run
from support.pull_scene import PullScene, text_of
from support.reports import finding, report
from support.simulated import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.model import Issue
    from repo_vitals.simulator.server import Simulator

DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 6, tzinfo=timezone.utc)
US = "github-actions[bot]"
MAY = {"issues": "write"}


class AlertScene(PullScene):
    """acme/widget, from the morning of the 5th of January on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(now=START, **options)
        for login in ("ann", "mia"):
            self.state.account(login)
            self.repository.grants[login] = "write"

    @property
    def alerts(self) -> list[Issue]:
        """The issues that carry a marker, by number."""
        return [one for one in self.repository.issues if one.body.startswith("<!-- repo-vitals:alert:")]

    def later(self, **span: float) -> None:
        """Time goes by."""
        self.state.now += timedelta(**span)


def failing(monitor: str = "ci-health", *, severity: str = "high", at: datetime, subjects: tuple[str, ...] = ("main",),
            ) -> Any:
    """A report with a finding for each subject."""
    return report(monitor=monitor, status="fail", summary="it fails", generated_at=at, findings=tuple(
        finding(rule="red", subject=subject, severity=severity, title=f"The workflow {subject} fails")
        for subject in subjects))


def passing(monitor: str = "ci-health", *, at: datetime) -> Any:
    """A report that finds nothing."""
    return report(monitor=monitor, summary="all is well", generated_at=at)


def alert(github: Simulator, folder: Path, *reports: Any, permissions: Any = None, token: str | None = None,
          environ: dict[str, str] | None = None, **given: str) -> Ended:
    """Run the command as a step behind monitors that left these reports, at GitHub's own time."""
    place = folder / "repo-vitals"
    place.mkdir(exist_ok=True)
    for old in place.glob("*.json"):
        old.unlink()
    for place_of, one in enumerate(reports):
        text = one if isinstance(one, str) else text_of(one)
        name = f"broken-{place_of}" if isinstance(one, str) else f"{one.monitor}-{place_of}"
        (place / f"{name}.json").write_text(text, encoding="utf-8")
    known = {**in_actions(folder, "schedule", {}, ref="refs/heads/main", repository=REPOSITORY),
             "GITHUB_RUN_ID": "777", "GITHUB_STEP_SUMMARY": str(folder / "summary"),
             "REPO_VITALS_NOW": format_instant(github.state.now), **(environ or {})}
    options = [word for name, text in given.items() for word in (f"--{name.replace('_', '-')}", text)]
    return run("alert", *options, folder=folder, at=github, environ=known,
               token=token or github.token(MAY if permissions is None else permissions))


def report_of(folder: Path) -> dict[str, Any]:
    """Its own JSON report, which must be there and valid."""
    found = read_report(folder / "repo-vitals" / "alert.json")
    assert found is not None
    return found


def writes(github: Simulator) -> list[str]:
    """What was sent that changes something, and the log begun anew."""
    found = [f"{entry.method} {entry.path.removeprefix(f'/repos/{REPOSITORY}')}" for entry in github.log
             if entry.method != "GET" and entry.path != "/graphql"]
    github.log.clear()
    return found
