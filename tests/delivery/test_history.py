"""A history on a branch or in a folder: what is written, and what is refused or left alone."""
from __future__ import annotations

import os
import re
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from repo_vitals.delivery.history import InFolder
from repo_vitals.delivery.places import Nowhere
from repo_vitals.errors import CallerError, CouldNotMeasure, PermissionMissing
from repo_vitals.sources.git import Git, GitFailed, git_path
from repo_vitals.sources.history_branch import MARKER
from repo_vitals.sources.history_git import refusal
from support.history_branches import AT, NAME, POINTS, RECORDS, Remote, note, notes, point, record, values

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hook_that_refuses_is_quoted_and_is_the_callers_to_mend(remote: Remote) -> None:
    remote.hook("pre-receive", 'echo "error: GH013: Repository rule violations found for $1" >&2; exit 1')
    with pytest.raises(CallerError, match="GH013: Repository rule violations found") as caught:
        record(remote.place())
    assert "contents: write" in str(caught.value)


def test_a_remote_that_is_not_there_is_named(tmp_path: Path, remote: Remote) -> None:
    remote.url = (tmp_path / "nothing.git").as_uri()
    with pytest.raises(CallerError, match="acme/widget is not found"):
        remote.place(wait=0).history()


def test_a_branch_of_something_else_is_refused_untouched(remote: Remote) -> None:
    remote.put(NAME, {"index.html": "hello"})
    before = remote.branches()
    with pytest.raises(CallerError, match=re.escape(f"it lacks {MARKER}")):
        record(remote.place())
    assert remote.branches() == before


@pytest.mark.parametrize("files", [
    {MARKER: '{"kind": "repo-vitals-history", "schema": 2, "year": 2026}'},
    {MARKER: '{"kind": "repo-vitals-history", "schema": 1, "year": 2026}',
     POINTS: '{"kind":"points","schema":2,"grain":"all"}\n'},
    {MARKER: '{"kind": "repo-vitals-history", "schema": 1, "year": 2026}',
     RECORDS: '{"kind":"records","schema":2,"grain":"all"}\n'},
])
def test_what_a_newer_version_wrote_is_refused_untouched(remote: Remote, files: dict[str, str]) -> None:
    remote.put(NAME, files)
    before = remote.branches()
    with pytest.raises(CallerError, match="written by a newer repo-vitals"):
        record(remote.place(), records=[note("ours")])
    assert remote.branches() == before


def test_damaged_lines_are_set_aside_and_the_rest_goes_on(remote: Remote) -> None:
    record(remote.place(), point("good", 1))
    remote.put(NAME, {POINTS: remote.files()[POINTS] + "{broken\nworse"})
    place = remote.place()
    history = place.history()
    assert [p.name for p in history.points("ci-health", "acme/widget", AT)] == ["good"]
    assert "2 damaged line(s)" in history.notes[0]
    history.record("ci-health", "acme/widget", [point("new", 2)])
    place.write(history, at=AT)
    assert values(remote) == {"good": 1, "new": 2}
    assert remote.files()[f"damaged/{POINTS}"] == "{broken\nworse\n"
    remote.put(NAME, {POINTS: remote.files()[POINTS] + "again"})
    record(remote.place(), point("newer", 3))
    assert remote.files()[f"damaged/{POINTS}"] == "{broken\nworse\nagain\n"


def test_damaged_lines_among_records_are_set_aside_too(remote: Remote) -> None:
    record(remote.place(), records=[note("good")])
    remote.put(NAME, {RECORDS: remote.files()[RECORDS] + '{"key": 1}\nworse'})
    place = remote.place()
    history = place.history()
    assert [one.key for one in history.records("ci-health", "acme/widget", "suite", most=9)] == ["good 0"]
    assert f"2 damaged line(s) of {RECORDS} were left out (3, 4)" in history.notes[0]
    history.add("ci-health", "acme/widget", "suite", [note("new")])
    place.write(history, at=AT)
    assert notes(remote.files()[RECORDS]) == {"good 0", "new 0"}
    assert remote.files()[f"damaged/{RECORDS}"] == '{"key": 1}\nworse\n'


def test_links_and_odd_names_on_the_branch_are_not_read_and_stay(remote: Remote) -> None:
    record(remote.place(), point("good", 1))
    stream = (f"commit refs/heads/{NAME}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\nfrom refs/heads/{NAME}^0\n"
              "M 120000 inline ci-health/link\ndata 11\n/etc/passwd\nM 100644 inline .github/x y\ndata 1\nx\n")
    remote.git("fast-import", "--quiet", feed=stream)
    place = remote.place()
    history = place.history()
    assert history.read("ci-health/link") is None
    record(place, point("new", 2))
    assert {".github/x y", "ci-health/link"} <= set(remote.git("ls-tree", "-r", "--name-only", NAME).splitlines())


def test_the_same_run_again_writes_nothing(remote: Remote) -> None:
    record(remote.place(), point("x", 1), records=[note("x")])
    before = remote.branches()
    record(remote.place(), point("x", 1), records=[note("x")])
    assert remote.branches() == before


def test_a_commit_says_what_it_records_and_starts_no_workflow(remote: Remote) -> None:
    record(remote.place(), point("x", 1))
    said = remote.git("log", "-1", "--format=%an <%ae>%n%cI%n%s", NAME).splitlines()
    assert said == ["github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>",
                    "2026-11-20T06:00:00+00:00", "Record ci-health of acme/widget [skip ci]"]


def test_a_folder_and_a_branch_hold_the_same_files(remote: Remote, tmp_path: Path) -> None:
    folder = InFolder(tmp_path / "history")
    for place in (folder, remote.place()):
        record(place, point("x", 1), records=[note("x")])
        record(place, point("x", 2, at=AT + timedelta(hours=1)), point("y", None), records=[note("y")])
    on_branch = {path: text for path, text in remote.files().items() if path != MARKER}
    assert {path: (tmp_path / "history" / path).read_text() for path in on_branch} == on_branch


def test_nowhere_keeps_nothing() -> None:
    history = Nowhere().history()
    history.record("ci-health", "acme/widget", [point()])
    assert not history.keeps
    assert Nowhere().write(history, at=AT) == ()


@pytest.mark.parametrize("marker", [
    '{"kind": "repo-vitals-history", "schema": 1, "year": 0, "successor": 5}', '{"kind": "x"}', "[]", "{",
    '{"kind": "repo-vitals-history", "schema": 1, "year": "2026"}',
    '{"kind": "repo-vitals-history", "schema": true, "year": 2026}'])
def test_a_marker_that_none_of_ours_wrote_marks_no_history(remote: Remote, marker: str) -> None:
    remote.put(NAME, {MARKER: marker})
    with pytest.raises(CallerError, match="holds something else than a history"):
        remote.place().history()


@pytest.mark.parametrize(("said", "kind"), [
    ("fatal: unable to access 'https://github.com/acme/error-404.git/': The requested URL returned error: 503", None),
    ("fatal: unable to access 'https://github.com/acme/403.git/': Could not resolve host: github.com", None),
    ("fatal: unable to access 'https://github.com/a/b.git/': The requested URL returned error: 403", PermissionMissing),
    ("remote: Permission to a/b.git denied to x.\nfatal: unable to access 'https://github.com/a/b.git/'",
     PermissionMissing),
    ("remote: Repository not found.\nfatal: repository 'https://github.com/a/b.git/' not found", CallerError),
    ("fatal: Authentication failed for 'https://github.com/a/b.git/'", PermissionMissing),
])
def test_a_name_that_reads_like_a_verdict_is_none(said: str, kind: type[Exception] | None) -> None:
    found = refusal(GitFailed(said), "a/b", may="read the history", permission="contents: read")
    assert found is None if kind is None else type(found) is kind


def test_git_that_can_not_begin_ends_the_run_in_one_line(tmp_path: Path) -> None:
    program = shutil.which("git")
    assert program is not None
    for parent, named in ((str(tmp_path / "nothing"), "no folder can be made"), (None, "can't be run")):
        with pytest.raises(CouldNotMeasure, match=named):
            Git(parent, program=program if parent else "/nothing/git", environ=os.environ, secret=None, server_url="")


def test_an_old_git_and_one_in_the_checkout_are_not_used(tmp_path: Path) -> None:
    for version, used in (("2.31.9", False), ("2.32.0", True), ("3.0", True), ("nonsense", False)):
        folder = tmp_path / version
        folder.mkdir()
        (folder / "git").write_text(f"#!/bin/sh\necho git version {version}\n")
        (folder / "git").chmod(0o755)
        environ = {"PATH": str(folder)}
        assert (git_path(environ, outside=tmp_path / "checkout") is not None) == used
        assert git_path(environ, outside=tmp_path) is None
    assert git_path({"PATH": ""}, outside=tmp_path) is None
