"""What is asked of GitHub, and that what comes back is the whole truth whatever happens meanwhile."""
from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.concerns.community_metrics.collect import collect
from repo_vitals.concerns.community_metrics.responses import Policy, first_response, first_review
from repo_vitals.report.model import Cost, Window
from repo_vitals.simulator.generate import generate
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.history import History
from support.commands import run
from support.simulated import NOW, REPOSITORY, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.community_metrics.facts import Facts
    from repo_vitals.simulator.server import Simulator

MONTH = Window(start=NOW - timedelta(days=30), end=NOW)
DAY = 24


def collected(github: Simulator, policy: Policy | None = None, repository: str = REPOSITORY) -> Facts:
    environ = github.environment()
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5))
    return collect(connection, repository=repository, window=MONTH, policy=policy or Policy(),
                   history=History())


def responders(facts: Facts) -> dict[int, str | None]:
    found = {item.number: first_response(item, Policy(), as_of=NOW) for item in facts.items}
    return {number: None if remark is None else remark.by.login for number, remark in found.items()}


def asked(github: Simulator) -> list[str]:
    return [entry.operation for entry in github.log]


def test_an_answer_behind_125_comments_by_bots_is_found(simulated: Any) -> None:
    scene = Scene()
    scene.issue(at=-90).comment(by="stale[bot]", at=-89, times=125, every=0.1).comment(by="bob", at=-2)
    assert responders(collected(simulated(scene))) == {1: "bob"}


def test_an_authors_thread_of_250_comments_is_read_to_its_end(simulated: Any) -> None:
    scene = Scene()
    scene.issue(by="ann", at=-90).comment(by="ann", at=-89, times=250, every=0.1)
    scene.issue(by="ann", at=-90).comment(by="ann", at=-89, times=250, every=0.1).comment(by="bob", at=-1)
    github = simulated(scene)
    assert responders(collected(github)) == {1: None, 2: "bob"}
    assert asked(github).count("Threads") == 3       # both threads at once, a hundred comments each


def test_a_long_thread_is_left_alone_once_its_first_answer_is_known(simulated: Any) -> None:
    scene = Scene()
    scene.issue(by="ann", at=-90).comment(by="bob", at=-89).comment(by="ann", at=-88, times=250, every=0.1)
    github = simulated(scene)
    assert responders(collected(github)) == {1: "bob"}
    assert "Threads" not in asked(github)


def test_the_long_thread_of_an_old_closed_issue_is_not_read(simulated: Any) -> None:
    scene = Scene()
    scene.issue(by="ann", at=-200 * DAY).comment(by="ann", at=-199 * DAY, times=30, every=1).close(
        at=-31 * DAY, by="ann")
    github = simulated(scene)
    collected(github)
    assert "Threads" not in asked(github)


def test_the_long_thread_of_an_old_issue_that_was_open_when_the_window_began_is_read(simulated: Any) -> None:
    # Whether it awaited a response then is a figure of the window before.
    scene = Scene()
    scene.issue(by="ann", at=-200 * DAY).comment(by="ann", at=-199 * DAY, times=30, every=1).comment(
        by="bob", at=-190 * DAY).close(at=-5, by="ann")
    assert responders(collected(simulated(scene))) == {1: "bob"}


def test_the_long_thread_of_an_old_issue_closed_after_the_clock_is_read(simulated: Any, tmp_path: Path) -> None:
    scene = Scene()
    scene.issue(by="ann", at=-200 * DAY).comment(by="ann", at=-199 * DAY, times=30, every=1).comment(
        by="bob", at=-190 * DAY).close(at=-5, by="ann")
    ended = run("community-metrics", "--window", "7d", folder=tmp_path, at=simulated(scene),
                environ={"REPO_VITALS_NOW": format_instant(NOW - timedelta(days=20))})
    assert ended.figure("issues_open") == 1
    assert ended.figure("issues_awaiting_response") == 0


def test_a_review_begun_early_and_submitted_late_does_not_hide_an_earlier_one(simulated: Any) -> None:
    scene = Scene()
    story = scene.pull_request(by="ann", at=-90)
    story.review(by="slow", at=-89, submitted=-10)
    for hour in range(12):
        story.review(by="ann", at=-80 + hour)
    story.review(by="quick", at=-60)
    assert responders(collected(simulated(scene))) == {1: "quick"}


def test_reviews_are_read_on_until_one_by_another_person_though_a_comment_answered_before(simulated: Any) -> None:
    scene = Scene()
    story = scene.pull_request(by="ann", at=-90).comment(by="bob", at=-89)
    for hour in range(12):
        story.review(by="ann", at=-80 + hour)
    story.review(by="cyd", at=-60)
    (item,) = collected(simulated(scene)).items
    found = first_review(item, Policy(), as_of=NOW)
    assert found is not None
    assert found.by.login == "cyd"


def test_a_pending_review_is_none(simulated: Any) -> None:
    scene = Scene()
    scene.pull_request(by="ann", at=-90).review(by="bob", at=-80, state="PENDING")
    assert responders(collected(simulated(scene))) == {1: None}


def test_a_nested_reply_is_found_behind_many_comments_and_many_replies(simulated: Any) -> None:
    scene = Scene()
    story = scene.discussion(by="ann", at=-90)
    for hour in range(8):
        story.comment(by="ann", at=-80 + hour)
    for minute in range(130):
        story.reply(by="ann", at=-70 + minute / 60)
    story.reply(by="bob", at=-60)
    assert responders(collected(simulated(scene))) == {1: "bob"}


def test_an_early_reply_below_a_first_comment_beats_a_later_comment(simulated: Any) -> None:
    scene = Scene()
    story = scene.discussion(by="ann", at=-90).comment(by="ann", at=-89)
    for minute in range(7):
        story.reply(by="ann", at=-88 + minute / 60)
    story.reply(by="early", at=-80)
    story.comment(by="late", at=-70)
    assert responders(collected(simulated(scene))) == {1: "early"}


def test_the_whole_history_of_states_drafts_and_labels_is_read(simulated: Any) -> None:
    scene = Scene()
    story = scene.issue(at=-90)
    for place in range(30):
        story.label(f"area/{place}", at=-89 + place / 10)
    story.close(at=-50).reopen(at=-40).label("priority/high", at=-30).close(at=-20).reopen(at=-10).close(at=-5)
    change = scene.pull_request(at=-90, draft=True)
    for hour in range(0, 24, 2):
        change.ready(at=-80 + hour).draft(at=-79 + hour)
    item, pull_request = collected(simulated(scene)).items
    assert [change.closed for change in item.state_changes] == [True, False, True, False, True]
    assert item.label_changes[-1].name == "priority/high"
    assert [change.draft for change in pull_request.draft_changes] == [False, True] * 12


def test_deleted_accounts_are_everywhere_and_break_nothing(simulated: Any) -> None:
    scene = Scene()
    scene.issue(by="gone", at=-90).comment(by=None, at=-80).comment(by="gone", at=-70)
    scene.pull_request(by="gone", at=-90).review(by="gone", at=-80).comment(by="bob", at=-60)
    scene.discussion(by="gone", at=-90).comment(by="gone", at=-80).reply(by="gone", at=-70).answer(at=-60)
    scene.commit(by="gone", at=-10)
    scene.delete("gone")
    facts = collected(simulated(scene))
    assert responders(facts) == {1: None, 2: "bob", 3: None}
    assert all(item.author.login is None for item in facts.items)


def test_only_what_is_open_or_changed_within_two_windows_is_asked_for(simulated: Any) -> None:
    scene = Scene()
    for _ in range(150):
        scene.issue(at=-100 * DAY).close(at=-90 * DAY)
        scene.pull_request(at=-100 * DAY).merge(at=-90 * DAY)
    still_open = scene.issue(at=-400 * DAY)
    old_pull_request = scene.pull_request(at=-400 * DAY)
    recent = scene.issue(at=-100 * DAY).close(at=-50 * DAY)
    github = simulated(scene)
    assert {item.number for item in collected(github).items} == {
        still_open.number, old_pull_request.number, recent.number}
    assert asked(github).count("Issues") == 2
    assert asked(github).count("PullRequests") == 2


def test_an_issue_that_changes_while_issues_are_listed_is_met_again(simulated: Any) -> None:
    scene = Scene()
    stories = [scene.issue(at=-100 * DAY - number) for number in range(150)]
    github = simulated(scene)
    # When the second page is asked for, three issues of it have moved out of its way.
    changed = stories[:3]

    def change(nth: int) -> None:
        if nth == 2:
            for story in changed:
                story.close(at=0)
    hooked(github, "Issues", change)
    facts = collected(github)
    assert len(facts.items) == 150
    assert {item.number for item in facts.items if item.closed_at} == {story.number for story in changed}


def test_a_pull_request_that_moves_to_the_front_while_they_are_listed_is_met_again(simulated: Any) -> None:
    scene = Scene()
    stories = [scene.pull_request(at=-100 * DAY).merge(at=-40 * DAY - number / 10) for number in range(250)]
    github = simulated(scene)

    def change(nth: int) -> None:
        if nth == 3:    # one page of open ones, then the second of all: the 250th is still to come, and jumps ahead
            stories[-1].comment(by="bob", at=0)
    hooked(github, "PullRequests", change)
    assert len(collected(github).items) == 250


def hooked(github: Simulator, operation: str, change: Any) -> None:
    """Call `change(n)` before the n-th request of an operation is answered."""
    answer, seen = github.service.answer, [0]

    def answering(request: Any, query: Any) -> Any:
        if request.operation == operation:
            seen[0] += 1
            change(seen[0])
        return answer(request, query)
    github.service.answer = answering  # type: ignore[method-assign]


def test_our_own_marked_issue_is_known_by_marker_and_author(simulated: Any) -> None:
    scene = Scene()
    marker = "<!-- repo-vitals:alert:ci -->"
    ours = scene.issue(by="octo-admin", at=-90, body=f"{marker}\nThe CI is red")
    forged = scene.issue(by="eve", at=-90, body=f"{marker}\nforged")
    plain = scene.issue(by="octo-admin", at=-90, body="A report by hand")
    github = simulated(scene)
    environ = github.environment(github.token(login="octo-admin"))
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=Cost(), max_wait=timedelta(seconds=5))
    facts = collect(connection, repository=REPOSITORY, window=MONTH, policy=Policy(), history=History())
    assert {item.number: item.is_ours for item in facts.items} == {
        ours.number: True, forged.number: False, plain.number: False}


# Contributors


def test_a_first_commit_is_new_and_one_years_after_the_last_returns(simulated: Any) -> None:
    scene = Scene()
    scene.commit(by="old", at=-900 * DAY).commit(by="old", at=-5).commit(by="fresh", at=-5)
    scene.commit(email="zed@x.org", at=-800 * DAY).commit(email="zed@x.org", at=-4).commit(email="new@x.org", at=-3)
    assert collected(simulated(scene)).seen_before == {"login:old", "email:zed@x.org"}


def test_a_commit_of_the_window_before_makes_someone_returning_without_another_request(simulated: Any) -> None:
    scene = Scene()
    scene.commit(by="ann", at=-40 * DAY).commit(by="ann", at=-5)
    github = simulated(scene)
    assert collected(github).seen_before == {"login:ann"}
    assert "Authors" not in asked(github)


def test_an_address_of_the_mailmap_is_asked_for_too(simulated: Any) -> None:
    scene = Scene()
    scene.commit(email="old@y.org", at=-900 * DAY).commit(email="zed@x.org", at=-5)
    scene.state.set_mailmap(scene.repository, "Zed <zed@x.org> <old@y.org>\n")
    assert collected(simulated(scene)).seen_before == {"email:zed@x.org"}


def test_a_mailmap_that_is_a_folder_maps_nobody(simulated: Any, tmp_path: Path) -> None:
    scene = Scene()
    scene.commit(by="ann", at=-5)
    github = simulated(scene)
    github.validate = None
    answer = github.service.answer

    def answering(request: Any, query: Any) -> Any:
        genuine = answer(request, query)
        if request.operation == "Repository":
            document = json.loads(genuine.body)
            document["data"]["repository"]["mailmap"] = {}      # a Tree, of which the query selects nothing
            genuine.body = json.dumps(document).encode()
        return genuine
    github.service.answer = answering
    assert run("community-metrics", folder=tmp_path, at=github).figure("contributors_active") == 1


def test_hundreds_of_authors_are_asked_about_in_a_few_requests(simulated: Any) -> None:
    scene = Scene()
    for number in range(100):
        scene.commit(email=f"p{number}@x.org", at=-5 - number / 10)
    github = simulated(scene)
    collected(github)
    assert asked(github).count("Authors") == 2


def test_commits_beyond_a_page_are_all_read(simulated: Any) -> None:
    scene = Scene()
    for number in range(230):
        scene.commit(by="ann", at=-1 - number / 10)
    assert len(collected(simulated(scene)).commits) == 230


# The repository itself


def test_a_renamed_repository_is_measured_under_its_new_name_and_a_note_says_so(simulated: Any, tmp_path: Path) -> None:
    scene = Scene()
    scene.commit(by="ann", at=-5)
    scene.state.rename_repository(scene.repository, "acme/gadget")
    ended = run("community-metrics", folder=tmp_path, at=simulated(scene))
    assert ended.report["repository"] == "acme/gadget"
    assert ended.report["data"]["notes"] == ["acme/widget is now acme/gadget; name it so in the workflow"]


@pytest.mark.parametrize("operation", ["Repository", "Issues", "PullRequests", "Discussions", "Commits", "Authors",
                                       "Threads"])
def test_an_answer_that_lacks_what_was_asked_for_is_an_error_not_a_figure(
        simulated: Any, tmp_path: Path, operation: str) -> None:
    scene = Scene()
    scene.issue(by="ann", at=-90).comment(by="ann", at=-89, times=20)
    scene.pull_request(at=-10)
    scene.discussion(at=-10)
    scene.commit(by="ann", at=-10)
    github = simulated(scene)
    emptied(github, operation)
    ended = run("community-metrics", "--max-wait", "1s", folder=tmp_path, at=github)
    assert ended.code == 3
    assert ended.stderr.count("\n") == 1
    assert ended.left_behind == []


def emptied(github: Simulator, operation: str) -> None:
    """Answer an operation with a hole: 200, no error, null where nodes should be."""
    answer = github.service.answer

    def answering(request: Any, query: Any) -> Any:
        genuine = answer(request, query)
        if request.operation == operation:
            data = json.loads(genuine.body)["data"]
            holed = {key: ({"nameWithOwner": None} if key != "rateLimit" else value) for key, value in data.items()}
            genuine.body = json.dumps({"data": holed}).encode()
        return genuine
    github.service.answer = answering  # type: ignore[method-assign]
    github.validate = None


# Cost


@pytest.mark.parametrize("days", [30, 3000])
def test_a_full_run_over_1000_issues_600_pull_requests_and_100_discussions_takes_at_most_40_requests(
        simulated: Any, days: int) -> None:
    # With 3,000 days every item and every commit of the repository's life lies in the window.
    state = generate(issues=1000, pull_requests=600, discussions=100, seed=11, now=NOW)
    github = simulated(state)
    environ = github.environment()
    cost = Cost()
    connection = connect(token=environ["GITHUB_TOKEN"], environ=environ, cost=cost, max_wait=timedelta(seconds=5))
    facts = collect(connection, repository=state.repositories()[0].full_name, policy=Policy(), history=History(),
                    window=Window(start=NOW - timedelta(days=days), end=NOW))
    assert days < 3000 or len(facts.items) == 1700
    assert cost.requests == len(github.log) <= 40
    assert cost.graphql_points <= 100
