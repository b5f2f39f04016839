"""What a GitHub runner makes of a step's log and files, written anew from how the runner behaves.

Stricter than the runner: every name counts as a command, known or not.
"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understood it."""

    name: str
    message: str
    properties: dict[str, str] = field(default_factory=dict)


def commands(log: str) -> list[Command]:
    """Every workflow command in a log, in both forms: `::name a=b::message` and the old `##[name a=b]message`."""
    return [command for line in re.split("\r\n|\r|\n", log) if (command := _new_form(line) or _old_form(line))]


def commands_by_culture(log: str) -> list[Command]:
    """The same where comparisons skip characters without a weight, as those of .NET may."""
    def skipped(character: str) -> bool:
        weightless = unicodedata.category(character) in ("Cf", "Cc", "Cn", "Mn", "Me")
        return character not in "\r\n" and (weightless or character == "\N{REPLACEMENT CHARACTER}")
    return commands("".join(character for character in log if not skipped(character)))


def _new_form(line: str) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, given = line[2:end].partition(" ")
    pairs = (pair.split("=", 1) for pair in given.strip().split(",") if "=" in pair)
    return Command(name, _unescape(line[end + 2:], "\r\n"), {key: _unescape(value, "\r\n:,") for key, value in pairs})


def _old_form(line: str) -> Command | None:
    match = re.search(r"##\[([^\]]*)\](.*)", line)
    return None if match is None else Command(match[1].split(" ")[0], _unescape(match[2], "\r\n;]"))


def _unescape(text: str, escaped: str) -> str:
    for character in (*escaped, "%"):
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def outputs(path: Path) -> dict[str, str]:
    """A GITHUB_OUTPUT file as name and value; ValueError where the runner would fail the step."""
    text = path.read_bytes().decode("utf-8")
    found: dict[str, str] = {}
    lines = text.split("\n")
    if lines.pop() != "":
        raise ValueError("the last line does not end")
    while lines:
        line = lines.pop(0)
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if heredoc < 0 or 0 <= equals < heredoc:
            name, _, value = line.partition("=")
            if equals < 1:
                raise ValueError(f"neither NAME=VALUE nor NAME<<DELIMITER: {line!r}")
        else:
            name, _, delimiter = line.partition("<<")
            if delimiter not in lines:
                raise ValueError(f"no end to {name!r}")
            end = lines.index(delimiter)
            value = "\n".join(lines[:end])
            del lines[: end + 1]
        found[name] = value
    return found
