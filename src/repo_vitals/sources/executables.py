"""How much of an executable is symbols and debug information: what `strip` would take out. Only the file's own tables
are read; no tool is run, since a tool of binutils is no safer than the file that it is given.

ELF (gABI 4.1, chapters Sections and Symbol Table) and PE/COFF (Microsoft, PE Format). Other files tell nothing here.
"""
from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO

from repo_vitals.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_SECTIONS = 65_536
_LONGEST_NAMES = 1 << 24
_SYMBOLS, _STRINGS, _NO_BITS, _ALLOCATED = 2, 3, 8, 2       # SHT_SYMTAB, SHT_STRTAB, SHT_NOBITS, SHF_ALLOC
_DEBUG = (b".debug", b".zdebug", b".gnu.debuglto_", b".gnu.linkonce.wi.", b".line", b".stab", b".gdb_index")
_COFF_SYMBOL = 18       # bytes


class Damaged(Exception):
    """An executable's tables point where there is nothing."""


@dataclass(frozen=True)
class _Section:
    name: int
    kind: int
    flags: int
    offset: int
    size: int
    link: int


def symbols_and_debug(stream: BinaryIO, size: int) -> int | None:
    """Bytes of a file of `size` bytes that hold its symbol table and debug sections; None for no ELF and no PE.

    What is loaded when the program runs never counts, so dynamic symbols stay. A file less these bytes is what `strip`
    leaves of it, but for a few hundred bytes of alignment and section headers (more where another tool moved sections).
    Raises Damaged.
    """
    start = _at(stream, 0, min(size, 64))
    if start.startswith(b"\x7fELF"):
        return _elf(stream, size, start)
    if start.startswith(b"MZ") and len(start) == 64:
        return _pe(stream, size, struct.unpack_from("<I", start, 60)[0])
    return None


def _at(stream: BinaryIO, offset: int, length: int) -> bytes:
    try:
        stream.seek(offset)
        found = stream.read(length)
    except (OSError, OverflowError, ValueError):
        raise Damaged("can not be read") from None
    if len(found) != length:
        raise Damaged("is cut off")
    return found


def _elf(stream: BinaryIO, size: int, start: bytes) -> int:
    if len(start) < 52 or start[4] not in (1, 2) or start[5] not in (1, 2):
        raise Damaged("has a header that is none of ELF")
    order = "<" if start[5] == 1 else ">"
    if start[4] == 2:
        if len(start) < 64:
            raise Damaged("is cut off")
        table, header = struct.unpack_from(f"{order}Q", start, 40)[0], f"{order}IIQQQQIIQQ"
        length, count, names = struct.unpack_from(f"{order}HHH", start, 58)
    else:
        table, header = struct.unpack_from(f"{order}I", start, 32)[0], f"{order}IIIIIIIIII"
        length, count, names = struct.unpack_from(f"{order}HHH", start, 46)
    if not table:
        return 0        # without section headers, as a packed program has none
    if length != struct.calcsize(header):
        raise Damaged("has section headers of a size that is none of ELF")
    first = _section(_at(stream, table, length), header)
    # More than 65,279 of them are counted in the first header.
    count, names = count or first.size, first.link if names == 0xffff else names
    if not names < count <= _MOST_SECTIONS:
        raise Damaged("counts sections that can't be")
    headers = _at(stream, table, length * count)
    sections = [_section(headers[place * length:(place + 1) * length], header) for place in range(count)]
    text = _names(stream, sections[names], size)
    return sum(section.size for section in _removable(sections, text, size))


def _section(raw: bytes, header: str) -> _Section:
    name, kind, flags, _, offset, size, link, *_ = struct.unpack(header, raw)
    return _Section(name, kind, flags, offset, size, link)


def _names(stream: BinaryIO, section: _Section, size: int) -> bytes:
    if section.kind != _STRINGS or section.size > min(_LONGEST_NAMES, size):
        raise Damaged("has no names of sections")
    return _at(stream, section.offset, section.size)


def _removable(sections: list[_Section], names: bytes, size: int) -> Iterator[_Section]:
    strings = {section.link for section in sections if section.kind == _SYMBOLS}
    spans: list[tuple[int, int]] = []
    for place, section in enumerate(sections):
        if section.flags & _ALLOCATED or section.kind == _NO_BITS or not section.size:
            continue
        is_debug = names[section.name:section.name + 20].startswith(_DEBUG)
        is_of_symbols = section.kind == _SYMBOLS or (place in strings and section.kind == _STRINGS)
        # Relocations of debug sections go with them.
        is_for_debug = names[section.name:section.name + 25].startswith((b".rela.debug", b".rel.debug"))
        if is_debug or is_of_symbols or is_for_debug:
            if section.offset + section.size > size:
                raise Damaged("is cut off")
            spans.append((section.offset, section.offset + section.size))
            yield section
    spans.sort()
    if any(after[0] < before[1] for before, after in pairwise(spans)):
        raise Damaged("has sections that overlap")


def _pe(stream: BinaryIO, size: int, offset: int) -> int | None:
    if offset + 24 > size or _at(stream, offset, 4) != b"PE\0\0":
        return None         # a program of DOS, or another kind of it
    _, sections, _, symbols, count, optional, _ = struct.unpack("<HHIIIHH", _at(stream, offset + 4, 20))
    total = 0
    strings = b""
    if symbols and count:
        end = symbols + count * _COFF_SYMBOL
        (length,) = struct.unpack("<I", _at(stream, end, 4))
        if end + length > size or length > _LONGEST_NAMES:
            raise Damaged("is cut off")
        strings = _at(stream, end, length)
        total += count * _COFF_SYMBOL + length
    table = _at(stream, offset + 24 + optional, 40 * sections)
    for place in range(sections):
        name, _, _, held, where = struct.unpack_from("<8sIIII", table, 40 * place)
        if name.startswith(b"/") and name[1:].rstrip(b"\0").isdigit():
            at = int(name[1:].rstrip(b"\0"))
            name = strings[at:at + 20]
        if name.startswith(_DEBUG):
            if where + held > size:
                raise Damaged("is cut off")
            total += held
    if total > size:
        raise Damaged("has sections that overlap")
    return total
