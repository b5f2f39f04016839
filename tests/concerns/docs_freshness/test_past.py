"""What git knows of documents in a checkout: real repositories, one rule at a time."""
from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.past import PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.git import Git
from support.dated_history import DAY, NOW, START, History

if TYPE_CHECKING:
    from pathlib import Path

LINES = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "made")


def test_the_date_is_the_committers_and_the_author_s_does_not_count(history: History) -> None:
    history.day({"a.md": "one"})
    change = history.past().ages["a.md"].changed
    assert change is not None
    assert (change.at, change.commit) == (datetime(2026, 1, 2, tzinfo=timezone.utc), history.ids[0])


def test_a_move_a_bot_and_a_change_of_form_are_no_changes_and_a_revert_is_one(history: History) -> None:
    history.day({"old.md": "one two"})
    history.day({"old.md": None, "docs/é \n.md": "one two"})
    history.day({"docs/é \n.md": "one three"}, name="dependabot[bot]")
    history.day({"docs/é \n.md": "one four"}, email="49699333+renovate[bot]@users.noreply.github.com")
    history.day({"docs/é \n.md": "one\nfour\n"})
    assert history.changed("docs/é \n.md") == 1
    history.day({"docs/é \n.md": "one two"})
    assert history.changed("docs/é \n.md") == 6


def test_a_whole_folder_that_moved_twice_is_followed_in_few_logs(
    history: History, monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"{number}.md" for number in range(60)]
    history.day({"x.md": "x", **{f"doc/{name}": f"one {name}" for name in names}})
    history.day({f"doc/{names[0]}": "two"})
    for old, new in (("doc/", "text/"), ("text/", "docs/")):
        (history.folder / old).rename(history.folder / new)
        history.day({})
    started = []
    run = Git.run
    monkeypatch.setattr(Git, "run", lambda git, *arguments, **options: (started.append(arguments),
                                                                         run(git, *arguments, **options))[1])
    ages = history.past().ages
    days = [history.ids.index(ages[f"docs/{name}"].changed.commit) + 1 for name in names]  # type: ignore[union-attr]
    assert days == [2, *[1] * 59]
    assert sum("rev-list" in arguments or "log" in arguments for arguments in started) == 6


@pytest.mark.parametrize("document", ["docs/a.md", "a.md"])
def test_a_move_that_leaves_a_stub_behind_is_no_change_of_what_moved(history: History, document: str) -> None:
    others: dict[str, str | None] = {f"src/{number}.py": "" for number in range(9)}
    history.day({"src/a.md": "one two", **others})
    history.day({"src/a.md": "See elsewhere.", document: "one two"})
    history.day({"src/a.md": "See there."})
    assert (history.changed(document), history.changed("src/a.md")) == (1, 3)


def test_an_empty_file_is_moved_from_none(history: History) -> None:
    history.day({"a.md": ""})
    history.day({"a.md": "one", "b.md": ""})
    assert history.changed("b.md") == 2


def test_a_bot_can_be_named_and_what_it_made_first_counts(history: History) -> None:
    history.day({"a.md": "one"}, name="release-robot")
    history.day({"a.md": "two"}, name="release-robot")
    assert history.changed() == 2
    assert history.changed(policy=PastPolicy(bots=("release-robot",))) == 1


def test_commits_to_ignore_do_not_count_and_lines_that_are_no_ids_are_noted(history: History) -> None:
    history.day({"a.md": "one"})
    ignored = history.day({"a.md": "two"})
    history.day({".git-blame-ignore-revs": f"# form\n{ignored.upper()}  # all of it\n{ignored[:10]}\n{'0' * 40}\n"})
    past = history.past()
    assert past.ages["a.md"].changed is not None
    assert past.ages["a.md"].changed.commit == history.ids[0]
    assert past.notes == (".git-blame-ignore-revs has 1 line without a whole commit id, left out",
                          ".git-blame-ignore-revs names 1 commit that the history lacks")


def test_a_change_on_a_branch_dates_from_its_own_commit_and_not_from_the_merge(history: History) -> None:
    history.day({"a.md": "one", "b.md": "one"})
    history.git("checkout", "--quiet", "-b", "side")
    side = history.day({"a.md": "two"})
    history.git("checkout", "--quiet", "main")
    history.day({"b.md": "two"})
    history.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    change = history.past().ages["a.md"].changed
    assert change is not None
    assert change.commit == side


def test_a_file_that_a_merge_moved_whole_is_as_old_as_it_was_wherever_it_came_from(history: History) -> None:
    sources: dict[str, str | None] = {f"lib/{number}.py": "1" for number in range(30)}
    history.day({"lib/a.md": "one two three", **sources})
    history.git("checkout", "--quiet", "-b", "side")
    history.day({"x.py": "1"})
    history.git("checkout", "--quiet", "-")
    history.day({"y.py": "1"})
    history.git("merge", "--quiet", "--no-ff", "--no-commit", "side")
    history.day({"docs/a.md": "one two three", "lib/a.md": None})
    assert history.changed("docs/a.md") == 1


def test_the_later_of_a_merge_s_parents_is_found_behind_a_bot_s_commit_whose_clock_was_slow(history: History) -> None:
    history.day({"a.md": "one\ntwo\nthree\n"})
    history.git("checkout", "--quiet", "-b", "side")
    history.day({"a.md": "one\ntwo\nthree\nfour\n"}, at=START + 9 * DAY)
    history.day({"a.md": "one\ntwo\nthree\nfour\nfive\n"}, name="x[bot]", at=START + 2 * DAY)
    history.git("checkout", "--quiet", "-")
    history.day({"a.md": "zero\none\ntwo\nthree\n"}, at=START + 5 * DAY)
    history.git("merge", "--quiet", "--no-ff", "side")
    assert history.changed() == 2


def test_merges_that_cross_again_and_again_take_no_longer_than_there_are_of_them(history: History) -> None:
    history.day({"a.md": "0"})
    tips = [history.day({"a.md": "left"}, name="x[bot]")]
    history.git("checkout", "--quiet", "HEAD~1")
    tips.append(history.day({"a.md": "right"}, name="x[bot]"))
    said = []
    for mark in range(1, 121):
        above = (mark - 1) // 2 * 2
        one, other = (f":{above}", f":{above - 1}") if above else tips
        said.append(f"commit refs/heads/x\nmark :{mark}\nauthor x[bot] <x@example.org> {START} +0000\ncommitter X "
                    f"<x@example.org> {START + 9 * DAY + mark} +0000\ndata 1\nx\nfrom {one}\nmerge {other}\n"
                    f"M 100644 inline a.md\ndata {len(str(mark))}\n{mark}\n\n")
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=history.folder, check=True,
                   input="".join(said).encode())
    history.git("checkout", "--quiet", "x")
    assert history.changed() == 1


def test_what_a_merge_threw_away_never_was(history: History) -> None:
    history.day({"a.md": "one"})
    history.git("checkout", "--quiet", "-b", "side")
    history.day({"a.md": "two"})
    history.git("checkout", "--quiet", "main")
    history.git("merge", "--quiet", "--no-edit", "--strategy=ours", "side")
    assert history.changed() == 1


def test_a_commit_of_the_future_counts_as_now_and_is_noted(history: History) -> None:
    history.day({"a.md": "one"}, at=4_000_000_000)
    past = history.past()
    assert past.ages["a.md"].changed is not None
    assert past.ages["a.md"].changed.at == NOW
    (note,) = past.notes
    assert note == "1 document changed in the future by a committer's clock, and counts as changed now"


@pytest.mark.parametrize("who", ["A <a@example.org>", "A <a@example.org> -5 +0000", "A a@example.org 1 +0000", ""])
def test_a_commit_without_a_date_makes_the_age_of_what_it_changed_unknown_and_no_other(
    history: History, who: str,
) -> None:
    history.day({"a.md": "one", "b.md": "two"})
    history.day({"b.md": "three"})
    text = (f"tree {history.git('rev-parse', 'HEAD^{tree}')}\nparent {history.ids[0]}\n"
            f"author A <a@example.org> 1 +0000\ncommitter {who}\n\nx\n")
    made = subprocess.run(["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"], cwd=history.folder,
                          input=text.encode(), capture_output=True, check=True)
    history.git("reset", "--quiet", "--hard", made.stdout.decode().strip())
    ages = history.past().ages
    assert ages["a.md"].changed is not None
    assert (ages["b.md"].changed, ages["b.md"].why_unknown) == (
        None, "the commit that changed it last has no date that can be read")


def test_a_document_that_no_commit_has_is_of_unknown_age(history: History) -> None:
    history.day({"a.md": "one"})
    history.write({"b.md": "two"})
    document = read("b.md", b"two")
    past = ask_git({"b.md": document}, {}, Checkout(history.folder, os.environ), policy=PastPolicy(), now=NOW,
                   surroundings=Surroundings())
    assert past.ages["b.md"].changed is None
    assert past.ages["b.md"].why_unknown == "it is in no commit of the checkout"


def test_without_a_checkout_only_the_stamps_are_known() -> None:
    content = b"Last Updated: 2026-01-05\n"
    past = ask_git({"a.md": read("a.md", content)}, {"a.md": content}, None, policy=PastPolicy(), now=NOW,
                   surroundings=Surroundings(), why_none="the working folder is no git checkout")
    age = past.ages["a.md"]
    assert (age.changed, age.why_unknown, str(age.reviewed)) == (None, "the working folder is no git checkout",
                                                                 "2026-01-05")


def test_a_shallow_checkout_tells_what_it_has_and_never_the_tip_s_date(history: History, tmp_path: Path) -> None:
    history.day({"a.md": "one", "b.md": "one"})
    history.day({"x.py": "1"})
    history.day({"b.md": "two"})
    shallow = History(tmp_path / "shallow")
    history.clone(tmp_path / "clone", depth=2)
    shallow.folder, shallow.ids = tmp_path / "clone", history.ids
    past = shallow.past()
    assert (past.ages["a.md"].changed, past.ages["b.md"].changed is not None) == (None, True)
    assert past.ages["a.md"].unchanged_since == datetime(2026, 1, 3, tzinfo=timezone.utc)
    (note,) = past.notes
    assert note == ("the checkout is shallow, and its history could not be fetched: it is not known which "
                    "repository it is of (set `fetch-depth: 0` in actions/checkout)")


def test_a_file_that_moved_into_the_documents_of_a_shallow_checkout_is_as_unknown_as_it_was(
    history: History, tmp_path: Path,
) -> None:
    sources: dict[str, str | None] = {f"lib/{number}.py": "1" for number in range(30)}
    history.day({"lib/a.md": "one two three", **sources})
    history.day({"x.py": "1"})
    history.day({"docs/a.md": "one two three", "lib/a.md": None})
    shallow = History(tmp_path / "unused")
    history.clone(tmp_path / "clone", depth=2)
    shallow.folder, shallow.ids = tmp_path / "clone", history.ids
    age = shallow.past().ages["docs/a.md"]
    assert (age.changed, age.unchanged_since) == (None, datetime(2026, 1, 3, tzinfo=timezone.utc))


def test_a_file_that_a_parent_never_had_is_not_looked_for_behind_a_shallow_checkout_s_end(
    history: History, tmp_path: Path,
) -> None:
    history.day({"x.py": "1"})
    history.day({"x.py": "2"}, at=START + 9 * DAY)
    history.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    history.day({"a.md": "one\n"})
    history.day({"a.md": "one\ntwo\n"})
    history.git("merge", "--quiet", "--no-ff", "--no-commit", "main")
    history.day({"a.md": "one\nthree\n"}, name="merger[bot]")
    history.git("branch", "--quiet", "-D", "main")
    shallow = History(tmp_path / "unused")
    history.clone(tmp_path / "clone", depth=2)
    shallow.folder, shallow.ids = tmp_path / "clone", history.ids
    past = shallow.past()
    assert (past.ages["a.md"].changed, past.ages["a.md"].unchanged_since) == (
        None, datetime(2026, 1, 5, tzinfo=timezone.utc))


@pytest.mark.parametrize(("how", "note"), [
    (["--depth=1"], ""), (["--filter=blob:none"], "of 1 document, changes count that may be of form alone"),
    (["--depth=2", "--filter=blob:none"], "the checkout is shallow"),
])
def test_what_a_checkout_lacks_is_fetched_without_a_change_to_it(
    history: History, tmp_path: Path, how: list[str], note: str,
) -> None:
    history.day({"a.md": "one"})
    history.day({"a.md": "two", "x.py": LINES})
    history.day({"a.md": "two\n"})
    history.day({"y.md": "y"})
    (tmp_path / "acme").mkdir()
    served = str(tmp_path / "acme" / "widget.git")
    history.git("clone", "--quiet", "--bare", str(history.folder), served)
    for key in ("allowFilter", "allowAnySHA1InWant"):
        history.git("--git-dir", served, "config", f"uploadpack.{key}", "true")
    history.git("clone", "--quiet", *how, f"file://{served}", str(tmp_path / "clone"))
    partial = History(tmp_path / "unused")
    partial.folder, partial.ids = tmp_path / "clone", history.ids
    before = sorted(str(path) for path in (partial.folder / ".git").rglob("*"))
    past = partial.past(repository="acme/widget", server_url=f"file://{tmp_path}")
    change = past.ages["a.md"].changed
    assert change is not None
    assert (change.commit, past.notes) == (history.ids[1], ())
    assert sorted(str(path) for path in (partial.folder / ".git").rglob("*")) == before
    assert note in " ".join(partial.past().notes)      # where it is not known what to fetch from
