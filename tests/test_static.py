"""Linters, types and the official schemas, each over everything that it can read."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.node_packages import npm_tree
from support.tools import ROOT, node, tool

if TYPE_CHECKING:
    from pathlib import Path


def actions() -> list[Path]:
    return [*ROOT.glob("action.yml"), *sorted(ROOT.glob("actions/*/action.yml"))]


def workflows() -> list[Path]:
    return [*sorted(ROOT.glob("workflows-examples/*.yml")), *sorted(ROOT.glob(".github/workflows/*.yml"))]


def required(files: list[Path], what: str) -> list[str]:
    """The files by their names from the root; a checker that is given none would find nothing."""
    assert files, f"there are no {what}"
    return [str(path.relative_to(ROOT)) for path in files]


def check(*command: str) -> None:
    """Runs a checker from the root; what it finds is the failure."""
    environ = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_ruff_finds_nothing():
    check(*tool("ruff"), "check", "--no-cache", ".")


def test_mypy_finds_nothing():
    check(*tool("mypy"))


def test_the_shell_scripts_are_well_formed():
    check("bash", "-n", "bin/repo-vitals")
    check("bash", "-n", "bin/test")
    check("bash", "-n", "bin/start.sh")
    check("bash", "-n", ".ci/run")


def test_zizmor_finds_nothing_even_when_pedantic():
    files = required(actions() + workflows(), "actions and workflows")
    check(*tool("zizmor"), "--offline", "--strict-collection", "--persona", "pedantic", "--quiet",
          "--config", ".github/zizmor.yml", *files)  # fmt: skip


def test_jactionlint_finds_nothing():
    check(
        *tool("jactionlint"),
        "--no-online",
        "--strict-exit",
        *required(actions() + workflows(), "actions and workflows"),
    )


def test_the_workflows_follow_githubs_schema():
    files = required(workflows(), "workflows")
    check(*tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *files)


def test_the_actions_follow_githubs_schema():
    check(*tool("check-jsonschema"), "--builtin-schema", "vendor.github-actions", *required(actions(), "actions"))


STEPS = "jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo {}\n"
LANGUAGE_SERVICE = ROOT / "tests" / "support" / "language_service"


def language_service(*files: str) -> list[str]:
    return [str(node()), str(LANGUAGE_SERVICE / "check.mjs"), str(npm_tree(LANGUAGE_SERVICE)), *files]


def test_githubs_own_language_service_finds_nothing():
    check(*language_service(*required(actions() + workflows(), "actions and workflows")))


@pytest.mark.parametrize(("name", "text", "says"), [
    ("workflow.yml", "on: pussh\n" + STEPS.format("a"), "Unexpected value 'pussh'"),
    ("workflow.yml", "on: push\n" + STEPS.format("${{ githib.x }}"), "'githib'"),
    ("action.yml", "name: x\ndescription: x\nruns:\n  using: composite\n  stepz: []\n", "Unexpected value 'stepz'"),
])
def test_githubs_own_language_service_finds_what_is_wrong(tmp_path: Path, name: str, text: str, says: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(language_service(str(tmp_path / name)), capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert says in done.stdout


def test_hadolint_finds_nothing_in_the_dockerfile():
    check(*tool("hadolint"), "Dockerfile")


# A checker that is called the wrong way finds nothing either, so each must find what is wrong here.
WRONG = {
    "workflow": "name: X\non: push\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: somebody/something@v1\n      - run: echo ${{ github.event.issue.title }}\n",
    "broken": "name: X\non: push\njobs:\n  x:\n    steps: 3\n",
    "action": "name: X\ndescription: x\nruns:\n  using: composite\n  steps:\n    - run: echo ${{ inputs.x }}\n",
}


@pytest.mark.parametrize(
    ("command", "name", "says"),
    [
        (["zizmor", "--offline", "--strict-collection", "--quiet"], "workflow", "template-injection"),
        (["zizmor", "--offline", "--strict-collection", "--quiet"], "broken", "broken.yml"),
        (["jactionlint", "--no-online"], "workflow", "unpinned-uses"),
        (["jactionlint", "--no-online"], "action", "shell"),
        (["check-jsonschema", "--builtin-schema", "vendor.github-workflows"], "broken", "is not valid"),
        (["check-jsonschema", "--builtin-schema", "vendor.github-actions"], "action", "Schema validation errors"),
    ],
)
def test_the_checkers_find_what_is_wrong(tmp_path: Path, command: list[str], name: str, says: str):
    path = tmp_path / ("action.yml" if name == "action" else f"{name}.yml")
    path.write_text(WRONG[name], encoding="utf-8")
    done = subprocess.run(
        [*tool(command[0]), *command[1:], str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert says in done.stdout + done.stderr
