"""The harness itself: a run must be as bare as a user's, or it proves nothing."""
from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distributions
from typing import TYPE_CHECKING

import pytest

from support import act, environments
from support.act import Consumer, export_tracked
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOW = ".github/workflows/x.yml"


def one_step(run: str) -> str:
    return ("on: [workflow_dispatch, push]\njobs:\n  only:\n    runs-on: ubuntu-latest\n    steps:\n"
            f"      - id: only\n        run: |\n          {run}\n")


def test_nothing_of_the_caller_s_environment_reaches_a_step(consumer: Consumer,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOME_SECRET", "GITHUB_TOKEN", "GH_TOKEN", "PYTHONPATH", "REPO_VITALS_PYTHON"):
        monkeypatch.setenv(name, "from-the-caller")
    consumer.add(WORKFLOW, one_step('env >"$ACT_KEPT/env"; ls -A >"$ACT_KEPT/files"'))

    done = consumer.run(WORKFLOW)

    environment = (done.kept / "env").read_text(encoding="utf-8")
    assert "from-the-caller" not in environment
    assert "GITHUB_REPOSITORY=acme/widget\n" in environment
    assert (done.kept / "files").read_text(encoding="utf-8") == "", "the workspace is empty until it is checked out"


def test_what_a_step_does_is_read_back(consumer: Consumer) -> None:
    lines = ['echo "a=1" >>"$GITHUB_OUTPUT"', 'echo "# Hi" >>"$GITHUB_STEP_SUMMARY"',
             'echo "::warning title=t::w: 50%25"', "echo words", "exit 7"]
    consumer.add(WORKFLOW, one_step("\n          ".join(lines)))

    done = consumer.run(WORKFLOW)

    step = done.step("only")
    assert (done.exit_code, done.jobs, step.result, step.exit_code) == (1, {"only": "failure"}, "failure", 7)
    assert (step.outputs, step.summary, step.log) == ({"a": "1"}, "# Hi\n", "words\n")
    [warning] = step.annotations("warning")
    assert (warning.message, warning.properties) == ("w: 50%", {"title": "t"})


def test_an_action_that_nothing_stands_in_for_is_an_error(consumer: Consumer) -> None:
    consumer.add(WORKFLOW, one_step("true") + "      - uses: somebody/something@v1\n")

    with pytest.raises(AssertionError, match="somebody/something@v1, which has no double"):
        consumer.run(WORKFLOW)


def test_a_workflow_that_the_event_does_not_start_has_no_steps_to_ask_about(consumer: Consumer) -> None:
    consumer.add(WORKFLOW, one_step("true"))

    with pytest.raises(AssertionError, match="0 steps 'only'"):
        consumer.run(WORKFLOW, "release").step("only")


def test_the_export_holds_what_is_tracked_as_it_is_now_and_nothing_else(tmp_path: Path,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    (project / "bin").mkdir(parents=True)
    (project / "bin" / "tool").write_text("first", encoding="utf-8")
    (project / "bin" / "tool").chmod(0o755)
    (project / "gone").write_text("x", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    subprocess.run(["git", "-C", str(project), "add", "."], check=True)
    (project / "bin" / "tool").write_text("changed", encoding="utf-8")
    (project / "forgotten").write_text("x", encoding="utf-8")
    (project / "gone").unlink()
    monkeypatch.setattr(act, "ROOT", project)

    export_tracked(tmp_path / "export")

    assert sorted(path.name for path in (tmp_path / "export").rglob("*")) == ["bin", "tool"]
    assert (tmp_path / "export" / "bin" / "tool").read_text(encoding="utf-8") == "changed"
    assert (tmp_path / "export" / "bin" / "tool").stat().st_mode & 0o100


def test_an_environment_in_act_has_what_its_locks_name_and_nothing_else(tmp_path: Path) -> None:
    folder = environments.link(tmp_path, ("yaml",))

    locked = [re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8"),
                         re.MULTILINE) for name in ("base", "yaml")]
    found = {(package.name.lower().replace("_", "-"), package.version) for package in distributions(path=[str(folder)])}
    assert found <= {(name.lower().replace("_", "-"), version) for lock in locked for name, version in lock}
    assert {"pygithub", "pyyaml"} <= {name for name, _ in found}
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import github, yaml\n"
               "try:\n import pytest\nexcept ImportError:\n print(yaml.__file__)")
    seen = subprocess.run([sys.executable, "-I", "-S", "-c", program, str(folder)], capture_output=True, text=True,
                          check=True)
    assert seen.stdout.strip() == str(folder / "yaml" / "__init__.py")
