"""The inputs of dependency-health, good and bad."""
from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.concerns.dependency_health import inputs
from repo_vitals.config.declare import same_names
from repo_vitals.config.resolve import resolve
from repo_vitals.errors import InputError
from support.commands import run
from support.dependencies import small_scene
from support.simulated import serving


def value(declared: Any, text: str) -> Any:
    found = resolve(
        inputs.INPUTS,
        options={declared.name: text},
        environ={},
        table={},
        command="dependency-health",
        config_path=Path("x.toml"),
    )
    return found[declared]


def test_no_input_is_declared_twice() -> None:
    assert same_names(inputs.INPUTS) == []


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (inputs.UPDATE_BOTS, "Dependabot[bot], my-renovate", ("dependabot", "my-renovate")),
        (inputs.LOCK_FILES, "Cargo.lock\n*/uv.lock", ("Cargo.lock", "*/uv.lock")),
        (inputs.LOCK_FILES, "a/b/c/Cargo.lock", ("a/b/c/Cargo.lock",)),
        (inputs.DEPS_DEV, "https://mirror.example/deps/", "https://mirror.example/deps"),
        (inputs.DEPS_DEV, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        (inputs.DEPS_DEV, "none", None),
        (inputs.SILENT_AFTER, "60d", timedelta(days=60)),
        (inputs.LICENSES, "MIT, MPL-2.0", ("MIT", "MPL-2.0")),
        (inputs.DEPS_DEV_REQUESTS, "0", 0),
    ],
)
def test_what_a_person_would_write_is_read(declared: Any, text: str, expected: Any) -> None:
    assert value(declared, text) == expected


@pytest.mark.parametrize(
    ("declared", "text", "words"),
    [
        (inputs.UPDATE_BOTS, "a b", 'holds "a b", which is no login'),
        (inputs.LOCK_FILES, "/etc/Cargo.lock", "paths begin at the root"),
        (inputs.LOCK_FILES, "../Cargo.lock", "paths begin at the root"),
        (inputs.LOCK_FILES, "a//Cargo.lock", "paths begin at the root"),
        (inputs.LOCK_FILES, "**/Cargo.lock", "patterns reach the root and one folder below"),
        (inputs.LOCK_FILES, "a/*/Cargo.lock", "patterns reach the root and one folder below"),
        (inputs.DEPS_DEV, "http://mirror.example", "plain http"),
        (inputs.DEPS_DEV, "ftp://mirror.example", "is not an https URL"),
        (inputs.DEPS_DEV, "https://me:secret@mirror.example", "the address holds credentials"),
        (inputs.DEPS_DEV, "https://mirror.example/?a=b", "may hold no query"),
        (inputs.DEPS_DEV, "https://[::1", "is not a URL"),
        (inputs.DEPS_DEV, "https://mirror.example:0", "is not an https URL"),
        (inputs.LICENSES, "MIT OR ISC", "no SPDX licence identifier"),
        (inputs.LICENSES, "Free for all", "no SPDX licence identifier"),
        (inputs.UNSCORED, "moderate", "is not one of critical, high, medium, low"),
        (inputs.SILENT_AFTER, "0s", "not between 1s and 3660d"),
        (inputs.DEPS_DEV_REQUESTS, "-1", "not between 0 and 100000"),
        (inputs.UPDATE_POLICY, "patch: 3d", "needed is `kind = duration`"),
    ],
)
def test_what_cant_be_used_is_refused_with_its_name_and_the_way_out(declared: Any, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?").replace("[", r"\[")) as told:
        value(declared, text)
    assert declared.name in str(told.value)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)


def test_a_named_lock_file_of_unknown_version_ends_the_command_with_exit_2(tmp_path: Any) -> None:
    scene = small_scene()
    scene.state.put_file(scene.repository, "Cargo.lock", "version = 9\n")
    with serving(scene) as github:
        environ = {**github.environment(), "GITHUB_REPOSITORY": "acme/widget"}
        ended = run("dependency-health", "--lock-files", "Cargo.lock", folder=tmp_path, environ=environ)
        unnamed = run("dependency-health", "--deps-dev", "none", "--report", "r.json", folder=tmp_path, environ=environ)
    assert ended.code == 2
    assert "lock-files: Cargo.lock is a Cargo.lock of version '9'; 1 to 4 can be read" in ended.stderr + ended.stdout
    assert unnamed.code == 0
    assert '"status": "unknown"' in (tmp_path / "r.json").read_text(encoding="utf-8")
