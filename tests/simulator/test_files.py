"""The files of the default branch, over REST and GraphQL."""
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator

LISTING = """query Files($expression: String!) { repository(owner: "acme", name: "widget") {
  object(expression: $expression) { __typename oid ... on Tree { entries {
    name path type size mode extension oid object { oid ... on Blob { text isTruncated isBinary byteSize } } } }
    ... on Blob { text isTruncated isBinary byteSize } } } }"""


def with_files(**more: Any) -> Scene:
    scene = Scene().commit(by="ann", at=-5)
    files = {".github/workflows/ci.yml": "name: CI\n", ".github/dependabot.yml": "version: 2\n", "Cargo.lock": "lock",
             "src/a b.rs": "fn main() {}\n"}
    for path, text in {**files, **more}.items():
        scene.state.put_file(scene.repository, path, text)
    return scene


def read(simulator: Simulator, expression: str) -> Any:
    with asking(simulator) as client:
        return client.graphql(LISTING, expression=expression)["data"]["repository"]["object"]


def test_a_folder_is_a_tree_whose_files_have_their_texts(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(with_files())
    found = read(simulator, "HEAD:.github/workflows")
    assert found["__typename"] == "Tree"
    assert [(entry["name"], entry["path"], entry["type"], entry["extension"], entry["size"], entry["object"])
            for entry in found["entries"]] == [
        ("ci.yml", ".github/workflows/ci.yml", "blob", ".yml", 9,
         {"oid": found["entries"][0]["oid"], "text": "name: CI\n", "isTruncated": False, "isBinary": False,
          "byteSize": 9})]
    top = read(simulator, "HEAD:")
    assert [(entry["name"], entry["type"], entry["mode"]) for entry in top["entries"]] == [
        (".github", "tree", 0o040000), ("Cargo.lock", "blob", 0o100644), ("src", "tree", 0o040000)]
    assert read(simulator, "main:src/a b.rs")["text"] == "fn main() {}\n"
    assert read(simulator, "HEAD")["__typename"] == "Commit"
    assert [read(simulator, name) for name in ("HEAD:none", "HEAD:.git", "elsewhere:Cargo.lock")] == [None] * 3


def test_the_hash_of_a_file_is_gits(simulated: Callable[..., Simulator]) -> None:
    # git hash-object of "name: CI\n"
    assert read(simulated(with_files()), "HEAD:.github/workflows/ci.yml")["oid"] == \
        "58439813fe88d3d045a3093999f382522a7a7327"


def test_a_tree_changes_its_hash_with_what_lies_below_it(simulated: Callable[..., Simulator]) -> None:
    scene = with_files()
    simulator = simulated(scene)
    before = {name: read(simulator, name)["oid"] for name in ("HEAD:", "HEAD:.github", "HEAD:src")}
    scene.state.put_file(scene.repository, ".github/workflows/ci.yml", "name: Other\n")
    after = {name: read(simulator, name)["oid"] for name in before}
    assert [name for name in before if before[name] != after[name]] == ["HEAD:", "HEAD:.github"]


def test_what_is_no_text_is_binary_and_what_is_long_is_cut(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(with_files(**{"logo.png": b"\x89PNG\0\xff", "long.lock": "ä" * 300_000}))
    assert read(simulator, "HEAD:logo.png") | {"oid": ""} == {
        "__typename": "Blob", "oid": "", "text": None, "isTruncated": False, "isBinary": True, "byteSize": 6}
    long = read(simulator, "HEAD:long.lock")
    assert (long["isTruncated"], long["byteSize"], len(long["text"].encode())) == (True, 600_000, 512_000)


def test_a_file_is_read_over_rest_as_json_or_raw(simulated: Callable[..., Simulator]) -> None:
    scene = with_files(**{"long.lock": "x" * 1_000_001, "logo.png": b"\x89PNG\0\xff"})
    with asking(simulated(scene)) as client:
        found = client.get("contents/.github/workflows/ci.yml").json()
        assert (found["type"], found["name"], found["path"], found["size"], found["encoding"]) == (
            "file", "ci.yml", ".github/workflows/ci.yml", 9, "base64")
        assert base64.b64decode(found["content"]) == b"name: CI\n"
        raw = {"Accept": "application/vnd.github.raw+json"}
        assert client.get("contents/src/a%20b.rs", headers=raw).content == b"fn main() {}\n"
        assert client.get("contents/logo.png", headers=raw).content == b"\x89PNG\0\xff"
        long = client.get("contents/long.lock").json()
        assert (long["encoding"], long["content"], long["size"]) == ("none", "", 1_000_001)
        assert len(client.get("contents/long.lock", headers=raw).content) == 1_000_001
        assert [client.get(f"contents/{path}").status_code for path in (
            "none", "Cargo.lock/x", "../secret", "Cargo.lock?ref=other")] == [404, 404, 404, 404]


def test_a_folder_is_a_list_over_rest(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(with_files())) as client:
        found = client.get("contents/.github").json()
    assert [(entry["name"], entry["path"], entry["type"], entry["size"]) for entry in found] == [
        ("dependabot.yml", ".github/dependabot.yml", "file", 11), ("workflows", ".github/workflows", "dir", 0)]


def test_a_whole_tree_is_read_in_one_request(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(with_files())) as client:
        found = client.get("git/trees/HEAD?recursive=1").json()
        top = client.get("git/trees/main").json()
        folder = next(entry for entry in top["tree"] if entry["path"] == ".github")
        below = client.get(f"git/trees/{folder['sha']}").json()
        assert client.get("git/trees/none").status_code == 404
    assert [(entry["path"], entry["mode"], entry["type"], entry.get("size")) for entry in found["tree"]] == [
        (".github", "040000", "tree", None), (".github/dependabot.yml", "100644", "blob", 11),
        (".github/workflows", "040000", "tree", None), (".github/workflows/ci.yml", "100644", "blob", 9),
        ("Cargo.lock", "100644", "blob", 4), ("src", "040000", "tree", None),
        ("src/a b.rs", "100644", "blob", 13)]
    assert [entry["path"] for entry in top["tree"]] == [".github", "Cargo.lock", "src"]
    assert [entry["path"] for entry in below["tree"]] == ["dependabot.yml", "workflows"]
    assert found["sha"] == top["sha"]
    assert found["truncated"] is False


def test_files_need_contents_read_and_do_not_cost_when_unchanged(simulated: Callable[..., Simulator]) -> None:
    simulator = simulated(with_files())
    with asking(simulator, simulator.token({"actions": "write"})) as client:
        assert client.get("contents/Cargo.lock").headers["x-accepted-github-permissions"] == "contents=read"
        assert client.get("contents/Cargo.lock").status_code == 403
        assert client.graphql(LISTING, expression="HEAD:Cargo.lock")["errors"][0]["type"] == "FORBIDDEN"
    with asking(simulator, simulator.token({"contents": "read"})) as client:
        etag = client.get("contents/Cargo.lock").headers["etag"]
        assert client.get("contents/Cargo.lock", headers={"If-None-Match": etag}).status_code == 304


def test_the_mailmap_is_a_file_among_others(simulated: Callable[..., Simulator]) -> None:
    scene = with_files(**{".mailmap": "A <a@example.org>\n"})
    with asking(simulated(scene)) as client:
        assert ".mailmap" in [entry["name"] for entry in client.get("contents/").json()]
        scene.state.remove_file(scene.repository, ".mailmap")
        scene.state.remove_file(scene.repository, "Cargo.lock")
        assert [client.get(f"contents/{path}").status_code for path in (".mailmap", "Cargo.lock")] == [404, 404]
    assert scene.repository.mailmap is None


def test_an_empty_repository_has_no_files_and_its_first_file_brings_a_commit(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    simulator = simulated(scene)
    with asking(simulator) as client:
        assert client.get("contents/a").json()["message"] == "This repository is empty."
        assert client.get("git/trees/HEAD").status_code == 409
        scene.state.put_file(scene.repository, "a", "text")
        assert client.get("contents/a").status_code == 200
    assert [commit.committed_at for commit in scene.repository.commits] == [scene.repository.created_at]


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "../a", "a/./b", "Cargo.lock/x", "src"])
def test_a_path_that_no_file_can_have_is_a_mistake_in_the_test(path: str) -> None:
    scene = with_files()
    with pytest.raises(ValueError, match="can't have a file"):
        scene.state.put_file(scene.repository, path, "")
