"""What git says of a checkout, whatever is set up in it."""
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from repo_vitals.sources.checkout import Checkout, NoCheckout
from repo_vitals.sources.git import GitFailed
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def diff_of(checkout: Checkout, old: str, new: str) -> str:
    with checkout.diff(old, new) as stream:
        return stream.read().decode("utf-8", "replace")


def test_a_folder_below_the_top_is_in_the_checkout(repository: Repository) -> None:
    head = repository.commit({"src/a.py": "a\n"})
    checkout = Checkout(repository.folder / "src", os.environ)
    assert (checkout.root, checkout.head, checkout.is_shallow) == (repository.folder, head, False)


def test_a_folder_that_is_no_checkout_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NoCheckout, match="no git checkout"):
        Checkout(tmp_path, os.environ)


def test_a_repository_without_a_commit_has_nothing_to_compare(repository: Repository) -> None:
    with pytest.raises(NoCheckout, match="no commit"):
        Checkout(repository.folder, os.environ)


def test_a_machine_without_git_is_said_to_lack_it(repository: Repository, tmp_path: Path) -> None:
    repository.commit()
    with pytest.raises(NoCheckout, match="no git of at least"):
        Checkout(repository.folder, {"PATH": str(tmp_path)})


def test_a_work_tree_and_a_clone_that_borrows_its_objects_are_checkouts(repository: Repository, tmp_path: Path) -> None:
    head = repository.commit({"a.py": "a\n"})
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tmp_path / "tree"))
    repository.git("clone", "--quiet", "--shared", str(repository.folder), str(tmp_path / "clone"))
    for folder in (tmp_path / "tree", tmp_path / "clone"):
        checkout = Checkout(folder, os.environ)
        assert (checkout.head, checkout.root, checkout.files(head)) == (head, folder, ("a.py",))


def test_a_repository_of_sha256_ids_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    Repository(tmp_path / "old").git("init", "--quiet", "--object-format=sha256", str(folder))
    repository = Repository(folder)
    first, second = repository.commit({"a.py": "a\n"}), repository.commit({"a.py": "a\nb\n"})
    checkout = Checkout(folder, os.environ)
    assert (len(first), checkout.parents(second), checkout.has(first)) == (64, (first,), True)
    assert "+b" in diff_of(checkout, first, second)


def test_files_have_their_names_whatever_is_in_them(repository: Repository) -> None:
    names = ["a b.py", "ü.py", 'quo"te.py', "-x.py", "src/deep/er.py"]
    if sys.platform != "win32":
        names += ["new\nline.py", "tab\t.py", "back\\slash.py", "inv\udcff.py"]
    head = repository.commit(dict.fromkeys(names, "x\n"))
    assert sorted(Checkout(repository.folder, os.environ).files(head)) == sorted(names)


def test_names_of_commits_are_resolved_and_none_is_taken_for_an_option(repository: Repository) -> None:
    first = repository.commit()
    repository.git("tag", "-a", "-m", "x", "v1")
    head = repository.commit()
    checkout = Checkout(repository.folder, os.environ)
    assert [checkout.commit(name) for name in ("v1", "main", first[:10], "HEAD~1")] == [first, head, first, first]
    assert [checkout.commit(name) for name in ("--all", "-h", "nothing", "", "main\n", "a..b", "\0")] == [None] * 7


def test_the_best_common_ancestor_is_found(repository: Repository) -> None:
    fork = repository.commit()
    repository.git("checkout", "--quiet", "-b", "topic")
    topic = repository.commit()
    repository.git("checkout", "--quiet", "main")
    head = repository.commit()
    checkout = Checkout(repository.folder, os.environ)
    assert (checkout.merge_base(topic, head), checkout.merge_base("0" * 40, head)) == (fork, None)
    assert (checkout.follows(topic, fork), checkout.follows(topic, head)) == (True, False)
    assert checkout.first_parents(head, most=10) == [head, fork]


def test_a_shallow_checkout_knows_its_parents_by_name_alone(repository: Repository, tmp_path: Path) -> None:
    first, second = repository.commit({"a": "1"}), repository.commit({"a": "2"})
    checkout = Checkout(repository.clone(tmp_path / "clone", depth=1).folder, os.environ)
    assert (checkout.is_shallow, checkout.parents(second), checkout.has(first)) == (True, (first,), False)
    assert checkout.first_parents(second, most=10) == [second]


def test_settings_of_the_checkout_change_nothing(repository: Repository, tmp_path: Path) -> None:
    """External diffs, text conversion, filters, prefixes, colours, orders, renames, attributes, hooks, replacements."""
    witness = tmp_path / "witness"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{witness}'\n", encoding="utf-8")
    script.chmod(0o755)
    first = repository.commit({"a.py": "one\n", "b.py": "".join(f"{number}\n" for number in range(20)), "c.txt": "c\n"})
    repository.git("mv", "b.py", "moved.py")
    second = repository.commit({"a.py": "one\ntwo\n", "c.txt": "d\n"})
    plain = diff_of(Checkout(repository.folder, os.environ), first, second)
    for name, value in {
        "diff.external": str(script), "diff.mnemonicPrefix": "true", "diff.noprefix": "true", "color.ui": "always",
        "diff.renames": "false", "diff.algorithm": "patience", "diff.context": "7", "diff.interHunkContext": "9",
        "diff.orderFile": str(tmp_path / "order"), "diff.submodule": "log", "diff.wordRegex": ".",
        "core.pager": str(script),
        "core.fsmonitor": str(script), "core.hooksPath": str(tmp_path), "diff.x.textconv": str(script),
        "diff.x.command": str(script), "filter.x.clean": str(script), "diff.suppressBlankEmpty": "true",
        "core.quotePath": "true", "core.abbrev": "4", "diff.relative": "true", "diff.ignoreSubmodules": "all",
        "alias.diff-tree": f"!{script}", "core.attributesFile": str(tmp_path / "attributes"),
    }.items():
        repository.git("config", name, value)
    (tmp_path / "order").write_text("*.txt\n", encoding="utf-8")
    (tmp_path / "attributes").write_text("* diff=x filter=x\n", encoding="utf-8")
    (repository.folder / ".git" / "info" / "attributes").write_text("* -diff\n", encoding="utf-8")
    (repository.folder / ".gitattributes").write_text("* diff=x -diff filter=x\n", encoding="utf-8")
    environ = {**os.environ, "GIT_EXTERNAL_DIFF": str(script), "GIT_DIFF_OPTS": "-u9", "GIT_DIR": str(tmp_path),
               "GIT_PAGER": str(script), "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "diff.noprefix",
               "GIT_CONFIG_VALUE_0": "true"}
    before = {path: path.stat().st_mtime_ns for path in repository.folder.rglob("*") if path.is_file()}

    checkout = Checkout(repository.folder, environ)

    assert diff_of(checkout, first, second) == plain
    assert "rename to moved.py" in plain
    assert "@@ -1,0 +2 @@" in plain
    assert not witness.exists()
    assert {path: path.stat().st_mtime_ns for path in repository.folder.rglob("*") if path.is_file()} == before


def test_replaced_objects_are_seen_as_they_were(repository: Repository) -> None:
    first, second = repository.commit({"a": "1\n"}), repository.commit({"a": "2\n"})
    other = repository.commit({"a": "3\n"})
    repository.git("replace", second, other)
    assert "+2" in diff_of(Checkout(repository.folder, os.environ), first, second)


def test_a_file_s_text_is_the_commit_s_and_of_a_bounded_size(repository: Repository) -> None:
    head = repository.commit({"go.mod": "module example.org/x\n"})
    repository.write({"go.mod": "changed"})
    checkout = Checkout(repository.folder, os.environ)
    assert checkout.text(head, "go.mod", largest=100) == "module example.org/x\n"
    assert checkout.text(head, "go.mod", largest=5) is None
    assert checkout.text(head, "nothing", largest=100) is None


@pytest.mark.parametrize("damage", ["HEAD", "config"])
def test_a_damaged_repository_is_no_checkout_rather_than_an_error(repository: Repository, damage: str) -> None:
    repository.commit()
    (repository.folder / ".git" / damage).write_bytes(b"\xff[[[\n")
    with pytest.raises(NoCheckout):
        Checkout(repository.folder, os.environ)


def test_nothing_is_fetched_that_a_partial_clone_lacks(repository: Repository, tmp_path: Path) -> None:
    first, second = repository.commit({"a.py": "1\n"}), repository.commit({"a.py": "2\n"})
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("clone", "--quiet", "--filter=tree:0", "--depth=1", f"file://{repository.folder}",
                   str(tmp_path / "clone"))
    clone = tmp_path / "clone"
    objects = {path for path in (clone / ".git").rglob("*") if path.is_file()}
    checkout = Checkout(clone, os.environ)
    assert (checkout.head, checkout.commit(first), checkout.has(first)) == (second, None, False)
    with pytest.raises(GitFailed), checkout.diff(first, second) as stream:
        stream.read()
    assert {path for path in (clone / ".git").rglob("*") if path.is_file()} == objects
