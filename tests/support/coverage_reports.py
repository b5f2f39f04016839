"""Coverage reports in tests: real samples, written texts, and a model that is rendered in every format."""
from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.reading import Mapping, read_all
from repo_vitals.sources.report_files import ReportFile, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.concerns.coverage.facts import FileCoverage, ReportRead

SAMPLES = Path(__file__).resolve().parent.parent / "data" / "coverage"
Pair = tuple[int, int]
XML = '<?xml version="1.0"?>'


def samples() -> list[Path]:
    return sorted(path for path in SAMPLES.iterdir() if path.suffix != ".md")


def report_file(path: Path, reader: str | None = None) -> ReportFile:
    return ReportFile(shown=path.name, path=path, size=path.stat().st_size, reader=reader, literal=False)


def written(folder: Path, content: str | bytes, name: str = "report", reader: str | None = None) -> ReportFile:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return report_file(path, reader)


def read_one(file: ReportFile, mapping: Mapping | None = None) -> tuple[dict[str, FileCoverage], ReportRead]:
    """What one report says. Raises Unreadable."""
    coverage, reports, unread = read_all([file], mapping=mapping or Mapping())
    if unread:
        raise Unreadable(unread[0].why)
    return coverage, reports[0]


def read(folder: Path, content: str | bytes, reader: str | None = None) -> dict[str, FileCoverage]:
    """What a report of this content says, by path."""
    return read_one(written(folder, content, reader=reader))[0]


def refused(folder: Path, content: str | bytes, reader: str | None = None) -> str:
    """Why a report is refused."""
    with pytest.raises(Unreadable) as error:
        read(folder, content, reader)
    return str(error.value)


def notes(folder: Path, content: str) -> tuple[str, ...]:
    """What is noticed about a report of this content."""
    return read_one(written(folder, content))[1].notes


def lines(coverage: dict[str, FileCoverage]) -> dict[str, dict[int, bool]]:
    return {path: dict(known.lines) for path, known in coverage.items()}


@dataclass(frozen=True)
class Figures:
    """Covered and all lines, branches and functions, and how many files."""

    lines: Pair = (0, 0)
    branches: Pair = (0, 0)
    functions: Pair = (0, 0)
    files: int = 0


def figures(coverage: dict[str, FileCoverage]) -> Figures:
    def added(pairs: list[Pair]) -> Pair:
        return sum(one for one, _ in pairs), sum(other for _, other in pairs)

    every = list(coverage.values())
    return Figures(
        lines=added([one.summary.lines if one.summary else (one.lines.covered, one.lines.valid) for one in every]),
        branches=added([pair for one in every for pair in one.branches.values()]
                       + [one.summary.branches for one in every if one.summary and one.summary.branches
                          and not one.branches]),
        functions=added([(ran, 1) for one in every for ran in one.functions.values()]
                        + [one.summary.functions for one in every if one.summary and one.summary.functions]),
        files=len(every))


# --- a model, and the same in every format ---

@dataclass
class Run:
    """One run of tests: per file the lines with their calls, branches by line (each with its calls), functions."""

    lines: dict[str, dict[int, int]]
    branches: dict[str, dict[int, list[int]]] = field(default_factory=dict)
    functions: dict[str, dict[tuple[str, int], int]] = field(default_factory=dict)


# Parts that no format needs to escape; what is hostile has tests of its own.
_PATHS = st.sampled_from(["src/a.py", "src/b.py", "lib/deep/c.java", "d.c", "x y/é.js"])
_CALLS = st.one_of(st.just(0), st.integers(0, 3), st.just(2 ** 64 - 1))
_LINES = st.dictionaries(st.one_of(st.integers(1, 40), st.integers(1, 5000)), _CALLS, max_size=40)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    found = Run(lines=draw(st.dictionaries(_PATHS, _LINES, max_size=4)))
    for path, told in found.lines.items():
        numbers = sorted(told)
        found.branches[path] = {number: draw(st.lists(_CALLS, min_size=1, max_size=3))
                                for number in numbers if draw(st.booleans())}
        found.functions[path] = {(f"f{number}", number): told[number] for number in numbers[:3]}
    return found


def cobertura(run: Run) -> str:
    classes = []
    for path, told in run.lines.items():
        methods = "".join(
            f'<method name={quoteattr(name)} signature="()"><lines><line number="{number}" hits="{calls}"/></lines>'
            "</method>" for (name, number), calls in run.functions.get(path, {}).items())
        rows = "\n".join(f'<line number="{number}" hits="{calls}"{_condition(run, path, number)}/>'
                         for number, calls in told.items())
        classes.append(f"<class name='c' filename={quoteattr(path)}><methods>{methods}</methods><lines>{rows}</lines>"
                       "</class>")
    return ('<?xml version="1.0"?><coverage line-rate="0"><packages><package name="p"><classes>' + "".join(classes)
            + "</classes></package></packages></coverage>")


def _condition(run: Run, path: str, number: int) -> str:
    ways = run.branches.get(path, {}).get(number)
    if not ways:
        return ' branch="false"' if number % 2 else ""
    taken = sum(map(bool, ways))
    return f' branch="true" condition-coverage="{100 * taken // len(ways)}% ({taken}/{len(ways)})"'


def lcov(run: Run) -> str:
    found = []
    for path, told in run.lines.items():
        found += ["TN:", f"SF:{path}"]
        functions = run.functions.get(path, {}).items()
        found += [f"FN:{number},{name}" for (name, number), _ in functions]
        found += [f"FNDA:{calls},{name}" for (name, _), calls in functions]
        found += [f"DA:{number},{calls}" for number, calls in told.items()]
        found += [f"BRDA:{number},0,{place},{calls or '-'}" for number, ways in run.branches.get(path, {}).items()
                  for place, calls in enumerate(ways)]
        found.append("end_of_record")
    return "\n".join(found) + "\n" if found else "TN:\n"


def clover(run: Run) -> str:
    files = []
    for path, told in run.lines.items():
        rows = [f'<line num="{number}" type="method" name={quoteattr(name)} count="{calls}"/>'
                for (name, number), calls in run.functions.get(path, {}).items()]
        for number, calls in told.items():
            ways = run.branches.get(path, {}).get(number)
            taken = sum(map(bool, ways)) if ways else 0
            rows.append(f'<line num="{number}" count="{calls}" type="cond" truecount="{taken}" '
                        f'falsecount="{len(ways) - taken}"/>' if ways else
                        f'<line num="{number}" count="{calls}" type="stmt"/>')
        files.append(f"<file path={quoteattr(path)}>{''.join(rows)}</file>")
    return f"<coverage><project><package name='p'>{''.join(files)}</package></project></coverage>"


def jacoco(run: Run) -> str:
    packages = []
    for path, told in run.lines.items():
        folder, _, name = path.rpartition("/")
        methods = "".join(f'<method name={quoteattr(method)} desc="()V" line="{number}"><counter type="METHOD" '
                          f'missed="{int(not calls)}" covered="{int(bool(calls))}"/></method>'
                          for (method, number), calls in run.functions.get(path, {}).items())
        rows = []
        for number, calls in told.items():
            ways = run.branches.get(path, {}).get(number, [])
            taken = sum(map(bool, ways))
            rows.append(f'<line nr="{number}" mi="{0 if calls else 2}" ci="{1 if calls else 0}" '
                        f'mb="{len(ways) - taken}" cb="{taken}"/>')
        packages.append(f"<package name={quoteattr(folder)}><class name='C' sourcefilename={quoteattr(name)}>{methods}"
                        f"</class><sourcefile name={quoteattr(name)}>{''.join(rows)}</sourcefile></package>")
    return f"<report name='r'><sessioninfo id='s' start='1' dump='2'/>{''.join(packages)}</report>"


def coverage_py(run: Run) -> str:
    def told(path: str) -> dict[str, object]:
        ran = sorted(number for number, calls in run.lines[path].items() if calls)
        missing = sorted(number for number, calls in run.lines[path].items() if not calls)
        ways = [(number, place, calls) for number, found in run.branches.get(path, {}).items()
                for place, calls in enumerate(found)]
        return {"executed_lines": ran, "missing_lines": missing, "excluded_lines": [],
                "executed_branches": [[number, place] for number, place, calls in ways if calls],
                "missing_branches": [[number, place] for number, place, calls in ways if not calls],
                "functions": {name: {"executed_lines": [number] if calls else [],
                                     "missing_lines": [] if calls else [number], "excluded_lines": []}
                              for (name, number), calls in run.functions.get(path, {}).items()}}

    return json.dumps({"meta": {"branch_coverage": True}, "files": {path: told(path) for path in run.lines}})


def istanbul(run: Run) -> str:
    def place(number: int) -> dict[str, object]:
        return {"start": {"line": number, "column": 0}, "end": {"line": number, "column": 9}}

    def told(path: str) -> dict[str, object]:
        statements, branches = list(run.lines[path].items()), list(run.branches.get(path, {}).items())
        functions = list(run.functions.get(path, {}).items())
        return {"path": path, "statementMap": {str(key): place(number) for key, (number, _) in enumerate(statements)},
                "s": {str(key): calls for key, (_, calls) in enumerate(statements)},
                "fnMap": {str(key): {"name": name, "decl": place(number)}
                          for key, ((name, number), _) in enumerate(functions)},
                "f": {str(key): calls for key, (_, calls) in enumerate(functions)},
                "branchMap": {str(key): {"loc": place(number)} for key, (number, _) in enumerate(branches)},
                "b": {str(key): ways for key, (_, ways) in enumerate(branches)}}

    return json.dumps({path: told(path) for path in run.lines})


def llvm_cov(run: Run) -> str:
    def told(path: str) -> dict[str, object]:
        # A region that is one line long, for each line.
        segments = [one for number, calls in sorted(run.lines[path].items())
                    for one in ([number, 1, calls, True, True, False], [number, 90, 0, False, False, False])]
        # A condition has two ways in LLVM, so an odd one is not told.
        branches = [[number, 2 * place, number, 2 * place + 1, *ways[2 * place:2 * place + 2], 0, 0, 4]
                    for number, ways in run.branches.get(path, {}).items() for place in range(len(ways) // 2)]
        return {"filename": path, "segments": segments, "branches": branches, "expansions": [], "summary": {}}

    functions = [{"name": name, "count": calls, "filenames": [path], "branches": [],
                  "regions": [[number, place, number, 90, calls, 0, 0, 0]]}
                 for path, found in run.functions.items()
                 for place, ((name, number), calls) in enumerate(found.items())]
    return json.dumps({"data": [{"files": [told(path) for path in run.lines], "functions": functions, "totals": {}}],
                       "type": "llvm.coverage.json.export", "version": "2.0.1"})


def go(run: Run) -> str:
    return "mode: atomic\n" + "".join(f"{path}:{number}.2,{number}.30 1 {calls}\n"
                                      for path, told in run.lines.items() for number, calls in told.items())


RENDERED: dict[str, Callable[[Run], str]] = {
    "cobertura": cobertura, "lcov": lcov, "clover": clover, "jacoco": jacoco, "coverage-py": coverage_py,
    "istanbul": istanbul, "llvm-cov": llvm_cov, "go": go,
}
