"""Outputs, summary, annotations, masks and log, as a runner reads them."""
from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from repo_vitals.errors import CallerError
from repo_vitals.runtime.actions_env import (
    LARGEST_OUTPUTS,
    LARGEST_SUMMARY,
    MOST_ANNOTATIONS,
    ActionsEnvironment,
)
from support import runner

if TYPE_CHECKING:
    from pathlib import Path


class Step:
    """A step of a job, or a shell, with what it was told."""

    def __init__(self, folder: Path, *, in_actions: bool = True, **environ: str) -> None:
        self.output, self.summary = folder / "output", folder / "summary"
        self.log, self.errors = io.StringIO(), io.StringIO()
        files = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(self.output),
                 "GITHUB_STEP_SUMMARY": str(self.summary)} if in_actions else {}
        self.actions = ActionsEnvironment({**files, **environ}, self.log, self.errors)

    @property
    def commands(self) -> list[runner.Command]:
        return runner.commands(self.log.getvalue())


@pytest.fixture
def step(tmp_path):
    made = Step(tmp_path)
    made.output.touch()
    made.summary.touch()
    return made


@pytest.fixture
def shell(tmp_path):
    return Step(tmp_path, in_actions=False)


def test_outputs_are_text_numbers_truth_and_nothing(step):
    step.actions.outputs({"status": "fail", "findings": 3, "some-ratio": 0.5, "ok": True, "missing": None})
    assert runner.outputs(step.output) == {"status": "fail", "findings": "3", "some-ratio": "0.5", "ok": "true",
                                           "missing": ""}


def test_a_value_can_not_end_itself_early(step):
    step.actions.outputs({"a": "x"})
    delimiter = re.search("<<(.*)", step.output.read_text())[1]
    step.actions.outputs({"b": f"1\n{delimiter}\nstatus=pass\nstatus<<{delimiter}"})
    assert runner.outputs(step.output) == {"a": "x", "b": f"1\n{delimiter}\nstatus=pass\nstatus<<{delimiter}"}


def test_delimiters_can_not_be_foreseen(step):
    step.actions.outputs({"a": "1", "b": "2"})
    step.actions.outputs({"c": "3"})
    assert len(set(re.findall("<<(.*)", step.output.read_text()))) == 3


def test_outputs_are_added_to_those_that_are_there_even_after_an_unfinished_line(step):
    step.output.write_text("before=1")
    step.actions.outputs({"after": "2"})
    assert runner.outputs(step.output) == {"before": "1", "after": "2"}


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a=b", "a<<b", "1a", "ü"])
def test_an_outputs_name_is_a_name(step, name):
    with pytest.raises(ValueError, match="is not an output's name"):
        step.actions.outputs({name: "x"})
    assert step.output.read_bytes() == b""


def test_outputs_are_cut_to_what_github_takes_the_longest_first(step):
    step.actions.outputs({"status": "pass", "summary": "é" * 400_000, "huge": "x" * 2_000_000,
                          "report": "/tmp/report.json"})
    found = runner.outputs(step.output)
    assert (found["status"], found["report"]) == ("pass", "/tmp/report.json")
    assert found["summary"] == "é" * 400_000
    assert re.fullmatch("x+…", found["huge"])
    size = sum(len((name + value).encode("utf-16-le")) for name, value in found.items())
    assert LARGEST_OUTPUTS - 4 <= size <= LARGEST_OUTPUTS


def test_all_outputs_are_cut_where_all_are_too_long(step):
    step.actions.outputs({"a": "x" * 900_000, "b": "👩" * 900_000, "c": "z" * 900_000})
    found = runner.outputs(step.output)
    assert sum(len((name + value).encode("utf-16-le")) for name, value in found.items()) <= LARGEST_OUTPUTS
    assert set(found["b"]) <= {"👩", "…"}


def test_a_summary_is_added_below_what_is_there(step):
    step.summary.write_text("# Theirs")
    step.actions.summary("# Ours\n")
    step.actions.summary("# More\n")
    assert step.summary.read_text() == "# Theirs\n# Ours\n# More\n"


def test_a_summary_that_would_be_too_large_is_cut_with_a_note(step):
    step.summary.write_bytes(b"x" * (LARGEST_SUMMARY - 5_000))
    step.actions.summary("".join(f"line {number} é\n" for number in range(10_000)))
    written = step.summary.read_bytes()
    assert LARGEST_SUMMARY - 100 < len(written) <= LARGEST_SUMMARY
    assert re.search(r"line \d+ é\n\n\n?_The summary was cut here: .*_\n$", written.decode())


def test_a_full_summary_is_left_as_it_is(step):
    step.summary.write_bytes(b"x" * LARGEST_SUMMARY)
    step.actions.summary("# Ours\n")
    assert step.summary.stat().st_size == LARGEST_SUMMARY


@pytest.mark.parametrize(("say", "named"), [
    (lambda actions: actions.outputs({"a": "b"}), "GITHUB_OUTPUT"),
    (lambda actions: actions.summary("x"), "GITHUB_STEP_SUMMARY")])
@pytest.mark.parametrize("path", ["", "missing/folder/file", "a\0b"])
def test_a_file_that_can_not_be_written_is_one_clear_line(tmp_path, say, named, path):
    step = Step(tmp_path, GITHUB_OUTPUT=f"{tmp_path}/{path}", GITHUB_STEP_SUMMARY=f"{tmp_path}/{path}")
    with pytest.raises(CallerError) as caught:
        say(step.actions)
    assert re.fullmatch(rf"{named}: .* can't be written: .+", str(caught.value))
    assert caught.value.exit_code == 2


def test_an_annotation_says_what_it_was_told(step):
    step.actions.annotate("error", "100 % of a: b, c\nand more", title="Title: a, b", file="src/a,b.py", line=7)
    assert step.commands == [runner.Command("error", "100 % of a: b, c\nand more",
                                            {"title": "Title: a, b", "file": "src/a,b.py", "line": "7"})]


def test_an_annotation_may_be_about_several_lines(step):
    step.actions.annotate("notice", "x", file="a.py", line=7, end_line=9)
    assert step.commands == [runner.Command("notice", "x", {"file": "a.py", "line": "7", "endLine": "9"})]


def test_what_was_not_given_is_not_written(step):
    step.actions.annotate("notice", "x")
    step.actions.annotate("notice", "x", title="", file="a.py")
    assert step.log.getvalue() == "::notice::x\n::notice file=a.py::x\n"


def test_an_annotation_without_words_says_so(step):
    step.actions.annotate("warning", " \n\x00"[:2])
    assert step.commands == [runner.Command("warning", "(no text)")]


def test_long_messages_are_cut_before_the_runner_cuts_them(step):
    step.actions.annotate("error", "x" * 60_000, title="t" * 300)
    [command] = step.commands
    assert (len(command.message), command.message[-1]) == (4000, "…")
    assert len(command.properties["title"]) == 200


@pytest.mark.parametrize(("count", "shown", "last"), [
    (9, 9, "message 9"), (10, 10, "message 10"), (11, 10, "2 more warnings are not shown here"),
    (60, 10, "51 more warnings are not shown here")])
def test_of_many_annotations_the_tenth_says_how_many_more_there_are(step, count, shown, last):
    with step.actions as actions:
        for number in range(1, count + 1):
            actions.annotate("warning", f"message {number}")
        actions.annotate("error", "one")
    warnings = [command.message for command in step.commands if command.name == "warning"]
    assert len(warnings) == min(count, MOST_ANNOTATIONS) == shown
    assert warnings[-1].startswith(last)
    assert [command.message for command in step.commands if command.name == "error"] == ["one"]


def test_finishing_twice_says_nothing_twice(step):
    for number in range(12):
        step.actions.annotate("notice", str(number))
    step.actions.finish()
    step.actions.finish()
    assert len(step.commands) == MOST_ANNOTATIONS


def test_what_was_held_back_is_said_even_when_the_step_ends_in_an_error(step):
    def fail():
        with step.actions as actions:
            for number in range(10):
                actions.annotate("error", str(number))
            raise RuntimeError
    with pytest.raises(RuntimeError):
        fail()
    assert step.commands[-1].message == "9"


def test_groups_fold_what_is_between_them(step):
    step.actions.group("A, b: c")
    step.actions.log("inside")
    step.actions.endgroup()
    assert step.log.getvalue() == "::group::A, b: c\ninside\n::endgroup::\n"


def test_a_secret_is_masked(step):
    step.actions.mask("50%::x")
    assert step.log.getvalue() == "::add-mask::50%25::x\n"
    assert step.commands == [runner.Command("add-mask", "50%::x")]


def test_a_secret_of_several_lines_is_masked_line_by_line_too_but_not_its_braces(step):
    step.actions.mask("{\n  \"key\": \"s3cret\"\r\n}\n")
    assert [command.message for command in step.commands] == ["{\n  \"key\": \"s3cret\"\r\n}", "\"key\": \"s3cret\""]


@pytest.mark.parametrize("nothing", [None, "", " ", "\n"])
def test_nothing_is_never_masked(step, nothing):
    step.actions.mask(nothing)
    assert step.log.getvalue() == ""


def test_the_log_keeps_what_is_harmless(step):
    text = "a b\n\n  std::vector<int> :: x\n100 % é 日本 👩‍💻\n"
    step.actions.log(text)
    assert step.log.getvalue() == text + "\n"


@pytest.mark.parametrize(("line", "shown"), [
    ("::error::x", "> ::error::x"), (" \t::error::x", ">  \t::error::x"), ("a ::error::x", "a ::error::x"),
    ("##[error]x", "# #[error]x"), ("a ##[group]b ##[endgroup]", "a # #[group]b # #[endgroup]"), ("###[x]", "## #[x]"),
    ("a\r::error::x", "a\n> ::error::x"), ("::", "> ::"), ("\x1b[31m::error::x", "> ::error::x"),
])
def test_a_line_of_the_log_is_no_command(step, line, shown):
    step.actions.log(line)
    assert step.log.getvalue() == shown + "\n"
    assert step.commands == []


def test_in_a_shell_annotations_are_lines_on_stderr(shell):
    with shell.actions as actions:
        for number in range(12):
            actions.annotate("error", f"it broke\n{number}", title="Title", file="a.py", line=3)
    assert shell.errors.getvalue().splitlines() == [f"error: a.py:3: Title: it broke {number}" for number in range(12)]
    assert shell.log.getvalue() == ""


def test_in_a_shell_no_secret_is_shown_and_no_command_written(shell):
    shell.actions.mask("s3cret")
    shell.actions.group("Title")
    shell.actions.endgroup()
    assert shell.log.getvalue() == "Title\n"


def test_in_a_shell_outputs_and_summary_are_written_only_where_files_are_named(shell, tmp_path):
    shell.actions.outputs({"a": "b"})
    shell.actions.summary("x")
    assert list(tmp_path.iterdir()) == []
    named = Step(tmp_path, in_actions=False, GITHUB_OUTPUT=str(tmp_path / "o"), GITHUB_STEP_SUMMARY=str(tmp_path / "s"))
    named.actions.outputs({"a": "b"})
    named.actions.summary("x\n")
    assert runner.outputs(tmp_path / "o") == {"a": "b"}
    assert (tmp_path / "s").read_text() == "x\n"


def test_a_console_that_is_not_utf8_gets_question_marks_rather_than_a_traceback():
    raw = io.BytesIO()
    console = io.TextIOWrapper(raw, encoding="cp1252", newline="\n")
    ActionsEnvironment({}, console).log("é ≤ 日本")
    assert raw.getvalue().decode("cp1252") == "é ? ??\n"
