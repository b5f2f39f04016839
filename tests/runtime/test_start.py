"""`baseline`: an old repository starts green, by the history of the first run."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.checkouts import Repository, pull_request, push
from support.commands import read_report, run
from support.covered import lcov
from support.simulated import answered

if TYPE_CHECKING:
    from pathlib import Path

WITH = ("--history", "history", "--baseline", "true")
KEPT = "history/baselines/community-metrics/acme/widget.jsonl"


def late(*hours: int) -> Any:
    scene = answered()
    for hour in hours:
        scene.issue(at=-hour)
    return scene


def measured(folder: Path, at: Any, *arguments: str, **more: Any) -> Any:
    return run("community-metrics", *(arguments or WITH), folder=folder, at=at, **more)


def test_what_was_there_at_first_fails_nothing_and_what_is_new_does(simulated: Any, tmp_path: Path) -> None:
    first = measured(tmp_path, simulated(late(100)))
    again = measured(tmp_path, simulated(late(100)))
    new = measured(tmp_path, simulated(late(100, 99)))

    assert (first.code, again.code, new.code) == (0, 0, 1)
    assert new.report["data"]["baseline"]["since"] == first.report["generated_at"]
    assert sorted(one["severity"] for one in new.report["findings"]) == ["high", "info"]


def test_it_ends_with_its_day(simulated: Any, tmp_path: Path) -> None:
    given = ("--history", "history", "--baseline", "2026-01-31")
    github = simulated(late(100))

    assert measured(tmp_path, github, *given).code == 0
    assert measured(tmp_path, github, *given, environ={"REPO_VITALS_NOW": "2026-02-01T00:00:00Z"}).code == 1


def test_it_takes_a_history(tmp_path: Path) -> None:
    ended = measured(tmp_path, None, "--baseline", "true")

    assert ended.code == 2
    assert "baseline: takes a history" in ended.stderr


def test_a_damaged_one_hides_no_breach(simulated: Any, tmp_path: Path) -> None:
    github = simulated(late(100))
    measured(tmp_path, github)
    (tmp_path / KEPT).write_text("{", encoding="utf-8")
    ended = measured(tmp_path, github)

    assert ended.code == 1
    assert any("is damaged" in note for note in ended.report["data"]["notes"])


def test_a_forks_run_begins_none_and_is_held_to_the_one_that_is_there(simulated: Any, tmp_path: Path) -> None:
    fork = pull_request(tmp_path, base="a" * 40, head="b" * 40, head_repository="evil/widget")
    github = simulated(late(100))

    assert measured(tmp_path, github, environ=fork).code == 1
    assert not (tmp_path / KEPT).exists()
    assert measured(tmp_path, github).code == 0
    assert measured(tmp_path, github, environ=fork).code == 0


def test_a_pull_requests_own_run_begins_none_and_makes_nothing_forgotten(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    base = repository.commit({"a.py": "1\n2\n", "lcov.info": lcov({"a.py": {1: 1, 2: 0}}),
                              ".gitignore": "/history\n/repo-vitals\n/event.json\n"})

    def covered(event: dict[str, str]) -> int:
        return run("coverage", "--reports", "lcov.info", *WITH, folder=tmp_path, environ=event).code
    change = pull_request(tmp_path, base=base, head=base)
    assert covered(change) == 1
    assert not (tmp_path / "history" / "baselines").exists()

    main = {**push(tmp_path, before=None), "GITHUB_SHA": base}
    assert (covered(main), covered(main)) == (0, 0)
    repository.write({"lcov.info": lcov({"a.py": {1: 1, 2: 1}})})
    assert covered(pull_request(tmp_path, base=base, head=base)) == 0
    repository.write({"lcov.info": lcov({"a.py": {1: 1, 2: 0}})})
    assert covered({**push(tmp_path, before=None), "GITHUB_SHA": base}) == 0


def test_a_word_that_is_neither_is_a_mistake(tmp_path: Path) -> None:
    ended = measured(tmp_path, None, "--baseline", "maybe")

    assert 'baseline: "maybe" is not true, false or a day such as 2027-03-31' in ended.stderr.replace("--", "")
    assert read_report(tmp_path / "repo-vitals" / "community-metrics.json") is None
