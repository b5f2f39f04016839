"""More reports of real tools than the tree holds, each held to what its tool, jq or another project says of it.

They are looked for in the folder that REPO_VITALS_SAMPLES names, where `<kind>/manifest.json` says what is expected.
"""
from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.concerns.performance_compare.reading import read_all, select
from repo_vitals.concerns.performance_compare.units import base_unit
from repo_vitals.errors import InputError
from support.benchmark_reports import failed_of, one_of, samples_of, seconds_of, told

FOLDER = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
KINDS = ("bench-cargo", "bench-criterion", "bench-go", "bench-googlecpp", "bench-catch2")
SAMPLES = [(FOLDER / kind, one) for kind in KINDS for manifest in [FOLDER / kind / "manifest.json"]
           if manifest.is_file() for one in json.loads(manifest.read_text("utf-8"))]


def check_other_projects(path: Path, expected: dict[str, Any]) -> None:
    """Names and values as another project's own tests say them."""
    report = told(path)
    # That project lists a benchmark of several values once more under its name, and leaves out Go's "-8".
    for one in expected.get("benches", ()):
        if "\t" in one["unit"]:
            continue
        name, unit = one["name"].removesuffix(f" - {one['unit']}"), base_unit(one["unit"])
        found = [result.samples for result in report.results if result.unit == unit.name
                 and name in (result.name, re.sub(r"-[0-9]+$", "", result.name))]
        assert found == [(unit.in_base(one["value"]),)]
    for name, metrics in expected.get("metrics", {}).items():
        assert one_of(report, name).samples[0] * 1e9 == pytest.approx(metrics["latency"]["value"], rel=1e-12)
        if one_of(report, name).interval:
            assert [bound * 1e9 for bound in one_of(report, name).interval or ()] == pytest.approx(
                [metrics["latency"]["lower"], metrics["latency"]["upper"]], rel=1e-12)


def check_criterion_folder(path: Path, expected: dict[str, Any]) -> None:
    selected = select([path.name], folder=str(path.parent), confined=True, named_by="current", largest=10**9)
    [report], unusable = read_all(selected.files, named_by="current")
    assert unusable == []
    assert {one.name for one in report.results} == expected["benchmarks"].keys()
    for one in report.results:
        wanted = expected["benchmarks"][one.name]
        assert one.typical == pytest.approx(wanted["slope_ns"] / 1e9, rel=1e-12)
        assert sum(one.samples) / len(one.samples) == pytest.approx(wanted["mean_ns"] / 1e9, rel=1e-9)
        ordered, half = sorted(one.samples), len(one.samples) // 2
        assert (ordered[half - 1] + ordered[half]) / 2 == pytest.approx(wanted["median_ns"] / 1e9, rel=1e-9)
    assert report.baseline == ()


def check_criterion_text(path: Path, expected: dict[str, Any]) -> None:
    found = told(path)
    assert samples_of(found).keys() == {(name, "seconds") for name in expected["benchmarks"]}
    for name, wanted in expected["benchmarks"].items():
        low, middle, high = (base_unit(unit).in_base(float(value)) for value, unit in map(str.split, wanted["time"]))
        assert one_of(found, name).samples == (middle,)
        assert one_of(found, name).interval == pytest.approx((low, high), rel=1e-12)


def check_go(path: Path, expected: dict[str, Any]) -> None:
    found = samples_of(told(path))
    wanted = {(one["name"], base_unit(unit).name): (base_unit(unit).in_base(value),)
              for one in expected["benchmarks"] for unit, value in one["values"].items()}
    assert found == wanted


def check_google(path: Path, expected: dict[str, Any]) -> None:
    report = told(path)
    ran = [one for one in expected["benchmarks"] if one["run_type"] == "iteration" and not one["error_occurred"]]
    assert seconds_of(report) == {
        one["name"]: (base_unit(one["time_unit"]).in_base(one["real_time"]),) for one in ran}
    assert failed_of(report) == {one["name"]: f"failed: {one['error_message']}"
                                 for one in expected["benchmarks"] if one["error_occurred"]}


@pytest.mark.skipif(not SAMPLES, reason="REPO_VITALS_SAMPLES names no folder of samples")
def test_recorded_samples_have_the_values_that_were_found_by_other_means():
    checked = 0
    for folder, one in SAMPLES:
        path, expected = folder / one["file"], one["expected"]
        checked += 1
        if one["file"] == "dir_first_run/":
            check_criterion_folder(path, expected)
        elif one["file"] == "criterion_stdout_first.txt":
            check_criterion_text(path, expected)
            check_criterion_text(FOLDER / "malformed" / "criterion_stdout_utf16.txt", expected)
        elif one["file"] == "go1.19_benchmem.txt":
            check_go(path, expected)
        elif one["file"] == "google_benchmark_plain.json":
            check_google(path, expected)
        elif one["file"] == "libtest_stdout_decimal.txt":
            assert seconds_of(told(path)) == {
                name: (value["ns"] / 1e9,) for name, value in expected["benchmarks"].items()}
        elif one["file"] == "libtest_format_json.ndjson":
            assert seconds_of(told(path)) == {name: (value["median_ns"] / 1e9,) for name, value in expected.items()}
        elif one["file"] == "catch2_2.13_reporter.xml":
            wanted = {result["name"].replace("&quot;", '"'): (result["mean_ns"] / 1e9,)
                      for result in expected["results"]}
            assert (seconds_of(told(path)), len(told(path).failed)) == (wanted, expected["failed_assertions"])
        elif one["file"] == "cargo_bench_lib_harness_error.txt":
            assert (told(path).results, list(failed_of(told(path)))) == ((), ["ulidish"])
        elif "note" in expected:
            with pytest.raises(InputError):
                told(path)
        else:
            check_other_projects(path, expected)
    assert checked >= 20
