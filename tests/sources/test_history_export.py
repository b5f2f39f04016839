"""An export holds every byte of a history, in a form that opens anywhere and shows when it is not whole."""
from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.history_export import FORMATS, Format, NotAnExport, exported, imported
from repo_vitals.sources.history_records import Records, write_records
from support.history_branches import note

every_format = pytest.mark.parametrize("form", FORMATS)
POINT = json.dumps({"at": "2026-11-20T06:00:00Z", "labels": {"branch": "=cmd"}, "name": "commits",
                    "period": "2026-11-20", "samples": 1, "value": -1.5}).encode() + b"\n"
FILES = {"points/ci-health/acme/widget/2026-11.jsonl": b'{"kind":"points","schema":1}\n' + POINT,
         "records/ci-health/acme/widget/suite/2026-11.jsonl": write_records(Records(records=(note("=1+1"),))).encode(),
         "ci-health/acme/widget/runs.jsonl": "é\r\n\u2028=1+1\nno end".encode(),
         "damaged/x": b"\xff\xfe\n{\n\n\n"}


def export(files: dict[str, bytes], form: Format) -> str:
    return "".join(exported(files, form))


@every_format
@given(files=st.dictionaries(st.from_regex(r"[a-z]{1,5}(/[a-z0-9]{1,5})?", fullmatch=True),
                             st.binary(min_size=1, max_size=50) | st.text(min_size=1).map(str.encode), max_size=5))
def test_every_byte_comes_back(form: Format, files: dict[str, bytes]) -> None:
    text = export(files, form)
    assert imported(text) == files
    assert export(imported(text), form) == text


@every_format
def test_a_history_with_all_kinds_of_lines_comes_back(form: Format) -> None:
    assert imported(export(FILES, form)) == FILES


@every_format
def test_the_order_of_the_files_makes_no_difference(form: Format) -> None:
    assert export(dict(reversed(FILES.items())), form) == export(FILES, form)


@every_format
def test_a_copy_that_lacks_any_line_is_refused(form: Format) -> None:
    lines = export(FILES, form).split("\n")[:-1]
    for left_out in range(len(lines)):
        with pytest.raises(NotAnExport):
            imported("\n".join(line for number, line in enumerate(lines) if number != left_out))


@every_format
def test_a_changed_or_doubled_line_is_refused(form: Format) -> None:
    text = export(FILES, form)
    lines = text.splitlines(keepends=True)
    with pytest.raises(NotAnExport, match="was changed"):
        imported(text.replace("no end", "no  end"))
    with pytest.raises(NotAnExport, match="was changed"):
        imported("".join([*lines[:2], lines[1], *lines[2:]]))
    with pytest.raises(NotAnExport, match="goes on behind its end"):
        imported(text + lines[1])


@pytest.mark.parametrize("text", ["", "hello", "{}", "[]", '{"kind": "points"}', "a,b,c\n1,2,3\n", "{" * 100_000,
                                  '{"kind":"repo-vitals-history-export","schema":2}\n',
                                  '{"kind":"repo-vitals-history-export","schema":1}\n[]\n',
                                  '{"kind":"repo-vitals-history-export","schema":1}\n{"path":"x"}\n',
                                  '{"kind":"repo-vitals-history-export","schema":1}\n{"path":"x","base64":"?"}\n',
                                  "path,period,name,labels,value,samples,at,line\nx\n"], ids=lambda text: text[:40])
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(NotAnExport):
        imported(text)


@pytest.mark.parametrize("path", ["", "../x", "/etc/passwd", "a//b", ".git/config", "x/.GIT/hooks/y", "git~1/x",
                                  ".Repo-Vitals-journal/x", "a\\b", "a:b", "x\n", "\ud800"])
def test_a_file_that_no_history_can_hold_is_refused(path: str) -> None:
    row = json.dumps({"path": path, "text": "x"})
    with pytest.raises(NotAnExport, match="names a file that no history can hold"):
        imported(f'{{"kind":"repo-vitals-history-export","schema":1}}\n{row}\n')


@pytest.mark.parametrize("text", ["x\ry", "\ud800", "a\nb", "é\u2028"])
def test_odd_texts_in_a_figure_do_no_harm_to_the_table(text: str) -> None:
    line = json.dumps({"period": text, "name": text, "labels": {text: text}, "value": 1, "samples": 1}).encode() + b"\n"
    files = {"points/a/b/c/2026-11.jsonl": line}
    whole = export(files, "csv")
    assert whole.isascii()
    assert imported(whole) == files


def test_a_spreadsheet_sees_the_figures_and_never_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(export(FILES, "csv"))))
    [point] = [row for row in rows if row["name"]]
    assert (point["period"], point["name"], point["value"], point["samples"]) == ("2026-11-20", "commits", "-1.5", "1")
    assert json.loads(point["labels"]) == {"branch": "=cmd"}
    for row in rows:
        for name, cell in row.items():
            assert name == "value" or cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}
