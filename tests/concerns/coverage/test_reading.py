"""From files to one union: recognition, what can't be read, hostile and damaged reports, and what they may cost."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.coverage.formats import clover, cobertura, jacoco
from repo_vitals.concerns.coverage.formats.xml_report import read_xml
from repo_vitals.concerns.coverage.reading import FORMATS, Mapping, read_all
from repo_vitals.sources.report_files import Unreadable, opened
from repo_vitals.sources.xml_reading import NeedsWalk, walk, walk_runs
from support.coverage_reports import RENDERED, Run, figures, read_one, report_file, runs, samples, written

SHARED = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
FOLDERS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def refused(folder: Path, content: str | bytes, reader: str | None = None) -> str:
    with pytest.raises(Unreadable) as error:
        read_one(written(folder, content, reader=reader))
    return str(error.value)


def test_a_report_that_can_not_be_read_does_not_hide_the_others(tmp_path: Path):
    good = written(tmp_path, "SF:a.c\nDA:1,1\nend_of_record\n", "good.info")
    bad = written(tmp_path, "SF:a.c\nDA:1,1\n", "bad.info")
    coverage, reports, unread = read_all([bad, good], mapping=Mapping())
    assert figures(coverage).lines == (1, 1)
    assert [report.shown for report in reports] == ["good.info"]
    assert [(one.file, one.why) for one in unread] == [(bad, "is cut off: its last record has no end")]


@pytest.mark.parametrize("content", [
    "SF:a.c\nend_of_record\n", "mode: set\n", '<coverage line-rate="1" lines-valid="0"><packages/></coverage>',
    '{"meta":{"branch_coverage":false},"files":{}}'])
def test_a_named_report_without_coverable_lines_is_refused(tmp_path: Path, content: str):
    file = written(tmp_path, content)
    assert read_all([file], mapping=Mapping())[2] == []
    _, reports, unread = read_all([replace(file, literal=True)], mapping=Mapping())
    assert (reports, [one.why for one in unread]) == ([], ["lists no line that could be covered"])


@pytest.mark.parametrize("content", [
    "<html><body>502</body></html>", "hello", "{}", "[]", "null", "7", '{"runs": [], "version": "2.1.0"}',
    "<testsuites/>", "<report><items/></report>", "<coverage/>", '<coverage version="1"><file path="a"/></coverage>',
    '{"files": {}}', '{"data": {}}', "mode: other\n", "PK\x03\x04", "\x00\x01"])
def test_what_is_no_coverage_report_is_refused(tmp_path: Path, content: str):
    said = refused(tmp_path, content)
    assert said == f"is of no format that is read ({', '.join(sorted(FORMATS))})"
    for name in FORMATS:
        # An empty report of the format that is forced is one, but nothing was covered in it.
        with suppress(Unreadable):
            assert figures(read_one(written(tmp_path, content, reader=name))[0]).lines == (0, 0)


@pytest.mark.parametrize(("content", "said"), [
    (b"", "is empty"), (b"\xef\xbb\xbf", "is empty"), (b" \n\t", "is empty but for blanks"),
    (b"\xff\xfe\x00\x00x", "is written in UTF-32; UTF-8 and UTF-16 are read"),
    (b"SF:a\xff.c\nDA:1,1\nend_of_record\n", "is no UTF-8 at byte 4"),
    (b'<!DOCTYPE coverage [<!ENTITY x "y">]><coverage line-rate="1"/>', "declares entities, which are never expanded"),
    (b'<!DOCTYPE coverage [<!ENTITY x SYSTEM "file:///etc/hostname">]><coverage line-rate="1">&x;</coverage>',
     "declares entities, which are never expanded"),
])
def test_damage_is_told_in_one_line(tmp_path: Path, content: bytes, said: str):
    assert refused(tmp_path, content) == said


@pytest.mark.parametrize("name", [path.name for path in samples() if path.suffix != ".out"])
def test_every_sample_that_is_cut_off_is_refused_or_says_no_more_than_it_holds(tmp_path: Path, name: str):
    content = next(path for path in samples() if path.name == name).read_bytes().rstrip()
    whole = figures(read_one(written(tmp_path, content))[0]).lines
    for tenth in range(1, 10):
        cut = content[:len(content) * tenth // 10]
        try:
            coverage, _ = read_one(written(tmp_path, cut))
        except Unreadable:
            continue
        # Only lcov can end between two records.
        assert cut.rstrip().endswith(b"end_of_record")
        assert figures(coverage).lines <= whole


@pytest.mark.skipif(not (SHARED / "malformed").is_dir(), reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_malformed_files_are_read_as_they_should_be_or_refused():
    expected = {"cobertura_doctype_plain.xml": (1, 2), "cobertura_root_rate_lies.xml": (1, 2),
                "lcov_crlf.info": (1, 2), "lcov_duplicate_records.info": (2, 2)}
    checked = 0
    for path in sorted((SHARED / "malformed").iterdir()):
        if path.suffix not in (".py", ".zip", ".gz") and path.name != "manifest.json":
            coverage, _, unread = read_all([report_file(path)], mapping=Mapping())
            found = None if unread else figures(coverage).lines
            assert found == expected.get(path.name), path.name
            assert all("\n" not in one.why and len(one.why) < 300 for one in unread)
            checked += 1
    assert checked > 20


# --- patterns and elements say the same ---

class Kept:
    """Everything that a walk tells, runs of `<x n="…"/>` element by element."""

    def __init__(self) -> None:
        self.found: list = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, attributes))

    def end(self, name: str) -> None:
        if name != "x":
            self.found.append((name,))

    def take(self, run: bytes) -> None:
        self.found += [("x", {"n": number.decode()}) for number in LEAF_VALUE.findall(run)]


LEAF, LEAF_VALUE = re.compile(rb'<x n="\d{1,3}"/>'), re.compile(rb"\d+")
PIECES = st.sampled_from([
    '<x n="1"/>', '<x n="22"/>\n', ' <x n="3"/>', "<x n='4'/>", '<x n="5"></x>', '<x n="6" m="1"/>', "<a>", "</a>",
    "<!-- -->", '<!-- <x n="7"/> -->', "<![CDATA[", "]]>", '<![CDATA[<x n="8"/>]]>', "<?pi ?>", '<?pi <x n="9"/> ?>',
    "<!--", "-->", "text", '<b y="', '"/>', "<repo-vitals.run/>", "é", "&lt;", "<"])
BEGINNINGS = st.sampled_from(["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="iso-8859-1"?>',
                              "<!DOCTYPE r>", '<!DOCTYPE r [<!ELEMENT r ANY>]>', '<!-- <x n="1"/> -->'])


@FOLDERS
@given(BEGINNINGS, st.lists(PIECES, max_size=25), st.booleans())
def test_elements_taken_by_patterns_are_those_that_are_there(tmp_path: Path, begin: str, pieces: list, is_well: bool):
    # Long enough that the beginning, where nothing is taken by pattern, lies in an earlier piece.
    filler = "<a>" + " " * 300_000 + "</a>"
    content = f"{begin}<r>{filler}{''.join(pieces)}{filler if is_well else ''}{''.join(pieces)}</r>"
    file = written(tmp_path, content)
    plain, quick = Kept(), Kept()
    why = None
    with opened(file, as_declared=True) as stream:
        try:
            walk(stream, plain.start, plain.end)
        except Unreadable as error:
            why = error
    with opened(file, as_declared=True) as stream:
        try:
            walk_runs(stream, quick.start, quick.end, leaf=LEAF, take=quick.take)
        except NeedsWalk:
            return
    assert why is None
    assert quick.found == plain.found


@pytest.mark.parametrize("module", [cobertura, jacoco, clover])
@settings(FOLDERS, max_examples=20)
@given(runs())
def test_a_long_report_is_read_as_a_short_one(tmp_path: Path, module, run: Run):
    told = RENDERED[module.NAME](run)
    spread = told.replace("><", ">" + "\n" * 20_000 + "<")
    short, long = (module.read(written(tmp_path, text)) for text in (told, spread))
    assert (short.files, short.notes) == (long.files, long.notes)


@pytest.mark.parametrize("more", ["", ' branch="false"', ' branch="False" '])
def test_reading_by_patterns_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str):
    rows = "\n".join(f'<line number="{number}" hits="{number % 3}"{more}/>' for number in range(1, 60_001))
    told = written(tmp_path, f"<coverage line-rate='0'><packages><class filename='a'><lines>{rows}</lines></class>"
                             "</packages></coverage>")
    monkeypatch.setattr("repo_vitals.concerns.coverage.formats.xml_report.walk", None)
    found = cobertura.read(told)
    assert (found.files["a"].lines.covered, found.files["a"].lines.valid) == (40_000, 60_000)
    with pytest.raises(TypeError):
        read_xml(written(tmp_path, "<a>"), cobertura._Taker, leaf=cobertura._LINE)


# --- fuzz ---

SEEDS = [path.read_bytes() for path in samples() if path.stat().st_size < 6000]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real report with bytes taken out, put in, doubled or replaced, or by pieces of another."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        length = draw(st.integers(0, 40))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            del content[at:at + length]
        elif kind == 1:
            content[at:at] = draw(st.binary(max_size=12))
        elif kind == 2:
            content[at:at] = content[at:at + length] * draw(st.integers(1, 4))
        elif kind == 3:
            other = draw(st.sampled_from(SEEDS))
            begin = draw(st.integers(0, len(other)))
            content[at:at + length] = other[begin:begin + length]
        else:
            content[at:at + length] = draw(st.sampled_from(
                [b"-1", b"NaN", b"1e999", b"9" * 50, b"2147483647", b"0", b"\x00", b"\xff", b"<!--", b"]]>", b"&x;",
                 b'"', b"[" * 300, b"{" * 300, b"<a>" * 300, b"\n", b"true", b"null"]))
    return bytes(content)


def holds(folder: Path, content: bytes, reader: str | None) -> None:
    coverage, reports, unread = read_all([written(folder, content, reader=reader)], mapping=Mapping())
    assert len(reports) + len(unread) == 1
    for one in unread:
        assert 0 < len(one.why) < 500
        assert one.why.isprintable()
    for known in coverage.values():
        assert 0 <= known.lines.covered <= known.lines.valid
        assert all(0 <= taken <= every for taken, every in known.branches.values())
        if known.summary:
            assert 0 <= known.summary.lines[0] <= known.summary.lines[1]


@settings(FOLDERS, max_examples=50)
@given(mutated(), st.none() | st.sampled_from(FORMATS))
def test_a_mutated_report_gives_figures_or_is_refused(tmp_path: Path, content: bytes, reader: str | None):
    holds(tmp_path, content, reader)


@pytest.mark.slow
@settings(FOLDERS, max_examples=5_000)
@given(mutated(), st.none() | st.sampled_from(FORMATS))
def test_many_mutated_reports_give_figures_or_are_refused(tmp_path: Path, content: bytes, reader: str | None):
    holds(tmp_path, content, reader)


# --- memory ---

MEASURED = """
import resource, sys
sys.path[:0] = sys.argv[3:]
from pathlib import Path
from repo_vitals.concerns.coverage.reading import Mapping, read_all
from repo_vitals.sources.report_files import ReportFile
path = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
coverage, reports, unread = read_all([ReportFile(shown="x", path=path, size=1)], mapping=Mapping())
print(sum(one.lines.covered for one in coverage.values()), sum(one.lines.valid for one in coverage.values()),
      len(unread), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
      // (1 << 20 if sys.platform == "darwin" else 1024))
"""


def costs(path: Path) -> tuple[int, int, int, int]:
    """Covered and coverable lines, reports that could not be read, and MB that reading took on top."""
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-I", "-c", MEASURED, str(path), "-", *sys.path], capture_output=True,
                          text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    found = tuple(map(int, done.stdout.split()))
    return found[0], found[1], found[2], found[3]


def test_a_long_report_takes_little_memory(tmp_path: Path):
    path = tmp_path / "long.xml"
    with path.open("w") as file:
        file.write('<?xml version="1.0"?><coverage line-rate="0.5"><packages><package name="p"><classes>')
        for number in range(8000):
            file.write(f'<class name="c" filename="src/f{number}.rs"><methods/><lines>' + "".join(
                f'<line number="{line}" hits="{line % 2}"/>' for line in range(1, 101)) + "</lines></class>")
        file.write("</classes></package></packages></coverage>")
    covered, valid, unread, megabytes = costs(path)
    assert (covered, valid, unread) == (400_000, 800_000, 0)
    assert megabytes < 25


@pytest.mark.parametrize("form", ["cobertura", "lcov", "go"])
def test_lines_far_apart_in_many_files_take_little_memory(tmp_path: Path, form: str):
    many = 20_000
    far = 9_999_999
    text = {
        "cobertura": "<coverage line-rate='1'><packages>" + "".join(
            f"<class filename='{number}'><lines><line number='{far}' hits='1'/></lines></class>"
            for number in range(many)) + "</packages></coverage>",
        "lcov": "".join(f"SF:{number}\nDA:{far},1\nend_of_record\n" for number in range(many)),
        "go": "mode: set\n" + "".join(f"m/{number}.go:{far}.1,{far}.9 1 1\n" for number in range(many)),
    }[form]
    covered, valid, unread, megabytes = costs(written(tmp_path, text).path)
    assert (covered, valid, unread) == (many, many, 0)
    assert megabytes < 40


def test_blocks_that_would_fill_the_memory_are_refused(tmp_path: Path):
    told = written(tmp_path, "mode: set\n" + "".join(f"m/{number}.go:1.1,100000.9 1 1\n" for number in range(3000)))
    covered, _, unread, megabytes = costs(told.path)
    assert (covered, unread) == (0, 1)
    assert megabytes < 300
    spans = ",".join(f'{{"filename":"{number}","segments":[[1,1,1,true,true,false],[9999999,1,0,false,false,false]]}}'
                     for number in range(300))
    told = written(tmp_path, f'{{"data":[{{"files":[{spans}]}}],"type":"llvm.coverage.json.export"}}')
    assert costs(told.path)[2] == 1


def llvm(inner: str) -> str:
    return f'{{"data":[{{"files":[{{{inner}}}],"functions":[]}}],"type":"llvm.coverage.json.export","version":"2.0.1"}}'


def of_coverage_py(inner: str) -> str:
    return f'{{"meta":{{"version":"7"}},"files":{{"a.py":{{{inner}}}}}}}'


def test_long_lists_of_one_file_in_json_take_little_memory(tmp_path: Path):
    segments = ",".join(f"[{number // 4 + 1},9,3,1,1,0]" for number in range(400_000))
    told = llvm(f'"branches":[],"expansions":[],"filename":"a.c","segments":[{segments}]')
    covered, valid, unread, megabytes = costs(written(tmp_path, told).path)
    assert (covered, valid, unread) == (100_000, 100_000, 0)
    assert megabytes < 25
    ran = ",".join(map(str, range(1, 600_001)))
    told = of_coverage_py(f'"executed_lines":[{ran}],"missing_lines":[600001],"excluded_lines":[],'
                          f'"executed_branches":[{"[1,2]," * 400_000}[1,3]],"missing_branches":[]')
    covered, valid, unread, megabytes = costs(written(tmp_path, told).path)
    assert (covered, valid, unread) == (600_000, 600_001, 0)
    assert megabytes < 30


@pytest.mark.parametrize(("many", "each"), [(310_000, 50), (11_000, 11_000)], ids=["many lines", "one line"])
@pytest.mark.parametrize(("report", "lists", "branch"), [
    (llvm, '"segments":[],"filename":"a","branches":[%s]', "[{},{},1,1,1,1,0,0,4]"),
    (of_coverage_py, '"executed_lines":[1],"missing_lines":[],"executed_branches":[%s]', "[{},{}]"),
], ids=["llvm", "coverage.py"])
def test_branches_of_one_file_that_would_fill_the_memory_are_refused(tmp_path: Path, report, lists: str, branch: str,
                                                                     many: int, each: int):
    told = report(lists % ",".join(branch.format(number // each + 1, number) for number in range(many)))
    assert "has more than 300,000 branches in one file, or 10,000 on one line" in refused(tmp_path, told)


@pytest.mark.parametrize(("told", "lines"), [
    (llvm(f'"branches":[{",".join(["[1,2,1,3,1,0,0,0,4]"] * 4_000)}],"expansions":[],"filename":"a.c",'
          '"segments":[[1,1,1,true,true,false],[2,1,0,false,false,false]]'), (2, 2)),
    (of_coverage_py(f'"executed_lines":[{",".join(map(str, range(1, 20_001)))}],"missing_lines":[20001]'),
     (20_000, 20_001)),
], ids=["llvm", "coverage.py"])
def test_a_first_file_that_is_longer_than_a_reports_beginning_is_recognised(tmp_path: Path, told: str, lines: tuple):
    assert figures(read_one(written(tmp_path, told))[0]).lines == lines


def test_a_hostile_regular_structure_is_read_in_time(tmp_path: Path):
    """Many sources, rules or arms may not make reading quadratic in what a stranger writes."""
    arms = "".join(f"BRDA:1,0,{number},1\n" for number in range(9_000))
    with suppress(Unreadable):
        read_one(written(tmp_path, f"SF:a\nDA:1,1\n{arms}end_of_record\n"))
    sources = "".join(f"<source>/s{number}</source>" for number in range(3_000))
    classes = "".join(f"<class filename='{number}.py'><lines/></class>" for number in range(3_000))
    told = written(tmp_path, f"<coverage version='1'><sources>{sources}</sources><packages>{classes}</packages>"
                             "</coverage>")
    coverage, reports, _ = read_all([told], mapping=Mapping(tree=frozenset({"a.py"})))
    assert len(coverage) == 3_000
    assert reports[0].notes == ("source folders beyond the 50th are not looked into",)
