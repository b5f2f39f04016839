"""`docs`: writes everything that repeats a declaration: each action.yml, the schema, the tables in READMEs and docs/.

What is generated in a hand-written file stands between two marker lines; the rest of the file is left alone. A file or
section that is missing is begun, so that a new monitor gets its page by one call.
"""
from __future__ import annotations

import re
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repo_vitals.config import common
from repo_vitals.config.declare import BOOLEAN, Input
from repo_vitals.config.resolve import read_options, resolve
from repo_vitals.delivery.files import write_aside
from repo_vitals.errors import CallerError
from repo_vitals.frozen import dataclass
from repo_vitals.registry import concerns, find
from repo_vitals.runtime import action_file, config_schema
from repo_vitals.runtime.configuration import RUN
from repo_vitals.runtime.help_text import inputs_help
from repo_vitals.runtime.pipeline import load_monitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repo_vitals.concerns.monitor import Monitor
    from repo_vitals.runtime.world import World

CHECK = Input(
    name="check", kind=BOOLEAN, default=False,
    help="Whether to write nothing, name what is out of date and exit with 1 if anything is",
)
INPUTS = (CHECK,)
_COMMAND = "docs"


def main(arguments: Sequence[str], world: World) -> int:
    """Write what is out of date, or with --check name it: 0 when nothing was, 1 when something is."""
    if arguments and arguments[0] in ("--help", "-h"):
        world.stdout.write(inputs_help(_COMMAND, "Regenerate the tables in the READMEs and docs/.", INPUTS))
        return 0
    options = read_options(arguments, INPUTS, command=_COMMAND)
    values = resolve(INPUTS, options=options, environ={}, table={}, command=_COMMAND, config_path=Path())
    root = project_root(Path(__file__))
    stale = out_of_date(root)
    if values[CHECK]:
        for page in stale:
            world.stdout.write(f"{page.path.relative_to(root).as_posix()} is out of date ({page.difference}); "
                               "run bin/repo-vitals docs\n")
        return 1 if stale else 0
    for page in stale:
        write_aside(page.path, page.wanted, named_by=_COMMAND)
        world.stdout.write(f"wrote {page.path.relative_to(root).as_posix()}\n")
    return 0


def project_root(module: Path) -> Path:
    """The clone that this module lies in. Raises CallerError when it was installed elsewhere."""
    root = module.resolve().parents[3]
    if not (root / "pyproject.toml").is_file() or not (root / "bin" / "repo-vitals").is_file():
        raise CallerError(f"docs: {root} is no clone of the project; run bin/repo-vitals docs from one")
    return root


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file as it is and as the declarations want it. `found` None: there is none yet."""

    path: Path
    found: str | None
    wanted: str

    @property
    def difference(self) -> str:
        """Where the two first differ."""
        if self.found is None:
            return "it is missing"
        pairs = enumerate(zip_longest(self.found.split("\n"), self.wanted.split("\n")), start=1)
        return f"from line {next((number for number, (found, wanted) in pairs if found != wanted), 1)}"


def out_of_date(root: Path) -> list[Page]:
    """Every generated file of the clone at `root` that is not as the declarations want it, in a fixed order."""
    return [page for page in _pages(root) if page.found != page.wanted]


def _pages(root: Path) -> Iterable[Page]:
    every = [load_monitor(command.name) for command in concerns()]
    for monitor in every:
        folder = root / "actions" / monitor.name
        yield Page(path=folder / "action.yml", found=_read(folder / "action.yml"),
                   wanted=action_file.for_monitor(monitor, summary_of(monitor.name)))
        yield _with_sections(folder / "README.md", begun=_first_readme(monitor), sections=readme_sections(monitor))
    yield Page(path=root / "action.yml", found=_read(root / "action.yml"), wanted=action_file.for_run())
    yield Page(path=root / config_schema.PATH, found=_read(root / config_schema.PATH),
               wanted=config_schema.schema_text())
    yield _with_sections(root / "docs" / "configuration.md", begun="# Configuration\n",
                         sections=configuration_sections(every))
    yield _with_sections(root / "docs" / "metrics.md", begun="# Metrics\n",
                         sections={monitor.name: metrics_table(monitor) for monitor in every})


def summary_of(name: str) -> str:
    """A command's one line, as the registry has it."""
    command = find(name)
    return "" if command is None else command.summary


def readme_sections(monitor: Monitor[Any]) -> dict[str, str]:
    """The tables of an action's page, by section."""
    return {
        "permissions": table(("Permission", "What it is for"),
                             ([f"`{grant}`", reason] for grant, reason in monitor.permissions.items())),
        "inputs": inputs_table(monitor.inputs, command=monitor.name),
        "outputs": table(("Output", "Meaning"),
                         ([f"`{name}`", text] for name, text in action_file.output_texts(monitor).items())),
    }


def configuration_sections(every: Sequence[Monitor[Any]]) -> dict[str, str]:
    """The tables of docs/configuration.md: what all monitors share, then each command's own."""
    from repo_vitals.runtime.run_all import INPUTS as RUN_INPUTS
    from repo_vitals.runtime.run_all import OUTPUTS as RUN_OUTPUTS

    shared = common.monitor_inputs()
    own = [f"### `[{monitor.name}]`\n\n{inputs_table(_besides(shared, monitor.inputs))}" for monitor in every]
    return {"every-monitor": inputs_table(shared), "monitors": "\n".join(own),
            RUN: inputs_table(_besides(shared, RUN_INPUTS)),
            "run-outputs": table(("Output", "Meaning"), ([f"`{name}`", f"{text}."]
                                                         for name, text in RUN_OUTPUTS.items()))}


def _besides(shared: Iterable[Input[Any]], inputs: Iterable[Input[Any]]) -> list[Input[Any]]:
    """The inputs that read differently from the shared ones, be it by their default alone."""
    known = {(declared.name, declared.description) for declared in shared}
    return [declared for declared in inputs if (declared.name, declared.description) not in known]


def metrics_table(monitor: Monitor[Any]) -> str:
    """Every metric of a monitor: name with labels, unit, definition."""
    return table(("Metric", "Unit", "Definition"), (
        [f"`{metric.name}`" + (f" by {', '.join(f'`{label}`' for label in metric.labels)}" if metric.labels else ""),
         metric.unit, f"{metric.definition}."] for metric in monitor.metrics))


def inputs_table(inputs: Iterable[Input[Any]], *, command: str = "<command>") -> str:
    """Name, type, default and meaning of some inputs."""
    return table(("Input", "Type", "Default", "Meaning"), (
        [f"`{declared.name}`", declared.kind.name, declared.shown_default.replace("<command>", command) or "none",
         f"{declared.help}."] for declared in inputs))


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of our own words, a row a line."""
    lines = [headers, ["---"] * len(headers), *rows]
    # A pipe parts cells even inside backticks unless it is escaped; `<word>` would be taken for HTML.
    escaped = ([cell.replace("|", r"\|").replace("<", r"\<") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)


def marked(name: str, body: str) -> str:
    """A generated section with its marker lines."""
    return f"<!-- generated: {name} -->\n{body.strip()}\n<!-- end: {name} -->\n"


def with_section(text: str, name: str, body: str, *, where: str) -> str:
    """`text` with the section's content replaced, or with the section added at its end under a heading.

    Raises CallerError when the section's markers do not stand once each, in order.
    """
    begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
    if begin not in text and end not in text:
        return f"{text.rstrip()}\n\n## {name.replace('-', ' ').capitalize()}\n\n{marked(name, body)}"
    pattern = re.compile(rf"^{re.escape(begin)}\n.*?^{re.escape(end)}\n", re.DOTALL | re.MULTILINE)
    if text.count(begin) != 1 or text.count(end) != 1 or pattern.search(text) is None:
        raise CallerError(f"docs: {where} needs the lines {begin} and {end}, once each and in this order")
    return pattern.sub(lambda _: marked(name, body), text)


def _with_sections(path: Path, *, begun: str, sections: Mapping[str, str]) -> Page:
    found = _read(path)
    wanted = begun if found is None else found
    for name, body in sections.items():
        wanted = with_section(wanted, name, body, where=f"{path.parent.name}/{path.name}")
    return Page(path=path, found=found, wanted=wanted)


def _read(path: Path) -> str | None:
    """The file's text, line ends as in the repository, however the clone was checked out."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CallerError(f"docs: {path} can't be read ({type(error).__name__})") from None


def _first_readme(monitor: Monitor[Any]) -> str:
    grants = "".join(f"      {grant}\n" for grant in monitor.permissions)
    return (
        f"# {monitor.title}\n\n{summary_of(monitor.name)}\n\n```yaml\njobs:\n  {monitor.name}:\n"
        f"    runs-on: ubuntu-latest\n    permissions:\n{grants}    steps:\n"
        f"      - uses: {action_file.REPOSITORY}/actions/{monitor.name}@v1\n```\n")
