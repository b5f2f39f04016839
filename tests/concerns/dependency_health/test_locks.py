"""Lock files of every kind and version that can be read, and what is no lock file."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.dependency_health.facts import Package
from repo_vitals.concerns.dependency_health.lock_reading import Malformed
from repo_vitals.concerns.dependency_health.locks import ecosystem_of, read_lock, together
from support.dependencies import CARGO_LOCK
from support.hostile import text as hostile_text

if TYPE_CHECKING:
    from repo_vitals.concerns.dependency_health.facts import LockFile

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def read(path: str, text: str) -> list[tuple[str, str, bool | None]]:
    return [(one.name, one.version, one.direct) for one in read_lock(path, text).packages]


# -- Cargo.lock --------------------------------------------------------------------------------------------------

def cargo(*packages: str, head: str = "version = 3\n") -> LockFile:
    return read_lock("Cargo.lock", head + "".join(f"[[package]]\n{package}\n" for package in packages))


def crate(name: str, version: str, *dependencies: str, source: str | None = CRATES_IO) -> str:
    lines = [f'name = "{name}"', f'version = "{version}"']
    lines += [] if source is None else [f'source = "{source}"']
    lines += [f"dependencies = {json.dumps(dependencies)}"] if dependencies else []
    return "\n".join(lines)


def test_what_the_workspaces_packages_depend_on_is_direct_and_they_themselves_are_no_dependencies() -> None:
    assert read("Cargo.lock", CARGO_LOCK) == [("itoa", "1.0.9", False), ("serde", "1.0.100", True)]


def test_of_two_versions_the_one_that_is_named_is_direct() -> None:
    found = cargo(crate("app", "0.1.0", "rand 0.8.5", source=None), crate("rand", "0.7.3"), crate("rand", "0.8.5"))
    assert [(one.version, one.direct) for one in found.packages] == [("0.7.3", False), ("0.8.5", True)]


def test_a_name_alone_that_fits_two_versions_tells_neither() -> None:
    found = cargo(crate("app", "0.1.0", "rand", source=None), crate("rand", "0.7.3"), crate("rand", "0.8.5"))
    assert [one.direct for one in found.packages] == [False, False]


def test_a_member_of_the_workspace_that_another_one_uses_is_not_direct() -> None:
    found = cargo(crate("a", "0.1.0", "b", source=None), crate("b", "0.1.0", "libc", source=None),
                  crate("libc", "0.2.1"))
    assert [(one.name, one.direct) for one in found.packages] == [("libc", True)]
    assert found.apart == {"path": 2}


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("git+https://github.com/acme/x?branch=main#abc", "git"),
        ("registry+https://crates.example/index", "other registry"),
        ("sparse+https://index.example/", "other registry"),
        ("nonsense", "other registry"),
    ],
)
def test_what_does_not_come_from_crates_io_is_counted_apart(source: str, word: str) -> None:
    found = cargo(crate("x", "1.0.0", source=source))
    assert (found.packages, found.apart) == ((), {word: 1})


@pytest.mark.parametrize("head", ["", "version = 1\n", "version = 2\n", "version = 3\n", "version = 4\n"])
def test_versions_1_to_4_of_a_cargo_lock_are_read(head: str) -> None:
    assert len(cargo(crate("x", "1.0.0"), head=head).packages) == 1


def test_the_oldest_form_with_its_root_and_checksums_apart_is_read() -> None:
    text = ('[root]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "libc 0.2.1 (%s)",\n]\n'
            '[[package]]\nname = "libc"\nversion = "0.2.1"\nsource = "%s"\n'
            '[metadata]\n"checksum libc 0.2.1 (%s)" = "abc"\n' % ((CRATES_IO,) * 3))
    assert read("Cargo.lock", text) == [("libc", "0.2.1", True)]


# -- uv.lock -----------------------------------------------------------------------------------------------------

UV = """\
version = 1
revision = 3
requires-python = ">=3.10"

[[package]]
name = "widget"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "requests" }]

[package.optional-dependencies]
fast = [{ name = "orjson", marker = "python_version < '4'" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[package.metadata]
requires-dist = [{ name = "requests", specifier = ">=2" }]
"""


# As uv writes the public index; put together, so that no tool that looks for one takes this file for a setting.
PUBLIC_INDEX = f"https://{'pypi'}.org/simple"


def uv_package(name: str, version: str, source: str = f'registry = "{PUBLIC_INDEX}"') -> str:
    return f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ {source} }}\n'


def test_what_the_project_its_extras_and_its_groups_name_is_direct() -> None:
    text = UV + "".join(uv_package(name, "1.0") for name in ("requests", "orjson", "pytest", "urllib3"))
    assert read("uv.lock", text) == [("orjson", "1.0", True), ("pytest", "1.0", True), ("requests", "1.0", True),
                                     ("urllib3", "1.0", False)]


def test_every_member_of_a_workspace_counts_as_the_project() -> None:
    text = ('version = 1\n[manifest]\nmembers = ["a", "b"]\n'
            + uv_package("a", "1", 'virtual = "."') + 'dependencies = [{ name = "x" }]\n'
            + uv_package("b", "1", 'editable = "packages/b"') + 'dependencies = [{ name = "y" }]\n'
            + uv_package("x", "1") + uv_package("y", "1") + uv_package("z", "1"))
    assert read("uv.lock", text) == [("x", "1", True), ("y", "1", True), ("z", "1", False)]


@pytest.mark.parametrize(("source", "word"), [
    ('git = "https://github.com/acme/x?rev=1#1"', "git"), ('url = "https://example.org/x.whl"', "url"),
    ('path = "x.whl"', "path"), ('directory = "x"', "path"), ('registry = "https://packages.example/simple"',
                                                             "other registry"), ("oddity = 1", "unreadable"),
])
def test_what_does_not_come_from_pypi_is_counted_apart(source: str, word: str) -> None:
    found = read_lock("uv.lock", "version = 1\n" + uv_package("x", "1", source))
    assert (found.packages, found.apart) == ((), {word: 1})


# -- requirements ------------------------------------------------------------------------------------------------

def test_pins_are_read_through_markers_hashes_extras_comments_and_continued_lines() -> None:
    text = "\r\n".join([
        "# made by a tool", "", "--index-url https://packages.example/simple", "-r base.txt", "-c constraints.txt",
        "Requests[socks]==2.31.0 ; python_version >= '3.8' \\", "    --hash=sha256:aa \\", "    --hash=sha256:bb",
        "zope.interface===5.0  # via something", "typing_extensions == 4.9.0",
        "click>=8", "black", "attrs==23.*", "-e .", "./local", "https://example.org/x.whl",
        "pip @ https://example.org/pip.zip", "two==1,==2",
    ])
    found = read_lock("requirements.txt", text)
    assert [(one.name, one.version, one.direct) for one in found.packages] == [
        ("requests", "2.31.0", True), ("typing-extensions", "4.9.0", True), ("zope-interface", "5.0", True)]
    assert found.apart == {"unpinned": 4, "path": 2, "url": 2}


def test_the_same_package_in_any_spelling_is_one() -> None:
    found = read_lock("requirements.txt", "Zope.Interface==5.0\nzope_interface==5.0\n")
    assert [one.name for one in found.packages] == ["zope-interface"]


@pytest.mark.parametrize("text", ["Dear reader,\nthis is prose.", "{}", "a==1\n==2\n", "x" * 30_000])
def test_what_holds_anything_else_is_no_requirements_file(text: str) -> None:
    with pytest.raises(Malformed, match=r"is no requirements file: line \d"):
        read_lock("requirements.txt", text)


# -- package-lock.json -------------------------------------------------------------------------------------------

NPM: dict[str, Any] = {
    "name": "widget", "lockfileVersion": 3, "packages": {
        "": {"name": "widget", "workspaces": ["packages/*"], "dependencies": {"vite": "^5"},
             "devDependencies": {"old": "npm:left-pad@1"}, "peerDependencies": {"react": "*"}},
        "packages/a": {"name": "a", "version": "1.0.0", "dependencies": {"ms": "2", "chalk": "4"}},
        "node_modules/a": {"resolved": "packages/a", "link": True},
        "node_modules/vite": {"version": "5.0.0"},
        "node_modules/vite/node_modules/ms": {"version": "1.0.0"},
        "node_modules/ms": {"version": "2.1.3"},
        "node_modules/chalk": {"version": "5.0.0"},
        "packages/a/node_modules/chalk": {"version": "4.1.2"},
        "node_modules/old": {"name": "left-pad", "version": "1.3.0"},
        "node_modules/react": {"version": "18.2.0", "peer": True},
        "node_modules/@scope/thing": {"version": "1.0.0", "optional": True},
        "node_modules/inside": {"version": "1.0.0", "inBundle": True},
        "node_modules/forked": {"version": "1.0.0", "resolved": "git+ssh://git@github.com/acme/forked.git#abc"},
        "node_modules/elsewhere": {"version": "1.0.0", "resolved": "https://npm.example/elsewhere/-/elsewhere-1.0.0.tgz"},
        "node_modules/direct": {"version": "1.0.0", "resolved": "https://example.org/direct.tgz"},
        "node_modules/local": {"resolved": "../local", "link": True},
    },
}


@pytest.mark.parametrize("version", [2, 3])
def test_packages_are_read_with_workspaces_aliases_links_bundles_and_peers(version: int) -> None:
    found = read_lock("package-lock.json", json.dumps({**NPM, "lockfileVersion": version}))
    assert [(one.name, one.version, one.direct) for one in found.packages] == [
        ("@scope/thing", "1.0.0", False), ("chalk", "4.1.2", True), ("chalk", "5.0.0", False),
        ("left-pad", "1.3.0", True), ("ms", "1.0.0", False), ("ms", "2.1.3", True), ("react", "18.2.0", True),
        ("vite", "5.0.0", True)]
    assert found.apart == {"workspace": 1, "bundled": 1, "git": 1, "other registry": 1, "url": 1, "path": 1}


def test_version_1_nests_its_packages_and_does_not_tell_which_are_direct() -> None:
    found = read_lock("package-lock.json", json.dumps({"lockfileVersion": 1, "dependencies": {
        "vite": {"version": "5.0.0", "dependencies": {"ms": {"version": "1.0.0"}}},
        "ms": {"version": "2.1.3"},
        "alias": {"version": "npm:@scope/thing@1.2.3"},
        "forked": {"version": "git+https://github.com/acme/forked.git#abc"},
        "local": {"version": "file:../local"},
        "inside": {"version": "1.0.0", "bundled": True},
    }}))
    assert [(one.name, one.version, one.direct) for one in found.packages] == [
        ("@scope/thing", "1.2.3", None), ("ms", "1.0.0", None), ("ms", "2.1.3", None), ("vite", "5.0.0", None)]
    assert found.apart == {"git": 1, "path": 1, "bundled": 1}


def test_a_deeply_nested_lock_file_is_refused_and_not_a_crash() -> None:
    nested: Any = {}
    for _ in range(150):
        nested = {"a": {"version": "1.0.0", "dependencies": nested}}
    assert len(read("package-lock.json", json.dumps({"lockfileVersion": 1, "dependencies": nested}))) == 1
    for path, text in (("package-lock.json", '{"a":' * 200_000), ("Cargo.lock", "a = " + "[" * 100_000),
                       ("uv.lock", "version = 1\na = " + "{a=" * 50_000)):
        with pytest.raises(Malformed, match="is "):
            read_lock(path, text)


# -- all of them -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("path", "text", "words"), [
    ("Cargo.lock", "version = 5\n", "version '5'"), ("Cargo.lock", "version = true\n", "version 'True'"),
    ("Cargo.lock", "", "neither a version nor packages"), ("Cargo.lock", "a = 1979-99-99\n", "is not TOML"),
    ("uv.lock", "", "without a version"), ("uv.lock", "version = 2\n", "version '2'"),
    ("package-lock.json", "", "is not JSON"), ("package-lock.json", "[]", "without a lockfileVersion"),
    ("package-lock.json", '{"lockfileVersion": 4}', "lockfileVersion '4'"),
    ("package-lock.json", '{"lockfileVersion": 3}', "without its packages"),
    ("Gemfile.lock", "", "a name that no reader knows"),
])
def test_what_is_no_lock_file_of_a_known_version_is_refused_with_its_reason(path: str, text: str, words: str) -> None:
    with pytest.raises(Malformed, match=words):
        read_lock(path, text)


@pytest.mark.parametrize(("path", "text"), [
    ("Cargo.lock", CARGO_LOCK), ("uv.lock", UV + uv_package("requests", "1")), ("requirements.txt", "a==1\nb==2\n"),
    ("package-lock.json", json.dumps(NPM, indent=2)),
])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(path: str, text: str) -> None:
    assert read(path, "\ufeff" + text.replace("\n", "\r\n")) == read(path, text) != []


@pytest.mark.parametrize(("path", "ecosystem"), [
    ("Cargo.lock", "cargo"), ("a/b/uv.lock", "pypi"), ("requirements.txt", "pypi"), ("dev-requirements.txt", "pypi"),
    ("x/requirements_dev.txt", "pypi"), ("package-lock.json", "npm"), ("npm-shrinkwrap.json", "npm"),
    ("package.json", None), ("Cargo.lock/x", None), ("requirements.in", None),
])
def test_the_name_of_a_file_tells_its_kind(path: str, ecosystem: str | None) -> None:
    assert ecosystem_of(path) == ecosystem


def test_names_and_versions_that_lead_elsewhere_are_no_packages() -> None:
    names = ["../../etc/passwd", "..", ".", "a/b", "@a/../b", "a b", "a?b", "a#b", "a%2e", "", "x" * 300, "é", "a\nb"]
    document = {"lockfileVersion": 3, "packages": {
        f"node_modules/{number}": {"name": name, "version": "1.0.0"} for number, name in enumerate(names)}}
    document["packages"]["node_modules/v"] = {"version": "../1.0.0"}  # type: ignore[index]
    found = read_lock("package-lock.json", json.dumps(document))
    assert (found.packages, found.apart) == ((), {"unreadable": len(names) + 1})


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | hostile_text, lambda inner: st.one_of(
    st.lists(inner, max_size=4), st.dictionaries(st.sampled_from([
        "", "name", "version", "packages", "dependencies", "node_modules/a", "resolved", "link", "lockfileVersion",
        "devDependencies", "inBundle"]), inner, max_size=5)), max_leaves=20)


@given(st.sampled_from([1, 2, 3]), VALUES, VALUES)
def test_any_json_at_all_is_read_or_refused(version: int, packages: Any, dependencies: Any) -> None:
    text = json.dumps({"lockfileVersion": version, "packages": packages, "dependencies": dependencies})
    try:
        found = read_lock("package-lock.json", text)
    except Malformed:
        return
    assert all("/" not in one.name.removeprefix("@").replace("/", "", 1) for one in found.packages)


@given(st.sampled_from(["Cargo.lock", "uv.lock", "requirements.txt", "package-lock.json"]), hostile_text)
def test_any_text_at_all_is_read_or_refused(path: str, text: str) -> None:
    try:
        read_lock(path, text)
    except Malformed as error:
        assert "\n" not in str(error)


PACKAGES = st.builds(
    lambda name, version, direct, path: Package(ecosystem="npm", name=name, version=version, direct=direct,
                                                files=(path,)),
    st.sampled_from("ab"), st.sampled_from(["1", "2"]), st.sampled_from([True, False, None]), st.sampled_from("xyz"))


@given(st.lists(PACKAGES, max_size=12))
def test_together_every_version_is_there_once_with_all_that_was_said_of_it(packages: list[Package]) -> None:
    found = {one.key: one for one in together(packages)}
    assert set(found) == {one.key for one in packages}
    for key, one in found.items():
        same = [other for other in packages if other.key == key]
        said = [other.direct for other in same]
        assert one.direct is (True if True in said else None if None in said else False)
        assert set(one.files) == {path for other in same for path in other.files}
