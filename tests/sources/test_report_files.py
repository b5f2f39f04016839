"""Reports in the working folder: which a user's patterns select, and their bytes whatever the encoding."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from repo_vitals.errors import InputError
from repo_vitals.sources.report_files import ReportFile, Selected, Unreadable, head, opened, select

FORMATS = ("cobertura", "lcov", "coverage-py")


def chosen(folder: Path, *patterns: str, confined: bool = False, largest: int = 1000) -> Selected:
    return select(patterns, folder=str(folder), confined=confined, named_by="reports", formats=FORMATS, largest=largest)


def report(folder: Path, content: bytes) -> ReportFile:
    path = folder / "report"
    path.write_bytes(content)
    return ReportFile(shown="report", path=path, size=len(content))


def read(file: ReportFile, *, as_declared: bool = False) -> bytes:
    with opened(file, as_declared=as_declared) as stream:
        return stream.read()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.xml", "b.xml", "sub/c.xml", "a=b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_a_path_and_a_pattern_select_each_file_once(folder: Path):
    selected = chosen(folder, "b.xml", "**/*.xml")
    assert [(file.shown, file.size, file.literal) for file in selected.files] == [
        ("a.xml", 5, False), ("b.xml", 5, True), (str(Path("sub", "c.xml")), 9, False)]
    assert selected.unmatched == ()


def test_a_pattern_without_a_match_is_told_and_is_no_error(folder: Path):
    assert chosen(folder, "none/*.xml", "lcov=*.info", "a.xml").unmatched == ("none/*.xml", "lcov=*.info")


def test_a_format_before_the_path_forces_the_reader(folder: Path):
    assert [(file.shown, file.reader) for file in chosen(folder, "lcov=a.xml", "*.xml").files] == [
        ("a.xml", "lcov"), ("b.xml", None)]
    assert chosen(folder, "*.xml", "cobertura=*.xml").files[0].reader == "cobertura"
    assert [file.reader for file in chosen(folder, "./a=b.txt").files] == [None]


@pytest.mark.parametrize(("pattern", "said"), [
    ("missing.xml", '"missing.xml" is no file'),
    ("sub", '"sub" is no file'),
    ("a\0b", '"a?b" is no file'),
    ("lcof=a.xml", '"lcof" is no format that is read (did you mean lcov?)'),
    ("xyz=a.xml", "(known: cobertura, coverage-py, lcov)"),
    ("lcov=missing.xml", '"missing.xml" is no file'),
])
def test_a_mistake_is_named(folder: Path, pattern: str, said: str):
    with pytest.raises(InputError) as error:
        chosen(folder, pattern)
    assert said in str(error.value)
    assert str(error.value).startswith("reports: ")


def test_two_formats_for_one_file_are_a_mistake(folder: Path):
    with pytest.raises(InputError, match="both as lcov and as cobertura"):
        chosen(folder, "lcov=a.xml", "cobertura=*.xml")


def test_a_file_over_the_limit_is_refused_before_it_is_read(folder: Path):
    with (folder / "huge.xml").open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(InputError, match=r'"huge.xml" has 5,000,000,000 bytes, more than the 1,000 that are read'):
        chosen(folder, "*.xml")


def test_patterns_of_a_configuration_stay_in_the_folder(folder: Path):
    for pattern in ("../x.xml", "/etc/*", "/etc/hostname"):
        with pytest.raises(InputError, match="leads out of the working folder"):
            chosen(folder, pattern, confined=True)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_out_and_what_is_no_plain_file_are_not_followed(folder: Path):
    (folder / "out.xml").symlink_to("/etc/hostname")
    (folder / "round.xml").symlink_to(folder / "round.xml")
    os.mkfifo(folder / "pipe.xml")
    assert [file.shown for file in chosen(folder, "*.xml").files] == ["a.xml", "b.xml"]
    for name in ("out.xml", "pipe.xml", "round.xml"):
        with pytest.raises(InputError):
            chosen(folder, name)


@pytest.mark.skipif(os.name == "nt", reason="no pipes and links there")
def test_what_was_swapped_for_a_pipe_or_a_link_since_is_not_opened(tmp_path: Path):
    file = report(tmp_path, b"x")
    file.path.unlink()
    with pytest.raises(Unreadable, match="can not be read"):
        opened(file)
    os.mkfifo(file.path)
    with pytest.raises(Unreadable, match="is no plain file"):
        opened(file)
    file.path.unlink()
    file.path.symlink_to("/etc/hostname")
    with pytest.raises(Unreadable, match="can not be read"):
        opened(file)


@pytest.mark.parametrize(("mark", "encoding"), [
    (b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
@pytest.mark.parametrize("text", ["x", "zwölf 🙂 " * 70_000])
def test_every_encoding_comes_as_utf_8_without_a_mark(tmp_path: Path, mark: bytes, encoding: str, text: str):
    file = report(tmp_path, mark + text.encode(encoding))
    assert read(file) == text.encode()
    assert head(file, 20) == text.encode()[:20]


@given(st.text(min_size=1), st.sampled_from([(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le")]))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str, kind: tuple[bytes, str]):
    assume(not text.startswith("\0"))       # after the mark of UTF-16 that is the mark of UTF-32
    file = report(tmp_path_factory.getbasetemp(), kind[0] + text.encode(kind[1]))
    assert read(file) == text.encode()


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"),
    (b"\xef\xbb\xbf", "is empty"),
    (b"\xff\xfe", "is empty"),
    (b"abc\xff", "is no UTF-8 at byte 3"),
    (b"x" * 300_000 + b"\xe4x", "is no UTF-8 at byte 300,000"),
    (b"x" * ((1 << 18) - 1) + b"\xc3" + b"x", "is no UTF-8 at byte 262,143"),
    (b"x\xc3", "is no UTF-8 at byte 1"),
    (b"\xef\xbb\xbfx\xff", "is no UTF-8 at byte 4"),
    (b"\xff\xfex\x00\x00\xd8", "is no UTF-16 at byte 4"),
    (b"\xff\xfex\x00y", "is no UTF-16 at byte 4"),
    (b"\xff\xfe\x00\x00x\x00\x00\x00", "is written in UTF-32; UTF-8 and UTF-16 are read"),
])
def test_bytes_that_are_no_text_are_told_with_their_place(tmp_path: Path, content: bytes, said: str):
    with pytest.raises(Unreadable) as error:
        read(report(tmp_path, content))
    assert str(error.value) == said


def test_what_may_declare_its_encoding_itself_is_left_as_it_is(tmp_path: Path):
    assert read(report(tmp_path, b"\xe4"), as_declared=True) == b"\xe4"
    assert read(report(tmp_path, b"\xff\xfex\x00"), as_declared=True) == b"x"


def test_a_file_of_blanks_has_no_head(tmp_path: Path):
    with pytest.raises(Unreadable, match="is empty but for blanks"):
        head(report(tmp_path, b" \n" * 100_000))
    assert head(report(tmp_path, b" \n" * 100_000 + b"x"), 1000) == b"x"
