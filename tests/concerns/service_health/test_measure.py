"""Figures from facts."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.concerns.service_health.definitions import METRICS
from repo_vitals.concerns.service_health.facts import STATES, Facts, PastCheck, Probe, Service, Try
from repo_vitals.concerns.service_health.measure import Checked, measure, metrics_of
from repo_vitals.report.model import Metric, Window, check_names

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 1, 31, 6, tzinfo=timezone.utc)
WINDOW = Window(start=NOW - timedelta(days=30), end=NOW)


def probe(*states: Any, name: str = "x", seconds: float | None = 0.5, expires: float | None = 90,
          **service: Any) -> Probe:
    """A service whose tries ended so; `expires` in days."""
    return Probe(service=Service(**{"name": name, "url": f"https://{name}.example/", **service}), final_url="x",
                 tries=tuple(Try(at=NOW, state=state, reason=f"because {state}", status=200, seconds=(
                     seconds if state in ("up", "degraded") else 9.0)) for state in states),
                 certificate_expires_at=None if expires is None else NOW + timedelta(days=expires))


def past(*told: tuple[float, bool | None], seconds: float | None = 1.0) -> tuple[PastCheck, ...]:
    """Hours before now, and what was found."""
    return tuple(PastCheck(at=NOW - timedelta(hours=hours), up=up, seconds=seconds if up else None)
                 for hours, up in told)


def measured(*probes: Probe, **earlier: Sequence[PastCheck]) -> tuple[Checked, ...]:
    return measure(Facts(repository="acme/widget", probes=probes, past={
        name: tuple(checks) for name, checks in earlier.items()}, keeps=True), window=WINDOW)


def figure(checked: Sequence[Checked], name: str, **labels: str) -> Metric:
    [found] = [metric for metric in metrics_of(checked) if metric.name == name and metric.labels == labels]
    return found


@pytest.mark.parametrize(("states", "value"), [
    (["up"], 1), (["degraded"], 1), (["down", "down"], 0), (["down", "up", "up"], 1), (["unknown", "unknown"], None),
    (["pending"], None), ([], None)])
def test_up_is_one_down_is_zero_and_what_can_t_be_told_is_neither(states: list[str], value: float | None) -> None:
    metric = figure(measured(probe(*states)), "service_up", service="x")
    assert (metric.value, metric.samples) == (value, 0 if value is None else 1)


def test_the_time_of_an_answer_is_that_of_the_last_good_try() -> None:
    assert figure(measured(probe("down", "up", "up", seconds=0.25)), "service_response_seconds",
                  service="x").value == 0.25
    down = figure(measured(probe("down", "up", "down")), "service_response_seconds", service="x")
    assert (down.value, down.samples) == (None, 0)      # it answered, but not as it should


def test_latency_is_over_the_checks_of_the_window_that_found_it_up_and_now() -> None:
    earlier = (PastCheck(at=WINDOW.start - timedelta(seconds=1), up=True, seconds=100.0),
               PastCheck(at=WINDOW.start, up=True, seconds=4.0), *past((3, False), (2, None)),
               PastCheck(at=NOW - timedelta(hours=1), up=True, seconds=None))
    checked = measured(probe("up", seconds=2.0), x=earlier)
    median, upper = (figure(checked, "service_latency_seconds", service="x", quantile=quantile)
                     for quantile in ("0.5", "0.9"))
    assert (median.value, median.samples) == (3.0, 2)
    assert upper.value == pytest.approx(3.8)


def test_without_history_latency_is_that_of_now() -> None:
    assert figure(measured(probe("up", seconds=0.0)), "service_latency_seconds", service="x",
                  quantile="0.9").value == 0.0


@given(st.lists(st.floats(0, 30, allow_subnormal=False), min_size=1, max_size=30))
def test_the_latency_quantiles_are_those_of_the_values_in_order(seconds: list[float]) -> None:
    earlier = [PastCheck(at=NOW - timedelta(hours=hours + 1), up=True, seconds=took)
               for hours, took in reversed(list(enumerate(seconds[1:])))]
    found = figure(measured(probe("up", seconds=seconds[0]), x=earlier), "service_latency_seconds", service="x",
                   quantile="0.5").value
    ordered = sorted(seconds)
    middle = len(ordered) // 2
    expected = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    assert found == pytest.approx(expected)


def test_now_s_check_counts_towards_the_uptime() -> None:
    checked = measured(probe("down", "down"), x=past((24, True), (12, True)))
    assert figure(checked, "service_uptime_ratio", service="x", days="1").value == pytest.approx(0.75)
    whole = figure(checked, "service_uptime_ratio", service="x", days="90")
    assert (whole.value, whole.samples) == (None, 0)


def test_an_outage_begins_with_the_first_check_that_found_it() -> None:
    assert measured(probe("down", "down"),
                    x=past((3, True), (2, False), (1, False)))[0].since == NOW - timedelta(hours=2)
    assert measured(probe("down", "down"))[0].since == NOW
    assert measured(probe("up"), x=past((2, False)))[0].since is None


def test_the_history_of_another_service_is_not_its_own() -> None:
    assert measured(probe("up", name="a"), b=past((2, False)))[0].latency_samples == 1


def test_a_certificate_has_seconds_left_and_none_over_plain_http() -> None:
    checked = measured(probe("up", expires=2), probe("up", name="y", url="http://y.example/"))
    assert figure(checked, "service_certificate_expiry_seconds", service="x").value == 172_800
    assert not [metric for metric in metrics_of(checked) if metric.name == "service_certificate_expiry_seconds"
                and metric.labels["service"] == "y"]


def test_every_state_is_counted_even_where_no_service_is_in_it() -> None:
    checked = measured(probe("up", name="a"), probe("degraded", name="b"), probe("down", "down", name="c"))
    assert {state: figure(checked, "services", state=state).value for state in STATES} == {
        "up": 1, "degraded": 1, "down": 1, "pending": 0, "unknown": 0}


def test_every_figure_is_as_its_definition_says() -> None:
    check_names(metrics_of(measured(probe("up", expires=3), probe("unknown", name="y"))),
                {metric.name: metric for metric in METRICS})
