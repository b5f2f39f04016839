"""Old versions that a document names on purpose, by the comments, sentences and headings around them. Pure."""
from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from repo_vitals import late

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repo_vitals.concerns.docs_freshness.facts import Document

# Documents about the way from one version to another, and about versions that are past.
_GUIDE = late.regex(r"(?:^|[/._-])(?:migrat\w*|upgrad\w*)(?:[/._-]|$)", re.IGNORECASE)
_PAST = late.regex(
    # How to write an entry is no entry.
    r"(?:^|[/._-])(?:change-?log(?![-_](?:entry|guide|guidelines|policy|format)\b)|change_log|changes|release[-_]?notes|versioned[-_]docs)(?:[/._-]|$)|"
    # Whole names, which are something else inside of others: a release's procedures, an inventory of decisions.
    r"(?:^|/)(?:history|news|releases?|whats[-_]?new|blog|posts?|archive[sd]?|rfcs?|adrs?|decisions?)(?:/|\.\w+$|$)|"
    # What is named by a version: docs/v1.2.0.md, release-2.0.rst, versions/0.9/index.md, installing-1.x.rst.
    r"(?:^|[/_-])v?\d+(?:\.\d+)*\.(?:\d+|x)(?:[/_-]|\.[a-z]\w*$|$)", re.IGNORECASE)
_HEADING = late.regex(r"\bupdat(?:es?|ing)\b[^.]{0,40}\b(?:from|to) v?\d|"
                      r"\b(?:migrat|upgrad|change-?log|release notes|old(?:er)?\b|previous|earlier|legacy|deprecated|"
                      r"obsolete|templates?\b)|^before$|^(?:(?:release|version|change|project) )?history$",
                      re.IGNORECASE)
# That it is the old way, or the way for something else of a certain version: `for Node 12`, `1.x`.
_COMMENT = late.regex(
    r"\b(?:old(?:er|est)?|previous(?:ly)?|earlier|legacy|deprecated|obsolete|no longer|until|up to|prior to)\b|"
    r"\bbefore\b(?=\W*(?:$|v?\d|migrat|upgrad))|\b(?:for|with|on|under|below)\b[^,;.]{0,40}?\d|\b\d+\.x\b|"
    r"\bany\b[^,;.]{0,30}\b(?:versions?|releases?|tags?)\b|"
    r"\b(?:specific|particular|exact|given|certain|fixed) (?:version|release|tag)\b", re.IGNORECASE)
# Around a span, a sentence names most versions to explain something: an example, since when, for what else.
_SENTENCE = late.regex(
    r"\b(?:for (?:example|instance)|e\.g\.|such as|suppose|imagine|or (?:above|later|newer|higher|up|greater)|at least|"
    r"is required|since|until|before|prior to|as of|starting (?:with|from)|introduc|added in|removed in|changed in|"
    r"old(?:er|est)?|earlier|previous|legacy|deprecated|obsolete|no longer|used to|drop(?:s|ped)|instead of|"
    r"(?:stay|remain|still|stuck) on|downgrad|last (?:\S[^.]{0,40} )?(?:version|release|line)|"
    r"(?:specific|exact|given) version|pin(?:s|ned|ning)?)\b|\b\d+\.x\b", re.IGNORECASE)
# Above a block, only what says that it is old, or any version that one likes.
_ABOVE = late.regex(
    r"\b(?:old(?:er|est)?|earlier|previous(?:ly)?|legacy|deprecated|obsolete|no longer|prior to|(?:until|before) v?\d|"
    r"(?:stay|remain|still|stuck) on|downgrad\w*|"
    r"last (?:\S[^.]{0,40} )?(?:version|release|line)\b[^.]{0,20}\bsupport\w*|"
    r"(?:specific|particular|exact|given|certain|fixed) (?:version|release|tag)|pin(?:s|ned|ning)?|"
    r"(?:few|some|several|other) (?:more )?examples?)\b|\b\d+\.x\b", re.IGNORECASE)
# In the place of a version, what a reader is to fill in: `widget==<VERSION>`.
_FILL_IN = late.regex(r"(?:@|[=~<>!]=|:)v?<[A-Za-z][\w .-]{0,30}>|<(?:TAG|VERSION|RELEASE)[A-Z_ ]{0,20}>")
_COMMENT_LINE = late.regex(r"^[ \t]*(?:#|//|<!--).*", re.MULTILINE)
# A series by its name: `Node 12`.
_SERIES = late.regex(r"\b[A-Z][\w-]*,? v?(\d{1,3})\b(?![.\d])")
_NUMBERED = late.regex(r"(\w.{0,99}?)[ -]?[vV]?(\d{1,3})(?:\.(?:\d{1,3}|x)){0,2}")
_NO_WORD = late.regex(r"[^a-z0-9]+")
_EXAMPLE = late.regex(r"\bfor (?:example|instance)\b|\be\.g\.|\bsuch as\b", re.IGNORECASE)
_NUMBERS = late.regex(r"\d+(?:\.\d+)+")
# A span that is no command is an instruction only where its sentence gives one.
_COMMAND = late.regex(
    r"\s*(?:[$%] ?)?(?:sudo )?(?:(?:python3?|py) -m )?"
    r"(?:(?:pip3?|pipx|uvx?|poetry|pdm|hatch|conda|npm|npx|yarn|pnpm|bunx?|deno|cargo|go|docker|podman|git|curl|wget|mvn|gradle)\b|-?\s*uses:|https?://|<)")
_TELLS = late.regex(r"\b(?:add(?:ing)?|install\w*|put(?:ting)?|writ(?:e|ing)|insert|includ\w+|past(?:e|ing)|depend\w*|"
                    r"require|requirements|\w+\.toml|\w+\.json|\w+\.txt|setup)\b", re.IGNORECASE)
_SENTENCE_END = late.regex(r"[.!?](?=\s+[^a-z\s])")
_MOST_PROSE = 6         # lines of a paragraph, to either side
_LONGEST_PROSE = 2_000  # characters of a line, which may hold a whole paragraph
_BESIDE = late.regex(r"[ \t](?:#|//|<!--)[ \t]*(\S.*)")
# That the version beside it is to be replaced.
_REPLACED = late.regex(r"\b(?:use|put|choose|pick|replace|substitute)\b[^,;.]{0,30}"
                       r"\b(?:latest|newest|current|recent)\b", re.IGNORECASE)
_STARTS = ("#", "//", "<!--")
_MOST_LINES = 20        # above that are looked at
_LONGEST = 300          # characters of a line


def is_of_the_past(path: str) -> bool:
    """Whether a document tells of old versions on purpose: a changelog, a guide to upgrading, a blog."""
    return is_of_one_version(path) or _GUIDE.search(path) is not None


def is_of_one_version(path: str) -> bool:
    """Whether a document stays with the version that it was written for, and need not keep up."""
    return _PAST.search(path) is not None


def sections_of_the_past(document: Document, majors: Mapping[str, int]) -> Callable[[int], bool]:
    """Tells of a line whether a heading over it says that it is about the past: its section's, or one above that.

    `majors` are the first numbers of what the project's packages are at, by their `plain_name`.
    """
    lines, past = [0], [False]
    open_ones: list[tuple[int, bool]] = []      # levels of the headings over a line, and what they say
    for heading in document.headings:
        while open_ones and open_ones[-1][0] >= heading.level:
            open_ones.pop()
        text = heading.text.strip()[:_LONGEST]
        says = _HEADING.search(text) is not None or _is_of_old_series(text, majors)
        open_ones.append((heading.level, says or (bool(open_ones) and open_ones[-1][1])))
        lines.append(heading.line)
        past.append(open_ones[-1][1])
    return lambda line: past[bisect_right(lines, line) - 1]


def plain_name(name: str) -> str:
    """A package's name as a heading may have it: letters and digits alone, without scope or group."""
    return _NO_WORD.sub("", re.split("[/:]", name)[-1].lower())


def _is_of_old_series(heading: str, majors: Mapping[str, int]) -> bool:
    """Whether a heading is a package's name with a number that is behind it: `Widget 1`, `widgetv0.x`."""
    match = _NUMBERED.fullmatch(heading)
    return match is not None and int(match[2]) < majors.get(plain_name(match[1]), 0)


def is_filled_in(text: str) -> bool:
    """Whether a comment in a block of code has a version to fill in: the block's own is how somebody filled it in."""
    return any(_FILL_IN.search(line[0][:_LONGEST]) for line in _COMMENT_LINE.finditer(text))


def is_said_in_a_comment(text: str, place: int) -> bool:
    """Whether a block of code says of what stands at a place that it is old, or for something old.

    That is the comment behind it, or else the nearest one above it with no empty line between.
    """
    end = text.find("\n", place, place + _LONGEST)
    beside = _BESIDE.search(text[place:end if end >= 0 else place + _LONGEST])
    if beside is not None and (_COMMENT.search(beside[1]) or _REPLACED.search(beside[1])) is not None:
        return True
    was_comment = False
    for _ in range(_MOST_LINES):
        place = text.rfind("\n", 0, place)
        if place < 0:
            return False
        line = text[max(text.rfind("\n", 0, place) + 1, place - _LONGEST):place].strip()
        is_comment = line.startswith(_STARTS)
        if not line or (was_comment and not is_comment):
            return False
        if is_comment and _COMMENT.search(line.lstrip("#/<!- \t")) is not None:
            return True
        was_comment = is_comment
    return False


def is_said_in_the_sentence(lines: Sequence[str], number: int, span: str) -> bool:
    """Whether the sentence around a code span that begins in a line says that the version there is not what to install.

    Lines count from 1.
    """
    first, last = number, number
    while first > 1 and number - first < _MOST_PROSE and lines[first - 2:first - 1] and lines[first - 2].strip():
        first -= 1
    while last < len(lines) and last - number < _MOST_PROSE and lines[last].strip():
        last += 1
    text = _joined(lines[first - 1:last])
    place = text.find(span, len(_joined(lines[first - 1:number - 1])))
    if place < 0:
        return False
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    start = max((end for end in ends if end <= place), default=0)
    stop = min((end for end in ends if end >= place + len(span)), default=len(text))
    around = f"{text[start:place]} {text[place + len(span):stop]}"
    return _SENTENCE.search(around) is not None or (
        _COMMAND.match(span) is None and _TELLS.search(around) is None)


def is_said_above(lines: Sequence[str], number: int, block: str) -> bool:
    """Whether the sentence that leads to a block, whose text begins in a line, says that it is old; it may go on below.

    Or that it is an example with a version which stands in both, `for example, for a 1.3.0 release`; that it is for a
    series, `Widget 1`, which the version in the block is of; or that a version is to be filled in.
    """
    last = number - 1
    while last > 0 and (not (bare := lines[last - 1].strip()) or bare.startswith(("```", "~~~", ".. ", ":"))):
        last -= 1
    first = last
    while first > 1 and last - first < _MOST_PROSE and lines[first - 2].strip():
        first -= 1
    sentence = _SENTENCE_END.split(_joined(lines[first - 1:last]))[-1] if last > 0 else ""
    if sentence.lstrip().startswith("#"):
        return False
    sentence += _continued(lines, number + block.rstrip("\n").count("\n"))
    is_example = _EXAMPLE.search(sentence) is not None and any(
        version in block for version in _NUMBERS.findall(sentence))
    series = any(re.search(rf"(?<![\w.])v?{number}\.\d", block) for number in set(_SERIES.findall(sentence)))
    return is_example or series or _ABOVE.search(sentence) is not None or _FILL_IN.search(sentence) is not None


def _continued(lines: Sequence[str], last: int) -> str:
    """The rest of a sentence that goes on below a block which ends in a line; empty where another begins there."""
    prose: list[str] = []
    for line in lines[last:last + 2 * _MOST_PROSE]:
        bare = line.strip()
        if prose and not bare:
            break
        if bare and not bare.startswith(("```", "~~~")):
            prose.append(line)
    below = _joined(prose)
    return f" {_SENTENCE_END.split(below)[0]}" if below[:1].islower() else ""


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line[:_LONGEST_PROSE].strip() for line in lines)
