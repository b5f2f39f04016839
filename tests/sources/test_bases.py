"""Which commit a change is compared with."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import InputError
from repo_vitals.sources.bases import NoBase, base_of, is_other_branch
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.workflow_event import read_event
from support.checkouts import Repository, in_actions, pull_request, push

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """main: root, fork, newer; topic: begun at fork."""

    def __init__(self, folder: Path) -> None:
        self.repository = Repository(folder)
        self.root = self.repository.commit({"a": "1"})
        self.fork = self.repository.commit({"a": "2"})
        self.repository.git("checkout", "--quiet", "-b", "topic")
        self.topic = self.repository.commit({"b": "1"})
        self.repository.git("checkout", "--quiet", "main")
        self.newer = self.repository.commit({"a": "3"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository")


def base(repository: Repository, environ: dict[str, str] | None = None, given: str | None = None) -> str:
    return base_of(Checkout(repository.folder, os.environ), read_event(environ or {}), given).commit


def why_none(repository: Repository, environ: dict[str, str] | None = None, given: str | None = None) -> str:
    with pytest.raises(NoBase) as none:
        base(repository, environ, given)
    return str(none.value)


def test_github_s_merge_of_a_pull_request_is_compared_with_the_branch_that_it_merges(project: Project, tmp_path: Path,
                                                                                     ) -> None:
    """Not with `base.sha`, which is where the branch was when the event happened."""
    merge = project.repository.merge("topic")
    environ = pull_request(tmp_path, base=project.fork, head=project.topic)
    assert base(project.repository, environ) == project.newer
    shallow = project.repository.clone(tmp_path / "shallow", depth=1)
    assert (Checkout(shallow.folder, os.environ).head, base(shallow, environ)) == (merge, project.newer)


def test_a_pull_request_s_own_commit_is_compared_with_the_merge_base(project: Project, tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    environ = pull_request(tmp_path, base=project.newer, head=project.topic)
    assert base(project.repository, environ) == project.fork


@pytest.mark.parametrize("given", [None, "main", "topic"])
@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_checkout_that_is_not_of_the_pull_request_has_no_base(project: Project, tmp_path: Path, event: str,
                                                                given: str | None) -> None:
    environ = pull_request(tmp_path, base=project.newer, head=project.topic, event=event)
    assert "the checkout is not of the pull request" in why_none(project.repository, environ, given)
    environ = pull_request(tmp_path, base=project.fork, head="d" * 40, event=event)
    assert "the checkout is not of the pull request" in why_none(project.repository, environ, given)


def test_a_commit_after_the_pull_request_s_is_of_it_and_one_that_is_the_base_adds_nothing(project: Project,
                                                                                       tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    environ = pull_request(tmp_path, base=project.newer, head=project.topic)
    assert "is the base itself" in why_none(project.repository, environ, "topic")
    project.repository.commit({"b": "2"})
    assert base(project.repository, environ) == project.fork


def test_a_merge_that_is_not_the_pull_request_s_is_not_taken_for_it(project: Project, tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    head = project.repository.merge("main")
    environ = pull_request(tmp_path, base=project.newer, head=head)
    assert base(project.repository, environ) == project.newer


def test_a_pull_request_of_a_payload_without_commits_is_known_by_its_ref(project: Project, tmp_path: Path) -> None:
    project.repository.merge("topic")
    environ = in_actions(tmp_path, "pull_request", {}, ref="refs/pull/7/merge")
    assert base(project.repository, environ) == project.newer
    assert "does not say" in why_none(project.repository, in_actions(tmp_path, "pull_request", {}, ref="refs/heads/x"))


def test_a_push_is_compared_with_where_it_starts(project: Project, tmp_path: Path) -> None:
    assert base(project.repository, push(tmp_path, before=project.root)) == project.root
    assert base(project.repository, push(tmp_path, before=project.fork)) == project.fork


def test_a_forced_push_is_compared_with_the_commit_before(project: Project, tmp_path: Path) -> None:
    assert base(project.repository, push(tmp_path, before=project.topic)) == project.fork
    assert base(project.repository, push(tmp_path, before="d" * 40)) == project.fork


def test_another_branch_is_compared_with_the_default_one(project: Project, tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    clone = project.repository.clone(tmp_path / "clone")
    clone.git("checkout", "--quiet", "topic")
    assert base(clone, push(tmp_path, before=None, branch="topic")) == project.fork
    assert base(clone) == project.fork      # the remote's HEAD is this commit itself
    clone.git("remote", "set-head", "origin", "main")
    clone.commit({"b": "2"})
    assert base(clone) == project.fork


def test_another_branch_without_the_default_one_has_no_base(project: Project, tmp_path: Path) -> None:
    environ = push(tmp_path, before=None, branch="topic")
    assert "fetch-depth: 0" in why_none(project.repository, environ)


def test_the_default_branch_is_compared_with_the_commit_before(project: Project, tmp_path: Path) -> None:
    environ = in_actions(tmp_path, "schedule", {}, ref="refs/heads/main")
    assert base(project.repository, environ) == project.fork
    assert base(project.repository) == project.fork


def test_the_first_commit_has_nothing_before_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "new")
    repository.commit({"a": "1"})
    assert why_none(repository) == "no commit comes before the first"


@pytest.mark.parametrize("name", ["main", "refs/heads/main", "v1"])
def test_a_base_of_the_user_s_is_taken_by_its_merge_base(project: Project, name: str) -> None:
    project.repository.git("tag", "v1", "main")
    project.repository.git("checkout", "--quiet", "topic")
    assert base(project.repository, given=name) == project.fork


def test_on_the_branch_that_base_names_the_push_s_start_or_the_commit_before_counts(project: Project, tmp_path: Path,
                                                                                    ) -> None:
    assert base(project.repository, given="main") == project.fork
    assert base(project.repository, push(tmp_path, before=project.root), "main") == project.root


def test_a_base_may_be_a_branch_that_only_the_remote_has(project: Project, tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    clone = project.repository.clone(tmp_path / "clone")
    assert base(clone, given="main") == project.fork


@pytest.mark.parametrize("name", ["nothing", "--all", "-p", "$(touch x)", "a\nb", "main..topic"])
def test_a_base_that_is_none_is_the_caller_s_mistake(project: Project, name: str) -> None:
    with pytest.raises(InputError, match=r"^base: .* names no branch, tag or commit"):
        base(project.repository, given=name)


def test_a_shallow_checkout_gives_no_merge_base_rather_than_a_wrong_one(project: Project, tmp_path: Path) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    shallow = project.repository.clone(tmp_path / "shallow", depth=1)
    for environ, given in (({}, "main"), ({}, "nothing"), (push(tmp_path, before=project.root, branch="topic"), None),
                           (pull_request(tmp_path, base=project.newer, head=project.topic), None)):
        assert "fetch-depth: 0" in why_none(shallow, environ, given)


def test_branches_without_a_common_history_have_no_base(project: Project) -> None:
    project.repository.git("checkout", "--quiet", "--orphan", "alone")
    project.repository.commit({"z": "1"})
    assert "no history in common" in why_none(project.repository, given="main")


@pytest.mark.parametrize(("event", "ref", "more", "expected"), [
    ("push", "refs/heads/main", {}, False),
    ("push", "refs/heads/1.x", {}, True),
    ("release", "refs/tags/v1", {}, True),
    ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7", {}, False),
    ("merge_group", "refs/heads/gh-readonly-queue/1.x/pr-7", {}, True),
    ("pull_request", "refs/pull/7/merge", {"pull_request": {"number": 7, "base": {"ref": "main"}}}, False),
    ("pull_request", "refs/pull/7/merge", {"pull_request": {"number": 7, "base": {"ref": "1.x"}}}, True),
    ("push", "refs/heads/1.x", {"repository": {}}, False),
])
def test_files_of_another_branch_than_the_default_one_are_told_from_those_that_are_to_become_its(
        project: Project, tmp_path: Path, event: str, ref: str, more: dict[str, object], expected: bool) -> None:
    checkout = Checkout(project.repository.folder, os.environ)
    found = read_event(in_actions(tmp_path, event, more, ref=ref))
    assert (is_other_branch(checkout, found), is_other_branch(None, found)) == (expected, expected)


def test_the_default_branch_s_run_may_have_checked_out_another_branch(project: Project, tmp_path: Path) -> None:
    checkout = Checkout(project.repository.folder, os.environ)
    push_of = push(tmp_path, before=project.root)
    for sha, expected in ((project.newer, False), (project.topic, True)):
        assert is_other_branch(checkout, read_event({**push_of, "GITHUB_SHA": sha})) is expected
    project.repository.git("update-ref", "refs/remotes/origin/main", project.newer)
    assert not is_other_branch(checkout, read_event({**push_of, "GITHUB_SHA": project.topic}))
    assert not is_other_branch(checkout, read_event(push(tmp_path, before=None, branch="1.x")))
