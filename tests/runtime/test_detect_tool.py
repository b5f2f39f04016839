"""`performance-compare detect`: a line of JSON in, a line out, at once."""
from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.runtime import detect_tool
from support import commands
from support.histories import history
from support.tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SUITE = {"parse": history("log-normal", 1, 60, {30: 1.5}), "draw": history("log-normal", 2, 60)}
COMMAND = ["bash", str(ROOT / "bin" / "repo-vitals"), "performance-compare", "detect"]


def test_lines_are_answered_one_by_one_through_the_launcher() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None

        def asked(line: bytes) -> dict[str, Any]:
            process.stdin.write(line + b"\n")   # type: ignore[union-attr]
            process.stdin.flush()               # type: ignore[union-attr]
            answer: dict[str, Any] = json.loads(process.stdout.readline())      # type: ignore[union-attr]
            return answer

        question: dict[str, Any] = {"task": "series", "suite": SUITE}
        assert asked(json.dumps(question).encode()) == {"change_points": {"parse": [30], "draw": []}}
        runs = [{"parse": 1 + 0.001 * (run % 5), "draw": [2.0, 2 + 0.001 * (run % 3)]} for run in range(20)]
        slower = [{"parse": 1.5, "draw": [2.0, 2.001]}] * 3
        question = {"task": "pairwise", "baseline": runs, "current": slower}
        assert asked(json.dumps(question).encode()) == {"regressions": ["parse"]}
        assert asked(b"{") == {"error": "line 3: it is not JSON (Expecting property name enclosed in double quotes: "
                                        "line 1 column 2 (char 1))"}
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.stdout.read() == b""
        assert b"1 of 3 lines could not be answered" in process.stderr.read()
    assert process.returncode == 2


@pytest.mark.parametrize(("line", "why"), [
    (b"[]", "no object whose task"),
    (b'{"task": "series"}', "suite is no object of lists"),
    (b'{"task": "series", "suite": {"a": 1}}', "suite is no object of lists"),
    (b'{"task": "series", "suite": {"a": [true]}}', "no number"),
    (b'{"task": "series", "suite": {"a": [NaN]}}', "NaN is no number in JSON"),
    (b'{"task": "series", "suite": {"a": [1e999]}}', "too large"),
    (b'{"task": "series", "suite": {"a": [1' + b"0" * 400 + b"]}}", "too large"),
    (b'{"task": "pairwise", "baseline": {}, "current": []}', "baseline is no list of objects"),
    (b'{"task": "pairwise", "baseline": [{"a": 0}], "current": [{"a": 1}]}', "only values above 0"),
    (b'{"task": "pairwise", "baseline": [{"a": []}], "current": [{"a": 1}]}', "empty list of samples"),
    (b'{"task": "pairwise", "baseline": [{"a": 1}], "current": [], "paired": true}', "come in pairs"),
    (b'{"task": "pairwise", "baseline": [], "current": [], "paired": 1}', "neither true nor false"),
    (b"\xff\xfe{", "not JSON"),
    (b"[" * 100_000, "nested too deeply"),
])
def test_what_is_no_question_is_answered_by_what_is_wrong_with_it(line: bytes, why: str) -> None:
    with pytest.raises(detect_tool._Wrong, match=why):
        detect_tool._answer(line)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["task", "suite", "baseline", "current", "paired", "a"]), inner, max_size=4)),
       st.sampled_from(["series", "pairwise"]))
def test_no_json_raises_anything_else(value: Any, task: str) -> None:
    asked = {**value, "task": task} if isinstance(value, dict) else value
    try:
        answer = detect_tool._answer(json.dumps(asked).encode())
    except detect_tool._Wrong:
        return
    assert answer.keys() in ({"regressions"}, {"change_points"})


def test_it_has_help_and_takes_nothing_else(tmp_path: Path) -> None:
    assert '"task": "series"' in commands.run("performance-compare", "detect", "--help", folder=tmp_path).stdout
    refused = commands.run("performance-compare", "detect", "file.json", folder=tmp_path)
    assert refused.code == 2
    assert "takes no options" in refused.stdout + refused.stderr
