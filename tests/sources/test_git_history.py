"""One pass over a log: which paths it is asked for, how often git is started, and how long it takes."""
from __future__ import annotations

import io
import os
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.facts import Document
from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.errors import CouldNotMeasure
from repo_vitals.sources import git, git_log
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.git import Git, GitFailed
from repo_vitals.sources.git_history import covering
from repo_vitals.sources.git_log import read_history, read_log
from support.planted_history import make_branches, make_documents
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


def test_a_history_that_several_gits_compare_is_the_one_that_one_log_tells(tmp_path: Path, monkeypatch: Any) -> None:
    make_branches(tmp_path, commits=60)
    checkout = Checkout(tmp_path, os.environ)
    said = checkout.git.run("log", "-z", "--raw", "--no-abbrev", "-M100%", "--root", "--diff-merges=first-parent",
                            "--topo-order", "--format=tformat:%H %P%x00%ct %ae%x00%an", checkout.head)
    told = list(read_log(io.BytesIO(said)))
    assert len(told) >= 60
    assert max(len(commit.parents) for commit, _ in told) == 2
    for processors, block in ((1, 256), (2, 1), (3, 7), (9, 5)):
        monkeypatch.setattr(git_log, "processors", lambda processors=processors: processors)
        monkeypatch.setattr(git_log, "_BLOCK", block)
        monkeypatch.setattr(git_log, "_WORTH_ANOTHER", 8)
        assert list(read_history(checkout.git, [checkout.head.encode()])) == told
        below = [(commit, [change for change in changes if change.path.startswith(b"b/")]) for commit, changes in told]
        assert list(read_history(checkout.git, [checkout.head.encode()], [b"b"])) == below


def test_a_history_that_lacks_a_folder_is_an_error_of_git_and_no_shorter_history(tmp_path: Path) -> None:
    make_branches(tmp_path, commits=20)
    folder = subprocess.run(["git", "rev-parse", "HEAD~3:b"], cwd=tmp_path, check=True, capture_output=True, text=True)
    oid = folder.stdout.strip()
    (tmp_path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    checkout = Checkout(tmp_path, os.environ)
    with pytest.raises(GitFailed, match=oid):
        list(read_history(checkout.git, [checkout.head.encode()]))


@pytest.mark.parametrize(("does", "complaint"), [
    ("head -c 5000; kill -9 $$", "signal 9"), ("head -c 5000; echo fatal: no memory >&2; exit 128", "no memory"),
    ("head -c 5000", "another form"), ("cat; echo more", "another form"), ("tail -n +2", "another form"),
    ("tac", "another form"), ("head -c 5000; exec sleep 5", "did not end within 2 s"),
])
def test_a_git_of_several_that_ends_early_is_an_error_that_says_why_and_leaves_nobody(
    tmp_path: Path, monkeypatch: Any, does: str, complaint: str,
) -> None:
    make_branches(tmp_path / "made", commits=300)
    checkout = Checkout(tmp_path / "made", os.environ)
    program = tmp_path / "git"
    real = checkout.git._program
    program.write_text(f"#!/bin/bash\ncase $1$2 in *diff-tree) if mkdir {tmp_path}/first 2>/dev/null; then exec 0<&0\n"
                       f"{real} \"$@\" | {{ {does}; }}; exit $? ;fi;; esac\nexec {real} \"$@\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(checkout.git, "_program", str(program))
    monkeypatch.setattr(git, "LONGEST_SECONDS", 2.0)
    monkeypatch.setattr(git_log, "processors", lambda: 3)
    monkeypatch.setattr(git_log, "_WORTH_ANOTHER", 8)
    with pytest.raises((CouldNotMeasure, GitFailed), match=complaint):
        list(read_history(checkout.git, [checkout.head.encode()]))


def test_a_reader_of_a_history_may_stop_early(tmp_path: Path, monkeypatch: Any) -> None:
    make_branches(tmp_path, commits=3000)
    monkeypatch.setattr(git_log, "processors", lambda: 4)
    monkeypatch.setattr(git_log, "_WORTH_ANOTHER", 100)
    checkout = Checkout(tmp_path, os.environ)
    started: list[subprocess.Popen[bytes]] = []

    class Started(subprocess.Popen[bytes]):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            started.append(self)
    monkeypatch.setattr(subprocess, "Popen", Started)
    history = read_history(checkout.git, [checkout.head.encode()])
    next(history)
    history.close()
    assert len(started) == 5
    assert all(process.returncode is not None for process in started)


def test_a_git_that_can_not_be_fed_is_an_error_in_words(tmp_path: Path, monkeypatch: Any) -> None:
    make_branches(tmp_path, commits=5)
    checkout = Checkout(tmp_path, os.environ)

    def full() -> None:
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(CouldNotMeasure, match="No space left on device"):
        list(read_history(checkout.git, [checkout.head.encode()]))


@pytest.mark.parametrize("starts", [[b"0" * 39 + b"1"], [b"--all"]])
def test_a_history_of_what_is_no_commit_is_an_error_of_git(tmp_path: Path, starts: list[bytes]) -> None:
    make_branches(tmp_path, commits=5)
    with pytest.raises(GitFailed):
        list(read_history(Checkout(tmp_path, os.environ).git, starts))


@pytest.mark.parametrize(("documents", "commits", "seconds"), [
    (300, 1000, 2.0), pytest.param(10_000, 50_000, 8.0, marks=pytest.mark.slow)])
def test_many_documents_take_one_pass_over_many_commits(
    tmp_path: Path, monkeypatch: Any, documents: int, commits: int, seconds: float,
) -> None:
    made = make_documents(tmp_path, documents=documents, commits=commits)
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
    # The files, the revisions to ignore, the history, contents in groups, and where the newest files came from.
    assert started.count("rev-list") == started.count("log") == 1
    assert started.count("diff-tree") <= 4
    assert len(started) <= 14
    assert took < seconds
