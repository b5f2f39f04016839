"""GitHub's own alerts: what is counted, what each refusal means, and that no answer ever becomes less than there is."""
from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary import alerts
from repo_vitals.errors import CouldNotMeasure, FeatureDisabled, PermissionMissing, RepositoryNotFound
from repo_vitals.report.model import Cost
from repo_vitals.simulator.faults import Fault
from repo_vitals.simulator.generate_security import add_security
from repo_vitals.simulator.truth_security import security_truth
from repo_vitals.sources.github_connection import connect
from repo_vitals.sources.http_wire import Timeouts
from support.scripted_server import ScriptedServer, answer
from support.simulated import REPOSITORY, Scene, asking, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from repo_vitals.concerns.security_summary.facts import Report
    from repo_vitals.simulator.server import Simulator
    from repo_vitals.sources.github_connection import GitHub

NEEDS = {"dependabot": {"vulnerability_alerts": "read"}, "code-scanning": {"security_events": "read"},
         "secret-scanning": {"secret_scanning_alerts": "read"}, "sbom": {"contents": "read"}}
FUNCTIONS: dict[str, Callable[..., Report]] = {
    "dependabot": alerts.dependabot, "code-scanning": alerts.code_scanning,
    "secret-scanning": alerts.secret_scanning, "sbom": alerts.sbom}
RECORDED = Path(__file__).parents[3].parent.parent / "shared" / "data" / "samples"


def connected(simulator: Simulator, token: str | None = None, cost: Cost | None = None) -> GitHub:
    return connect(token=token or simulator.token(login="scout[bot]"), environ=simulator.environment("x"),
                   cost=cost or Cost(), max_wait=timedelta(seconds=30), sleep=lambda _: None,
                   timeouts=Timeouts(connect=2, read=2, total=5))


def lists(github: GitHub, *names: str, since: datetime | None = None) -> tuple[Report, ...]:
    """What these lists say, or all of them."""
    return tuple(FUNCTIONS[name](github, REPOSITORY, **({"since": since} if name == "dependabot" else {}))
                 for name in names or FUNCTIONS)


def figures(reports: tuple[Report, ...]) -> dict[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for report in reports:
        found.update(("open", str(one.level)) for one in report.advisories)
        found.update(("mended", str(one.advisory.level)) for one in report.mended)
        found.update(("code", one.level) for one in report.code)
        found.update(("license", one.license or "") for one in report.licenses)
        found["secrets", ""] += report.secrets or 0
    return {key: count for key, count in found.items() if count}


@pytest.fixture
def demo() -> Iterator[tuple[Scene, Simulator]]:
    scene = Scene()
    add_security(scene.state, scene.repository, now=scene.now)
    with serving(scene) as simulator:
        yield scene, simulator


def test_what_is_open_mended_exposed_and_licensed_is_what_the_repository_holds(demo: tuple[Scene, Simulator]) -> None:
    scene, simulator = demo
    since = scene.now - timedelta(days=30)
    reports = lists(connected(simulator), since=since)
    assert figures(reports) == security_truth(scene.repository, since=since)
    assert figures(reports)["mended", "critical"] == 1


def test_an_alert_tells_its_advisory_its_package_and_how_it_hangs_together(demo: tuple[Scene, Simulator]) -> None:
    _, simulator = demo
    (chrono,) = alerts.dependabot(connected(simulator), REPOSITORY).advisories
    assert chrono.ids[1:] == ("CVE-2026-1234",)
    assert chrono.ids[0].startswith("GHSA-")
    assert (chrono.package.name, chrono.package.ecosystem, chrono.package.file) == ("chrono", "crates.io", "Cargo.lock")
    assert (chrono.level, chrono.fixed, chrono.direct, chrono.epss) == ("medium", ("0.4.42",), False, 0.02)
    assert chrono.vectors == ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",)
    assert chrono.scores == ()
    assert chrono.opened_at is not None


def test_code_findings_keep_quality_apart_from_security_and_say_which_level_was_given(
        demo: tuple[Scene, Simulator]) -> None:
    _, simulator = demo
    found = {one.rule: one for one in alerts.code_scanning(connected(simulator), REPOSITORY).code}
    assert {rule: (one.level, one.level_given, one.security) for rule, one in found.items()} == {
        "rust/path-injection": ("high", True, True), "excessive-permissions": ("medium", False, True),
        "rust/unused-variable": ("low", False, False)}
    assert (found["rust/path-injection"].file, found["rust/path-injection"].line) == ("src/main.rs", 42)


def test_what_other_tools_uploaded_is_told_apart_by_the_tool() -> None:
    scene = Scene()
    for tool in ("gitleaks", "gitleaks", "Clippy", "zizmor"):
        scene.state.object_to_code(scene.repository, "rule", at=scene.when(-1), tool=tool, description="of a stranger")
    with serving(scene) as simulator:
        report = alerts.code_scanning(connected(simulator), REPOSITORY)
    assert (report.secrets, report.checks) == (2, {"code", "secrets"})
    assert sorted((one.source, one.security) for one in report.code) == [("Clippy", False), ("zizmor", True)]


@pytest.mark.parametrize(("tool", "rule"), [
    ("secretlint", "@secretlint/secretlint-rule-aws"), ("Bandit", "B105"), ("Semgrep", "generic.secrets.aws-key"),
    ("Checkov", "CKV_SECRET_2"), ("CodeQL", "js/hardcoded-credentials"),
])
def test_alerts_of_rules_that_find_secrets_are_counted_and_not_described(tool: str, rule: str) -> None:
    scene = Scene()
    scene.state.object_to_code(scene.repository, rule, at=scene.when(-1), tool=tool, description="the key is hunter2")
    with serving(scene) as simulator:
        report = alerts.code_scanning(connected(simulator), REPOSITORY)
    assert (report.secrets, report.code) == (1, ())


def test_code_alerts_of_other_branches_do_not_count(demo: tuple[Scene, Simulator]) -> None:
    scene, simulator = demo
    before = len(alerts.code_scanning(connected(simulator), REPOSITORY).code)
    scene.state.object_to_code(scene.repository, "rust/x", at=scene.when(-1), branch="feature")
    assert len(alerts.code_scanning(connected(simulator), REPOSITORY).code) == before


def test_no_secret_is_ever_sent_or_described(demo: tuple[Scene, Simulator]) -> None:
    _, simulator = demo
    report = alerts.secret_scanning(connected(simulator), REPOSITORY)
    assert report.secrets == 1
    assert (report.code, report.advisories, report.notes) == ((), (), ())
    (entry,) = simulator.requests(path=f"/repos/{REPOSITORY}/secret-scanning/alerts")
    assert entry.query["hide_secret"] == "true"


def test_more_alerts_than_a_page_holds_are_all_counted_once_by_cursor_and_by_number() -> None:
    scene = Scene()
    for place in range(230):
        scene.state.warn(scene.repository, package=f"p{place}", severity="LOW", at=scene.when(-place))
        scene.state.object_to_code(scene.repository, f"r{place}", at=scene.when(-place))
        scene.state.find_secret(scene.repository, at=scene.when(-place))
    cost = Cost()
    with serving(scene) as simulator:
        reports = lists(connected(simulator, cost=cost), "dependabot", "code-scanning", "secret-scanning")
        listed = simulator.requests(path=f"/repos/{REPOSITORY}/dependabot/alerts")
    assert figures(reports) == {("open", "low"): 230, ("code", "medium"): 230, ("secrets", ""): 230}
    assert len(listed) == 3
    assert cost.requests == 10      # three pages of each, and one to know the default branch


def test_mended_alerts_are_asked_for_newest_first_and_no_further_than_needed() -> None:
    scene = Scene()
    for days in range(1, 400):
        scene.state.warn(scene.repository, package=f"p{days}", severity="HIGH", at=scene.when(-24 * (days + 10)),
                         fixed_at=scene.when(-24 * days))
    with serving(scene) as simulator:
        report = alerts.dependabot(connected(simulator), REPOSITORY, since=scene.when(-24 * 30.5))
        listed = simulator.requests(path=f"/repos/{REPOSITORY}/dependabot/alerts")
    assert len(report.mended) == 30
    assert report.advisories == ()
    assert len(listed) == 2             # one page of open ones, one of those that were fixed


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_each_list_needs_its_own_permission_and_no_other(demo: tuple[Scene, Simulator], name: str) -> None:
    _, simulator = demo
    just: Any = NEEDS[name]
    others: Any = {key: "read" for other, needs in NEEDS.items() if other != name for key in needs}
    assert FUNCTIONS[name](connected(simulator, simulator.token(just, login="scout[bot]")), REPOSITORY)
    with pytest.raises(PermissionMissing) as refused:
        FUNCTIONS[name](connected(simulator, simulator.token(others, login="scout[bot]")), REPOSITORY)
    (permission,) = just
    assert permission.replace("_", "-").split("-alerts")[0].replace("-", " ") in str(refused.value).replace("-", " ")


def test_a_workflows_own_token_is_told_that_it_never_sees_secrets(demo: tuple[Scene, Simulator]) -> None:
    _, simulator = demo
    with pytest.raises(PermissionMissing, match="a workflow's own token never may; it takes a GitHub App's"):
        alerts.secret_scanning(connected(simulator, simulator.token()), REPOSITORY)


@pytest.mark.parametrize(("name", "change", "words"), [
    ("dependabot", {"dependabot": False}, "Dependabot alerts: switched off in acme/widget"),
    ("code-scanning", {"code_scanning": False}, "code scanning alerts: switched off in acme/widget"),
    ("code-scanning", {"analysed": False}, "code scanning alerts: no analysis of acme/widget has been uploaded"),
    ("secret-scanning", {"secret_scanning": False}, "secret scanning alerts: switched off in acme/widget"),
    ("sbom", {"dependency_graph": False}, r"GitHub's list of dependencies \(SBOM\): switched off in acme/widget"),
])
def test_what_is_switched_off_is_told_and_takes_nothing_from_the_other_lists(
        demo: tuple[Scene, Simulator], name: str, change: dict[str, Any], words: str) -> None:
    scene, simulator = demo
    for key, value in change.items():
        setattr(scene.repository.security, key, value)
    github = connected(simulator)
    assert len(lists(github, *(other for other in FUNCTIONS if other != name))) == len(FUNCTIONS) - 1
    with pytest.raises(FeatureDisabled, match=words):
        lists(github, name)


def test_a_private_repository_without_the_product_says_so(demo: tuple[Scene, Simulator]) -> None:
    scene, simulator = demo
    scene.repository.private, scene.repository.security.code_scanning = True, False
    with pytest.raises(FeatureDisabled, match="Advanced Security must be enabled"):
        alerts.code_scanning(connected(simulator), REPOSITORY)


def test_an_archived_repository_has_no_alerts_of_dependabots(demo: tuple[Scene, Simulator]) -> None:
    scene, simulator = demo
    scene.repository.archived = True
    with pytest.raises(FeatureDisabled, match="acme/widget is archived"):
        alerts.dependabot(connected(simulator), REPOSITORY)


def test_a_repository_that_is_not_there_is_an_error(demo: tuple[Scene, Simulator]) -> None:
    _, simulator = demo
    with pytest.raises(RepositoryNotFound):
        alerts.code_scanning(connected(simulator), "acme/nothing")


PATHS = {"dependabot": "dependabot/alerts", "code-scanning": "code-scanning/alerts",
         "secret-scanning": "secret-scanning/alerts", "sbom": "dependency-graph/sbom"}


@pytest.mark.parametrize("name", list(FUNCTIONS))
@pytest.mark.parametrize("kind", ["status", "truncated", "not-json", "empty", "reset"])
def test_a_service_that_stays_broken_is_no_empty_list(demo: tuple[Scene, Simulator], name: str, kind: str) -> None:
    _, simulator = demo
    simulator.faults.rules.append(Fault(kind=kind, path=f"/repos/{REPOSITORY}/{PATHS[name]}"))
    with pytest.raises(CouldNotMeasure):
        lists(connected(simulator), name)


@pytest.mark.parametrize("name", list(FUNCTIONS))
@pytest.mark.parametrize("kind", ["status", "truncated", "not-json", "secondary-limit"])
def test_a_stumble_changes_no_figure(demo: tuple[Scene, Simulator], name: str, kind: str) -> None:
    _, simulator = demo
    smooth = lists(connected(simulator), name)
    simulator.faults.rules.append(Fault(kind=kind, path=f"/repos/{REPOSITORY}/{PATHS[name]}", times=1, retry_after=1))
    assert lists(connected(simulator), name) == smooth
    assert simulator.faults.rules[0].fired == 1


@contextmanager
def scripted(script: Any) -> Iterator[tuple[GitHub, ScriptedServer]]:
    with ScriptedServer(script) as server:
        github = connect(token="ghs_x", environ={"GITHUB_API_URL": server.url}, cost=Cost(),
                         max_wait=timedelta(seconds=5), sleep=lambda _: None)
        yield github, server
        github.close()


@pytest.mark.parametrize("content", [
    [{"number": 1}], [{"number": 1, "state": "open", "security_advisory": None}], ["text"], {"number": 1}, [None], 7,
    [{"number": [], "state": "open"}], [{"state": "open"}],
])
def test_an_answer_of_another_shape_is_an_error_and_never_less_than_there_is(content: Any) -> None:
    with scripted(lambda _: answer(content=content)) as (github, _), pytest.raises(CouldNotMeasure):
        alerts.dependabot(github, REPOSITORY)


ODD = st.sampled_from([None, True, -1, 0, 10**30, 1.5, "", "x", "\ud800", [], {}, [None], {"a": 1}, [[]]])


@given(st.sampled_from(("dependabot", "code-scanning")), st.integers(0, 2**16), ODD)
def test_any_odd_value_in_an_answer_gives_a_report_or_an_error_of_one_line(name: str, place: int, odd: Any) -> None:
    scene = Scene()
    add_security(scene.state, scene.repository, now=scene.now)
    with serving(scene) as simulator, asking(simulator) as client:
        listed = client.get(f"{PATHS[name]}?state=open").json()
    places: list[tuple[Any, Any]] = []

    def gather(node: Any) -> None:
        for key in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            places.append((node, key))
            gather(node[key])
    gather(listed)
    node, key = places[place % len(places)]
    node[key] = odd

    def script(asked: Any) -> Any:
        return answer(content=listed if "alerts" in asked.path else {"default_branch": "main"})
    with scripted(script) as (github, _):
        try:
            report = FUNCTIONS[name](github, REPOSITORY)
        except CouldNotMeasure as error:
            assert "\n" not in str(error)
            return
    str(report).encode("utf-8")


GONE = {"number": 1, "state": "dismissed"}


def test_pages_that_go_round_in_a_circle_are_left() -> None:
    def script(asked: Any) -> Any:
        following = "after=b" if "after=a" in asked.path else "after=a"
        return answer(content=[GONE], headers={"link": f'<https://h.example/?per_page=100&{following}>; rel="next"'})
    with scripted(script) as (github, _), pytest.raises(CouldNotMeasure, match="round in a circle"):
        alerts.dependabot(github, REPOSITORY)


def test_a_page_on_another_host_is_never_asked_for() -> None:
    def script(asked: Any) -> Any:
        more = {"link": '<https://evil.example/alerts?after=a&per_page=100>; rel="next"'}
        return answer(content=[GONE], headers={} if "after=a" in asked.path else more)
    with scripted(script) as (github, server):
        assert alerts.dependabot(github, REPOSITORY).advisories == ()
    assert [asked.path.partition("?")[0] for asked in server.asked] == [f"/repos/{REPOSITORY}/dependabot/alerts"] * 2


recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not there")


def body(path: str) -> Any:
    return json.loads((RECORDED / path).read_text(encoding="utf-8"))["response"]["body"]


@recorded
def test_recorded_alerts_that_are_dismissed_are_not_open() -> None:
    with scripted(lambda _: answer(content=body("gh-dependabot-alerts/alerts.json"))) as (github, _):
        assert alerts.dependabot(github, REPOSITORY).advisories == ()
    opened = [{**one, "state": "open"} for one in body("gh-dependabot-alerts/alerts.json")]
    with scripted(lambda _: answer(content=opened)) as (github, _):
        (found,) = alerts.dependabot(github, REPOSITORY).advisories
    assert found.level == "medium"
    assert found.ids[0].startswith("GHSA-")


@recorded
def test_recorded_code_alerts_are_those_that_are_open() -> None:
    def script(asked: Any) -> Any:
        is_repository = asked.path.rstrip("/") == f"/repos/{REPOSITORY}"
        return answer(content={"default_branch": "trunk"} if is_repository else body("gh-code-scanning/alerts.json"))
    with scripted(script) as (github, server):
        report = alerts.code_scanning(github, REPOSITORY)
    assert len(report.code) == 4
    assert "ref=refs%2Fheads%2Ftrunk" in server.asked[1].path


@recorded
def test_of_recorded_secrets_the_open_ones_are_counted() -> None:
    with scripted(lambda _: answer(content=body("gh-secret-scanning/alerts.json"))) as (github, _):
        assert alerts.secret_scanning(github, REPOSITORY).secrets == 1


STATES = st.sampled_from(["open", "fixed", "dismissed", "auto"])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(STATES, st.sampled_from(["CRITICAL", "HIGH", "MODERATE", "LOW"]), st.integers(1, 60)),
                max_size=12), st.integers(1, 60))
def test_whatever_happened_to_alerts_the_figures_are_the_truth(told: list[tuple[str, str, int]], days: int) -> None:
    scene = Scene()
    for place, (state, severity, ago) in enumerate(told):
        end = {"fixed": {"fixed_at": scene.when(-24 * ago)}, "dismissed": {"dismissed_at": scene.when(-24 * ago)},
               "auto": {"auto_dismissed_at": scene.when(-24 * ago)}}.get(state, {})
        scene.state.warn(scene.repository, package=f"p{place}", severity=severity, at=scene.when(-24 * (ago + 1)),
                         **end)
    since = scene.when(-24 * days)
    with serving(scene) as simulator:
        report = alerts.dependabot(connected(simulator), REPOSITORY, since=since)
    assert figures((report,)) == security_truth(scene.repository, since=since)


def test_the_reasons_hold_no_text_of_strangers_unescaped_and_are_one_line() -> None:
    refusal = {"message": "Dependabot alerts are disabled for \n::error::x", "documentation_url": "https://x"}
    with scripted(lambda _: answer(403, refusal)) as (github, _), pytest.raises(FeatureDisabled) as refused:
        alerts.dependabot(github, REPOSITORY)
    assert "\n" not in str(refused.value)
