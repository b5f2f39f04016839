"""The generator of everything that repeats a declaration, on copies of the project."""
from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from repo_vitals.errors import CallerError
from repo_vitals.runtime.action_file import _field
from repo_vitals.runtime.docs import project_root, table, with_section
from support.act import export_tracked
from support.tools import PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "# Page\n\nBefore.\n\n<!-- generated: inputs -->\nold\n<!-- end: inputs -->\n\nAfter.\n"


def generate(clone: Path, *arguments: str) -> tuple[int, str]:
    """Run `docs` of a copy of the project; its exit code and all that it said."""
    code = (f"import sys; sys.path[:0] = {[str(clone / 'src'), str(PACKAGES)]!r}; "
            f"from repo_vitals.__main__ import main; sys.exit(main({['docs', *arguments]!r}))")
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    export_tracked(tmp_path / "clone")
    return tmp_path / "clone"


def test_a_section_is_replaced_and_the_rest_left_alone() -> None:
    assert with_section(PAGE, "inputs", "new\n", where="x") == PAGE.replace("old", "new")


def test_a_section_s_text_is_taken_as_it_is() -> None:
    assert r"\1 \g<0>" in with_section(PAGE, "inputs", r"\1 \g<0>", where="x")


def test_a_section_that_is_missing_is_added_under_a_heading_of_its_own() -> None:
    changed = with_section(PAGE, "outputs", "new", where="x")

    assert changed == PAGE + "\n## Outputs\n\n<!-- generated: outputs -->\nnew\n<!-- end: outputs -->\n"
    assert with_section(changed, "outputs", "new", where="x") == changed


@pytest.mark.parametrize("broken", [
    PAGE.replace("<!-- end: inputs -->", ""),
    PAGE.replace("<!-- generated: inputs -->", ""),
    PAGE + PAGE,
    "<!-- end: inputs -->\n<!-- generated: inputs -->\n",
])
def test_broken_markers_are_an_error_that_says_what_is_needed(broken: str) -> None:
    with pytest.raises(CallerError, match=r"docs: here needs the lines .* once each"):
        with_section(broken, "inputs", "new", where="here")


def test_a_table_keeps_pipes_and_angles_in_their_cells() -> None:
    assert table(("A", "B"), [("x | y", "<z>")]) == "| A | B |\n| --- | --- |\n| x \\| y | \\<z> |\n"


@pytest.mark.parametrize("text", [
    "Plain words.", "One: two", "Ends with: ", "# no comment", "a # b", "`code` first", "'quoted'", "- item", "{a}",
    "@team", "yes", "12", "x:", "it's `x: y` # z | w", "long " * 60,
])
def test_any_description_is_read_back_from_the_yaml_as_it_was(text: str) -> None:
    read = yaml.safe_load("\n".join(_field("description", text, indent=0)))

    assert read == {"description": text.strip()}


def test_check_names_what_is_out_of_date_and_writes_nothing(clone: Path) -> None:
    action, readme = clone / "action.yml", clone / "actions" / "community-metrics" / "README.md"
    action.write_text(action.read_text(encoding="utf-8").replace("INPUT_WINDOW", "INPUT_WINDO"), encoding="utf-8")
    readme.unlink()

    code, said = generate(clone, "--check")

    assert code == 1
    assert [line.partition(" (")[0] for line in said.splitlines()] == [
        "actions/community-metrics/README.md is out of date", "action.yml is out of date"]
    assert "it is missing" in said
    assert "from line" in said
    assert "INPUT_WINDO:" in action.read_text(encoding="utf-8")
    assert not readme.exists()


def test_writing_repairs_everything_even_what_was_deleted(clone: Path) -> None:
    for path in (clone / "action.yml", clone / "actions" / "community-metrics" / "action.yml"):
        path.unlink()
    for path in (clone / "docs" / "metrics.md", clone / "actions" / "community-metrics" / "README.md"):
        path.unlink()

    code, said = generate(clone)

    assert (code, len(said.splitlines())) == (0, 4)
    assert all(line.startswith("wrote ") for line in said.splitlines())
    assert generate(clone, "--check") == (0, "")
    assert "discussions: read" in (clone / "actions" / "community-metrics" / "README.md").read_text(encoding="utf-8")


def test_a_fresh_clone_has_nothing_to_write_whatever_its_line_ends(clone: Path) -> None:
    for path in (clone / "action.yml", clone / "docs" / "metrics.md"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert generate(clone, "--check") == (0, "")


def test_outside_a_clone_it_says_so(clone: Path) -> None:
    (clone / "pyproject.toml").unlink()

    code, said = generate(clone)

    assert code == 2
    assert "is no clone of the project" in said
    assert "Traceback" not in said


def test_an_unknown_option_is_the_caller_s_mistake(clone: Path) -> None:
    code, said = generate(clone, "--chek")

    assert (code, "did you mean --check" in said) == (2, True)


def test_the_root_is_found_from_the_module_s_own_place(clone: Path) -> None:
    assert project_root(clone / "src" / "repo_vitals" / "runtime" / "docs.py") == clone.resolve()
