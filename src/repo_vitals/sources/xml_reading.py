"""XML of strangers in a stream: elements as they come, no entity ever expanded, memory bounded.

A document type is fine, and so is a reference to one elsewhere, which is never fetched; declaring an entity is not.
Expat is used directly. It is what `defusedxml` uses too, whose handlers these are; but that calls Python several times
an element and builds a tree.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn
from xml.parsers import expat

from repo_vitals.sources.report_files import Unreadable, is_decoded

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_LEVELS = 200
MOST_NAMES = 10_000                 # different names of elements and attributes
LARGEST_TOKEN = 8_000_000           # bytes of a tag, a comment or the like
_PIECE = 1 << 18


def walk(
    stream: BinaryIO, start: Callable[[str, dict[str, str]], object], end: Callable[[str], object],
    text: Callable[[str], object] | None = None,
) -> None:
    """Calls `start` with each element's name and attributes, `end` with its name, `text` with pieces of its text.

    The stream is `report_files.opened(file, as_declared=True)`. What the callbacks raise goes through, but ValueError,
    which becomes Unreadable with the line. Raises Unreadable for what is no XML, is cut off, declares entities, or has
    more levels, names or longer tokens than the limits above.
    """
    depth = 0
    names: dict[str, str] = {}
    parser = new_parser(stream, names)

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_LEVELS:
            raise Unreadable(f"has more than {MOST_LEVELS} levels of elements, in line {parser.CurrentLineNumber:,}")
        start(name, attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text
    feed(parser, stream, names)


def new_parser(stream: BinaryIO, names: dict[str, str]) -> expat.XMLParserType:
    """A parser for the stream that refuses entities and defaults of attributes; it interns names in `names`.

    For a reader that needs the speed of its own handlers; it has to bound the levels itself.
    """
    parser = expat.ParserCreate("utf-8" if is_decoded(stream) else None, intern=names)
    parser.specified_attributes = True
    parser.EntityDeclHandler = _refuse_entity
    parser.UnparsedEntityDeclHandler = _refuse_entity
    parser.AttlistDeclHandler = _refuse_defaults
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def feed(parser: expat.XMLParserType, stream: BinaryIO, names: dict[str, str]) -> None:
    """Parse the stream piece by piece; `names` are what the parser interns. Raises as `walk` does."""
    given = 0
    piece = b""
    try:
        while piece := stream.read(_PIECE):
            given += len(piece)
            parser.Parse(piece, False)  # noqa: FBT003 - Expat takes it by place only.
            if len(names) > MOST_NAMES:
                raise Unreadable(f"has more than {MOST_NAMES:,} different names of elements and attributes")
            if given - parser.CurrentByteIndex > LARGEST_TOKEN:
                raise Unreadable(f"has a tag of more than {LARGEST_TOKEN:,} bytes, in line "
                                 f"{parser.CurrentLineNumber:,}")
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


def _refuse_entity(*_: Any) -> NoReturn:
    raise Unreadable("declares entities, which are never expanded")


def _refuse_defaults(*_: Any) -> NoReturn:
    raise Unreadable("declares defaults of attributes, which are never filled in")
