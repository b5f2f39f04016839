"""XML of strangers in a stream: elements as they come, no entity ever expanded, memory bounded.

A document type is fine, and so is a reference to one elsewhere, which is never fetched; declaring an entity is not.
Expat is used directly. It is what `defusedxml` uses too, whose handlers these are; but that calls Python several times
an element and builds a tree.
"""
from __future__ import annotations

import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn
from xml.parsers import expat

from repo_vitals.sources.report_files import Unreadable, is_decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_LEVELS = 200
MOST_NAMES = 10_000                 # different names of elements and attributes
LARGEST_TOKEN = 8_000_000           # bytes of a tag, a comment or the like
_PIECE = 1 << 18
_BEGINNING = 4096
# Stands for a run of elements that are taken by pattern; a document that holds it itself is walked without patterns.
_RUN = "repo-vitals.run"
_RUN_ELEMENT = b"<" + _RUN.encode() + b"/>"
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)")
# In these each byte below 128 is what it is in ASCII, and no other character holds one.
_LIKE_ASCII = frozenset({b"utf-8", b"us-ascii", b"iso-8859-1"})


class NeedsWalk(Exception):
    """A document can't be told by patterns for sure, or is damaged: `walk` knows."""


def walk(
    stream: BinaryIO, start: Callable[[str, dict[str, str]], object], end: Callable[[str], object],
    text: Callable[[str], object] | None = None, *, text_of: Collection[str] | None = None,
) -> None:
    """Calls `start` with each element's name and attributes, `end` with its name, `text` with pieces of its text.

    `text_of`: only for elements of these names, which hold text alone. The stream is
    `report_files.opened(file, as_declared=True)`. What the callbacks raise goes through, but ValueError, which becomes
    Unreadable with the line. Raises Unreadable for what is no XML, is cut off, declares entities, or has more levels,
    names or longer tokens than the limits above.
    """
    names: dict[str, str] = {}
    parser = _parser(stream, names, start, end, text, text_of)
    given = 0
    piece = b""
    try:
        while piece := stream.read(_PIECE):
            given += len(piece)
            parser.Parse(piece, False)  # noqa: FBT003 - Expat takes it by place only.
            _check(parser, names, given)
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        if not piece:
            raise Unreadable(f"is cut off at byte {given:,}" if names else "is no XML") from None
        raise Unreadable(f"is no XML from line {error.lineno:,} on ({expat.errors.messages[error.code]})") from None
    except LookupError:
        raise Unreadable("is written in an encoding that is not known") from None
    except ValueError:
        raise Unreadable(f"has a value that can't be used, in line {parser.CurrentLineNumber:,}" if names else
                         "is written in an encoding that is not read") from None


def walk_runs(
    stream: BinaryIO, start: Callable[[str, dict[str, str]], object], end: Callable[[str], object],
    text: Callable[[str], object] | None = None, *, text_of: Collection[str] | None = None,
    leaf: re.Pattern[bytes], take: Callable[[bytes], object],
) -> None:
    """As `walk`, but elements that `leaf` matches whole come in runs of siblings to `take`, as they are written.

    Calling Python for every element takes most of the time of a long report that consists of one kind of element. A
    pattern finds them in the bytes much faster; that is exact where no comment, CDATA section, processing instruction
    or document type is open, which is told by counting them. A document of which that is not sure, and any that is
    damaged, raises NeedsWalk: the caller then walks it anew, so both ways say the same. `leaf` has no groups and
    matches only well-formed elements without content, entities and characters outside ASCII.
    """
    names: dict[str, str] = {}
    runs: deque[bytes] = deque()
    open_or_done = [0, 0]           # marks that begin a comment or the like, and those of which the end was seen

    def started(name: str, attributes: dict[str, str]) -> None:
        if name != _RUN:
            start(name, attributes)
        elif runs:
            take(runs.popleft())
        else:
            raise NeedsWalk

    def ended(name: str) -> None:
        if name != _RUN:
            end(name)

    def seen(*_: object) -> None:
        open_or_done[1] += 1

    def keep(match: re.Match[bytes]) -> bytes:
        runs.append(match.group())
        return _RUN_ELEMENT

    parser = _parser(stream, names, started, ended, text, text_of)
    parser.XmlDeclHandler = parser.CommentHandler = parser.ProcessingInstructionHandler = seen
    parser.EndDoctypeDeclHandler = parser.EndCdataSectionHandler = seen
    run = re.compile(rb"(?:" + leaf.pattern + rb"[ \t\r\n]*)+")
    given = 0
    left = b""
    try:
        # The declaration and the document type stand at the beginning: alone, they keep nothing else from the pattern.
        while chunk := stream.read(_PIECE if given else _BEGINNING):
            if not given and not is_decoded(stream):
                declared = _ENCODING.match(chunk)
                if declared and declared[1].lower() not in _LIKE_ASCII:
                    raise NeedsWalk
            given += len(chunk)
            piece = left + chunk
            cut = max(piece.rfind(b"<"), 0)
            left, piece = piece[cut:], piece[:cut]
            if len(left) > LARGEST_TOKEN or _RUN_ELEMENT[:-2] in piece:
                raise NeedsWalk
            marks = piece.count(b"<!") + piece.count(b"<?")
            open_or_done[0] += marks
            if not marks and open_or_done[0] == open_or_done[1]:
                piece = run.sub(keep, piece)
            parser.Parse(piece, False)  # noqa: FBT003
            _check(parser, names, None)
        parser.Parse(left, False)  # noqa: FBT003
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, LookupError, ValueError, Unreadable):
        raise NeedsWalk from None
    if runs:
        raise NeedsWalk


def _parser(
    stream: BinaryIO, names: dict[str, str], start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object], text: Callable[[str], object] | None, text_of: Collection[str] | None,
) -> expat.XMLParserType:
    depth = 0
    parser = expat.ParserCreate("utf-8" if is_decoded(stream) else None, intern=names)

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_LEVELS:
            raise Unreadable(f"has more than {MOST_LEVELS} levels of elements, in line {parser.CurrentLineNumber:,}")
        if text_of is not None:
            parser.CharacterDataHandler = text if name in text_of else None
        start(name, attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        if text_of is not None:
            parser.CharacterDataHandler = None
        end(name)

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text if text_of is None else None
    parser.buffer_text = True
    parser.specified_attributes = True
    parser.EntityDeclHandler = _refuse_entity
    parser.UnparsedEntityDeclHandler = _refuse_entity
    parser.AttlistDeclHandler = _refuse_defaults
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _check(parser: expat.XMLParserType, names: dict[str, str], given: int | None) -> None:
    if len(names) > MOST_NAMES:
        raise Unreadable(f"has more than {MOST_NAMES:,} different names of elements and attributes")
    if given is not None and given - parser.CurrentByteIndex > LARGEST_TOKEN:
        raise Unreadable(f"has a tag of more than {LARGEST_TOKEN:,} bytes, in line {parser.CurrentLineNumber:,}")


def _refuse_entity(*_: Any) -> NoReturn:
    raise Unreadable("declares entities, which are never expanded")


def _refuse_defaults(_element: str, _attribute: str, _kind: str, default: str | None, _required: int) -> None:
    if default is not None:
        raise Unreadable("declares defaults of attributes, which are never filled in")


def first_elements(text: bytes, *, most: int = 60) -> list[tuple[str, dict[str, str]]]:
    """The first elements of a document's beginning with their attributes, in order; fewer where it is damaged.

    Raises Unreadable for declared entities.
    """
    found: list[tuple[str, dict[str, str]]] = []

    def started(name: str, attributes: dict[str, str]) -> None:
        if len(found) < most:
            found.append((name, attributes))

    # Names of elements are ASCII in every format, whatever the encoding.
    parser = expat.ParserCreate("iso-8859-1")
    parser.StartElementHandler = started
    parser.EntityDeclHandler = _refuse_entity
    with suppress(expat.ExpatError, ValueError):    # What stands before the damage may do; the reader tells the rest.
        parser.Parse(text, False)  # noqa: FBT003 - Expat takes it by place only.
    return found
