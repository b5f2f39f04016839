"""The command as a user runs it: reports, a history, pull requests; what comes out, and with which exit code."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from support.benchmarks import NOISE, Bench
from support.checkouts import pull_request
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

    from support.commands import Ended

HOSTILE = ["::error::pwned", "@everyone", "<script>alert(1)</script>", "=cmd()", "line\nbreak", "|cell|", "`code`",
           "[x](javascript:alert(1))", "\u202ereversed", "\x1b[31mred", "parse", "PARSE"]
RUNS = 11
LEVELS = {"parse": 0.01, "render": 0.02, "write": 0.005, "read": 0.004, "scan": 0.03, "sort": 0.001}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work" / "widget")


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a history of eleven runs of its default branch, one an hour."""
    bench = Bench(tmp_path_factory.mktemp("remembered") / "widget")
    for place in range(RUNS):
        commit = bench.repository.commit({"code": str(place)})
        bench.measure(bench.noisy(LEVELS, place), "--history", "history", environ=bench.push(commit), hours=place - 20)
    return bench.folder


@pytest.fixture
def followed(remembered: Path, tmp_path: Path) -> Bench:
    """A project of its own with that history."""
    return Bench.copied(remembered, tmp_path / "work" / "widget")


def verdicts(ended: Ended) -> dict[str, str]:
    return {row["name"]: row["verdict"] for row in report(ended)["data"]["benchmarks"]}


def report(ended: Ended) -> dict[str, Any]:
    return Bench.report(ended)


def test_given_reports_are_the_baseline_each_a_run(bench: Bench) -> None:
    for place in range(len(NOISE)):
        bench.write(f"base/{place:02}.json", bench.noisy(LEVELS, place))

    ended = bench.measure({**LEVELS, "parse": 0.015}, "--baseline-reports", "base/*.json")

    assert ended.code == 1
    found = verdicts(ended)
    assert (found.pop("parse"), set(found.values())) == ("regressed", {"unchanged"})
    assert "error: regression" not in ended.stdout
    assert report(ended)["summary"].startswith("6 benchmarks compared with 11 runs of the given baseline; 1 regressed")


def test_the_first_run_with_a_history_keeps_its_figures_and_is_no_pass(bench: Bench) -> None:
    ended = bench.measure(LEVELS, "--history", "history")

    assert (ended.code, report(ended)["status"]) == (1, "unknown")
    assert set(verdicts(ended).values()) == {"new"}
    assert list((bench.folder / "history").rglob("performance-compare/**/*.jsonl"))


def test_a_commit_that_is_slower_than_those_before_it_fails_with_its_clocks(followed: Bench) -> None:
    commit = followed.repository.commit({"code": "slow"})

    ended = followed.measure({**LEVELS, "parse": 0.015}, "--history", "history",
                          environ=followed.push(commit))

    assert ended.code == 1
    [finding] = [one for one in report(ended)["findings"] if one["rule"] == "regression"]
    assert finding["since"] == "2026-01-31T06:00:00Z"
    assert (finding["labels"]["root_cause_due"], finding["labels"]["fix_due"]) == (
        "2026-02-01T06:00:00Z", "2026-02-03T06:00:00Z")
    assert report(ended)["data"]["baseline"]["how"] == f"11 runs of the history up to {followed.before(commit)[:12]}"


def test_a_regression_keeps_its_clock_in_the_runs_after_it(followed: Bench) -> None:
    slow = {**LEVELS, "parse": 0.015}
    for hours in (-5, 0):
        commit = followed.repository.commit({"code": f"slow {hours}"})
        ended = followed.measure(slow, "--history", "history", hours=hours,
                              environ=followed.push(commit))

    [finding] = [one for one in report(ended)["findings"] if one["rule"] == "regression"]
    assert finding["since"] == "2026-01-31T01:00:00Z"
    assert "The root cause is due in 19 h" in finding["detail"]


def test_an_overdue_regression_is_a_finding_whatever_a_run_in_between_could_not_tell(followed: Bench) -> None:
    slow = {**LEVELS, "parse": 0.015}
    for place, (hours, levels) in enumerate(((1, slow), (2, LEVELS), (97, slow), (97, slow))):
        if place < 3:       # the last one measures the same commit again
            commit = followed.repository.commit({"code": f"late {place}"})
        ended = followed.measure(levels, "--history", "history", hours=hours, environ=followed.push(commit))

    found = {one["rule"]: one for one in report(ended)["findings"]}
    assert found["regression"]["since"] == "2026-01-31T07:00:00Z"
    assert found["overdue-regression"]["since"] == "2026-02-01T07:00:00Z"
    assert "a fix or revert was due 24 h ago" in found["overdue-regression"]["detail"]


def test_a_pull_request_is_compared_with_its_merge_base_and_leaves_nothing_behind(followed: Bench) -> None:
    base = followed.repository.git("rev-parse", "main")
    followed.repository.git("checkout", "--quiet", "-b", "topic")
    head = followed.repository.commit({"code": "topic"})
    before = followed.kept()

    ended = followed.measure({**LEVELS, "parse": 0.015}, "--history", "history",
                          environ=pull_request(followed.folder, base=base, head=head, head_repository="zoe/widget"))

    assert (ended.code, verdicts(ended)["parse"]) == (1, "regressed")
    assert followed.kept() == before
    assert "this is the code of zoe/widget" in " ".join(report(ended)["data"]["notes"])
    assert all(one["since"] is None for one in report(ended)["findings"])


def test_a_label_by_a_person_who_may_write_accepts_and_the_merge_begins_a_new_level(followed: Bench) -> None:
    base = followed.repository.git("rev-parse", "main")
    head = followed.repository.commit({"code": "slower for a reason"})
    slow = {**LEVELS, "parse": 0.015}
    scene = Scene()
    scene.repository.grants["mia"] = "write"
    pull = scene.pull_request(by="zoe", at=-20).label("performance-accepted", at=-10, by="mia")
    with serving(scene) as github:
        ended = followed.measure(slow, "--history", "history", at=github, environ=pull_request(
            followed.folder, base=base, head=head, number=pull.number))
        assert ended.code == 0, ended.stderr
        assert [one["rule"] for one in report(ended)["findings"]] == ["regression-accepted"]

        scene.commit(by="mia", at=-5)
        scene.repository.commits[0].oid = pull.thread.merge_sha = head
        pull.merge(at=-5, by="mia")
        ended = followed.measure(slow, "--history", "history", at=github,
                              environ=followed.push(head))
        assert ended.code == 0, ended.stderr
        assert report(ended)["data"]["benchmarks"][0]["accepted"]["who"] == "mia"

        # The runs from there on are held to the new level, which has one run so far.
        commit = followed.repository.commit({"code": "next"})
        ended = followed.measure(slow, "--history", "history", at=github,
                              environ=followed.push(commit))
        [row] = [row for row in report(ended)["data"]["benchmarks"] if row["name"] == "parse"]
        assert (row["verdict"], row["baseline_runs"]) == ("unsure", 1)


def test_without_the_permission_to_read_pull_requests_nothing_is_accepted_and_a_note_says_so(followed: Bench) -> None:
    base = followed.repository.git("rev-parse", "main")
    head = followed.repository.commit({"code": "topic"})
    scene = Scene()
    pull = scene.pull_request(by="zoe", at=-20)
    scene.state.strict_permissions = True
    with serving(scene) as github:
        ended = followed.measure({**LEVELS, "parse": 0.015}, "--history", "history", at=github,
                                 token=github.token({"contents": "read"}), environ=pull_request(
                                     followed.folder, base=base, head=head, number=pull.number))

    assert ended.code == 1
    assert "was not read: " in " ".join(report(ended)["data"]["notes"])


def test_a_report_that_is_named_and_missing_or_empty_is_an_error_and_no_report_is_written(bench: Bench) -> None:
    for content in (None, "", '{"results": '):
        if content is not None:
            (bench.folder / "bench.json").write_text(content, encoding="utf-8")
        ended = bench.run("--current", "bench.json")
        assert ended.code == 2
        assert ended.stderr.count("\n") == 1
        assert 'current: "bench.json" is' in ended.stderr


def test_a_pattern_that_finds_nothing_is_unknown(bench: Bench) -> None:
    ended = bench.run("--current", "*.json")

    assert (ended.code, report(ended)["status"]) == (1, "unknown")


def test_a_budget_alone_needs_no_baseline(bench: Bench) -> None:
    assert bench.measure(LEVELS, "--budgets", "parse < 50 ms").code == 0

    ended = bench.measure(LEVELS, "--budgets", "parse < 5 ms\nnowhere < 1 s")

    assert (ended.code, report(ended)["status"]) == (1, "fail")
    assert [one["rule"] for one in report(ended)["findings"]] == ["budget-exceeded", "budget-unknown"]
    assert report(ended)["findings"][0]["title"] == "parse is 10 ms; its budget is parse < 5 ms"


def test_a_budget_in_a_unit_that_the_benchmark_has_not_is_an_error(bench: Bench) -> None:
    ended = bench.measure(LEVELS, "--budgets", "parse < 5 MB")

    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert "budgets: " in ended.stderr


@pytest.mark.parametrize("options", [
    ("--tolerance", "5"), ("--error", "0.9"), ("--error", "0"), ("--minimum-runs", "0"), ("--accept", "parse"),
    ("--budgets", "parse"), ("--scaling", "x"), ("--versions", "!"), ("--missing", "never"), ("--adapter", "x"),
    ("--runner-class", "bench\tbox"), ("--runner-class", "x" * 201)])
def test_a_value_that_is_none_is_an_error_of_one_line_that_names_it(bench: Bench, options: tuple[str, str]) -> None:
    ended = bench.measure(LEVELS, *options)

    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert options[0][2:] in ended.stderr


def test_names_of_benchmarks_are_text_wherever_they_are_shown(bench: Bench) -> None:
    levels = dict.fromkeys(HOSTILE, 0.01)
    for place in range(len(NOISE)):
        bench.write(f"base/{place:02}.json", bench.noisy(levels, place))

    ended = bench.measure(dict.fromkeys(HOSTILE, 0.02) | {"calm": 0.01}, "--baseline-reports", "base/*.json",
                          "--openmetrics", "out.prom", "--charts", "charts.svg")

    assert len(report(ended)["data"]["benchmarks"]) == len(HOSTILE) + 1
    assert "\x1b" not in ended.stdout + ended.stderr
    assert "\u202e" not in ended.stdout + ended.stderr
    assert not [line for line in ended.stdout.splitlines() if line.lstrip().startswith("::error::pwned")]
    assert all(name not in report(ended)["summary"] for name in HOSTILE if name not in ("parse", "PARSE"))
    assert "No benchmark has values of two runs yet." in (bench.folder / "charts.svg").read_text(encoding="utf-8")


def test_unlike_machines_are_not_compared_unless_that_is_asked_for(bench: Bench) -> None:
    for place in range(len(NOISE)):
        bench.write(f"base/{place:02}.json", bench.noisy(LEVELS, place), machine={"cpu": "Another 9000"})
    slow = {**LEVELS, "parse": 0.015}

    apart = bench.measure(slow, "--baseline-reports", "base/*.json", machine={"cpu": "One 1000"})
    assert (report(apart)["status"], set(verdicts(apart).values())) == ("unknown", {"unsure"})
    assert "processor Another 9000, not One 1000" in " ".join(report(apart)["data"]["notes"])
    together = bench.measure(slow, "--baseline-reports", "base/*.json", "--compare-unlike", "true",
                             machine={"cpu": "One 1000"})

    assert verdicts(together)["parse"] == "regressed"


def test_a_named_class_of_runners_is_kept_with_every_run_and_compared_with_its_own_runs_alone(bench: Bench) -> None:
    found = {}
    for place, name in enumerate(("big box", "small box", "big box")):
        commit = bench.repository.commit({"code": str(place)})
        found[place] = report(bench.measure(LEVELS, "--history", "history", "--runner-class", name, hours=place - 9,
                                            environ=bench.push(commit)))

    assert [one["data"]["machine"]["runner"] for one in found.values()] == ["big box", "small box", "big box"]
    assert [one["data"]["baseline"]["runs"] for one in found.values()] == [0, 0, 1]
    assert "runner big box, not small box" in " ".join(found[1]["data"]["notes"])
    kept = b"".join(bench.kept().values())
    assert (kept.count(b'"big box"'), kept.count(b'"small box"')) == (2, 1)


def test_a_step_in_the_history_is_a_change_point_with_its_commit(followed: Bench) -> None:
    slow = {**LEVELS, "parse": 0.015}
    for place in range(6):
        commit = followed.repository.commit({"code": f"slow {place}"})
        ended = followed.measure(followed.noisy(slow, place), "--history", "history", "--charts", "charts.svg",
                                 environ=followed.push(commit), hours=place - 5)
    found = report(ended)

    [step] = found["data"]["change_points"]
    assert (step["name"], step["direction"]) == ("parse", "worse")
    assert step["ratio"] == pytest.approx(1.5, rel=0.02)
    assert abs(step["index"] - RUNS) <= 1
    assert step["commit"] == found["data"]["runs"][step["index"]]["commit"]
    [series] = found["data"]["series"]
    assert series["marks"] == [[step["index"], f"{step['commit'][:7]} +{100 * (step['ratio'] - 1):.1f} %"]]
    drawn = (followed.folder / "charts.svg").read_text(encoding="utf-8")
    assert (drawn.count('class="dot"'), drawn.count('class="mark"')) == ((RUNS + 6) * len(LEVELS), 1)
    assert ">acme/widget, default: 6 of 6 benchmarks</text>" in drawn


def test_the_same_state_gives_the_same_report(followed: Bench) -> None:
    bench = followed
    commit = bench.repository.commit({"code": "now"})
    said = []
    for _ in range(2):
        found = report(bench.measure(LEVELS, "--history", "history", environ=bench.push(commit)))
        del found["cost"]
        said.append(found)

    assert said[0] == said[1]
    assert said[0]["generated_at"] == format_instant(Bench.now())
