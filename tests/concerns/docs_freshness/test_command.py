"""docs-freshness as a user runs it in a checkout."""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.checkouts import Repository, pull_request, push
from support.docs_project import GOOD, figures, measure, places, project, report_of
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def test_a_project_whose_documents_are_kept_up_passes(tmp_path: Path) -> None:
    project(tmp_path)
    ended = measure(tmp_path)
    assert (ended.code, report_of(ended)["status"], places(ended)) == (0, "pass", [])
    assert figures(ended) | {"docs_age_seconds 0.5": 0, "docs_age_seconds 0.9": 0} == {
        "docs_files": 2, "docs_stale": 0, "docs_age_seconds 0.5": 0, "docs_age_seconds 0.9": 0, "links ok": 1,
        "links broken": 0, "links unverified": 0, "links excluded": 0, "version_mismatches": 0,
        "sites_unreachable": None}
    assert figures(ended)["docs_age_seconds 0.5"] == 24 * 3600


def test_each_fault_is_found_at_its_file_and_line(tmp_path: Path) -> None:
    project(tmp_path, docs__guide_md="# Guide\n\n[gone](gone.md)\n[moved](../README.md#setup)\n",
            README_md="# Widget\n\nSee `pip`.\n\n```toml\nwidget = \"0.9\"\n```\n", SECURITY_md=None)
    ended = measure(tmp_path, "--sections", "README: Installation")
    assert ended.code == 1
    assert places(ended) == [
        ("link-broken", "docs/guide.md", 3), ("link-broken", "docs/guide.md", 4), ("version-mismatch", "README.md", 6),
        ("file-missing", None, None), ("section-missing", "README.md", None)]


def test_what_a_document_cites_and_that_vanished_after_it_is_found(tmp_path: Path) -> None:
    made = project(tmp_path)
    made.git("mv", "src/lib.rs", "src/widget.rs")
    made.commit({"src/widget.rs": "entirely different\n"})
    ended = measure(tmp_path)
    assert ("citation-vanished", "docs/guide.md", 5) in places(ended)
    assert figures(ended)["docs_stale"] == 1


def test_documents_without_a_link_have_none_that_is_broken_and_their_report_is_whole(tmp_path: Path) -> None:
    Repository(tmp_path).commit({"README.md": "# Widget\n"})
    metrics = report_of(measure(tmp_path))["metrics"]
    [broken] = [one for one in metrics if (one["name"], one["labels"]) == ("links", {"state": "broken"})]
    assert (broken["value"], broken["samples"], broken["status"]) == (0, 1, "pass")


def test_age_is_gits_and_not_the_file_systems(tmp_path: Path) -> None:
    made = project(tmp_path)
    os.utime(tmp_path / "docs" / "guide.md", (0, 0))
    assert figures(measure(tmp_path))["docs_stale"] == 0
    made.write({"docs/guide.md": "changed and not committed\n"})
    assert places(measure(tmp_path)) == []


def test_a_folder_without_git_has_documents_and_links_and_no_ages(tmp_path: Path) -> None:
    Repository(tmp_path / "made").write(GOOD)
    (tmp_path / "made" / ".git").rename(tmp_path / "away")
    ended = measure(tmp_path / "made")
    assert (report_of(ended)["status"], figures(ended)["docs_files"], figures(ended)["docs_stale"]) == (
        "unknown", 2, None)
    assert any("is no git checkout" in note for note in report_of(ended)["data"]["notes"])


def test_an_empty_folder_is_unknown_and_no_error(tmp_path: Path) -> None:
    ended = measure(tmp_path)
    assert (ended.code, report_of(ended)["status"]) == (0, "unknown")
    assert "documents unknown: the working folder is no git checkout" in report_of(ended)["summary"]


def test_patterns_that_mean_no_document_are_unknown(tmp_path: Path) -> None:
    project(tmp_path)
    ended = measure(tmp_path, "--paths", "manual/**")
    assert (report_of(ended)["status"], figures(ended)["docs_files"]) == ("unknown", None)


def test_tags_and_shared_files_that_the_checkout_lacks_are_asked_of_github_with_a_token_that_may_only_read(
    tmp_path: Path,
) -> None:
    project(tmp_path / "whole", SECURITY_md=None, Cargo_toml=None)
    Repository(tmp_path / "whole").git("tag", "-d", "v1.4.0")
    Repository(tmp_path / "whole").clone(tmp_path / "one", depth=1)
    scene = Scene().commit(by="ann", at=-30)
    scene.repository.tags["v2.0.0"] = scene.repository.commits[0].oid
    shared = scene.state.add_repository("acme/.github")
    scene.state.put_file(shared, "SECURITY.md", "# Write to us\n")
    with serving(scene) as github:
        token = github.token({"metadata": "read", "contents": "read"})
        ended = measure(tmp_path / "one", at=github, token=token)
    found = places(ended)
    assert ("version-mismatch", "CHANGELOG.md", 3) in found, ended.stderr
    assert not [one for one in found if one[0] == "file-missing"]
    assert report_of(ended)["data"]["community_profile"] == {"health_ratio": 0.0}


def test_a_github_that_does_not_answer_leaves_a_report_and_ends_in_3(tmp_path: Path) -> None:
    from repo_vitals.simulator.faults import Fault, FaultPlan

    project(tmp_path)
    plan = FaultPlan([Fault(kind="status", path="/repos/*/community/profile", status=502)])
    with serving(Scene(), faults=plan) as github:
        ended = measure(tmp_path, "--max-wait", "1s", at=github)
    assert ended.code == 3
    assert report_of(ended)["data"]["complete"] == ["GitHub's community profile"]
    assert figures(ended)["docs_stale"] == 0


def test_without_a_token_nothing_is_asked_and_what_an_organisation_may_have_is_not_known(tmp_path: Path) -> None:
    project(tmp_path, SECURITY_md=None)
    with serving(Scene()) as github:
        environ = {name: text for name, text in github.environment().items() if name != "GITHUB_TOKEN"}
        ended = measure(tmp_path, environ=environ)
        assert (ended.code, len(github.log)) == (0, 0)
    assert ("without a token it is not known whether the organisation has its own in the place of what is missing: "
            "SECURITY" in report_of(ended)["data"]["notes"])


@pytest.mark.parametrize("whose", ["fork", "main"])
def test_the_history_gets_figures_of_the_default_branch_alone(tmp_path: Path, whose: str) -> None:
    made = project(tmp_path / "work")
    base = made.git("rev-parse", "HEAD")
    environ = push(tmp_path, before=None)
    if whose == "fork":
        made.git("checkout", "--quiet", "-b", "topic")
        head = made.commit({"docs/more.md": "# More\n"})
        environ = pull_request(tmp_path, base=base, head=head, head_repository="zoe/widget")
    history = tmp_path / "history"
    ended = measure(tmp_path / "work", "--history", str(history), environ=environ)
    assert ended.code == 0
    kept = [path for path in history.rglob("*") if path.is_file() and "docs_stale" in path.read_text(encoding="utf-8")]
    assert bool(kept) == (whose == "main")


BAD: dict[str, bytes] = {
    "docs/binary.md": b"\x89PNG\0\1\2", "docs/utf16.md": "# \u00fc".encode("utf-16"), "docs/latin.md": b"\xe4\n",
    "docs/large.md": b"x\n" * 1_100_000, "docs/empty.md": b"", "docs/nul.rst": b"a\0b",
}


def test_documents_that_are_none_are_findings_and_end_no_run(tmp_path: Path) -> None:
    made = project(tmp_path)
    for name, content in BAD.items():
        (tmp_path / name).write_bytes(content)
    made.commit()
    ended = measure(tmp_path)
    assert ended.code == 0
    assert {one["file"] for one in report_of(ended)["findings"] if one["rule"] == "document-unreadable"} == \
        BAD.keys() - {"docs/empty.md"}


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_symbolic_links_in_a_circle_and_out_of_the_repository_are_followed_nowhere(tmp_path: Path) -> None:
    made = project(tmp_path / "work")
    (tmp_path / "secret.md").write_text("[x](gone.md)\n", encoding="utf-8")
    for name, target in (("a.md", "b.md"), ("b.md", "a.md"), ("self", "."), ("out.md", "../../secret.md")):
        (tmp_path / "work" / "docs" / name).symlink_to(target)
    made.commit({"docs/links.md": "[a](a.md) [deep](self/self/guide.md) [out](out.md)\n"})
    ended = measure(tmp_path / "work")
    assert {one["file"] for one in report_of(ended)["data"]["links"]} == {"README.md", "docs/links.md"}
    states = {one["target"]: one["state"] for one in report_of(ended)["data"]["links"]}
    assert (states["self/self/guide.md"], states["a.md"]) == ("unverified", "broken")


TARGETS = ("https://user:secret@x.example/", "file:///etc/passwd", "javascript:alert(1)",
           "https://x.example/" + "a" * 10_000, "https://xn--e1afmkfd.example/",
           "https://x.example/\u202egpj.exe", "//x.example/", "data:text/html,x",
           "http://[::1", "%zz.md", "\\\\host\\share", "?x", "#")


def test_targets_that_are_tricks_break_nothing_and_leak_nothing(tmp_path: Path) -> None:
    project(tmp_path, docs__tricks_md="".join(f"<a href='{target}'>x</a>\n\n" for target in TARGETS))
    ended = measure(tmp_path)
    assert ended.code in (0, 1)
    assert "Traceback" not in ended.stderr
    states = {one["target"]: one["state"] for one in report_of(ended)["data"]["links"]
              if one["file"] == "docs/tricks.md"}
    assert states["javascript:alert(1)"] == states["file:///etc/passwd"] == "excluded"


@pytest.mark.parametrize("front", ["---\n\ta: [\n---\n", "---\n- 1\n---\n", "---\na: &a [*a]\n---\n",
                                   "---\nnever ends\n", "---\nreviewed: {}\n---\n", "---\nreviewed: 99999-99-99\n---\n",
                                   "---\nx: !!python/object/apply:os.system [id]\n---\n"])
def test_front_matter_that_is_no_yaml_is_no_error(tmp_path: Path, front: str) -> None:
    project(tmp_path, docs__front_md=f"{front}\n# Front\n")
    ended = measure(tmp_path)
    assert ended.code == 0
    assert figures(ended)["docs_files"] == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_made_to_mislead_take_no_effect(tmp_path: Path) -> None:
    made = project(tmp_path)
    for name in (b"docs/::error::x\n@ann.md", b"docs/\xff\xfe.md", "docs/\u202e.md".encode(), b"docs/ <b>|`.md",
                 b"docs/-rf.md", b"docs/%0A.md"):
        (tmp_path / os.fsdecode(name)).write_text("[x](gone.md)\n", encoding="utf-8")
    made.commit()
    ended = measure(tmp_path, environ={"GITHUB_ACTIONS": "true"})
    assert ended.code == 1
    assert figures(ended)["links broken"] == 6
    assert not [line for line in ended.stdout.splitlines() if line.startswith("::error::x")]


def test_nothing_of_the_checkouts_configuration_takes_part(tmp_path: Path) -> None:
    made = project(tmp_path)
    ran = tmp_path / "ran"
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    hook.chmod(0o755)
    made.commit({".gitattributes": "*.md diff=x filter=x\n"})
    for name in ("core.fsmonitor", "diff.x.textconv", "diff.x.command", "filter.x.smudge", "filter.x.clean",
                 "core.pager", "core.sshCommand", "core.editor", "gpg.program"):
        made.git("config", name, str(hook))
    made.git("config", "tag.gpgSign", "true")
    ran.unlink(missing_ok=True)
    ended = measure(tmp_path)
    assert (ended.code, ran.exists()) == (0, False)


@pytest.mark.parametrize(("option", "text", "said"), [
    ("--paths", "../x/**", 'paths: "../x/**" holds a pattern with ..'), ("--links", "some", "is not one of internal"),
    ("--maximum-age", "soon", "is not a duration"), ("--classes", "secret: a = 3d", "has the class"),
    ("--sections", "README", "is not like README: Installation"), ("--stale", "no", "is not one of warn, fail"),
    ("--required", "../README", "holds a pattern with .."), ("--allow", "[[allow]]\nlink = 'x'", "has no reason")])
def test_an_input_that_can_not_be_used_ends_in_2_with_a_line_that_says_so(
    tmp_path: Path, option: str, text: str, said: str,
) -> None:
    ended = measure(tmp_path, option, text)
    assert ended.code == 2
    assert said in ended.stderr


def test_the_configuration_file_has_it_all(tmp_path: Path) -> None:
    project(tmp_path, docs__old_md="[gone](gone.md) and `pip install x`\n")
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text("""
[docs-freshness]
paths = ["/*.md", "docs/**"]
maximum-age = "12h"
required = ["README", "docs/guide.md"]
sections = ["README: Installation", "docs/guide.md: First steps"]
stale = "fail"

[docs-freshness.classes.user]
window = "release"

[[allow]]
link = "gone.md"
path = "docs/old.md"
reason = "it is about to come"

[[allow]]
document = "docs/*"
reason = "frozen"
""", encoding="utf-8")
    ended = measure(tmp_path)
    report: Any = report_of(ended)
    assert ended.code == 1
    assert sorted({one["file"] for one in report["findings"] if one["rule"] == "document-stale"}) == ["CHANGELOG.md"]
    assert (figures(ended)["links excluded"], [table["state"] for table in report["data"]["allow"]]) == (
        1, ["used", "used"])


def test_links_to_private_addresses_are_not_visited(tmp_path: Path) -> None:
    project(tmp_path, docs__out_md="[a](http://127.0.0.1:9/) [b](http://169.254.169.254/latest/) [c](http://[::1]/)\n"
                                   "[d](http://localhost/) [e](http://10.0.0.1/x)\n")
    ended = measure(tmp_path, "--links", "all")
    states = [one["state"] for one in report_of(ended)["data"]["links"] if one["external"]]
    assert (ended.code, states) == (0, ["excluded"] * 5), ended.stderr


@pytest.mark.parametrize(("given", "said"), [("0 in 3d", "is not like 3 in 3d"), ("3", "is not like 3 in 3d"),
                                             ("3 in soon", "is not a duration")])
def test_the_rule_for_broken_links_is_held_to_its_form(tmp_path: Path, given: str, said: str) -> None:
    ended = measure(tmp_path, "--broken-after", given)
    assert (ended.code, said in ended.stderr) == (2, True)


def test_the_documented_configuration_is_taken(tmp_path: Path) -> None:
    import re

    from support.tools import ROOT

    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```toml\n(\[docs-freshness\].*?)```", text, re.DOTALL)
    project(tmp_path)
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(block, encoding="utf-8")
    ended = measure(tmp_path, "--links", "none", "--sites", "")
    assert {one["what"] for one in report_of(ended)["data"]["required"]} >= {"docs/install.md", "SECURITY: Reporting"}
