"""What manifests state as the version of the repository's own packages, and where."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.versions import stated, told, wrong

CARGO = '[package]\nname = "widget"\nedition = "2021"\nversion = "1.4.0"\n\n[dependencies]\nserde = "1.0"\n'


def test_a_crates_version_is_its_packages_and_no_dependencys() -> None:
    assert stated({"Cargo.toml": CARGO}) == [("Cargo.toml", 4, "1.4.0", "widget")]


def test_members_inherit_the_workspaces_version_which_is_stated_once() -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/old"]\n'
                      '[workspace.package]\nversion = "2.1.0"\n',
        "crates/core/Cargo.toml": '[package]\nname = "core"\nversion.workspace = true\n',
        "crates/cli/Cargo.toml": '[package]\nname = "cli"\nversion = { workspace = true }\n',
        "crates/own/Cargo.toml": '[package]\nname = "own"\nversion = "0.3.0"\n',
        "crates/old/Cargo.toml": '[package]\nname = "old"\nversion = "9.0.0"\n',
        "examples/Cargo.toml": '[package]\nname = "example"\nversion = "9.0.0"\n',
    }
    assert stated(files) == [("Cargo.toml", 5, "2.1.0", "cli"), ("crates/own/Cargo.toml", 3, "0.3.0", "own")]


@pytest.mark.parametrize(("text", "place"), [
    ('[project]\nname = "widget"\nversion = "1.4.0"\n', ("pyproject.toml", 3, "1.4.0", "widget")),
    ('[tool.poetry]\nname = "widget"\nversion = "1.4.0"\n', ("pyproject.toml", 3, "1.4.0", "widget")),
    ('[project]\nname = "widget"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "src/w/about.py"\n',
     ("src/w/about.py", 2, "1.5.0", "widget")),
    (('[project]\nname = "widget"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "w.about.V"}\n'
     '[tool.setuptools.packages.find]\nwhere = ["src"]\n'), ("src/w/about.py", 2, "1.5.0", "widget")),
    ('[project]\nname = "widget"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n',
     ("VERSION", 1, "1.6.0", "widget")),
    ('[build-system]\nrequires = ["flit_core"]\n[project]\nname = "w"\ndynamic = ["version"]\n',
     ("src/w/__init__.py", 1, "1.7.0", "w")),
    (('[build-system]\nrequires = ["maturin>=1"]\n[project]\nname = "widget"\ndynamic = ["version"]\n'
     '[tool.maturin]\nmanifest-path = "rust/Cargo.toml"\n'), ("rust/Cargo.toml", 4, "1.4.0", "widget")),
])
def test_a_python_projects_version_is_read_where_the_build_tool_would_without_running_anything(
    text: str, place: tuple[str, int, str, str],
) -> None:
    files = {"pyproject.toml": text, "src/w/about.py": '"""About."""\n__version__ = "1.5.0"\n', "VERSION": "1.6.0\n",
             "src/w/__init__.py": "version: str = '1.7.0'\n", "rust/Cargo.toml": CARGO}
    assert stated(files) == [place]


@pytest.mark.parametrize(("files", "place"), [
    ({"setup.cfg": "[metadata]\nname = widget\nversion = 1.4.0\n[options]\nname = x\n"}, ("setup.cfg", 3, "1.4.0")),
    ({"setup.cfg": "[metadata]\nname = widget\nversion = attr: w.__version__\n",
      "src/w/__init__.py": "__version__='1.5'"}, ("src/w/__init__.py", 1, "1.5")),
    ({"setup.cfg": "[metadata]\nname: widget\nversion: file: VERSION\n", "VERSION": "1.6.0\n"},
     ("VERSION", 1, "1.6.0")),
    ({"setup.py": "from setuptools import setup\nsetup(\n    name='widget',\n    version='1.4.0',\n"
                  "    x=dict(version='9'))\n"}, ("setup.py", 4, "1.4.0")),
    ({"setup.py": 'VERSION = "1.4.0"\nsetuptools.setup(name="widget", version=VERSION)\n'}, ("setup.py", 2, "1.4.0")),
    ({"setup.py": "setup(version='1.4.0')", "setup.cfg": "[metadata]\nname = widget\nversion = 1.3.0\n"},
     ("setup.py", 1, "1.4.0")),
    ({"pyproject.toml": '[project]\nname = "widget"\ndynamic = ["version"]\n', "setup.py": "setup(version='1.4.0')"},
     ("setup.py", 1, "1.4.0")),
    ({"pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
      "setup.py": "setup(name='widget', version='1.4.0')"}, ("setup.py", 1, "1.4.0")),
])
def test_setuptools_older_files_are_read_where_they_state_a_version_plainly(
    files: dict[str, str], place: tuple[str, int, str],
) -> None:
    assert stated(files) == [(*place, "widget")]


@pytest.mark.parametrize("script", [
    "setup(name='widget', version=read())", "V = '1.3.0'\nV = '1.2.0'\nsetup(name='widget', version=V)",
    "def setup(name='widget', version='1.3.0'): pass", "setup(name='widget', version='1.' + '3.0')",
    "setup(name='widget', use_scm_version=True)", "setup(name='wid' 'get', version='1.3.0')"])
def test_a_version_that_a_script_makes_is_not_made_out(script: str) -> None:
    assert stated({"setup.py": script}, tags=["v1.4.0"]) == []


@pytest.mark.parametrize("rest", [
    '[tool.setuptools_scm]\n', '[tool.hatch.version]\nsource = "vcs"\n', '[tool.pdm.version]\nsource = "scm"\n',
    '[build-system]\nrequires = ["setuptools-scm>=8"]\n'])
def test_a_version_made_of_the_tag_is_the_tags_and_is_compared_with_the_changelog(rest: str) -> None:
    files = {"pyproject.toml": f'[project]\nname = "widget"\ndynamic = ["version"]\n{rest}',
             "CHANGELOG.md": "# Changes\n## [1.3.0] - 2026-01-01\n"}
    assert stated(files, tags=["v1.4.0"]) == []
    assert wrong(files, tags=["v1.4.0"]) == [("CHANGELOG.md", 2, "1.3.0", "1.4.0")]


def test_a_pattern_of_the_projects_own_is_not_run() -> None:
    text = '[project]\nname = "w"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "a.py"\npattern = "(a+)+$"\n'
    assert stated({"pyproject.toml": text, "a.py": "__version__ = '1.0'\n"}) == []


def test_what_only_builds_a_package_of_another_ecosystem_is_none_of_its_own() -> None:
    python = {"pyproject.toml": '[project]\nname = "widget"\nversion = "50.0.2"\n'}
    crates = {"Cargo.toml": '[workspace]\nmembers = ["r"]\n[workspace.package]\nversion = "0.5.0"\npublish = false\n',
              "r/Cargo.toml": '[package]\nname = "widget-rs"\nversion.workspace = true\npublish.workspace = true\n'}
    assert [one[0] for one in stated({**python, **crates})] == ["pyproject.toml"]
    tools = {"package.json": '{"name": "widget", "version": "0.1.0", "devDependencies": {"vitest": "1"}}'}
    assert [one[0] for one in stated({**python, **tools})] == ["pyproject.toml"]
    assert len(stated({**python, **tools, "index.mjs": ""})) == 2
    assert len(stated({**python, "package.json": tools["package.json"].replace("{", '{"exports": "./a.js", ', 1)})) == 2


def test_private_packages_of_npm_count_only_where_there_is_no_other() -> None:
    files = {"package.json": '{"name": "root", "private": true, "version": "0.0.1",\n "workspaces": ["packages/*"]}',
             "packages/a/package.json": '{\n  "name": "@acme/a",\n  "version": "1.2.0"\n}',
             "packages/b/package.json": '{"name": "b", "private": true, "version": "9.0.0"}',
             "node_modules/c/package.json": '{"name": "c", "version": "3.0.0"}'}
    assert stated(files) == [("packages/a/package.json", 3, "1.2.0", "@acme/a")]
    assert stated({"package.json": '{"name": "app", "private": true, "version": "1.0.0"}'}) == [
        ("package.json", 1, "1.0.0", "app")]


def test_pnpms_file_names_workspaces_too() -> None:
    files = {"package.json": '{"name": "root", "version": "1.0.0"}',
             "pnpm-workspace.yaml": "packages:\n  - 'libs/*'\n  # others\n  - \"!libs/old\"\n",
             "libs/a/package.json": '{"name": "a", "version": "1.1.0"}',
             "libs/old/package.json": '{"name": "old", "version": "0.1.0"}'}
    assert [one[3] for one in stated(files)] == ["root", "a"]


@pytest.mark.parametrize(("module", "tags", "mismatch"), [
    ("example.com/widget", ["v1.9.0"], []),
    ("example.com/widget/v2", ["v2.1.0"], []),
    ("example.com/widget", ["v2.1.0"], [("go.mod", 1, "v1", "v2")]),
    ("example.com/widget/v3", ["v2.1.0"], []),      # in preparation
    ("gopkg.in/widget.v2", ["v2.1.0"], []),
])
def test_a_modules_path_has_the_major_version_of_its_tags(module: str, tags: list[str], mismatch: list[object]) -> None:
    assert wrong({"go.mod": f"module {module}\n\ngo 1.22\n"}, tags=tags) == mismatch


POM = """<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <!-- <version>0.0.1</version> -->
  <parent><groupId>org.other</groupId><artifactId>base</artifactId><version>3.0.0</version></parent>
  <groupId>org.acme</groupId>
  <artifactId>widget</artifactId>
  <version>{version}</version>
  <properties><revision>1.4.0</revision></properties>
  <modules><module>core</module></modules>
  <dependencies><dependency><artifactId>x</artifactId><version>9.9.9</version></dependency></dependencies>
</project>
"""


@pytest.mark.parametrize("version", ["1.4.0", "${revision}"])
def test_a_projects_version_is_neither_its_parents_nor_a_dependencys(version: str) -> None:
    core = ("<project><parent><groupId>org.acme</groupId><artifactId>widget</artifactId><version>1.4.0</version>"
            "</parent><artifactId>core</artifactId></project>")
    files = {"pom.xml": POM.format(version=version), "core/pom.xml": core}
    assert [one for one in told(files) if one.package == "org.acme:core"] == []     # stated at its parent's, once
    assert stated(files) == [("pom.xml", 7, "1.4.0", "org.acme:widget")]


def test_entities_of_a_pom_are_not_expanded() -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "1.0">]><project><artifactId>w</artifactId><version>&a;</version></project>'
    assert stated({"pom.xml": bomb}) == []


@pytest.mark.parametrize("path", ["Cargo.toml", "pyproject.toml", "package.json", "pom.xml", "go.mod", "CITATION.cff",
                                  "setup.py", "setup.cfg"])
@given(text=st.text(max_size=60) | st.sampled_from(["[" * 5000, "{" * 5000, "a: &a [*a]", "[package]\nname = 3",
                                                   '{"name": [], "version": {}}', "version: {a: b}", "module",
                                                   "setup(name=" * 900, "[metadata]\nname\nname =\nversion = attr:"]))
def test_a_manifest_that_is_none_is_no_error(path: str, text: str) -> None:
    told({path: text})
