"""The configuration file: what is accepted, and the one line about what is not."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.config.file import load, table_mistakes
from repo_vitals.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ["community-metrics", "ci-health", "run"]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "repo-vitals.toml"
    path.write_bytes(content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load(path, named=True)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


def test_tables_are_read_with_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = written(tmp_path, b'\xef\xbb\xbf[ci-health]\r\nwindow = "7d"\r\n')
    assert load(path, named=False) == {"ci-health": {"window": "7d"}}


def test_a_file_that_nobody_named_need_not_be_there(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml", named=False) == {}


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == "config: FILE does not exist"


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "config: FILE can't be read (Is a directory)"


def test_what_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"[ci-health\nwindow = 7d")).startswith("config: FILE is not TOML: ")
    assert "line 1" in refusal(written(tmp_path, b"[ci-health\nwindow = 7d"))


def test_what_is_not_utf_8_is_named_with_its_place(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"window = '\xff'")) == "config: FILE is not UTF-8 (byte 10); save it as UTF-8"


def test_a_deeply_nested_file_is_refused_rather_than_followed(tmp_path: Path) -> None:
    assert "config: FILE is" in refusal(written(tmp_path, b"x = " + b"[" * 100_000))


@pytest.mark.parametrize(("tables", "said"), [
    ({"ci-helth": {}}, 'config: FILE:3 has an unknown table "ci-helth" (did you mean ci-health?)'),
    ({"window": "7d"}, 'config: FILE:3 has an unknown key "window"'),
    ({"ci-health": 3}, 'config: FILE:3: "ci-health" must be a table, written [ci-health]'),
    ({"ci-health": {}}, None),
])
def test_what_is_no_commands_table_is_a_mistake_at_its_place(tables: dict[str, Any], said: str | None) -> None:
    found = table_mistakes(tables, place=lambda _: "FILE:3", commands=COMMANDS)
    assert [line[:len(said or "")] for line in found] == ([said] if said else [])


def test_a_number_too_long_to_be_read_is_a_mistake(tmp_path: Path) -> None:
    assert "config: FILE is not TOML" in refusal(written(tmp_path, b"x = " + b"1" * 5000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_device_in_the_files_place_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert refusal(tmp_path / "pipe.toml") == "config: FILE is not a regular file"
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    assert refusal(tmp_path / "endless.toml") == "config: FILE is not a regular file"


def test_a_file_longer_than_a_person_writes_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    os.truncate(path, 1 << 33)      # takes no room on the disk, and is more than memory holds
    assert refusal(path) == "config: FILE is longer than 1000000 bytes"


def test_a_path_of_several_lines_is_named_on_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path / "none\n::error::x.toml", named=True)
    assert str(caught.value) == f"config: {tmp_path / 'none?::error::x.toml'} does not exist"
