"""What can be written about packages, and what is wrong with the rest."""
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from repo_vitals.concerns.package_adoption import inputs
from repo_vitals.concerns.package_adoption.facts import Package
from repo_vitals.concerns.package_adoption.releases import counts
from repo_vitals.errors import InputError
from support import hostile


def test_packages_are_named_by_registry() -> None:
    text = "crates:serde_json, pypi:Zope.Interface\nnpm:@scope/name\nnpm:JSONStream\ngithub"
    assert inputs.PACKAGES.kind.parse(text) == (
        Package("crates", "serde_json"), Package("pypi", "zope-interface"), Package("npm", "@scope/name"),
        Package("npm", "JSONStream"), Package("github", ""))


def test_one_package_in_two_spellings_is_one() -> None:
    assert len(inputs.PACKAGES.kind.parse("pypi:a.b,pypi:A_b,pypi:a-b")) == 1


@pytest.mark.parametrize(("text", "said"), [
    ("serde", 'holds "serde", which is none of crates:NAME'),
    ("crate:serde", "did you mean crates"),
    ("github:acme/widget", "`github` alone stands for"),
    ("crates:", "can't be the name of a package there"), ("crates:../x", "can't be the name"),
    ("npm:@scope", "can't be the name"), ("npm:..", "can't be the name"), ("npm:a/b", "can't be the name"),
    ("pypi:-x", "can't be the name"), ("crates:größe", "can't be the name"), ("npm:a?b", "can't be the name"),
    ("npm:" + "a" * 300, "can't be the name"),
])
def test_what_is_no_package_is_refused_with_what_to_write_instead(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"^holds ") as refused:
        inputs.PACKAGES.kind.parse(text)
    assert said in str(refused.value)


@given(hostile.short)
def test_whatever_a_package_is_called_it_is_a_name_or_refused_in_one_printable_line(words: str) -> None:
    for registry in ("crates", "pypi", "npm", words):
        name, said = _parsed(f"{registry}:{words}")
        assert said.isprintable()
        assert not {"..", "."} & set(name.split("/"))


def _parsed(text: str) -> tuple[str, str]:
    """The name, or what is said against it."""
    try:
        return inputs.parse_package(text).name, ""
    except ValueError as error:
        return "", str(error)


@pytest.mark.parametrize(("declared", "text"), [
    (inputs.CRATES_IO, "http://crates.example"), (inputs.CRATES_IO, "none"), (inputs.PYPISTATS, "ftp://x"),
    (inputs.NPM_DOWNLOADS, "https://x/?a=b"), (inputs.DEPS_DEV, "file:///etc/passwd"),
    (inputs.ASSETS, "!*.zip"), (inputs.ASSETS, "a/b"), (inputs.QUIET_DAYS, "Christmas"), (inputs.OLD_RATIO, "5"),
    (inputs.LARGEST_CHANGE, "30%"), (inputs.BASELINE_WEEKS, "2"),
])
def test_inputs_that_can_not_be_meant_are_refused(declared: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        declared.kind.parse(text)


def test_credentials_in_an_address_are_refused_without_being_shown() -> None:
    with pytest.raises(InputError) as refused:
        inputs.CRATES_IO.kind.parse("https://user:secret@crates.example")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("name", "is_counted"), [
    ("widget-1.0.tar.gz", True), ("widget.exe", True), ("widget.tar.gz.sha256", False), ("SHA256SUMS", False),
    ("checksums.txt", False), ("widget_sha256sums.txt", False), ("widget.zip.asc", False),
    ("multiple.intoto.jsonl", False), ("sbom.spdx.json", False), ("x.tar.gz.sha256sum", False),
    ("x.sha512sum", False), ("SHA256SUM", False), ("sha256sum.txt", False), ("x.sha256.txt", False),
    ("checksums_sha256.txt", False), ("x.sbom.json", False), ("x.spdx.sbom.json", False), ("bom.json", False),
    ("x.sha384", False), ("x.provenance.json", False), ("checksum-tool.tar.gz", True), ("sha256sum-1.0.zip", True),
    ("SHASUMS256.txt", False), ("CHECKSUM", False), ("checksums-sha256", False), ("x.zip.blake3", False),
    ("x.cdx.xml", False), ("x.zip.attestation.jsonl", False), ("data.json", True),
])
def test_by_default_files_that_go_along_with_others_do_not_count(name: str, is_counted: bool) -> None:
    assert counts(name, inputs.ASSETS.default) is is_counted
