"""The kept reports of memory, time and size: what each tells, and how a test reads one."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repo_vitals.concerns.performance_compare.reading import reader, recognised
from repo_vitals.sources.report_files import ReportFile, Unreadable
from support.report_files import written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repo_vitals.concerns.performance_compare.facts import Report

DATA = Path(__file__).parents[1] / "data" / "performance" / "memory"
# The programs say what is true. steady 40 holds 40 times 5,000 bytes and 320 at its peak. leaky 3 loses three nodes of
# 96 bytes, the first of which leads to the others, and twice 7 bytes; 56 bytes are possibly lost, 40 reachable.
LEAKS = {"leaked memory": 3 * 96 + 2 * 7, "possibly leaked memory": 56, "memory still reachable": 40}
EXPECTED: dict[str, tuple[str, Mapping[str, float]]] = {
    # ms_print's largest total; 5,000 bytes take 16 more of the allocator, 320 take 8.
    "massif_heap.out": ("massif", {"steady 40: peak heap": 200_968}),
    "massif_stacks.out": ("massif", {"steady 40: peak heap and stacks": 201_400}),
    "massif_pages.out": ("massif", {"steady 40: peak pages": 4_378_624}),
    "dhat_heap.json": ("dhat", {
        "steady 40: peak heap in use": 200_320, "steady 40: heap in use at the end": 0,
        "steady 40: heap allocations": 41, "steady 40: heap allocated in all": 200_320}),
    "memcheck_summary.txt": ("memcheck", {
        "leaky 3 x: memory errors": 1, "leaky 3 x: heap allocations": 8, "leaky 3 x: heap allocated in all": 414,
        "leaky 3 x: leaked blocks": 5, **{f"leaky 3 x: {name}": value for name, value in LEAKS.items()}}),
    "memcheck_full.txt": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: heap allocations": 8, "leaky 3: heap allocated in all": 414,
        "leaky 3: leaked blocks": 5, **{f"leaky 3: {name}": value for name, value in LEAKS.items()}}),
    "memcheck_no_leak_check.txt": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: heap allocations": 8, "leaky 3: heap allocated in all": 414}),
    "memcheck_clean.txt": ("memcheck", {
        "steady 3: memory errors": 0, "steady 3: heap allocations": 4, "steady 3: heap allocated in all": 15_024,
        "steady 3: leaked blocks": 0, **{f"steady 3: {name}": 0 for name in LEAKS}}),
    "memcheck_crash.txt": ("memcheck", {}),
    "memcheck_killed.txt": ("memcheck", {}),
    "memcheck_overwritten.txt": ("memcheck", {}),
    "memcheck_crash.xml": ("memcheck", {}),
    "memcheck_default.xml": ("memcheck", {
        "leaky 3: memory errors": 0, "leaky 3: leaked memory": 302, "leaky 3: possibly leaked memory": 56}),
    "memcheck_all_kinds.xml": ("memcheck", {
        "leaky 3 x: memory errors": 1, **{f"leaky 3 x: {name}": value for name, value in LEAKS.items()}}),
    "address_sanitizer_leaks.txt": ("leak-sanitizer", {
        "address_sanitizer_leaks: memory errors": 0, "address_sanitizer_leaks: leaked memory": 302,
        "address_sanitizer_leaks: leaked blocks": 5}),
    "address_sanitizer_use_after_free.txt": ("leak-sanitizer", {
        "address_sanitizer_use_after_free: memory errors": 1}),
    "leak_sanitizer.txt": ("leak-sanitizer", {
        "leak_sanitizer: leaked memory": 302, "leak_sanitizer: leaked blocks": 5}),
    "time_verbose_twice.txt": ("gnu-time", {
        **{f"steady {count}: {what} time": 0.0 for count in (40, 41) for what in ("elapsed", "user", "system")},
        "steady 40: peak resident memory": 1352 * 1024, "steady 41: peak resident memory": 1448 * 1024}),
    "time_verbose_signal.txt": ("gnu-time", {}),
    "time_verbose_status.txt": ("gnu-time", {}),
    "time_default_status.txt": ("gnu-time", {}),
    "time_default.txt": ("gnu-time", {
        "time_default: elapsed time": 0.0, "time_default: user time": 0.0, "time_default: system time": 0.0,
        "time_default: peak resident memory": 1380 * 1024}),
    "time_shell_bash.txt": ("gnu-time", {
        "time_shell_bash: elapsed time": 0.004, "time_shell_bash: user time": 0.001,
        "time_shell_bash: system time": 0.001}),
    "time_shell_posix.txt": ("gnu-time", {
        "time_shell_posix: elapsed time": 0.0, "time_shell_posix: user time": 0.0,
        "time_shell_posix: system time": 0.0}),
    "time_macos.txt": ("gnu-time", {
        "time_macos: elapsed time": 0.01, "time_macos: user time": 0.0, "time_macos: system time": 0.0,
        "time_macos: peak resident memory": 1_359_872, "time_macos: peak memory footprint": 917_888,
        "time_macos: instructions": 6_513_262}),
    **{f"size_{form}.txt": ("size", {
        f"{name}: {what}": size for name, sizes in {"leaky": (1786, 608, 24), "steady": (1809, 608, 8)}.items()
        if name == "leaky" or form != "hexadecimal"
        for what, size in zip(("text", "data", "bss", "loaded size"), (*sizes, sum(sizes)), strict=True)})
       for form in ("berkeley", "hexadecimal", "octal_totals")},
    "size_gnu.txt": ("size", {"leaky: loaded size": 2418}),
    "size_system_v.txt": ("size", {"leaky: all sections": 3993, "steady: all sections": 3814}),
}


def read(file: ReportFile) -> Report:
    return reader(file.reader or recognised(file)).read(file)


def values(report: Report) -> dict[str, float]:
    assert all(len(result.samples) == 1 for result in report.results)
    return {result.name: result.samples[0] for result in report.results}


def failed(report: Report) -> dict[str, str]:
    return {one.name: one.why for one in report.failed}


def refused(folder: Path, text: str | bytes, form: str | None = None) -> str:
    with pytest.raises(Unreadable) as error:
        read(written(folder, text, name="report.out", reader=form))
    return str(error.value)
