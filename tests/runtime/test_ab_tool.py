"""Two versions run in turn: what is run, what is kept of it, and how it ends."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from repo_vitals.concerns.performance_compare.facts import Result
from repo_vitals.concerns.performance_compare.pairs import Pair, judged, orders, report_of, table, written
from repo_vitals.concerns.performance_compare.reading import read_all, select
from repo_vitals.runtime import ab_tool
from repo_vitals.runtime.ab_tool import DOUBTFUL
from repo_vitals.sources.machine import Machine
from repo_vitals.sources.timed_commands import Bash
from support import commands
from support.history_branches import AT
from support.tools import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.commands import Ended

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs bash and groups of processes")
# Writes a report of two benchmarks: `quick` about 1 s, with a noise of a few thousandths, `slow` so many times that.
BENCH = """cat > out.json <<END
{"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [
 {"name": "quick", "unit": "s", "samples": [1.00$((RANDOM % 10)), 1.00$((RANDOM % 10))]},
 {"name": "slow", "unit": "s", "samples": [$FACTOR.0$((RANDOM % 10))]}]}
END
"""


def ab(folder: Path, *options: str, environ: dict[str, str] | None = None) -> Ended:
    return commands.run("performance-compare", "ab", *options, folder=folder,
                        environ={"PATH": os.environ["PATH"], **(environ or {})})


def benches(folder: Path, *options: str, a: int = 1, b: int = 2) -> Ended:
    for name in "ab":
        (folder / name).mkdir(exist_ok=True)
    return ab(folder, "--a", f"FACTOR={a}\n{BENCH}", "--b", f"FACTOR={b}\n{BENCH}", "--folder-a", "a", "--folder-b",
              "b", "--reports-a", "out.json", "--pairs", "4", "--most-pairs", "4", *options)


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "repo-vitals" / "ab.json").read_text())
    return found


def refused(done: Ended, status: int = 2) -> str:
    assert (done.code, done.stdout) == (status, "")
    last = done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    return last


def test_what_is_slower_in_every_pair_is_told_and_ends_with_1(tmp_path: Path) -> None:
    done = benches(tmp_path, "--seed", "7")
    assert done.code == 1
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["benchmark", "a", "b", "change", "interval", "verdict"]
    assert (lines[1].split()[0], lines[1].split()[-1]) == ("slow", "regressed")
    assert lines[2].split()[0] == "quick"
    assert lines[2].split()[-1] in ("unchanged", "unsure")
    assert "4 pairs are in" in done.stderr
    assert "about" in done.stderr.splitlines()[1]       # how long it will take
    assert benches(tmp_path, "--fail-on", "never").code == 0
    assert benches(tmp_path, a=2, b=1).code == 0


def test_what_is_written_is_a_report_that_the_monitor_reads_as_pairs(tmp_path: Path) -> None:
    benches(tmp_path, "--seed", "7", "--output", "pairs.json")
    selected = select(["pairs.json"], folder=str(tmp_path), confined=True, named_by="current", largest=10**6)
    [report], _ = read_all(selected.files, named_by="current")
    assert (report.paired, len(report.runs), len(report.baseline_runs)) == (True, 4, 4)
    assert [[result.key for result in run] for run in report.runs] == [[("quick", "seconds"), ("slow", "seconds")]] * 4
    assert {len(run[0].samples) for run in report.runs} == {2}
    assert report.machine["os"]
    row = json.loads((tmp_path / "pairs.json").read_text())
    jsonschema.validate(row, json.loads((ROOT / "docs" / "benchmark-results.schema.json").read_text()))
    assert row["seed"] == 7
    assert Counter(row["order"]) == {"ab": 2, "ba": 2}


def test_the_same_seed_gives_the_same_order_and_each_comes_first_as_often_as_the_other() -> None:
    for pairs in range(1, 20):
        found = orders(pairs, Random(pairs))
        assert found == orders(pairs, Random(pairs))
        # Wherever it is cut off.
        for end in range(1, pairs + 1):
            assert abs(found[:end].count(("a", "b")) - found[:end].count(("b", "a"))) == end % 2
    assert len({tuple(orders(10, Random(seed))) for seed in range(20)}) > 10


def test_the_commands_are_run_in_the_order_that_is_recorded_after_a_pair_to_warm_up(tmp_path: Path) -> None:
    done = ab(tmp_path, "--a", "echo -n a >> order; echo said a", "--b", "echo -n b >> order", "--pairs", "3",
              "--most-pairs", "3")
    assert done.code in (0, 1)
    order = (tmp_path / "order").read_text()
    assert len(order) == 8
    assert [order[2:4], order[4:6], order[6:8]] == told(tmp_path)["order"]
    assert (tmp_path / "repo-vitals/ab-logs/pair-002-a.log").read_text() == "said a\n"
    assert (tmp_path / "repo-vitals/ab-logs/warm-up-b.log").exists()
    (tmp_path / "order").unlink()
    ab(tmp_path, "--a", "echo -n a >> order", "--b", "echo -n b >> order", "--pairs", "3", "--most-pairs", "3",
       "--warm-up", "false")
    assert len((tmp_path / "order").read_text()) == 6


def started(folder: Path, *options: str, through: Sequence[str] = ()) -> subprocess.Popen[str]:
    """A process of its own, which is stopped by signals."""
    program = f"""
import sys
sys.path[:0] = {[str(ROOT / "src"), *sys.path]!r}
from repo_vitals.__main__ import main
sys.exit(main(["performance-compare", "ab", *sys.argv[1:]]))
"""
    return subprocess.Popen([*through, sys.executable, "-I", "-c", program, *options], cwd=folder,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={"PATH": os.environ["PATH"]})


def test_without_reports_the_commands_own_time_and_memory_are_compared(tmp_path: Path) -> None:
    """Memory is that of the largest process at its largest; below what we have had ourselves it is not known."""
    python = f"{sys.executable} -I -S -c"
    # Through a shell: the memory of who starts it, which is large here, counts as a process's own.
    process = started(tmp_path, "--a", f"{python} \"x = b'x' * 150_000_000\" && true", "--b", "true", "--pairs", "3",
                      "--most-pairs", "3", "--warm-up", "false", through=("sh", "-c", '"$0" "$@"; exit $?'))
    said, _ = process.communicate(timeout=60)
    [wall, memory] = told(tmp_path)["baseline_runs"][0]
    assert (wall["name"], wall["unit"], memory["name"], memory["unit"]) == ("wall time", "seconds", "peak memory",
                                                                           "bytes")
    assert 0 < wall["samples"][0] < 60
    assert 150e6 < memory["samples"][0] < 190e6
    assert memory["measures"] == "peak_memory"
    assert [result["name"] for result in told(tmp_path)["runs"][0]] == ["wall time"]
    assert "peak memory" in said        # as missing on the other side


def test_one_command_in_two_folders_is_enough(tmp_path: Path) -> None:
    for name, factor in (("a", 1), ("b", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bench.sh").write_text(f"FACTOR={factor}\n{BENCH}")
    done = ab(tmp_path, "--a", "bash bench.sh", "--folder-a", "a", "--folder-b", "b", "--reports-a", "*.json",
              "--pairs", "3", "--most-pairs", "3")
    assert done.code == 1


def test_more_pairs_are_run_where_some_benchmark_is_unsure_and_the_commands_are_told_which(tmp_path: Path) -> None:
    noisy = """printf '%s' "$REPO_VITALS_BENCHMARKS" > told; N=$(cat n 2>/dev/null || echo 1); echo $((9 - N)) > n
cat > out.json <<END
{"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": [{"name": "noisy one", "unit": "s", "value": $N}]}
END
"""
    for name in "ab":
        (tmp_path / name).mkdir()
    (tmp_path / "b" / "n").write_text("8")
    done = ab(tmp_path, "--a", noisy, "--folder-a", "a", "--folder-b", "b", "--reports-a", "out.json", "--pairs", "4",
              "--warm-up", "false")
    assert "1 benchmarks are unsure after 4 pairs" in done.stderr
    assert len(told(tmp_path)["order"]) == 8
    assert (tmp_path / "a" / "told").read_text() == "noisy one"


def test_a_command_that_fails_ends_it_with_its_last_words_and_no_one_obeys_them(tmp_path: Path) -> None:
    done = ab(tmp_path, "--a", "true", "--b", "echo start; echo '::error::boo'; printf '\\033[31mred\\n'; exit 3")
    assert "b: the command ended with status 3 in warm-up; its output is in" in refused(done)
    assert done.stderr.splitlines()[-4:-1] == ["  | start", "  | > ::error::boo", "  | red"]
    assert not (tmp_path / "repo-vitals" / "ab.json").exists()


ONE = '{"format": "repo-vitals-benchmarks", "version": 1, %s}'
X = '{"name": "x", "unit": "s", "value": %s}'


def writes(content: str, name: str = "out.json") -> str:
    return f"cat > {name} <<END\n{content}\nEND\n"


def two(folder: Path, a: str, b: str, *options: str) -> Ended:
    """Both in folders of their own, with three pairs and no second look."""
    for name in "ab":
        (folder / name).mkdir(exist_ok=True)
    return ab(folder, "--a", a, "--b", b, "--folder-a", "a", "--folder-b", "b", "--reports-a", "out.*", "--pairs", "3",
              "--most-pairs", "3", "--warm-up", "false", *options)


def test_no_one_obeys_the_name_of_a_benchmark_that_gave_no_value(tmp_path: Path) -> None:
    command = writes(ONE % f'"benchmarks": [{{"name": "##[error]pwn", "failed": "x"}}, {X % 1}]')
    done = two(tmp_path, command, command)
    assert {f"repo-vitals: # #[error]pwn gave no value in {side}" for side in "ab"} < set(done.stderr.splitlines())
    assert "##[" not in done.stderr + done.stdout


def test_a_report_of_several_runs_is_one_side_of_one_pair(tmp_path: Path) -> None:
    def command(*values: int) -> str:
        return writes(ONE % ('"runs": [' + ", ".join(f"[{X % value}]" for value in values) + "]"))
    done = two(tmp_path, command(1, 2, 3), command(9, 18, 27))
    assert done.code == 1
    assert "regressed" in done.stdout
    assert [one["samples"] for [one] in told(tmp_path)["runs"]] == [[9, 18, 27]] * 3


@pytest.mark.parametrize(("command", "complaint"), [
    ("echo 'BenchmarkX-2  1000  1000 ns/op' >> out.txt", 'reports-a: "out.txt" was appended to'),
    (writes(ONE % '"runs": [[]]'), "the command wrote no benchmark"),
    (writes("""window.BENCHMARK_DATA = {"entries": {"s": [{"commit": {"id": "%s"}, "date": 1, "benches": [
     {"name": "x", "unit": "ns/iter", "value": 1}], "tool": "cargo"}]}}""" % ("a" * 40), "out.js"), "is a history"),
])
def test_what_holds_earlier_runs_or_none_is_refused(tmp_path: Path, command: str, complaint: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "out.txt").write_text("BenchmarkX-2  1000  1000 ns/op\n")
    assert complaint in refused(two(tmp_path, command, command))


def test_versions_without_a_common_benchmark_are_not_compared_and_that_is_no_pass(tmp_path: Path) -> None:
    done = two(tmp_path, writes(ONE % f'"benchmarks": [{X % 1}]'),
               writes(ONE % f'"benchmarks": [{(X % 1).replace("x", "y")}]'))
    assert done.code == 2
    assert {line.split()[-1] for line in done.stdout.splitlines()[1:]} == {"new", "missing"}
    assert "nothing was compared" in done.stderr.splitlines()[-1]


def test_the_monitor_judges_the_pairs_as_they_were_judged_here(tmp_path: Path) -> None:
    """With the same share of the error, whether a second look was planned or not."""
    for most, looks in (("4", 1), ("8", 2)):
        done = benches(tmp_path, "--most-pairs", most)
        assert told(tmp_path)["looks"] == looks
        monitor = commands.run("performance-compare", "--current", "repo-vitals/ab.json", folder=tmp_path,
                               environ={"GITHUB_REPOSITORY": "acme/widget"})
        assert monitor.code == 1, monitor.stderr
        row = json.loads((tmp_path / "repo-vitals" / "performance-compare.json").read_text())
        [slow] = [one for one in row["data"]["benchmarks"] if one["name"] == "slow"]
        assert row["data"]["baseline"]["looks"] == looks
        for end in ("low", "high"):
            assert f"{(slow[end] - 1) * 100:.1f} %" in done.stdout


def test_whole_pairs_are_kept_and_judged_when_a_command_fails_later(tmp_path: Path) -> None:
    failing = "N=$(cat n 2>/dev/null || echo 0); echo $((N + 1)) > n; [ $N -lt 3 ]\n"
    ones = writes(ONE % f'"benchmarks": [{X % 1}]')
    done = two(tmp_path, ones, f"{ones}{failing}", "--pairs", "5", "--most-pairs", "5")
    assert done.code == 2
    assert "unchanged" in done.stdout
    assert "3 pairs were whole before that, which are kept" in done.stderr
    assert "b: the command ended with status 1 in pair-004" in done.stderr.splitlines()[-1]
    assert len(told(tmp_path)["order"]) == 3


@pytest.mark.parametrize("options", [("--a", "false", "--b", "true"), ("--a", "true")])
def test_pairs_of_another_time_are_not_left_for_who_reads_next(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "pairs.json").write_text("{}")
    refused(ab(tmp_path, *options, "--output", "pairs.json"))
    assert not (tmp_path / "pairs.json").exists()


def test_a_place_that_can_not_be_written_is_told_before_anything_is_run(tmp_path: Path) -> None:
    assert "output: " in refused(ab(tmp_path, "--a", "touch ran", "--b", "true", "--output", "."))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("names", "said"), [
    (["a b", "ü"], {DOUBTFUL: "a b\nü"}), ([], {}), (["x"] * 201, {}), (["n" * 900] * 34, {}),
    (["line\nbreak", "x"], {}), (["nul\0", "x"], {}), (["\ud800", "x"], {})])
def test_names_that_can_not_all_be_told_are_not_told_so_that_everything_runs_again(
        names: list[str], said: dict[str, str]) -> None:
    assert ab_tool.told(names) == said


def test_many_long_names_of_doubtful_benchmarks_end_nothing(tmp_path: Path) -> None:
    benchmarks = ", ".join(f'{{"name": "{number:03}{"n" * 900}", "unit": "s", "value": $((RANDOM + 1000))}}'
                           for number in range(150))
    (tmp_path / "bench.sh").write_text("echo ${REPO_VITALS_BENCHMARKS-none} > said\n"
                                       + writes(ONE % f'"benchmarks": [{benchmarks}]'))
    done = two(tmp_path, "bash ../bench.sh", "bash ../bench.sh", "--most-pairs", "4")
    assert "are unsure after 3 pairs" in done.stderr
    assert len(told(tmp_path)["order"]) == 4, done.stderr
    assert (tmp_path / "b" / "said").read_text() == "none\n"


def test_a_report_that_the_command_did_not_write_this_time_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text('{"format": "repo-vitals-benchmarks", "version": 1, "benchmarks": []}')
    done = ab(tmp_path, "--a", "true", "--b", "true ", "--reports-a", "out.json")
    assert "the command wrote none of them anew" in refused(done)


@pytest.mark.parametrize(("options", "complaint"), [
    ((), "a: none given"),
    (("--a", "x"), "b: none given, and `folder-b` is the folder of `a`"),
    (("--a", "x", "--b", "y", "--folder-b", "nowhere"), 'folder-b: "'),
    (("--a", "x", "--b", "y", "--reports-b", "z"), "reports-a: none given, while `reports-b` is"),
    (("--a", "x", "--b", "y", "--seed", "0x7"), 'seed: "0x7" is no whole number'),
    (("--a", "x", "--b", "y", "--pairs", "2"), "pairs: "),
    (("--a", "true", "--b", "true ", "--reports-a", "none.json"), "reports-"),
    (("--a", "sleep 60", "--b", "true", "--time-limit", "1s"), "0 pairs are too few for a verdict"),
    (("--a", "exec 3<&0; cat", "--b", "kill -9 $$"), "b: the command ended with status 137"),
])
def test_what_can_not_be_done_is_said_in_one_line(tmp_path: Path, options: tuple[str, ...], complaint: str) -> None:
    assert complaint in refused(ab(tmp_path, *options))


def test_what_is_not_run_within_the_time_limit_is_left_out(tmp_path: Path) -> None:
    done = ab(tmp_path, "--a", "sleep 0.05", "--b", "sleep 0.05 ", "--pairs", "1000", "--time-limit", "2s")
    assert done.code in (0, 1)
    assert "the time limit of 2 s is over after" in done.stderr
    assert 3 <= len(told(tmp_path)["order"]) < 20


def test_the_commands_do_not_see_our_own_inputs_and_come_from_the_environment_too(tmp_path: Path) -> None:
    ab(tmp_path, "--pairs", "3", "--most-pairs", "3", environ={
        "INPUT_A": "env > seen", "INPUT_B": "true", "INPUT_TOKEN": "ghp_secret", "OTHER": "x"})
    seen = (tmp_path / "seen").read_text()
    assert "OTHER=x" in seen
    assert "INPUT_" not in seen


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_was_measured_is_kept_when_it_is_stopped_and_nothing_is_left_running(
        tmp_path: Path, number: signal.Signals, status: int) -> None:
    slow = ("N=$(cat n 2>/dev/null || echo 0); echo $((N + 1)) > n; "
            "[ $N -lt 8 ] || { sleep 1000 & echo $! > child; wait; }")
    process = started(tmp_path, "--a", slow, "--b", f"{slow} ", "--warm-up", "false")
    child = tmp_path / "child"
    end = time.monotonic() + 60
    while not (child.exists() and child.read_text().strip()) and time.monotonic() < end:
        time.sleep(0.05)
    process.send_signal(number)
    said, progress = process.communicate(timeout=60)
    assert process.returncode == status, progress
    assert "stopped after 4 pairs, which are kept" in progress
    assert len(told(tmp_path)["order"]) == 4
    assert "wall time" in said
    assert is_gone(int(child.read_text()))


def test_what_a_command_leaves_running_is_killed_with_it(tmp_path: Path) -> None:
    ended = Bash(os.environ).run("sleep 1000 & echo $!", folder=tmp_path, log=tmp_path / "log", longest=60)
    assert ended.status == 0
    assert is_gone(int((tmp_path / "log").read_text()))


def is_gone(process: int) -> bool:
    """Whether it ends within seconds; dead is enough, whoever adopted it may have yet to look."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        said = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
        if said.stdout.strip()[:1] in ("", "Z"):
            return True
        time.sleep(0.05)
    return False


def test_a_table_shows_names_that_nobody_obeys() -> None:
    name = "::error::x\n\x1b[31m\u202e#[group]"
    pairs = [Pair(order=("a", "b"), a=(Result(name=name, unit="seconds", better="lower", samples=(1 + n / 1000,)),),
                  b=(Result(name=name, unit="seconds", better="lower", samples=(2 + n / 999,)),)) for n in range(5)]
    lines = table(judged(pairs, tolerance=0.01, error=0.01))
    assert len(lines) == 2
    assert not lines[1].startswith("::")
    assert "\x1b" not in lines[1]
    assert report_of(pairs).paired
    json.loads(written(pairs, seed=1, machine=Machine(cpu="\ud800"), at=AT))
