"""The beginning of a report, as far as recognising its format takes."""
from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from repo_vitals.frozen import dataclass
from repo_vitals.sources.json_outline import far_outline, outline
from repo_vitals.sources.report_files import head

if TYPE_CHECKING:
    from repo_vitals.sources.json_outline import Outline
    from repo_vitals.sources.report_files import ReportFile

# Bytes. What a build prints before the first benchmark can be long.
_LONGEST = 1 << 20
# Colours and whatever else moves a terminal's cursor.
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])")


@dataclass(frozen=True)
class Head:
    """What a report begins with: `text` after blanks and a byte order mark (as UTF-8; XML as it declares itself), and
    of JSON the outline. A text with a JSON object a line is both JSON (`json.kind` "lines", `json.records`) and lines.
    """

    text: bytes
    json: Outline

    @classmethod
    def of(cls, file: ReportFile) -> Head:
        """Raises Unreadable for a file without text."""
        return cls(text=head(file, _LONGEST), json=outline(file))

    def farther(self, file: ReportFile) -> Head:
        """With all the keys that an object has on its top. Reads the whole file."""
        return Head(text=self.text, json=far_outline(file, self.json))

    @property
    def is_xml(self) -> bool:
        """Whether it begins as XML does."""
        return self.text.startswith(b"<")

    @property
    def is_json(self) -> bool:
        """Whether it is one JSON value."""
        return self.json.kind in ("object", "list", "value")

    @cached_property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        """The first elements of XML with their attributes, in order; none of what is no XML."""
        if not self.is_xml:
            return []
        from repo_vitals.sources.xml_reading import first_elements

        return first_elements(self.text[:1 << 16])

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without colours and the blanks behind them; none of what is XML or one JSON value.

        The last may be cut off.
        """
        if self.is_xml or self.is_json:
            return []
        return [plain(line) for line in self.text.decode("utf-8", "replace").split("\n")]


def plain(line: str, *, strips: bool = True) -> str:
    """A line of a log without colours and the blanks behind it; of what overwrote itself on a terminal the last.

    Unless `strips`, only its line end is taken off.
    """
    if "\x1b" in line:
        line = ESCAPES.sub("", line)
    line = line.rstrip() if strips else line.rstrip("\r\n")
    return line.rpartition("\r")[2] if "\r" in line else line
