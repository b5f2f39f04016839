"""What REST shows of alerts: by whom, in which order, page by page."""
from __future__ import annotations

from typing import Any

import pytest

from repo_vitals.simulator.generate_security import add_security
from support.simulated import Scene, asking

PERMISSION = {"dependabot/alerts": "vulnerability_alerts", "code-scanning/alerts": "security_events",
              "secret-scanning/alerts": "secret_scanning_alerts"}


def scene_of_all() -> Scene:
    scene = Scene()
    add_security(scene.state, scene.repository, now=scene.now)
    return scene


@pytest.mark.parametrize("path", list(PERMISSION))
def test_nobody_sees_the_alerts_even_of_a_public_repository_without_the_permission(simulated: Any, path: str) -> None:
    scene = scene_of_all()
    scene.state.strict_permissions = False
    simulator = simulated(scene)
    with asking(simulator, simulator.token({PERMISSION[path]: "read"}, login="scout[bot]")) as just:
        assert just.get(path).status_code == 200
    others: Any = {name: "read" for name in PERMISSION.values() if name != PERMISSION[path]}
    for token in (simulator.token(others, login="scout[bot]"), None):
        with asking(simulator, token) as client:
            answer = client.get(path)
        assert answer.status_code == 403
        assert answer.headers["x-accepted-github-permissions"] == f"{PERMISSION[path]}=read"


def test_a_workflows_token_never_sees_secret_alerts_whatever_it_is_granted(simulated: Any) -> None:
    simulator = simulated(scene_of_all())
    for token in (simulator.token(), simulator.token({"secret_scanning_alerts": "write"})):
        with asking(simulator, token) as client:
            assert client.get("secret-scanning/alerts").status_code == 403


def test_dependabots_alerts_come_by_cursor_and_not_by_number(simulated: Any) -> None:
    scene = scene_of_all()
    with asking(simulated(scene)) as client:
        assert client.get("dependabot/alerts?page=2").status_code == 400
        seen, url = [], "dependabot/alerts?per_page=1&state=open,dismissed,fixed"
        while url:
            answer = client.get(url)
            seen += [one["number"] for one in answer.json()]
            url = answer.links.get("next", {}).get("url", "")
        ascending = client.get("dependabot/alerts?direction=asc").json()
    assert len(seen) == 3
    assert seen == [one["number"] for one in reversed(ascending)]


def test_alerts_of_dependabots_are_sorted_by_their_last_change_where_that_is_asked(simulated: Any) -> None:
    with asking(simulated(scene_of_all())) as client:
        updated = [one["updated_at"] for one in client.get("dependabot/alerts?sort=updated").json()]
    assert updated == sorted(updated, reverse=True)


def test_a_secret_is_shown_unless_it_is_to_be_hidden(simulated: Any) -> None:
    simulator = simulated(scene_of_all())
    with asking(simulator, simulator.token(login="scout[bot]")) as client:
        assert "secret" in client.get("secret-scanning/alerts").json()[0]
        assert "secret" not in client.get("secret-scanning/alerts?hide_secret=true").json()[0]


def test_graphql_and_rest_agree_on_the_state_of_alerts(simulated: Any) -> None:
    query = """query Q { repository(owner: "acme", name: "widget") { vulnerabilityAlerts(first: 9) { nodes {
      number state } } } }"""
    with asking(simulated(scene_of_all())) as client:
        graphql = client.graphql(query)["data"]["repository"]["vulnerabilityAlerts"]["nodes"]
        rest = client.get("dependabot/alerts").json()
    assert {one["number"]: one["state"].lower() for one in graphql} == {one["number"]: one["state"] for one in rest}
    assert {one["state"] for one in rest} == {"open", "dismissed", "fixed"}
