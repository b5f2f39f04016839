"""`run` as one step: beside one another, one history write, one summary, and none hides another."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import CouldNotMeasure
from repo_vitals.render.whole import Part, whole_markdown
from repo_vitals.report.model import Cost
from repo_vitals.runtime import run_all, run_shown
from repo_vitals.runtime.limited import started
from repo_vitals.sources import history_git
from repo_vitals.sources.history_git import GitReader
from support.commands import run
from support.simulated import answered
from support.tools import PACKAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

BOTH = ("--monitors", "community-metrics,ci-health")


def step(folder: Path, *arguments: str, at: Any, **environ: str) -> tuple[Any, str]:
    """As a step of a job: how it ended, and its summary."""
    ended = run("run", *arguments, folder=folder, at=at, environ={
        "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **environ})
    assert "Traceback" not in ended.stdout + ended.stderr
    found = folder / "summary"
    return ended, found.read_text() if found.exists() else ""


def with_collect(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """Have monitors collect in another way: by name, what stands in for it, given the real one."""
    known = run_all.load_monitor

    def load(name: str) -> Any:
        monitor = known(name)
        around = changed.get(name.replace("-", "_"))
        return monitor if around is None else replace(monitor, collect=around(monitor.collect))
    monkeypatch.setattr(run_all, "load_monitor", load)


def test_monitors_wait_beside_one_another(simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2, timeout=30)

    def meeting(collect: Any) -> Any:
        def around(*given_: Any) -> Any:
            together.wait()     # where one ran after the other, this would break
            return collect(*given_)
        return around
    with_collect(monkeypatch, community_metrics=meeting, ci_health=meeting)

    ended, _ = step(tmp_path, *BOTH, at=simulated(answered()))

    assert "is broken" not in ended.stdout
    assert sorted(path.name for path in (tmp_path / "repo-vitals").iterdir()) == [
        "ci-health.json", "community-metrics.json"]


LOADING = """
import os, sys, threading
sys.path[:0] = sys.argv[1].split(os.pathsep)
from repo_vitals.sources import guarded_proxy, http_wire, probe
def client(): from repo_vitals.sources import github_rest
def proxy(): guarded_proxy._of_the_environment("http://x")
def context(): probe._context(True)
def session(): import requests; requests.Session()
together = threading.Barrier(4)
def started(load):
    together.wait()
    load()
threads = [threading.Thread(target=started, args=(load,)) for load in (client, proxy, context, session)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_monitors_that_begin_at_once_load_what_they_share_whole() -> None:
    paths = os.pathsep.join([str(ROOT / "src"), str(PACKAGES)])
    ended = subprocess.run([sys.executable, "-I", "-c", LOADING, paths], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_log_is_in_the_monitors_order_whoever_ends_first(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other_is_over = threading.Event()

    def last(collect: Any) -> Any:
        def around(*given_: Any) -> Any:
            assert other_is_over.wait(30)
            return collect(*given_)
        return around

    def first(collect: Any) -> Any:
        def around(*given_: Any) -> Any:
            try:
                raise CouldNotMeasure("the service is away")
            finally:
                other_is_over.set()
        return around
    with_collect(monkeypatch, community_metrics=last, ci_health=first)

    ended, _ = step(tmp_path, *BOTH, at=simulated(answered()))
    log = ended.stdout.splitlines()

    places = [next(number for number, line in enumerate(log) if said in line) for said in (
        "::group::Community metrics", "community-metrics.json", "::group::CI health", "the service is away")]
    assert places == sorted(places)


@pytest.mark.parametrize("crash", [RuntimeError("a bug"), SystemExit(0), BrokenPipeError()],
                         ids=lambda crash: type(crash).__name__)
def test_one_that_crashes_hides_no_other(simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                         crash: BaseException) -> None:
    def broken(_collect: Any) -> Any:
        def around(*_given: Any) -> Any:
            raise crash
        return around
    with_collect(monkeypatch, community_metrics=broken)
    ended, summary = step(tmp_path, *BOTH, at=simulated(answered()))

    assert ended.code == 3
    assert (tmp_path / "repo-vitals" / "ci-health.json").exists()
    assert "🚫 not measured" in summary
    assert "CI health" in summary


def test_every_monitors_figures_arrive_with_one_write(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    ended, _ = step(tmp_path, *BOTH, "--history", "branch", at=github)
    git, repository = github.state.git, github.state.repositories()[0]
    commits = git.git(repository, "rev-list", "--count", "refs/heads/repo-vitals-history").decode().strip()
    files = git.git(repository, "ls-tree", "-r", "--name-only", "refs/heads/repo-vitals-history").decode()

    assert "error" not in ended.stderr
    assert commits == "1"
    assert "points/ci-health/acme/widget/" in files
    assert "points/community-metrics/acme/widget/" in files


def test_what_all_monitors_remember_is_fetched_at_once(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = answered()
    for hour in range(40):
        scene.issue(at=-100 - hour)
    github = simulated(scene)
    fetched = []
    known = GitReader._fetch
    monkeypatch.setattr(GitReader, "_fetch", lambda reader, *given_, **more: (
        fetched.append(given_), known(reader, *given_, **more)))
    monkeypatch.setattr(history_git, "_FILTER", "blob:none")     # as if nothing were small
    step(tmp_path, *BOTH, "--history", "branch", at=github)
    step(tmp_path, *BOTH, "--history", "branch", at=github)
    # The branch, its marker, and all else.
    assert len(fetched) == 3


def test_a_history_that_cant_be_written_fails_the_run_and_leaves_every_report(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    token = github.token({"metadata": "read", "contents": "read", "issues": "read", "pull_requests": "read",
                          "actions": "read", "discussions": "read"})
    ended = run("run", *BOTH, "--history", "branch", folder=tmp_path, at=github, token=token, environ={
        "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")})

    assert ended.code == 2
    assert ended.stdout.count("::error title=repo-vitals::history: ") == 1
    assert "contents: write" in (tmp_path / "summary").read_text()
    assert len(list((tmp_path / "repo-vitals").iterdir())) == 2


def test_the_summary_shows_all_in_one_table_and_each_below(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.issue(at=-100)
    _, summary = step(tmp_path, *BOTH, at=simulated(scene))

    assert summary.startswith("## ❌ Vital signs: fail")
    assert summary.index("| Community metrics | ❌ fail |") < summary.index("| CI health |")
    assert "## ❌ Community metrics: fail" in summary
    assert summary.count("Cost of all: ") == 1


def test_all_monitors_and_the_history_have_one_share_of_the_hours_requests_together(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shares = []

    def seen(collect: Any) -> Any:
        def around(github: Any, *given_: Any) -> Any:
            shares.append(github.transport.budget)
            return collect(github, *given_)
        return around
    with_collect(monkeypatch, community_metrics=seen, ci_health=seen)
    step(tmp_path, *BOTH, "--history", "branch", at=simulated(answered()))
    assert len(shares) == 2
    assert shares[0] is shares[1]
    assert shares[0].used("graphql") > 0


def test_no_summary_where_none_is_wanted_not_even_of_what_could_not_run(simulated: Any, tmp_path: Path) -> None:
    ended, summary = step(tmp_path, *BOTH, "--summary", "false", at=simulated(answered()), INPUT_LAST="many")
    assert (ended.code, summary) == (2, "")


def test_the_annotations_of_one_monitor_push_no_other_reason_out(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = answered()
    for hour in range(12):
        scene.issue(at=-100 - hour)
    with_collect(monkeypatch, ci_health=lambda _collect: lambda *_given: 1 / 0)
    github = simulated(scene)
    token = github.token({"metadata": "read", "contents": "read", "issues": "read", "pull_requests": "read",
                          "discussions": "read"})
    ended, _ = step(tmp_path, *BOTH, "--history", "branch", at=github, GITHUB_TOKEN=token)
    errors = [line for line in ended.stdout.splitlines() if line.startswith("::error")]

    assert len(errors) == 10
    assert errors[0].startswith("::error title=repo-vitals::history: ")
    assert sum(line.startswith("::error title=CI health::internal error") for line in errors) == 1
    assert "\ninternal error (ZeroDivisionError" in ended.stdout[ended.stdout.index("::group::CI health"):]


def test_a_bug_in_showing_one_monitor_leaves_the_others_and_the_outputs(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = run_shown.publish

    def publish(outcome: Any, *given_: Any, **more: Any) -> Any:
        return 1 / 0 if outcome.monitor.name == "community-metrics" else known(outcome, *given_, **more)
    monkeypatch.setattr(run_shown, "publish", publish)
    monkeypatch.setattr(run_all.SharedPlaces, "cost", property(lambda _self: Cost()))
    monkeypatch.setattr("repo_vitals.runtime.shared_places.OneWrite.flush", lambda *_given, **_more: 1 / 0)
    ended, summary = step(tmp_path, *BOTH, "--history", "branch", at=simulated(answered()))

    assert ended.code == 3
    assert "::group::CI health" in ended.stdout
    assert "internal error (ZeroDivisionError" in summary


def test_a_history_that_cant_be_read_is_asked_for_once(simulated: Any, tmp_path: Path) -> None:
    github = simulated(answered())
    token = github.token({"issues": "read", "pull_requests": "read", "actions": "read", "discussions": "read"})
    ended, _ = step(tmp_path, *BOTH, "--history", "branch", at=github, GITHUB_TOKEN=token)
    asked = [one for one in github.log if ".git/" in one.path]

    assert ended.code == 2
    assert ended.stdout.count("::error title=") == 2
    assert len(asked) == 1


def test_whoever_ends_the_run_waits_for_no_monitor(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hanging(_collect: Any) -> Any:
        def around(*_given: Any) -> Any:
            os.kill(os.getpid(), signal.SIGINT)
            over.wait(10)
            raise CouldNotMeasure("too late")
        return around
    with_collect(monkeypatch, community_metrics=hanging)
    begun = time.monotonic()
    ended = run("run", *BOTH, folder=tmp_path, at=simulated(answered()))
    over.set()

    assert ended.code == 130
    assert time.monotonic() - begun < 8


def test_one_that_hangs_is_given_up_and_the_others_publish(
        simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends, late = threading.Event(), threading.Event()

    def hanging(collect: Any) -> Any:
        def around(*given_: Any) -> Any:
            assert ends.wait(30)
            try:
                return collect(*given_)
            finally:
                late.set()
        return around
    with_collect(monkeypatch, community_metrics=hanging)
    monkeypatch.setattr(run_all, "MOST_AT_ONCE", 1)     # what is given up holds no other back either
    monkeypatch.setattr(run_all, "started", lambda call, **more: started(
        call, **{**more, "longest": 1.0 if more["name"] == "community-metrics" else more["longest"]}))
    github = simulated(answered())
    folder = tmp_path / ".github"
    folder.mkdir()
    (folder / "repo-vitals.toml").write_text("[alert]\nunknown-after = 1\n[community-metrics]\n[ci-health]\n")
    ended, summary = step(tmp_path, *BOTH, "--history", "branch", "--max-time", "60s", at=github)
    assert sorted(path.name for path in (tmp_path / "repo-vitals").iterdir()) == ["alert.json", "ci-health.json"]
    ends.set()
    assert late.wait(30)
    for thread in threading.enumerate():
        if thread.name == "community-metrics":
            thread.join(30)

    said = "community-metrics did not end within 1m, and counts as not measured"
    assert ended.code == 3
    assert ended.stdout.count(f"::error title=Community metrics::{said}") == 1
    assert said in summary
    assert "🚫 not measured" in summary
    git, repository = github.state.git, github.state.repositories()[0]
    files = git.git(repository, "ls-tree", "-r", "--name-only", "refs/heads/repo-vitals-history").decode()
    assert "points/ci-health/" in files
    assert "points/community-metrics/" not in files
    assert not (tmp_path / "repo-vitals" / "community-metrics.json").exists()     # what comes too late leaves nothing
    assert any("community-metrics" in issue.body for issue in repository.issues)


def part(size: int, title: str = "CI health", **given_: Any) -> Part:
    return Part(**{"title": title, "status": "pass", "findings": 0, "said": "all is well",
                   "markdown": f"## {title}\n\n" + "line\n" * (size // 5), **given_})


@given(st.lists(st.integers(0, 5_000), max_size=6), st.integers(2_000, 20_000))
def test_a_long_summary_pushes_no_other_out(sizes: list[int], limit: int) -> None:
    parts = [part(size, f"Monitor {number}") for number, size in enumerate(sizes)]
    shown = whole_markdown(parts, Cost(), limit_bytes=limit)

    assert len(shown.encode()) <= limit
    if limit > 1_500 + 300 * len(parts):
        assert all(f"## Monitor {number}\n" in shown for number in range(len(parts)))
    if sum(len(one.markdown) for one in parts) < limit - 1_500:
        assert "was cut here" not in shown


def test_a_monitors_words_make_no_markup_in_the_table() -> None:
    shown = whole_markdown([part(0, said="<b>@acme | `x`</b>\n# y", status=None, markdown="")], Cost())

    assert "<b>" not in shown
    assert "\n# y" not in shown


