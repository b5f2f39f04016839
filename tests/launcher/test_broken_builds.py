"""A build that was killed, tampered with or had nothing to work with never leaves something that is used."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from support.fake_project import FakeProject, finish, make_wheel, whoever_installed


def stall_in(project: FakeProject, script: str) -> None:
    """A uv that does something, says that it is there, and hangs."""
    project.add_tool("uv", f'{script}\ntouch "{project.scratch}/reached"\nexec sleep 60')


def wait_for(project: FakeProject) -> None:
    deadline = time.monotonic() + 30
    while not (project.scratch / "reached").exists():
        assert time.monotonic() < deadline, "the build never got there"
        time.sleep(0.01)


HALF = 'while [ "$1" != --target ]; do shift; done; echo "raise SystemExit(99)" > "$2/vitalprobe.py"'


def test_a_build_killed_half_way_is_not_used_and_is_cleaned_up(project: FakeProject):
    stall_in(project, HALF)
    call = project.start("plain")
    wait_for(project)
    os.killpg(call.pid, signal.SIGKILL)
    call.communicate()
    assert len(project.leftovers()) == 1  # or this test shows nothing
    assert project.environments() == []

    (project.tools / "uv").unlink()
    assert project.run("plain").code == 0
    assert project.leftovers() == []


@pytest.mark.parametrize("moment", [pytest.param(moment, marks=() if moment in (0.06, 0.15, 0.3) else pytest.mark.slow)
                                    for moment in (0.02, 0.06, 0.1, 0.15, 0.2, 0.3, 0.45)])
def test_a_build_killed_at_any_moment_leaves_the_next_call_well(project: FakeProject, moment: float):
    project.use_uv()
    call = project.start("plain")
    time.sleep(moment)
    os.killpg(call.pid, signal.SIGKILL)
    call.communicate()
    outcome = project.run("plain")
    assert outcome.code == 0, outcome.err
    assert project.leftovers() == []


def test_a_killed_build_lets_those_who_waited_for_it_go_on(project: FakeProject):
    real = FakeProject.use_uv
    stall_in(project, HALF)
    first = project.start("plain")
    wait_for(project)
    (project.tools / "uv").unlink()
    real(project)
    waiting = [project.start("plain") for _ in range(3)]
    time.sleep(0.3)
    assert all(call.poll() is None for call in waiting)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert [finish(call).code for call in waiting] == [0, 0, 0]


@whoever_installed
def test_a_folder_without_its_mark_is_not_an_environment(either: FakeProject):
    either.run("plain")
    [environment] = either.environments()
    (environment / ".repo-vitals-complete").unlink()
    (environment / "vitalprobe.py").write_text("raise SystemExit(99)", encoding="utf-8")
    shutil.rmtree(environment / "__pycache__")
    assert either.run("plain").code == 0


def ended(process: int) -> bool:
    """Whether a process is gone, which takes a moment: whoever inherited it has to take notice."""
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130)])
def test_an_interrupted_or_cancelled_build_stops_its_installer_and_tidies_up(
    project: FakeProject, number: int, code: int
):
    stall_in(project, f'{HALF}; echo $$ > "{project.scratch}/installer"')
    call = project.start("plain")
    wait_for(project)
    os.kill(call.pid, number)  # to the launcher alone, as a runner that cancels a job does
    outcome = finish(call)
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "")
    assert project.leftovers() == []
    assert ended(int((project.scratch / "installer").read_text()))


def test_old_remains_of_other_environments_go_when_something_is_built(project: FakeProject):
    project.use_uv()
    old, recent = project.cache / "cp310-old.part-x", project.cache / "cp310-new.part-x"
    for folder in (old, recent):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    project.run("plain")
    assert project.leftovers() == [recent]  # another call may be at work there


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n") and "Traceback" not in text


def test_a_lock_with_another_hash_stops_it_with_one_clear_line(either: FakeProject):
    good = either.lock.read_text()
    either.lock.write_text(re.sub(r"sha256:....", "sha256:0000", good))
    outcome = either.run("plain")
    assert outcome.code == 2
    assert one_line(outcome.err)
    assert outcome.err.startswith(
        "repo-vitals: vitalprobe==1.0 does not have the hash that requirements/base.lock names"
    ), outcome.err
    assert either.environments() == either.leftovers() == []

    either.lock.write_text(good)
    assert either.run("plain").code == 0


def test_a_package_whose_content_was_exchanged_stops_it(either: FakeProject):
    make_wheel(either.wheels, "vitalprobe", "raise SystemExit('stolen')\n")
    outcome = either.run("plain")
    assert (outcome.code, one_line(outcome.err)) == (2, True)
    assert "vitalprobe==1.0 does not have the hash" in outcome.err


def test_after_a_wrong_hash_no_second_installer_is_tried(project: FakeProject):
    project.add_tool("uv", 'echo "error: Hash mismatch for \\`vitalprobe==1.0\\`"; exit 1')
    assert "vitalprobe==1.0 does not have the hash" in project.run("plain").err


@pytest.mark.parametrize(
    "content",
    ["vitalprobe==1.0\n", "vitalprobe\n", "vitalprobe==1.0 --hash=sha256:12\n", "<<<<<<< HEAD\n"],
    ids=["no hash", "no version", "cut hash", "merge conflict"],
)
def test_a_damaged_lock_is_the_clones_fault(either: FakeProject, content: str):
    either.lock.write_text(content)
    outcome = either.run("plain")
    assert (outcome.code, one_line(outcome.err)) == (2, True), outcome.err
    assert "requirements/base.lock" in outcome.err
    assert either.environments() == []


def test_a_missing_lock_names_the_file(project: FakeProject):
    project.lock.unlink()
    outcome = project.run("plain")
    assert (outcome.code, one_line(outcome.err)) == (2, True)
    assert str(project.lock) in outcome.err


def test_in_a_job_the_reason_is_an_annotation_too(project: FakeProject):
    project.use_uv()
    project.lock.write_text(re.sub(r"sha256:....", "sha256:0000", project.lock.read_text()))
    lines = project.run("plain", environ={"GITHUB_ACTIONS": "true"}).err.splitlines()
    assert lines[1].startswith("::error title=repo-vitals::vitalprobe==1.0 does not have the hash")
    assert lines[2].startswith("repo-vitals: vitalprobe==1.0 does not have the hash")
    assert len(lines) == 3


def test_an_index_that_cannot_be_reached_is_not_the_callers_fault(either: FakeProject):
    environ = {
        "PIP_NO_INDEX": "0",
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://someone:s3cret@127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
        "UV_HTTP_RETRIES": "0",
    }
    outcome = either.run("plain", environ=environ)
    assert (outcome.code, one_line(outcome.err)) == (3, True), outcome.err
    assert outcome.err.startswith("repo-vitals: the package index can't be reached: Connection refused."), outcome.err
    log = re.search(r"\(log: (.*)\)", outcome.err)
    assert log is not None
    written = Path(log.group(1)).read_text(encoding="utf-8")
    assert "127.0.0.1:9" in written
    assert "s3cret" not in written + outcome.err


def test_a_package_without_a_wheel_for_this_python_says_so(either: FakeProject):
    for wheel in either.wheels.iterdir():
        wheel.rename(wheel.with_name(wheel.name.replace("py3-none-any", "cp35-cp35m-win32")))
    outcome = either.run("plain")
    assert (outcome.code, one_line(outcome.err)) == (2, True), outcome.err
    assert "no wheel for this Python" in outcome.err
    assert "REPO_VITALS_PYTHON" in outcome.err


def test_a_cache_that_cannot_be_made_names_the_setting(project: FakeProject):
    (project.scratch / "file").touch()
    outcome = project.run("plain", environ={"REPO_VITALS_CACHE": str(project.scratch / "file" / "cache")})
    assert (outcome.code, one_line(outcome.err)) == (2, True)
    assert "REPO_VITALS_CACHE" in outcome.err


def test_the_installers_own_words_are_shown_on_request(project: FakeProject):
    project.use_uv()
    assert "vitalprobe==1.0" in project.run("plain", environ={"REPO_VITALS_DEBUG": "1"}).err


def test_credentials_in_an_address_are_never_shown_or_kept(project: FakeProject):
    project.add_tool("uv", 'echo "error: Failed to fetch: https://someone:s3cret@index.example/simple/"; exit 1')
    project.wheels.rename(project.scratch / "gone")
    for debug in ("", "1"):
        outcome = project.run("plain", environ={"REPO_VITALS_DEBUG": debug})
        assert outcome.code != 0
        log = "".join(path.read_text(encoding="utf-8") for path in project.cache.glob("*.log"))
        assert "https://***@index.example/simple/" in log
        assert "s3cret" not in outcome.err + log
