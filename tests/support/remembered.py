"""A repository to be remembered between runs, and runs with a history that are held to runs without one."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repo_vitals.clock import format_instant
from support.commands import run
from support.simulated import NOW, Scene

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator
    from support.commands import Ended

DAY = 24
MARKER = "<!-- repo-vitals:community-metrics:report -->"
# Everyone in `lively` who is a person; no word of it holds one of these by chance.
LOGINS = ("anneliese", "bobofjunk", "carolinus", "dagobert", "emmanuelle", "viewerina")
BOTS = ("stale[bot]", "github-actions[bot]")
NAMES = ("Anneliese Müller", "Bob O'Junk", "Dagobert Duck")
NICKNAMES = ("Anneke", "Emsy", "Bob the Proper")
ADDRESSES = ("anneliese@private.example", "bob@junk.example", "dagobert@coins.example", "old-anneliese@attic.example")
MAILMAP = f"{NAMES[0]} <{ADDRESSES[0]}> {NICKNAMES[0]} <{ADDRESSES[3]}>\n{NICKNAMES[2]} <{ADDRESSES[1]}>\n"


def lively(repository: str = "acme/widget") -> Scene:
    """A repository with something of everything that a ledger holds, in three of its files."""
    ann, bob, carol, dagobert, emma, viewer = LOGINS
    scene = Scene(repository=repository).role(carol, "MEMBER")
    state = scene.state
    scene.issue(by=ann, at=-20 * DAY, title="First \u2028 things").comment(by=bob, at=-19 * DAY).react("THUMBS_UP")
    scene.issue(by=bob, at=-10 * DAY, labels=("bug", "P0")).comment(by="stale[bot]", at=-9 * DAY).comment(
        by=carol, at=-8 * DAY).unlabel("bug", at=-7 * DAY, by=carol)
    scene.issue(by=ann, at=-200 * DAY, labels=("status/needs-info",))
    scene.issue(by=dagobert, at=-6 * DAY).close(at=-5 * DAY, by=dagobert).reopen(at=-4 * DAY).assign(carol, at=-3 * DAY)
    scene.issue(by=None, at=-12 * DAY).comment(by=None, at=-11 * DAY).comment(by=bob, at=-10 * DAY)
    scene.issue(by="stale[bot]", at=-5 * DAY)
    scene.issue(by=viewer, at=-5 * DAY, body=MARKER).comment(by=bob, at=-4 * DAY)
    scene.issue(by="github-actions[bot]", at=-5 * DAY, body=MARKER)
    scene.issue(by=ann, at=-80 * DAY).comment(by=ann, at=-79 * DAY, times=130, every=1).comment(by=bob, at=-2)
    scene.pull_request(by=bob, at=-15 * DAY, draft=True).ready(at=-14 * DAY).review(
        by=carol, at=-13 * DAY, state="APPROVED").merge(at=-12 * DAY, by=carol)
    scene.pull_request(by=emma, at=-3 * DAY).comment(by=ann, at=-2 * DAY, minimised=True).comment(by=bob, at=-1 * DAY)
    scene.pull_request(by=ann, at=-70 * DAY).close(at=-45 * DAY, by=ann)
    scene.discussion(by=ann, at=-9 * DAY).comment(by=bob, at=-8 * DAY).reply(by=ann, at=-7 * DAY).comment(
        by=carol, at=-6 * DAY).answer(at=-5 * DAY)
    # Of the file that a run over a month needs no line of.
    for number, days in ((300, -100), (301, -150), (302, -300)):
        old = state.open_issue(scene.repository, by=scene.who(emma), at=scene.when(days * DAY), title="Old",
                               number=number)
        state.comment(old, by=scene.who(viewer), at=scene.when((days + 1) * DAY))
        state.close(old, at=scene.when((days + 2) * DAY), by=scene.who(emma))
    old = state.open_issue(scene.repository, by=scene.who(viewer), at=scene.when(-90 * DAY), title="Old of ours",
                           number=303, body=MARKER)
    state.close(old, at=scene.when(-75 * DAY))
    state.open_issue(scene.repository, by=scene.who(dagobert), at=scene.when(-40 * DAY), title="Third", number=600)
    for hours in (-1, -30, -800, -1500, -2500, -5000):
        scene.commit(by=ann, at=hours, email=ADDRESSES[0], name=NAMES[0])
    scene.commit(at=-50, email=ADDRESSES[3], name=NICKNAMES[0]).commit(at=-60, email=ADDRESSES[1], name=NAMES[1])
    scene.commit(by=dagobert, at=-70, email=ADDRESSES[2], name=NAMES[2])
    scene.commit(at=-900, email=f"7+{emma}@users.noreply.github.com", name=NICKNAMES[1]).commit(
        by="stale[bot]", at=-80, email="stale@bots.example", name="stale[bot]")
    state.set_mailmap(scene.repository, MAILMAP)
    scene.repository.stars, scene.repository.forks = 12, 3
    return scene


class Truths(dict[Any, Any]):
    """What runs without a history told, by what they were asked. Too long to be shown where a property fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} truths>"


class Remembering:
    """Runs in a folder of their own; each that remembers is held to one that does not."""

    def __init__(self, github: Simulator, folder: Path, *, repository: str = "acme/widget",
                 truths: Truths | None = None) -> None:
        """`truths`: where what runs without a history told is kept, for as long as the repository does not change."""
        self.github = github
        self.truths = truths
        self.folder = folder
        self.repository = repository
        self.options: tuple[str, ...] = ()
        self.environ: dict[str, str] = {}

    @property
    def ledger(self) -> Path:
        """The folder of the repository's ledger."""
        return self.folder / "h" / "community-metrics" / self.repository

    def plain(self, *options: str, at: datetime = NOW, token: str | None = None) -> Ended:
        """A run without a history."""
        return self._run("plain", (*self.options, *options), at, token)

    def run(self, *options: str, at: datetime = NOW, token: str | None = None) -> Ended:
        """A run with the history."""
        return self._run("remembering", (*self.options, "--history", "../h", *options), at, token)

    def _run(self, name: str, options: tuple[str, ...], at: datetime, token: str | None) -> Ended:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        for report in (self.folder / name / "repo-vitals").glob("*.json"):
            report.unlink()
        return run("community-metrics", *options, "--repository", self.repository, folder=self.folder / name,
                   at=self.github, token=token, environ={"REPO_VITALS_NOW": format_instant(at), **self.environ})

    def agrees(self, *options: str, at: datetime = NOW, token: str | None = None) -> Ended:
        """A run with the history that must tell the same, and end the same, as one without."""
        expected = self.truth(*options, at=at, token=token)
        found = self.run(*options, at=at, token=token)
        assert (found.code, told(found.report)) == expected, found.stderr
        return found

    def truth(self, *options: str, at: datetime = NOW, token: str | None = None) -> tuple[int, dict[str, Any]]:
        """How a run without a history ends, and what it tells."""
        key = (self.repository, self.options, options, at, token)
        if self.truths is not None and key in self.truths:
            known: tuple[int, dict[str, Any]] = self.truths[key]
            return known
        ended = self.plain(*options, at=at, token=token)
        found = (ended.code, told(ended.report))
        if self.truths is not None:
            self.truths[key] = found
        return found

    def asked(self, *options: str, at: datetime = NOW, token: str | None = None) -> list[str]:
        """The operations of a run with the history, which must succeed."""
        self.github.log.clear()
        ended = self.run(*options, at=at, token=token)
        assert ended.code in (0, 1), ended.stderr
        return [entry.operation for entry in self.github.log]

    def files(self) -> dict[str, bytes]:
        """Every file of the history."""
        return {str(path.relative_to(self.folder / "h")): path.read_bytes()
                for path in sorted((self.folder / "h").rglob("*")) if path.is_file()}

    def words(self) -> str:
        """All that stands in the history, names of files and all."""
        return "\n".join(f"{path}\n{content.decode()}" for path, content in self.files().items())


def told(report: Mapping[str, Any]) -> dict[str, Any]:
    """All that a report says, but for what it cost, notes about the history, and the days that only a history knows."""
    said: dict[str, Any] = json.loads(json.dumps(report))
    said.pop("cost")
    said["data"]["notes"] = [note for note in said["data"]["notes"] if not note.startswith("history: ")]
    said["data"]["series"] = [series for series in said["data"]["series"]
                              if not series["title"].endswith("last 90 days")]
    return said


def notes(ended: Ended) -> list[str]:
    """What a report notes about the history."""
    return [note for note in ended.report["data"]["notes"] if note.startswith("history: ")]
