"""Rules of a user's own: `severity: jq expression # title`, over the JSON report; `true` is a finding.

The expressions come from a configuration file, which may be a stranger's. They run in a process of their own
(`jq_programs.py`) that gets the report and nothing else. The only I/O of this package, and none of it leaves the
machine.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from repo_vitals.clock import parse_instant
from repo_vitals.errors import InputError
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import one_line
from repo_vitals.report.jq_programs import LOADS, run_programs
from repo_vitals.report.model import SEVERITIES, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RULE = "user-rule"          # the `rule` of every finding that comes from here
TIME_LIMIT = 4.0            # seconds for all rules together, the process's start included
MEMORY_LIMIT = 1 << 30      # bytes of address space, where the system can limit it

_LONGEST = 10_000           # characters of one rule
_SEVERITY = re.compile(r"\s*([A-Za-z]*)\s*:(?!:)")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule, checked: its expression compiles."""

    number: int             # its place among the lines that were given, from 1
    severity: Severity
    expression: str         # jq
    title: str              # what its finding is called
    subject: str            # what the finding's stable id is made of: the title, so that a limit can be tuned


def parse_rules(lines: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that some lines hold; blank lines and lines that begin with `#` are none.

    The title is the jq comment that ends the expression; without one, the expression is its own title. Raises
    InputError naming the rule's number and what is wrong with it, a filter that does not compile included.
    """
    rules: list[Rule] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rule = _parse(number, line)
        for earlier in rules:
            if earlier.expression == rule.expression:
                raise InputError(f"rules: rule {number} ({_shown(line)}) has the expression of rule {earlier.number}")
        # Two limits of one thing may share a title (medium above 5, high above 10) and still are two findings.
        if any(earlier.title == rule.title for earlier in rules):
            rule = Rule(number=number, severity=rule.severity, expression=rule.expression, title=rule.title,
                        subject=f"{rule.title}: {rule.expression}")
        rules.append(rule)
    if rules:
        _run(rules, None)
    return tuple(rules)


def apply_rules(rules: Sequence[Rule], report_json: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A finding for every rule that gives `true` for the report.

    `false`, `null` and no output at all (as of `select`) raise none; of several outputs one `true` is enough. jq's
    `now` is the report's clock. Raises InputError naming the rule when it gives anything else, fails, or does not end
    within the limits of time and memory.
    """
    if not rules:
        return ()
    true = _run(rules, report_json)
    return tuple(
        Finding(rule=RULE, subject=rule.subject, severity=rule.severity, title=rule.title,
                detail=f"The rule holds: {one_line(rule.expression, limit=500)}")
        for rule, holds in zip(rules, true, strict=True) if holds
    )


def _parse(number: int, line: str) -> Rule:
    where = f"rules: rule {number} ({_shown(line)})"
    if len(line) > _LONGEST:
        raise InputError(f"{where} is {len(line)} characters long; at most {_LONGEST} are read")
    if "\0" in line or any("\ud800" <= character <= "\udfff" for character in line):
        raise InputError(f"{where} holds a character that is not text")
    match = _SEVERITY.match(line)
    severity = match[1].lower() if match is not None else ""
    if match is None or not severity:
        raise InputError(f"{where} does not begin with a severity and a colon; "
                         f"write it as `severity: jq expression # title`, with {_list_of_severities()}")
    if severity not in SEVERITIES:
        from difflib import get_close_matches

        closest = get_close_matches(severity, SEVERITIES, 1)
        hint = f"did you mean {closest[0]}?" if closest else f"use {_list_of_severities()}"
        raise InputError(f"{where} has the unknown severity {_shown(match[1])!r}; {hint}")
    expression, title = _without_title(line[match.end():])
    if not expression:
        raise InputError(f"{where} has no expression")
    loads = LOADS.match(expression)
    if loads is not None:
        raise InputError(f"{where} begins with {loads[1]}; rules can't load files")
    title = one_line(title or expression)
    return Rule(number=number, severity=cast("Severity", severity), expression=expression, title=title, subject=title)


def _without_title(text: str) -> tuple[str, str]:
    """The expression and the comment that ends it, both trimmed. A `#` inside a jq string begins no comment.

    Follows jq's lexer: strings with escapes, and `\\( … )` in them, in which strings may stand again.
    """
    depths: list[int] = []          # of parentheses, one per interpolation that is open
    in_string = False
    position = 0
    while position < len(text):
        character = text[position]
        if in_string:
            if character == "\\" and text[position + 1:position + 2] == "(":
                depths.append(0)
                in_string = False
                position += 1
            elif character == "\\":
                position += 1
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character == "#":
            end = text.find("\n", position)
            if end < 0 or not text[end:].strip():
                return text[:position].strip(), text[position + 1:].strip()
            position = end
        elif character == "(" and depths:
            depths[-1] += 1
        elif character == ")" and depths:
            if depths[-1]:
                depths[-1] -= 1
            else:
                depths.pop()
                in_string = True
        position += 1
    return text.strip(), ""


def _run(rules: Sequence[Rule], report_json: Mapping[str, Any] | None) -> list[bool]:
    """Compile the rules and, with a report, evaluate them."""
    clock = None if report_json is None else parse_instant(str(report_json["generated_at"])).timestamp()
    answers, stopped = run_programs(
        [rule.expression for rule in rules], None if report_json is None else dict(report_json), now=clock,
        gives="truth", seconds=TIME_LIMIT, memory=MEMORY_LIMIT, named_by="rules")
    for rule, answer in zip(rules, answers, strict=False):
        if "error" in answer:
            raise InputError(f"{_named(rule)} {one_line(str(answer['error']))}")
    if len(answers) < len(rules):
        raise InputError(f"{_named(rules[len(answers)])} was stopped: {stopped}")
    return [bool(answer.get("holds")) for answer in answers]


def _named(rule: Rule) -> str:
    return f"rules: rule {rule.number} ({_shown(rule.title)})"


def _shown(text: str) -> str:
    return one_line(text, limit=80)


def _list_of_severities() -> str:
    return f"{', '.join(SEVERITIES[:-1])} or {SEVERITIES[-1]}"
