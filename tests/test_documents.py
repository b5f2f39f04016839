"""What the documents say is so: their examples work, their figures come out, their links lead somewhere."""
from __future__ import annotations

import io
import json
import re
import textwrap
from typing import TYPE_CHECKING

import pytest
import yaml

from repo_vitals import registry
from repo_vitals.__main__ import main
from repo_vitals.concerns.community_metrics.service_inputs import SLA
from repo_vitals.config.resolve import resolve
from repo_vitals.report.rules import parse_rules
from repo_vitals.runtime.pipeline import load_monitor
from repo_vitals.runtime.world import World
from support.ci_scene import CiScene
from support.commands import run
from support.covered import cobertura, lcov
from support.simulated import serving
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("actions/*/*.md")])
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> list[str]:
    """The fenced examples of one language, without the indentation that a list gives them."""
    return [textwrap.dedent(body) for body in re.findall(rf"^ *```{language}\n(.*?)^ *```", read(path),
                                                         re.DOTALL | re.MULTILINE)]


def anchors(path: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", read(path), flags=re.DOTALL | re.MULTILINE),
                          re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", read(path), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@every_document
def test_commands_that_are_named_are_there(path: Path) -> None:
    for name, options in re.findall(r"bin/repo-vitals ([a-z][a-z-]*)((?: --[a-z-]+| \S+)*)", read(path)):
        assert registry.find(name) is not None, name
        for option in re.findall(r"--[a-z-]+", options):
            said = io.StringIO()
            main([name, "--help"], World(environ={}, stdout=said))
            assert option in said.getvalue(), (name, option)


def test_the_report_that_the_readme_shows_is_the_one_that_the_demo_prints(tmp_path: Path) -> None:
    [shown] = blocks(ROOT / "README.md", "text")
    said = io.StringIO()
    code = main(["demo"], World(environ={}, folder=tmp_path, stdout=said, stderr=io.StringIO()))
    assert code == 0
    printed = iter(said.getvalue().splitlines())
    for line in shown.splitlines():
        if line != "…":     # lines are left out here, and in a line something is
            pattern = ".*".join(re.escape(part.strip() if part != line else part) for part in line.split("…"))
            assert any(re.fullmatch(pattern if "…" not in line else rf"\s*{pattern}", found) for found in printed), line


def test_the_readmes_cost_is_that_of_the_demo() -> None:
    text = " ".join(read(ROOT / "README.md").split())
    [shown] = re.findall(r"^cost: (\d+) requests, (\d+) GraphQL points", blocks(ROOT / "README.md", "text")[0],
                         re.MULTILINE)
    assert "{} requests and {} GraphQL points (`bin/repo-vitals demo`)".format(*shown) in text


def test_the_readmes_workflow_is_an_excerpt_of_the_example_that_the_tests_run() -> None:
    [shown] = blocks(ROOT / "README.md", "yaml")
    example = iter(read(ROOT / "workflows-examples" / "community-metrics.yml").splitlines())
    for line in shown.splitlines():
        assert any(found == line for found in example), line
    whole = yaml.safe_load(read(ROOT / "workflows-examples" / "community-metrics.yml"))["jobs"]["community-metrics"]
    excerpt = yaml.safe_load(shown)["jobs"]["community-metrics"]
    assert [step["uses"] for step in excerpt["steps"]] == [step["uses"] for step in whole["steps"]]
    assert {key: value for key, value in excerpt.items() if key != "steps"} == {
        key: value for key, value in whole.items() if key != "steps"}


CONFIGURATIONS = [(document, number) for document in ("configuration.md", "migrating-from-scripts.md")
                  for number, _ in enumerate(blocks(ROOT / "docs" / document, "toml"))]


@pytest.mark.parametrize(("document", "number"), CONFIGURATIONS)
def test_a_configuration_that_is_shown_is_accepted(tmp_path: Path, document: str, number: int) -> None:
    shown = blocks(ROOT / "docs" / document, "toml")[number]
    (tmp_path / ".github").mkdir()
    scene = CiScene()
    for file in ("ci.yml", "nightly.yml", "security.yml"):
        for place in range(6):
            scene.run(at=-place - 1, of=scene.workflow(file) if place == 0 else scene.repository.workflows[-1])
    for name in ("acme/old-but-gold", "ann/dotfiles", "acme/sandbox-1", "acme/website"):
        scene.state.add_repository(name)
    [shared] = [text for text in blocks(ROOT / "docs" / "configuration.md", "toml") if "locked = " in text]
    scene.state.put_file(scene.state.add_repository("acme/.github"), ".github/repo-vitals.toml", shared)
    scene.issue(at=-5).comment(by="bob", at=-4)
    scene.role("bob", "MEMBER")
    scene.pull_request(at=-5).comment(by="bob", at=-4)
    covered = {"src/core/a.py": {1: 1}, "examples/b.py": {1: 1}}
    (tmp_path / "lcov.info").write_text(lcov(covered), encoding="utf-8")
    (tmp_path / "coverage.xml").write_text(cobertura(covered), encoding="utf-8")
    (tmp_path / "target" / "release").mkdir(parents=True)
    (tmp_path / "target" / "release" / "app").write_text("x", encoding="utf-8")
    (tmp_path / "bench.json").write_text(json.dumps({
        "format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [
            {"name": "startup", "unit": "ms", "value": 80}, {"name": "throughput", "unit": "ops/s", "value": 3e7},
            {"name": "heap", "unit": "MB", "value": 9, "measures": "peak_memory"},
            *({"name": f"sort/{size}", "unit": "us", "value": size} for size in (10, 100, 1000))]}), encoding="utf-8")
    with serving(scene) as simulator:
        (tmp_path / ".github" / "repo-vitals.toml").write_text(shown, encoding="utf-8")
        for command in (["run"], ["community-metrics"], ["config", "check"]):
            ended = run(*command, folder=tmp_path, at=simulator)
            assert (ended.code, ended.stderr) == (0, "")


def test_every_script_and_workflow_that_is_replaced_has_a_row_and_a_section() -> None:
    text = read(ROOT / "docs" / "migrating-from-scripts.md")
    rows = re.findall(r"^\| \[`([\w-]+\.\w+)`\]\(#", text, re.MULTILINE)
    sections = {name for heading in re.findall(r"^## (.*)$", text, re.MULTILINE)
                for name in re.findall(r"`([\w-]+\.\w+)`", heading)}
    assert len(rows) == len(set(rows)) == 19
    assert set(rows) == sections


def test_inputs_that_are_shown_are_accepted_and_rules_compile() -> None:
    for shown in blocks(ROOT / "docs" / "configuration.md", "yaml"):
        [step] = yaml.safe_load(shown)
        name = step["uses"].partition("@")[0].rpartition("/")[2]
        resolve(load_monitor(name).inputs, options=step["with"], environ={}, table={}, command=name, config_path=ROOT)
    assert [rule.severity for rule in parse_rules(shown_input("rules").splitlines())] == ["high", "low"]


def test_service_levels_that_are_shown_are_read_with_the_own_rule_last() -> None:
    assert str(SLA.kind.parse(shown_input("sla"))[-1]) == "resolution priority=critical type=bug: 7d"


def shown_input(name: str) -> str:
    """The one value of an input in the steps that the configuration's page shows."""
    steps = [yaml.safe_load(shown)[0] for shown in blocks(ROOT / "docs" / "configuration.md", "yaml")]
    [value] = [step["with"][name] for step in steps if name in step["with"]]
    return str(value)


@every_document
def test_a_fenced_block_is_closed_and_lines_end_clean(path: Path) -> None:
    lines = read(path).splitlines()
    assert sum(line.lstrip().startswith("```") for line in lines) % 2 == 0
    assert not [number for number, line in enumerate(lines, start=1) if line != line.rstrip()]
