"""Whole runs over generated projects, against what one gets by asking of every (file, line) whether it ran."""
from __future__ import annotations

import difflib
import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.checkouts import Repository, pull_request, push
from support.covered import Hits, cobertura, figures, lcov, measure, report_of

NAMES = ("lib/a.py", "lib/b.py", "app/c.py", "app/gen/d.py", "e.py")
LONGEST = 12

contents = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from("abc"), min_size=1, max_size=LONGEST),
                           min_size=1)
hits = st.dictionaries(st.sampled_from(NAMES), st.dictionaries(st.integers(1, LONGEST), st.integers(0, 2), min_size=1),
                       min_size=1)
reports = st.lists(st.tuples(st.sampled_from(["xml", "info"]), hits), min_size=1, max_size=3)


def pairs(many: list[tuple[str, Hits]]) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Every coverable (file, line), and every one that ran in any report."""
    every = {(path, line) for _, one in many for path, lines in one.items() for line in lines}
    ran = {(path, line) for _, one in many for path, lines in one.items() for line, times in lines.items() if times}
    return every, ran


def added(old: dict[str, list[str]], new: dict[str, list[str]]) -> set[tuple[str, int]]:
    """Lines of the new files that the old ones do not have, by Python's own comparison of single lines."""
    found = set()
    for path, lines in new.items():
        matcher = difflib.SequenceMatcher(None, old.get(path, []), lines, autojunk=False)
        for kind, _, _, first, last in matcher.get_opcodes():
            if kind != "equal":
                found |= {(path, number + 1) for number in range(first, last)}
    return found


def numbered(files: dict[str, list[str]]) -> dict[str, list[str]]:
    """The files with lines of which no two are alike."""
    return {path: [f"{path}{letter}{number}" for number, letter in enumerate(lines)] for path, lines in files.items()}


def ratio(part: set[tuple[str, int]], whole: set[tuple[str, int]]) -> float | None:
    return len(part & whole) / len(whole) if whole else None


def write(repository: Repository, many: list[tuple[str, Hits]]) -> None:
    for number, (kind, one) in enumerate(many):
        text = cobertura(one) if kind == "xml" else lcov(one)
        repository.write({f"reports/{number}.{kind}": text})


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(contents, contents, reports, reports)
def test_every_figure_is_what_the_single_lines_make(
    old: dict[str, list[str]], new: dict[str, list[str]], before: list[tuple[str, Hits]],
    now: list[tuple[str, Hits]],
) -> None:
    # Lines that all differ, so that every way of comparing finds the same ones added and none of the files moved.
    old_lines = numbered(old)
    new_lines = numbered(new)
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home).resolve()
        repository = Repository(folder / "widget")
        repository.commit({".gitignore": "/reports/\n/history/\n/repo-vitals/\n"})
        root = repository.git("rev-parse", "HEAD")
        base = repository.commit({path: "\n".join(lines) + "\n" for path, lines in old_lines.items()})
        options = ("--reports", "reports/*", "--exclude", "gen", "--history", "history", "--minimum-ratio", "0",
                   "--maximum-drop", "1", "--components", "lib: lib\napp: app/**, e.py, !c.py")
        write(repository, before)
        assert measure(repository.folder, *options, environ=push(folder, before=root)).code in (0, 1)
        for path in (repository.folder / "reports").iterdir():
            path.unlink()
        repository.git("checkout", "--quiet", "-b", "topic")
        gone: dict[str, str | None] = dict.fromkeys(old)
        head = repository.commit({**gone, **{path: "\n".join(lines) + "\n" for path, lines in new_lines.items()}})
        write(repository, now)
        ended = measure(repository.folder, *options, environ=pull_request(folder, base=base, head=head))
        found, data = figures(ended), report_of(ended)["data"]

    every, ran = ({pair for pair in some if not pair[0].startswith("app/gen/")} for some in pairs(now))
    every_before, ran_before = ({pair for pair in some if not pair[0].startswith("app/gen/")} for some in pairs(before))
    assert found["line_ratio"] == ratio(ran, every)
    if every:
        assert (found["lines_covered"], found["lines_valid"]) == (len(ran), len(every))
    in_tree = {path for path, _ in every} & set(new)
    patch = every & added(old_lines, new_lines)
    assert found["patch_ratio"] == (ratio(ran, patch) if in_tree else None)
    lib = {pair for pair in every if pair[0].startswith("lib/")}
    app = {pair for pair in every if pair[0] == "e.py"}
    assert (found["component_line_ratio lib"], found["component_line_ratio app"]) == (ratio(ran, lib), ratio(ran, app))
    if every and every_before:
        drop = found["drop_ratio"]
        assert drop is not None
        assert abs(drop - (len(ran_before) / len(every_before) - len(ran) / len(every))) < 1e-12
    assert {(one["file"], one["covered"], one["valid"]) for one in data["files"]} == {
        (path, sum(pair[0] == path for pair in ran), sum(pair[0] == path for pair in every))
        for path, _ in every}
    assert json.dumps(data)
