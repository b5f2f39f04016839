"""What strangers may write into a registry or a release, through every place that the command's figures get to."""
from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.delivery import pace
from repo_vitals.simulator.exchange import Answer
from repo_vitals.simulator.registries import NpmPackage
from support import markdown_reader, runner
from support.adoption import days, published, world
from support.alert_scene import MAY, AlertScene
from support.commands import run

if TYPE_CHECKING:
    from pathlib import Path

    from support.adoption import World

WORDS = ("::error::pwned", "@octocat", "<img src=x onerror=alert(1)>", "a|b|c", "a\nb\n# c\n::error::pwned",
         "\u202egnp.exe\u2066", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1+1", "\r=1", "\n=1", "\u200f=1",
         "##[error]pwned", "[x](javascript:alert(1))", "![x](https://evil.example/x.png)", "fixes #1", "`", "<!-- ",
         '"><script>alert(1)</script>', "\x1b[31mred", "%0A::error::pwned", "${{ github.token }}", "-->\n\n# c")
AT_ONCE = 5             # as many versions as a finding names


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch, impatient: None) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)


def fill(made: World, words: tuple[str, ...]) -> None:
    """A package whose versions and their flaws are called so, releases with such assets, and such visitors."""
    made.registries.npm["widget"] = NpmPackage(days=days(100, length=400), week=dict.fromkeys(words, 350))
    known = made.deps_dev.known.package("npm", "widget", dict.fromkeys(words, published(400)))
    for one in known.versions:
        one.advisories, one.deprecated = (one.version,), True
    for place, word in enumerate(words):
        made.scene.state.release(made.scene.repository, f"{word}{place}", at=published(place), assets={word: 30})
    of = made.scene.repository.visited
    of.referrers = [(word, 2, 1) for word in words]
    of.paths = [(word, word, 2, 1) for word in words]


def unseen(shown: str) -> None:
    """No control, and nothing that turns the direction."""
    assert [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t"] == []
    assert re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", shown) is None


def no_effect(markdown: str, *, html: str) -> None:
    """Nothing but words and tables; all its HTML is what the pattern says."""
    document = markdown_reader.read(markdown)
    assert (document.images, document.filtered) == ([], [])
    assert [url for url in document.links if not url.startswith(("https://github.com/", "https://crates.io/"))] == []
    assert [one for one in document.html if re.fullmatch(html, one, re.DOTALL) is None] == []
    assert set(document.headings) <= {"h2", "h3", "h4"}
    unseen(markdown)


def options(made: World) -> list[str]:
    return [text for name, value in made.options().items() for text in (f"--{name}", value)]


@pytest.mark.parametrize("words", [WORDS[first:first + AT_ONCE] for first in range(0, len(WORDS), AT_ONCE)])
def test_names_of_versions_flaws_assets_and_visitors_do_nothing_anywhere(tmp_path: Path, words: tuple[str, ...],
                                                                         ) -> None:
    scene = AlertScene()
    with world("npm:widget", "github", scene=scene) as made:
        fill(made, words)
        done = run("package-adoption", *options(made), "--openmetrics", "x.prom", "--badge", "x.svg", "--history",
                   "history", folder=tmp_path, at=made.github,
                   token=made.token(contents="read", administration="read"), environ={
                       "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "output"),
                       "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})
        exported = run("history", "export", "--history", "history", "--format", "csv", folder=tmp_path)
        alerted = run("alert", "--reports", "repo-vitals/package-adoption.json", "--group-by", "finding",
                      "--alert-from", "low", folder=tmp_path, at=made.github, token=made.github.token(MAY))
    assert (done.code, exported.code, alerted.code) == (0, 0, 0), done.stderr + exported.stderr + alerted.stderr

    said = done.stdout + done.stderr
    for read in (runner.commands, runner.commands_by_culture):
        assert {one.name for one in read(said)} <= {"add-mask", "notice", "warning"}
    unseen(said)
    assert set(runner.outputs(tmp_path / "output")) >= {"status", "summary"}
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    no_effect(summary, html="</?(?:details|summary|sub|span)>")
    assert summary.count("\n#") == summary.count("\n## ") + summary.count("\n### ") + summary.count("\n#### ")

    assert {one.title.split(" ")[0] for one in scene.alerts} >= {"package-adoption:"}
    bodies = [one.body for one in scene.alerts]
    assert any("Most of them of" in body for body in bodies)
    for one in scene.alerts:
        no_effect(one.body, html="<!-- repo-vitals:[^<>]*-->|</?(?:details|summary|sub|span)>")
        unseen(one.title)

    rows = list(csv.reader(io.StringIO(exported.stdout, newline="")))
    assert any('"version"' in row[3] for row in rows)
    assert [cell for row in rows for cell in row if re.match(r"[=+@\t\r\n]|-(?!\d)", cell)] == []
    unseen(exported.stdout)
    svg = ElementTree.fromstring((tmp_path / "x.svg").read_text(encoding="utf-8"))
    assert {one.tag.rpartition("}")[2] for one in svg.iter()} == {"svg", "title", "clipPath", "rect", "g", "text"}
    families = text_string_to_metric_families((tmp_path / "x.prom").read_text(encoding="utf-8"))
    assert sum(family.name == "repo_vitals_version_share_ratio" for family in families) == 1


@pytest.mark.parametrize("status", [400, 404, 422, 451, 500])
def test_what_a_registry_says_of_an_error_does_nothing_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                                status: int) -> None:
    told = " ".join(WORDS)
    with world("crates:widget", "npm:widget", "npm:@acme/widget", "pypi:widget") as made:
        monkeypatch.setattr(made.registries, "answer", lambda *_: Answer.of(
            {"errors": [{"detail": told}], "error": told, "message": told}, status))
        done = run("package-adoption", *options(made), "--traffic", "false", "--max-wait", "1s", folder=tmp_path,
                   at=made.github, environ={"GITHUB_ACTIONS": "true",
                                            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})
    said = done.stdout + done.stderr
    assert done.code in (2, 3), said
    assert {one.name for one in runner.commands(said)} <= {"add-mask", "notice", "warning", "error"}
    assert [one for one in runner.commands(said) if one.message.startswith("pwned")] == []
    unseen(said)
    summary = tmp_path / "summary.md"
    if summary.exists():
        no_effect(summary.read_text(encoding="utf-8"), html="</?(?:details|summary|sub|span)>")
