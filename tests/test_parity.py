"""What is said in several places is the same in all: declarations, action.yml, READMEs, docs, examples and folders."""
from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from repo_vitals.__main__ import main
from repo_vitals.config.declare import same_names
from repo_vitals.registry import concerns, monitors
from repo_vitals.runtime import docs, run_all
from repo_vitals.runtime.pipeline import load_monitor
from repo_vitals.runtime.publishing import outputs
from repo_vitals.runtime.world import World
from support.act import PUBLISHED
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.config.declare import Input

# Doers too: they have an action, a page and tables like any monitor.
MONITORS = [load_monitor(command.name) for command in concerns()]
# Every action: its file, inputs, output names and the launcher's arguments.
ACTIONS = [
    *((ROOT / "actions" / one.name / "action.yml", one.inputs, one.name, "../../bin") for one in MONITORS),
    (ROOT / "action.yml", run_all.INPUTS, "run", "bin"),
]
every_monitor = pytest.mark.parametrize("monitor", MONITORS, ids=lambda one: one.name)
every_action = pytest.mark.parametrize(("path", "inputs", "command", "folder"), ACTIONS,
                                       ids=[str(action[0].relative_to(ROOT)) for action in ACTIONS])


def load(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def table(path: Path, section: str) -> list[list[str]]:
    """The rows of a generated table, cells as they would be shown."""
    text = path.read_text(encoding="utf-8")
    [body] = re.findall(rf"<!-- generated: {section} -->\n(.*?)<!-- end: {section} -->", text, re.DOTALL)
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in body.splitlines() if line.startswith("|")]
    return [[re.sub(r"\\([|<])", r"\1", cell).strip() for cell in row] for row in rows][2:]


def test_nothing_that_is_generated_is_out_of_date() -> None:
    said = io.StringIO()

    code = main(["docs", "--check"], World(environ={}, folder=ROOT, stdout=said, stderr=said))

    assert (code, said.getvalue()) == (0, "")


@every_action
def test_an_action_takes_exactly_the_declared_inputs(path: Path, inputs: tuple[Input[Any], ...], command: str,
                                                     folder: str) -> None:
    declared = load(path)["inputs"]

    assert list(declared) == [one.name for one in inputs]
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in declared)
    for one in inputs:
        said = declared[one.name]["description"]
        assert one.help in said
        assert not one.shown_default or one.shown_default.replace("<command>", command) in said


@every_action
def test_an_action_has_no_default_but_the_token_so_that_the_configuration_file_can_win(
        path: Path, inputs: tuple[Input[Any], ...], command: str, folder: str) -> None:
    defaults = {name: one["default"] for name, one in load(path)["inputs"].items() if "default" in one}

    assert defaults == {"token": "${{ github.token }}"}
    assert not [name for name, one in load(path)["inputs"].items() if "required" in one]


@every_action
def test_an_action_is_one_step_that_hands_every_input_over_by_its_environment(
        path: Path, inputs: tuple[Input[Any], ...], command: str, folder: str) -> None:
    runs = load(path)["runs"]

    assert runs["using"] == "composite"
    [step] = runs["steps"]
    assert step["shell"] == "bash"
    assert step["run"] == f'bash "$GITHUB_ACTION_PATH/{folder}/repo-vitals" {command}'
    assert (path.parent / folder / "repo-vitals").is_file()
    # GitHub gives a composite step no INPUT_ variables by itself, though act does.
    assert step["env"] == {f"INPUT_{one.name.upper().replace('-', '_')}": f"${{{{ inputs.{one.name} }}}}"
                           for one in inputs}


@every_action
def test_an_action_hands_every_output_on(path: Path, inputs: tuple[Input[Any], ...], command: str,
                                         folder: str) -> None:
    action = load(path)
    [step] = action["runs"]["steps"]

    assert {name: one["value"] for name, one in action["outputs"].items()} == {
        name: f"${{{{ steps.{step['id']}.outputs.{name} }}}}" for name in action["outputs"]}
    assert all(one["description"].endswith(".") for one in action["outputs"].values())


@every_monitor
def test_the_outputs_of_an_action_are_those_that_the_command_sets(monitor: Monitor[Any]) -> None:
    from repo_vitals.runtime.outcome import Outcome

    set_by_the_command = outputs(Outcome(monitor=monitor, exit_code=3, summary="nothing was measured"))

    assert set(load(ROOT / "actions" / monitor.name / "action.yml")["outputs"]) == set(set_by_the_command)


def test_the_outputs_of_the_root_action_are_those_that_run_declares() -> None:
    assert set(load(ROOT / "action.yml")["outputs"]) == set(run_all.OUTPUTS)


@every_monitor
def test_every_headline_is_a_defined_metric_with_the_labels_it_has(monitor: Monitor[Any]) -> None:
    definitions = {one.name: one for one in monitor.metrics}

    for name, (metric, labels) in monitor.headlines.items():
        assert set(labels) == set(definitions[metric].labels), name


@every_action
def test_actions_can_be_listed_in_the_marketplace(path: Path, inputs: tuple[Input[Any], ...], command: str,
                                                  folder: str) -> None:
    action = load(path)

    assert 0 < len(action["description"]) < 125
    assert action["branding"] == {"icon": "activity", "color": "green"}


@pytest.mark.parametrize("inputs", [*(one.inputs for one in MONITORS), run_all.INPUTS, docs.INPUTS])
def test_no_input_is_declared_twice(inputs: tuple[Input[Any], ...]) -> None:
    assert same_names(inputs) == []


@every_monitor
def test_a_readme_lists_inputs_outputs_and_permissions(monitor: Monitor[Any]) -> None:
    path = ROOT / "actions" / monitor.name / "README.md"
    action = load(path.parent / "action.yml")

    assert [row[0] for row in table(path, "inputs")] == [f"`{name}`" for name in action["inputs"]]
    assert [row[:3] for row in table(path, "inputs")] == [
        [f"`{one.name}`", one.kind.name, one.shown_default.replace("<command>", monitor.name) or "none"]
        for one in monitor.inputs]
    assert table(path, "outputs") == [[f"`{name}`", one["description"]] for name, one in action["outputs"].items()]
    assert table(path, "permissions") == [[f"`{grant}`", reason] for grant, reason in monitor.permissions.items()]


@every_monitor
def test_docs_define_every_metric_and_every_key(monitor: Monitor[Any]) -> None:
    metrics = table(ROOT / "docs" / "metrics.md", monitor.name)
    keys = [row[0] for section in ("every-monitor", "monitors")
            for row in table(ROOT / "docs" / "configuration.md", section)]

    assert [row[0].split("`")[1] for row in metrics] == [one.name for one in monitor.metrics]
    assert {f"`{one.name}`" for one in monitor.inputs} <= set(keys)


@every_monitor
def test_the_same_name_stands_everywhere(monitor: Monitor[Any]) -> None:
    module = monitor.name.replace("-", "_")

    assert (ROOT / "src" / "repo_vitals" / "concerns" / module).is_dir()
    assert (ROOT / "tests" / "concerns" / module).is_dir()
    assert (ROOT / "actions" / monitor.name / "action.yml").is_file()
    assert (ROOT / "tests" / "actions" / f"test_{module}.py").is_file()


def test_no_folder_lacks_its_counterparts() -> None:
    names = {one.name for one in MONITORS}
    concerns = ROOT / "src" / "repo_vitals" / "concerns"

    assert {path.parent.name for path in ROOT.glob("actions/*/action.yml")} == names
    assert {path.parent.name.replace("_", "-") for path in concerns.glob("*/__init__.py")} == names
    assert {path.name.replace("_", "-") for path in (ROOT / "tests" / "concerns").iterdir()
            if any(path.glob("test_*.py"))} == names


@every_monitor
def test_the_permissions_of_examples_and_pages_are_the_documented_ones(monitor: Monitor[Any]) -> None:
    action = f"{PUBLISHED}/actions/{monitor.name}@v1"
    page = (ROOT / "actions" / monitor.name / "README.md").read_text(encoding="utf-8")
    # Steps that a reader may add stand in blocks of their own.
    shown = "\n".join(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
                      if not block.startswith("      - "))
    examples = [load(path) for path in sorted((ROOT / "workflows-examples").glob("*.yml"))]
    jobs = [job for workflow in [*examples, yaml.safe_load(shown)] for job in workflow["jobs"].values()
            if any(step.get("uses") == action for step in job["steps"])]

    assert len(jobs) >= 2, "an example and the page's own"
    for job in jobs:
        assert [f"{name}: {access}" for name, access in job["permissions"].items()] == granted(monitor.permissions, job)


def granted(needed: Iterable[str], job: dict[str, Any]) -> list[str]:
    """What a job grants: what its monitors need, without what a list of alerts takes that it leaves out or sites that
    it names none of, and the right to write where it keeps a history on a branch or uploads SARIF."""
    if any("/docs-freshness@" in step.get("uses", "") and "sites" not in step.get("with", {})
           for step in job["steps"]):
        needed = [grant for grant in needed if grant != "pages: read"]
    if any("/alert@" in step.get("uses", "") and "artifact" not in step.get("with", {}) for step in job["steps"]):
        needed = [grant for grant in needed if grant != "actions: read"]
    if any(step.get("with", {}).get("alerts") == "none" for step in job["steps"]):
        needed = [grant for grant in needed if grant not in ("security-events: read", "vulnerability-alerts: read")]
    if any("/upload-sarif@" in step.get("uses", "") for step in job["steps"]):
        needed = ["security-events: write" if grant == "security-events: read" else grant for grant in needed]
    keeps = any(str(step.get("with", {}).get("history", "")).startswith("branch") for step in job["steps"])
    grants = ["contents: write" if keeps and grant == "contents: read" else grant for grant in needed]
    return grants if not keeps or "contents: write" in grants else ["contents: write", *grants]


def test_the_permissions_of_the_root_example_are_those_of_all_monitors_together() -> None:
    [job] = load(ROOT / "workflows-examples" / "monitoring.yml")["jobs"].values()

    taking_part = {command.name for command in monitors()} | {"alert"}
    needed = dict.fromkeys(grant for one in MONITORS if one.name in taking_part for grant in one.permissions)
    wanted = {grant for grant in granted(needed, job)
              if grant.endswith("write") or grant.replace("read", "write") not in needed}
    assert {f"{name}: {access}" for name, access in job["permissions"].items()} == wanted
