"""Contents of git's objects, by whatever name is asked for."""
from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.git_contents import Contents
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "made")
    repository.write({"a.md": "one\n", "b blob 7": "two\n", "c": "three\n", "c\r": "four\n"})
    repository.git("add", "--all")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "x"],
                   cwd=repository.folder, check=True)
    return repository


def texts(repository: Repository, *paths: str) -> list[bytes | None]:
    checkout = Checkout(repository.folder, os.environ)
    questions = [(f"{checkout.head}:{path}".encode(),) for path in paths]
    return [text for group in Contents(checkout.git).groups(questions) for (text,) in group]


def test_files_are_read_and_what_is_none_or_not_there_is_none(made: Repository) -> None:
    assert texts(made, "a.md", "b blob 7", "none", "none blob 7", "module", "") == [
        b"one\n", b"two\n", None, None, None, None]


def test_a_name_that_git_would_cut_is_not_taken_for_another_file(made: Repository) -> None:
    assert texts(made, "c", "c\r", "a.md\nc", "./c") == [b"three\n", None, None, None]


def test_what_newer_gits_say_of_a_submodule_is_no_file(made: Repository, monkeypatch: Any) -> None:
    contents = Contents(Checkout(made.folder, os.environ).git)
    said = f"{'1' * 40} submodule\nx ambiguous\n".encode()
    monkeypatch.setattr(contents._git, "local", lambda *_, **__: said)
    assert contents.ids([b"HEAD:module", b"x"]) == [None, None]
