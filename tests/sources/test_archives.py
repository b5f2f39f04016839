"""Archives that strangers made: what is read of them, what is refused, and that it stays within its limits."""
from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.archives import MOST_ENTRIES, BadArchive, Contents, read_archive
from support.pull_scene import packed

if TYPE_CHECKING:
    from pathlib import Path

NAMES_OUT = ["../x.json", "a/../../x.json", "/etc/x.json", "C:\\x.json", "C:x.json", "\\\\host\\x.json",
             "a\\..\\x.json", "./x.json", "..\\x.json", "a//x.json", "x\0y.json", "x\ny.json", "\x1b[31m.json",
             "a" * 300 + ".json", "\x7f.json"]


def read(content: bytes, **limits: int) -> Contents:
    return read_archive(content, ending=".json", **{"largest": 1000, "largest_of_all": 5000, "most": 5, **limits})


def made(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """An archive of entries as they are given, the same name twice where it is."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def entry(name: str, *, mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("placeholder")
    found.filename, found.external_attr, found.compress_type = name, mode << 16, method
    return found


def why(content: bytes, **limits: int) -> str:
    """Why the one file of an archive was not read."""
    found = read(content, **limits)
    assert found.members == ()
    [skipped] = found.skipped
    return skipped.why


def test_files_of_the_ending_are_read_in_order_of_name_and_others_are_counted() -> None:
    found = read(packed({"b.json": "2", "a/c.JSON": "3", "notes.txt": "x", "run.sh": "y"}))
    assert [(one.name, one.content) for one in found.members] == [("a/c.JSON", b"3"), ("b.json", b"2")]
    assert (found.skipped, found.unwanted) == ((), 2)


def test_a_folder_is_no_file() -> None:
    assert read(made(("a.json/", b""), ("a.json/b.json", b"1"))).members[0].name == "a.json/b.json"


@pytest.mark.parametrize("name", NAMES_OUT)
def test_a_name_that_leads_anywhere_is_refused(name: str) -> None:
    assert why(made((entry(name), b"{}"))) == "has a name that leads out of its folder or is no plain name"


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    read(made(*((entry(name), b"{}") for name in [*NAMES_OUT, "fine.json"])), most=100)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
def test_links_pipes_and_devices_are_refused(mode: int) -> None:
    assert why(made((entry("a.json", mode=mode), b"/etc/passwd"))) == "is a link or no plain file"


def test_a_name_that_stands_twice_is_refused_both_times_whatever_its_case() -> None:
    found = read(made(("a.json", b"1"), ("A.json", b"2"), ("b.json", b"3")))
    assert [one.name for one in found.members] == ["b.json"]
    assert [one.why for one in found.skipped] == ["stands there more than once"] * 2


def test_what_is_encrypted_is_refused() -> None:
    content = bytearray(packed({"a.json": "{}"}))
    content[6] |= 1                                     # the flag, in the file's own head
    content[content.index(b"PK\x01\x02") + 8] |= 1      # and in the directory
    assert why(bytes(content)) == "is encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method: int) -> None:
    assert why(made((entry("a.json", method=method), b"{}"))) == "is packed in a way that is not read"


def test_a_file_that_is_too_long_is_refused_before_it_is_unpacked() -> None:
    assert why(packed({"a.json": "x" * 1001})) == "has 1,001 bytes, more than the 1,000 that are read"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed({"a.json": b"0" * 4_000_000})
    tracemalloc.start()
    said = why(bomb, largest=5_000_000, largest_of_all=50_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said == "is packed out of all proportion"
    assert peak < 1_000_000


def test_a_file_longer_than_it_says_is_damage() -> None:
    content = bytearray(packed({"a.json": "x" * 900}))
    place = content.index(b"PK\x01\x02") + 24
    content[place:place + 4] = struct.pack("<I", 10)    # the directory's word for the length
    assert why(bytes(content)) == "is damaged or cut off"


def test_all_files_together_stay_within_a_limit_and_a_number() -> None:
    many = packed({f"{number}.json": bytes(range(256)) * 3 for number in range(8)})
    found = read(many, largest_of_all=2000)
    assert (len(found.members), {one.why for one in found.skipped}) == (
        2, {"comes after 2,000 bytes, which is all that is read"})
    found = read(many, most=3, largest_of_all=10**6)
    assert (len(found.members), {one.why for one in found.skipped}) == (3, {"is one of more than 3 files"})


def test_an_archive_of_very_many_entries_is_refused() -> None:
    few, many = ({f"{number}.txt": "" for number in range(size)} for size in (MOST_ENTRIES, MOST_ENTRIES + 1))
    assert read(packed(few)).unwanted == MOST_ENTRIES
    with pytest.raises(BadArchive, match="has more than 1,000 entries"):
        read(packed(many))


def test_a_directory_of_entries_without_end_is_refused_before_it_is_read() -> None:
    one = packed({"a.json": "{}"})
    start = one.index(b"PK\x01\x02")
    directory = one[start:one.index(b"PK\x05\x06")]
    many = directory * 200_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(many), start, 0)
    tracemalloc.start()
    with pytest.raises(BadArchive, match="entries"):
        read(one[:start] + many + end)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000        # the archive itself, once


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" * 100])
def test_what_is_no_archive_is_an_error_or_empty(content: bytes) -> None:
    try:
        assert read(content).members == ()
    except BadArchive as error:
        assert str(error) == "is cut off or no zip archive"


@given(st.data())
def test_a_damaged_archive_never_gives_a_wrong_word(data: Any) -> None:
    words = {"a.json": b'{"a": 1}' * 20, "b.json": b"[1, 2, 3]"}
    content = bytearray(packed(words))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(content))))
    try:
        found = read(bytes(content[:cut]))
    except BadArchive:
        return
    for member in found.members:
        assert member.content in words.values() or member.content == b""
