"""`config check`: every value with its origin, or every mistake at once."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from support.commands import Ended, run

if TYPE_CHECKING:
    from pathlib import Path

FILE = ".github/repo-vitals.toml"


def checked(folder: Path, text: str | None, *options: str, **environ: str) -> Ended:
    """What `config check` says of a file with this text."""
    if text is not None:
        (folder / ".github").mkdir(exist_ok=True)
        (folder / FILE).write_text(text, encoding="utf-8")
    return run("config", "check", *options, folder=folder, environ=environ)


def told(ended: Ended) -> dict[str, dict[str, tuple[str, str]]]:
    """Command to input to value and origin."""
    assert (ended.code, ended.stderr) == (0, "")
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in ended.stdout.splitlines():
        if heading := re.fullmatch(r"\[([a-z-]+)\]", line):
            inputs = found.setdefault(heading[1], {})
        elif line.startswith("  "):
            name, value, origin = re.split(r"  +", line.strip(), maxsplit=2)
            inputs[name] = (value, origin)
    return found


def mistakes(ended: Ended, folder: Path) -> list[str]:
    """The mistakes without what all begin with."""
    assert (ended.code, ended.stdout) == (2, "")
    return [line.removeprefix("error: repo-vitals: ").removeprefix("config: ").replace(f"{folder / FILE}", "FILE")
            for line in ended.stderr.splitlines()]


def test_each_value_is_told_with_where_it_comes_from(tmp_path: Path) -> None:
    ended = checked(tmp_path, """
        [run]
        window = "10d"
        max-wait = "1m"
        fail-on = "warn"
        [community-metrics]
        response-target = "8h"
        max-wait = "2m"
        anonymize = true
        [service-health]
        services = ["github", "docs.rs:serde"]
        [comment]
        most-findings = 3
        [[allow]]
        code = "a"
        reason = "b"
        expires = 2020-01-01
        """, "--history", "branch", INPUT_FAIL_ON="never", **{"INPUT_MAX-WAIT": " "}, INPUT_TOKEN="ghs_x",
        INPUT_REPORTS="out", INPUT_ANONYMIZE_SALT="salt")
    found = told(ended)

    assert list(found) == ["run", "community-metrics", "service-health", "comment"]
    community = found["community-metrics"]
    assert community["response-target"] == ("8h", f"{FILE} [community-metrics]")
    assert community["window"] == ("10d", f"{FILE} [run]")
    assert community["max-wait"] == ("2m", f"{FILE} [community-metrics]")
    assert community["fail-on"] == ("never", "environment INPUT_FAIL_ON")
    assert community["history"] == ("branch", "option --history")
    assert community["mean-response-limit"] == ("48h", "default")
    assert community["token"] == ("given", "environment INPUT_TOKEN")
    assert community["anonymize-salt"] == ("given", "environment INPUT_ANONYMIZE_SALT")
    assert "ghs_x" not in ended.stdout
    assert "salt " not in ended.stdout.replace("anonymize-salt", "")
    assert found["run"]["reports"] == ("out", "environment INPUT_REPORTS")
    assert found["service-health"]["max-wait"] == ("1m", f"{FILE} [run]")
    # A doer is not run by `run`, and its own `reports` is another input than the folder of reports.
    assert found["comment"]["max-wait"] == ("5m", "default")
    assert found["comment"]["reports"] == ("none", "default")
    assert ended.stdout.endswith(f"[[allow]]: 1 table, 1 of them expired\n\n{FILE}: 5 tables, no mistakes\n")


def test_without_a_file_what_suits_any_repository_is_explained(tmp_path: Path) -> None:
    ended = checked(tmp_path, None)

    assert {"run", "community-metrics", "ci-health"} <= told(ended).keys()
    assert not {"coverage", "comment"} & told(ended).keys()
    assert ended.stdout.endswith(f"{FILE}: 0 tables, no mistakes\n")


def test_every_mistake_is_told_once_and_none_hides_another(tmp_path: Path) -> None:
    ended = checked(tmp_path, """
        extra = 1
        [run]
        window = "14x"
        monitors = ["coverge", "ci-health", "coverage", "community-metrics"]
        [comunity-metrics]
        [community-metrics]
        response-targt = "8h"
        token = "ghs_x"
        allow = []
        business-hours = "Mon"
        label-aliases = "x"
        baseline = true
        rules = ["medium: .metrics[ | length > 3", "low: .findings | length > 3", "bad: 1"]
        [ci-health]
        report = "/etc/report.json"
        [coverage]
        minimum-ratio = 90
        [comment]
        most-findings = "3"
        [[allow]]
        code = "a"
        [[allow]]
        what = 3
        """)
    found = mistakes(ended, tmp_path)

    wanted = [
        r'FILE:21: \[\[allow\]\] table 1 \("a"\) has no reason',
        r'FILE:24: \[\[allow\]\] table 2 has an unknown key "what"',
        r'FILE:2 has an unknown key "extra"', r'FILE:6 has an unknown table "comunity-metrics" \(did you mean comm',
        r'FILE:4: \[run\] window: "14x" has an unknown unit', r'monitors: "coverge" is not a monitor \(did you mean c',
        r"FILE:10: \[community-metrics\] allow stands by itself",
        r'FILE:8: \[community-metrics\] has an unknown key "response-targt" \(did you mean response-target ',
        r"FILE:9: \[community-metrics\] token does not belong in a file",
        r'FILE:11: \[community-metrics\] business-hours: "Mon"', r'FILE:12: \[community-metrics\] label-aliases: "x" ',
        r"\[community-metrics\] rules: rule 1 ", r"\[community-metrics\] rules: rule 3 ",
        r"\[community-metrics\] baseline: takes a history", r"\[ci-health\] report: the configuration file may not",
        r'FILE:18: \[coverage\] minimum-ratio: "90" is not between',
        r"FILE:17: \[coverage\] lacks reports", r'FILE:20: \[comment\] most-findings: "3" needs an integer']
    assert sorted(found) == sorted(line for line in found if any(re.match(one, line) for one in wanted)), found
    assert [one for one in wanted if sum(bool(re.match(one, line)) for line in found) != 1] == []
    assert "ghs_x" not in ended.stderr


def test_a_monitor_that_run_leaves_out_may_lack_what_it_needs(tmp_path: Path) -> None:
    assert "coverage" in told(checked(tmp_path, '[run]\nmonitors = ["ci-health"]\n[coverage]\nminimum-ratio = 0.8\n'))


def test_a_baseline_without_a_history_is_a_mistake(tmp_path: Path) -> None:
    [line] = mistakes(checked(tmp_path, "[ci-health]\nbaseline = true\n"), tmp_path)
    assert line.startswith("[ci-health] baseline: takes a history")


def test_in_a_job_every_mistake_stands_in_the_log_and_no_value_is_a_command(tmp_path: Path) -> None:
    text = "[community-metrics]\n" + "".join(f'"a{number}" = 1\n' for number in range(15))
    ended = checked(tmp_path, text, GITHUB_ACTIONS="true")
    assert len([line for line in ended.stdout.splitlines() if line.startswith("config: ")]) == 15
    hostile = checked(tmp_path, '[community-metrics]\npause-labels = ["::error::x", "a\\u001b[31mb"]\n')
    assert hostile.code == 0
    assert "\x1b" not in hostile.stdout
    assert not [line for line in hostile.stdout.splitlines() if line.lstrip().startswith("::")]


def test_what_is_no_configuration_or_no_action_ends_in_2_in_one_line(tmp_path: Path) -> None:
    assert mistakes(checked(tmp_path, "[run"), tmp_path)[0].startswith("FILE is not TOML")
    [line] = mistakes(run("config", "chek", folder=tmp_path), tmp_path)
    assert line.startswith('"chek" is not check')
    assert "(did you mean check" in line
    assert run("config", folder=tmp_path).code == 2
    assert run("config", "check", "--config", "none.toml", folder=tmp_path).code == 2
