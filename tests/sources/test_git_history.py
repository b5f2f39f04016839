"""One pass over a log: which paths it is asked for, how often git is started, and how long it takes."""
from __future__ import annotations

import io
import os
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.facts import Document
from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.git import Git
from repo_vitals.sources.git_history import covering
from repo_vitals.sources.git_log import read_log
from support.simulated import NOW

if TYPE_CHECKING:
    from pathlib import Path

PATHS = st.lists(st.text("ab/", min_size=1, max_size=6).map(lambda text: "/".join(filter(None, text.split("/"))))
                 .filter(bool), max_size=12)


def test_folders_that_are_mostly_documents_are_asked_for_whole_and_others_file_by_file() -> None:
    documents = ["README.md", "docs/a.md", "docs/b/c.md", "src/x/README.md"]
    sources = [f"src/{folder}/{number}.py" for folder in "xyz" for number in range(9)]
    assert covering(documents, [*documents, *sources]) == [b"README.md", b"docs", b"src/x/README.md"]


def test_too_many_paths_are_not_asked_for_one_by_one() -> None:
    documents = [f"{number}/README.md" for number in range(50)]
    assert covering(documents, [*documents, *(f"{number}/{n}.py" for number in range(50) for n in range(9))]) == []


@given(wanted=PATHS, others=PATHS)
def test_what_covers_holds_every_document(wanted: list[str], others: list[str]) -> None:
    covers = [path.decode() for path in covering(wanted, {*wanted, *others})]
    assert all(any(path == one or path.startswith(f"{one}/") for one in covers) for path in wanted)


@pytest.mark.parametrize("said", [b"x", b"x\0", b"a" * 40 + b" \0", b"a" * 40 + b" \0nonsense\0A\0",
                                  b"a" * 40 + b" \x001 e\0A\0\n:100644 100644 1\0"])
def test_what_is_no_log_is_said_to_be_none(said: bytes) -> None:
    with pytest.raises(CouldNotMeasure, match="another form"):
        list(read_log(io.BytesIO(said)))


@pytest.mark.parametrize(("documents", "commits", "seconds"), [
    (300, 1000, 2.0), pytest.param(10_000, 50_000, 8.0, marks=pytest.mark.slow)])
def test_many_documents_take_one_pass_over_many_commits(
    tmp_path: Path, monkeypatch: Any, documents: int, commits: int, seconds: float,
) -> None:
    made = _made(tmp_path, documents=documents, commits=commits)
    checkout = Checkout(tmp_path, os.environ)
    started: list[str] = []
    for name in ("run", "stream"):
        original = getattr(Git, name)
        monkeypatch.setattr(Git, name, lambda git, *arguments, _original=original, **options: (
            started.append(next(one for one in arguments if not one.startswith("-"))),
            _original(git, *arguments, **options))[1])
    begin = os.times()
    past = ask_git({path: Document(path=path, format="markdown") for path in made}, {}, checkout, policy=PastPolicy(),
                   now=NOW, surroundings=Surroundings())
    took = sum(os.times()[:4]) - sum(begin[:4])         # CPU, ours and git's, which run side by side
    assert {path: age.changed and age.changed.at.timestamp() for path, age in past.ages.items()} == made
    # The files, the revisions to ignore, the log, contents in groups, and where the newest files came from.
    assert started.count("log") == 2
    assert len(started) <= 10
    assert took < seconds


def _made(folder: Path, *, documents: int, commits: int) -> dict[str, float]:
    """A repository of so many documents and commits; when each was last changed."""
    random = Random(1)
    paths = [f"docs/{number % 20}/{number // 20 % 20}/{number}.md" for number in range(documents)]
    at = dict.fromkeys(paths, 1_500_000_000.0)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=folder, stdin=subprocess.PIPE) as git:
        assert git.stdin is not None

        def commit(second: int, files: list[str], text: str) -> None:
            assert git.stdin is not None
            changes = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path in files)
            git.stdin.write(f"commit refs/heads/x\ncommitter A <a@example.org> {second} +0000\ndata 1\nx\n{changes}\n"
                            .encode())
        commit(1_500_000_000, paths, "one two three")
        for number in range(1, commits):
            second = 1_500_000_000 + number * 60
            path = random.choice(paths)
            commit(second, [path, f"src/{random.randrange(50)}/{random.randrange(20)}.py"], f"{number} " * 40)
            at[path] = second
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/x"], cwd=folder, check=True)
    return at
