"""Figures against limits."""
from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from repo_vitals.concerns.service_health import facts
from repo_vitals.concerns.service_health.judge import judge
from repo_vitals.concerns.service_health.measure import measure
from repo_vitals.report.status import overall
from support import hostile

from .test_measure import NOW, WINDOW, past, probe

if TYPE_CHECKING:
    from repo_vitals.concerns.service_health.facts import PastCheck, Probe
    from repo_vitals.report.model import Judgement


def judged(*probes: Probe, keeps: bool = True, **earlier: tuple[PastCheck, ...]) -> Judgement:
    told = facts.Facts(repository="acme/widget", probes=probes, past=earlier, keeps=keeps)
    return judge(measure(told, window=WINDOW), told, end=NOW)


def rules(judgement: Judgement) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in judgement.findings]


@pytest.mark.parametrize(("states", "status", "found"), [
    (["up"], "pass", []), (["down", "up", "up"], "pass", []), (["pending"], "pass", [("service-pending", "info")]),
    (["degraded"], "warn", [("service-degraded", "medium")]), (["down", "down"], "fail", [("service-down", "high")]),
    (["unknown", "unknown"], "unknown", [("service-unknown", "info")]), ([], "unknown", [("service-unknown", "info")])])
def test_down_fails_degraded_warns_and_what_can_t_be_told_never_passes(
        states: list[str], status: str, found: list[tuple[str, str]]) -> None:
    judgement = judged(probe(*states))
    assert overall(judgement.metrics, judgement.findings) == status
    assert rules(judgement) == found


def test_an_outage_says_why_how_often_and_since_when() -> None:
    [finding] = judged(probe("down", "down"), x=past((3, True), (2, False))).findings
    assert (finding.title, finding.url, finding.since) == (
        "x is down", "https://x.example/", NOW - timedelta(hours=2))
    assert finding.detail == ("Because down in 2 of 2 tries. "
                              "Down at every check that told since 2026-01-31T04:00:00Z, for 2 h.")


def test_a_first_outage_begins_now() -> None:
    [finding] = judged(probe("down", tries=1, failures=1), keeps=False).findings
    assert (finding.since, finding.detail) == (NOW, "Because down.")


def test_flapping_is_noted_beside_an_outage_and_alone_is_no_more_than_a_word() -> None:
    earlier = past(*[(hours, hours % 2 == 0) for hours in range(9, 0, -1)])
    [down] = judged(probe("down", "down"), x=earlier).findings
    assert down.detail.endswith("It went up and down several times lately.")
    judgement = judged(probe("up"), x=earlier)
    assert rules(judgement) == [("service-flapping", "info")]
    assert overall(judgement.metrics, judgement.findings) == "pass"


@pytest.mark.parametrize(("seconds", "found"), [(1.0, []), (1.001, [("service-slow", "medium")])])
def test_an_answer_slower_than_the_limit_warns(seconds: float, found: list[tuple[str, str]]) -> None:
    judgement = judged(probe("up", seconds=seconds, latency=timedelta(seconds=1)))
    assert rules(judgement) == found
    assert overall(judgement.metrics, judgement.findings) == ("warn" if found else "pass")


@pytest.mark.parametrize(("days", "found"), [(14, []), (13.99, [("certificate-expiry", "medium")]),
                                             (-1, [("certificate-expiry", "medium")])])
def test_a_certificate_near_its_end_warns(days: float, found: list[tuple[str, str]]) -> None:
    judgement = judged(probe("up", expires=days))
    assert rules(judgement) == found
    assert overall(judgement.metrics, judgement.findings) == ("warn" if found else "pass")


def test_of_a_service_that_is_down_neither_speed_nor_certificate_is_judged() -> None:
    judgement = judged(probe("down", "down", latency=timedelta(seconds=1)))
    assert rules(judgement) == [("service-down", "high")]
    assert [metric.name for metric in judgement.metrics if metric.target] == ["service_up"]


def test_a_certificate_that_was_not_seen_behind_a_service_that_is_up_is_unknown() -> None:
    judgement = judged(probe("up", expires=None))
    assert overall(judgement.metrics, judgement.findings) == "unknown"


def test_the_summary_counts_and_names_nobody() -> None:
    assert judged(probe("up", name="a", expires=90)).summary == "1 of 1 service up"
    assert judged(probe("up", name="a"), probe("down", "down", name="b"), probe("unknown", name="c")).summary == (
        "1 of 3 services up, 1 unknown, 1 down")


def test_a_run_without_history_says_what_it_can_t_know() -> None:
    assert "no history" in judged(probe("up"), keeps=False).notes[0]
    assert judged(probe("up")).notes == ()


def test_data_has_a_row_a_service_without_queries() -> None:
    [row] = judged(probe("down", "up", "up", seconds=0.25, expires=90, url="https://x.example/a?key=secret"),
                   x=past((24, True), (12, True))).data["services"]
    uptime = row.pop("uptime")
    assert row == {
        "name": "x", "url": "https://x.example/a", "kind": "http", "state": "up", "up": True, "reason": "because up",
        "remark": None, "certificate_expires_at": "2026-05-01T06:00:00Z", "final_url": "x", "since": None,
        "flapping": False, "tries": [
            {"at": "2026-01-31T06:00:00Z", "status": 200, "seconds": 9.0, "reason": "because down"},
            {"at": "2026-01-31T06:00:00Z", "status": 200, "seconds": 0.25, "reason": "because up"},
            {"at": "2026-01-31T06:00:00Z", "status": 200, "seconds": 0.25, "reason": "because up"}]}
    assert [(one["days"], one["ratio"]) for one in uptime] == [(1, 1.0), (7, None), (30, None), (90, None)]


def test_a_finding_keeps_its_id_while_the_outage_lasts() -> None:
    findings = [*judged(probe("down", "down")).findings, *judged(probe("down", "down"), x=past((2, False))).findings]
    assert len({finding.as_json(monitor="service-health")["id"] for finding in findings}) == 1


@given(hostile.short)
def test_a_stranger_s_words_reach_findings_and_data_and_not_the_summary(words: str) -> None:
    from repo_vitals.plain_text import one_line

    told = replace(probe("down", "down"), remark=one_line(words))
    judgement = judged(told)
    assert judgement.summary == "0 of 1 service up, 1 down"
    data: Any = judgement.data
    json.dumps(data, ensure_ascii=False).encode("utf-8")
