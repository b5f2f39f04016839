"""Whatever a history holds, a run tells what one without it tells, and says a word where it could not be used."""
from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.simulator.limits import Limits
from repo_vitals.sources.ledger_lines import digest
from support.remembered import Remembering, Truths, lively, notes
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator

FOLDER = "community-metrics/acme/widget"
AGAIN = "; everything was read again and it is written anew"


@pytest.fixture(scope="module")
def github() -> Iterator[Simulator]:
    with serving(lively(), limits=Limits(graphql=10**9)) as simulator:
        yield simulator


@pytest.fixture(scope="module")
def truths() -> Truths:
    """What runs without a history told."""
    return Truths()


@pytest.fixture(scope="module")
def written(github: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The history of one run over a long window, which every test gets a copy of."""
    runs = Remembering(github, tmp_path_factory.mktemp("written"))
    runs.agrees("--window", "400d")
    runs.agrees()
    return runs.folder / "h"


@pytest.fixture
def runs(github: Simulator, written: Path, truths: Truths, tmp_path: Path) -> Remembering:
    """Runs with that history."""
    shutil.copytree(written, tmp_path / "h")
    return Remembering(github, tmp_path, truths=truths)


def test_a_second_run_asks_little_and_says_the_same(runs: Remembering) -> None:
    assert notes(runs.agrees()) == []
    assert set(runs.asked()) == {"Repository", "Changes", "LookAgain", "Items", "Threads"}
    assert sorted(path.name for path in runs.ledger.glob("**/*.json*")) == [
        "00000.jsonl", "00001.jsonl", "00002.jsonl", "commits.jsonl", "head.json"]


def test_a_file_that_no_figure_depends_on_is_not_read(runs: Remembering) -> None:
    (runs.ledger / "items" / "00001.jsonl").write_bytes(b"\xff")
    assert notes(runs.agrees()) == []


# -- what may have happened to the files --------------------------------------------------------------------------

def cut(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-40])


def garbage(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(bytes(range(256)) * 3)


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    return edit


def missing(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def swapped(one: str, other: str) -> Callable[[Path], None]:
    def swap(folder: Path) -> None:
        (folder / one).rename(folder / "x")
        (folder / other).rename(folder / one)
        (folder / "x").rename(folder / other)
    return swap


def resealed(folder: Path, **changed: Any) -> None:
    """The head with other fields and a seal that fits, as only a forger makes it."""
    body = json.loads((folder / "head.json").read_text(encoding="utf-8").split("\n")[0])
    text = json.dumps({**body, **changed}, ensure_ascii=False)
    (folder / "head.json").write_text(f"{text}\n{digest(text)}\n", encoding="utf-8", newline="")


def forged(name: str, text: str) -> Callable[[Path], None]:
    """A file of something else, whose digest the head gives."""
    def forge(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8", newline="")
        head = json.loads((folder / "head.json").read_text(encoding="utf-8").split("\n")[0])
        if name == "commits.jsonl":
            resealed(folder, commits_digest=digest(text))
        else:
            shard = name[len("items/"):-len(".jsonl")]
            head["shards"][shard]["digest"] = digest(text)
            resealed(folder, shards=head["shards"])
    return forge


DAMAGES = {
    "head cut": (cut("head.json"), "head.json is damaged"),
    "head garbage": (garbage("head.json"), "head.json is damaged"),
    "head empty": (lambda folder: (folder / "head.json").write_text(""), "head.json is damaged"),
    "head edited": (edited("head.json", '"reach":1', '"reach":2'), "head.json was changed or cut"),
    "head with other line ends": (edited("head.json", "\n", "\r\n"), "head.json was changed or cut"),
    "head of an unknown shape": (lambda folder: resealed(folder, unheard_of=1), "head.json lacks what it should hold"),
    "items cut": (cut("items/00000.jsonl"), "items/00000.jsonl was changed or cut"),
    "items garbage": (garbage("items/00000.jsonl"), "items/00000.jsonl was changed or cut"),
    "items edited": (edited("items/00002.jsonl", "Third", "Fourth"), "items/00002.jsonl was changed or cut"),
    "items missing": (missing("items/00002.jsonl"), "items/00002.jsonl is missing"),
    "items swapped": (swapped("items/00000.jsonl", "items/00002.jsonl"), "items/00000.jsonl was changed or cut"),
    "items forged": (forged("items/00000.jsonl", '{"n":1}\n'), "a line holds something else than it should"),
    "commits cut": (cut("commits.jsonl"), "commits.jsonl was changed or cut"),
    "commits garbage": (garbage("commits.jsonl"), "commits.jsonl was changed or cut"),
    "commits edited": (edited("commits.jsonl", ",1", ",2"), "commits.jsonl was changed or cut"),
    "commits missing": (missing("commits.jsonl"), "commits.jsonl is missing"),
    "commits forged": (forged("commits.jsonl", "[]\n"), "a line holds something else than it should"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_ledger_is_noted_not_believed_and_written_anew(runs: Remembering, name: str) -> None:
    damage, why = DAMAGES[name]
    damage(runs.ledger)
    assert notes(runs.agrees()) == [f"history: the ledger {FOLDER} can't be used: {why}{AGAIN}"]
    assert notes(runs.agrees()) == []
    assert "Issues" not in runs.asked()


def test_without_its_head_there_is_no_ledger_and_what_is_left_of_it_goes(runs: Remembering) -> None:
    (runs.ledger / "head.json").unlink()
    (runs.ledger / "items" / "00099.jsonl").write_text("anyone's\n")
    assert notes(runs.agrees()) == []
    # The file of old items is not needed for a month, so that nothing wrote it again.
    assert sorted(path.name for path in runs.ledger.glob("**/*.json*")) == [
        "00000.jsonl", "00002.jsonl", "commits.jsonl", "head.json"]


def test_damage_found_only_when_writing_costs_the_next_run_and_is_noted(runs: Remembering, github: Simulator) -> None:
    # An item of the file that no figure depends on comes back to life.
    garbage("items/00001.jsonl")(runs.ledger)
    runs.truths = None
    repository = github.state.repositories()[0]
    old = repository.threads[302]
    updated = old.updated_at
    try:
        github.state.comment(old, by=github.state.account("bobofjunk"), at=NOW)
        assert notes(runs.agrees()) == [
            (f"history: the ledger {FOLDER} can't be used: items/00001.jsonl was changed or cut; the next run reads "
            "everything again")]
        assert notes(runs.agrees()) == []
    finally:
        github.state.delete_comment(old.comments[-1])
        old.updated_at = updated


def test_a_ledger_of_a_later_version_is_left_byte_for_byte(runs: Remembering) -> None:
    resealed(runs.ledger, schema_version=2, unheard_of="x")
    before = runs.files()
    for _ in range(2):
        assert notes(runs.agrees()) == [
            (f"history: the ledger {FOLDER} is left as it is (head.json has schema version 2, and this version of "
            "repo-vitals knows 1); everything was read from GitHub, and nothing of it is kept")]
    assert runs.files() == before


def test_a_ledger_of_another_repository_is_not_believed(runs: Remembering, tmp_path: Path) -> None:
    shutil.rmtree(runs.ledger)
    with serving(lively("acme/other")) as elsewhere:
        other = Remembering(elsewhere, tmp_path / "elsewhere", repository="acme/other")
        elsewhere.state.add_repository("acme/another")      # so that ids differ
        other.run()
        head = json.loads((other.ledger / "head.json").read_text(encoding="utf-8").split("\n")[0])
        shutil.copytree(other.ledger, runs.ledger)
    resealed(runs.ledger, repository=head["repository"] + "x")
    assert notes(runs.agrees()) == [f"history: the ledger {FOLDER} can't be used: it is of another repository{AGAIN}"]
    assert notes(runs.agrees()) == []


def test_repositories_are_remembered_apart(runs: Remembering, github: Simulator) -> None:
    second = github.state.repository("acme/second") or github.state.add_repository("acme/second")
    if not second.threads:
        github.state.open_issue(second, by=github.state.account("bobofjunk"), at=NOW)
    other = Remembering(github, runs.folder, repository="acme/second")
    before = {name: content for name, content in runs.files().items() if "/widget/" in name}
    assert notes(other.agrees()) == []
    assert {name: content for name, content in runs.files().items() if "/widget/" in name} == before
    assert "Issues" not in runs.asked()
    assert notes(runs.agrees()) == notes(other.agrees()) == []


def test_what_a_killed_writer_left_is_used(runs: Remembering) -> None:
    journal = runs.folder / "h" / ".repo-vitals-journal"
    head = runs.ledger / "head.json"
    (journal / FOLDER).mkdir(parents=True)
    head.rename(journal / FOLDER / "head.json")
    (journal / "decided").write_text(json.dumps({"written": [f"{FOLDER}/head.json"], "removed": []}))
    assert notes(runs.agrees()) == []
    assert "Issues" not in runs.asked()
    assert head.exists()
    assert not journal.exists()
