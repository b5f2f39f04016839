"""Which files are documents, of a commit and of a folder, and what is in them."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.finding import (
    contents,
    contents_of_folder,
    documents_of,
    tree_of,
    tree_of_folder,
    unlisted_notes,
)
from repo_vitals.concerns.docs_freshness.tree import Tree
from repo_vitals.sources.checkout import Checkout, NoCheckout
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path

PATTERNS = ("README*", "docs/**", "!docs/old/**")


def test_documents_of_a_commit_are_those_of_gits_list_and_not_of_the_folder(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    library = Repository(tmp_path / "library")
    library.commit({"x.md": "x"})
    repository.write({"README.md": "[a](docs/a.md)", "docs/a.md": "é", "docs/old/b.md": "b", "docs/c.rs": "",
                      "d.md": "d", "docs/big.md": "x" * 1_000_001, "docs/same.md": "é"})
    (repository.folder / "docs" / "link.md").symlink_to("a.md")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.folder), "vendor")
    head = repository.commit()
    repository.write({"README.md": "changed since", "docs/new.md": "not committed"})
    checkout = Checkout(repository.folder, os.environ)

    tree = tree_of(checkout, head, web="https://github.com/acme/widget", branch="main")
    paths = documents_of(tree, PATTERNS)
    read = contents(checkout, head, [*paths, "gone.md"])

    assert paths == ("README.md", "docs/a.md", "docs/big.md", "docs/same.md")
    assert tree.symlinks == {"docs/link.md": "a.md"}
    assert tree.submodules == {"vendor"}
    assert read.contents == {"README.md": b"[a](docs/a.md)", "docs/a.md": "é".encode(), "docs/same.md": "é".encode()}
    assert read.unread == {"docs/big.md": "has more than the 1,000,000 bytes that are read",
                           "gone.md": "is not in the checkout"}


def test_fragments_of_news_are_no_documents_but_what_tells_how_to_write_them_is() -> None:
    fragments = {"docs/newsfragments/12.bugfix.rst", "docs/changelog.d/12.md", "docs/changelog.d/pkg/x.fixed.md",
                 "docs/news_fragments/a.md", "docs/changelogs/fragments/1.md", ".changeset/tame-cats-run.md",
                 "docs/changes/12.feature.rst", "docs/changes/+ab12.misc.1.md", "docs/news/GH-12.bug.md"}
    documents = {"docs/newsfragments/README.rst", ".changeset/README.md", "docs/changelog.d/CONTRIBUTING.md",
                 "docs/changes/1.2.md", "docs/changes/v2.0.1.rst", "docs/news/2024.md", "docs/news/launch.md",
                 "docs/changelog-entry/SKILL.md", "docs/12.feature.md"}

    assert set(documents_of(Tree(files=frozenset(fragments | documents)), ("**",))) == documents


def test_a_list_of_files_that_is_not_whole_is_none(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    head = repository.commit({"docs/a.md": "a", "b.md": "b"})
    lost = repository.git("rev-parse", "HEAD:docs")
    (repository.folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()

    with pytest.raises(NoCheckout, match="lacks some of the commit's folders"):
        tree_of(Checkout(repository.folder, os.environ), head)


def test_a_document_whose_content_is_not_here_is_unread(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    head = repository.commit({"a.md": "a", "b.md": "b"})
    lost = repository.git("rev-parse", "HEAD:a.md")
    (repository.folder / ".git" / "objects" / lost[:2] / lost[2:]).unlink()

    read = contents(Checkout(repository.folder, os.environ), head, ["a.md", "b.md"])

    assert (read.contents, read.unread) == ({"b.md": b"b"}, {"a.md": "is not in the checkout"})


def test_a_folder_without_git_is_walked_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.md").write_text("x", encoding="utf-8")
    (tmp_path / "README.md").write_text("r", encoding="utf-8")
    (tmp_path / "docs" / "big.md").write_bytes(b"x" * 1_000_001)
    (tmp_path / "docs" / "loop").symlink_to("..")
    (tmp_path / "docs" / "out.md").symlink_to("/etc/hostname")

    tree = tree_of_folder(tmp_path)
    read = contents_of_folder(tmp_path, ["README.md", "docs/big.md", "docs/out.md", "docs", "gone.md", "a\0b"])

    assert tree.files == {"README.md", "docs/big.md", "docs/loop", "docs/out.md"}
    assert tree.symlinks == {"docs/loop": "..", "docs/out.md": "/etc/hostname"}
    assert documents_of(tree, PATTERNS) == ("README.md", "docs/big.md")
    assert read.contents == {"README.md": b"r"}
    assert set(read.unread) == {"docs/big.md", "docs/out.md", "docs", "gone.md", "a\0b"}
    assert tree.unlisted == {"node_modules"}
    [note] = unlisted_notes(tree)
    assert note.startswith("1 folder was not looked into")


def test_a_folder_with_too_many_files_is_known_not_to_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / name).touch()
    for most, is_cut in ((3, False), (2, True)):
        monkeypatch.setattr("repo_vitals.concerns.docs_freshness.finding.MOST_FILES", most)
        tree = tree_of_folder(tmp_path)
        assert (tree.is_cut, len(tree.files), len(unlisted_notes(tree))) == (is_cut, most, is_cut)
