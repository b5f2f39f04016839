"""`new-monitor NAME`: the skeleton of a monitor, with tests that pass, so that its author starts from something whole.

Everything is made in a copy of the clone, generated pages included; only when all of it is there is it moved into
place, the registry last. What fails before leaves the clone as it was.
"""
from __future__ import annotations

import ast
import contextlib
import json
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals import registry
from repo_vitals.config.declare import OPTIONAL_TEXT, Input
from repo_vitals.config.file import quoted
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.delivery.files import write_aside
from repo_vitals.errors import CallerError, InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repo_vitals.runtime.world import World

TITLE = Input(
    name="title", kind=OPTIONAL_TEXT, default=None, default_text="made from the name",
    help="Name of the action, as people read it",
)
INPUTS = (TITLE,)
_COMMAND = "new-monitor"
_SKELETON = Path(__file__).with_name("skeleton")

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_LONGEST_NAME = 30
# Plain words: the title stands in Python, YAML and Markdown, unquoted in the latter two.
_TITLE = re.compile(r"[A-Z][A-Za-z0-9]*(?:[ /-][A-Za-z0-9]+)*")
_LONGEST_TITLE = 50
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})

_REGISTRY = "src/repo_vitals/registry.py"
_NEEDED = ("pyproject.toml", "bin/repo-vitals", _REGISTRY, "src/repo_vitals/concerns", "tests/concerns")
# What `docs` reads and writes: all of the copy that the skeleton is made in.
_COPIED = ("pyproject.toml", "bin/repo-vitals", "src/repo_vitals", "actions", "action.yml", "docs")
_EXAMPLES = "workflows-examples"

# The packages come from where ours do, the project from the copy. -I -S: nothing else can come in.
_DOCS = """
import json, sys
sys.path[:] = json.loads(sys.argv.pop())
from repo_vitals.__main__ import main
sys.exit(main(["docs"]))
"""


@dataclass(frozen=True, kw_only=True)
class NewMonitor:
    """What is to be made, checked. Raises InputError for a name or title that can't be used."""

    name: str       # kebab-case, as the command
    title: str

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None or len(self.name) > _LONGEST_NAME:
            raise InputError(f"{_COMMAND}: {quoted(self.name)} can't be a name; write it as small letters and digits "
                             f"joined by hyphens, at most {_LONGEST_NAME} characters, for example docs-freshness")
        if keyword.iskeyword(self.package):
            raise InputError(f"{_COMMAND}: {quoted(self.name)} is a word of Python's own; choose another name")
        if _TITLE.fullmatch(self.title) is None or len(self.title) > _LONGEST_TITLE:
            raise InputError(f"{_COMMAND}: --title: {quoted(self.title)} can't be a title; write it as words of "
                             "letters and digits without accents, the first with a capital, at most "
                             f"{_LONGEST_TITLE} characters")
        if self.title.lower() in _YAML_WORDS:
            raise InputError(f"{_COMMAND}: --title: {quoted(self.title)} means something else in YAML; give another")

    @property
    def package(self) -> str:
        """The name as Python spells it."""
        return self.name.replace("-", "_")

    @property
    def places(self) -> dict[str, Path]:
        """The folders and files that are new, seen from the clone's root, by the template that they are made from."""
        return {
            "concern": Path("src/repo_vitals/concerns") / self.package,
            "tests": Path("tests/concerns") / self.package,
            "action": Path("actions") / self.name,
            "test_action.py": Path("tests/actions") / f"test_{self.package}.py",
            "example.yml": Path(_EXAMPLES) / f"{self.name}.yml",
        }

    @property
    def summary(self) -> str:
        """Its line in the list of commands."""
        return "Open issues, held against a limit."


def main(arguments: Sequence[str], world: World) -> int:
    """Make the skeleton in the clone that this module lies in, and say what to do next."""
    if not arguments or arguments[0] in ("--help", "-h"):
        world.stdout.write(_help())
        return 0 if arguments else 2
    name, *rest = arguments
    if name.startswith("-"):
        raise InputError(f"{_COMMAND}: the name comes first: new-monitor NAME [--title \"…\"]")
    values = resolve(INPUTS, options=read_options(rest, INPUTS, command=_COMMAND), environ={}, table={},
                     command=_COMMAND, config_path=Path())
    title = values[TITLE]
    if title is None:
        title = name.replace("-", " ").capitalize()
    monitor = NewMonitor(name=name, title=title)
    for path in make(monitor, Path(__file__).resolve().parents[3]):
        world.stdout.write(f"wrote {path.as_posix()}\n")
    world.stdout.write(_next_steps(monitor))
    return 0


def _help() -> str:
    return f"""repo-vitals {_COMMAND} NAME [{TITLE.option} <{TITLE.kind.name}>]

Make the skeleton of a new monitor in this clone, with tests that pass.

  NAME
      The command and its folders: small letters and digits joined by hyphens.
  {TITLE.option} <{TITLE.kind.name}>
      {TITLE.description}
"""


def _next_steps(monitor: NewMonitor) -> str:
    return f"""
{monitor.title} measures one thing so far: open issues. Now make it yours.

  1. See it pass:   bin/test tests/concerns/{monitor.package} tests/test_parity.py
                    (the tests in tests/actions/ see tracked files only: git add what was written)
  2. Run it:        GITHUB_TOKEN=… bin/repo-vitals {monitor.name} --repository owner/name
  3. Write definitions.py and the tests of measure and judge first; then measure.py, judge.py, facts.py, collect.py.
  4. After any change of inputs, metrics, headlines or permissions: bin/repo-vitals docs
  5. Describe it:   actions/{monitor.name}/README.md, docs/metrics.md, CHANGELOG.md, its line in {_REGISTRY}
  6. Show its use:  {_EXAMPLES}/{monitor.name}.yml, which tests/actions/test_{monitor.package}.py runs

docs/writing-a-monitor.md has the reasons and the rules.
"""


def make(monitor: NewMonitor, root: Path) -> list[Path]:
    """Make the skeleton in the clone at `root`; the files that are new or changed, seen from there, in order.

    Raises CallerError when `root` is no clone, InputError when the name is taken. Whatever is raised, the clone is
    left as it was.
    """
    _check(monitor, root)
    try:
        with _copy(root) as made:
            for path, text in _rendered(monitor, minute=_free_minute(monitor.name, root)).items():
                target = made / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="\n")
            listed = made / _REGISTRY
            listed.write_text(registered(monitor, listed.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
            _generate_pages(made)
            return _move(monitor, made, root)
    except OSError as error:
        raise CallerError(f"{_COMMAND}: {error.filename or root} can't be read or written "
                          f"({error.strerror or type(error).__name__})") from None


def _check(monitor: NewMonitor, root: Path) -> None:
    missing = next((path for path in _NEEDED if not (root / path).exists()), None)
    if missing is not None:
        raise CallerError(f"{_COMMAND}: {root} is no clone of the project ({missing} is not there); "
                          f"run bin/repo-vitals {_COMMAND} from one")
    if registry.find(monitor.name) is not None:
        raise InputError(f"{_COMMAND}: {monitor.name} is a command already; choose another name")
    # concerns/ holds modules besides the concerns, and a module and a package of one name would hide each other.
    module = monitor.places["concern"].with_suffix(".py")
    for path in (*monitor.places.values(), module):
        if (root / path).exists():
            raise InputError(f"{_COMMAND}: {path.as_posix()} is there already; choose another name or remove it")


def _rendered(monitor: NewMonitor, *, minute: int) -> dict[Path, str]:
    """Every file of the skeleton with the monitor's names in it, by its path from the root."""
    words = {"name": monitor.name, "package": monitor.package, "title": monitor.title, "minute": str(minute)}
    found = {}
    for template in sorted(_SKELETON.rglob("*.txt")):
        first, *rest = template.relative_to(_SKELETON).with_suffix("").parts
        found[monitor.places[first].joinpath(*rest)] = _filled(template.read_text(encoding="utf-8"), words)
    return found


def _free_minute(name: str, root: Path) -> int:
    """A minute of the hour for the example's schedule: away from the full hour, and no other example's."""
    taken = {int(minute) for path in (root / _EXAMPLES).glob("*.yml")
             for minute in re.findall(r'cron: "(\d+) ', path.read_text(encoding="utf-8"))}
    first = 6 + sum(name.encode()) % 48
    free = (minute for minute in (*range(first, 54), *range(6, first)) if minute not in taken)
    return next(free, first)


def _filled(template: str, words: Mapping[str, str]) -> str:
    for word, text in words.items():
        template = template.replace(f"@{word}@", text)
    # Where our own name sorts among the imports depends on the name.
    return re.sub(r"(?:^from \S+ import [^\n(]+\n)+", lambda block: "".join(
        sorted(block[0].splitlines(keepends=True), key=lambda line: line.split()[1])), template, flags=re.MULTILINE)


def registered(monitor: NewMonitor, text: str) -> str:
    """registry.py with the monitor after the last one that is there. Raises CallerError where it finds no place."""
    place = re.search(r'^    Command\(name="[^"]+", kind="(?:doer|tool)"', text, re.MULTILINE)
    if place is None:
        raise CallerError(f"{_COMMAND}: {_REGISTRY} has nothing to put the monitor before; add it there by hand")
    head = f'    Command(name="{monitor.name}", kind="monitor",'
    entry = f'entry="repo_vitals.concerns.{monitor.package}",'
    first = f"{head} {entry}" if len(head) + 1 + len(entry) <= 120 else f"{head}\n            {entry}"
    changed = f'{text[:place.start()]}{first}\n            summary="{monitor.summary}"),\n{text[place.start():]}'
    ast.parse(changed)
    return changed


@contextlib.contextmanager
def _copy(root: Path) -> Iterator[Path]:
    """A copy of what is needed, beside the original so that moving is renaming; removed at the end."""
    with tempfile.TemporaryDirectory(prefix=".new-monitor-", dir=root, ignore_cleanup_errors=True) as folder:
        made = Path(folder)
        for name in _COPIED:
            source, target = root / name, made / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        yield made


def _generate_pages(made: Path) -> None:
    """Run `docs` in the copy: a process of its own, since this one has the registry as it was."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _DOCS, json.dumps([str(made / "src"), *sys.path])],
        cwd=made, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", errors="replace",
        check=False)
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
        raise CallerError(f"{_COMMAND}: the pages can't be generated: {one_line(said)}")


def _move(monitor: NewMonitor, made: Path, root: Path) -> list[Path]:
    """Move what was made into the clone; undone as a whole when a part of it fails."""
    changed = [path for path in _generated(made)
               if not any(path.is_relative_to(place) for place in monitor.places.values())
               and (made / path).read_bytes() != _bytes(root / path)]
    new = [path.relative_to(made) for place in monitor.places.values()
           for path in (made / place, *sorted((made / place).rglob("*"))) if path.is_file()]
    with contextlib.ExitStack() as undo:
        for place in monitor.places.values():
            (root / place).parent.mkdir(exist_ok=True)
            (made / place).rename(root / place)
            undo.callback(_remove, root / place)
        for path in (*changed, Path(_REGISTRY)):
            undo.callback(_restore, root / path, _bytes(root / path))
            write_aside(root / path, (made / path).read_bytes(), named_by=_COMMAND)
        undo.pop_all()
    return [*new, *changed, Path(_REGISTRY)]


def _generated(made: Path) -> list[Path]:
    """The pages that `docs` may have written, seen from the copy's root."""
    return sorted(path.relative_to(made) for pattern in ("action.yml", "actions/*/*", "docs/*.md", "docs/*.json")
                  for path in made.glob(pattern) if path.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _restore(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    elif _bytes(path) != content:
        write_aside(path, content, named_by=_COMMAND)
