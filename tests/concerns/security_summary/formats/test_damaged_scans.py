"""Damage to reports of scanners: whatever is cut, doubled or changed in one, it gives a report or Unreadable."""
from __future__ import annotations

import contextlib
import json
import random
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repo_vitals.concerns.security_summary.facts import Report
from repo_vitals.concerns.security_summary.reading import read, reader
from repo_vitals.sources.report_files import Unreadable
from support.report_files import samples, written

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = ("npm-audit", "osv-scanner", "trivy", "grype", "cyclonedx", "spdx")
SAMPLES = [(name, path) for name, path in samples() if name in FORMATS]
ODD: tuple[Any, ...] = (None, True, -1, 0, 1.5, 10**400, 10**12, "", "x", "\ud800", "\u202e", [], {}, [None], [[]],
                        {"a": 1}, "9" * 500, "CVSS:3.1/AV:N", "a" * 5000)


def outcome(folder: Path, content: bytes, name: str) -> Report | Unreadable:
    """What comes of it, by the reader itself: damage may hide from recognition what the file is."""
    try:
        found = reader(name).read(written(folder, content))
    except Unreadable as error:
        assert str(error)
        assert "\n" not in str(error)
        return error
    assert isinstance(found, Report)
    return found


def check(found: Report | Unreadable) -> None:
    """What holds of every report, so that nothing absurd goes on from here."""
    if isinstance(found, Unreadable):
        return
    for one in found.advisories:
        assert one.ids
        assert all(one.ids)
        assert one.package.name
        assert all(0 <= score <= 10 for _, score in one.scores)
        assert one.epss is None or 0 <= one.epss <= 1
        str(one).encode("utf-8")
    assert found.secrets is None or found.secrets >= 0
    assert found.checked is None or found.checked >= 0


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes with a few of them changed, taken out, doubled or swapped."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(found) + 1)
        end = min(len(found), start + chance.randrange(40))
        found[start:end] = chance.choice([
            b"", bytes(found[start:end]) * 2, bytes([chance.randrange(256)]), b"null", b'"', b"[", b"}", b"<", b"-1",
            b"1e999", b"\\ud800", b"\xff\xfe", bytes(reversed(found[start:end]))])
    return bytes(found)


def spoiled(document: Any, chance: random.Random) -> Any:
    """The document with one value, anywhere, replaced by an odd one."""
    places: list[tuple[Any, Any]] = []

    def gather(node: Any) -> None:
        for key in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            places.append((node, key))
            gather(node[key])
    gather(document)
    node, key = chance.choice(places)
    if chance.random() < 0.3:
        del node[key]
    else:
        node[key] = deepcopy(chance.choice(ODD))     # one that is spoiled again must not be in itself
    return document


RUNS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LONG = settings(RUNS, max_examples=4000)


@RUNS
@given(st.integers(0, 2**32))
def test_changed_bytes_give_a_report_or_are_refused(tmp_path: Path, seed: int) -> None:
    of_bytes(tmp_path, seed)


@RUNS
@given(st.integers(0, 2**32))
def test_an_odd_value_gives_a_report_or_is_refused(tmp_path: Path, seed: int) -> None:
    of_values(tmp_path, seed)


@pytest.mark.slow
@LONG
@given(st.integers(0, 2**32))
def test_changed_bytes_give_a_report_or_are_refused_however_often(tmp_path: Path, seed: int) -> None:
    of_bytes(tmp_path, seed)


@pytest.mark.slow
@LONG
@given(st.integers(0, 2**32))
def test_an_odd_value_gives_a_report_or_is_refused_however_often(tmp_path: Path, seed: int) -> None:
    of_values(tmp_path, seed)


def of_bytes(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    name, path = chance.choice(SAMPLES)
    content = mutated(path.read_bytes(), chance)
    check(outcome(folder, content, name))
    with contextlib.suppress(Unreadable):
        read(written(folder, content))


def of_values(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    name, path = chance.choice([one for one in SAMPLES if one[1].suffix == ".json"])
    document = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(chance.randint(1, 3)):
        if document and isinstance(document, (dict, list)):
            document = spoiled(document, chance)
    check(outcome(folder, json.dumps(document).encode(), name))


@pytest.mark.parametrize(("name", "path"), SAMPLES, ids=[path.name for _, path in SAMPLES])
def test_no_beginning_of_a_report_is_taken_for_the_whole(tmp_path: Path, name: str, path: Path) -> None:
    whole = reader(name).read(written(tmp_path, path.read_bytes()))
    content = path.read_bytes().rstrip()
    steps = range(1, len(content), max(1, len(content) // 60))
    for end in steps:
        found = outcome(tmp_path, content[:end], name)
        if path.suffix in (".ndjson", ".spdx"):     # whole lines are all that such a file can promise
            continue
        assert isinstance(found, Unreadable), end
    assert reader(name).read(written(tmp_path, content)) == whole
