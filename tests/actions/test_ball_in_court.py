"""The workflow that marks what waits for its author as stale, as a user would copy it."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.simulated import NOW, Scene, serving
from support.tools import ROOT

if TYPE_CHECKING:
    from support.act import Consumer, Run

EXAMPLE = ROOT / "workflows-examples" / "stale.yml"
WORKFLOW = ".github/workflows/stale.yml"
MAY = {"contents": "read", "issues": "write", "pull_requests": "write"}


def scene() -> Scene:
    """An issue that waits for its author, one that nobody answered, and one whose author answered."""
    told = Scene().role("mia", "MEMBER")
    told.issue(at=-90).comment(by="mia", at=-80)
    told.issue(at=-90)
    told.issue(at=-90).comment(by="mia", at=-80).comment(by="ann", at=-70)
    return told


def stale(consumer: Consumer, told: Scene, *, permissions: Any = None, marked: str = "", closed: str = "",
          **options: Any) -> Run:
    """Run the example; the double of actions/stale says that it marked and closed what it is told to say."""
    consumer.add(WORKFLOW, EXAMPLE.read_text(encoding="utf-8"))
    with serving(told) as github:
        environ = github.environment(github.token(permissions or MAY))
        return consumer.run(WORKFLOW, "schedule", token=environ.pop("GITHUB_TOKEN"), environ={
            **environ, "REPO_VITALS_NOW": NOW.isoformat(), "STALE_MARKED": marked, "STALE_CLOSED": closed}, **options)


def issues(*numbers: int) -> str:
    """Issues as actions/stale puts them out, with a title of a stranger's."""
    return json.dumps([{"number": number, "title": "`$(id)` ' ${{ github.token }}"} for number in numbers])


def test_what_waits_for_its_author_alone_is_handed_to_actions_stale_and_its_effect_is_reported(
        consumer: Consumer) -> None:
    told = scene()

    done = stale(consumer, told, marked=issues(1), closed=issues())

    assert done.exit_code == 0, done.text[-3000:]
    assert [[label.name for label in issue.labels] for issue in told.repository.issues] == [["awaiting-author"], [], []]
    assert (done.kept / "stale" / "only-labels").read_text(encoding="utf-8") == "awaiting-author"
    assert (done.kept / "stale" / "debug-only").read_text(encoding="utf-8") == "true"
    assert done.step("label").outputs["labelled"] == "1"
    effect = done.step("effect")
    assert [effect.outputs[name] for name in ("labelled", "marked", "closed")] == ["0", "1", "0"]
    assert "1 marked; 0 closed" in effect.summary
    assert done.artifact("ball-in-court")["ball-in-court.json"]["data"]["effect"]["marked"]["items"] == [1]


def test_where_an_author_had_answered_the_run_fails_and_keeps_its_report(consumer: Consumer) -> None:
    told = scene()

    done = stale(consumer, told, marked=issues(), closed=issues(3), variables={"STALE_DRY_RUN": "false"})

    assert (done.exit_code, done.jobs) == (1, {"label": "success", "stale": "success", "effect": "failure"})
    assert (done.kept / "stale" / "debug-only").read_text(encoding="utf-8") == "false"
    exempt = (done.kept / "stale" / "exempt-issue-labels").read_text(encoding="utf-8").split(",")
    assert {"security", "pinned", "priority-critical"} <= set(exempt)
    assert [one["rule"] for one in done.artifact("ball-in-court")["ball-in-court.json"]["findings"]] == [
        "wrongly-closed"]


def test_without_the_right_to_write_it_is_named_and_nothing_goes_stale(consumer: Consumer) -> None:
    done = stale(consumer, scene(), permissions={"contents": "read", "issues": "read", "pull_requests": "read"})

    assert (done.exit_code, done.step("label").exit_code) == (1, 2)
    [error] = done.step("label").annotations("error")
    assert "issues: write" in error.message
    assert not (done.kept / "stale").exists()
