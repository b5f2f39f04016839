"""What git knows of what documents cite, and of releases since: real repositories, one rule at a time."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.docs_freshness.facts import Citation, Drift, Release
from repo_vitals.concerns.docs_freshness.past import PastPolicy
from repo_vitals.sources.git import GitFailed
from support.dated_history import NOW, History

if TYPE_CHECKING:
    from pathlib import Path

LINES = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "made")


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
