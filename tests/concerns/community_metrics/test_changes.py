"""The figures of a repository to which anything may have happened, against the simulator's truth."""
from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from repo_vitals.clock import format_instant
from repo_vitals.simulator.truth import truth
from support.changes import Sequence, sequences
from support.commands import run
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from pathlib import Path


@given(sequence=sequences(least=40, most=120))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_figure_is_true_whatever_has_happened(tmp_path: Path, sequence: Sequence) -> None:
    scene = Scene()
    *_, (last, _) = sequence.play(scene.state, scene.repository, begin=NOW)
    clock = last + timedelta(seconds=1)
    with serving(scene) as github:
        ended = run("community-metrics", folder=tmp_path, at=github, environ={"REPO_VITALS_NOW": format_instant(clock)})
    assert ended.code in (0, 1), ended.stderr
    found = {(metric["name"], tuple(sorted(metric["labels"].items()))): metric["value"]
             for metric in ended.report["metrics"]}
    expected = truth(scene.state, repository=scene.repository, now=clock, kpis=True)
    assert {key: found[key] for key in expected} == {key: pytest.approx(value) for key, value in expected.items()}
