"""Who stands in a history and in a report: nobody by login where that is asked for, nobody by address ever."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.community_metrics.pseudonyms import Pseudonyms
from repo_vitals.concerns.community_metrics.responses import Policy
from repo_vitals.simulator.limits import Limits
from repo_vitals.stats.turns import Actor, bare
from support.commands import run
from support.remembered import ADDRESSES, BOTS, LOGINS, NAMES, NICKNAMES, Remembering, lively
from support.simulated import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

SALT = "a salt from a secret"
logins = st.from_regex(r"[A-Za-z0-9_-]{1,39}", fullmatch=True)
EVERYTHING = ("--mentors", "--acknowledgements", "--sla", "p0-p3", "--escalate", "true")


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    with serving(lively(), limits=Limits(graphql=10**9)) as simulator:
        yield simulator


@pytest.fixture
def runs(github: Simulator, tmp_path: Path) -> Remembering:
    """Runs without a history so far."""
    return Remembering(github, tmp_path)


def hidden(salt: str = SALT) -> Pseudonyms:
    return Pseudonyms(salt, hide_logins=True)


# -- pure ----------------------------------------------------------------------------------------------------------

@given(login=logins)
def test_a_login_is_hidden_the_same_however_it_is_written(login: str) -> None:
    found = hidden().login(login)
    if login.startswith("anon-"):
        return
    assert re.fullmatch(r"anon-[0-9a-f]{16}", found)
    assert {found, found} == {hidden().login(login.upper()), hidden().login(login.lower())}
    assert hidden().login(found) == found == bare(found)
    assert hidden("another").login(login) != found


@given(st.lists(logins.filter(lambda login: not login.startswith("anon-")), unique_by=str.lower))
def test_people_stay_apart(some: list[str]) -> None:
    assert len({hidden().login(login) for login in some}) == len(some)


def test_without_being_asked_nobody_is_hidden_but_addresses_and_names_are() -> None:
    names = Pseudonyms(SALT)
    assert (names.login("Ann"), names.account("U_1"), names.of_actor(Actor("Ann"))) == ("Ann", "U_1", Actor("Ann"))
    assert re.fullmatch(r"[0-9a-f]{16}@hash", names.email("ann@private.example"))
    assert re.fullmatch(r"[0-9a-f]{16}", names.name("Ann Müller"))
    assert Pseudonyms(SALT, hide_names=False).name("Ann Müller") == "Ann Müller"


def test_the_same_word_as_a_login_an_address_and_a_name_gives_unrelated_hashes() -> None:
    names = hidden()
    found = {re.sub("anon-|@hash", "", word) for word in (
        names.login("ann"), names.email("ann"), names.name("ann"), names.account("ann"))}
    assert len(found) == 4
    assert names.check not in found


def test_bots_and_deleted_accounts_keep_what_they_have() -> None:
    names = hidden()
    assert names.of_actor(Actor("dependabot", is_bot=True)) == Actor("dependabot", is_bot=True)
    assert names.login("renovate[bot]") == "renovate[bot]"
    assert names.of_actor(Actor(None)) == Actor(None)
    assert names.name("renovate[bot]").endswith("[bot]")
    assert names.email("29139614+renovate[bot]@users.noreply.github.com") == "renovate[bot]@users.noreply.github.com"


@pytest.mark.parametrize(("address", "plain"), [
    ("ann@users.noreply.github.com", "ann@users.noreply.github.com"),
    ("1234+Ann@users.noreply.github.com", "ann@users.noreply.github.com"),
    ("1+ann_acme@users.noreply.ghe.example", "ann_acme@users.noreply.ghe.example")])
def test_an_address_that_says_only_a_login_is_treated_as_one(address: str, plain: str) -> None:
    assert Pseudonyms(SALT).email(address) == plain
    login, _, host = plain.partition("@")
    assert hidden().email(address) == f"{hidden().login(login)}@{host}"


@pytest.mark.parametrize("empty", ["", " "])
def test_what_is_missing_stays_missing(empty: str) -> None:
    assert hidden().email(empty) == empty
    assert hidden().name("") == ""


@given(listed=st.frozensets(logins.map(bare)), ignored=st.frozensets(logins.map(bare)), login=logins)
def test_the_rules_mean_the_same_people_under_pseudonyms(
        listed: frozenset[str], ignored: frozenset[str], login: str) -> None:
    policy = Policy(responders="list", listed=listed, ignored=ignored)
    under = policy.under(hidden())
    assert under.is_bot(hidden().of_actor(Actor(login))) == policy.is_bot(Actor(login))
    assert (bare(hidden().login(login)) in under.listed) == (bare(login) in listed)


# -- what the files hold -------------------------------------------------------------------------------------------

def ids(github: Simulator) -> list[str]:
    """The global ids of all people."""
    return [account.node_id for login in LOGINS if (account := github.state.find_account(login)) is not None]


def found_in(text: str, words: Any) -> list[str]:
    return [word for word in words if word.lower() in text.lower()]


@pytest.mark.parametrize("salt", ["", SALT])
@pytest.mark.parametrize("options", [(), EVERYTHING, (
    "--responders", f"{LOGINS[1]},@{LOGINS[2]}", "--ignore-users", LOGINS[4])])
def test_with_anonymize_no_person_is_in_the_history_or_the_report(
        runs: Remembering, github: Simulator, options: tuple[str, ...], salt: str) -> None:
    runs.environ = {"INPUT_ANONYMIZE_SALT": salt}
    token = github.token(login=LOGINS[5])       # the account that asks is a person too
    for window in ("30d", "400d", "30d"):
        ended = runs.run("--anonymize", "--window", window, *options, token=token)
        plain = runs.plain("--window", window, *options, token=token)
        assert (ended.code, ended.report["metrics"]) == (plain.code, plain.report["metrics"])
        shown = (ended.folder / "repo-vitals" / "community-metrics.json").read_text(encoding="utf-8")
        for text in (runs.words(), shown, ended.stdout, ended.stderr):
            assert found_in(text, (*LOGINS, *NAMES, *NICKNAMES, *ADDRESSES, *ids(github))) == []
    assert "anon-" in shown
    assert BOTS[0].removesuffix("[bot]") in runs.words()


def test_with_anonymize_and_without_a_history_the_report_names_nobody_either(
        runs: Remembering, github: Simulator) -> None:
    ended = runs.plain("--anonymize", *EVERYTHING)
    assert ended.report["metrics"] == runs.plain(*EVERYTHING).report["metrics"]
    shown = (runs.plain("--anonymize", *EVERYTHING).folder / "repo-vitals" / "community-metrics.json").read_text()
    assert found_in(shown, (*LOGINS, *NAMES, *ADDRESSES, *ids(github))) == []


def test_under_a_given_salt_people_have_the_same_pseudonym_in_every_report(runs: Remembering) -> None:
    runs.environ = {"INPUT_ANONYMIZE_SALT": SALT}
    mentors = [run_("--anonymize", "--mentors").report["data"]["mentors"] for run_ in (runs.plain, runs.run, runs.run)]
    assert mentors[0] == mentors[1] == mentors[2]
    assert hidden().login(LOGINS[1]) in {row["login"] for row in mentors[0]}


@pytest.mark.parametrize("options", [(), ("--mentors",)])
def test_without_anonymize_no_address_and_no_committers_name_is_in_the_history(
        runs: Remembering, options: tuple[str, ...]) -> None:
    for window in ("30d", "400d"):
        runs.agrees("--window", window, *options)
        assert found_in(runs.words(), (*NAMES, *NICKNAMES, *ADDRESSES)) == []
    assert {*re.findall(r"[\w.+-]+@(?!hash\b)[\w.-]+", runs.words())} == {f"{LOGINS[4]}@users.noreply.github.com"}
    assert LOGINS[0] in runs.words()


def test_with_acknowledgements_names_are_in_the_history_but_no_address(runs: Remembering) -> None:
    ended = runs.agrees("--acknowledgements", "--window", "400d")
    runs.agrees("--acknowledgements", "--window", "400d")
    assert found_in(runs.words(), NAMES) == list(NAMES)
    assert found_in(runs.words(), ADDRESSES) == []
    # .mailmap has the last word on how somebody is called, remembered or not.
    assert NICKNAMES[2] in {row["name"] for row in ended.report["data"]["acknowledgements"]}


def test_a_salt_that_was_given_stands_nowhere(runs: Remembering) -> None:
    runs.environ = {"INPUT_ANONYMIZE_SALT": SALT}
    for options in ((), ("--anonymize",), ("--anonymize",)):
        ended = runs.run(*options)
        written = [path.read_text(encoding="utf-8") for path in runs.folder.rglob("*") if path.is_file()]
        assert [text for text in (*written, ended.stdout, ended.stderr) if SALT in text] == []


def test_a_salt_does_not_belong_in_the_configuration_file(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(f'[community-metrics]\nanonymize-salt = "{SALT}"\n')
    ended = run("community-metrics", folder=tmp_path)
    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert "anonymize-salt" in ended.stderr
    assert SALT not in ended.stderr


def test_a_history_of_its_own_salt_keeps_pseudonyms_from_run_to_run(runs: Remembering) -> None:
    first, second = (runs.run("--anonymize", "--mentors").report["data"]["mentors"] for _ in range(2))
    assert first == second
