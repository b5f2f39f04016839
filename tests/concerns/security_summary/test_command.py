"""The command from end to end: reports and alerts in, one verdict and report out, whatever strangers wrote."""
from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from repo_vitals.clock import format_instant
from repo_vitals.concerns.security_summary import MONITOR
from repo_vitals.simulator.faults import Fault
from support.commands import read_report, run
from support.hostile import FRAGMENTS
from support.simulated import NOW, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from repo_vitals.simulator.server import Simulator
    from support.commands import Ended

GRANTED = {grant.partition(":")[0].replace("-", "_"): "read" for grant in MONITOR.permissions}
CRITICAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def cargo_audit(*found: str, package: str = "chrono", title: str = "It overflows", day: float = 0) -> str:
    """What cargo-audit 0.22 writes about a lock file with these advisories."""
    listed = [{
        "advisory": {"id": name, "package": package, "title": title, "description": "", "date": "2026-01-01",
                     "aliases": [name.replace("RUSTSEC", "CVE")], "related": [], "collection": "crates",
                     "categories": [], "keywords": [], "cvss": CRITICAL, "informational": None, "references": [],
                     "source": None, "url": None, "withdrawn": None, "license": "CC0-1.0"},
        "versions": {"patched": [">=0.4.42"], "unaffected": []}, "affected": None,
        "package": {"name": package, "version": "0.4.41", "source": "registry+https://github.com/rust-lang/crates.io-index",
                    "checksum": None, "dependencies": [], "replace": None}} for name in found]
    return json.dumps({
        "database": {"advisory-count": 700, "last-commit": "c" * 40,
                     "last-updated": format_instant(NOW + timedelta(days=day - 1))},
        "lockfile": {"dependency-count": 12},
        "settings": {"target_arch": [], "target_os": [], "severity": None, "ignore": [],
                     "informational_warnings": ["unmaintained", "unsound", "notice"]},
        "vulnerabilities": {"found": bool(listed), "count": len(listed), "list": listed}, "warnings": {}})


class Project:
    """A working folder, and runs of the command in it."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self.folder, self.simulator = folder, simulator
        self.report: dict[str, Any] = {}

    def write(self, name: str, text: str) -> Project:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        return self

    def run(self, *options: str, token: str | None = None, day: float = 0, **environ: str) -> Ended:
        """Run it so many days from now."""
        done = run("security-summary", *options, folder=self.folder, at=self.simulator, token=token,
                   environ={"REPO_VITALS_NOW": format_instant(NOW + timedelta(days=day)), **environ})
        self.report = read_report(self.folder / "repo-vitals" / "security-summary.json") or {}
        return done

    def figure(self, name: str, **labels: str) -> float | None:
        (found,) = (one["value"] for one in self.report["metrics"] if one["name"] == name and one["labels"] == labels)
        return found  # type: ignore[no-any-return]

    @property
    def notes(self) -> str:
        return "\n".join(self.report["data"]["notes"])


@contextmanager
def project(folder: Path, scene: Scene | None = None) -> Iterator[Project]:
    with serving(scene or Scene()) as simulator:
        yield Project(folder, simulator)


def alerted() -> Scene:
    """A repository whose Dependabot and code scanning have each something to say."""
    scene = Scene()
    scene.state.warn(scene.repository, package="chrono", severity="CRITICAL", ecosystem="RUST", at=scene.when(-48))
    scene.state.object_to_code(scene.repository, "rust/path-injection", at=scene.when(-24))
    return scene


def test_reports_and_alerts_are_one_answer_with_no_more_than_the_permissions_that_it_declares(tmp_path: Path) -> None:
    with project(tmp_path, alerted()) as it:
        it.write("audit.json", cargo_audit("RUSTSEC-2026-0001"))
        done = it.run("--reports", "audit.json", token=it.simulator.token(GRANTED))  # type: ignore[arg-type]
    assert (done.code, it.report["status"]) == (1, "fail"), done.stderr
    assert {(one["format"], one["state"]) for one in it.report["data"]["sources"]} == {
        ("cargo-audit", "read"), ("dependabot", "read"), ("code-scanning", "read")}
    assert it.figure("sources_read") == 3
    assert it.figure("vulnerabilities", severity="critical") == 2   # two advisories about one crate
    assert it.report["data"]["complete"] is True


@pytest.mark.parametrize("missing", sorted(GRANTED))
def test_a_permission_that_is_missing_takes_its_list_and_fails_nothing(tmp_path: Path, missing: str) -> None:
    granted = {name: access for name, access in GRANTED.items() if name != missing}
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit())
        done = it.run("--reports", "audit.json", token=it.simulator.token(granted))  # type: ignore[arg-type]
    assert (done.code, it.report["status"]) == (0, "pass" if missing == "contents" else "warn"), done.stderr
    if missing != "contents":
        assert [finding["rule"] for finding in it.report["findings"]] == ["list-not-shown"]
        assert missing.replace("_", "-") in it.report["data"]["complete"]
        assert "alerts were not read" in it.notes
        assert missing.replace("_", "-") in it.notes


def test_a_list_that_is_named_has_to_be_readable_and_the_permission_is_named(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        done = it.run("--alerts", "dependabot", token=it.simulator.token({"contents": "read"}))
        assert done.code == 2
        assert "vulnerability-alerts: read" in done.stderr
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 1, "base": {"repo": {"full_name": "acme/widget"}},
                                                      "head": {"repo": {"full_name": "eve/widget"}}}}),
                         encoding="utf-8")
        it.write("audit.json", cargo_audit())
        done = it.run("--alerts", "dependabot", "--reports", "audit.json",
                      token=it.simulator.token({"contents": "read"}), GITHUB_ACTIONS="true",
                      GITHUB_EVENT_NAME="pull_request", GITHUB_EVENT_PATH=str(event))
    assert (done.code, it.report["status"]) == (0, "pass"), done.stdout + done.stderr
    assert "Dependabot alerts were not read" in it.notes
    assert "Dependabot alerts were not read" in it.report["data"]["complete"]


def test_without_a_token_the_reports_are_judged_and_nothing_is_sent(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit())
        done = it.run("--reports", "audit.json", GITHUB_TOKEN="", GH_TOKEN="")
        assert (done.code, it.report["status"]) == (0, "pass"), done.stderr
        assert "there is no token" in it.notes
        assert it.run("--alerts", "dependabot", GITHUB_TOKEN="").code == 2
        assert it.simulator.log == []


def test_without_alerts_github_is_not_asked(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit())
        assert it.run("--reports", "audit.json", "--alerts", "none").code == 0
        assert it.simulator.log == []
    assert it.report["cost"]["requests"] == 0


def test_a_token_that_is_none_ends_in_2(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit())
        done = it.run("--reports", "audit.json", token="wrong")
    assert done.code == 2
    assert "refused the token" in done.stderr


def test_a_github_that_does_not_answer_ends_in_3_with_the_report_written(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit())
        it.simulator.faults.rules.append(Fault(kind="status", path="*/dependabot/alerts", status=500))
        done = it.run("--reports", "audit.json", "--max-wait", "1s")
        assert done.code == 3, done.stderr
        assert (it.report["status"], it.figure("vulnerabilities", severity="high")) == ("unknown", None)
        assert it.figure("code_findings", level="high") == 0


@pytest.mark.parametrize(("content", "complaint"), [
    (None, "does not exist|is no file"), ("", "is empty"), ("{", "cut"), ("[]", "holds nothing"),
    ('{"a": 1}', "no format that is known"), ("<x/>", "no format that is known"), (cargo_audit()[:200], "cut"),
])
def test_a_report_that_is_named_has_to_be_there_and_whole(tmp_path: Path, content: str | None, complaint: str) -> None:
    with project(tmp_path) as it:
        if content is not None:
            it.write("audit.json", content)
        done = it.run("--reports", "audit.json", "--alerts", "none")
    assert done.code == 2
    assert any(words in done.stderr for words in complaint.split("|")), done.stderr
    assert '"audit.json"' in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_report_that_a_pattern_finds_and_that_is_damaged_is_unknown_and_so_is_a_pattern_without_files(
    tmp_path: Path,
) -> None:
    with project(tmp_path) as it:
        it.write("reports/a.json", cargo_audit()).write("reports/b.json", "{")
        done = it.run("--reports", "reports/*.json", "--alerts", "none")
        assert (done.code, it.report["status"]) == (1, "unknown")
        assert [finding["title"][:14] for finding in it.report["findings"]] == ["reports/b.json"]
        assert it.run("--reports", "reports/*.json", "--alerts", "none", "--unknown-is", "warn").code == 0
        assert it.run("--reports", "reports/*.sarif", "--alerts", "none").code == 1
        assert it.run("--alerts", "none").code == 1
        assert it.report["status"] == "unknown"


def test_a_report_above_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit() + " " * 1_000_001)
        done = it.run("--reports", "audit.json", "--alerts", "none", "--max-input", "1 MB")
    assert done.code == 2
    assert "more than the 1,000,000 that are read" in done.stderr


def test_a_history_tells_what_is_overdue_and_how_long_mending_took(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        def on(day: float, *found: str) -> str:
            it.write("audit.json", cargo_audit(*found, day=day))
            it.run("--reports", "audit.json", "--alerts", "none", "--history", str(tmp_path / "history"), day=day)
            return str(it.report["status"])

        assert on(0, "RUSTSEC-2026-0001") == "fail"
        assert it.figure("vulnerabilities_overdue", severity="critical") == 0
        on(1, "RUSTSEC-2026-0001")
        assert it.figure("vulnerability_age_seconds", severity="critical", quantile="0.5") == 86400
        assert it.figure("vulnerabilities_overdue", severity="critical") == 1
        assert it.report["data"]["vulnerabilities"][0]["due"] == format_instant(NOW + timedelta(hours=4))
        assert "overdue-vulnerability" in [finding["rule"] for finding in it.report["findings"]]
        assert on(3) == "pass"
        assert it.figure("vulnerability_remediation_mean_seconds", severity="critical") == 3 * 86400
        on(10, "RUSTSEC-2026-0001")
        assert it.report["data"]["vulnerabilities"][0]["first_seen"] == format_instant(NOW)
        assert it.figure("vulnerability_age_seconds", severity="critical", quantile="0.5") == 3 * 86400


def test_a_run_for_a_pull_request_leaves_the_history_as_it_is(tmp_path: Path) -> None:
    history = ("--alerts", "none", "--history", str(tmp_path / "history"))
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit("RUSTSEC-2026-0001"))
        it.run("--reports", "audit.json", *history)
        kept = {path.name: path.read_bytes() for path in (tmp_path / "history").rglob("*.jsonl")}
        it.write("audit.json", cargo_audit(day=1))
        done = it.run("--reports", "audit.json", *history, day=1, GITHUB_ACTIONS="true",
                      GITHUB_EVENT_NAME="pull_request", GITHUB_REF="refs/pull/1/merge")
    assert done.code == 0, done.stdout
    assert "the history is read and gets nothing" in it.notes
    assert {path.name: path.read_bytes() for path in (tmp_path / "history").rglob("*.jsonl")} == kept


def test_two_runs_at_one_moment_say_the_same_but_for_their_cost(tmp_path: Path) -> None:
    with project(tmp_path, alerted()) as it:
        it.write("audit.json", cargo_audit("RUSTSEC-2026-0001"))
        reports = []
        for _ in range(2):
            it.run("--reports", "audit.json", "--history", str(tmp_path / "history"))
            reports.append({key: value for key, value in it.report.items() if key != "cost"})
    assert reports[0] == reports[1]


def test_the_allowlist_of_the_configuration_is_applied(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit("RUSTSEC-2026-0001")).write(".github/repo-vitals.toml", """
            [security-summary]
            reports = ["audit.json"]
            alerts = ["none"]
            respond-within = { critical = "2h" }

            [[allow]]
            vulnerability = "CVE-2026-0001"
            reason = "only reached by tests"
            owner = "@acme/security"
            expires = 2026-02-01
        """)
        assert it.run().code == 0, it.report
        assert it.figure("vulnerabilities_allowed") == 1
        assert it.report["data"]["vulnerabilities"][0]["allowed"]["owner"] == "@acme/security"
        assert it.report["data"]["policy"]["respond_within"]["critical"] == 7200
        assert it.run(day=2).code == 1


def test_any_other_tools_report_is_read_by_an_adapter(tmp_path: Path) -> None:
    own = ".flaws[] | {ids: .name, package: .lib, version: .ver, severity: .weight}"
    with project(tmp_path) as it:
        it.write("own.json", json.dumps({"flaws": [{"name": "X-1", "lib": "zlib", "ver": "1.2", "weight": "medium"}]}))
        options = ("--alerts", "none", "--adapter", f"own: {own}")
        assert it.run("--reports", "own=own.json", *options).code == 1
        assert it.figure("vulnerabilities", severity="medium") == 1
        assert it.report["data"]["sources"][0]["format"] == "own"
        done = it.run("--reports", "own=own.json", "--alerts", "none", "--adapter", "own: .flaws[")
        assert (done.code, "adapter: own" in done.stderr) == (2, True)
        it.write("own.json", '{"flaws": [{"name": "X-1"}]}')
        done = it.run("--reports", "own=own.json", *options)
        assert (done.code, '"own.json" can\'t be read by the adapter own' in done.stderr) == (2, True)


@pytest.mark.parametrize(("options", "complaint"), [
    (("--alerts", "dependabots"), 'holds "dependabots"'), (("--alerts", "none,dependabot"), "none beside others"),
    (("--fail-severity", "severe"), "is not one of low, medium, high, critical"),
    (("--respond-within", "critical"), "needed is `severity = duration`"),
    (("--respond-within", "grave = 4h"), "no severity"), (("--fix-within", "high = soon"), "high:"),
    (("--maximum-age", "-1d"), "maximum-age"), (("--allow", "x"), "allow: is not TOML"),
    (("--reports", "cargo-adit=x.json"), "did you mean cargo-audit"), (("--max-input", "3"), "is not a size"),
])
def test_inputs_that_are_wrong_are_named_in_one_line(tmp_path: Path, options: tuple[str, ...], complaint: str) -> None:
    with project(tmp_path) as it:
        done = it.run(*options)
    assert done.code == 2
    assert complaint in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("part", range(0, len(FRAGMENTS), 12))
def test_hostile_texts_break_nothing_and_command_nothing(tmp_path: Path, part: int) -> None:
    words = [text for text in FRAGMENTS[part:part + 12] if "\x00" not in text]
    scene = Scene()
    summary = tmp_path / "summary.md"
    with project(tmp_path, scene) as it:
        for place, word in enumerate(words):
            it.write(f"reports/{place}.json", cargo_audit(f"RUSTSEC-2026-{place:04}", package=f"{word}-{place}",
                                                          title=word))
            shown = f"{word} {place}".encode(errors="replace").decode()     # as GitHub can only hold it
            scene.state.object_to_code(scene.repository, shown, at=scene.when(-24), severity="error", tool="zizmor",
                                       description=shown, path=shown)
        done = it.run("--reports", "reports/*.json", "--openmetrics", "x.prom", "--badge", "x.svg", "--sarif",
                      "x.sarif", "--license-report", "licenses.md", GITHUB_ACTIONS="true",
                      GITHUB_STEP_SUMMARY=str(summary),
                      GITHUB_OUTPUT=str(tmp_path / "output"), RUNNER_TEMP=str(tmp_path))
    assert done.code == 1, done.stdout
    assert it.figure("vulnerabilities", severity="critical") == len(words)
    assert not [line for line in done.stdout.splitlines() if "::set-output" in line.split("%0A")[0][:12]]
    text = summary.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<img src=x" not in text
    assert it.report["summary"] == (f"vulnerabilities: {len(words)} ({len(words)} critical); "
                                    f"code findings: {len(words)}; sources read: {len(words) + 2}")


def test_outputs_have_a_figure_for_each_severity(tmp_path: Path) -> None:
    with project(tmp_path) as it:
        it.write("audit.json", cargo_audit("RUSTSEC-2026-0001"))
        it.run("--reports", "audit.json", "--alerts", "none", GITHUB_ACTIONS="true",
               GITHUB_OUTPUT=str(tmp_path / "out"), RUNNER_TEMP=str(tmp_path))
    text = (tmp_path / "out").read_text(encoding="utf-8")
    for name, value in (("critical", "1"), ("high", "0"), ("medium", "0"), ("low", "0")):
        assert f"vulnerabilities-{name}<<" in text
        assert f"\n{value}\n" in text.split(f"vulnerabilities-{name}<<")[1][:80]
