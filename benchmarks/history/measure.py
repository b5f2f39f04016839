"""What a history on a branch costs as the years go by: `python3 benchmarks/history/measure.py [months …]`.

For each length it makes the branch that daily runs of twelve monitors leave, thirty figures each, by the product's own
rules, and then measures one more run on it: reading the last 90 days, and recording a day. Beside it, what a user would
otherwise pick: one JSON file on a branch, cloned, appended to as a whole, committed and pushed.
Prints a Markdown table. git has to be on PATH; nothing is asked of any network.
"""
# ruff: noqa: E402, T201 - the package is found from here, and a table is what this prints
from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / "src")]

from repo_vitals.delivery.history import OnBranch
from repo_vitals.delivery.history_changes import changes, tidied
from repo_vitals.delivery.history_git import GitWriter, _stream
from repo_vitals.sources.git import Git
from repo_vitals.sources.history import History
from repo_vitals.sources.history_branch import MARKER, Tip, branch_of, marker, with_total
from repo_vitals.sources.history_git import GitReader
from repo_vitals.sources.history_points import Point
from repo_vitals.sources.limits import Patience

NAME, REPOSITORY = "repo-vitals-history", "acme/widget"
MONITORS = [f"monitor-{number:02}" for number in range(12)]
FIGURES = 30
END = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
ROUNDS = 5
PEER_MOST_MONTHS = 12       # its commits of 60 months would hash some 60 GB


def figures(chance: random.Random, at: datetime) -> list[Point]:
    """One report's."""
    return [Point(period=f"{at:%Y-%m-%d}", name="ci_duration_seconds", value=round(chance.lognormvariate(5, 1), 3),
                  labels={"workflow": f"workflow-{number}.yml", "quantile": "0.5"}, samples=chance.randint(1, 50),
                  at=at) for number in range(FIGURES)]


def git(folder: Path, *arguments: str, feed: bytes = b"") -> bytes:
    """What git prints."""
    who = {f"GIT_{role}_{what}": "bench@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(["git", *arguments], cwd=folder, input=feed, capture_output=True, check=True,
                          env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull}).stdout


def tell(remote: Path, days: int) -> None:
    """The commits of that many days, a push of each monitor a day, streamed into the bare repository."""
    chance = random.Random(days)
    feed = subprocess.Popen(["git", "fast-import", "--quiet", "--done"], cwd=remote, stdin=subprocess.PIPE)
    assert feed.stdin is not None
    tip = Tip(branch=NAME)
    for day in range(days, 0, -1):
        at = END - timedelta(days=day)
        for monitor in MONITORS:
            history = History(tip)
            history.record(monitor, REPOSITORY, figures(chance, at))
            over = tip.oid is not None and at.year > tip.year
            files, _ = tidied(tip, changes(history, tip), now=at, limit=50_000_000, everything=over)
            branch = branch_of(NAME, at.year) if over else tip.branch
            whole = tip.files.changed(files)
            first = tip.oid is None or over
            written = {**(whole if first else files), **({MARKER: marker(at.year)} if first else {})}
            stream = _stream(f"refs/heads/{branch}", None if first else "here", written,
                             with_total("x", whole.total()), at)
            # Within one stream a branch goes on by itself.
            feed.stdin.write(stream.removesuffix(b"done\n").replace(b"from here\n", b"", 1))
            tip = Tip(branch=branch, oid="made", files=whole, year=at.year)
    feed.stdin.write(b"done\n")
    feed.stdin.close()
    assert feed.wait() == 0


def place(remote: Path) -> OnBranch:
    """The history as a run sees it."""
    program = shutil.which("git")
    assert program is not None
    patience = Patience(max_wait=timedelta(seconds=60), sleep=time.sleep, random=random.Random(0))
    reader = GitReader(Git(None, program=program, environ=os.environ, secret=None, server_url=""),
                       remote=remote.as_uri(), name=NAME, repository=REPOSITORY, patience=patience)
    return OnBranch(reader, [GitWriter(reader)], name=NAME, patience=patience)


def ours(remote: Path) -> dict[str, float]:
    """Medians of a few runs."""
    read, append = [], []
    for turn in range(ROUNDS):
        at = END + timedelta(days=turn)
        began = time.perf_counter()
        where = place(remote)
        history = where.history()
        assert history.points(MONITORS[0], REPOSITORY, at - timedelta(days=90))
        read.append(time.perf_counter() - began)
        history.record(MONITORS[0], REPOSITORY, figures(random.Random(turn), at))
        where.write(history, at=at)
        append.append(time.perf_counter() - began - read[-1])
    tip = place(remote).history().content
    assert tip is not None
    return {"read": statistics.median(read), "append": statistics.median(append), "tip": sum(tip.sizes().values())}


def peer(folder: Path, days: int) -> dict[str, float]:
    """One file, a commit a day for all monitors, on the same figures."""
    remote, work = folder / "peer.git", folder / "peer"
    git(folder, "init", "--quiet", "--bare", "-b", "data", str(remote))
    feed = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=remote, stdin=subprocess.PIPE)
    assert feed.stdin is not None
    chance = random.Random(days)
    entries: list[bytes] = []
    for day in range(days, 0, -1):
        at = END - timedelta(days=day)
        for monitor in MONITORS:
            entries += [json.dumps({"monitor": monitor, "at": at.isoformat(), "name": point.name, "value": point.value,
                                    "labels": dict(point.labels), "samples": point.samples}).encode()
                        for point in figures(chance, at)]
        content = b"[" + b",\n".join(entries) + b"]"
        feed.stdin.write(b"commit refs/heads/data\ncommitter x <x@example.org> %d +0000\ndata 1\nx\n"
                         b"M 100644 inline data.json\ndata %d\n%b\n" % (at.timestamp(), len(content), content))
    feed.stdin.close()
    assert feed.wait() == 0
    read, append = [], []
    for turn in range(3):
        shutil.rmtree(work, ignore_errors=True)
        began = time.perf_counter()
        git(folder, "clone", "--quiet", "--branch", "data", remote.as_uri(), str(work))
        held = json.loads((work / "data.json").read_bytes())
        since = (END - timedelta(days=90)).isoformat()
        assert [entry for entry in held if entry["monitor"] == MONITORS[0] and entry["at"] >= since]
        read.append(time.perf_counter() - began)
        held += [{"monitor": MONITORS[0], "at": END.isoformat(), "value": turn} for _ in range(FIGURES)]
        (work / "data.json").write_text(",\n".join(map(json.dumps, held)).join("[]"))
        git(work, "commit", "--quiet", "-am", "x")
        git(work, "push", "--quiet")
        append.append(time.perf_counter() - began - read[-1])
    return {"read": statistics.median(read), "append": statistics.median(append),
            "tip": (work / "data.json").stat().st_size, "store": store(remote)}


def store(remote: Path) -> int:
    """Bytes of the object store after git has packed it, as a server does from time to time."""
    git(remote, "gc", "--quiet", "--prune=now")
    return sum(path.stat().st_size for path in (remote / "objects").rglob("*") if path.is_file())


def main() -> None:
    """One row a length."""
    months = [int(given) for given in sys.argv[1:]] or [1, 12, 60]
    print("| months | | commits | read 90 days | record a day | tip | object store | newest two years' branches only |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for length in months:
        days = round(length * 365.25 / 12)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            remote = folder / "remote.git"
            git(folder, "init", "--quiet", "--bare", str(remote))
            # As GitHub: contents may be left out of a fetch, and asked for by their ids.
            git(remote, "config", "uploadpack.allowFilter", "true")
            git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
            tell(remote, days)
            whole = store(remote)
            found = ours(remote)
            for branch in git(remote, "for-each-ref", "--format=%(refname:short)").decode().split():
                if branch not in (branch_of(NAME, 2025), branch_of(NAME, 2026)) and length > 24:
                    git(remote, "branch", "--quiet", "-D", branch)
            row(length, "repo-vitals", days * len(MONITORS), found, whole, store(remote))
            if length <= PEER_MOST_MONTHS:
                other = peer(folder, days)
                row(length, "one JSON file", days, other, other["store"], other["store"])


def row(months: int, what: str, commits: int, found: dict[str, float], whole: float, pruned: float) -> None:
    """A line of the table."""
    print(f"| {months} | {what} | {commits:,} | {found['read']:.2f} s | {found['append']:.2f} s | "
          f"{found['tip'] / 1e6:.1f} MB | {whole / 1e6:.1f} MB | {pruned / 1e6:.1f} MB |", flush=True)


if __name__ == "__main__":
    main()
