"""What a measurement ran on, and which machines are unlike."""
from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.errors import InputError
from repo_vitals.sources import machine as module
from repo_vitals.sources.machine import Machine, at_odds, release, reported, this_machine, unlike, versions_in

if TYPE_CHECKING:
    from pathlib import Path

X86 = ("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7763  64-Core Processor\n\n"
       "model name\t: other\n")
ARM = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd49\n"
HOSTED = {"GITHUB_ACTIONS": "true", "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "ImageOS": "ubuntu24",
          "RUNNER_ENVIRONMENT": "github-hosted", "RUNNER_NAME": "GitHub Actions 1000012345"}
HERE = Machine(runner="Linux X64 ubuntu24 github-hosted", cpu="AMD EPYC 7763", cores=4, memory=2**34,
               versions={"rustc": "1.88.0"})
MACHINES = st.builds(Machine, runner=st.sampled_from(["", "a", "b"]), cpu=st.sampled_from(["", "x", "y"]),
                     versions=st.dictionaries(st.sampled_from(["go", "node"]), st.sampled_from(["1.2", "1.3", "v2"])))


@pytest.mark.parametrize(("text", "cpu"), [(X86, "AMD EPYC 7763 64-Core Processor"), (ARM, "Arm 0x41 0xd49"), ("", ""),
                                           ("model name\t: \x1b[31mred\x1b[0m\u202e\n", "red\ufffd")])
def test_linux_says_the_processor_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, cpu: str,
                                            ) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(module, "_PROC", tmp_path)
    (tmp_path / "cpuinfo").write_text(text)
    assert this_machine({}).cpu == cpu


def test_macos_is_asked_by_a_program_of_its_own_at_its_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                 ) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    program = tmp_path / "sysctl"
    monkeypatch.setattr(module, "_SYSCTL", str(program))
    assert this_machine({}).cpu == ""
    program.write_text('#!/bin/sh\n[ "$*" = "-n machdep.cpu.brand_string" ] && echo "Apple M1 (Virtual)"\n')
    program.chmod(0o755)
    assert this_machine({}).cpu == "Apple M1 (Virtual)"


def test_windows_says_it_in_the_environment_where_the_registry_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(module, "_in_registry", lambda: "")
    assert this_machine({"PROCESSOR_IDENTIFIER": "Intel64 Family 6"}).cpu == "Intel64 Family 6"


def test_a_runner_s_kind_is_what_all_of_its_kind_say_and_not_its_name() -> None:
    assert this_machine(HOSTED).runner == "Linux X64 ubuntu24 github-hosted"
    assert this_machine({**HOSTED, "RUNNER_NAME": "other"}).kind == this_machine(HOSTED).kind
    assert this_machine({**HOSTED, "ImageOS": ""}, runner="bench box").runner == "bench box"
    assert this_machine({}).runner == f"{platform.system()} {platform.machine()}"
    assert this_machine({}).cores == os.cpu_count()


@pytest.mark.parametrize(("other", "why"), [
    ({"cpu": "Intel Xeon 8370C"}, "processor Intel Xeon 8370C, not AMD EPYC 7763"),
    ({"cpu": ""}, "processor unknown, not AMD EPYC 7763"),
    ({"runner": "macOS ARM64"}, "runner macOS ARM64, not Linux X64 ubuntu24 github-hosted"),
    ({"versions": {"rustc": "1.90.0"}}, "rustc 1.90.0, not 1.88.0"),
    ({"versions": {}}, "rustc unknown, not 1.88.0"),
    ({"versions": {"rustc": "1.88.0", "node": "22"}}, "node 22, not unknown"),
])
def test_unlike_machines_are_told_apart_and_both_are_named(other: dict[str, object], why: str) -> None:
    there = Machine(**{**HERE.__dict__, **other})  # type: ignore[arg-type]
    assert unlike(HERE, there) == (why,)
    assert there.kind != HERE.kind


def test_cores_memory_and_patches_of_tools_make_no_difference() -> None:
    there = Machine(runner=HERE.runner, cpu=HERE.cpu, cores=2, versions={"rustc": "1.88.1"})
    assert unlike(HERE, there) == unlike(there, HERE) == ()


@given(MACHINES, MACHINES)
def test_likeness_is_mutual_and_whatever_is_of_one_kind_is_alike(one: Machine, other: Machine) -> None:
    assert unlike(one, one) == ()
    assert bool(unlike(one, other)) == bool(unlike(other, one))
    if one.kind == other.kind:
        assert unlike(one, other) == ()


def test_a_report_knows_better_where_it_was_written() -> None:
    assert reported(HERE, {"cpu": "AMD EPYC 7763", "os": "linux"}) == HERE
    there = reported(HERE, {"cpu": "Apple  M1\n", "versions.go": "go1.25.1", "versions.rustc": "1.0", "versions.": "x",
                            "versions.a b": "1"})
    assert (there.cpu, there.cores, there.memory) == ("Apple M1", None, None)
    assert there.versions == {"go": "go1.25.1", "rustc": "1.88.0"}      # the user's own word stands


def test_versions_are_given_a_line_each() -> None:
    assert versions_in(["rustc 1.88.0 (6b00bc388)", "node: v22.1.0", " ", "python=3.12"]) == {
        "rustc": "1.88.0 (6b00bc388)", "node": "v22.1.0", "python": "3.12"}


@pytest.mark.parametrize(("tool", "version", "said"), [
    ("node", "v22.1.0", "22"), ("GCC", "13.3.0", "13"), ("go", "go1.25.1", "1.25"), ("python", "3.10.1", "3.10"),
    ("rustc", "1.92.0 (abc 2025-12-08)", "1.92"), ("java", "21.0.5", "21.0"), ("x", "08.01", "8.1"), ("x", "000", "0"),
    ("x", "none", None)])
def test_the_release_of_a_tool_is_as_much_of_its_version_as_makes_a_difference(tool: str, version: str,
                                                                              said: str | None) -> None:
    assert release(tool, version) == said


@pytest.mark.parametrize("line", ["rustc", "1.88.0", "$(id) 1", "rustc stable", "x" * 60 + " 1"])
def test_a_line_that_is_no_version_is_refused_by_name(line: str) -> None:
    with pytest.raises(InputError, match=r"versions: .* is no name of a tool with its version"):
        versions_in([line])


def test_a_machine_in_words_holds_nothing_that_a_terminal_would_obey() -> None:
    assert str(Machine(cpu="a\x1b[31m\nb", versions={"go": "1"})) == "a?[31m?b, unknown runner, go 1"


@pytest.mark.parametrize(("reports", "said"), [
    ([{"cpu": "X"}, {}, {"cpu": "X", "os": "a"}, {"os": "b"}], ""),
    ([{"cpu": "X"}, {}, {"cpu": "Y"}], "processor X and Y"),
    ([{"versions.python": "3.12.1"}, {"versions.python": "3.12.9"}], ""),
    ([{"versions.python": "3.12.1"}, {"versions.python": "3.13.0"}], "python 3.12.1 and 3.13.0"),
    ([{"versions.go": "1.24"}, {"versions.go": "1.25"}], "")])
def test_reports_of_one_machine_contradict_one_another_in_nothing_that_decides(reports: list[dict[str, str]], said: str,
                                                                               ) -> None:
    assert at_odds(reports, given={"go": "1.25"}) == said
