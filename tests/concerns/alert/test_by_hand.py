"""The figures of alerts, counted with a pencil by what docs/metrics.md says of them, and by the command."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repo_vitals.delivery import pace
from support.alert_scene import US, AlertScene, alert, failing, passing, report_of
from support.reports import report

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POLICY = """
[[alert.route]]
monitor = "g"
fire-after = "2 of 2"
[[alert.silence]]
monitor = "c"
reason = "known"
until = 2026-12-31
[[alert.inhibit]]
when = { monitor = "a" }
inhibits = { monitor = "e" }
"""


def test_twelve_monitors_through_three_days(simulated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN", 0)
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "repo-vitals.toml").write_text(POLICY, encoding="utf-8")
    scene = AlertScene()
    github = simulated(scene)

    def day(**said: str) -> tuple[Any, ...]:
        """Pending, firing, silenced, resolved, opened, closed, and how many alerts were looked at."""
        scene.later(days=1)
        made = {"failing": failing, "healthy": passing, "unknown": lambda name, at: report(
            monitor=name, status="unknown", summary="no runs", generated_at=at)}
        ended = alert(github, tmp_path, *(made[how](name, at=scene.now) for how, names in said.items()
                                          for name in names), history=str(tmp_path / "history"))
        assert ended.code == 0, ended.stdout
        metrics = report_of(tmp_path)["metrics"]
        assert len({one["samples"] for one in metrics}) == 1
        return *(one["value"] for one in metrics), metrics[0]["samples"]

    # Ten fail: c is silenced, e inhibited by a, so that eight fire and have an issue; j is healthy.
    assert day(failing="abcdefhikl", healthy="j") == (0, 8, 2, 0, 8, 0, 11)

    issues = {one.body.partition(":alert:")[2][0]: one for one in scene.alerts}
    ann = scene.who("ann")
    scene.state.comment(issues["b"], by=ann, at=scene.now, body="/vitals snooze 7d")
    scene.state.comment(issues["k"], by=ann, at=scene.now, body="/vitals resolve It was the mirror")
    scene.state.close(issues["d"], at=scene.now, by=ann)
    scene.state.close(issues["l"], at=scene.now, by=scene.who(US))
    # Pending: g for the first time, and that i can't be judged, which takes three runs. Firing: a; i, of which nothing
    # new is known; l, which is opened again, since no person closed it. Silenced: b snoozed, c, d closed and k resolved
    # by a person, e. Resolved and closed: f, h; closed too: k. Looked at: the twelve, and whether i can be judged.
    assert day(failing="abcdegkl", healthy="fhj", unknown="i") == (2, 3, 5, 2, 1, 3, 13)

    # h is back, and its issue opened again; g fails for the second time, and gets one; d is healthy, and so over
    # without an issue to close; i is healthy: the alert is over, and nothing is pending of it. Silenced: b, c, e, k.
    assert day(failing="abceghkl", healthy="dfij") == (0, 4, 4, 3, 2, 1, 12)
