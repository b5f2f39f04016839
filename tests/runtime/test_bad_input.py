"""Everything a caller can get wrong ends in one clear line, the right exit code, and nothing half-written."""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.__main__ import main
from support.commands import Ended, run
from support.simulated import Scene, answered

if TYPE_CHECKING:
    from pathlib import Path


def one_line(ended: Ended) -> str:
    """The one line that was said about it."""
    assert "Traceback" not in ended.stderr + ended.stdout
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("error: ")
    said = ended.stderr.strip().removeprefix("error: ")
    return said.removeprefix("Community metrics: ").removeprefix("repo-vitals: ")


def refused(*arguments: str, folder: Path, code: int = 2, **more: Any) -> str:
    ended = run(*arguments, folder=folder, **more)
    assert ended.code == code, ended.stderr
    assert not any(name.startswith("repo-vitals/") for name in ended.left_behind)
    return one_line(ended)


TOKEN = {"GITHUB_TOKEN": "ghs_0123456789"}


@pytest.mark.parametrize(("arguments", "message"), [
    (["comunity-metrics"], 'unknown command "comunity-metrics" (did you mean community-metrics?)'),
    (["community-metrics", "--windw", "3d"], 'community-metrics: unknown option "--windw" (did you mean --window'),
    (["community-metrics", "--window", "3 moons"], '--window: "3 moons" has an unknown unit "moons"'),
    (["community-metrics", "--fail-on", "maybe"], '--fail-on: "maybe" is not one of never, warn, fail'),
    (["community-metrics", "--repository", "widget"], '--repository: "widget" is not a repository\'s owner/name'),
    (["community-metrics", "--config", "none.toml"], "none.toml does not exist"),
    (["community-metrics", "--rules", "high: .status =="], "rules"),
    (["community-metrics", "--rules", "grave: true"], "rules"),
    (["run", "--monitors", "ci-helth"], 'monitors: "ci-helth" is not a monitor'),
    (["demo", "--issues", "many"], '--issues: "many" is not a whole number'),
])
def test_a_mistake_in_the_call_is_named(tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in refused(*arguments, folder=tmp_path, environ=TOKEN)


@pytest.mark.parametrize(("content", "message"), [
    (b"[community-metrics]\nwindw = '3d'", '[community-metrics] has an unknown key "windw" (did you mean window?)'),
    (b"[comunity-metrics]", 'unknown table "comunity-metrics"'),
    (b"[community-metrics]\nwindow = 30", "[community-metrics] window: \"30\" needs a string, not an integer"),
    (b"[community-metrics]\nresponse-target = '2 parsecs'", 'has an unknown unit "parsecs"'),
    (b"[community-metrics", "is not TOML"),
    (b"# \xe9", "is not UTF-8"),
])
def test_a_mistake_in_the_configuration_is_named_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_bytes(content)
    said = refused("community-metrics", folder=tmp_path, environ=TOKEN)
    assert message in said
    assert "repo-vitals.toml" in said


def test_without_a_token_the_ways_to_give_one_are_named(tmp_path: Path) -> None:
    assert "GITHUB_TOKEN" in refused("community-metrics", folder=tmp_path)


def test_without_a_repository_the_ways_to_name_one_are_named(tmp_path: Path) -> None:
    said = refused("community-metrics", folder=tmp_path, environ={**TOKEN, "GITHUB_REPOSITORY": ""})
    assert "--repository owner/name" in said


def test_a_repository_that_does_not_exist_is_the_callers_mistake(simulated: Any, tmp_path: Path) -> None:
    said = refused("community-metrics", "--repository", "acme/none", folder=tmp_path, at=simulated(answered()))
    assert "acme/none" in said


def test_a_token_that_is_refused_is_the_callers_mistake(simulated: Any, tmp_path: Path) -> None:
    said = refused("community-metrics", folder=tmp_path, at=simulated(answered()), token="ghs_expired")
    assert "401" in said
    assert "ghs_expired" not in said


@pytest.mark.parametrize(("missing", "named"), [
    ("issues", "issues: read"), ("pull_requests", "pull-requests: read"), ("contents", "contents: read"),
])
def test_a_missing_permission_is_named(simulated: Any, tmp_path: Path, missing: str, named: str) -> None:
    scene = answered()
    scene.repository.private = True
    granted = {"contents": "read", "issues": "read", "pull_requests": "read", "discussions": "read"}
    github = simulated(scene)
    token = github.token({name: access for name, access in granted.items() if name != missing})
    assert named in refused("community-metrics", folder=tmp_path, at=github, token=token)


def test_an_archived_repository_is_measured_and_a_note_says_so(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.repository.archived = True
    ended = run("community-metrics", folder=tmp_path, at=simulated(scene))
    assert ended.code == 0
    assert ended.report["data"]["notes"] == ["acme/widget is archived"]


def test_an_empty_repository_is_unknown_rather_than_passing(simulated: Any, tmp_path: Path) -> None:
    ended = run("community-metrics", folder=tmp_path, at=simulated(Scene()))
    assert (ended.code, ended.report["status"]) == (0, "unknown")
    assert ended.figure("contributors_active") is None
    assert run("community-metrics", "--unknown-is", "fail", folder=tmp_path, at=simulated(Scene())).code == 1


def test_disabled_issues_are_unknown_and_a_note_says_so(simulated: Any, tmp_path: Path) -> None:
    scene = Scene()
    scene.repository.issues_enabled = False
    scene.pull_request(at=-5).comment(by="bob", at=-4)
    scene.commit(by="ann", at=-3)
    ended = run("community-metrics", folder=tmp_path, at=simulated(scene))
    assert (ended.code, ended.report["status"]) == (0, "unknown")
    assert ended.figure("issues_open") is None
    assert ended.report["data"]["notes"] == ["issues are disabled in acme/widget; their figures are unknown"]


def test_disabled_discussions_change_no_verdict(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.repository.discussions_enabled = False
    ended = run("community-metrics", folder=tmp_path, at=simulated(scene))
    assert (ended.code, ended.report["status"]) == (0, "pass")
    assert ended.figure("discussion_first_response_seconds", quantile="0.5") is None


@pytest.mark.parametrize("path", ["taken/by/a/file.json", "folder"])
def test_a_report_that_cant_be_written_is_named_and_nothing_else_is_left(
        simulated: Any, tmp_path: Path, path: str) -> None:
    (tmp_path / "taken").write_text("in the way")
    (tmp_path / "folder").mkdir()
    said = refused("community-metrics", "--report", path, folder=tmp_path, at=simulated(answered()))
    assert "report" in said
    assert "can't be written" in said


@pytest.mark.parametrize("badge", ["out.json", "./out.json", "folder/../out.json"])
def test_two_files_at_one_path_are_refused_before_anything_is_asked(tmp_path: Path, badge: str) -> None:
    said = refused("community-metrics", "--report", "out.json", "--badge", badge, folder=tmp_path, environ=TOKEN)
    assert said == f'badge: "{badge}" is where report goes; give it a path of its own'


def test_a_clock_that_is_no_instant_is_named(tmp_path: Path) -> None:
    said = refused("community-metrics", folder=tmp_path, environ={**TOKEN, "REPO_VITALS_NOW": "noon"})
    assert "REPO_VITALS_NOW" in said


def test_a_clock_before_the_data_sees_nothing_of_it(simulated: Any, tmp_path: Path) -> None:
    ended = run("community-metrics", folder=tmp_path, at=simulated(answered()),
                environ={"REPO_VITALS_NOW": "2020-01-01T00:00:00Z"})
    assert (ended.code, ended.report["status"]) == (0, "unknown")
    assert ended.figure("issues_open") == 0


def test_a_clock_after_the_data_sees_it_aged(simulated: Any, tmp_path: Path) -> None:
    scene = answered()
    scene.issue(at=-3)
    ended = run("community-metrics", folder=tmp_path, at=simulated(scene),
                environ={"REPO_VITALS_NOW": "2030-01-01T00:00:00Z"})
    assert ended.code == 1
    assert ended.figure("issues_awaiting_response") == 1
    assert ended.figure("issues_opened") == 0


def test_a_dead_github_is_exit_3(tmp_path: Path) -> None:
    said = refused("community-metrics", "--max-wait", "1s", folder=tmp_path, code=3, environ={
        **TOKEN, "GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_GRAPHQL_URL": "http://127.0.0.1:1/graphql"})
    assert "127.0.0.1" in said or "GitHub" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody is in")
def test_a_working_folder_that_is_gone_is_named(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["--version"]) == 2
    assert capsys.readouterr().err.startswith("error: repo-vitals: the working folder is gone")


def test_a_bug_is_one_line_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repo_vitals.runtime.pipeline.resolve_inputs", lambda *_: 1 / 0)
    said = refused("community-metrics", folder=tmp_path, code=3, environ=TOKEN)
    assert said.startswith("internal error (ZeroDivisionError in ")


@pytest.mark.parametrize("table", ["community-metrics", "run"])
@pytest.mark.parametrize("path", ["/etc/profile.d/x", "../outside", "link/x", "a/../../x"])
def test_a_configuration_file_sends_nothing_out_of_the_working_folder(tmp_path: Path, table: str, path: str) -> None:
    folder = tmp_path / "checkout"
    (folder / ".github").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    key = "reports" if table == "run" else "openmetrics"
    (folder / ".github" / "repo-vitals.toml").write_text(f'[{table}]\n{key} = "{path}"\n')
    said = refused(table, folder=folder, environ=TOKEN)
    assert f"{key}: the configuration file may not lead out of the working folder" in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkout"]


@pytest.mark.parametrize("path", [".git/hooks/post-checkout", "a/.GIT/config", "../temp/_runner_file_commands/set_env"])
def test_a_configuration_file_sends_nothing_to_what_git_and_the_runner_keep(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "checkout"
    (folder / ".github").mkdir(parents=True)
    (folder / ".github" / "repo-vitals.toml").write_text(f'[community-metrics]\nreport = "{path}"\n')
    said = refused("community-metrics", folder=folder, environ={**TOKEN, "RUNNER_TEMP": str(tmp_path / "temp")})
    assert "report: the configuration file may not lead to what git or the runner keeps" in said
    assert [entry.name for entry in folder.iterdir()] == [".github"]


def test_an_option_may_lead_anywhere(simulated: Any, tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    ended = run("community-metrics", "--openmetrics", str(tmp_path / "outside.prom"), folder=tmp_path / "checkout",
                at=simulated(answered()))
    assert ended.code == 0
    assert (tmp_path / "outside.prom").is_file()
