"""The GraphQL side: lookups, costs, and errors in GitHub's words."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.simulated import Scene, asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def test_a_query_that_could_give_too_many_nodes_is_refused_before_it_runs(simulated: Callable[..., Simulator]) -> None:
    query = """{ repository(owner: "acme", name: "widget") { issues(first: 100) { nodes { comments(first: 100) {
               nodes { id } } labels(first: 100) { nodes { id } } timelineItems(first: 100) { nodes { __typename } } } }
               discussions(first: 100) { nodes { comments(first: 100) { nodes { replies(first: 100) {
               nodes { id } } } } } } } }"""
    with asking(simulated(Scene())) as client:
        answer = client.graphql(query)
    assert "data" not in answer
    assert answer["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    assert "1,040,200 possible nodes" in answer["errors"][0]["message"]


@pytest.mark.parametrize(("inner", "points"), [
    ("totalCount", 1),
    ("nodes { number }", 1),
    ("nodes { comments(first: 5) { nodes { id } } }", 1),                                            # 1 + 100
    ("nodes { comments(first: 5) { nodes { id } } labels(first: 20) { nodes { id } } }", 2),         # 1 + 2 * 100
    ("nodes { ...Three }", 3),
])
def test_a_query_costs_what_githubs_formula_says(
        simulated: Callable[..., Simulator], inner: str, points: int) -> None:
    query = f"""query Cost {{ rateLimit {{ cost remaining used limit }}
                repository(owner: "acme", name: "widget") {{ issues(first: 100) {{ {inner} }} }} }}"""
    if "...Three" in inner:
        query += """fragment Three on Issue { comments(first: 5) { nodes { id } } labels(first: 20) { nodes { id } }
                    timelineItems(first: 3) { nodes { __typename } } }"""
    with asking(simulated(Scene())) as client:
        answer = client.graphql(query)["data"]["rateLimit"]
    assert answer == {"cost": points, "remaining": 1000 - points, "used": points, "limit": 1000}


def test_deleted_accounts_are_null_wherever_an_actor_may_stand(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.pull_request(by="gone", at=-9).comment(by="gone", at=-8).review(by="gone", at=-7)
    scene.discussion(by="gone", at=-9).comment(by="gone", at=-8).reply(by="gone", at=-7)
    scene.commit(by="gone").delete("gone")
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") {
          pullRequest(number: 1) { author { login } comments(first: 1) { nodes { author { login } authorAssociation } }
                                   reviews(first: 1) { nodes { author { login } } } }
          discussion(number: 2) { author { login } comments(first: 1) { nodes { author { login }
                                  replies(first: 1) { nodes { author { login } } } } } }
          object(expression: "HEAD") { ... on Commit { author { email user { login } } } } } }""")["data"]["repository"]
    assert answer == {
        "pullRequest": {"author": None, "comments": {"nodes": [{"author": None, "authorAssociation": "NONE"}]},
                        "reviews": {"nodes": [{"author": None}]}},
        "discussion": {"author": None, "comments": {"nodes": [{"author": None, "replies": {
            "nodes": [{"author": None}]}}]}},
        "object": {"author": {"email": "gone@example.org", "user": None}},
    }


def test_bots_have_no_suffix_here_and_one_in_rest(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(by="dependabot[bot]")
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") {
                                   issue(number: 1) { author { __typename login } } } }""")
        assert answer["data"]["repository"]["issue"]["author"] == {"__typename": "Bot", "login": "dependabot"}
        user = client.get("issues/1").json()["user"]
    assert (user["type"], user["login"]) == ("Bot", "dependabot[bot]")


def test_a_missing_node_is_null_with_an_error_at_its_place(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    here, gone = scene.issue(), scene.issue()
    of_another_type = here.thread.node_id.replace("I_", "PR_")
    ids = [gone.thread.node_id, here.thread.node_id, of_another_type, "nonsense"]
    scene.state.delete_thread(gone.thread)
    with asking(simulated(scene)) as client:
        answer = client.graphql("query Some($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue { number } } }", ids=ids)
        alone = client.graphql("query One($id: ID!) { a: node(id: $id) { id } b: viewer { login } }", id=ids[0])
    assert answer["data"]["nodes"] == [None, {"number": 1}, None, None]
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [
        ("NOT_FOUND", ["nodes", 0]), ("NOT_FOUND", ["nodes", 2]), ("NOT_FOUND", ["nodes", 3])]
    assert answer["errors"][0]["message"] == f"Could not resolve to a node with the global id of '{ids[0]}'."
    assert alone["errors"][0]["path"] == ["a"]


def test_more_than_a_hundred_ids_are_refused(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene())) as client:
        answer = client.graphql("query Some($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)
    assert answer["errors"][0]["message"] == "You may not provide more than 100 node ids; you provided 101."


def test_a_repository_that_does_not_exist_is_not_found(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene())) as client:
        answer = client.graphql('query Nobody { repository(owner: "no", name: "body") { id } }')
    assert answer["data"] == {"repository": None}
    assert answer["errors"] == [{
        "type": "NOT_FOUND", "path": ["repository"], "locations": [{"line": 1, "column": 16}],
        "message": "Could not resolve to a Repository with the name 'no/body'."}]


def test_a_renamed_repository_answers_to_its_old_name_unless_told_otherwise(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.state.rename_repository(scene.repository, "acme/gadget")
    with asking(simulated(scene)) as client:
        answer = client.graphql('{ repository(owner: "Acme", name: "Widget") { nameWithOwner } }')
        strict = client.graphql('{ repository(owner: "acme", name: "widget", followRenames: false) { id } }')
    assert answer["data"]["repository"]["nameWithOwner"] == "acme/gadget"
    assert strict["errors"][0]["type"] == "NOT_FOUND"


def test_what_is_switched_off_or_empty_shows_nothing(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue()
    scene.discussion()
    scene.repository.issues_enabled = scene.repository.discussions_enabled = False
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") {
          hasIssuesEnabled hasDiscussionsEnabled isEmpty defaultBranchRef { name }
          object(expression: "HEAD:.mailmap") { id } issues { totalCount } discussions { totalCount } } }""")
    assert answer["data"]["repository"] == {
        "hasIssuesEnabled": False, "hasDiscussionsEnabled": False, "isEmpty": True, "defaultBranchRef": None,
        "object": None, "issues": {"totalCount": 0}, "discussions": {"totalCount": 0}}


def test_only_its_author_sees_a_pending_review(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.pull_request(at=-5).review(by="rae", at=-4, state="PENDING").review(by="rae", at=-3, submitted=-2)
    query = """{ repository(owner: "acme", name: "widget") { pullRequest(number: 1) {
               reviews(first: 9) { totalCount nodes { state submittedAt createdAt } } } } }"""
    simulator = simulated(scene)
    with asking(simulator) as other, asking(simulator, simulator.token(login="rae")) as rae:
        seen = other.graphql(query)["data"]["repository"]["pullRequest"]["reviews"]
        hers = rae.graphql(query)["data"]["repository"]["pullRequest"]["reviews"]
    assert seen == {"totalCount": 1, "nodes": [{
        "state": "COMMENTED", "createdAt": "2026-01-31T03:00:00Z", "submittedAt": "2026-01-31T04:00:00Z"}]}
    assert hers["nodes"][0] == {"state": "PENDING", "createdAt": "2026-01-31T02:00:00Z", "submittedAt": None}


def test_the_timeline_gives_the_kinds_asked_for_in_order(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.pull_request(at=-9, draft=True).ready(at=-8).label("bug", at=-7).draft(at=-6).ready(at=-5).merge(at=-4)
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") { pullRequest(number: 1) {
          isDraft state timelineItems(first: 9, itemTypes: [READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT,
          CLOSED_EVENT]) { nodes { __typename } } } } }""")["data"]["repository"]["pullRequest"]
    assert [node["__typename"] for node in answer["timelineItems"]["nodes"]] == [
        "ReadyForReviewEvent", "ConvertToDraftEvent", "ReadyForReviewEvent", "ClosedEvent"]
    assert (answer["isDraft"], answer["state"]) == (False, "MERGED")


HISTORY = """query History($id: ID!, $since: GitTimestamp, $until: GitTimestamp, $author: CommitAuthor) {
  node(id: $id) { ... on Commit { history(first: 9, since: $since, until: $until, author: $author) {
    totalCount nodes { committedDate author { email user { login } } } } } } }"""


def history(answer: dict[str, Any]) -> list[str]:
    return [node["committedDate"][11:13] for node in answer["data"]["node"]["history"]["nodes"]]


def test_history_is_newest_first_between_both_instants_and_an_id_outranks_emails(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    for hour, login in ((-3, "ann"), (-5, "bob"), (-1, "ann"), (-2, "bob"), (-4, "ann")):
        scene.commit(by=login, at=hour)
    tip, ann = scene.repository.commits[0].node_id, scene.who("ann")
    assert ann is not None
    with asking(simulated(scene)) as client:
        assert history(client.graphql(HISTORY, id=tip)) == ["05", "04", "03", "02", "01"]
        assert history(client.graphql(HISTORY, id=tip, since=scene.when(-4).isoformat(),
                                      until=scene.when(-2).isoformat())) == ["04", "03", "02"]
        mine = {"id": ann.node_id, "emails": ["bob@example.org"]}
        assert history(client.graphql(HISTORY, id=tip, author=mine)) == ["05", "03", "02"]
        assert history(client.graphql(HISTORY, id=tip, author={"emails": ["BOB@example.org"]})) == ["04", "01"]


def test_a_history_seen_from_a_commit_ignores_what_came_after(simulated: Callable[..., Simulator]) -> None:
    scene = Scene().commit(by="ann", at=-5).commit(by="ann", at=-4)
    tip = scene.repository.commits[0].node_id
    with asking(simulated(scene)) as client:
        scene.commit(by="ann", at=-1)
        assert history(client.graphql(HISTORY, id=tip)) == ["02", "01"]


def test_duplicate_is_a_reason_only_for_who_asks_for_it(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-5).close(at=-4, reason="DUPLICATE")
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") { issue(number: 1) {
                                   a: stateReason b: stateReason(enableDuplicate: true) } } }""")
    assert answer["data"]["repository"]["issue"] == {"a": "NOT_PLANNED", "b": "DUPLICATE"}


def test_a_field_that_github_lacks_is_named(simulated: Callable[..., Simulator]) -> None:
    with asking(simulated(Scene())) as client:
        answer = client.graphql('{ repository(owner: "acme", name: "widget") { karma } }')
    assert answer["errors"][0]["message"] == "Field 'karma' doesn't exist on type 'Repository'"
    assert answer["errors"][0]["extensions"] == {"code": "undefinedField", "typeName": "Repository",
                                                 "fieldName": "karma"}


@pytest.mark.parametrize("query", ["{ repository(", "query A { viewer { login } } query B { viewer { login } }", ""])
def test_what_is_no_query_is_refused_without_data(simulated: Callable[..., Simulator], query: str) -> None:
    with asking(simulated(Scene())) as client:
        answer = client.graphql(query)
    assert set(answer) == {"errors"}


def test_the_viewer_of_a_workflow_token_is_a_bot_with_its_suffix_and_knows_its_items(
        simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(by="github-actions[bot]")
    scene.issue(by="ann")
    with asking(simulated(scene)) as client:
        answer = client.graphql("""{ repository(owner: "acme", name: "widget") {
          a: issue(number: 1) { viewerDidAuthor } b: issue(number: 2) { viewerDidAuthor } } }""")
        viewer = client.graphql("{ viewer { login } }")
    assert answer["data"]["repository"] == {"a": {"viewerDidAuthor": True}, "b": {"viewerDidAuthor": False}}
    assert viewer == {"data": {"viewer": {"login": "github-actions[bot]"}}}


def test_a_token_may_see_private_members_as_contributors(simulated: Callable[..., Simulator]) -> None:
    scene = Scene().role("mia", "MEMBER").role("cal", "COLLABORATOR")
    scene.issue(at=-9).comment(by="mia", at=-8).comment(by="cal", at=-7).comment(by="acme", at=-6)
    query = """{ repository(owner: "acme", name: "widget") { issue(number: 1) {
               comments(first: 9) { nodes { authorAssociation } } } } }"""

    def seen(answer: dict[str, Any]) -> list[str]:
        return [node["authorAssociation"] for node in answer["data"]["repository"]["issue"]["comments"]["nodes"]]
    simulator = simulated(scene)
    with asking(simulator) as open_eyed, asking(simulator, simulator.token(masks_members=True)) as masked:
        assert seen(open_eyed.graphql(query)) == ["MEMBER", "COLLABORATOR", "OWNER"]
        assert seen(masked.graphql(query)) == ["NONE", "COLLABORATOR", "OWNER"]
        assert [c["author_association"] for c in masked.get("issues/1/comments").json()] == [
            "NONE", "COLLABORATOR", "OWNER"]


def test_a_page_of_a_hundred_issues_reads_a_whole_state_though_others_write(
        simulated: Callable[..., Simulator]) -> None:
    """Every answer sees each change whole: a closed issue always has the event that closed it."""
    import threading
    scene = Scene()
    stories = [scene.issue(at=-500 + number) for number in range(100)]
    query = """{ repository(owner: "acme", name: "widget") { issues(first: 100) { nodes { number state
               timelineItems(first: 9, itemTypes: [CLOSED_EVENT]) { totalCount } } } } }"""

    def close_all() -> None:
        for story in stories:
            story.close(at=-1)
    writer = threading.Thread(target=close_all)
    with asking(simulated(scene)) as client:
        writer.start()
        answers = [client.graphql(query) for _ in range(5)]
        writer.join()
        answers.append(client.graphql(query))
    nodes = [node for answer in answers for node in answer["data"]["repository"]["issues"]["nodes"]]
    assert {(node["state"], node["timelineItems"]["totalCount"]) for node in nodes} <= {("OPEN", 0), ("CLOSED", 1)}
    assert all(node["state"] == "CLOSED" for node in nodes[-100:])


def test_what_was_said_knows_where_it_was_said(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    on_issue = scene.issue(at=-9).comment(by="bob", at=-8)
    on_pull = scene.pull_request(at=-9, title="Better").comment(by="bob", at=-8).merge(at=-7)
    review = scene.pull_request(at=-9).review(by="bob", at=-8)
    reply = scene.discussion(at=-9).comment(by="bob", at=-8).reply(by="cat", at=-7)
    ids = [story.last.node_id for story in (on_issue, on_pull, review, reply)]
    query = """query Homes($ids: [ID!]!) { nodes(ids: $ids) {
      ... on IssueComment { issue { number title state id } pullRequest { number state id } }
      ... on PullRequestReview { reviewed: pullRequest { number updatedAt } }
      ... on DiscussionComment { discussion { number updatedAt } } } }"""
    with asking(simulated(scene)) as client:
        answer = client.graphql(query, ids=ids)["data"]["nodes"]
    # GitHub keeps an issue behind every pull request; it knows no merging.
    assert [node.pop("issue") for node in answer[:2]] == [
        {"number": 1, "title": "An issue", "state": "OPEN", "id": on_issue.thread.node_id},
        {"number": 2, "title": "Better", "state": "CLOSED", "id": on_pull.thread.node_id.replace("PR_", "I_")}]
    assert answer == [
        {"pullRequest": None}, {"pullRequest": {"number": 2, "state": "MERGED", "id": on_pull.thread.node_id}},
        {"reviewed": {"number": 3, "updatedAt": "2026-01-30T22:00:00Z"}},
        {"discussion": {"number": 4, "updatedAt": "2026-01-30T23:00:00Z"}}]


@pytest.mark.parametrize(("inner", "points", "nodes"), [
    ("... on Issue { updatedAt }", 1, 2000),
    ("... on Issue { comments(first: 5) { totalCount } }", 20, 12_000),     # 2,000 connections
    ("... on Issue { comments(first: 5) { nodes { reactionGroups { reactors(first: 1) { totalCount } } } } }",
     120, 22_000),                                                          # and 10,000 below them
])
def test_nodes_may_be_asked_for_under_many_aliases_a_hundred_each(
        simulated: Callable[..., Simulator], inner: str, points: int, nodes: int) -> None:
    scene = Scene()
    ids = [scene.issue(at=-9).thread.node_id for _ in range(100)]
    scene.state.delete_thread(scene.repository.threads[100])
    parts = " ".join(f"a{place}: nodes(ids: $ids) {{ {inner} }}" for place in range(20))
    with asking(simulated(scene)) as client:
        answer = client.graphql(f"query Many($ids: [ID!]!) {{ rateLimit {{ cost nodeCount }} {parts} }}", ids=ids)
    assert answer["data"].pop("rateLimit") == {"cost": points, "nodeCount": nodes}
    assert [(len(found), found[99]) for found in answer["data"].values()] == [(100, None)] * 20
    assert [error["path"] for error in answer["errors"]] == [[f"a{place}", 99] for place in range(20)]


def test_one_node_may_be_asked_for_under_many_aliases(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    stories = [scene.issue(at=-9).comment(by="bob", at=-8) for _ in range(60)]
    parts = " ".join(f'a{place}: node(id: "{story.thread.node_id}") '
                     "{ ... on Issue { comments(first: 1) { totalCount } } }" for place, story in enumerate(stories))
    with asking(simulated(scene)) as client:
        answer = client.graphql(f"{{ rateLimit {{ cost nodeCount }} {parts} }}")["data"]
    assert answer.pop("rateLimit") == {"cost": 1, "nodeCount": 60}
    assert {node["comments"]["totalCount"] for node in answer.values()} == {1}


def test_everything_can_be_counted_by_state_and_since(simulated: Callable[..., Simulator]) -> None:
    scene = Scene()
    scene.issue(at=-90).close(at=-80)
    scene.issue(at=-90).close(at=-70)
    scene.issue(at=-60)
    scene.pull_request(at=-90).merge(at=-80)
    scene.pull_request(at=-90).close(at=-80)
    scene.pull_request(at=-90)
    scene.discussion(at=-90).close(at=-80)
    scene.discussion(at=-90)
    for hours in (-90, -70, -60):
        scene.commit(by="ann", at=hours)
    query = """query Counts($since: DateTime, $git: GitTimestamp) { repository(owner: "acme", name: "widget") {
      open: issues(filterBy: {since: $since, states: [OPEN]}) { totalCount }
      closed: issues(filterBy: {since: $since, states: [CLOSED]}) { totalCount }
      since: issues(filterBy: {since: $since}) { totalCount }
      merged: pullRequests(states: [MERGED]) { totalCount }
      ended: pullRequests(states: [MERGED, CLOSED]) { totalCount }
      shut: discussions(states: [CLOSED]) { totalCount }
      talks: discussions { totalCount }
      defaultBranchRef { target { ... on Commit { history(since: $git) { totalCount } } } } } }"""
    since = scene.when(-70).isoformat()
    with asking(simulated(scene)) as client:
        found = client.graphql(query, since=since, git=since)["data"]["repository"]
    assert found.pop("defaultBranchRef")["target"]["history"]["totalCount"] == 2
    assert {name: value["totalCount"] for name, value in found.items()} == {
        "open": 1, "closed": 1, "since": 2, "merged": 1, "ended": 2, "shut": 1, "talks": 2}
