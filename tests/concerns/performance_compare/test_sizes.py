"""Sizes of files: which count under which name."""
from __future__ import annotations

from pathlib import Path

import pytest

from repo_vitals.concerns.performance_compare.sizes import SizeOf, measured, sizes
from repo_vitals.errors import InputError

KIND = sizes()


def found(folder: Path, lines: str, *, confined: bool = True) -> tuple[dict[str, float], tuple[str, ...]]:
    report, unmatched = measured(KIND.parse(lines), folder=str(folder), confined=confined, named_by="sizes")
    return ({one.name: one.samples[0] for one in report.results} if report else {}), unmatched


def test_lines_are_paths_and_named_sums():
    lines = "target/release/app\nC:\\app.exe\nbundle: dist/**, extra.js"
    expected = (SizeOf(patterns=("target/release/app",)), SizeOf(patterns=("C:\\app.exe",)),
                SizeOf(name="bundle", patterns=("dist/**", "extra.js")))
    assert KIND.parse(lines) == KIND.from_toml(lines.splitlines()) == expected
    assert KIND.parse(KIND.show(expected)) == expected
    assert KIND.from_toml({"bundle": ["dist/**", "extra.js"], "app": "a.bin"}) == (
        expected[2], SizeOf(name="app", patterns=("a.bin",)))


@pytest.mark.parametrize(("given", "why"), [
    ("a*b: x", "has the name"), ("app: a\napp: b", 'has "app" twice'), ("app: ,", 'has "app" without a path'),
    ("\n".join(f"file{number}" for number in range(1001)), "more than 1,000"),
])
def test_lines_that_are_none_say_why(given: str, why: str):
    with pytest.raises(ValueError, match=why):
        KIND.parse(given)


@pytest.mark.parametrize("given", [7, {"a": 7}, {"a": []}, {"": "x"}, ["x", 1]])
def test_other_values_of_the_configuration_are_refused(given: object):
    with pytest.raises(ValueError, match=r"\S"):
        KIND.from_toml(given)


def test_each_file_of_a_pattern_has_its_size_and_a_name_sums_its_files(tmp_path: Path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "a.js").write_bytes(b"x" * 10)
    (tmp_path / "dist" / "b.js").write_bytes(b"x" * 5)
    (tmp_path / "empty").write_bytes(b"")
    assert found(tmp_path, "dist/*.js\nall: dist/**, dist/a.js, empty\nempty\nnone/*") == (
        {"dist/a.js": 10, "dist/b.js": 5, "all": 15, "empty": 0}, ("none/*",))


def test_a_link_counts_as_what_it_leads_to_and_once(tmp_path: Path):
    (tmp_path / "a.bin").write_bytes(b"x" * 10)
    (tmp_path / "b.bin").symlink_to("a.bin")
    assert found(tmp_path, "b.bin\nall: *.bin")[0] == {"b.bin": 10, "all": 10}


def test_hard_links_count_once_in_a_sum_and_each_has_its_size(tmp_path: Path):
    (tmp_path / "a.bin").write_bytes(b"x" * 10)
    (tmp_path / "b.bin").hardlink_to(tmp_path / "a.bin")
    (tmp_path / "c.bin").write_bytes(b"x" * 10)
    assert found(tmp_path, "*.bin\nall: *.bin")[0] == {"a.bin": 10, "b.bin": 10, "c.bin": 10, "all": 20}


def test_a_path_that_is_no_file_is_an_error(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    for line in ("folder", "absent.bin", "../outside"):
        with pytest.raises(InputError, match="sizes"):
            found(tmp_path, line)


def test_nothing_found_is_no_report_rather_than_a_size_of_zero(tmp_path: Path):
    assert measured(KIND.parse("*.bin"), folder=str(tmp_path), confined=True, named_by="sizes") == (None, ("*.bin",))


def test_an_executable_has_a_stripped_size_too_and_a_damaged_one_is_told(tmp_path: Path):
    from repo_vitals.sources.executables import symbols_and_debug

    program = Path("/proc/self/exe") if Path("/proc/self/exe").exists() else None
    if program is None:
        pytest.skip("needs an ELF program that is there anyway")
    content = program.read_bytes()
    (tmp_path / "app").write_bytes(content)
    (tmp_path / "cut").write_bytes(content[:100])
    with (tmp_path / "app").open("rb") as stream:
        removed = symbols_and_debug(stream, len(content)) or 0
    report, _ = measured(KIND.parse("app\ncut"), folder=str(tmp_path), confined=True, named_by="sizes")
    assert report is not None
    assert {one.name: (one.samples[0], one.measures, one.exact) for one in report.results} == {
        "app": (len(content), "binary_size", True),
        "app: stripped": (len(content) - removed, "stripped_size", True),
        "cut": (100, "binary_size", True)}
    assert [(one.name, one.why) for one in report.failed] == [("cut: stripped", "is unknown: cut is cut off")]
