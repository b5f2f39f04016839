"""The whole way from GitHub's answers to the figures, against the simulator's own truth: other code, other methods."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.clock import format_instant
from repo_vitals.simulator.generate import generate
from repo_vitals.simulator.truth import truth
from support.commands import Ended, run
from support.simulated import NOW, serving

if TYPE_CHECKING:
    from pathlib import Path


def compared(folder: Path, *, seed: int, days: int, target_hours: int = 24, sizes: tuple[int, int, int] = (160, 90, 40),
             options: tuple[str, ...] = (), hours_back: int = 0, **rules: Any) -> None:
    """Run the command on a generated repository and hold every figure to the truth."""
    state = generate(issues=sizes[0], pull_requests=sizes[1], discussions=sizes[2], seed=seed, now=NOW)
    clock = NOW - timedelta(hours=hours_back)
    with serving(state) as github:
        ended = run("community-metrics", "--window", f"{days}d", "--response-target", f"{target_hours}h", *options,
                    "--repository", state.repositories()[0].full_name, folder=folder, at=github,
                    environ={"REPO_VITALS_NOW": format_instant(clock)})
    assert ended.code in (0, 1), ended.stderr
    expected = truth(state, now=clock, window=timedelta(days=days), response_target=timedelta(hours=target_hours),
                     kpis=True, **rules)
    # Where no issue is due there is one row of service levels, without a value; the truth has none.
    found = {key: value for key, value in figures(ended).items() if key in expected or value is not None}
    assert found == {key: pytest.approx(value) for key, value in expected.items()}


def figures(ended: Ended) -> dict[Any, float | None]:
    return {(metric["name"], tuple(sorted(metric["labels"].items()))): metric["value"]
            for metric in ended.report["metrics"]}


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_of_a_month_is_true(tmp_path: Path, seed: int) -> None:
    compared(tmp_path, seed=seed, days=30)


def test_every_figure_of_a_whole_life_is_true(tmp_path: Path) -> None:
    compared(tmp_path, seed=21, days=3000)


def test_every_figure_is_true_with_members_only(tmp_path: Path) -> None:
    compared(tmp_path, seed=5, days=200, options=("--responders", "members"), responders="members")


def test_every_figure_is_true_with_bots_included(tmp_path: Path) -> None:
    compared(tmp_path, seed=6, days=200, options=("--include-bots",), include_bots=True)


def test_every_figure_is_true_as_of_a_moment_in_the_past(tmp_path: Path) -> None:
    compared(tmp_path, seed=8, days=60, hours_back=24 * 90 + 7)


@pytest.mark.parametrize(("days", "hours_back"), [(30, 0), (300, 0), (30, 24 * 90 + 7)])
def test_every_figure_of_the_window_before_is_true_too(tmp_path: Path, days: int, hours_back: int) -> None:
    state = generate(issues=160, pull_requests=90, discussions=40, seed=12, now=NOW)
    clock, window = NOW - timedelta(hours=hours_back), timedelta(days=days)
    with serving(state) as github:
        ended = run("community-metrics", "--window", f"{days}d", "--repository", state.repositories()[0].full_name,
                    folder=tmp_path, at=github, environ={"REPO_VITALS_NOW": format_instant(clock)})
    # Who is one contributor is taken as it is known now, and the truth takes it as it was known then.
    expected = {key: value for key, value in truth(state, now=clock - window, window=window, kpis=True).items()
                if not key[0].startswith("contributor")}
    found = {(row["metric"], tuple(sorted(row["labels"].items()))): row["previous"]
             for row in ended.report["data"]["trend"]}
    assert {key: found[key] for key in expected if key in found} == {
        key: pytest.approx(value) for key, value in expected.items() if key in found}
    # Counters of GitHub's own, those of the last seven days, and reactions, which carry no date.
    assert len(set(expected) - set(found)) == 6


@pytest.mark.slow
@given(seed=st.integers(0, 10**6), days=st.sampled_from([1, 7, 30, 90, 365, 3000]), hours=st.sampled_from([1, 24, 400]),
       back=st.sampled_from([0, 1, 500, 5000]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_figure_of_any_repository_window_and_moment_is_true(
        tmp_path: Path, seed: int, days: int, hours: int, back: int) -> None:
    compared(tmp_path, seed=seed, days=days, target_hours=hours, hours_back=back, sizes=(60, 40, 20))
