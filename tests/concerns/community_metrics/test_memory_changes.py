"""What changes between two runs, but for the repository: the rules, the clock, the account. Figures are as ever."""
from __future__ import annotations

import importlib
import json
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.simulator.faults import Fault, FaultPlan
from repo_vitals.simulator.limits import Limits
from support.commands import run
from support.remembered import LOGINS, Remembering, Truths, lively, notes
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

FOLDER = "community-metrics/acme/widget"
AGAIN = "; everything was read again and it is written anew"
MONTH = timedelta(days=30)
POLICIES = ((), ("--responders", "members"), ("--responders", f"{LOGINS[1]},{LOGINS[0].upper()}"),
            ("--ignore-users", LOGINS[1]), ("--include-bots",), ("--ignore-users", LOGINS[4], "--include-bots"),
            ("--sla", "p0-p3", "--escalate", "true"), ("--acknowledgements",), ("--mentors",))


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    with serving(lively(), limits=Limits(graphql=10**9)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def truths() -> Truths:
    """What runs without a history told."""
    return Truths()


@pytest.fixture(autouse=True)
def _nothing_is_read_again_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a repository as small as this one it would mend whatever was forgotten.
    monkeypatch.setattr(importlib.import_module("repo_vitals.concerns.community_metrics.collect"), "READ_AGAIN", 0)


@pytest.fixture
def runs(github: Simulator, truths: Truths, tmp_path: Path) -> Remembering:
    """Runs without a history so far."""
    return Remembering(github, tmp_path, truths=truths)


@pytest.mark.parametrize("after", POLICIES)
@pytest.mark.parametrize("before", [(), ("--responders", "members", "--ignore-users", LOGINS[4])])
def test_the_rules_of_each_run_are_its_own(runs: Remembering, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    for options in (before, after, before):
        assert notes(runs.agrees(*options)) == []


@pytest.mark.parametrize("windows", [("30d", "90d", "7d"), ("7d", "400d", "30d"), ("1d", "7d", "30d", "90d", "2000d")])
def test_windows_may_grow_and_shrink(runs: Remembering, windows: tuple[str, ...]) -> None:
    for window in windows:
        assert notes(runs.agrees("--window", window)) == []


@pytest.mark.parametrize("steps", [
    (NOW, NOW - MONTH, NOW), (NOW - 4 * MONTH, NOW, NOW - 5 * MONTH), (NOW, NOW + MONTH, NOW), (NOW, NOW + 20 * MONTH),
    (NOW, NOW - 30 * MONTH, NOW)])
def test_the_clock_may_go_anywhere(runs: Remembering, steps: tuple[datetime, ...]) -> None:
    for at in steps:
        assert notes(runs.agrees(at=at)) == []


@given(steps=st.lists(st.tuples(st.sampled_from(POLICIES), st.sampled_from(["1d", "7d", "30d", "90d", "400d"]),
                                st.sampled_from([0, 1, 31, 100, -31])), min_size=2, max_size=4))
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
def test_under_any_rules_windows_and_clocks_nothing_differs(
        github: Simulator, truths: Truths, tmp_path_factory: pytest.TempPathFactory,
        steps: list[tuple[tuple[str, ...], str, int]]) -> None:
    runs = Remembering(github, tmp_path_factory.mktemp("any"), truths=truths)
    for policy, window, back in steps:
        assert notes(runs.agrees("--window", window, *policy, at=NOW - timedelta(days=back))) == []


# -- the account that the token belongs to --------------------------------------------------------------------------

def test_what_is_ours_goes_with_the_account(runs: Remembering, github: Simulator) -> None:
    person = github.token(login=LOGINS[5])
    for token in (None, person, None, person):
        assert notes(runs.agrees(token=token)) == []
    items = [{row["number"] for row in runs.plain(token=token).report["data"]["items"]} for token in (None, person)]
    assert items[0] - items[1] == {7}


def test_what_is_ours_in_files_that_were_not_read_goes_with_the_account_too(
        runs: Remembering, github: Simulator) -> None:
    person = github.token(login=LOGINS[5])
    runs.agrees("--window", "400d")
    runs.agrees(token=person)
    assert notes(runs.agrees("--window", "400d", token=person)) == []


def test_a_run_of_another_account_that_is_broken_off_forgets_nothing(runs: Remembering, github: Simulator) -> None:
    person = github.token(login=LOGINS[5])
    runs.agrees()
    github.faults = FaultPlan([Fault(kind="primary-limit", operation="Changes", resets_in=3000)])
    try:
        assert runs.run(token=person).code == 3
    finally:
        github.faults = FaultPlan()
    runs.agrees(token=person)


def test_another_account_and_a_file_that_is_gone(runs: Remembering, github: Simulator) -> None:
    person = github.token(login=LOGINS[5])
    runs.agrees("--window", "400d")
    (runs.ledger / "items" / "00001.jsonl").unlink()
    assert notes(runs.agrees("--window", "30d", token=person)) == [
        f"history: the ledger {FOLDER} can't be used: items/00001.jsonl is missing{AGAIN}"]
    head = json.loads((runs.ledger / "head.json").read_text(encoding="utf-8").split("\n")[0])
    assert head["last_number"] is not None


# -- anonymize -----------------------------------------------------------------------------------------------------

def test_switching_anonymize_begins_anew_and_leaves_no_login_behind(runs: Remembering) -> None:
    runs.agrees("--window", "400d")
    assert LOGINS[4] in runs.words()
    assert notes(runs.run("--anonymize")) == [
        f"history: the ledger {FOLDER} can't be used: it was written with anonymize the other way{AGAIN}"]
    assert [login for login in LOGINS if login in runs.words()] == []
    assert notes(runs.run("--anonymize", "--window", "400d")) == []
    assert [login for login in LOGINS if login in runs.words()] == []
    assert "anon-" in runs.words()
    assert notes(runs.agrees()) == [
        f"history: the ledger {FOLDER} can't be used: it was written with anonymize the other way{AGAIN}"]
    assert "anon-" not in runs.words()


@pytest.mark.parametrize("damage", ["head.json", "items/00000.jsonl", "commits.jsonl"])
def test_of_a_ledger_that_was_damaged_too_no_login_is_left_behind(runs: Remembering, damage: str) -> None:
    runs.agrees("--window", "400d")
    (runs.ledger / damage).write_text("garbage\n")
    runs.run("--anonymize")
    assert [login for login in LOGINS if login in runs.words()] == []


def test_another_salt_or_none_where_one_was_given_begins_anew(runs: Remembering) -> None:
    why = [f"history: the ledger {FOLDER} can't be used: it was written with another anonymize-salt{AGAIN}"]
    for salt, noted in (("one", []), ("one", []), ("two", why), ("", why), ("", []), ("one", why)):
        runs.environ = {"INPUT_ANONYMIZE_SALT": salt}
        ended = runs.run("--anonymize")
        assert (ended.code, notes(ended)) == (runs.plain().code, noted), salt
        assert ended.report["metrics"] == runs.plain().report["metrics"]


def test_without_anonymize_a_salt_hides_addresses_only(runs: Remembering) -> None:
    runs.environ = {"INPUT_ANONYMIZE_SALT": "one"}
    runs.agrees()
    assert notes(runs.agrees()) == []


def test_committers_names_are_there_only_for_as_long_as_they_are_wanted(runs: Remembering) -> None:
    assert notes(runs.agrees("--acknowledgements")) == []
    assert "Bob O'Junk" in runs.words()
    assert notes(runs.agrees()) == []
    assert "Bob O'Junk" not in runs.words()
    assert notes(runs.agrees("--acknowledgements")) == []


def test_names_that_are_wanted_no_more_go_even_when_the_run_is_broken_off(runs: Remembering, github: Simulator) -> None:
    runs.agrees("--acknowledgements")
    github.faults = FaultPlan([Fault(kind="primary-limit", operation="Changes", resets_in=3000)])
    try:
        assert runs.run().code == 3
    finally:
        github.faults = FaultPlan()
    assert "Bob O'Junk" not in runs.words()
    runs.agrees()


# -- the input -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("place", ["branch", "branch:vitals"])
def test_a_branch_remembers_as_a_folder_does(runs: Remembering, place: str) -> None:
    path = {"PATH": os.environ["PATH"]}
    first = run("community-metrics", "--history", place, folder=runs.folder, at=runs.github, environ=path).report
    second = run("community-metrics", "--history", place, folder=runs.folder, at=runs.github, environ=path).report
    assert {**second, "cost": None} == {**first, "cost": None}
    assert second["cost"]["requests"] < first["cost"]["requests"]


def test_none_is_no_history(runs: Remembering) -> None:
    runs.agrees("--history", "none")
    assert not (runs.folder / "h").exists()


def test_a_file_in_the_folders_place_ends_the_run_in_one_line(runs: Remembering) -> None:
    (runs.folder / "h").write_text("mine")
    ended = runs.run()
    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith("error: Community metrics: history: ")
    assert (runs.folder / "h").read_text() == "mine"


@pytest.mark.parametrize("place", ["../outside", "/tmp/outside", "link/history"])
def test_the_configuration_file_may_not_lead_out_of_the_working_folder(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "work"
    (folder / ".github").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    (folder / ".github" / "repo-vitals.toml").write_text(f'[community-metrics]\nhistory = "{place}"\n')
    ended = run("community-metrics", folder=folder, environ={"GITHUB_TOKEN": "x"})
    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert "history: the configuration file may not lead out of the working folder" in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_a_folder_of_the_configuration_file_is_used(runs: Remembering) -> None:
    (runs.folder / "remembering" / ".github").mkdir(parents=True)
    (runs.folder / "remembering" / ".github" / "repo-vitals.toml").write_text(
        '[community-metrics]\nhistory = "kept/here"\n')
    ended = run("community-metrics", folder=runs.folder / "remembering", at=runs.github)
    assert ended.code in (0, 1)
    assert (runs.folder / "remembering" / "kept" / "here" / FOLDER / "head.json").exists()
