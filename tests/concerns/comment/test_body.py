"""What the comment says, from facts alone."""
from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.comment.body import comment_body
from repo_vitals.concerns.comment.decide import decide
from repo_vitals.concerns.comment.facts import Facts, Origin, Target
from repo_vitals.delivery.comments import LONGEST
from repo_vitals.report.model import Target as Limit
from repo_vitals.sources.pull_requests import OurComment
from repo_vitals.sources.report_reading import ReadReport, RefusedReport, Reports
from support import markdown_reader
from support.pull_scene import MARKER, A, failing, passing
from support.reports import finding, metric, report

ALONE = "Nothing here is about a newer commit."
RUN = "https://github.com/acme/widget/actions/runs/7"
OURS = Origin(is_fork=False, repository="acme/widget", commit=A, author="ann", run_url=RUN)
FORK = Origin(is_fork=True, repository="zoe/widget", commit=A, author="zoe", run_url=RUN)


def facts(*made: Any, **given_: Any) -> Facts:
    read = tuple(ReadReport(name=f"{one.monitor}.json", report=one) for one in made)
    plain: dict[str, Any] = {"repository": "acme/widget", "is_second_half": True, "origin": OURS,
                             "reports": Reports(read=read), "conclusion": "success", "targets": (Target(number=7),)}
    return Facts(**{**plain, **given_})


def body(known: Facts, *, most_findings: int = 10) -> str:
    return comment_body(known, marker=MARKER, most_findings=most_findings)


def test_a_comment_of_one_s_own_word_for_word() -> None:
    assert body(facts(failing(), passing())) == f"""{MARKER}
## Reports of `aaaaaaaaaaaa`

About commit `aaaaaaaaaaaa` in `acme/widget` by `ann`, from this [workflow run]({RUN}). {ALONE}


| Report | Status | In one line |
| --- | --- | --- |
| Coverage | ❌ fail | 71 % of the lines are covered |
| Security summary | ✅ pass | nothing was found |

### Coverage

From `coverage.json`.

| Figure | Value | Target |
| --- | ---: | --- |
| Issue response SLA ratio, priority p1 | 71 % | ❌ fail, ≥ 90 % |
| Issues open | 12 |  |

| Severity | Finding | Detail |
| --- | --- | --- |
| 🔴 high | Below the limit | 71 % of 100 lines. |
| 🔵 info | A hint |  |

### Security summary

From `security-summary.json`.

No findings, and no figures to show.
"""


def test_a_fork_s_comment_says_whose_it_is_before_it_says_anything_else() -> None:
    said = body(facts(passing(), origin=FORK))
    assert said.index("From a fork by `zoe`; not checked by this repository.") < said.index("| Report |")
    assert "| Security summary | claims pass |" in said
    assert "✅" not in said
    assert "## Claimed reports" in said


@pytest.mark.parametrize("origin", [Origin(is_fork=True), Origin(is_fork=True, commit=A, run_url=RUN)])
def test_a_fork_that_is_gone_is_a_fork(origin: Origin) -> None:
    said = body(facts(failing(), origin=origin))
    assert "**From a fork; not checked by this repository.**" in said
    assert "whose repository is gone" in said


def test_findings_are_capped_and_the_rest_is_counted_the_gravest_first() -> None:
    many = tuple(finding(subject=str(number), title=f"finding {number}", severity="low" if number else "critical")
                 for number in reversed(range(14)))
    said = body(facts(report(status="fail", findings=many)), most_findings=3)
    assert said.index("finding 0") < said.index("finding 13")
    assert said.count("🟡 low") == 2
    assert "11 more findings are in the report." in said
    assert "14 findings are in the report." in body(facts(report(status="fail", findings=many)), most_findings=0)


def test_figures_with_a_target_come_first_and_the_rest_as_far_as_there_is_room() -> None:
    figures = (*(metric("binary_size_bytes", 10 + number, target=str(number)) for number in range(20)),
               metric("issue_response_sla_ratio", None, priority="p1").judged(Limit(">=", 0.9)))
    said = body(facts(report(status="unknown", metrics=figures)))
    assert said.index("❔ unknown") < said.index("Binary size")
    assert "13 more figures are in the report." in said


def test_what_a_report_lacks_is_said() -> None:
    said = body(facts(report(data={"complete": "page 2 was refused", "notes": ["archived"]})))
    assert "⚠️ Incomplete: page 2 was refused" in said
    assert "Note: archived" in said


def test_a_report_about_another_repository_says_so() -> None:
    assert "It says that it is about `evil/other`." in body(facts(report(repository="evil/other")))
    assert "It says" not in body(facts(report(repository="Acme/Widget")))


def test_a_link_of_a_report_s_making_never_stands_in_it() -> None:
    made = report(status="fail", findings=(finding(url="https://evil.example/login", title="see https://evil.example"),))
    document = markdown_reader.read(body(facts(made, origin=FORK)))
    assert set(document.links) == {RUN}


def test_however_much_there_is_a_comment_fits() -> None:
    wide = "W" * 5000
    many = tuple(finding(subject=str(number), title=f"{number} {wide}", detail=wide) for number in range(100))
    made = [replace(report(monitor=f"m-{number}", summary=wide, status="fail", findings=many),
                    data={"notes": [wide] * 50, "complete": [wide] * 50}) for number in range(20)]
    said = body(facts(*made, origin=FORK), most_findings=100)
    assert len(said) <= LONGEST
    assert "The comment was cut here for its size" in said
    assert "From a fork by `zoe`" in said


def test_what_was_not_read_is_said_however_long_the_reports_are() -> None:
    many = tuple(finding(subject=str(number), title="x" * 200, detail="y" * 300) for number in range(100))
    made = [replace(report(monitor=f"m-{number}", status="fail", findings=many)) for number in range(20)]
    known = facts(*made)
    refused = (RefusedReport(name="security.json", why="is cut off at byte 9"),)
    said = body(replace(known, reports=replace(known.reports, refused=refused)), most_findings=100)
    assert "- `security.json` is cut off at byte 9" in said
    assert said.endswith("_The comment was cut here for its size; what comes after is left out._\n")


def test_where_the_run_may_have_been_another_pull_request_s_the_comment_says_so() -> None:
    assert "open pull requests have this commit" not in body(facts(passing(), candidates=1))
    assert "\n7 open pull requests have this commit at their head. The run was of one of them" in body(
        facts(passing(), candidates=7))


def test_each_pull_request_s_comment_names_its_own_author() -> None:
    known = facts(passing(), targets=(Target(number=7, author="eve"), Target(number=8, author="mia"), Target(number=9)))
    decided = decide(known, marker=MARKER, most_findings=10)
    named = [one["after"].partition("by `")[2].partition("`")[0] for one in decided.data["actions"]]
    assert named == ["eve", "mia", "ann"]
    assert decided.data["origin"]["author"] == "eve"


@pytest.mark.parametrize(("is_second_half", "matched", "why"), [
    (True, 0, "The run left no artifact of the name that `artifact` gives"),
    (True, 1, "The artifacts that `artifact` names hold no file that ends in .json"),
    (False, 0, "The patterns of `reports` match no file"),
    (False, 1, "The files that `reports` names are reports of this"),
])
def test_why_there_is_no_report_is_told_as_it_is(is_second_half: bool, matched: int, why: str) -> None:
    decided = decide(facts(is_second_half=is_second_half, matched=matched), marker=MARKER, most_findings=10)
    assert [one.detail[:len(why)] for one in decided.findings] == [why]


# -- what is to be written ---------------------------------------------------------------------------------------

def ours(number: int, text: str) -> OurComment:
    return OurComment(id=number, url=f"https://github.com/acme/widget/pull/7#issuecomment-{number}", body=text,
                      created_at=datetime(2026, 1, 1, 0, 0, number, tzinfo=timezone.utc))


def verbs(known: Facts) -> list[tuple[Any, ...]]:
    decided = decide(known, marker=MARKER, most_findings=10)
    return [(one["verb"], one["target"].rpartition("#")[2]) for one in decided.data["actions"]]


def test_without_a_comment_one_is_made() -> None:
    assert verbs(facts(passing())) == [("create-comment", "7")]


def test_a_comment_that_says_it_already_is_left_as_it_is_whatever_its_line_ends() -> None:
    known = facts(passing())
    said = body(known)
    for there in (said, said.strip(), said.replace("\n", "\r\n")):
        assert verbs(replace(known, targets=(Target(number=7, comments=(ours(1, there),)),))) == []


def test_the_first_is_updated_and_the_others_go() -> None:
    known = facts(passing(), targets=(Target(number=7, comments=(ours(1, "a"), ours(2, "b"), ours(3, "c"))),))
    assert verbs(known) == [("update-comment", "issuecomment-1"), ("delete-comment", "issuecomment-2"),
                            ("delete-comment", "issuecomment-3")]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["old", "new"]), max_size=4))
def test_once_it_is_carried_out_nothing_is_left_to_do(there: list[str]) -> None:
    known = facts(passing())
    said = body(known)
    comments = tuple(ours(number, said if one == "new" else one) for number, one in enumerate(there, 1))
    decided = decide(replace(known, targets=(Target(number=7, comments=comments),)), marker=MARKER, most_findings=10)
    held = {one.url: one.body for one in comments}
    for action in decided.data["actions"]:
        if action["after"] is None:
            del held[action["target"]]
        else:
            held[action["target"]] = action["after"]
    assert list(held.values()) == [said]


def test_in_silence_nothing_is_written_and_the_reason_stands_in_the_summary() -> None:
    decided = decide(facts(passing(), silence="it moved on"), marker=MARKER, most_findings=10)
    assert decided.data["actions"] == []
    assert decided.markdown is not None
    assert decided.markdown.endswith("_No comment was written: it moved on._\n")


@pytest.mark.parametrize("status", ["pass", "warn", "fail", "unknown"])
def test_no_status_of_a_report_is_part_of_the_verdict(status: Any) -> None:
    decided = decide(facts(report(status=status), origin=FORK), marker=MARKER, most_findings=10)
    assert (decided.findings, [one.status for one in decided.metrics]) == ((), [None, None])
