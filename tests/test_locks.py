"""The locks hold what pyproject.toml asks for, exactly, for every platform that we name, and nothing about an index."""

from __future__ import annotations

import re
import runpy
import subprocess
from typing import TYPE_CHECKING

import pytest
import tomli
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from repo_vitals import registry
from repo_vitals.delivery import notify
from support.tools import ROOT, tool

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomli.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = {"base": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
PRODUCT = [name for name in EXTRAS if name not in {"base", "test"}]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "Linux x64, glibc": "x86_64-manylinux_2_28",
    "Linux arm64, glibc": "aarch64-manylinux_2_28",
    "Linux x64, musl": "x86_64-unknown-linux-musl",
    "Linux arm64, musl": "aarch64-unknown-linux-musl",
    "macOS arm64": "aarch64-apple-darwin",
    "macOS x64": "x86_64-apple-darwin",
    "Windows x64": "x86_64-pc-windows-msvc",
    "Windows arm64": "aarch64-pc-windows-msvc",
}
# What has no wheel there, and what that means.
KNOWN_GAPS = {
    # Python itself came to Windows on arm64 with 3.11.
    ("Windows arm64", "3.10"): "cffi",
}


# Linux, macOS and Windows x64 have it; elsewhere links to other hosts are not checked.
NOT_FOR = {"Windows arm64": {"links"}}


def lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.lock"


def entries(name: str) -> list[tuple[Requirement, int]]:
    """Each entry with the number of its hashes."""
    blocks = re.split(r"\n(?=\S)", lock(name).read_text(encoding="utf-8").strip())
    found = []
    for block in blocks:
        if not block.startswith("#"):
            requirement, *hashes = block.replace(" \\", "").split("\n    --hash=sha256:")
            assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in hashes), block
            found.append((Requirement(requirement), len(hashes)))
    return found


def test_there_is_one_lock_for_the_base_and_one_for_each_extra():
    assert {path.stem for path in (ROOT / "requirements").glob("*.lock")} == set(EXTRAS)


@pytest.mark.parametrize("name", EXTRAS)
def test_every_entry_is_pinned_and_has_hashes(name: str):
    for requirement, hashes in entries(name):
        assert re.fullmatch(r"==[0-9][^,*]*", str(requirement.specifier)), requirement
        assert hashes > 0, requirement


@pytest.mark.parametrize("name", EXTRAS)
def test_no_index_no_address_and_no_option_stands_in_a_lock(name: str):
    text = lock(name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=sha256:)", text, re.MULTILINE)


@pytest.mark.parametrize("name", EXTRAS)
def test_every_direct_dependency_is_locked_in_a_version_that_pyproject_allows(name: str):
    locked = [requirement for part in {"base", *PRODUCT, name} for requirement, _ in entries(part)]
    for wanted in map(Requirement, EXTRAS[name]):
        found = [pin for pin in locked if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
        assert found, f"{wanted} is in pyproject.toml but in no lock: run requirements/lock.py"
        for pin in found:
            version = str(pin.specifier).removeprefix("==")
            assert wanted.specifier.contains(version), f"{pin} does not satisfy {wanted}: run requirements/lock.py"


@pytest.mark.parametrize("name", [name for name in EXTRAS if name != "base"])
def test_no_package_stands_in_two_locks(name: str):
    """pip refuses a requirement that is given twice."""
    others = ["base", *(other for other in PRODUCT if other != name)]   # a command may need several
    twice = {pin.name for pin, _ in entries(name)} & {pin.name for other in others for pin, _ in entries(other)}
    assert twice == set()


def test_a_command_that_asks_for_an_extra_asks_for_what_it_builds_on():
    script = runpy.run_path(str(ROOT / "requirements" / "lock.py"))
    for extra, grounds in script["BUILDS_ON"].items():
        # What is fetched only when it is needed joins what the command has.
        later = set(notify.EXTRAS) if extra in notify.EXTRAS else set()
        asking = [command for command in registry.COMMANDS
                  if extra in command.extras or (later and command.name in ("alert", "run"))]
        assert asking
        assert [command.name for command in asking if not set(grounds) <= {*command.extras, *later}] == []


def test_the_dockerfile_makes_the_environment_of_every_command():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    made = {() if found is None else tuple(found.extras)
            for found in map(registry.find, re.findall(r"bin/repo-vitals (\S+)", text))}
    assert made == {tuple(command.extras) for command in registry.COMMANDS}


def test_cryptography_is_left_out_and_pygithub_does_without():
    assert not [pin for name in EXTRAS for pin, _ in entries(name) if pin.name == "cryptography"]
    import github
    import jwt.algorithms

    assert github.Github(auth=github.Auth.Token("x"), lazy=True) is not None
    assert jwt.algorithms is not None


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", EXTRAS)
def test_one_version_of_each_package_applies_to(name: str, python: str):
    for system in ("linux", "darwin", "win32"):
        environment = {
            "python_version": python, "python_full_version": f"{python}.4", "sys_platform": system,
            "implementation_name": "cpython", "platform_python_implementation": "CPython",
        }  # fmt: skip
        applies = [pin.name for pin, _ in entries(name) if pin.marker is None or pin.marker.evaluate(environment)]
        assert len(applies) == len(set(applies))


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_locked_package_has_a_wheel_for(platform: str, python: str, tmp_path: Path):
    """Asks the package index; needs a network. The test extra is for developers: Linux, macOS and Windows x64."""
    names = ["base", *(name for name in PRODUCT if name not in NOT_FOR.get(platform, ()))]
    command = [
        *tool("uv"), "pip", "install", "--dry-run", "--no-python-downloads", "--target", str(tmp_path / "target"),
        "--python-platform", PLATFORMS[platform], "--python-version", python,
        "--no-deps", "--require-hashes", "--only-binary", ":all:",
    ]  # fmt: skip
    for name in names:
        command += ["-r", str(lock(name))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    gap = KNOWN_GAPS.get((platform, python))
    if gap:
        assert done.returncode != 0
        assert gap in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        pins = [pin for name in names for pin, _ in entries(name)]
        assert len(re.findall(r"^ \+ ", done.stderr, re.MULTILINE)) >= len({pin.name for pin in pins}) - 2
