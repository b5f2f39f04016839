"""Files that an owner has for all repositories and GitHub's community profile does not tell of."""
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repo_vitals.simulator.faults import Fault, FaultPlan
from support.docs_project import measure, project, report_of
from support.simulated import Scene, serving

if TYPE_CHECKING:
    from pathlib import Path

_NOT_KNOWN = ("the owner's .github repository is not there, is private or can't be read: it is not known whether the "
              "organisation has its own in the place of what is missing: SUPPORT, GOVERNANCE")


@pytest.mark.parametrize(("shared", "missing", "notes"), [
    (("docs/SUPPORT.md", "GOVERNANCE.md"), [], []), (("SUPPORT.md",), ["GOVERNANCE"], []),
    (None, ["SUPPORT", "GOVERNANCE"], [_NOT_KNOWN])])
def test_what_an_owner_has_for_all_of_what_the_profile_does_not_tell_is_looked_up(
    tmp_path: Path, shared: tuple[str, ...] | None, missing: list[str], notes: list[str],
) -> None:
    project(tmp_path)
    scene = Scene()
    if shared is not None:
        holder = scene.state.add_repository("acme/.github")
        for path in shared:
            scene.state.put_file(holder, path, "# For all\n")
    with serving(scene) as github:
        ended = measure(tmp_path, "--required", "SUPPORT, GOVERNANCE", at=github,
                        token=github.token({"metadata": "read", "contents": "read"}))
    report = report_of(ended)
    assert ended.code == 0, ended.stderr
    assert [one["what"] for one in report["data"]["required"] if not one["present"]] == missing
    assert [note for note in report["data"]["notes"] if "not known whether the organisation" in note] == notes


@pytest.mark.parametrize("wanted", ["SECURITY", "SUPPORT", "none"])
def test_nothing_is_looked_up_where_none_of_the_two_is_required_and_missing(tmp_path: Path, wanted: str) -> None:
    project(tmp_path, SUPPORT_md="# Ask here\n", SECURITY_md=None)
    with serving(Scene()) as github:
        assert measure(tmp_path, "--required", wanted, at=github).code == 0
        asked = [line.operation for line in github.log if line.operation]
    assert asked == ([] if wanted == "none" else ["SecurityPolicy"])


def test_an_owners_files_that_github_does_not_show_at_all_leave_a_report_and_end_in_3(tmp_path: Path) -> None:
    project(tmp_path)
    plan = FaultPlan([Fault(kind="status", operation="SharedFiles", status=502)])
    with serving(Scene(), faults=plan) as github:
        ended = measure(tmp_path, "--max-wait", "1s", "--required", "SUPPORT", at=github)
    assert ended.code == 3
    assert report_of(ended)["data"]["complete"] == ["the files of the owner's .github repository"]
