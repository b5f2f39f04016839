"""The span of creation that runs can be asked for."""
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.clock import format_instant
from repo_vitals.simulator.created import read_created
from support.ci_scene import CiScene
from support.simulated import asking

if TYPE_CHECKING:
    from collections.abc import Callable

    from repo_vitals.simulator.server import Simulator


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(("text", "inside", "outside"), [
    ("2026-01-02..2026-01-03", ["2026-01-02", "2026-01-03T23:59:59"], ["2026-01-01T23:59:59", "2026-01-04"]),
    ("2026-01-02T10:00:00Z..2026-01-02T11:00:00Z", ["2026-01-02T10:00:00", "2026-01-02T11:00:00"],
     ["2026-01-02T09:59:59", "2026-01-02T11:00:01"]),
    ("2026-01-02T10:00:00Z..*", ["2026-01-02T10:00:00", "2030-01-01"], ["2026-01-02T09:59:59"]),
    ("*..2026-01-02", ["1999-01-01", "2026-01-02T23:59:59"], ["2026-01-03"]),
    (">=2026-01-02", ["2026-01-02"], ["2026-01-01T23:59:59"]),
    (">2026-01-02", ["2026-01-03"], ["2026-01-02T23:59:59"]),
    ("<=2026-01-02", ["2026-01-02T23:59:59"], ["2026-01-03"]),
    ("<2026-01-02", ["2026-01-01T23:59:59"], ["2026-01-02"]),
    (">2026-01-02T10:00:00Z", ["2026-01-02T10:00:01"], ["2026-01-02T10:00:00"]),
    ("<2026-01-02T10:00:00+01:00", ["2026-01-02T08:59:59"], ["2026-01-02T09:00:00"]),
    ("2026-01-02", ["2026-01-02T12:00:00"], ["2026-01-01", "2026-01-03"]),
])
def test_created_takes_the_syntax_of_githubs_search(text: str, inside: list[str], outside: list[str]) -> None:
    first, last = read_created(text)
    assert [moment for moment in inside if not first <= at(moment) <= last] == []
    assert [moment for moment in outside if first <= at(moment) <= last] == []


@pytest.mark.parametrize("text", ["yesterday", "..", ">=", "2026-13-01", "2026-01-01...2026-01-02", "*"])
def test_what_is_no_instant_is_refused(simulated: Callable[..., Simulator], text: str) -> None:
    with asking(simulated(CiScene())) as client:
        assert client.get("actions/runs", params={"created": text}).status_code == 422


@given(hours=st.lists(st.integers(0, 60), max_size=12), cut=st.integers(0, 60))
def test_slices_at_one_instant_hold_every_run_once(hours: list[int], cut: int) -> None:
    start = at("2026-01-01")
    made, edge = [start + timedelta(hours=hour) for hour in hours], start + timedelta(hours=cut)
    below, above = read_created(f"<{format_instant(edge)}"), read_created(f">={format_instant(edge)}")
    assert [sum(first <= moment <= last for first, last in (below, above)) for moment in made] == [1] * len(made)
