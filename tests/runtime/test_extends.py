"""`extends`: what an organisation's file stands in for, what it locks, and what happens where it can't be read."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.runtime.extending import parse_extends
from support.commands import Ended, read_report, run
from support.simulated import answered

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

FILE = ".github/repo-vitals.toml"
EXTENDS = 'extends = "acme/.github"\n'


@pytest.fixture
def shared(simulated: Any) -> Any:
    """`shared(text)` serves a repository that passes, beside acme/.github with this file; None: without the file."""
    def serve(text: str | bytes | None, *, private: bool = False) -> Simulator:
        scene = answered()
        holder = scene.state.add_repository("acme/.github", private=private)
        scene.state.put_file(holder, "README.md" if text is None else FILE, text or "")
        served: Simulator = simulated(scene)
        return served
    return serve


def called(folder: Path, own: str, *arguments: str, at: Simulator, **environ: str) -> Ended:
    (folder / ".github").mkdir(exist_ok=True)
    (folder / FILE).write_text(own, encoding="utf-8")
    ended = run(*arguments, folder=folder, at=at, environ=environ)
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def window_of(folder: Path, monitor: str = "community-metrics") -> str:
    report = read_report(folder / "repo-vitals" / f"{monitor}.json")
    assert report is not None
    start: str = report["window"]["start"]
    return start


def test_the_shared_tables_stand_in_key_by_key_for_what_the_own_file_lacks(shared: Any, tmp_path: Path) -> None:
    at = shared('[community-metrics]\nwindow = "2d"\nfail-on = "never"\nresponse-target = "1h"\n')
    ended = called(tmp_path, EXTENDS + '[community-metrics]\nresponse-target = "3d"\n', "community-metrics", at=at)
    assert (ended.code, ended.stderr) == (0, "")
    assert window_of(tmp_path) == "2026-01-29T06:00:00Z"
    assert [entry.status for entry in at.requests(operation="FileText")] == [200]


def test_the_one_request_is_in_the_cost_of_the_report(shared: Any, tmp_path: Path) -> None:
    at = shared('[community-metrics]\nwindow = "2d"\n')
    called(tmp_path, EXTENDS, "community-metrics", at=at)
    report = read_report(tmp_path / "repo-vitals" / "community-metrics.json")
    assert report is not None
    assert report["cost"]["requests"] == len(at.requests())


def test_run_asks_once_and_runs_what_either_file_names(shared: Any, tmp_path: Path) -> None:
    at = shared('[run]\nwindow = "2d"\n[ci-health]\n')
    ended = called(tmp_path, EXTENDS + "[community-metrics]\n", "run", at=at)
    assert ended.code == 0
    assert len(at.requests(operation="FileText")) == 1
    assert window_of(tmp_path) == window_of(tmp_path, "ci-health") == "2026-01-29T06:00:00Z"
    costs = [report["cost"]["requests"] for name in ("community-metrics", "ci-health")
             if (report := read_report(tmp_path / "repo-vitals" / f"{name}.json"))]
    assert sum(costs) == len(at.requests()) - 1      # the run's own, which is in the cost of all


def test_a_ref_is_a_branch_tag_or_commit_of_the_shared_repository(shared: Any, tmp_path: Path) -> None:
    at = shared('[community-metrics]\nwindow = "2d"\n')
    assert called(tmp_path, 'extends = "acme/.github@main"\n', "community-metrics", at=at).code == 0
    assert window_of(tmp_path) == "2026-01-29T06:00:00Z"
    missing = called(tmp_path, 'extends = "acme/.github@v9"\n', "community-metrics", at=at)
    assert missing.code == 2
    assert "there is no .github/repo-vitals.toml at v9; put one there, or take extends out" in missing.stderr


LOCKS = """
locked = ["run.fail-on", "community-metrics.response-target", "community-metrics.always-on", "allow"]
[run]
fail-on = "warn"
[community-metrics]
response-target = "8h"
[[allow]]
code = "a"
reason = "b"
"""


@pytest.mark.parametrize(("own", "environ", "said"), [
    ('[community-metrics]\nresponse-target = "9h"', {},
     "FILE:3: community-metrics.response-target is locked by acme/.github at 8h; leave it out"),
    ("", {"INPUT_RESPONSE_TARGET": "9h"}, "INPUT_RESPONSE_TARGET: community-metrics.response-target is locked by acme"),
    ('[community-metrics]\nalways-on = ["p0"]', {}, "always-on is locked by acme/.github at its default, p0, crit"),
    ('[run]\nfail-on = "never"', {}, "FILE:3: run.fail-on is locked by acme/.github at warn"),
    ('[community-metrics]\nfail-on = "never"', {}, "FILE:3: community-metrics.fail-on is locked by acme/.github at"),
    ("", {"INPUT_FAIL_ON": "never"}, "INPUT_FAIL_ON: run.fail-on is locked by acme/.github at warn"),
    ('[security-summary]\n[[allow]]\ncode = "z"\nreason = "z"', {}, "security-summary.allow is locked by acme/.github"),
])
def test_what_is_locked_stays_and_who_changes_it_is_told_by_whom(
        shared: Any, tmp_path: Path, own: str, environ: dict[str, str], said: str) -> None:
    at = shared(LOCKS)
    checked = called(tmp_path, EXTENDS + own, "config", "check", at=at, **environ)
    ended = called(tmp_path, EXTENDS + own, "run", at=at, **environ)
    for one in (checked, ended):
        assert one.code == 2
        assert said in (one.stdout + one.stderr).replace(str(tmp_path / FILE), "FILE")


def test_an_option_does_not_change_what_is_locked_and_may_say_the_same(shared: Any, tmp_path: Path) -> None:
    at = shared(LOCKS)
    changed = called(tmp_path, EXTENDS, "community-metrics", "--response-target", "9h", at=at)
    assert changed.code == 2
    assert "--response-target: community-metrics.response-target is locked by acme/.github at 8h" in changed.stderr
    same = called(tmp_path, EXTENDS + '[community-metrics]\nresponse-target = "PT8H"\n', "run", "--fail-on", "warn",
                  at=at)
    assert same.code == 0, same.stderr


def test_the_check_shows_what_is_shared_and_what_is_locked(shared: Any, tmp_path: Path) -> None:
    at = shared(LOCKS + '[ci-health]\nlast = 7\n')
    ended = called(tmp_path, EXTENDS + '[community-metrics]\nwindow = "2d"\n', "config", "check", at=at)
    assert (ended.code, ended.stderr) == (0, "")
    lines = {" ".join(line.split()) for line in ended.stdout.splitlines()}
    assert {"response-target 8h [community-metrics] of acme/.github, locked", "last 7 [ci-health] of acme/.github",
            "fail-on warn [run] of acme/.github, locked", f"window 48h {FILE} [community-metrics]",
            "always-on p0, critical, security default, locked by acme/.github"} <= lines
    assert ended.stdout.endswith(f"{FILE}: 4 tables, no mistakes\n")


@pytest.mark.parametrize(("text", "said"), [
    ('extends = "acme/other"\n', "extends another one, which a shared configuration may not"),
    ('locked = "run.fail-on"\n', "its .github/repo-vitals.toml: locked needs an array of keys"),
    ('locked = ["run"]\n', 'locked holds "run", which is not like "run.fail-on"'),
    ('locked = ["community-metrics.windw"]\n', 'acme/.github: locked holds "community-metrics.windw", which is no'),
    ("[run\n", ".github/repo-vitals.toml is not TOML"),
    (b"\xff\xfe\x00", "is no text, or too large to be shown"),
    ("[comunity-metrics]\n", 'acme/.github:1 has an unknown table "comunity-metrics" (did you mean community-metrics'),
    ('[community-metrics]\nwindw = "1d"\n', 'config: acme/.github:2: [community-metrics] has an unknown key "windw"'),
    ('[community-metrics]\nwindow = "1x"\n', 'acme/.github:2: [community-metrics] window: "1x" has an unknown unit'),
    ("[[allow]]\ncode = 'a'\n", "config: acme/.github:1: [[allow]] table 1"),
    (None, "there is no .github/repo-vitals.toml on its default branch; put one there, or take extends out"),
])
def test_a_shared_file_that_cant_be_used_ends_in_2_and_is_named(
        shared: Any, tmp_path: Path, text: str | bytes | None, said: str) -> None:
    at = shared(text)
    for command in (["community-metrics"], ["config", "check"]):
        ended = called(tmp_path, EXTENDS + "[community-metrics]\n", *command, at=at)
        assert ended.code == 2
        assert "acme/.github" in ended.stderr
        assert said in ended.stderr


@pytest.mark.parametrize("command", [["config", "check"], ["run"], ["community-metrics"]])
def test_a_lock_on_what_is_no_table_locks_nothing_and_is_told_by_everyone(
        shared: Any, tmp_path: Path, command: list[str]) -> None:
    at = shared('locked = ["coverge.minimum-ratio"]\n')
    theirs = called(tmp_path, EXTENDS, *command, at=at)
    assert theirs.code == 2
    assert 'acme/.github: locked names "coverge", which is no table (did you mean coverage?)' in theirs.stderr
    own = called(tmp_path, 'locked = ["coverge.minimum-ratio"]\n', *command, at=at)
    assert own.code == 2
    assert f'{tmp_path / FILE}: locked names "coverge", which is no table' in own.stderr


def test_the_check_of_a_file_that_others_extend_tells_what_its_locks_name_wrongly(shared: Any, tmp_path: Path) -> None:
    own = called(tmp_path, 'locked = ["coverage.minimun-ratio"]\n[ci-health]\n', "config", "check", at=shared(None))
    assert own.code == 2
    assert 'locked holds "coverage.minimun-ratio", which is no input (did you mean coverage.minimum-ratio' in own.stderr


def test_a_repository_that_is_missing_hidden_or_refused_ends_in_2_with_what_to_do(shared: Any, tmp_path: Path) -> None:
    at = shared("")
    missing = called(tmp_path, 'extends = "acme/none"\n', "run", at=at)
    assert missing.code == 2
    assert re.search(r'extends = "acme/none": repository acme/none: not found .* give token one', missing.stderr)
    refused = called(tmp_path, EXTENDS, "run", at=at, INPUT_TOKEN="ghs_wrong")
    assert refused.code == 2
    assert "refused the token (401)" in refused.stderr
    assert "ghs_wrong" not in refused.stdout + refused.stderr
    without = called(tmp_path, EXTENDS, "run", at=at, GITHUB_TOKEN="")
    assert without.code == 2
    assert 'extends = "acme/.github": token: none given' in without.stderr


def test_a_github_that_does_not_answer_ends_in_3(shared: Any, tmp_path: Path) -> None:
    at = shared("")
    nobody = "http://127.0.0.1:9/graphql"
    ended = called(tmp_path, EXTENDS, "run", at=at, INPUT_MAX_WAIT="1s", GITHUB_GRAPHQL_URL=nobody)
    assert ended.code == 3
    assert 'extends = "acme/.github": ' in ended.stderr


@pytest.mark.parametrize("value", [
    "acme", "acme/", "/x", "acme/../x", "https://evil.example/x", "acme/x@", "acme/x@a..b", "acme/x@-a", "acme/x@a:b",
    "acme/x@a b", "acme/x@a/", "a\nb/c", 3, ["acme/x"], {}])
def test_a_value_that_names_no_repository_is_refused_before_anything_is_asked(
        shared: Any, tmp_path: Path, value: Any) -> None:
    with pytest.raises(ValueError, match="owner/repository@ref"):
        parse_extends(value)
    if value == "acme/x@a:b":
        at = shared("")
        ended = called(tmp_path, f'extends = "{value}"\n', "run", at=at)
        assert ended.code == 2
        assert at.requests() == []


def test_the_shared_file_is_an_ordinary_one_in_its_own_repository(shared: Any, tmp_path: Path) -> None:
    own = 'locked = ["run.window"]\n[run]\nwindow = "2d"\n[community-metrics]\n'
    assert called(tmp_path, own, "run", at=shared(None)).code == 0
    assert window_of(tmp_path) == "2026-01-29T06:00:00Z"
    wrong = called(tmp_path, "locked = 3\n", "run", at=shared(None))
    assert wrong.code == 2
    assert "locked needs an array" in wrong.stderr


def test_a_shared_repository_that_was_renamed_is_found_by_its_old_name(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    holder = scene.state.add_repository("acme/.github")
    scene.state.put_file(holder, FILE, '[community-metrics]\nwindow = "2d"\n')
    scene.state.rename_repository(holder, "acme/shared")
    at = simulated(scene)
    ended = called(tmp_path, EXTENDS, "community-metrics", at=at)
    assert (ended.code, ended.stderr) == (0, "")
    assert window_of(tmp_path) == "2026-01-29T06:00:00Z"
    assert len(at.requests(operation="FileText")) == 1


LIMITS: list[dict[str, Any]] = [{"kind": "primary-limit", "resets_in": 900},
                                {"kind": "secondary-limit", "retry_after": 900}]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("command", [["run"], ["community-metrics"], ["config", "check"]])
def test_a_rate_limit_that_lasts_longer_than_max_wait_ends_in_3(shared: Any, tmp_path: Path, limit: dict[str, Any],
                                                                command: list[str]) -> None:
    at = shared('[community-metrics]\nwindow = "2d"\n')
    rule = at.faults.add(operation="FileText", **limit)
    ended = called(tmp_path, EXTENDS, *command, at=at, INPUT_MAX_WAIT="1s")
    assert (ended.code, rule.fired) == (3, 1)
    assert 'extends = "acme/.github": GitHub' in ended.stderr
    assert "further off than max-wait (1 s in all) allows" in ended.stderr
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("limit", LIMITS)
def test_a_rate_limit_is_waited_for_where_max_wait_allows(shared: Any, tmp_path: Path, limit: dict[str, Any]) -> None:
    at = shared('[community-metrics]\nwindow = "2d"\n')
    soon = {name: 1 if value == 900 else value for name, value in limit.items()}
    at.faults.add(operation="FileText", times=1, **soon)
    ended = called(tmp_path, EXTENDS, "community-metrics", at=at, INPUT_MAX_WAIT="90s")
    assert (ended.code, ended.stderr) == (0, "")
    assert window_of(tmp_path) == "2026-01-29T06:00:00Z"
    assert [entry.status for entry in at.requests(operation="FileText")][-1] == 200
