"""A history on a branch at GitHub: with git over HTTP, and over the API where git is absent or refused."""
from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import BudgetSpent, CallerError, CouldNotMeasure, PermissionMissing
from repo_vitals.simulator.faults import Fault
from support.history_branches import AT, NAME, point
from support.history_on_github import WITH_GIT, WITHOUT_GIT, place, record, seen
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

both_ways = pytest.mark.parametrize("way", [WITH_GIT, WITHOUT_GIT])


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with serving(Scene()) as running:
        yield running


def tip(simulator: Simulator, branch: str = NAME) -> str | None:
    return simulator.state.git.resolve(simulator.state.repositories()[0], f"refs/heads/{branch}")


@both_ways
def test_what_one_run_records_the_next_reads_whichever_way_it_goes(simulator: Simulator, way: str) -> None:
    assert seen(simulator, way) == {}
    record(place(simulator, way), 1)
    record(place(simulator, way), 2)
    record(place(simulator, way), 3, name="issues_open")
    assert seen(simulator, WITH_GIT) == seen(simulator, WITHOUT_GIT) == {"commits": 2, "issues_open": 3}


@both_ways
def test_each_writer_adds_to_what_others_wrote_since_it_read(simulator: Simulator, way: str) -> None:
    first, second = place(simulator, way), place(simulator, way)
    both = [(first, first.history(), "first"), (second, second.history(), "second")]
    for where, history, name in both:
        history.record("ci-health", "acme/widget", [point(name, 1)])
        where.write(history, at=AT)
    assert seen(simulator, way) == {"first": 1, "second": 1}


@both_ways
def test_contents_write_is_all_that_a_token_needs(simulator: Simulator, way: str) -> None:
    record(place(simulator, way, permissions={"metadata": "read", "contents": "write"}), 1)
    assert seen(simulator, way) == {"commits": 1}


@both_ways
def test_a_token_that_may_not_write_is_told_which_permission_is_missing(simulator: Simulator, way: str) -> None:
    with pytest.raises((CallerError, PermissionMissing)) as caught:
        record(place(simulator, way, permissions={"metadata": "read", "contents": "read"}), 1)
    assert '"contents: write"' in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@both_ways
def test_a_token_that_may_not_read_is_told_which_permission_is_missing(simulator: Simulator, way: str) -> None:
    with pytest.raises(PermissionMissing, match="contents: read"):
        place(simulator, way, permissions={"metadata": "read", "issues": "read"}).history()


@both_ways
def test_a_rule_that_refuses_everything_is_named(simulator: Simulator, way: str) -> None:
    record(place(simulator, way), 1)
    said = "GH013: Repository rule violations found for refs/heads/repo-vitals-history."
    simulator.state.git.protect(simulator.state.repositories()[0], NAME, said)
    before = tip(simulator)
    with pytest.raises(CallerError, match=r"repo-vitals-history can't be written: .*[Rr]ule violations") as caught:
        record(place(simulator, way), 2)
    assert "\n" not in str(caught.value)
    assert tip(simulator) == before


def test_a_rule_that_wants_signed_commits_is_met_by_the_api(simulator: Simulator) -> None:
    record(place(simulator), 1)
    said = "GH006: Protected branch update failed: Commits must have verified signatures."
    simulator.state.git.protect(simulator.state.repositories()[0], NAME, said, api=True)
    where = place(simulator)
    record(where, 2)
    record(where, 3, name="again")      # without asking git once more
    assert seen(simulator, WITH_GIT) == {"commits": 2, "again": 3}


@both_ways
def test_a_branch_of_something_else_is_refused_and_left_alone(simulator: Simulator, way: str) -> None:
    repository = simulator.state.repositories()[0]
    stream = (f"commit refs/heads/{NAME}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n"
              "M 100644 inline index.html\ndata 5\nhello\n")
    simulator.state.git.git(repository, "fast-import", "--quiet", feed=stream.encode())
    before = tip(simulator)
    with pytest.raises(CallerError, match="holds something else than a history"):
        record(place(simulator, way), 1)
    assert tip(simulator) == before


@both_ways
def test_branches_whose_names_only_begin_alike_are_not_taken_for_the_history(simulator: Simulator, way: str) -> None:
    repository = simulator.state.repositories()[0]
    for other in (f"{NAME}-old", f"{NAME}-20270", f"{NAME}-2027x"):
        stream = (f"commit refs/heads/{other}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n"
                  "M 100644 inline index.html\ndata 5\nhello\n")
        simulator.state.git.git(repository, "fast-import", "--quiet", feed=stream.encode())
    record(place(simulator, way), 1)
    assert seen(simulator, way) == {"commits": 1}


@both_ways
def test_a_name_with_a_slash_is_a_branch_like_any_other(simulator: Simulator, way: str) -> None:
    record(place(simulator, way, name="vitals/history"), 1)
    assert tip(simulator, "vitals/history") is not None


@both_ways
def test_bytes_that_are_no_text_survive(simulator: Simulator, way: str) -> None:
    repository = simulator.state.repositories()[0]
    record(place(simulator, way), 1)
    path = "points/ci-health/acme/widget/2026-11.jsonl"
    content = simulator.state.git.git(repository, "show", f"{NAME}:{path}") + b'\xff\xfe{"broken\n'
    stream = b"".join([f"commit refs/heads/{NAME}\ncommitter a <a@example.org> 0 +0000\ndata 1\nx\n".encode(),
                       f"from refs/heads/{NAME}^0\nM 100644 inline {path}\ndata {len(content)}\n".encode(), content,
                       b"\n"])
    simulator.state.git.git(repository, "fast-import", "--quiet", feed=stream)
    record(place(simulator, way), 2, name="other")
    aside = simulator.state.git.git(repository, "show", f"{NAME}:damaged/{path}")
    assert aside == b'\xff\xfe{"broken\n'
    assert seen(simulator, way) == {"commits": 1, "other": 2}


def test_a_repository_that_is_not_there_is_named(simulator: Simulator) -> None:
    where = place(simulator)
    where._reader.remote = f"{simulator.url}/acme/nothing.git"
    with pytest.raises(CallerError, match="is not found, or hidden from this token"):
        where.history()


def test_reading_takes_one_listing_and_one_fetch(simulator: Simulator) -> None:
    record(place(simulator), 1)
    simulator.log.clear()
    assert len(place(simulator).history().points("ci-health", "acme/widget", AT)) == 1
    asked = [(entry.path.partition(".git/")[2], entry.query.get("service")) for entry in simulator.log]
    # Each of git's two calls asks what the server can do before it says what it wants.
    assert asked.count(("info/refs", "git-upload-pack")) == 2
    assert len(asked) <= 5


def checkout_of(kind: str, folder: Path) -> Path:
    """A checkout as a workflow may have it, with settings that would lead git astray."""
    source, checkout = folder / "source", folder / "checkout"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for path in (source, source.with_name("plain")):
        subprocess.run([*git, "init", "-q", str(path)], check=True)
    for number in range(3):
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", str(number)], cwd=source, check=True)
    if kind == "none":
        checkout.mkdir()
        return checkout
    depth = ["--depth", "1"] if kind == "shallow" else []
    subprocess.run([*git, "clone", "-q", *depth, source.as_uri(), str(checkout)], check=True)
    if kind == "detached":
        subprocess.run([*git, "checkout", "-q", "--detach", "HEAD~1"], cwd=checkout, check=True)
    with (checkout / ".git" / "config").open("a") as config:
        config.write('[url "http://evil.invalid/"]\n\tinsteadOf = http://127.0.0.1\n[http]\n\textraHeader = X: y\n')
    return checkout


@pytest.mark.parametrize("kind", ["full", "shallow", "detached", "none"])
def test_whatever_checkout_there_is_stays_untouched_with_its_configuration(
        simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    checkout = checkout_of(kind, tmp_path)
    before = {path: path.read_bytes() for path in sorted(checkout.rglob("*")) if path.is_file()}
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text('[url "http://evil.invalid/"]\n\tinsteadOf = http://127.0.0.1\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(checkout / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(checkout))
    monkeypatch.chdir(checkout)
    record(place(simulator), 1)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_WORK_TREE")
    assert seen(simulator, WITH_GIT) == {"commits": 1}
    assert {path: path.read_bytes() for path in sorted(checkout.rglob("*")) if path.is_file()} == before
GIT_CALLS = ("info/refs", "git-upload-pack", "git-receive-pack")


# Whether GitHub has done what it then gives no good answer to makes a difference only where it changes something.
@pytest.mark.parametrize(("call", "applied"), [
    pytest.param(call, applied, marks=pytest.mark.slow if applied and call != "git-receive-pack" else ())
    for call in GIT_CALLS for applied in (False, True)])
@pytest.mark.parametrize("kind", ["reset", "status", "truncated", "not-json"])
def test_one_failed_call_of_git_is_made_again(simulator: Simulator, call: str, kind: str,
                                                  applied: bool) -> None:
    record(place(simulator), 1)
    simulator.faults.rules.append(Fault(kind=kind, applied=applied, path=f"/acme/widget.git/{call}", times=1))
    record(place(simulator), 2)
    assert seen(simulator, WITH_GIT) == {"commits": 2}
    assert [entry.fault for entry in simulator.log if entry.fault] != []


def test_a_github_that_stays_away_is_no_mistake_of_the_callers(simulator: Simulator) -> None:
    simulator.faults.rules.append(Fault(kind="status", path="/acme/widget.git/info/refs"))
    with pytest.raises(CouldNotMeasure, match=r"git ls-remote of acme/widget failed after \d tries .*try again later"):
        place(simulator).history()


def test_the_token_stands_in_no_argument_and_in_no_file(simulator: Simulator, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    run = subprocess.run

    def watched(arguments: list[str], **more: object) -> object:
        calls.append(arguments)
        return run(arguments, **more)  # type: ignore[call-overload]
    where = place(simulator)
    monkeypatch.setattr(subprocess, "run", watched)
    record(where, 1)
    token = where._reader.git._secret.reveal()
    assert calls
    assert token not in repr(calls)
    for path in where._reader.git.folder.rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes()


@pytest.mark.parametrize("said", [
    "Changes must be made through a pull request.", "Required status check \"ci\" is expected.",
    "At least 1 approving review is required by reviewers with write access."])
def test_a_refusal_of_the_api_is_no_race_and_ends_at_once(simulator: Simulator, said: str) -> None:
    record(place(simulator, WITHOUT_GIT), 1)
    simulator.state.git.protect(simulator.state.repositories()[0], NAME, said)
    simulator.log.clear()
    with pytest.raises(CallerError, match="can't be written"):
        record(place(simulator, WITHOUT_GIT), 2)
    assert len([entry for entry in simulator.log if entry.path == "/graphql"]) == 1


def test_a_spent_rate_limit_ends_the_writing_as_such(simulator: Simulator) -> None:
    record(place(simulator, WITHOUT_GIT), 1)
    where = place(simulator, WITHOUT_GIT)
    history = where.history()
    history.record("ci-health", "acme/widget", [point("commits", 2)])
    simulator.faults.rules.append(Fault(kind="primary-limit", path="/graphql", resets_in=3600))
    simulator.log.clear()
    with pytest.raises(BudgetSpent):
        where.write(history, at=AT)
    assert len(simulator.log) == 1


def test_a_first_commit_of_many_files_goes_up_in_pieces(simulator: Simulator) -> None:
    where = place(simulator, WITHOUT_GIT)
    history = where.history()
    for number in range(30):
        history.keep(f"ci-health/acme/widget/{number:02}.jsonl", "x" * 100_000)
    where.write(history, at=AT)
    again = place(simulator, WITHOUT_GIT).history()
    assert len(again.files("ci-health")) == 30
    assert len([entry for entry in simulator.log if entry.path.endswith("/git/trees")]) == 4
