"""What registries and GitHub really said, through our reading of it. Sources: tests/data/dependencies/README.md."""
from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from repo_vitals.clock import parse_instant
from repo_vitals.concerns.dependency_health.facts import Index, Package, Release
from repo_vitals.concerns.dependency_health.lag import lag
from repo_vitals.concerns.dependency_health.reading import severities
from repo_vitals.concerns.dependency_health.versions import newest_stable, parse
from support.tools import ROOT

DATA = ROOT / "tests" / "data" / "dependencies"
RECORDED: dict[str, Any] = json.loads((DATA / "versions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RECORDED)
def test_the_newest_stable_version_is_the_one_that_the_registry_named(name: str) -> None:
    ecosystem: Any = name.partition("/")[0]
    listed = [(version, version == RECORDED[name]["said_newest"]) for version, _, _ in RECORDED[name]["versions"]]
    assert newest_stable(ecosystem, listed) == RECORDED[name]["said_newest"]


@pytest.mark.parametrize("name", [name for name in RECORDED if name != "npm/etag"])
def test_without_a_default_it_is_found_by_the_order_of_versions(name: str) -> None:
    ecosystem: Any = name.partition("/")[0]
    there = [(version, False) for version, _, yanked in RECORDED[name]["versions"] if not yanked]
    assert newest_stable(ecosystem, there) == RECORDED[name]["said_newest"]


def test_a_greater_version_that_is_not_the_default_is_not_for_everyone_yet() -> None:
    versions = [version for version, _, _ in RECORDED["npm/etag"]["versions"]]
    assert "2.0.0" in versions
    assert newest_stable("npm", [(version, version == "1.7.0") for version in versions]) == "1.7.0"


@pytest.mark.parametrize("name", RECORDED)
def test_every_recorded_version_can_be_compared(name: str) -> None:
    ecosystem: Any = name.partition("/")[0]
    assert [version for version, _, _ in RECORDED[name]["versions"] if parse(ecosystem, version) is None] == []


def test_bitflags_0_9_1_was_as_far_behind_1_0_1_as_the_calendar_says() -> None:
    dates = {version: parse_instant(at) for version, at, _ in RECORDED["cargo/bitflags"]["versions"]}
    used = Package(ecosystem="cargo", name="bitflags", version="0.9.1", direct=True)
    release = Release(
        newest="1.0.1", newest_at=dates["1.0.1"], last_at=max(dates.values()), used={"0.9.1": dates["0.9.1"]}
    )
    found = lag(used, Index(releases={("cargo", "bitflags"): release}))
    days = (date(2017, 11, 12) - dates["0.9.1"].date()).days
    assert found.libyears == pytest.approx(days / 365.25, abs=1 / 365)
    assert found.step == "major"


def test_recorded_alerts_are_read_by_package() -> None:
    document = json.loads((DATA / "vulnerability_alerts.json").read_text(encoding="utf-8"))
    nodes = [alert for repository in document["data"]["search"]["nodes"]
             for alert in repository["vulnerabilityAlerts"]["nodes"]]
    assert len(nodes) == 5
    assert severities(nodes) == ({}, {
        "package01": "critical", "package02": "high", "package03": "medium", "package04": "medium", "package05": "low"})
