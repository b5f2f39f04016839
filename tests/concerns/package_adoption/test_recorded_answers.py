"""Answers recorded from the real services, with values that other tools took out of them.

They are looked for in the folder that REPO_VITALS_SAMPLES names, in `reg-*/manifest.json`.
"""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from repo_vitals.concerns.package_adoption import crates_io, pypistats, traffic

FOLDER = Path(os.environ.get("REPO_VITALS_SAMPLES") or "no-samples")
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="REPO_VITALS_SAMPLES names no folder of samples")


def sample(kind: str, name: str) -> tuple[Any, dict[str, Any]]:
    """A recorded answer, and what is expected of it."""
    listed = json.loads((FOLDER / kind / "manifest.json").read_text(encoding="utf-8"))
    (entry,) = [one for one in listed if one["file"] == name]
    return json.loads((FOLDER / kind / name).read_text(encoding="utf-8")), entry["expected"]


def test_a_crate_that_is_not_there_is_told_apart_from_one_without_downloads() -> None:
    document, _ = sample("reg-crates-io", "crate_not_found.json")
    assert crates_io.is_absence(document)
    with pytest.raises(KeyError):
        crates_io.read_crate(document, "widget")


def test_rows_of_crates_io_add_up_to_what_jq_finds() -> None:
    document, expected = sample("reg-crates-io", "crate_downloads.json")
    for place, row in enumerate(document["version_downloads"]):      # the recording has no dates
        row["date"] = f"2026-01-0{place + 1}"
    found = crates_io.make_rows(crates_io.read_rows(document))
    assert sum(sum(days.values()) for days in found.versions.values()) == expected["sum"]


@pytest.mark.parametrize("name", ["mocked_01_python_major_downloads.json", "mocked_03_recent_downloads.json"])
def test_other_answers_of_pypistats_are_not_taken_for_days(name: str) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        pypistats.make(pypistats.read(sample("reg-pypistats", name)[0], "widget"))


def test_views_are_those_that_github_counted() -> None:
    document, expected = sample("gh-traffic", "views.json")
    days, uniques = traffic.days(document["response"]["body"], "views")
    assert (sum(days.values()), uniques, len(days)) == (expected["count"], expected["uniques"], expected["days"])
