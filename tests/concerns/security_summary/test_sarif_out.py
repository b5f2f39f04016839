"""The SARIF file: valid, within GitHub's limits, stable, and silent about what is not to be shown."""
from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker

from repo_vitals.concerns.security_summary import sarif_out
from repo_vitals.concerns.security_summary.facts import Unread
from repo_vitals.concerns.security_summary.own_results import without_own
from repo_vitals.concerns.security_summary.reading import read
from repo_vitals.concerns.security_summary.sarif_out import LARGEST, MOST_RESULTS, MOST_RUNS, packed_size, sarif
from repo_vitals.config.allowlist import read as allow
from repo_vitals.sources.report_files import ReportFile
from support.hostile import FRAGMENTS
from support.hostile import text as hostile_text
from support.node_packages import npm_package
from support.security import CRITICAL_31, MEDIUM_31, NOW, advisory, code, facts, measured, report

if TYPE_CHECKING:
    from pathlib import Path

    from repo_vitals.concerns.security_summary.facts import Report


@cache
def schema() -> Draft4Validator:
    path = npm_package("@microsoft/jest-sarif", "1.0.0-beta.0") / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
    return Draft4Validator(json.loads(path.read_text(encoding="utf-8")), format_checker=FormatChecker())


def made(*reports: Report, **limits: Any) -> sarif_out.Sarif:
    return sarif(measured(facts(*reports), **limits), version="1.2.3", now=NOW)


def checked(*reports: Report, **limits: Any) -> dict[str, Any]:
    """The file, held to the schema and to what GitHub asks for besides."""
    text = made(*reports, **limits).text
    found: dict[str, Any] = json.loads(text)
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in schema().iter_errors(found)]
    assert errors == []
    assert packed_size(text) <= LARGEST
    assert len(found["runs"]) <= MOST_RUNS
    categories = [(run["tool"]["driver"]["name"], run["automationDetails"]["id"]) for run in found["runs"]]
    assert len(set(categories)) == len(categories)
    for run in found["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len(run["results"]) <= MOST_RESULTS
        assert len({rule["id"] for rule in rules}) == len(rules) <= 25_000
        for rule in rules:
            assert len(rule["properties"]["tags"]) <= 10
            assert isinstance(rule["properties"].get("security-severity", ""), str)
            assert rule["help"]["text"]
            assert rule["shortDescription"]["text"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["partialFingerprints"]["primaryLocationLineHash"]
            (location,) = result["locations"]
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert not uri.startswith("/")
            assert ".." not in uri.split("/")
            assert uri.isascii()
            assert not set(uri) & set(' <>"{}|\\^`:?#')
            assert location["physicalLocation"]["region"]["startLine"] >= 1
        prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
        assert len(set(prints)) == len(prints)
    return found


def results(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [result for run in found["runs"] for result in run["results"]]


def test_an_entry_is_a_result_at_its_lock_file_line_and_its_rule_has_the_score() -> None:
    found = checked(report(advisory("CVE-2024-1", "GHSA-aaaa-bbbb-cccc", vectors=(CRITICAL_31,), title="Bad thing",
                                    fixed=("1.0.1",), file="app/package-lock.json", line=7, url="https://example.org/1")))
    (result,), (rule,) = results(found), found["runs"][0]["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["level"]) == ("CVE-2024-1", "error")
    assert result["message"]["text"] == (
        "left-pad 1.0.0: CVE-2024-1 Bad thing. Fixed in 1.0.1. Reported by osv-scanner.")
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("app/package-lock.json", 7)
    assert rule["properties"] == {"tags": ["security", "dependencies", "vulnerability"], "precision": "high",
                                  "security-severity": "9.8"}
    assert rule["helpUri"] == "https://example.org/1"
    assert found["runs"][0]["automationDetails"]["id"] == "security-summary/dependencies/"


def test_a_run_without_results_is_written_so_that_what_is_mended_is_closed() -> None:
    found = checked(report())
    assert [run["results"] for run in found["runs"]] == [[]]


def ids_of(found: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    """Each run's category, with how many results it has and whether it says that it went well."""
    return {run["automationDetails"]["id"].removeprefix("security-summary/").rstrip("/"):
            (len(run["results"]), run["invocations"][0]["executionSuccessful"]) for run in found["runs"]}


def of_codeql(*found: Any, **more: Any) -> Report:
    return report(shown="codeql.sarif", format="sarif", tool="CodeQL 2.17.0", checks="code", code=found, **more)


STALE = NOW.replace(year=2025)


def test_a_tool_that_finds_nothing_any_more_has_an_empty_run_so_that_its_alerts_are_closed() -> None:
    assert ids_of(checked(report(), of_codeql(code()))) == {"dependencies": (0, True), "code/codeql": (1, True)}
    assert ids_of(checked(report(), of_codeql())) == {"dependencies": (0, True), "code/codeql": (0, True)}
    assert ids_of(checked(of_codeql(code(suppressed="by hand")))) == {"code/codeql": (0, True)}


@pytest.mark.parametrize(("format_", "tool", "category"), [
    ("semgrep", "semgrep 1.90.0", "code/semgrep"), ("semgrep", "", "code/semgrep"),
    ("trivy", "Trivy 0.60.0", "code/trivy"),
    ("sarif", "Microsoft PREfast v1.2", "code/microsoft-prefast"), ("sarif", "zizmor", "code/zizmor"),
])
def test_an_empty_run_has_the_category_that_the_tools_findings_had(format_: str, tool: str, category: str) -> None:
    assert ids_of(checked(report(format=format_, tool=tool, checks="code"))) == {category: (0, True)}


def test_every_tool_of_a_file_that_looked_for_code_has_a_run() -> None:
    two = report(format="sarif", tool="CodeQL 2.17.0, zizmor 1.2.0", checks="code", code=(code(),))
    assert ids_of(checked(two)) == {"code/codeql": (1, True), "code/zizmor": (0, True)}


def test_githubs_own_list_of_alerts_makes_no_run() -> None:
    alerts = report(format="code-scanning", tool="GitHub code scanning", checks="code", code=(code(opened_at=NOW),))
    assert ids_of(checked(report(), alerts)) == {"dependencies": (0, True)}


@pytest.mark.parametrize("more", [{"made_at": STALE}, {"missing": ("it crashed",)}])
def test_a_source_that_is_not_whole_or_too_old_closes_nothing_whatever_it_found(more: Any) -> None:
    assert ids_of(checked(report(**more), of_codeql(**more))) == {"incomplete": (0, False)}
    partial = report(advisory("CVE-1"), **more), of_codeql(code(), **more)
    assert ids_of(checked(*partial)) == {"incomplete": (0, False)}
    assert ids_of(checked(partial[0], of_codeql())) == {"code/codeql": (0, True)}
    found = checked(*partial)
    assert found["runs"][0]["properties"]["leftOut"] == {"partial": 2}
    note, said = found["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert (said["level"], "may be there all the same" in said["message"]["text"]) == ("error", True)
    assert f"SARIF: {note['message']['text']}" in made(*partial).notes


def test_a_pattern_without_a_file_leaves_the_alerts_of_the_files_that_are_there_alone() -> None:
    given_ = replace(facts(report(advisory("CVE-1"))), unread=(Unread(shown="b/*.json", why="matches no file"),))
    made_ = sarif(measured(given_), version="1.2.3", now=NOW)
    assert (ids_of(json.loads(made_.text)), made_.results) == ({"incomplete": (0, False)}, 0)


def test_a_tool_is_not_held_to_what_another_one_lacks() -> None:
    other = report(format="sarif", tool="zizmor 1.2.0", checks="code", missing=("it crashed",))
    assert ids_of(checked(report(), of_codeql(), other)) == {"dependencies": (0, True), "code/codeql": (0, True)}


def test_one_of_a_tools_two_files_that_is_not_whole_leaves_its_alerts_open() -> None:
    assert ids_of(checked(of_codeql(missing=("it crashed",)), of_codeql())) == {"incomplete": (0, False)}
    assert ids_of(checked(of_codeql(missing=("it crashed",)), of_codeql(code()))) == {"incomplete": (0, False)}


def test_where_nothing_was_read_no_run_says_that_nothing_is_there() -> None:
    lacking = facts(unread=(Unread(shown="out/*.sarif", why="matches no file"),))
    for given_ in (facts(), lacking, replace(facts(report(), of_codeql()), unread=lacking.unread)):
        found = json.loads(sarif(measured(given_), version="1.2.3", now=NOW).text)
        assert ids_of(found) == {"incomplete": (0, False)}
        assert not list(schema().iter_errors(found))


def test_a_run_for_code_alone_says_nothing_of_dependencies() -> None:
    assert ids_of(checked(of_codeql(code()))) == {"code/codeql": (1, True)}


def test_what_tools_share_a_run_goes_by_their_names_and_not_by_how_much_they_find() -> None:
    def categories(most: int) -> set[str]:
        tools = [report(format="sarif", tool=f"Tool {chr(97 + place)}", checks="code", code=tuple(
            code(f"r{number}", source=f"Tool {chr(97 + place)}") for number in range(9 if place == most else 1)))
            for place in range(25)]
        return set(ids_of(checked(report(), *tools)))
    assert categories(0) == categories(24)
    assert "code/tool-a" in categories(24)


@pytest.mark.parametrize(("grade", "level", "score"), [("critical", "error", "9.5"), ("high", "error", "8.0"),
                                                       ("medium", "warning", "5.5"), ("low", "note", "2.0")])
def test_without_a_score_the_severity_lies_in_the_middle_of_its_band(grade: Any, level: str, score: str) -> None:
    found = checked(report(advisory("CVE-1", level=grade)))
    assert results(found)[0]["level"] == level
    assert found["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == score


def test_milder_kinds_are_notes_and_no_matter_of_security() -> None:
    found = checked(report(advisory("RUSTSEC-1", kind="unmaintained"), advisory(name="b", kind="yanked")))
    assert [one["level"] for one in results(found)] == ["note", "note"]
    for rule in found["runs"][0]["tool"]["driver"]["rules"]:
        assert "security-severity" not in rule["properties"]
        assert "security" not in rule["properties"]["tags"]


def test_a_rule_is_as_grave_as_its_gravest_result() -> None:
    found = checked(report(advisory("CVE-1", name="a", vectors=(MEDIUM_31,)),
                           advisory("CVE-1", name="b", vectors=(CRITICAL_31,))))
    (rule,) = found["runs"][0]["tool"]["driver"]["rules"]
    assert rule["properties"]["security-severity"] == "9.8"
    assert sorted(one["level"] for one in results(found)) == ["error", "warning"]


def test_what_is_private_allowed_known_to_github_or_in_no_file_is_left_out_and_counted() -> None:
    given_ = report(
        advisory("GHSA-priv-ate0-0000", private=True, title="Secret plan"), advisory("CVE-1", name="fine"),
        code=(code("a", opened_at=NOW), code("b", file=None), code("c", file="/root/work/secret.py"),
              code("d", file="../../secret.py"), code("e", suppressed="in the source"), code("f")))
    table = [{"vulnerability": "CVE-1", "package": "fine", "reason": "no"}]
    made_ = made(given_, allowlist=allow(table))
    found = checked(given_, allowlist=allow(table))
    assert [one["ruleId"] for one in results(found)] == ["codeql/f"]
    assert found["runs"][0]["properties"]["leftOut"] == {"alerts": 1, "allowed": 2, "nowhere": 3, "private": 1}
    for word in ("Secret plan", "priv-ate0", "/root", "secret.py", "CVE-1"):
        assert word not in made_.text
    assert any("1 of private advisories" in note for note in made_.notes)


def test_each_tools_code_is_a_run_of_its_own_and_from_the_twentieth_on_they_share_one() -> None:
    found = checked(report(code=tuple(code(f"r{number}", source=f"Tool {number}") for number in range(30))))
    assert len(found["runs"]) == MOST_RUNS
    assert len(results(found)) == 30


def test_of_too_many_results_the_gravest_are_kept_and_the_file_says_so() -> None:
    many = tuple(code(f"r{number % 7}", file=f"src/{number}.js", level="low" if number % 2 else "critical")
                 for number in range(2 * MOST_RESULTS + 10))
    made_ = made(report(code=many))
    found = checked(report(code=many))
    kept = found["runs"][1]["results"]
    assert len(kept) == MOST_RESULTS == made_.results
    assert {one["level"] for one in kept} == {"error"}
    says = found["runs"][1]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert says == "of 10,010 results the 5,000 gravest stand here"
    assert "SARIF: the 5,010 mildest results do not fit and are left out" in made_.notes


def test_a_file_that_is_too_large_once_packed_loses_its_mildest_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif_out, "LARGEST", 20_000)
    noise = random.Random(1)
    many = tuple(code(f"r{number}", file=f"src/{number}.js", title=f"{noise.getrandbits(2000):x}")
                 for number in range(400))
    made_ = made(report(code=many))
    assert packed_size(made_.text) <= 20_000
    assert 0 < made_.results < 400
    assert any("do not fit" in note for note in made_.notes)


def test_the_same_findings_give_the_same_file_in_whatever_order_they_come() -> None:
    one, other = advisory("CVE-1", vectors=(MEDIUM_31,)), advisory("CVE-2", vectors=(MEDIUM_31,))
    first = report(one, other, code=(code("a"), code("b", source="zizmor")))
    second = report(other, one, code=(code("b", source="zizmor"), code("a")))
    assert made(first).text == made(second).text


def test_a_fingerprint_outlives_other_lines_titles_and_scores() -> None:
    def prints(**more: Any) -> list[str]:
        line = more.pop("line", 3)
        given_ = report(advisory("CVE-1", **more), code=(code("a", line=line), code("a", line=line + 9)))
        return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results(checked(given_))]
    assert prints() == prints(line=40, title="New", vectors=(MEDIUM_31,), file="Cargo.lock")


def test_paths_are_percent_encoded() -> None:
    (result,) = results(checked(report(code=(code(file="src/naïve file#1?.js"),))))
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "src/na%C3%AFve%20file%231%3F.js"


def test_a_title_is_no_link_and_no_placeholder_of_sarifs_own() -> None:
    (result,) = results(checked(report(advisory("CVE-1", title="see [here](https://evil.example) {0}"))))
    assert r"see \[here\](https://evil.example) {{0}}" in result["message"]["text"]


def read_back(text: str, folder: Path) -> Report:
    path = folder / "ours.sarif"
    path.write_text(text, encoding="utf-8")
    return read(ReportFile(shown="ours.sarif", path=path, size=path.stat().st_size))


def test_our_own_reader_finds_in_the_file_what_was_put_into_it(tmp_path: Path) -> None:
    found = read_back(made(report(advisory("CVE-2024-1", vectors=(CRITICAL_31,)), code=(code("a"), code("b")))).text,
                      tmp_path)
    assert (found.format, found.tool.split()[0]) == ("sarif", "repo-vitals")
    assert len(found.advisories) + len(found.code) == 3
    assert found.missing == ()


def test_what_an_earlier_run_wrote_does_not_come_back_as_something_new(tmp_path: Path) -> None:
    ours = read_back(made(report(advisory("CVE-2024-1"), code=(code("a"),))).text, tmp_path)
    alerts = report(format="code-scanning", checks="code", code=(code("a"), code("codeql/a", source="repo-vitals")))
    kept, notes = without_own([ours, alerts, report(advisory("CVE-2024-1"))])
    assert [one.format for one in kept] == ["code-scanning", "osv-scanner"]
    assert [one.source for one in kept[0].code] == ["CodeQL"]
    assert notes == ("1 SARIF file of an earlier run of this action is left out",
                     "1 alert of an earlier run of this action is left out")


def test_runs_of_other_tools_in_one_file_with_ours_are_read_wherever_ours_stand(tmp_path: Path) -> None:
    ours = json.loads(made(report(advisory("CVE-2024-1"), missing=("cut",))).text)
    other = {"tool": {"driver": {"name": "CodeQL"}}, "results": [{"ruleId": "R", "message": {"text": "m"}}]}
    for runs in ([*ours["runs"], other], [other, *ours["runs"]]):
        merged = read_back(json.dumps({"version": "2.1.0", "runs": runs}), tmp_path)
        (found,), _ = without_own([merged])
        assert [one.source for one in found.code] == ["CodeQL"]
        assert (found.advisories, found.tool, found.missing, found.checks) == ((), "CodeQL", (), {"code"})


def test_a_tool_whose_name_begins_as_ours_does_is_another_one() -> None:
    other = report(format="sarif", tool="repo-vitals fork 1.0", checks="code", code=(code(source="repo-vitals fork"),))
    assert without_own([other]) == ([other], ())


@given(hostile_text, hostile_text, hostile_text)
def test_strangers_text_leaves_the_file_valid(name: str, title: str, file: str) -> None:
    checked(report(advisory(title or "x", name=name or "x", title=title, file=file or None, url=file),
                   code=(code(name or "r", source=title or "s", title=title, file=file, url=title),)))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_every_hostile_fragment_leaves_the_file_valid(fragment: str) -> None:
    found = checked(report(advisory("CVE-1", name=fragment, title=fragment, fixed=(fragment,)),
                           code=(code(fragment, title=fragment, file=f"src/{fragment}"),)))
    assert "\x1b" not in json.dumps(found, ensure_ascii=False)


@given(st.text(max_size=20))
def test_two_rules_of_different_names_stay_two(name: str) -> None:
    found = checked(report(code=(code("plain"), code(f"plain {name}."))))
    assert len(results(found)) == 2
