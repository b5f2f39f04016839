"""Links whose state is known by how they were made, and what lychee says of them."""
from __future__ import annotations

import json
import posixpath
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.internal_links import check
from repo_vitals.concerns.docs_freshness.tree import Tree
from support.planted_documents import planted
from support.tools import tool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repo_vitals.concerns.docs_freshness.facts import CheckedLink


def checked(files: Mapping[str, str]) -> list[CheckedLink]:
    documents = {path: read(path, text.encode("utf-8")) for path, text in files.items() if path.endswith(".md")}
    return check(documents, Tree(files=frozenset(files)))


@given(seed=st.integers(0, 2**32), files=st.integers(1, 12), ratio=st.sampled_from([0.0, 0.2, 1.0]))
def test_every_planted_broken_link_is_found_and_no_other(seed: int, files: int, ratio: float) -> None:
    tree = planted(seed=seed, files=files, broken_ratio=ratio)

    found = checked(tree.files)

    assert {(link.file, link.target) for link in found if link.state == "broken"} == tree.broken
    assert {(link.file, link.target) for link in found if link.state == "ok"} == tree.working


@given(seed=st.integers(0, 2**32), folder=st.sampled_from(["moved", "deep/er", "a b/ü"]))
@settings(max_examples=25)
def test_moving_all_documents_together_changes_no_answer(seed: int, folder: str) -> None:
    files = planted(seed=seed, files=6).files

    moved = checked({posixpath.join(folder, path): text for path, text in files.items()})

    assert [(PurePosixPath(link.file).relative_to(folder).as_posix(), link.line, link.target, link.state)
            for link in moved] == [(link.file, link.line, link.target, link.state) for link in checked(files)]


def test_lychee_finds_the_same_links_broken(tmp_path: Path) -> None:
    files = planted(seed=20, files=60, broken_ratio=0.3).files
    for path, text in files.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*tool("lychee"), "--offline", "--include-fragments", "--format", "json", "--no-progress",
         *(str(tmp_path / path) for path in files if path.endswith(".md"))], capture_output=True, check=False)
    theirs = {(posixpath.relpath(name, tmp_path.as_posix()),
               unquote(error["url"]).removeprefix(f"file://{tmp_path.as_posix()}/"))
              for name, errors in json.loads(done.stdout)["error_map"].items() for error in errors}

    ours = set()
    for link in checked(files):
        if link.state == "broken":
            path, _, fragment = link.target.partition("#")
            folder = posixpath.dirname(link.file)
            there = posixpath.normpath(posixpath.join(folder, unquote(path))) if path else link.file
            ours.add((link.file, f"{there}#{unquote(fragment)}" if fragment else there))

    assert len(ours) > 50
    assert ours == theirs
