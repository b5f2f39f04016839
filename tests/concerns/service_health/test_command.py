"""The command as a whole: exit codes, files, what it needs and what it keeps to itself."""
from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from repo_vitals.simulator.services import Page, Services, Version
from support import hostile
from support.commands import Ended, read_report, run
from support.reports import NOW
from support.scripted_server import ScriptedServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def check(folder: Path, services: Services, *lines: str, options: tuple[str, ...] = (), **environ: str) -> Ended:
    """Run service-health over lines in which `{url}` is the address of the services."""
    text = "\n".join(f"{line.format(url=services.url)} wait=0s" for line in lines)
    return run("service-health", "--services", text, "--allow-private", services.host, *options, folder=folder,
               environ=environ)


def report_of(folder: Path) -> dict[str, Any]:
    found = read_report(folder / "repo-vitals" / "service-health.json")
    assert found is not None
    return found


def test_services_that_answer_pass_without_a_token_and_without_github(services: Services, tmp_path: Path) -> None:
    ended = check(tmp_path, services, "x = {url}/ text=well", GITHUB_API_URL="http://127.0.0.1:1")
    assert ended.code == 0, ended.stderr
    report = report_of(tmp_path)
    assert (report["status"], report["summary"], report["cost"]["requests"]) == ("pass", "1 of 1 service up", 1)


def test_a_service_that_is_down_fails(services: Services, tmp_path: Path) -> None:
    services.pages["/"] = Page(status=500)
    ended = check(tmp_path, services, "x = {url}/", "y = {url}/api/v2/summary.json kind=statuspage")
    assert ended.code == 1
    report = report_of(tmp_path)
    assert (report["status"], report["summary"]) == ("fail", "1 of 2 services up, 1 down")
    assert [finding["rule"] for finding in report["findings"]] == ["service-down"]
    assert (report["cost"]["requests"], report["cost"]["retries"]) == (3, 1)


def test_a_token_is_never_sent_to_a_service(services: Services, tmp_path: Path) -> None:
    services.pages["/a"] = Page(status=302, headers={"location": "/"})
    ended = check(tmp_path, services, "x = {url}/a", GITHUB_TOKEN="ghs_secret", GH_TOKEN="ghs_secret")
    assert ended.code == 0
    said = ended.stdout + ended.stderr + json.dumps(report_of(tmp_path))
    assert "ghs_secret" not in said + json.dumps(services.asked)


def test_a_token_that_no_header_can_carry_does_not_matter(services: Services, tmp_path: Path) -> None:
    assert check(tmp_path, services, "x = {url}/", GITHUB_TOKEN="bad token\n").code == 0


def test_queries_are_asked_for_and_shown_nowhere(services: Services, tmp_path: Path) -> None:
    services.pages["/"] = Page(status=302, headers={"location": "/b?session=hunter2"})
    services.pages["/b"] = Page(status=500)
    ended = check(tmp_path, services, "x = {url}/?key=hunter2", options=("--openmetrics", "a.prom"))
    assert ended.code == 1
    assert services.asked[0][1] == "/?key=hunter2"
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "hunter2" not in ended.stdout + ended.stderr + written


@pytest.mark.parametrize(("arguments", "said"), [
    (("--services", "x"), 'services: holds "x", which is neither'),
    (("--services", "x = https://ann:hunter2@a.example"), "holds credentials"),
    (("--services", "x = https://a.example expct=1"), "did you mean expect"),
    (("--services", "x = http://127.0.0.1:1/"), '"x" is at a loopback address; name it in allow-private'),
    (("--services", "x = http://[::ffff:10.0.0.1]/"), "is at a private address"),
    (("--services", "x = docs.rs:a registry=http://169.254.169.254"), "is at a link-local address"),
    (("--allow-private", "http://localhost"), "allow-private"), (("--service", "x"), "did you mean --services"),
])
def test_what_can_t_be_meant_is_one_line_and_exit_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = run("service-health", *arguments, folder=tmp_path)
    assert ended.code == 2
    assert said in ended.stderr + ended.stdout
    assert "hunter2" not in ended.stderr + ended.stdout
    assert ended.left_behind == []


def test_the_configuration_file_names_services_but_opens_no_network(services: Services, tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    file = tmp_path / ".github" / "repo-vitals.toml"
    file.write_text(f'[service-health]\nservices = [{{name = "x", url = "{services.url}/", text = "well"}}]\n')
    assert run("service-health", "--allow-private", services.host, folder=tmp_path).code == 0
    file.write_text(file.read_text() + f'allow-private = ["{services.host}"]\n')
    ended = run("service-health", folder=tmp_path)
    assert ended.code == 2
    assert "allow-private: does not belong in a file" in ended.stderr + ended.stdout


def test_a_name_that_leads_to_this_machine_is_unknown_and_nothing_is_asked(services: Services, tmp_path: Path) -> None:
    port = services.host.rpartition(":")[2]
    ended = run("service-health", "--services", f"x = http://localhost:{port}/ wait=0s", folder=tmp_path)
    assert ended.code == 0
    report = report_of(tmp_path)
    assert report["status"] == "unknown"
    assert "allow-private names it" in report["data"]["services"][0]["reason"]
    assert services.asked == []


def test_unknown_can_be_made_to_fail(services: Services, tmp_path: Path) -> None:
    port = services.host.rpartition(":")[2]
    ended = run("service-health", "--services", f"x = http://localhost:{port}/ wait=0s", "--unknown-is", "fail",
                folder=tmp_path)
    assert ended.code == 1


def test_a_redirect_to_this_machine_is_down_and_not_followed(services: Services, tmp_path: Path) -> None:
    port = services.host.rpartition(":")[2]
    services.pages["/a"] = Page(status=302, headers={"location": f"http://localhost:{port}/admin"})
    assert check(tmp_path, services, "x = {url}/a").code == 1
    assert {asked[1] for asked in services.asked} == {"/a"}


def test_every_kind_of_service_is_in_one_report(services: Services, tmp_path: Path) -> None:
    from datetime import timedelta

    services.crate("widget", Version(number="1.0.0", published=NOW - timedelta(days=9)))
    options = services.options()
    ended = run("service-health", "--services", options["services"], "--allow-private", options["allow-private"],
                folder=tmp_path)
    assert ended.code == 0, ended.stderr
    assert [(row["name"], row["kind"], row["state"]) for row in report_of(tmp_path)["data"]["services"]] == [
        ("website", "http", "up"), ("github", "statuspage", "up"), ("crates.io:widget", "crates.io", "up"),
        ("docs.rs:widget", "docs.rs", "up")]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=hostile.short)
def test_hostile_answers_end_in_a_valid_report_and_no_command(words: str, tmp_path: Path) -> None:
    from support import runner

    page = {"status": {"indicator": "critical", "description": words},
            "components": [{"name": words, "status": "operational"}]}
    body = json.dumps(page).encode()
    with ScriptedServer(lambda asked: answer(200, body=body, headers={"x": "y"})) as server:
        ended = run("service-health", "--services", f"x = {server.url}/ kind=statuspage tries=1", "--allow-private",
                    "127.0.0.1", folder=tmp_path, environ={"GITHUB_ACTIONS": "true"})
    assert ended.code == 1
    assert report_of(tmp_path)["summary"] == "0 of 1 service up, 1 down"
    assert {command.name for command in runner.commands(ended.stdout)} <= {"error", "warning", "notice"}


def test_a_later_run_knows_since_when_and_for_how_much_of_the_time(services: Services, tmp_path: Path) -> None:
    from datetime import timedelta

    def at(hours: float, *, well: bool) -> dict[str, Any]:
        services.pages["/"] = Page(status=200 if well else 500)
        check(tmp_path, services, "x = {url}/", options=("--history", "history"),
              REPO_VITALS_NOW=(NOW + timedelta(hours=hours)).isoformat())
        found: dict[str, Any] = report_of(tmp_path)["data"]["services"][0]
        return found

    for hours in (-24, -20, -16, -12):
        at(hours, well=True)
    assert at(-8, well=False)["since"] == "2026-01-30T22:00:00Z"
    assert at(-4, well=False)["since"] == "2026-01-30T22:00:00Z"
    last = at(0, well=True)
    assert (last["since"], last["flapping"]) == (None, False)
    day, week = last["uptime"][:2]
    # Down from half way between -12 h and -8 h to half way between -4 h and now: 8 of 24 hours.
    assert (day["ratio"], day["covered"], day["checks"]) == (pytest.approx(16 / 24), 1.0, 7)
    assert (week["ratio"], week["covered"]) == (None, pytest.approx((24 + 12) / 168, abs=1e-6))
    report = report_of(tmp_path)
    assert report["data"]["notes"] == []
    [median] = [metric for metric in report["metrics"] if metric["name"] == "service_latency_seconds"
                and metric["labels"]["quantile"] == "0.5"]
    assert median["samples"] == 5


def test_a_run_that_is_repeated_at_the_same_instant_replaces_its_check(services: Services, tmp_path: Path) -> None:
    for _ in range(2):
        check(tmp_path, services, "x = {url}/", options=("--history", "history"))
    assert report_of(tmp_path)["data"]["services"][0]["uptime"][0]["checks"] == 1


@pytest.mark.parametrize(("days", "before", "status", "rule"), [
    (40, 0, "pass", None), (5, 0, "warn", "certificate-expiry"), (-1, 9, "fail", "service-down")])
def test_a_certificate_is_good_near_its_end_or_expired(authority: Any, tmp_path: Path, days: int, before: int,
                                                       status: str, rule: str | None) -> None:
    bundle, context = authority(days=days, before=before)
    with Services(tls=context, name="localhost") as services:
        ended = check(tmp_path, services, "x = {url}/ certificate=14d", REQUESTS_CA_BUNDLE=str(bundle),
                      REPO_VITALS_NOW=datetime.now(timezone.utc).isoformat())
    assert ended.code == int(status == "fail"), ended.stderr
    report = report_of(tmp_path)
    assert (report["status"], [finding["rule"] for finding in report["findings"]]) == (status, [rule] if rule else [])
    [metric] = [one for one in report["metrics"] if one["name"] == "service_certificate_expiry_seconds"]
    if status == "fail":
        assert (metric["value"], metric["target"]) == (None, None)
        assert report["data"]["services"][0]["reason"] == "its certificate has expired"
    else:
        assert metric["value"] == pytest.approx(days * 86_400, abs=3600)
        assert metric["target"] == ">= 1209600"


def test_a_token_is_needed_only_where_the_history_lies_at_github(services: Services, tmp_path: Path) -> None:
    ended = check(tmp_path, services, "x = {url}/", options=("--history", "branch"))
    assert ended.code == 2
    assert "token: none given" in ended.stderr + ended.stdout
