"""The one list of commands.

Standard library only: the launcher reads it before anything is installed, to learn which extras a command needs.
"""
from __future__ import annotations

from typing import Literal

from repo_vitals.frozen import dataclass

Kind = Literal["monitor", "doer", "tool"]


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """What a monitor's command does besides, asked for by a word after its name: a tool of its own."""

    name: str
    summary: str
    entry: str      # "module:function", called with its arguments


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command of `bin/repo-vitals`."""

    name: str                       # as typed, and as its folder under actions/ is named
    kind: Kind
    summary: str                    # one line for --help
    extras: tuple[str, ...] = ()    # optional dependencies it needs beyond the base
    entry: str                      # a concern's package, or "module:function" of a tool, called with its arguments
    subcommands: tuple[Subcommand, ...] = ()

    def subcommand(self, arguments: list[str]) -> Subcommand | None:
        """The subcommand that the arguments begin with, or None."""
        return next((known for known in self.subcommands if arguments[:1] == [known.name]), None)


COMMANDS: tuple[Command, ...] = (
    Command(name="community-metrics", kind="monitor", entry="repo_vitals.concerns.community_metrics",
            extras=("calendar",), summary="Response and resolution times, backlog and contributors."),
    Command(name="ci-health", kind="monitor", entry="repo_vitals.concerns.ci_health", extras=("ci", "yaml"),
            summary="Success, flakiness, durations and queues of workflow runs, and schedules that no longer run."),
    Command(name="service-health", kind="monitor", entry="repo_vitals.concerns.service_health",
            summary="Whether the services that a project depends on answer, how soon, and for how long they have."),
    Command(name="dependency-health", kind="monitor", entry="repo_vitals.concerns.dependency_health",
            extras=("dependencies", "licenses", "yaml"),
            summary="Update pull requests against a policy, outdated packages, and what each package is worth."),
    Command(name="security-summary", kind="monitor", entry="repo_vitals.concerns.security_summary",
            extras=("licenses", "security"),
            summary="One answer from the reports of every scanner and from GitHub's alerts, with due dates."),
    Command(name="coverage", kind="monitor", entry="repo_vitals.concerns.coverage",
            extras=("coverage",),
            summary="Coverage from every tool's reports, of the whole and of what a change adds, held against limits."),
    Command(name="performance-compare", kind="monitor", entry="repo_vitals.concerns.performance_compare",
            extras=("performance",),
            subcommands=(
                Subcommand(name="ab", entry="repo_vitals.runtime.ab_tool:main",
                           summary="Run two versions in turn, in random order, and say which is slower."),
                Subcommand(name="detect", entry="repo_vitals.runtime.detect_tool:main",
                           summary="Answer comparisons and histories from standard input, one JSON object a line."),
            ),
            summary="Benchmarks, memory and size against their past: what is slower for sure, and what is noise."),
    Command(name="docs-freshness", kind="monitor", entry="repo_vitals.concerns.docs_freshness",
            extras=("dependencies", "docs", "markdown", "yaml"),
            summary="Documents by their age in git, what they cite and link to, and whether versions agree."),
    Command(name="package-adoption", kind="monitor", entry="repo_vitals.concerns.package_adoption",
            summary="Downloads by package and version over time, from crates.io, PyPI, npm and GitHub's releases."),
    Command(name="comment", kind="doer", entry="repo_vitals.concerns.comment",
            summary="One comment on a pull request made of reports, for pull requests from forks too."),
    Command(name="alert", kind="doer", entry="repo_vitals.concerns.alert", extras=("calendar",),
            summary="Issues that open, change and close themselves as reports say, and channels that are told."),
    Command(name="ball-in-court", kind="doer", entry="repo_vitals.concerns.ball_in_court",
            summary="A label on what waits for its author, so that only that goes stale, and what became of it."),
    Command(name="run", kind="tool", entry="repo_vitals.runtime.run_all:main",
            extras=("calendar", "ci", "coverage", "dependencies", "docs", "licenses", "markdown", "performance",
                    "security", "yaml"),
            summary="Every monitor that the configuration names (the root action)."),
    Command(name="config", kind="tool", entry="repo_vitals.runtime.config_tool:main",
            extras=("calendar", "ci", "coverage", "dependencies", "docs", "licenses", "markdown", "performance",
                    "security", "yaml"),
            summary="Begin, explain and check a configuration, and print its schema."),
    Command(name="history", kind="tool", entry="repo_vitals.runtime.history_tool:main",
            summary="Export, import and prune a history."),
    Command(name="demo", kind="tool", entry="repo_vitals.runtime.demo:main",
            extras=("calendar", "ci", "coverage", "demo", "dependencies", "docs", "licenses", "markdown", "performance",
                    "security", "yaml"),
            summary="Run the monitors on a simulated repository and show what comes out."),
    Command(name="simulator", kind="tool", entry="repo_vitals.simulator.serve:main", extras=("demo", "markdown"),
            summary="Serve a simulated GitHub on loopback."),
    Command(name="docs", kind="tool", entry="repo_vitals.runtime.docs:main",
            summary="Regenerate the tables in the READMEs and docs/ from the declarations."),
    Command(name="new-monitor", kind="tool", entry="repo_vitals.runtime.new_monitor:main",
            summary="Make the skeleton of a new monitor, with tests that pass."),
)


def find(name: str) -> Command | None:
    """The command of that name, or None."""
    return next((command for command in COMMANDS if command.name == name), None)


def monitors() -> tuple[Command, ...]:
    """Every command that measures something and writes a report."""
    return tuple(command for command in COMMANDS if command.kind == "monitor")


def concerns() -> tuple[Command, ...]:
    """Every command that has an action of its own: the monitors, and the doers, which act on reports."""
    return tuple(command for command in COMMANDS if command.kind != "tool")
