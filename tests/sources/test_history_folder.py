"""A history is read as its last writer meant it, and nothing of a stranger's leads anywhere else."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from repo_vitals.errors import CallerError
from repo_vitals.sources import history_folder as module
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import JOURNAL, Folder

SOURCE = Path(__file__).parents[2] / "src"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions, pipes and links")
PLACE = "monitor/acme/widget/head.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A history of one file."""
    place = tmp_path / "history" / PLACE
    place.parent.mkdir(parents=True)
    place.write_text("old\n", encoding="utf-8")
    return tmp_path / "history"


def journal(folder: Path, files: dict[str, str], *, removed: tuple[str, ...] = (), decided: object = None) -> None:
    """What a writer leaves that died after its decision; `decided` in place of that decision."""
    for path, text in files.items():
        (folder / JOURNAL / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / JOURNAL / path).write_text(text, encoding="utf-8")
    (folder / JOURNAL).mkdir(exist_ok=True)
    decided = {"written": [*files], "removed": [*removed]} if decided is None else decided
    (folder / JOURNAL / "decided").write_text(decided if isinstance(decided, str) else json.dumps(decided))


def refusal(folder: Path, path: str = PLACE) -> str:
    with pytest.raises(CallerError) as caught:
        History(Folder(folder)).read(path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith("history: ")
    return str(caught.value)


def test_without_a_folder_nothing_is_there_and_nothing_is_kept() -> None:
    history = History()
    history.keep(PLACE, "text")
    assert (history.keeps, history.read(PLACE), history.kept, history.files("monitor")) == (False, None, {}, [])


def test_a_file_is_read_and_one_that_is_missing_is_none(folder: Path) -> None:
    assert History(Folder(folder)).read(PLACE) == "old\n"
    assert History(Folder(folder)).read("monitor/acme/other/head.json") is None
    assert History(Folder(folder / "none")).read(PLACE) is None


def test_line_ends_stay_and_what_is_not_utf_8_is_marked(folder: Path) -> None:
    (folder / PLACE).write_bytes("é\r\n\u2028".encode() + b"\xff")
    assert History(Folder(folder)).read(PLACE) == "é\r\n\u2028\ufffd"


def test_what_is_kept_is_what_is_read_and_is_not_written_yet(folder: Path) -> None:
    history = History(Folder(folder))
    history.keep(PLACE, "new")
    history.keep("monitor/gone", "")
    assert (history.read(PLACE), history.read("monitor/gone")) == ("new", None)
    assert (folder / PLACE).read_text() == "old\n"
    assert history.kept == {PLACE: "new", "monitor/gone": ""}


def test_a_file_below_a_file_is_not_there(folder: Path) -> None:
    assert History(Folder(folder)).read(f"{PLACE}/deeper") is None


def test_a_decision_is_read_as_if_it_were_carried_out(folder: Path) -> None:
    (folder / "monitor" / "second").write_text("old")
    (folder / "monitor" / "third").write_text("moved already")
    journal(folder, {PLACE: "new", "monitor/third": ""}, removed=("monitor/second",))
    (folder / JOURNAL / "monitor" / "third").unlink()
    history = History(Folder(folder))
    assert [history.read(path) for path in (PLACE, "monitor/second", "monitor/third")] == [
        "new", None, "moved already"]
    assert history.files("monitor") == [PLACE, "monitor/third"]


def test_a_journal_without_a_decision_says_nothing(folder: Path) -> None:
    journal(folder, {PLACE: "new"})
    (folder / JOURNAL / "decided").unlink()
    assert History(Folder(folder)).read(PLACE) == "old\n"


def test_files_are_listed_with_those_below_and_without_what_is_not_ours(folder: Path) -> None:
    for path in ("monitor/acme/widget/items/00000.jsonl", "monitor/acme/widget/notes of mine.txt", "other/file"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x")
    assert History(Folder(folder)).files("monitor/acme") == [PLACE, "monitor/acme/widget/items/00000.jsonl"]
    assert History(Folder(folder)).files("nothing/here") == []


@pytest.mark.parametrize("path", ["../outside", "monitor/../../outside", "/etc/passwd", "a//b", "", ".", "a/./b",
                                  "a\\..\\b", "C:/x", "a\0b", "a\nb", ".repo-vitals-journal/decided",
                                  "é", "n" * 256, "/".join(["long"] * 300)])
def test_a_place_outside_or_of_a_strange_name_is_refused(folder: Path, path: str) -> None:
    assert "can't hold a file of the name" in refusal(folder, path)
    with pytest.raises(CallerError, match="can't hold a file of the name"):
        History(Folder(folder)).keep(path, "text")


@pytest.mark.parametrize("path", ["../outside", "/tmp/outside", "monitor/../../outside", "..", "",
                                  ".repo-vitals-journal/x", "C:\\x", 5])
@pytest.mark.parametrize("list_", ["written", "removed"])
def test_a_strangers_journal_that_leads_elsewhere_is_refused(folder: Path, path: object, list_: str) -> None:
    if path == 5:
        path = "5/../6"
    journal(folder, {}, decided={"written": [], "removed": [], list_: [path]})
    assert f"delete the folder {JOURNAL}" in refusal(folder)


@pytest.mark.parametrize("decided", ["", "{", "[]", "null", '{"written": []}', '{"written": 1, "removed": []}',
                                     "[" * 100_000, "\x00\xff"])
def test_a_damaged_decision_is_an_error_that_says_what_to_do(folder: Path, decided: str) -> None:
    journal(folder, {}, decided=decided)
    assert refusal(folder).endswith(f"is damaged; delete the folder {JOURNAL} to give up what was being written")


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("a file")
    assert refusal(tmp_path / "history").endswith("(the history is not a folder)")


def test_a_folder_in_a_files_place_is_an_error(folder: Path) -> None:
    (folder / PLACE).unlink()
    (folder / PLACE).mkdir()
    assert "can't be read (" in refusal(folder)


def test_a_file_that_is_too_long_is_not_read_to_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST", 4)
    assert History(Folder(folder)).read(PLACE) == "old\n"
    (folder / PLACE).write_text("older")
    assert refusal(folder).endswith("(it is longer than 4 bytes)")


@POSIX
@pytest.mark.parametrize("place", [PLACE, f"{JOURNAL}/decided", f"{JOURNAL}/{PLACE}"])
def test_a_pipe_is_not_waited_for(folder: Path, place: str) -> None:
    journal(folder, {PLACE: "new"})
    (folder / place).unlink()
    os.mkfifo(folder / place)
    if place == PLACE:
        shutil.rmtree(folder / JOURNAL)
    assert refusal(folder).endswith("(it is not a regular file)")


@POSIX
@pytest.mark.parametrize("place", [PLACE, "monitor", "monitor/acme", JOURNAL, f"{JOURNAL}/decided",
                                   f"{JOURNAL}/monitor/acme/widget", f"{JOURNAL}/{PLACE}"])
def test_a_link_in_a_history_is_not_followed(folder: Path, tmp_path: Path, place: str) -> None:
    journal(folder, {PLACE: "new"})
    if JOURNAL not in place:
        shutil.rmtree(folder / JOURNAL)
    elsewhere = tmp_path / "elsewhere"
    (folder / place).rename(elsewhere)
    (folder / place).symlink_to(elsewhere)
    assert refusal(folder).endswith(f"({Path(place).name} is a link)")


@POSIX
def test_a_device_is_not_read(folder: Path) -> None:
    (folder / PLACE).unlink()
    (folder / PLACE).symlink_to("/dev/zero")
    assert "can't be read" in refusal(folder)


@POSIX
def test_a_history_that_is_itself_a_link_is_the_callers_own_choice(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    assert History(Folder(tmp_path / "link")).read(PLACE) == "old\n"


@POSIX
def test_linked_folders_are_not_listed_but_the_links_are(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("x")
    (folder / "monitor" / "away").symlink_to(tmp_path / "elsewhere")
    assert History(Folder(folder)).files("monitor") == [PLACE, "monitor/away"]
    with pytest.raises(CallerError, match="away is a link"):
        History(Folder(folder)).files("monitor/away")


@POSIX
@pytest.mark.parametrize("place", ["", PLACE])
def test_what_may_not_be_read_is_an_error(place: str) -> None:
    # Not tmp_path: whoever the program becomes must be able to get there.
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / PLACE).parent.mkdir(parents=True)
        (folder / PLACE).write_text("old")
        folder.chmod(0o755)
        (folder / place).chmod(0)
        program = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(SOURCE)!r})
from repo_vitals.errors import CallerError
from repo_vitals.sources.history import History
from repo_vitals.sources.history_folder import Folder
if os.getuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
try:
    History(Folder(Path(sys.argv[1]))).read({PLACE!r})
except CallerError as error:
    print(error)
"""
        said = subprocess.run([sys.executable, "-I", "-c", program, folder], capture_output=True, text=True, check=True)
        assert said.stdout.startswith(f"history: {folder}/")
        assert said.stdout.endswith(" can't be read (Permission denied)\n")
    finally:
        (folder / place).chmod(0o755)
        shutil.rmtree(folder)


def test_folders_without_end_and_paths_that_are_too_long_are_left_out(tmp_path: Path) -> None:
    deep = tmp_path / "h"
    (deep / "a").mkdir(parents=True)
    (deep / "a" / "x").write_text("x")
    place = deep
    for _ in range(600):
        place = place / "d"
        place.mkdir()
    long = deep / ("n" * 200) / ("n" * 200) / ("n" * 200) / ("n" * 200) / ("n" * 200)
    long.mkdir(parents=True)
    (long / "x").write_text("x")
    history = History(Folder(deep))
    assert history.files("a") == ["a/x"]
    assert history.content is not None
    assert history.content.sizes() == {"a/x": 1}
