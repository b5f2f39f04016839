"""The drill: a history is exported, lost, and restored byte for byte; branches of old years are deleted."""
from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.sources.history_branch import MARKER
from support import commands
from support.history_branches import NAME
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    scene = Scene()
    scene.issue(by="ann", at=-90).comment(by="bob", at=-88)
    with serving(scene) as running:
        yield running


def run(simulator: Simulator, folder: Path, *arguments: str, at: datetime = NOW, code: int = 0) -> str:
    environ = {"PATH": os.environ["PATH"], "REPO_VITALS_NOW": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    done = commands.run(*arguments, folder=folder, environ=environ, at=simulator)
    assert done.code == code, done.stderr + done.stdout
    return done.stdout + (done.stderr if code else "")


def on_branch(simulator: Simulator, branch: str = NAME) -> dict[str, bytes]:
    git, repository = simulator.state.git, simulator.state.repositories()[0]
    names = git.git(repository, "ls-tree", "-r", "--name-only", branch).decode().splitlines()
    return {name: git.git(repository, "show", f"{branch}:{name}") for name in names if name != MARKER}


def branches(simulator: Simulator) -> set[str]:
    listed = simulator.state.git.git(simulator.state.repositories()[0], "for-each-ref", "--format=%(refname:short)")
    return set(listed.decode().split())


def test_a_branch_that_was_lost_is_restored_byte_for_byte_from_an_export(simulator: Simulator, tmp_path: Path) -> None:
    for day in range(3):
        run(simulator, tmp_path, "community-metrics", "--history", "branch", at=NOW + timedelta(days=day))
    before = on_branch(simulator)
    assert any(path.startswith("points/community-metrics/") for path in before)
    assert any(path.startswith("community-metrics/") for path in before)
    for form in ("jsonl", "csv"):
        run(simulator, tmp_path, "history", "export", "--format", form, "--output", f"backup.{form}")
        simulator.state.git.git(simulator.state.repositories()[0], "update-ref", "-d", f"refs/heads/{NAME}")
        assert run(simulator, tmp_path, "history", "import", f"backup.{form}") == f"imported {len(before)} files\n"
        assert on_branch(simulator) == before
        again = run(simulator, tmp_path, "history", "export", "--format", form)
        assert again == (tmp_path / f"backup.{form}").read_bytes().decode()
    # And the next run goes on from it.
    simulator.log.clear()
    run(simulator, tmp_path, "community-metrics", "--history", "branch", at=NOW + timedelta(days=3))
    assert len([entry for entry in simulator.log if entry.path == "/graphql"]) <= 10


def test_a_folder_goes_to_a_branch_and_back(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path, "community-metrics", "--history", "past")
    run(simulator, tmp_path, "history", "export", "--history", "past", "--output", "backup.jsonl")
    run(simulator, tmp_path, "history", "import", "backup.jsonl", "--history", "branch:vitals")
    run(simulator, tmp_path, "history", "export", "--history", "branch:vitals", "--output", "other.jsonl")
    assert (tmp_path / "other.jsonl").read_bytes() == (tmp_path / "backup.jsonl").read_bytes()
    shutil.rmtree(tmp_path / "past")
    run(simulator, tmp_path, "history", "import", "other.jsonl", "--history", "past")
    held = {str(path.relative_to(tmp_path / "past")): path.read_bytes() for path in (tmp_path / "past").rglob("*")
            if path.is_file() and not path.name.startswith(".")}
    assert held == on_branch(simulator, "vitals")


def test_old_months_are_restored_as_they_were_and_not_made_coarser(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path, "community-metrics", "--history", "past")
    run(simulator, tmp_path, "history", "export", "--history", "past", "--output", "backup.jsonl")
    run(simulator, tmp_path, "history", "import", "backup.jsonl", at=NOW + timedelta(days=800))
    run(simulator, tmp_path, "history", "export", "--output", "other.jsonl", at=NOW + timedelta(days=800))
    assert (tmp_path / "other.jsonl").read_bytes() == (tmp_path / "backup.jsonl").read_bytes()


def test_a_history_that_is_there_is_never_overwritten(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path, "community-metrics", "--history", "past")
    run(simulator, tmp_path, "history", "export", "--history", "past", "--output", "backup.jsonl")
    run(simulator, tmp_path, "community-metrics", "--history", "branch", at=NOW + timedelta(days=1))
    before = on_branch(simulator)
    said = run(simulator, tmp_path, "history", "import", "backup.jsonl", code=2)
    assert '"branch" holds a history already' in said
    assert on_branch(simulator) == before
    assert run(simulator, tmp_path, "history", "import", "backup.jsonl", "--history", "past")      # the same again


def test_a_dry_run_says_what_it_would_do(simulator: Simulator, tmp_path: Path) -> None:
    run(simulator, tmp_path, "community-metrics", "--history", "past")
    run(simulator, tmp_path, "history", "export", "--history", "past", "--output", "backup.jsonl")
    assert "would import" in run(simulator, tmp_path, "history", "import", "backup.jsonl", "--dry-run", "true")
    assert branches(simulator) == set()


def test_branches_of_years_before_the_last_are_deleted_and_nothing_else(simulator: Simulator, tmp_path: Path) -> None:
    for year in range(2024, 2028):
        run(simulator, tmp_path, "community-metrics", "--history", "branch", at=NOW.replace(year=year))
    assert branches(simulator) == {NAME, *(f"{NAME}-{year}" for year in (2025, 2026, 2027))}
    newest = on_branch(simulator, f"{NAME}-2027")
    assert run(simulator, tmp_path, "history", "prune", "--dry-run", "true", at=NOW.replace(year=2027)) == (
        f"would delete {NAME}\nwould delete {NAME}-2025\n")
    assert len(branches(simulator)) == 4
    run(simulator, tmp_path, "history", "prune", at=NOW.replace(year=2027))
    assert branches(simulator) == {f"{NAME}-2026", f"{NAME}-2027"}
    assert on_branch(simulator, f"{NAME}-2027") == newest
    assert run(simulator, tmp_path, "history", "prune", at=NOW.replace(year=2040)) == f"deleted {NAME}-2026\n"


def test_a_branch_that_only_has_such_a_name_is_never_deleted(simulator: Simulator, tmp_path: Path) -> None:
    git, repository = simulator.state.git, simulator.state.repositories()[0]

    def foreign(branch: str) -> None:
        stream = (f"commit refs/heads/{branch}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n"
                  "M 100644 inline x\ndata 1\nx\n")
        git.git(repository, "fast-import", "--quiet", feed=stream.encode())
    foreign("stats-2019")
    run(simulator, tmp_path, "history", "prune", "--history", "branch:stats", code=2)       # the newest is no history
    git.git(repository, "update-ref", "-d", "refs/heads/stats-2019")
    for year in (2024, 2025, 2026):
        run(simulator, tmp_path, "community-metrics", "--history", "branch:stats", at=NOW.replace(year=year))
    foreign("stats-2019")
    assert run(simulator, tmp_path, "history", "prune", "--history", "branch:stats", at=NOW.replace(year=2026)) == (
        "deleted stats\n")
    assert branches(simulator) == {"stats-2019", "stats-2025", "stats-2026"}


@pytest.mark.parametrize(("arguments", "said"), [
    (("history", "exprot"), "closest"), (("history", "import"), "name the file first"),
    (("history", "import", "nothing.jsonl"), "\"nothing.jsonl\" can't be read"),
    (("history", "import", "notes.txt"), "it is no export of a history; nothing was changed"),
    (("history", "import", "evil.jsonl"), "names a file that no history can hold; nothing was changed"),
    (("history", "import", "bytes.bin"), "it is not UTF-8; nothing was changed"),
    (("history", "export", "--history", "past"), "\"past\" holds no history to export"),
    (("history", "export", "--history", "none"), "none is no place"),
    (("history", "prune", "--history", "past"), "a folder has no years' branches"),
    (("history", "export", "--history", "branch:../x"), "does not name a branch"),
    (("history", "export", "--history", "branch:x-2026"), "ends in a year"),
    (("history", "export", "--format", "xml"), "xml"),
])
def test_a_mistake_is_named_in_one_line(simulator: Simulator, tmp_path: Path, arguments: tuple[str, ...],
                                        said: str) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "evil.jsonl").write_text('{"kind":"repo-vitals-history-export","schema":1}\n'
                                         '{"path":".git/config","text":"x"}\n')
    (tmp_path / "bytes.bin").write_bytes(b"\xff\xfe")
    text = run(simulator, tmp_path, *arguments, code=2)
    assert len(text.strip().splitlines()) == 1
    assert said in text or (said == "closest" and "export" in text)
