"""Kept reports of memory, time and size: their figures, what is no report of theirs, and what damage makes of them."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.performance_compare.formats.head import Head
from repo_vitals.concerns.performance_compare.reading import reader, recognised
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.memory_reports import DATA, EXPECTED, failed, read, values
from support.report_files import kept, written

SHARED = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
FORMATS = ("dhat", "gnu-time", "leak-sanitizer", "massif", "memcheck", "size")


def test_every_sample_has_figures():
    assert {path.name for path in DATA.iterdir() if path.suffix not in (".c", ".md")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_figures_are_what_the_programs_do_or_the_tools_say(name: str):
    form, expected = EXPECTED[name]
    file = kept(DATA / name)
    assert recognised(file) == form
    found = values(reader(form).read(file))
    assert {key: value for key, value in found.items() if ": average" not in key} == expected


@pytest.mark.parametrize("name", EXPECTED)
def test_each_reader_refuses_every_other_formats_sample(name: str):
    head = Head.of(kept(DATA / name))
    assert [form for form in FORMATS if reader(form).recognises(head)] == [EXPECTED[name][0]]
    for form in set(FORMATS) - {EXPECTED[name][0]}:
        with pytest.raises(Unreadable):
            reader(form).read(kept(DATA / name))


def test_no_report_of_another_tool_is_taken_for_one_of_memory():
    others = [path for path in sorted(DATA.parents[1].glob("*/**/*.*")) if path.parent != DATA and path.stat().st_size]
    assert len(others) > 50
    assert {path.name: form for path in others for head in [Head.of(kept(path))]
            for form in FORMATS if reader(form).recognises(head)} == {}


def test_failures_say_why_and_give_no_value():
    def why(name: str) -> dict[str, str]:
        return failed(read(kept(DATA / name)))

    assert why("memcheck_crash.txt") == why("memcheck_crash.xml") == {"crash": "was terminated by signal 11"}
    assert why("time_verbose_signal.txt") == {"crash": "terminated by signal 11"}
    assert why("time_verbose_status.txt") == {"nonexist": "exited with status 127"}
    assert why("time_default_status.txt") == {"time_default_status": "exited with status 4"}
    assert why("memcheck_killed.txt")["sleep 20"].startswith("has no end in the report")
    assert {name: reason.partition(" (")[0] for name, reason in why("memcheck_overwritten.txt").items()} == {
        "leaky 2": "has no end in the report", "a process without a command": "begins in no line of the report"}


def test_what_is_measured_is_told_so_that_budgets_find_it():
    def kinds(name: str) -> dict[str, str]:
        return {one.name.partition(": ")[2]: one.measures for one in read(kept(DATA / name)).results if one.measures}

    assert kinds("massif_heap.out") == {"peak heap": "peak_memory", "average heap": "average_memory"}
    assert kinds("dhat_heap.json") == {"peak heap in use": "peak_memory"}
    assert kinds("time_default.txt") == {"peak resident memory": "peak_memory"}
    assert kinds("memcheck_full.txt") == kinds("leak_sanitizer.txt") == {"leaked memory": "leaked"}
    assert kinds("size_berkeley.txt") == {}         # what is loaded is not the file


# --- hostile text ---

@given(name=st.sampled_from(sorted(EXPECTED)), data=st.data())
def test_a_damaged_report_is_facts_or_words(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory):
    content = (DATA / name).read_bytes()
    begin = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(begin, min(len(content), begin + 40)))
    instead = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([
        b"9" * 400, b"\x1b[31m", b"\xff\xfe", b"-1", b"0x", b"NaN", b"1e999", b"\n", b"==1== ", b"SUMMARY: "])))
    damaged = content[:begin] + instead + (b"" if data.draw(st.booleans()) else content[end:])
    file = written(tmp_path_factory.getbasetemp(), damaged, name="damaged")
    check_harmless(file, None)
    check_harmless(file, EXPECTED[name][0])


def check_harmless(file: ReportFile, form: str | None) -> None:
    try:
        report = reader(form or recognised(file)).read(file)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert report.results or report.failed
        assert all(one.isprintable() for one in report.notes)
        assert all(0 <= sample < 1e30 for one in report.results for sample in one.samples)


# --- samples that are not in the tree ---

RECORDED = [(folder, told) for folder in ("memory-massif", "memory-gnu-time", "memory-binary-size")
            for path in [SHARED / folder / "manifest.json"] if path.is_file() for told in json.loads(path.read_text())]


@pytest.mark.skipif(not RECORDED, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_recorded_samples_have_their_expected_values():
    for folder, told in RECORDED:
        path, expected = SHARED / folder / told["file"], told["expected"]
        if path.name.startswith("ms_print"):
            continue
        report = read(kept(path))
        found = {one.name.partition(": ")[2] if folder != "memory-binary-size" else one.name: one.samples[0]
                 for one in report.results}
        if folder == "memory-massif":
            assert {value for key, value in found.items() if "peak" in key} == {expected["max_total_B"]}, path
        elif folder == "memory-binary-size":
            assert {name: {what: found[f"{name}: {what}"] for what in ("text", "data", "bss")}
                    | {"total": found[f"{name}: loaded size"]} for name in expected} == expected, path
        elif expected.get("exit_status"):
            assert list(failed(report).values()) == [f"exited with status {expected['exit_status']}"], path
        else:
            assert found["peak resident memory"] == expected["max_rss_kbytes"] * 1024, path
    assert refused_words(SHARED / "malformed" / "massif_truncated.out") == "is cut off in snapshot 23"
    comma = values(read(kept(SHARED / "malformed" / "time_v_comma_locale.txt")))
    assert (comma["x: elapsed time"], comma["x: peak resident memory"]) == (3723.0, 2048 * 1024)


def refused_words(path: Path) -> str:
    with pytest.raises(Unreadable) as error:
        read(kept(path))
    return str(error.value)
