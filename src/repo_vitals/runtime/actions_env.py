"""What a step says to GitHub Actions: outputs, job summary, annotations, masks and the log.

The one place that writes workflow commands, by way of actions-toolkit. Nothing that is written here can be taken for a
command of a stranger's making. Outside Actions the same calls make a readable terminal session.
"""
from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from actions_toolkit.command import Command  # type: ignore[import-untyped]
from actions_toolkit.utils import AnnotationProperties, to_command_properties, to_command_value  # type: ignore[import-untyped]

from repo_vitals import plain_text
from repo_vitals.errors import CallerError, OutputGone
from repo_vitals.render.markdown import Markdown, cut_to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import TextIO

Level = Literal["error", "warning", "notice"]
Value = str | int | float | bool | None

LARGEST_SUMMARY = 1024 * 1024       # bytes of a step's summary; beyond it GitHub shows none of it
LARGEST_OUTPUTS = 1_000_000         # bytes of a job's outputs, counted as UTF-16
MOST_ANNOTATIONS = 10               # per level and step; GitHub drops the rest in silence
_LONGEST_MESSAGE = 4000             # characters; the runner cuts at 4096
_LONGEST_TITLE = 200
_SHORTEST_MASKED_LINE = 4           # of a secret of several lines: masking `{` would blot out every log
_CUT_NOTE = Markdown("\n_The summary was cut here: GitHub shows at most 1 MiB. The JSON report has everything._\n")


class ActionsEnvironment:
    """GitHub Actions as one step sees it. Use as a context manager, or call `finish` at the end.

    `environ` is the step's environment (GITHUB_ACTIONS, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY). Workflow commands go to
    `stdout`, where the runner looks for them.
    """

    def __init__(self, environ: Mapping[str, str], stdout: TextIO, stderr: TextIO | None = None) -> None:
        self.in_actions = environ.get("GITHUB_ACTIONS") == "true"
        self._output_file = environ.get("GITHUB_OUTPUT") or None
        self._summary_file = environ.get("GITHUB_STEP_SUMMARY") or None
        self._stdout = stdout
        self._stderr = sys.stderr if stderr is None else stderr
        self._annotated: dict[str, int] = {}
        self._held: dict[str, str] = {}         # the last annotation that fits, until it is known whether more come

    def __enter__(self) -> ActionsEnvironment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.finish()

    def mask(self, secret: str | None) -> None:
        """Have the runner replace a secret by `***` from here on, each line of it too. Nothing outside Actions:
        there, naming it would be the leak. Call it before anything else is written."""
        if not self.in_actions or secret is None or not secret.strip():
            return      # masking an empty string would put *** between all characters of the log
        several = [line.strip() for line in re.split(r"[\r\n]+", secret)]
        parts = {secret.strip(), *(line for line in several if len(line) >= _SHORTEST_MASKED_LINE)}
        for part in sorted(parts, key=len, reverse=True):
            self._command("add-mask", {}, part)

    def outputs(self, values: Mapping[str, Value]) -> None:
        """Set the step's outputs; None becomes an empty string, a boolean `true` or `false`.

        Raises CallerError when GITHUB_OUTPUT is named but can't be written.
        """
        for name in values:
            if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) is None:
                raise ValueError(f"{name!r} is not an output's name")
        if self._output_file is None:
            return
        from actions_toolkit.file_command import prepare_key_value_message  # type: ignore[import-untyped]

        texts = _within(LARGEST_OUTPUTS, {name: _output_text(value) for name, value in values.items()})
        message = "".join(prepare_key_value_message(name, text) + "\n" for name, text in texts.items())
        self._append(self._output_file, message, named_by="GITHUB_OUTPUT")

    def summary(self, markdown: str) -> None:
        """Add Markdown to the step's summary, cut with a note where GitHub's limit would make it vanish whole.

        Raises CallerError when GITHUB_STEP_SUMMARY is named but can't be written.
        """
        if self._summary_file is None or not markdown:
            return
        free = LARGEST_SUMMARY - self._size(self._summary_file, named_by="GITHUB_STEP_SUMMARY") - 2
        if free > 0:
            fitting = cut_to_bytes(Markdown(markdown), free, _CUT_NOTE)
            self._append(self._summary_file, fitting, named_by="GITHUB_STEP_SUMMARY")

    def annotate(self, level: Level, message: str, *, title: str | None = None, file: str | None = None,
                 line: int | None = None, end_line: int | None = None) -> None:
        """Annotate the run: in Actions by a workflow command, elsewhere as a line on stderr.

        GitHub shows ten of a level and step. The tenth is held back until `finish`: if more came, it says how many.
        """
        count = self._annotated[level] = self._annotated.get(level, 0) + 1
        if not self.in_actions:
            place = "" if file is None else plain_text.one_line(file) + (f":{line}" if line is not None else "") + ": "
            heading = "" if title is None else plain_text.one_line(title) + ": "
            text = plain_text.one_line(message, limit=_LONGEST_MESSAGE)
            self._write(self._stderr, f"{level}: {place}{heading}{text}")
            return
        properties = to_command_properties(AnnotationProperties(
            title=None if title is None else plain_text.log_line(plain_text.one_line(title, limit=_LONGEST_TITLE)),
            file=None if file is None else plain_text.one_line(file, limit=1000), start_line=line,
            end_line=end_line))
        # The toolkit writes `title=,file=` for what was not given, and the runner takes that for a file without a name.
        given = {name: value for name, value in properties.items() if value not in (None, "")}
        text = str(Command(level, given, _message(message)))
        if count < MOST_ANNOTATIONS:
            self._write(self._stdout, text)
        elif count == MOST_ANNOTATIONS:
            self._held[level] = text

    def finish(self) -> None:
        """Write what `annotate` held back. Further calls do nothing."""
        for level, text in self._held.items():
            left_over = self._annotated[level] - MOST_ANNOTATIONS + 1
            if left_over > 1:
                noun = {"error": "errors", "warning": "warnings", "notice": "notices"}[level]
                text = str(Command(level, {}, f"{left_over} more {noun} are not shown here: GitHub shows "
                                              f"{MOST_ANNOTATIONS}. The summary and the report have them all."))
            self._write(self._stdout, text)
        self._held.clear()

    def group(self, title: str) -> None:
        """Begin a part of the log that can be folded; outside Actions its title alone."""
        shown = plain_text.log_line(plain_text.one_line(title))
        if self.in_actions:
            self._command("group", {}, shown)
        else:
            self._write(self._stdout, shown)

    def endgroup(self) -> None:
        """End the part that `group` began."""
        if self.in_actions:
            self._command("endgroup", {}, "")

    def log(self, text: str) -> None:
        """Text for the log, strangers' text included: no line of it is a workflow command or a terminal's escape."""
        for line in plain_text.lines(text):
            self._write(self._stdout, plain_text.log_line(line))

    def _command(self, name: str, properties: Mapping[str, object], message: str) -> None:
        self._write(self._stdout, str(Command(name, dict(properties), message)))

    def _write(self, stream: TextIO, line: str) -> None:
        """Raises OutputGone where the stream takes no more."""
        try:
            try:
                stream.write(line + "\n")
            except UnicodeEncodeError:  # a console that is not UTF-8
                encoding = stream.encoding or "ascii"
                stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            stream.flush()  # stdout and stderr end in one log, in this order
        except OSError as error:
            raise OutputGone(error.errno, error.strerror) from None

    @staticmethod
    def _size(path: str, *, named_by: str) -> int:
        try:
            return Path(path).stat().st_size
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            raise _unwritable(path, error, named_by=named_by) from None

    @staticmethod
    def _append(path: str, text: str, *, named_by: str) -> None:
        data = text.encode("utf-8", "replace")
        try:
            with Path(path).open("ab+") as file:
                if file.tell():     # an unfinished line of whoever wrote before must not run into ours
                    file.seek(-1, 2)
                    if file.read(1) != b"\n":
                        data = b"\n" + data
                file.write(data)
        except (OSError, ValueError) as error:
            raise _unwritable(path, error, named_by=named_by) from None


def _unwritable(path: str, error: OSError | ValueError, *, named_by: str) -> CallerError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return CallerError(f"{named_by}: {plain_text.one_line(path)} can't be written: {plain_text.one_line(reason)}")


def _message(text: str) -> str:
    shown = "\n".join(plain_text.log_line(line) for line in plain_text.lines(text)).strip()
    return plain_text.cut(shown, _LONGEST_MESSAGE) or "(no text)"


def _output_text(value: Value) -> str:
    # An environment variable can't hold NUL: the step that reads this output would fail to start.
    return str(to_command_value(value)).replace("\0", plain_text.REPLACED).encode("utf-8", "replace").decode("utf-8")


def _within(limit: int, texts: dict[str, str]) -> dict[str, str]:
    """The texts with the longest cut until all fit into `limit` bytes of UTF-16."""
    fitting = dict(texts)
    for name in sorted(texts, key=lambda name: len(texts[name]), reverse=True):
        excess = sum(_utf16_size(key) + _utf16_size(text) for key, text in fitting.items()) - limit
        if excess <= 0:
            break
        kept = max(_utf16_size(texts[name]) - excess - 2, 0) // 2 * 2
        fitting[name] = texts[name].encode("utf-16-le")[:kept].decode("utf-16-le", "ignore") + "…"
    return fitting


def _utf16_size(text: str) -> int:
    return len(text.encode("utf-16-le"))
