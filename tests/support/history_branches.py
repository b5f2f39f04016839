"""A bare repository for histories on branches, and writers to it."""
from __future__ import annotations

import os
import random
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from repo_vitals.delivery.history import InFolder, OnBranch
from repo_vitals.delivery.history_git import GitWriter
from repo_vitals.sources.git import Git
from repo_vitals.sources.history_git import GitReader
from repo_vitals.sources.history_points import Point, parse_month
from repo_vitals.sources.history_records import Record, parse_records
from repo_vitals.sources.limits import Patience

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "repo-vitals-history"
AT = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
POINTS = "points/ci-health/acme/widget/2026-11.jsonl"
RECORDS = "records/ci-health/acme/widget/suite/2026-11.jsonl"


class Remote:
    """A bare repository on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = folder.as_uri()
        self.git("init", "--quiet", "--bare", "-b", "main", str(folder), cwd=folder.parent)
        # As GitHub: contents may be left out of a fetch, and asked for by their ids.
        self.git("config", "uploadpack.allowFilter", "true")
        self.git("config", "uploadpack.allowAnySHA1InWant", "true")

    def git(self, *arguments: str, feed: str | None = None, cwd: Path | None = None) -> str:
        environ = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
                   "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org"}
        done = subprocess.run(["git", *arguments], cwd=cwd or self.folder, input=feed, capture_output=True, text=True,
                              check=True, env=environ)
        return done.stdout

    def place(self, *, limit: int = 50_000_000, wait: float = 120, name: str = NAME) -> OnBranch:
        program = shutil.which("git")
        assert program is not None
        git = Git(None, program=program, environ=os.environ, secret=None, server_url="")
        patience = Patience(max_wait=timedelta(seconds=wait), sleep=_sleep, random=random.Random(0))
        reader = GitReader(git, remote=self.url, name=name, repository="acme/widget", patience=patience)
        return OnBranch(reader, [GitWriter(reader)], name=name, patience=patience, limit=limit)

    def branches(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def files(self, branch: str = NAME) -> dict[str, str]:
        """Every file of a branch's tip."""
        names = self.git("ls-tree", "-r", "--name-only", branch).splitlines()
        return {name: self.git("show", f"{branch}:{name}") for name in names}

    def put(self, branch: str, files: dict[str, str]) -> None:
        """A commit of somebody else on a branch."""
        parent = self.branches().get(branch)
        stream = f"commit refs/heads/{branch}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n"
        stream += f"from {parent}\n" if parent else ""
        for name, text in files.items():
            stream += f"M 100644 inline {name}\ndata {len(text.encode())}\n{text}\n"
        self.git("fast-import", "--quiet", feed=stream)

    def hook(self, name: str, script: str) -> None:
        path = self.folder / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def _sleep(seconds: float) -> None:
    import time

    time.sleep(seconds)


def point(name: str = "commits", value: float | None = 1, *, at: datetime = AT, labels: dict[str, str] | None = None,
          period: str | None = None) -> Point:
    return Point(period=period or at.strftime("%Y-%m-%d"), name=name, labels=labels or {}, value=value,
                 samples=0 if value is None else 1, at=at)


def note(writer: object, number: object = 0, *, at: datetime = AT) -> Record:
    """A record that nobody else's is mistaken for."""
    return Record(key=f"{writer} {number}", at=at, row={"writer": str(writer), "n": str(number)})


def notes(text: str, path: str = RECORDS) -> set[str]:
    """Keys of a file's records, of which no line may be damaged."""
    found = parse_records(text, path=path)
    assert not found.damaged
    return {one.key for one in found.records}


def record(place: OnBranch | InFolder, *points: Point, at: datetime = AT, records: Iterable[Record] = ()) -> list[str]:
    history = place.history()
    history.record("ci-health", "acme/widget", points or [point()])
    history.add("ci-health", "acme/widget", "suite", records)
    return list(place.write(history, at=at))


def values(remote: Remote, branch: str = NAME) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for path, text in remote.files(branch).items():
        if path.startswith("points/"):
            found.update({p.name: p.value for p in parse_month(text, path=path).points})
    return found


class Killed(BaseException):
    """What a test puts in the place of a kill."""
