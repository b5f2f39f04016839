"""`config init`: a file that says what was found and passes its own check, whatever the files are called."""
from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.config.toml_text import toml_string, toml_value
from repo_vitals.registry import monitors
from repo_vitals.runtime import run_all
from repo_vitals.runtime.config_schema import ADDRESS
from repo_vitals.runtime.first_configuration import default_as_toml
from repo_vitals.runtime.pipeline import load_monitor
from support.commands import Ended, run

FILE = ".github/repo-vitals.toml"


def project(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", errors="surrogateescape")


def begun(folder: Path, *options: str) -> tuple[Ended, dict[str, Any], str]:
    """What `init` said and wrote; the file must pass `check`."""
    ended = run("config", "init", *options, folder=folder)
    assert (ended.code, ended.stderr) == (0, "")
    text = (folder / FILE).read_text(encoding="utf-8")
    checked = run("config", "check", folder=folder)
    assert (checked.code, checked.stderr) == (0, "")
    return ended, tomli.loads(text), text


def test_what_is_found_is_on_and_all_else_is_a_comment(tmp_path: Path) -> None:
    project(tmp_path, {
        "Cargo.toml": '[package]\nname = "widget"\nversion = "1.0.0"\n[dev-dependencies]\ncriterion = "0.5"\n',
        "web/package.json": "{}", "doc/guide.rst": "x", "README.md": "x", ".github/workflows/ci.yml": "cargo llvm-cov",
        ".github/workflows/release.yaml": "", ".github/workflows/old/x.yml": "", "target/x.md": "x",
        "node_modules/y/package.json": '{"name": "y"}'})

    ended, tables, text = begun(tmp_path)

    assert tables == {
        "run": {}, "community-metrics": {}, "ci-health": {}, "service-health": {}, "dependency-health": {},
        "docs-freshness": {"paths": ["/README*", "/docs/**", "/doc/**"]},
        "package-adoption": {"packages": ["crates:widget"]}}
    assert text.startswith(f"#:schema {ADDRESS}\n")
    assert '\n# workflows = ["ci.yml", "release.yaml"]\n' in text
    assert '\n# reports = ["lcov.info"]\n' in text
    assert '\n# current = ["target/criterion"]\n' in text
    assert '\n# services = ["crates.io:widget", "docs.rs:widget", "github"]\n' in text
    assert "\n# Time within which an open issue should have its first response" in text
    assert '\n# response-target = "24h"\n' in text
    assert "token" not in tomli.loads(text)["run"]
    assert ended.stdout.splitlines()[:3] == [
        "languages: Rust, JavaScript", "packages: crates:widget", "workflows: ci.yml, release.yaml"]
    assert f"wrote {FILE}" in ended.stdout


def test_an_empty_folder_gets_what_suits_any_repository(tmp_path: Path) -> None:
    ended, tables, _ = begun(tmp_path)
    assert tables == {"run": {}, "community-metrics": {}}
    assert "packages: none found" in ended.stdout


def test_in_a_folder_of_a_repository_it_says_where_runs_look_for_the_file(tmp_path: Path) -> None:
    inner = tmp_path / "crates" / "a"
    inner.mkdir(parents=True)
    assert "lies within" not in begun(inner)[0].stdout
    (tmp_path / ".git").mkdir()
    said = begun(inner, "--force")[0].stdout
    assert f"this folder lies within the repository at {tmp_path}, where runs look for the file" in said
    assert "lies within" not in begun(tmp_path)[0].stdout


def test_packages_that_are_not_published_or_have_no_possible_name_are_left_out(tmp_path: Path) -> None:
    project(tmp_path, {"package.json": '{"name": "../x\\"", "version": "1.0.0"}',
                       "pyproject.toml": '[project]\nname = "ok"\nversion = "1"\n',
                       "Cargo.toml": '[package]\nname = "inner"\nversion = "1.0.0"\npublish = false\n'})
    assert begun(tmp_path)[1]["package-adoption"] == {"packages": ["pypi:ok"]}


def test_a_report_that_is_there_is_named_before_where_tools_usually_leave_theirs(tmp_path: Path) -> None:
    project(tmp_path, {"a/b/coverage.xml": "", ".github/workflows/ci.yml": "cargo llvm-cov; go test -bench=."})
    text = begun(tmp_path)[2]
    assert '\n# reports = ["a/b/coverage.xml"]\n' in text
    assert '\n# current = ["bench.txt"]\n' in text


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    project(tmp_path, {FILE: "mine"})
    refused = run("config", "init", folder=tmp_path)
    assert refused.code == 2
    assert "is there already; add --force" in refused.stderr
    assert (tmp_path / FILE).read_text(encoding="utf-8") == "mine"
    begun(tmp_path, "--force")
    (tmp_path / "link.toml").symlink_to("nowhere")
    assert run("config", "init", "--output", "link.toml", folder=tmp_path).code == 2
    assert run("config", "init", "--output", "sub/own.toml", folder=tmp_path).code == 0
    assert run("config", "init", "--output=", folder=tmp_path).code == 2
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / ".github").symlink_to(tmp_path / "sub")
    led_away = run("config", "init", folder=tmp_path / "checkout")
    assert led_away.code == 2
    assert "leads out of the working folder by a link" in led_away.stderr
    assert not (tmp_path / "sub" / "repo-vitals.toml").exists()


def test_links_are_not_followed_and_what_cant_be_read_counts_as_not_there(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    project(tmp_path, {"Cargo.toml": '[package]\nname = "outside"\nversion = "1.0.0"\n', "inside/README.md": "x",
                       "inside/package.json": "[" * 5000})
    (inside / "Cargo.toml").symlink_to("../Cargo.toml")
    (inside / "up").symlink_to("..")
    _, tables, text = begun(inside)
    assert "outside" not in text
    assert "package-adoption" not in tables


_NAMES = st.text(st.sampled_from('ab"\\\'#[]=\n\r\t\x1b\u202e\x7fé🙂%${}:;,*?\x85 .'), min_size=1, max_size=12).filter(
    lambda name: name.strip(". "))


@given(_NAMES, _NAMES, _NAMES)
def test_whatever_files_are_called_the_file_passes_its_check(workflow: str, folder: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        project(Path(made), {
            f".github/workflows/{workflow}.yml": "", f"{folder}/coverage.xml": "", f"{folder}/x.md": "",
            "package.json": json.dumps({"name": name, "version": "1.0.0"})})
        ended, tables, text = begun(Path(made))
        assert tables["ci-health"] == {}
        assert tables.keys() <= {"run", "community-metrics", "ci-health", "dependency-health", "docs-freshness",
                                 "package-adoption"}
        [line] = [line for line in text.split("\n") if line.startswith("# workflows = ")]
        assert tomli.loads(line.removeprefix("# ")) == {"workflows": [f"{workflow}.yml"]}
        assert all(character.isprintable() or character == "\n" for character in text)
        assert all(character.isprintable() or character == "\n" for character in ended.stdout)


def test_a_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    try:
        project(tmp_path, {".github/workflows/\udcff.yml": "", ".github/workflows/ok.yml": ""})
    except OSError:
        pytest.skip("this file system takes no such names")
    assert '\n# workflows = ["ok.yml"]\n' in begun(tmp_path)[2]


@given(st.text())
def test_a_string_is_read_back_as_it_was(text: str) -> None:
    assert tomli.loads(f"x = {toml_string(text)}") == {"x": text}


@given(st.recursive(st.booleans() | st.integers(-2**63, 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=3),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                    max_leaves=6))
def test_a_value_is_read_back_as_it_was(value: Any) -> None:
    assert tomli.loads(f"x = {toml_value(value)}") == {"x": value}


def test_every_default_that_is_shown_is_what_the_file_would_give() -> None:
    every = [*run_all.INPUTS, *(one for command in monitors() for one in load_monitor(command.name).inputs)]
    shown = {declared.name: default_as_toml(declared) for declared in every}
    for declared in every:
        if text := default_as_toml(declared):
            assert declared.kind.from_toml(tomli.loads(f"x = {text}")["x"]) == declared.default, declared.name
    assert shown["business-hours"] == '"off"'
    assert shown["history"] == '"none"'
    assert shown["fail-on"] == '"fail"'
    assert shown["report"] == ""
