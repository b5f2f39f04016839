"""JSON that strangers wrote, read strictly and piece by piece: a file of any length takes little memory.

Strict: no key twice in one object, no NaN or Infinity, no number of absurd length, at most 200 levels, nothing after
the end. What breaks this raises `Unreadable` with the place, in bytes of the text as UTF-8 without a byte order mark.

Python's own scanner, written in C, decodes each piece. It is faster than a parser that tells events, and sees doubled
keys on every level.
"""
from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, cast

from repo_vitals.sources.json_scanner import (
    DECODER,
    MOST_LEVELS,
    NEAR_END,
    TOLERANT,
    Refused,
    doubled,
    in_words,
    is_cut,
    is_too_deep,
)
from repo_vitals.sources.report_files import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator


# Characters of a value, and of a document, that is held whole. In memory an empty list takes twenty times its text.
LARGEST_VALUE = 8 * 1024 * 1024
LARGEST_DOCUMENT = 16 * 1024 * 1024
_CHUNK = 256 * 1024
_BLANK = re.compile(r"[ \t\n\r]*")
_LAST_OF = {"[": "],", "{": "},"}      # what the last whole element of a piece ends with, by its first character
_LONGEST_USUAL = 4096               # characters of an element of a long list
_GO_ON = ("", ".", "e", "E")
_TOO_LONG = object()


class CutOff(Unreadable):
    """The text ends in the middle of a value."""


class JsonText:
    """A reader's place in a JSON text. Each method reads on from there.

    `members` and `elements` step through a container: at each step the caller reads the value by `value`, `skip`,
    `members` or `elements` before the next. All raise Unreadable; CutOff where the text ends too early.

    With `keeps_constants` NaN and its kind are values, each a `json_scanner.NoNumber`, for tools that write them where
    a reader does not look. `report_values.number` refuses them as it does all that is no number.
    """

    def __init__(self, stream: BinaryIO, *, keeps_constants: bool = False) -> None:
        self._stream = stream
        self._scan = (TOLERANT if keeps_constants else DECODER).raw_decode
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._text = ""
        self._at = 0
        self._bytes = 0         # read so far
        self._ended = False
        self._levels = 0

    def peek(self) -> str:
        """The character that the next value or mark begins with; "" at the end."""
        while True:
            match = _BLANK.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill(_CHUNK)

    def value(self, *, largest: int = LARGEST_VALUE) -> object:
        """The next value, whole. One of more than `largest` characters is refused."""
        begin = self.peek()
        found = self._whole(largest)
        if found is not _TOO_LONG:
            return found
        raise Unreadable(f"holds {'a text' if begin == chr(34) else 'a value'} of more than {largest:,} characters "
                         f"(at byte {self.place():,})")

    def members(self) -> Iterator[str]:
        """The keys of the object that begins here."""
        self._enter("{", "an object")
        seen: set[str] = set()
        while self._goes_on("}", first=not seen):
            if self.peek() != '"':
                self._fail("a key is missing")
            key = str(self.value())
            if key in seen:
                raise Unreadable(f"{doubled(key)} (at byte {self.place():,})")
            seen.add(key)
            if self.peek() != ":":
                self._fail('":" is missing')
            self._at += 1
            yield key

    def elements(self) -> Iterator[None]:
        """One step for each element of the list that begins here."""
        self._enter("[", "a list")
        first = True
        while self._goes_on("]", first=first):
            first = False
            yield

    def values(self, *, largest: int = LARGEST_VALUE) -> Iterator[object]:
        """The elements of the list that begins here, each whole."""
        for _ in self.elements():
            yield self.value(largest=largest)
            # A short way for those that lie whole in what is at hand; whatever is unusual goes the long way again.
            while self._text.startswith(",", self._at):
                text = self._text
                begin = _BLANK.match(text, self._at + 1).end()  # type: ignore[union-attr]
                try:
                    found, end = self._scan(text, begin)
                except (ValueError, RecursionError):
                    break
                if not text.startswith((",", "]", "\n", "\r"), end):
                    break
                if is_too_deep(text, begin, end, MOST_LEVELS - self._levels):
                    self._too_deep()
                self._at = end
                yield found

    def batches(self) -> Iterator[list[Any]]:
        """The elements of the list that begins here, many at a time; a list of any length takes little memory.

        An element is held whole, as `value` holds it.
        """
        if self.peek() == "[":
            found = self._whole(_CHUNK)
            if found is not _TOO_LONG:
                yield cast("list[Any]", found)
                return
        regular = True
        for _ in self.elements():
            # As many elements as lie whole in what is at hand: they are a list once brackets are put around them. What
            # is unusual goes the long way, which also tells damage and its place.
            last = _LAST_OF.get(self.peek(), ",")
            close = self._text.rfind(last, self._at) if regular else -1
            if close > self._at:
                end = close + len(last) - 1
                text = f"[{self._text[self._at:end]}]"
                with suppress(ValueError, RecursionError):
                    several, size = self._scan(text)
                    if size == len(text) and not is_too_deep(text, 0, size, MOST_LEVELS - self._levels + 1):
                        self._at = end
                        yield several
                        continue
                regular = False
            elif len(self._text) - self._at > _LONGEST_USUAL:
                regular = False
            yield [self.value()]

    def skip(self) -> None:
        """Pass over the next value, however long, in bounded memory; all but texts of that length is checked."""
        begin = self.peek()
        if self._whole(_CHUNK) is not _TOO_LONG:
            return
        if begin == "{":
            for _ in self.members():
                self.skip()
        elif begin == "[":
            for _ in self.elements():
                self.skip()
        elif begin == '"':
            self._skip_string()
        else:
            self._fail("a number does not end")

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise Unreadable(f"goes on after its end (at byte {self.place():,})")

    def place(self, at: int | None = None) -> int:
        """The byte that comes next, from 1; or that of a character of what is at hand."""
        rest = self._text[self._at if at is None else at:]
        return self._bytes - len(rest.encode("utf-8", "surrogatepass")) + 1

    # --- within ---

    def _fill(self, characters: int) -> None:
        chunk = self._stream.read(characters)
        self._bytes += len(chunk)
        self._ended = not chunk
        try:
            more = self._decode(chunk, final=self._ended)
        except UnicodeDecodeError:
            raise Unreadable(f"is no UTF-8 (before byte {self._bytes:,})") from None
        self._text = self._text[self._at:] + more
        self._at = 0

    def _whole(self, largest: int) -> object:
        """The next value, and the place behind it; or `_TOO_LONG`, and the place as it was."""
        while True:
            text, begin = self._text, self._at
            try:
                found, end = self._scan(text, begin)
            except json.JSONDecodeError as error:
                why, where = error.msg, error.pos
            except Refused as error:
                raise Unreadable(f"{error} (in the value at byte {self.place():,})") from None
            except RecursionError:
                self._too_deep()
            else:
                # A number can go on behind the piece that is at hand.
                if text[end - 1] in ']}"' or text[end:end + 1] not in _GO_ON or self._ended:
                    if is_too_deep(text, begin, end, MOST_LEVELS - self._levels):
                        self._too_deep()
                    self._at = end
                    return found
                why, where = "Unterminated number", begin
            cut = is_cut(text, where, why)
            if self._ended or (not cut and where < len(text) - NEAR_END):
                self._fail(in_words(why), at=where, cut=cut)
            if len(text) - begin >= largest:
                return _TOO_LONG
            self._fill(max(_CHUNK, len(text) - begin))

    def _enter(self, bracket: str, what: str) -> None:
        if self.peek() != bracket:
            self._fail(f"{what} is missing")
        self._at += 1
        self._levels += 1
        if self._levels > MOST_LEVELS:
            self._too_deep()

    def _goes_on(self, bracket: str, *, first: bool) -> bool:
        mark = self.peek()
        if mark == bracket:
            self._at += 1
            self._levels -= 1
            return False
        if first:
            return True
        if mark != ",":
            self._fail('"," is missing')
        self._at += 1
        return True

    def _skip_string(self) -> None:
        self._at += 1
        while True:
            quote = self._text.find('"', self._at)
            end = len(self._text) if quote < 0 else quote
            part = self._text[self._at:end]
            escaped = (len(part) - len(part.rstrip("\\"))) % 2
            self._at = end + (quote >= 0) if quote >= 0 else end - escaped
            if quote >= 0 and not escaped:
                return
            if quote < 0:
                kept = self._text[self._at:]
                self._fill(_CHUNK)
                if self._ended and self._text == kept:
                    self._fail("a text does not end")

    def _too_deep(self) -> NoReturn:
        raise Unreadable(f"has more than {MOST_LEVELS} levels (in the value at byte {self.place():,})") from None

    def _fail(self, why: str, *, at: int | None = None, cut: bool = False) -> NoReturn:
        if self._ended and (cut or self._at >= len(self._text)):
            raise CutOff(f"is cut off at byte {self._bytes:,}")
        raise Unreadable(f"is no JSON at byte {self.place(at):,} ({why})")


def whole(stream: BinaryIO, *, largest: int = LARGEST_DOCUMENT) -> object:
    """A small document's value. One of more than `largest` characters is refused."""
    text = JsonText(stream)
    found = text.value(largest=largest)
    text.end()
    return found
