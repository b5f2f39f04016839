"""XML of strangers: elements in order, entities never expanded, memory bounded, every fault in one line."""
from __future__ import annotations

import time
import tracemalloc
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.report_files import ReportFile, Unreadable, opened
from repo_vitals.sources.xml_reading import walk

if TYPE_CHECKING:
    from pathlib import Path

Event = tuple[Any, ...]


def events(folder: Path, content: bytes) -> list[Event]:
    path = folder / "report.xml"
    path.write_bytes(content)
    found: list[Event] = []
    with opened(ReportFile(shown="report.xml", path=path, size=len(content)), as_declared=True) as stream:
        walk(stream, lambda name, attributes: found.append((name, attributes)), lambda name: found.append((name,)),
             lambda text: found.append(("", text)))
    return found


def refused(folder: Path, content: bytes) -> str:
    with pytest.raises(Unreadable) as error:
        events(folder, content)
    return str(error.value)


def test_elements_come_in_order_with_attributes_and_text(tmp_path: Path):
    assert events(tmp_path, b'<a x="1&lt;"><b>t</b><c/></a>') == [
        ("a", {"x": "1<"}), ("b", {}), ("", "t"), ("b",), ("c", {}), ("c",), ("a",)]


@pytest.mark.parametrize(("start", "encoding"), [
    (b"", "iso-8859-1"), (b"", "utf-8"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be")])
def test_the_encoding_is_what_the_mark_or_the_declaration_says(tmp_path: Path, start: bytes, encoding: str):
    declared = encoding.removesuffix("-le").removesuffix("-be")
    text = f'<?xml version="1.0" encoding="{declared}"?><a x="zwölf"/>'
    assert events(tmp_path, start + text.encode(encoding))[0] == ("a", {"x": "zwölf"})


@pytest.mark.parametrize("doctype", [
    '<!DOCTYPE coverage SYSTEM "http://localhost:1/never-fetched.dtd">',
    '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">', "<!DOCTYPE coverage []>"])
def test_a_document_type_without_entities_is_read(tmp_path: Path, doctype: str):
    assert events(tmp_path, f"{doctype}<coverage/>".encode()) == [("coverage", {}), ("coverage",)]


@pytest.mark.parametrize("declared", [
    '<!ENTITY x "y">', '<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY % x "y">',
    '<!ENTITY % x SYSTEM "http://localhost:1/x"> %x;', '<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "y" NDATA n>'])
def test_any_entity_declared_is_refused(tmp_path: Path, declared: str):
    said = refused(tmp_path, f"<!DOCTYPE a [{declared}]><a>&x;</a>".encode())
    assert said == "declares entities, which are never expanded"


def test_a_billion_laughs_are_refused_at_once(tmp_path: Path):
    declared = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    begun = time.monotonic()
    refused(tmp_path, f"<!DOCTYPE a [{declared}]><a>&l29;</a>".encode())
    assert time.monotonic() - begun < 1


def test_defaults_of_attributes_are_refused(tmp_path: Path):
    said = refused(tmp_path, b'<!DOCTYPE a [<!ATTLIST a x CDATA "1">]><a/>')
    assert said == "declares defaults of attributes, which are never filled in"


@pytest.mark.parametrize(("content", "said"), [
    (b"<a><b></b>", "is cut off at byte 10"),
    (b"<a><b x='1", "is cut off at byte 10"),
    (b"<a>\n<b></a>", "is no XML from line 2 on (mismatched tag)"),
    (b"<a/><b/>", "is no XML from line 1 on (junk after document element)"),
    (b"{}", "is no XML from line 1 on (not well-formed (invalid token))"),
    (b"   ", "is no XML"),
    (b"<!-- x -->", "is no XML"),
    (b"<a>\xff</a>", "is no XML from line 1 on (not well-formed (invalid token))"),
    (b"<a>&x;</a>", "is no XML from line 1 on (undefined entity)"),
    (b'<?xml version="1.0" encoding="klingon"?><a/>', "is written in an encoding that is not known"),
    (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "is written in an encoding that is not read"),
    (b"\xff\xfe<\x00", "is no XML"),
])
def test_every_fault_is_told_with_its_place(tmp_path: Path, content: bytes, said: str):
    assert refused(tmp_path, content) == said


def test_a_value_that_a_callback_can_not_use_is_told_with_its_line(tmp_path: Path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<a>\n<b n='x'/></a>")
    with opened(ReportFile(shown="x", path=path, size=1), as_declared=True) as stream, \
            pytest.raises(Unreadable, match="has a value that can't be used, in line 2"):
        walk(stream, lambda name, attributes: int(attributes.get("n", 1)), lambda name: None)


def test_levels_are_limited(tmp_path: Path):
    assert len(events(tmp_path, b"<a>" * 200 + b"</a>" * 200)) == 400
    assert "more than 200 levels" in refused(tmp_path, b"<a>" * 201 + b"</a>" * 201)


@pytest.mark.parametrize("piece", [b"<a x='%s'/>", b"<!-- %s --><a/>", b"<a %s/>"])
def test_a_token_without_end_is_refused_long_before_it_ends(tmp_path: Path, piece: bytes):
    filler = b" ".join(b"y%d='1'" % number for number in range(2_000_000)) if b"<a %s" in piece else b"y" * 30_000_000
    tracemalloc.start()
    try:
        assert "has a tag of more than 8,000,000 bytes" in refused(tmp_path, piece % filler)
        assert tracemalloc.get_traced_memory()[1] < 4 * len(filler)
    finally:
        tracemalloc.stop()


def test_long_text_is_no_long_token(tmp_path: Path):
    path = tmp_path / "x.xml"
    path.write_bytes(b"<a>" + b"word " * 4_000_000 + b"</a>")
    length = 0

    def count(text: str) -> None:
        nonlocal length
        length += len(text)

    for handler in (count, None):
        with opened(ReportFile(shown="x", path=path, size=1), as_declared=True) as stream:
            walk(stream, lambda name, attributes: None, lambda name: None, handler)
    assert length == 20_000_000


def test_names_without_number_are_refused(tmp_path: Path):
    assert "more than 10,000 different names" in refused(
        tmp_path, b"<a>" + b"".join(b"<x%d/>" % number for number in range(60_000)) + b"</a>")


NAMES = st.sampled_from(["a", "b", "line"])
TREES = st.recursive(NAMES.map(ElementTree.Element), lambda inner: st.builds(
    lambda name, attributes, children: [element := ElementTree.Element(name, attributes), element.extend(children)][0],
    NAMES, st.dictionaries(NAMES, st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])
                                          .filter(lambda one: one.isprintable()))), st.lists(inner)), max_leaves=20)


@given(TREES)
def test_what_comes_is_what_a_tree_parser_finds(tmp_path_factory: pytest.TempPathFactory, tree: ElementTree.Element):
    content = ElementTree.tostring(tree)
    found = [event for event in events(tmp_path_factory.getbasetemp(), content) if len(event) == 2 and event[0]]
    assert found == [(element.tag, element.attrib) for element in ElementTree.fromstring(content).iter()]


def test_an_attribute_that_is_declared_without_a_default_is_fine():
    for declared, is_fine in (("#REQUIRED", True), ("#IMPLIED", True), ("'1'", False), ("#FIXED '1'", False)):
        text = f"<!DOCTYPE a [<!ATTLIST a b CDATA {declared}>]><a b='2'/>".encode()
        seen: list[tuple[str, dict[str, str]]] = []
        if is_fine:
            walk(BytesIO(text), lambda name, attributes: seen.append((name, attributes)), lambda _: None)  # noqa: B023
            assert seen == [("a", {"b": "2"})]
        else:
            with pytest.raises(Unreadable, match="declares defaults of attributes"):
                walk(BytesIO(text), lambda *_: None, lambda _: None)
