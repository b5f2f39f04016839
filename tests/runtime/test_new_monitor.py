"""A new monitor starts whole: its own tests and the project's pass before its author has written a line."""
from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from repo_vitals.__main__ import main
from repo_vitals.errors import CallerError, InputError
from repo_vitals.runtime.new_monitor import NewMonitor, make, registered
from repo_vitals.runtime.world import World
from support.act import export_tracked
from support.tools import PACKAGES, ROOT, tool

if TYPE_CHECKING:
    from pathlib import Path

# Runs what follows with the packages of the tests and the project of the working folder, and nothing of this one's.
_START = (f"import sys; sys.path[:] = [entry for entry in sys.path if entry != {str(ROOT / 'src')!r}]; "
          f"sys.path[:0] = ['src', {str(PACKAGES)!r}]; ")
_COMMAND = _START + "from repo_vitals.__main__ import main; sys.exit(main(sys.argv[1:]))"
_PYTEST = _START + "import pytest; sys.exit(pytest.main(['-p', 'no:cacheprovider', *sys.argv[1:]]))"
# One sorts before `monitor`, beside which both are imported, one behind it and as long as a name may be.
NAMES = ("abacus", "zebra-crossing-of-thirty-signs")


@dataclass(frozen=True)
class Clone:
    """A copy of this clone's tracked files."""

    root: Path

    @classmethod
    def of_this_project(cls, root: Path) -> Clone:
        export_tracked(root)
        return cls(root)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=False)

    def python(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", code, *arguments)

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in self.root.rglob("*")
                if path.is_file() and not {"__pycache__", ".mypy_cache", ".git"} & set(path.parts)}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return Clone.of_this_project(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def clone(before: Clone, tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone in which `new-monitor` was run for each of NAMES; one's title is given, the other's made of its name."""
    made = Clone(shutil.copytree(before.root, tmp_path_factory.mktemp("clone"), dirs_exist_ok=True))
    old = before.files()
    for name, title in zip(NAMES, (["--title", "Ice and snow"], []), strict=True):
        ended = made.python(_COMMAND, "new-monitor", name, *title)
        assert (ended.returncode, ended.stderr) == (0, "")
        new = made.files()
        differing = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
        assert differing == {line.removeprefix("wrote ") for line in ended.stdout.splitlines()
                             if line.startswith("wrote ")}, "it names each file it wrote, and leaves nothing else"
        old = new
    # act sees tracked files only, as a user does; and checkers look for their settings at a repository's root.
    for command in (["init", "--quiet"], ["add", "--all"]):
        assert made.run("git", *command).returncode == 0
    return made


def test_it_writes_all_that_a_monitor_takes_and_leaves_no_blank_in_it(before: Clone, clone: Clone) -> None:
    old, new = before.files(), clone.files()
    differing = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    assert differing >= {"src/repo_vitals/concerns/abacus/judge.py", "tests/concerns/abacus/test_collect.py",
                         "actions/abacus/action.yml", "actions/abacus/README.md", "docs/configuration.md",
                         "tests/actions/test_abacus.py", "workflows-examples/abacus.yml",
                         "src/repo_vitals/registry.py"}
    assert "name: Ice and snow\n" in new["actions/abacus/action.yml"].decode()
    assert "name: Zebra crossing of thirty signs\n" in new[f"actions/{NAMES[1]}/action.yml"].decode()
    assert not [name for name in differing if re.search(rb"@(name|package|title|minute)@", new[name])]


def test_the_skeletons_own_tests_pass_and_so_do_the_projects_about_its_layout(clone: Clone) -> None:
    packages = [f"tests/concerns/{name.replace('-', '_')}" for name in NAMES]
    ended = clone.python(_PYTEST, *packages, "tests/test_parity.py", "tests/test_architecture.py")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ended = clone.python(_PYTEST, "tests/test_examples.py", "-k",
                         "time_limit or reason or pinned or full_hour or same_minute or by_value or replaces")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_example_to_copy_runs_as_it_is(clone: Clone) -> None:
    ended = clone.python(_PYTEST, "tests/actions/test_abacus.py")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize(("file", "right", "wrong"), [
    ("judge.py", '"<="', '"<"'),
    ("judge.py", 'severity="high"', 'severity="low"'),
    ("measure.py", "value=facts.open_issues", "value=facts.open_issues or 0"),
])
def test_the_skeletons_tests_can_fail(clone: Clone, file: str, right: str, wrong: str) -> None:
    path = clone.root / "src/repo_vitals/concerns/abacus" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    try:
        path.write_text(text.replace(right, wrong), encoding="utf-8")
        ended = clone.python(_PYTEST, "tests/concerns/abacus/test_measure.py", "tests/concerns/abacus/test_judge.py")
    finally:
        path.write_text(text, encoding="utf-8")
    assert ended.returncode == 1, ended.stdout + ended.stderr


def test_linters_and_types_find_nothing_in_the_skeleton(clone: Clone) -> None:
    packages = [f"{folder}/concerns/{name.replace('-', '_')}" for folder in ("src/repo_vitals", "tests")
                for name in NAMES]
    ended = clone.run(*tool("ruff"), "check", "--no-cache", "src/repo_vitals/registry.py", *packages)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ended = clone.run(*tool("mypy"), "--cache-dir", str(ROOT / ".mypy_cache" / "new-monitor"), *packages[:len(NAMES)])
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("checker", [
    ["zizmor", "--offline", "--strict-collection", "--persona", "pedantic", "--quiet", "--config",
     ".github/zizmor.yml"],
    ["jactionlint", "--no-online", "--strict-exit"],
], ids=lambda checker: checker[0])
def test_the_workflow_checkers_find_nothing_in_its_action_and_example(clone: Clone, checker: list[str]) -> None:
    ended = clone.run(*tool(checker[0]), *checker[1:], "actions/abacus/action.yml", "workflows-examples/abacus.yml")
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_new_command_is_there_and_its_pages_are_up_to_date(clone: Clone) -> None:
    shown = clone.python(_COMMAND, "abacus", "--help").stdout
    assert "--maximum <integer>" in shown
    assert clone.python(_COMMAND, "docs", "--check").returncode == 0


def test_a_name_that_is_taken_changes_nothing(clone: Clone) -> None:
    found = clone.files()
    ended = clone.python(_COMMAND, "new-monitor", "abacus")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "abacus is a command already; choose another name" in ended.stderr
    assert clone.files() == found


@pytest.mark.parametrize(("name", "title", "complaint"), [
    ("Docs", None, "small letters"),
    ("docs_watch", None, "small letters"),
    ("-docs", None, "the name comes first"),
    ("docs-", None, "small letters"),
    ("docs--watch", None, "small letters"),
    ("3-docs", None, "small letters"),
    ("../docs", None, "small letters"),
    ("docs\n", None, "small letters"),
    ("dócs", None, "small letters"),
    ("a" * 31, None, "at most 30 characters"),
    ("", None, "small letters"),
    ("class", None, "a word of Python's own"),
    ("run", None, "run is a command already"),
    ("community-metrics", None, "community-metrics is a command already"),
    ("monitor", None, "concerns/monitor.py is there already"),
    ("docs-watch", 'Docs" + "', "can't be a title"),
    ("docs-watch", "Docs: watch", "can't be a title"),
    ("docs-watch", "Docs\nwatch", "can't be a title"),
    ("docs-watch", "docs watch", "the first with a capital"),
    ("docs-watch", "D" * 51, "at most 50 characters"),
    ("docs-watch", "Yes", "something else in YAML"),
])
def test_a_name_or_title_that_can_not_be_used_is_refused_in_one_line(
    name: str, title: str | None, complaint: str,
) -> None:
    said = io.StringIO()
    options = [] if title is None else ["--title", title]
    code = main(["new-monitor", name, *options], World(environ={}, stdout=said, stderr=said))
    assert code == 2
    assert complaint in said.getvalue()
    assert said.getvalue().count("\n") == 1


def test_without_a_name_it_says_how_it_is_called() -> None:
    said = io.StringIO()
    assert main(["new-monitor"], World(environ={}, stdout=said)) == 2
    assert said.getvalue().startswith("repo-vitals new-monitor NAME [--title <text>]\n")
    assert main(["new-monitor", "--help"], World(environ={}, stdout=io.StringIO())) == 0


def test_a_folder_that_is_no_clone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"is no clone of the project \(pyproject.toml is not there\)"):
        make(NewMonitor(name="docs-watch", title="Docs watch"), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["src/repo_vitals/concerns/docs_watch", "tests/concerns/docs_watch",
                                   "actions/docs-watch", "tests/actions/test_docs_watch.py",
                                   "workflows-examples/docs-watch.yml"])
def test_what_is_there_is_never_written_over(before: Clone, tmp_path: Path, taken: str) -> None:
    clone = Clone(shutil.copytree(before.root, tmp_path / "clone"))
    (clone.root / taken).mkdir()
    with pytest.raises(InputError, match=f"{taken} is there already"):
        make(NewMonitor(name="docs-watch", title="Docs watch"), clone.root)
    assert clone.files() == before.files()
    assert not list((clone.root / taken).iterdir())


def test_pages_that_can_not_be_generated_leave_the_clone_as_it_was(before: Clone, tmp_path: Path) -> None:
    clone = Clone(shutil.copytree(before.root, tmp_path / "clone"))
    page = clone.root / "docs" / "metrics.md"
    page.write_text(page.read_text(encoding="utf-8").replace("<!-- end: ", "<!-- ends: "), encoding="utf-8")
    found = clone.files()
    with pytest.raises(CallerError, match=r"the pages can't be generated: .*metrics\.md needs the lines"):
        make(NewMonitor(name="docs-watch", title="Docs watch"), clone.root)
    assert clone.files() == found


def test_a_move_that_fails_half_way_is_undone(before: Clone, tmp_path: Path) -> None:
    clone = Clone(shutil.copytree(before.root, tmp_path / "clone"))
    # The second folder can't be put in its place: what is there for its parent leads nowhere.
    shutil.rmtree(clone.root / "actions")
    (clone.root / "actions").symlink_to(clone.root / "actions", target_is_directory=True)
    found = clone.files()
    with pytest.raises(CallerError, match="new-monitor: "):
        make(NewMonitor(name="docs-watch", title="Docs watch"), clone.root)
    assert clone.files() == found
    assert not (clone.root / "src/repo_vitals/concerns/docs_watch").exists()
    assert not (clone.root / "tests/concerns/docs_watch").exists()


@given(st.from_regex(r"[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,9}){0,2}", fullmatch=True))
def test_a_new_monitor_stands_behind_the_last_one_in_the_registry(name: str) -> None:
    try:
        monitor = NewMonitor(name=name, title="A title")
    except InputError:
        assume(False)
    text = (ROOT / "src/repo_vitals/registry.py").read_text(encoding="utf-8")
    changed = registered(monitor, text)
    was, now = _commands(text), _commands(changed)
    place = sum(kind == "monitor" for _, kind, _ in was)
    assert now == [*was[:place], (name, "monitor", f"repo_vitals.concerns.{name.replace('-', '_')}"), *was[place:]]
    assert max(map(len, changed.splitlines())) <= 120


def _commands(text: str) -> list[tuple[str, str, str]]:
    """Name, kind and entry of each command, in order, read from the registry's source."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)
             and isinstance(node.func, ast.Name) and node.func.id == "Command"]
    found = [{word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
             for call in sorted(calls, key=lambda call: call.lineno)]
    return [(str(one["name"]), str(one["kind"]), str(one["entry"])) for one in found]
