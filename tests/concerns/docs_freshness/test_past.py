"""What git knows of documents in a checkout: real repositories, one rule at a time."""
from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.concerns.docs_freshness.documents import read
from repo_vitals.concerns.docs_freshness.facts import Citation, Drift, Release
from repo_vitals.concerns.docs_freshness.past import Past, PastPolicy, ask_git
from repo_vitals.config.declare import Surroundings
from repo_vitals.sources.checkout import Checkout
from repo_vitals.sources.git import Git, GitFailed
from support.checkouts import Repository

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
START = 1_767_225_600       # 2026-01-01
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
LINES = "".join(f"line {number}\n" for number in range(40))


class History(Repository):
    """Commits a day apart."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.days = 0
        self.ids: list[str] = []

    def day(self, files: dict[str, str | None], *, name: str = "Ann", email: str = "ann@example.org",
            at: int | None = None) -> str:
        """Commit these files on the next day; the commit's id."""
        self.days += 1
        self.write(files)
        self.git("add", "--all")
        time = f"{START + self.days * DAY if at is None else at} +0000"
        subprocess.run(["git", "-c", f"user.name={name}", "-c", f"user.email={email}", "commit", "--quiet", "-m",
                        "Change", "--allow-empty"], cwd=self.folder, check=True,
                       env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_COMMITTER_DATE": time,
                            "GIT_AUTHOR_DATE": f"{START} +0000"})
        self.ids.append(self.git("rev-parse", "HEAD"))
        return self.ids[-1]

    def past(self, **changes: Any) -> Past:
        """What git knows of all Markdown files."""
        paths = [path for path in self.git("ls-files", "-z").split("\0") if path.endswith(".md")]
        contents = {path: (self.folder / path).read_bytes() for path in paths}
        given: dict[str, Any] = {"policy": PastPolicy(), "now": NOW, **changes}
        return ask_git({path: read(path, content) for path, content in contents.items()}, contents,
                       Checkout(self.folder, os.environ), surroundings=Surroundings(environ=dict(os.environ)), **given)

    def changed(self, path: str = "a.md", **changes: Any) -> int | None:
        """The day on which a document was last changed; None where there is no telling."""
        change = self.past(**changes).ages[path].changed
        return None if change is None else self.ids.index(change.commit) + 1


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


def test_an_api_document_is_behind_a_release_that_brought_changes_of_what_is_released(history: History) -> None:
    history.day({"docs/api/a.md": "one", "b.py": "1"})
    history.day({"b.py": "2"})
    for days, expected in ((1, False), (3, True)):
        release = Release(name="v1", at=datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(days=days))
        age = history.past(release=release, api=["docs/api/a.md"]).ages["docs/api/a.md"]
        assert (age.release == release) is expected
    release = Release(name="v2", at=NOW)
    history.day({"docs/api/a.md": "two"})
    history.day({"tests/b.py": "1", "src/b_test.go": "1", "examples/c.rs": "1", "docs/conf.py": "1"})
    history.day({"b.py": "3"}, name="dependabot[bot]")
    assert history.past(release=release, api=["docs/api/a.md"]).ages["docs/api/a.md"].release is None
    age = history.past(why_no_release="the tags are not known", api=["docs/api/a.md"]).ages["docs/api/a.md"]
    assert (age.changed is not None, age.why_unknown) == (True, "the tags are not known")


def test_what_a_document_cites_and_is_gone_or_rewritten_is_found_with_the_commit_that_did_it(history: History) -> None:
    history.day({"README.md": "`src/a.py`, `src/b.py`, `src/sub/`, `make lint`, `src/never.py`, [b](src/b.py#L3-L4), "
                              "[`src/b.py`](src/b.py), `./src/a.py`\n",
                 "src/a.py": "a", "src/b.py": LINES, "src/sub/c.py": "c", "Makefile": "lint: x\n\ttrue\ntest:\n"})
    removed = history.day({"src/a.py": None, "src/sub/c.py": None})
    rewritten = history.day({"src/b.py": LINES.replace("line", "other")})
    history.day({"Makefile": "test:\n"})
    history.day({"README.md": (history.folder / "README.md").read_text() + "More.\n"})
    past = history.past()
    assert {(one.cited, one.kind, one.what, one.commit) for one in past.citations} == {
        ("src/a.py", "file", "vanished", removed), ("src/sub/", "folder", "vanished", removed)}

    history.day({"src/b.py": LINES})
    history.days = 1
    history.git("reset", "--quiet", "--hard", history.ids[3])
    past = history.past()
    assert {(one.cited, one.kind, one.what, one.commit) for one in past.citations} == {
        ("src/a.py", "file", "vanished", removed), ("src/sub/", "folder", "vanished", removed),
        ("src/b.py", "file", "changed", rewritten), ("src/b.py#L3-L4", "lines", "changed", rewritten),
        ("make lint", "make target", "vanished", "")}
    assert past.drift == {"README.md": Drift(cited=5, drifted=5)}


def test_a_file_that_moved_since_it_was_named_is_said_to_be_where_it_is_now(history: History) -> None:
    history.day({"README.md": "`src/a.py`\n", "src/a.py": LINES})
    history.day({"src/a.py": None, "src/b.py": LINES})
    history.day({"x.py": "1"})
    (one,) = history.past().citations
    assert (one.cited, one.what, one.target) == ("src/a.py", "vanished", "src/b.py")


def test_lines_that_were_blank_or_stand_there_again_have_not_changed(history: History) -> None:
    history.day({"README.md": "[b](src/b.py#L2), [b](src/b.py#L4), [b](src/b.py#L6)\n",
                 "src/b.py": "a = 1\n\nb = 1\nc = 1\n\nd = 1\n"})
    history.day({"src/b.py": "a = 1\ne = 1\nb = 2\n  c = 1\n\nd = 2\n"})
    assert [one.cited for one in history.past().citations] == ["src/b.py#L6"]


def test_what_was_gone_before_a_document_named_it_is_no_finding(history: History) -> None:
    history.day({"README.md": "One.\n", "src/a.py": "a"})
    history.day({"src/a.py": None})
    history.day({"README.md": "See `src/a.py`.\n"})
    assert history.past().citations == ()


@pytest.mark.parametrize("place", [".gitignore", "dist/.gitignore"])
def test_what_git_was_told_to_ignore_when_it_was_untracked_has_not_vanished(history: History, place: str) -> None:
    history.day({"README.md": "`dist/index.js`, `dist/sub/`, `src/a.py`\n", "dist/index.js": "x", "dist/sub/a.js": "x",
                 "src/a.py": "a", "dist/keep": ""})
    ignored = "/dist/*\n!/dist/keep\n" if place == ".gitignore" else "*.js\nsub/\n"
    history.day({"dist/index.js": None, "dist/sub/a.js": None, "src/a.py": None, place: ignored})
    assert [one.cited for one in history.past().citations] == ["src/a.py"]


def test_sources_that_a_bot_or_a_commit_to_ignore_rewrote_have_not_changed(history: History) -> None:
    other = LINES.replace("line", "other")
    history.day({"README.md": "`src/a.py`, `src/b.py`\n", "src/a.py": LINES, "src/b.py": LINES})
    ignored = history.day({"src/a.py": other})
    history.day({"src/b.py": other}, name="dependabot[bot]")
    history.day({".git-blame-ignore-revs": ignored, "src/a.py": other + "one\n"})
    assert history.past().citations == ()
    rewritten = history.day({"src/a.py": LINES})
    assert [(one.cited, one.commit, one.lost) for one in history.past().citations] == [("src/a.py", rewritten, 1.0)]


def test_lines_that_came_after_the_document_are_no_loss_of_it(history: History) -> None:
    history.day({"README.md": "`src/a.py`\n", "src/a.py": LINES})
    ignored = history.day({"src/a.py": LINES + "0\n"})
    for text in ("1\n2\n" * 20, ""):
        history.day({"src/a.py": LINES + text, ".git-blame-ignore-revs": ignored})
    assert history.past().citations == ()


@pytest.mark.parametrize(("said", "found"), [
    ("It is read by `src/legacy/old.py`.", ["src/legacy/old.py"]), ("`src/legacy/old.py` was removed.", [])])
def test_a_word_of_the_past_counts_beside_a_name_and_not_in_it(history: History, said: str, found: list[str]) -> None:
    history.day({"README.md": f"{said}\n", "src/legacy/old.py": "a", "src/b.py": "b"})
    history.day({"src/legacy/old.py": None})
    assert [one.cited for one in history.past().citations] == found


def test_documents_of_the_past_may_cite_what_is_gone(history: History) -> None:
    of_the_past = ("CHANGELOG.md", "docs/changelog.md", "doc/whats-new.md", "docs/adr/1.md", "UPGRADING.md")
    history.day({**dict.fromkeys((*of_the_past, "docs/a.md"), "`src/a.py`\n"), "src/a.py": "a"})
    history.day({"src/a.py": None})
    assert [one.file for one in history.past().citations] == ["docs/a.md"]


def test_a_source_file_that_changed_a_little_is_no_finding(history: History) -> None:
    history.day({"README.md": "`src/b.py`\n", "src/b.py": LINES})
    history.day({"src/b.py": LINES.replace("line 1", "other")})
    assert history.past().citations == ()
    (found,) = history.past(policy=PastPolicy(lost=0.25)).citations
    assert isinstance(found, Citation)
    assert found.lost == 11 / 40


def test_a_review_counts_as_if_the_document_had_been_changed(history: History) -> None:
    history.day({"README.md": "Last Reviewed: 2026-02-01\n\n`src/b.py`\n", "src/b.py": LINES})
    history.day({"src/b.py": LINES.replace("line", "other")})
    assert history.past().citations == ()


def test_ages_are_known_and_it_is_said_where_only_what_is_cited_can_not_be_looked_up(
    history: History, monkeypatch: pytest.MonkeyPatch,
) -> None:
    history.day({"a.md": "`src/a.py`\n", "docs/api/b.md": "b\n", "src/a.py": "a"})

    def fails(*_: object, **__: object) -> None:
        raise GitFailed("fatal: unable to read tree")
    monkeypatch.setattr("repo_vitals.concerns.docs_freshness.past.read_touches", fails)
    past = history.past(release=Release(name="v1", at=NOW), api=["docs/api/b.md"])
    (note,) = past.notes
    assert note == ("git could not tell what became of what documents cite, so none is stale for that (fatal: unable "
                    "to read tree)")
    assert (past.citations, past.drift, past.ages["a.md"].why_unknown) == ((), None, "")
    assert past.ages["docs/api/b.md"].why_unknown == ("git could not tell what sources changed (fatal: unable to read "
                                                      "tree)")


def test_a_key_that_a_document_names_with_its_file_and_that_went_is_found(history: History) -> None:
    history.day({"a.md": "Set `[tool.x] depth` and `[tool.x] width` in `deep.toml`.\n",
                 "deep.toml": "[tool.x]\ndepth = 1\nwidth = 2\n"})
    history.day({"deep.toml": "[tool.x]\nwidth = 2\n"})
    past = history.past()
    assert [(one.cited, one.kind, one.what, one.target) for one in past.citations] == [
        ("[tool.x] depth", "configuration key", "vanished", "deep.toml")]
    assert past.drift == {"a.md": Drift(cited=3, drifted=1)}
