"""Strangers' text through every sink, each read back by a reader that is not ours: nothing of it takes effect."""
from __future__ import annotations

import io
import json
import re
import unicodedata
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import example, given, settings
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from repo_vitals.concerns.comment import facts as of_comment
from repo_vitals.concerns.comment.body import comment_body
from repo_vitals.concerns.coverage.definitions import METRICS
from repo_vitals.concerns.coverage.facts import Added, Facts, FileCoverage, ReportRead, Unusable
from repo_vitals.concerns.coverage.judge import judge
from repo_vitals.concerns.coverage.measure import measure
from repo_vitals.concerns.coverage.policy import Policy
from repo_vitals.concerns.coverage.totals import totals
from repo_vitals.delivery.files import write_aside
from repo_vitals.render import badge, combined, terminal
from repo_vitals.render.markdown import BREAK, code, link, text
from repo_vitals.render.summary import summary_markdown
from repo_vitals.render.view import View
from repo_vitals.report.model import Cost, Report, Target
from repo_vitals.report.openmetrics import to_openmetrics
from repo_vitals.report.schema import schema
from repo_vitals.runtime.actions_env import LARGEST_SUMMARY, ActionsEnvironment
from repo_vitals.runtime.publishing import annotate
from repo_vitals.sources.report_reading import ReadReport, RefusedReport, Reports
from repo_vitals.sources.workflow_event import PullRequest
from support import hostile, markdown_reader, runner
from support.reports import DEFINITIONS, NOW, due, finding, metric, report

VALIDATOR = jsonschema.Draft202012Validator(schema())
NAMED = re.compile(r"https://redirect\.github\.com/acme/widget/issues/7")

TRICKS = ("\u200b::error::x", ":\u200d:error::x", "#\u200d#[error]x", "a\r::error::x", "a\u2028::error::x", "x!", "")


def for_hostile_text(test):
    """Run a test with every fragment alone, with known tricks, and with whatever hypothesis makes of them all."""
    for words in (*hostile.FRAGMENTS, *TRICKS):
        test = example(words)(test)
    return settings(deadline=None, max_examples=50)(given(hostile.text)(test))


def hostile_report(words: str) -> Report:
    """A report with a stranger's words wherever strangers' words can be."""
    return report(
        status="fail", summary=words,
        metrics=(
            metric("issues_open", 3),
            metric("issue_response_sla_ratio", 0.5, priority=words).judged(Target(">=", 0.9)),
            metric("issue_response_sla_ratio", None, priority="none").judged(Target(">=", 0.9)),
        ),
        findings=(
            finding(title=words, detail=words, url="https://github.com/acme/widget/issues/7", since=NOW,
                    labels={"author": words}),
            finding(subject="issue 8", title=f"#8 {words}", url=f"javascript:{words}"),
            finding(subject="issue 9", title="x", url=f"https://evil.example/{words}", severity="info"),
        ),
        data={"complete": [words, "half"], "notes": [words], "series": [
            {"title": words, "points": [[words, 1.0], ["b", None], ["c", 2.5]]}],
            "agenda": [due(7, title=words, what=words, owes=words, priority=words, type=words, kind=words,
                           also=[words]),
                       due(8, title=words, url=f"javascript:{words}"), due(9, url=f"https://evil.example/due/{words}")],
            "sla": {"rows": [{"phase": words, "channel": words, "type": words, "priority": words, "ratio": 0.5}]},
            "sections": [{"title": words, "headers": [words, "b"], "rows": [[words, 1]]}],
            "trend": [{"metric": "issue_response_sla_ratio", "labels": {"priority": words}, "previous": 0.25}]},
    )


def actions(folder: Path, log: io.StringIO) -> ActionsEnvironment:
    return ActionsEnvironment({"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(folder / "output"),
                               "GITHUB_STEP_SUMMARY": str(folder / "summary")}, log, log)


def no_command(log: str) -> None:
    assert runner.commands(log) == []
    assert runner.commands_by_culture(log) == []


def no_escape(shown: str) -> None:
    """No control but the line end, nothing that turns the direction, no second line where none was meant."""
    assert [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t"] == []
    assert re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", shown) is None


def no_effect(document: markdown_reader.Document) -> None:
    assert document.images == []
    assert document.filtered == []


@for_hostile_text
def test_no_line_of_the_log_is_a_command_of_a_strangers(words):
    log = io.StringIO()
    with TemporaryDirectory() as folder:
        env = actions(Path(folder), log)
        env.log(words)
        env.log(terminal.plain_report(hostile_report(words), DEFINITIONS))
    no_command(log.getvalue())
    no_escape(log.getvalue())


@for_hostile_text
def test_an_annotation_is_one_command_whatever_it_says(words):
    log = io.StringIO()
    with TemporaryDirectory() as folder, actions(Path(folder), log) as env:
        env.annotate("warning", words, title=words, file=words, line=3)
        env.group(words)
        env.endgroup()
    for read in (runner.commands, runner.commands_by_culture):
        assert [command.name for command in read(log.getvalue())] == ["warning", "group", "endgroup"]
        assert set(read(log.getvalue())[0].properties) <= {"title", "file", "line"}
    no_escape(runner.commands(log.getvalue())[0].message)


@for_hostile_text
def test_a_finding_is_annotated_at_its_file_whatever_that_is_called(words):
    made = report(findings=(finding(title=words or "x", detail=words, file=words or "x", line=3, end_line=7),))
    log = io.StringIO()
    with TemporaryDirectory() as folder, actions(Path(folder), log) as env:
        annotate(made, "Coverage", env)
    for read in (runner.commands, runner.commands_by_culture):
        [command] = read(log.getvalue())
        assert command.name == "error"
        assert set(command.properties) <= {"title", "file", "line", "endLine"}
        assert (command.properties["line"], command.properties["endLine"]) == ("3", "7")
    no_escape(runner.commands(log.getvalue())[0].properties.get("file", ""))


@for_hostile_text
def test_what_coverage_says_of_a_strangers_files_does_nothing_they_say(words):
    path = words or "x"
    file = FileCoverage()
    file.lines.mark(1, ran=False)
    facts = Facts(repository="acme/widget", files={path: file}, totals=totals([file]), outside=(path,),
                  reports=(ReportRead(shown=path, format="lcov", notes=(words,)),),
                  unusable=(Unusable(shown=path, why="is empty"),), unmatched=(path,),
                  added=Added(files={path: ((1, 1),)}), pull_request=PullRequest(
                      number=7, base_sha=None, head_sha=None, head_ref=words, head_repository=words, from_fork=True))
    judgement = judge(measure(facts, Policy()), facts, Policy())
    made = report(monitor="coverage", status="unknown", summary=judgement.summary, metrics=judgement.metrics,
                  findings=judgement.findings, data={**judgement.data, "notes": list(judgement.notes)})
    assert judgement.summary.isascii()
    document = markdown_reader.read(summary_markdown(made, {one.name: one for one in METRICS}))
    no_effect(document)
    assert document.links == []
    assert document.headings == ["h2", *["h3"] * 4]
    log = io.StringIO()
    with TemporaryDirectory() as folder, actions(Path(folder), log) as env:
        env.log(terminal.plain_report(made, {one.name: one for one in METRICS}))
        no_command(log.getvalue())
        annotate(made, "Coverage", env)
    assert {command.name for command in runner.commands(log.getvalue())} == {"warning", "notice"}
    no_escape(log.getvalue())


@for_hostile_text
def test_a_mask_hides_just_the_secret_and_each_of_its_longer_lines(secret):
    log = io.StringIO()
    with TemporaryDirectory() as folder:
        actions(Path(folder), log).mask(secret)
    found = runner.commands(log.getvalue().encode("utf-8", "replace").decode())
    assert {command.name for command in found} <= {"add-mask"}
    lines = [line.strip() for line in re.split("[\r\n]+", secret) if len(line.strip()) >= 4]
    wanted = {part.encode("utf-8", "replace").decode() for part in (secret.strip(), *lines) if part}
    assert {command.message for command in found} == wanted


@for_hostile_text
def test_outputs_come_through_as_they_were_written(words):
    with TemporaryDirectory() as folder:
        env = actions(Path(folder), io.StringIO())
        env.outputs({"one": words, "two": f"{words}\n"})
        env.outputs({"status": "fail"})
        found = runner.outputs(Path(folder) / "output")
    assert list(found) == ["one", "two", "status"]
    for name, written in (("one", words), ("two", f"{words}\n")):
        assert found[name] == written.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


@for_hostile_text
def test_the_summary_shows_strangers_words_and_does_nothing_they_say(words):
    with TemporaryDirectory() as folder:
        env = actions(Path(folder), io.StringIO())
        env.summary(summary_markdown(hostile_report(words), DEFINITIONS, view=View(group_by="type")))
        written = (Path(folder) / "summary").read_bytes()
    assert len(written) <= LARGEST_SUMMARY
    document = markdown_reader.read(written.decode("utf-8"))
    no_effect(document)
    ours = [url for url in document.links if not url.startswith("https://evil.example/")]
    assert [url for url in ours if not NAMED.fullmatch(url)] == []
    assert set(document.html) <= {"<details>", "<summary>", "</summary>", "</details>", "<sub>", "</sub>", "<span>",
                                  "</span>"}
    assert document.html.count("<details>") == document.html.count("</details>") == 2
    groups = 1 if words in ("", "none") else 2
    # Agenda, findings beside it and about it, figures, service levels, a table of the monitor's own.
    assert len(document.rows) == (groups + 3) + (1 + 1) + (1 + 2) + (1 + 3) + (1 + 1) + (1 + 1)
    assert {len(row) for row in document.rows} <= {2, 3, 4, 5, 7}
    assert document.headings == ["h2", "h3", *["h4"] * groups, *["h3"] * 5]
    assert [name for name, _ in document.fences] == ["mermaid"]
    assert document.fences[0][1].count("\n") == 6
    assert set(document.blocks) <= {"table_open", "bullet_list_open", "list_item_open", "strong_open"}
    no_escape(written.decode("utf-8"))


@for_hostile_text
def test_a_summary_of_several_repositories_does_nothing_that_a_stranger_says(words):
    made = hostile_report(words)
    entries = (combined.Entry(repository="acme/widget", report=made, said=words, path=words),
               combined.Entry(repository="acme/tool", report=replace(made, data={"complete": words}), said="",
                              path="x"),
               combined.Entry(repository="acme/none", report=None, said=words, path=""))
    several = combined.Combined(
        monitor="community-metrics", entries=entries, cost=Cost(),
        headlines=(("issues_open", {}), ("issue_response_sla_ratio", {"priority": words})))
    document = markdown_reader.read(combined.combined_markdown(several))
    no_effect(document)
    ours = [url for url in document.links if not url.startswith("https://evil.example/")]
    assert [url for url in ours if not NAMED.fullmatch(url)] == []
    assert set(document.html) <= {"<details>", "<summary>", "</summary>", "</details>", "<sub>", "</sub>", "<span>",
                                  "</span>"}
    assert document.html.count("<details>") == document.html.count("</details>") == 1
    # All of them; the agenda of the first, the findings of the second.
    assert len(document.rows) == (1 + 3) + (1 + 3) + (1 + 3)
    assert document.headings == ["h2", "h4", "h4", "h4"]
    log = io.StringIO()
    with TemporaryDirectory() as folder:
        actions(Path(folder), log).log(combined.combined_text(several))
    no_command(log.getvalue())
    no_escape(log.getvalue())


@for_hostile_text
def test_a_comment_on_a_pull_request_says_what_a_fork_wrote_and_does_nothing_of_it(words):
    run, marker = "https://github.com/acme/widget/actions/runs/7", "<!-- repo-vitals:comment:reports -->"
    read = ReadReport(name=words, is_earlier=True, report=report(
        status="fail", summary=words or "x", repository=words, monitor=words or "x",
        metrics=(metric("issue_response_sla_ratio", 0.5, priority=words).judged(Target(">=", 0.9)),),
        findings=(finding(title=words, detail=words, file=words or "x", line=3, url=f"https://evil.example/{words}"),),
        data={"complete": [words or "x"], "notes": [words or "x"]}))
    said = comment_body(of_comment.Facts(
        repository="acme/widget", is_second_half=True, conclusion=words or "failure",
        origin=of_comment.Origin(is_fork=True, author=words, repository=words, commit=words, run_url=run),
        reports=Reports(read=(read,), refused=(RefusedReport(name=words, why=words),))),
        marker=marker, most_findings=5)
    assert len(said) <= 65_536
    document = markdown_reader.read(said)
    no_effect(document)
    assert set(document.links) == {run}     # none of the report's own making, whatever it leads to
    assert set(document.html) <= {marker, "<span>", "</span>"}
    assert said.count("<!--") == 1
    assert document.headings == ["h2", "h3", "h3"]
    assert len(document.rows) == 2 * 3      # reports, figures, findings
    assert set(document.blocks) <= {"table_open", "bullet_list_open", "list_item_open", "strong_open",
                                    "blockquote_open", "blockquote_close"}
    assert document.blocks.count("blockquote_open") == 1
    no_escape(said)


@for_hostile_text
def test_one_piece_of_text_stays_one_piece_of_text(words):
    for shown in (text(words), code(words)):
        for place in (f"{shown}\n", f"before\n{shown}\nafter\n", f"- {shown}\n", f"a {shown}[b](https://ours.example)\n",
                      f"| a | b |\n| --- | --- |\n| {shown} | {link(words, 'https://ours.example/')} |\n"):
            document = markdown_reader.read(place)
            no_effect(document)
            assert set(document.links) <= {"https://ours.example", "https://ours.example/"}
            assert set(document.html) <= {"<span>", "</span>"}
            assert document.headings == []
            assert document.fences == []
            assert set(document.blocks) <= {"table_open", "bullet_list_open", "list_item_open"}
            assert len(document.rows) in (0, 2)
            assert document.blocks.count("bullet_list_open") == int(place.startswith("- "))


@for_hostile_text
def test_a_table_cell_shows_the_words_themselves(words):
    document = markdown_reader.read(f"| a |\n| --- |\n| {text(words)} |\n")
    shown = document.rows[1][0].replace(BREAK, "")
    kept = re.sub(r"[^!-~]", "", shown)
    # Escape sequences of terminals apart, every visible ASCII character is there, in its order, up to the cut.
    escape = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]"
    assert re.sub(r"[^!-~]", "", re.sub(escape, "", words)).startswith(kept)
    assert kept or not re.search("[0-9A-Za-z]", re.sub(escape, "", words))


@for_hostile_text
def test_openmetrics_read_back_with_their_labels(words):
    found = {family.name: family for family in text_string_to_metric_families(
        to_openmetrics(hostile_report(words), DEFINITIONS))}
    assert list(found) == ["repo_vitals_issues_open", "repo_vitals_issue_response_sla_ratio"]
    [sample] = found["repo_vitals_issue_response_sla_ratio"].samples
    controls = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
    assert sample.labels["priority"] == controls.sub("\N{REPLACEMENT CHARACTER}", words)
    assert sample.value == 0.5


@for_hostile_text
def test_a_badge_is_well_formed_and_says_what_it_was_told(words):
    said = report(monitor=words or "x", repository=words)
    svg = ElementTree.fromstring(badge.badge_svg(said))
    tags = {element.tag.rpartition("}")[2] for element in svg.iter()}
    assert tags == {"svg", "title", "clipPath", "rect", "g", "text"}
    assert not [name for element in svg.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    assert json.loads(badge.badge_json(said))["message"] == "pass"


@for_hostile_text
def test_the_json_report_keeps_every_word_and_the_schema(words):
    made = hostile_report(words)
    as_json = {**made.as_json(), "summary": "one line"}
    if not words:
        as_json["findings"][0]["title"] = "x"
        as_json["data"].update(complete=True, notes=[])
    as_json["findings"] = [{**found, "url": None} for found in as_json["findings"]]
    VALIDATOR.validate(as_json)
    with TemporaryDirectory() as folder:
        path = write_aside(Path(folder) / "report.json", json.dumps(as_json, ensure_ascii=False, indent=2))
        read = json.loads(path.read_bytes())
    assert read["findings"][0]["detail"] == words.encode("utf-8", "replace").decode()
    assert read["findings"][0]["id"] == hostile_report("other words").as_json()["findings"][0]["id"]


@for_hostile_text
def test_a_terminal_gets_no_escape_but_our_own(words):
    pytest.importorskip("rich")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    terminal.rich_print(hostile_report(words), DEFINITIONS, screen)
    links = re.findall("\x1b\\]8;[^;]*;([^\x1b]*)\x1b\\\\", screen.getvalue())
    assert {re.sub("^https://evil.example/.*", "", url) for url in links} <= {
        "", "https://github.com/acme/widget/issues/7"}
    rest = re.sub("\x1b\\[[0-9;]*m|\x1b\\]8;[^\x1b]*\x1b\\\\", "", screen.getvalue())
    no_escape(rest)
