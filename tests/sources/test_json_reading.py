"""JSON of strangers: strict, in pieces, bounded."""
from __future__ import annotations

import json
import time
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.sources import json_reading
from repo_vitals.sources.json_lines import Line, lines
from repo_vitals.sources.json_outline import far_outline, outline
from repo_vitals.sources.json_reading import CutOff, JsonText, whole
from repo_vitals.sources.json_scanner import NoNumber
from repo_vitals.sources.report_files import ReportFile, Unreadable
from repo_vitals.sources.report_values import number

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4), max_leaves=20)


class Trickle(BytesIO):
    """A stream that gives its bytes one by one, so that every place is the end of a piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(1, 1 if size is None or size < 0 else size))


def file(tmp_path: Path, content: bytes) -> ReportFile:
    path = tmp_path / "report"
    path.write_bytes(content)
    return ReportFile(shown="report", path=path, size=len(content), reader=None, literal=True)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_whatever_python_writes_is_read_alike_at_every_border_of_pieces(
    value: object, indent: int | None, ascii_only: bool,
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return
    assert whole(BytesIO(text)) == json.loads(text)
    assert whole(Trickle(text)) == json.loads(text)


@given(st.lists(JSON, max_size=12) | st.lists(st.lists(st.integers(0, 99), max_size=3), max_size=12),
       st.sampled_from([None, 1]), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_a_list_in_batches_is_the_list_wherever_pieces_end(value: list, indent: int | None, piece: int) -> None:
    text = json.dumps(value, indent=indent).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reading, "_CHUNK", piece)
        for stream in (BytesIO(text), Trickle(text)):
            place = JsonText(stream)
            assert [one for batch in place.batches() for one in batch] == json.loads(text)
            place.end()
        for length in range(len(text)):
            with pytest.raises(Unreadable):
                list(JsonText(BytesIO(text[:length])).batches())


@pytest.mark.parametrize(("element", "said"), [
    (b"NaN", "holds NaN"), (b'{"a":1,"a":2}', "twice"), (b"[" * 200 + b"]" * 200, "more than 200 levels"),
    (b"[1,]", "a value is missing"), (b"1 2", '"," is missing'), (b"1]", "goes on after its end")])
@pytest.mark.parametrize("usual", [b"1", b"[1,2]", b'{"a":[1,2]}'])
def test_a_long_list_is_as_strict_as_a_short_one(usual: bytes, element: bytes, said: str) -> None:
    text = b"[" + (usual + b",") * 40_000 + element + b"," + usual + b"]"

    def read() -> None:
        place = JsonText(BytesIO(text))
        for _ in place.batches():
            pass
        place.end()

    with pytest.raises(Unreadable, match=said):
        read()


def test_a_long_list_of_whatever_shape_is_read_in_time() -> None:
    for element in (b"[1,[2],3]", b'{"a":[{},1]}', b'"],"', b"1 ", b"[1] ", b"[]"):
        many = 500_000 // len(element)
        begun = time.process_time()
        found = sum(len(batch) for batch in JsonText(BytesIO(b"[" + b",".join([element] * many) + b"]")).batches())
        assert found == many
        assert time.process_time() - begun < 5


@given(JSON)
def test_a_text_cut_anywhere_is_cut_off_or_another_whole_value(value: object) -> None:
    text = json.dumps({"a": value}).encode()
    for length in range(len(text)):
        with pytest.raises(CutOff, match="is cut off at byte"):
            whole(BytesIO(text[:length]))
        with pytest.raises(CutOff, match="is cut off at byte"):
            JsonText(Trickle(text[:length])).skip()


@given(JSON)
def test_skipping_in_pieces_ends_where_the_value_ends(value: object) -> None:
    text = json.dumps([value, 7]).encode()
    for stream in (BytesIO(text), Trickle(text)):
        place = JsonText(stream)
        steps = place.elements()
        next(steps)
        place.skip()
        next(steps)
        assert place.value() == 7
        assert next(steps, "no more") == "no more"
        place.end()


def test_a_value_too_long_to_hold_is_skipped_without_holding_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reading, "_CHUNK", 16)
    text = json.dumps({"long": 'x\\"' * 50 + "\\", "deep": [[1, {"k": "v" * 40}] * 9], "after": 1}).encode()
    place = JsonText(BytesIO(text))
    met = {}
    for key in place.members():
        if key == "after":
            met[key] = place.value()
        else:
            place.skip()
    assert met == {"after": 1}


@pytest.mark.parametrize("piece", [1, 3, 100])
def test_constants_that_json_lacks_are_kept_for_who_asks_and_are_no_numbers(piece: int) -> None:
    text = b'{"a": [NaN, 1], "b": {"c": -Infinity}, "d": Infinity}'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reading, "_CHUNK", piece)
        found = JsonText(BytesIO(text), keeps_constants=True).value()
        assert found == {"a": [NoNumber("NaN"), 1], "b": {"c": NoNumber("-Infinity")}, "d": NoNumber("Infinity")}
        with pytest.raises(Unreadable, match='has "NaN" for a time, which is no number'):
            number(found["a"][0], "a time")
        with pytest.raises(Unreadable, match="twice"):
            JsonText(BytesIO(b'{"a": NaN, "a": NaN}'), keeps_constants=True).value()


@pytest.mark.parametrize(("text", "message"), [
    (b'{"count": 0, "count": 1}', 'holds the key "count" twice in one object (in the value at byte 1)'),
    (b'[{"a": {"b": 1, "b": 1}}]', 'holds the key "b" twice in one object (in the value at byte 1)'),
    (b"[NaN]", "holds NaN, which is no JSON (in the value at byte 1)"),
    (b"[-Infinity]", "holds -Infinity, which is no JSON (in the value at byte 1)"),
    (b"[1e999]", "holds a number beyond all measure (in the value at byte 1)"),
    (b"[" + b"9" * 5000 + b"]", "holds a number of 5,000 digits (in the value at byte 1)"),
    (b"[" * 201 + b"]" * 201, "has more than 200 levels (in the value at byte 1)"),
    (b'{"a":' * 100_000, "has more than 200 levels (in the value at byte 1)"),
    (b"[1] 2", "goes on after its end (at byte 5)"),
    ("[\"ä\", x]".encode(), "is no JSON at byte 8 (a value is missing)"),
    (b'{"a" 1}' + b" " * 20, 'is no JSON at byte 6 (":" is missing)'),
    (b"[\"a\x01\"]", "is no JSON at byte 4 (a control character in a text)"),
    (b"[1, \xff]", "is no UTF-8 (before byte 6)"),
    (b"<html>", "is no JSON at byte 1 (a value is missing)"),
])
def test_what_breaks_the_rules_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        whole(BytesIO(text))
    assert str(caught.value) == message
    assert not isinstance(caught.value, CutOff)
    with pytest.raises(Unreadable):
        whole(Trickle(text[:3000]))


def test_levels_are_counted_from_the_top_of_the_text() -> None:
    text = b"[" * 150 + b'"[[[[' + b"[" * 300 + b'"' + b"]" * 150
    assert whole(BytesIO(text))
    place = JsonText(BytesIO(b'{"a": [' + b"[" * 199 + b"]" * 199 + b"]}"))
    next(place.members())
    with pytest.raises(Unreadable, match="more than 200 levels"):
        list(place.values())


def test_a_key_twice_is_refused_while_stepping_too() -> None:
    place = JsonText(BytesIO(b'{"a": 1, "a": 2}'))
    keys = place.members()
    next(keys)
    place.skip()
    with pytest.raises(Unreadable, match=r'holds the key "a" twice in one object \(at byte 13\)'):
        next(keys)


def test_a_value_over_the_limit_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"holds a text of more than 10 characters \(at byte 2\)"):
        next(JsonText(Trickle(b'["' + b"x" * 100 + b'"]')).values(largest=10))


def test_lines_tell_objects_from_a_tools_log() -> None:
    text = b'warning: old lock\r\n\n{"a": 1}\r\n[2024-01-01] done\n{"b": 2}'
    assert list(lines(BytesIO(text))) == [
        Line(number=1, text="warning: old lock"), Line(number=3, value={"a": 1}),
        Line(number=4, text="[2024-01-01] done"), Line(number=5, value={"b": 2})]


@pytest.mark.parametrize(("text", "message"), [
    (b'{"a": 1}\n{"b": ', "is cut off in line 2"),
    (b'{"a": \n{"b": 1}\n', "is no JSON in line 1 (it does not end)"),
    (b'{"a": 1} x\n', "goes on after its end (at byte 10) of line 1"),
    (b"x\xff\n", "is no UTF-8 in line 1"),
])
def test_a_broken_line_is_damage(text: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(lines(BytesIO(text)))
    assert str(caught.value) == message


def test_an_endless_line_is_refused() -> None:
    with pytest.raises(Unreadable, match="holds a line of more than 10 bytes"):
        list(lines(BytesIO(b"x" * 1000), longest=10))


@pytest.mark.parametrize(("content", "kind", "keys"), [
    (b'{"a": 1}', "object", {"a"}), (b'{"a": 1', "object", {"a"}), (b'{\n"a": {},\n"b": 1\n}', "object", {"a", "b"}),
    (b"[]", "list", set()), (b'[{"a": 1},\n{"b": 2}\n]', "list", set()), (b"null", "value", set()),
    (b"42\n", "value", set()), (b'{"a": 1}\n{"b": 2}\n', "lines", set()), (b'WARN x\n{"a": 1}\n', "lines", set()),
    (b'[2024-01-01] x\n{"a": 1}\n', "lines", set()), (b"<a/>", "text", set()), (b"SF:x\n", "text", set()),
])
def test_the_outline_tells_what_a_file_is(tmp_path: Path, content: bytes, kind: str, keys: set[str]) -> None:
    found = outline(file(tmp_path, content))
    assert (found.kind, found.keys()) == (kind, keys)


def test_the_outline_of_a_long_file_holds_its_beginning(tmp_path: Path) -> None:
    long = json.dumps({"runs": [{"tool": {"name": "t"}, "results": [{"id": "x" * 50}] * 5000}], "version": "1"})
    report = file(tmp_path, long.encode())
    near = outline(report)
    assert near.kind == "object"
    assert near.keys() == {"runs"}
    assert near.at("runs", 0, "tool", "name") == "t"
    assert near.at("runs", 0, "results", 7, "id") == "x" * 50
    assert near.at("runs", 1, "tool") is None
    assert len(near.head) == 65536
    far = far_outline(report, near)
    assert far.keys() == {"runs", "version"}
    assert far.at("version") == "1"
    assert far.at("runs", 0, "tool", "name") == "t"


def test_a_first_line_longer_than_the_outline_is_an_object_with_its_first_keys(tmp_path: Path) -> None:
    content = json.dumps({"type": "diagnostic", "graph": ["x" * 60] * 2000}) + '\n{"type": "summary"}\n'
    found = outline(file(tmp_path, content.encode()))
    assert found.kind == "object"
    assert found.records[0]["type"] == "diagnostic"
