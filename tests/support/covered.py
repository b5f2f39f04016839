"""Coverage reports made for tests, from (path, line): how often it ran."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from support.checkouts import Repository
from support.commands import Ended, read_report, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Hits = dict[str, dict[int, int]]
TEN = {"src/a.py": dict.fromkeys(range(1, 11), 1)}
CODE = {"src/a.py": "".join(f"{number}\n" for number in range(1, 11))}


def lcov(hits: Mapping[str, Mapping[int, int]]) -> str:
    """An lcov tracefile."""
    def record(lines: Mapping[int, int]) -> str:
        return "".join(f"DA:{number},{times}\n" for number, times in sorted(lines.items()))
    return "TN:\n" + "".join(f"SF:{path}\n{record(lines)}end_of_record\n" for path, lines in hits.items())


def cobertura(hits: Mapping[str, Mapping[int, int]], *, line_rate: float | None = None) -> str:
    """A Cobertura report; its root states the ratio that its lines make, unless told another."""
    every = [times for lines in hits.values() for times in lines.values()]
    stated = line_rate if line_rate is not None else sum(times > 0 for times in every) / max(len(every), 1)
    classes = "".join(
        f"<class name={quoteattr(path)} filename={quoteattr(path)} line-rate='0'><methods/><lines>"
        + "".join(f"<line number='{number}' hits='{times}'/>" for number, times in sorted(lines.items()))
        + "</lines></class>" for path, lines in hits.items())
    return (f"<?xml version='1.0' ?><coverage line-rate='{stated}' branch-rate='0' version='7.6.1' timestamp='1'>"
            f"<packages><package name='.' line-rate='0'><classes>{classes}</classes></package></packages></coverage>")


def measure(folder: Path, *options: str, environ: Mapping[str, str] | None = None) -> Ended:
    """Run coverage in a folder; its report goes to repo-vitals/ in it, whatever the environment says."""
    given = dict(environ or {})
    if "GITHUB_ACTIONS" in given and (folder / ".git").exists():
        # As the runner does where the workflow checks out what it runs for.
        given.setdefault("GITHUB_SHA", Repository(folder).git("rev-parse", "HEAD"))
    return run("coverage", "--report", "repo-vitals/coverage.json", *options, folder=folder, environ=given)


def report_of(ended: Ended) -> dict[str, Any]:
    """The JSON report, which must be there and valid."""
    found = read_report(ended.folder / "repo-vitals" / "coverage.json")
    assert found is not None, ended.stderr
    return found


def figures(ended: Ended) -> dict[str, float | None]:
    """The report's figures by name, and by component where there are some."""
    return {" ".join([metric["name"].removeprefix("coverage_"), *metric["labels"].values()]): metric["value"]
            for metric in report_of(ended)["metrics"]}


def missing(count: int, of: int = 10) -> Hits:
    """src/a.py with so many lines that did not run."""
    return {"src/a.py": {number: int(number > count) for number in range(1, of + 1)}}


def check(repository: Repository, hits: Hits | None, *options: str, environ: dict[str, str] | None = None) -> Ended:
    """Measure a repository with these hits as its lcov.info, or with the one that is there."""
    if hits is not None:
        repository.write({"lcov.info": lcov(hits)})
    return measure(repository.folder, "--reports", "lcov.info", *options, environ=environ)


def rules(ended: Ended) -> list[str]:
    """The rules of the report's findings."""
    return [finding["rule"] for finding in report_of(ended)["findings"]]
