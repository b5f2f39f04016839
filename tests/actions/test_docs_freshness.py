"""The action in the example to copy, run as a user's workflow runs it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema

from repo_vitals.concerns.docs_freshness import MONITOR
from repo_vitals.report.schema import schema
from repo_vitals.runtime.action_file import output_texts
from support.docs_project import project
from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run
    from support.checkouts import Repository

EXAMPLE = ROOT / "workflows-examples" / "docs-freshness.yml"
WORKFLOW = ".github/workflows/vitals.yml"


def pushed(consumer: Consumer, **files: str | None) -> Run:
    """What comes of a push of the project with these files."""
    consumer.add(WORKFLOW, EXAMPLE.read_text(encoding="utf-8"))
    made: Repository = project(consumer.folder, **files)
    head = made.git("rev-parse", "HEAD")
    with serving(Scene()) as github:
        environ = {**github.environment(github.token({"metadata": "read", "contents": "write"})),
                   "REPO_VITALS_NOW": NOW.isoformat()}
        return consumer.run(WORKFLOW, "push", token=environ.pop("GITHUB_TOKEN"), environ=environ, payload={
            "ref": "refs/heads/main", "before": "0" * 40, "after": head,
            "repository": {"full_name": "acme/widget", "default_branch": "main"}})


def report_of(done: Run) -> dict[str, Any]:
    report: dict[str, Any] = done.artifact("docs-freshness")["docs-freshness.json"]
    jsonschema.Draft202012Validator(schema()).validate(report)
    return report


def test_the_example_passes_where_documents_are_kept_up_and_keeps_its_report(consumer: Consumer) -> None:
    done = pushed(consumer)

    assert done.exit_code == 0, done.text[-3000:]
    step = done.step("measure")
    assert {name: step.outputs[name] for name in ("status", "stale", "links-broken", "version-mismatches")} == {
        "status": "pass", "stale": "0", "links-broken": "0", "version-mismatches": "0"}
    assert set(step.outputs) == set(output_texts(MONITOR))
    assert step.annotations("error") == step.annotations("warning") == []
    assert step.summary.startswith("## ✅ Docs freshness: pass\n")
    assert report_of(done)["status"] == "pass"


def test_the_example_fails_where_a_link_leads_nowhere_and_annotates_the_line(consumer: Consumer) -> None:
    done = pushed(consumer, docs__guide_md="# Guide\n\n## First steps\n\n[gone](gone.md) ::error::x @ann\n",
                  CHANGELOG_md="# Changelog\n\n## 1.3.0\n")

    assert done.exit_code == 1
    step = done.step("measure")
    assert (step.exit_code, step.outputs["status"], step.outputs["links-broken"]) == (1, "fail", "1")
    [error] = [one for one in step.annotations("error") if "file" in one.properties]
    assert (error.properties["file"], error.properties["line"]) == ("docs/guide.md", "5")
    [warning] = [one for one in step.annotations("warning") if "file" in one.properties]
    assert (warning.properties["file"], warning.properties["line"]) == ("CHANGELOG.md", "3")
    assert [finding["rule"] for finding in report_of(done)["findings"]] == ["link-broken", "version-mismatch"]
