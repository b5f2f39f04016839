"""Symbols and debug information of executables: what counts, against `strip` itself, and damage."""
from __future__ import annotations

import io
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_vitals.sources.executables import Damaged, symbols_and_debug

if TYPE_CHECKING:
    from pathlib import Path

LOADED, SYMBOLS, STRINGS, BYTES, NO_BITS = 2, 2, 3, 1, 8


def elf(
    sections: list[tuple[str, int, int, int]], *, bits: int = 64, order: str = "<", links: dict[str, str] | None = None,
) -> bytes:
    """An ELF file of sections (name, kind, flags, size), with the table of their names behind them."""
    wide = bits == 64
    names = b"\0"
    places, content, offset = [], b"", 64
    table = [*sections, (".shstrtab", STRINGS, 0, 0)]
    order_of = {name: place + 1 for place, (name, *_) in enumerate(table)}
    for name, *_ in table:
        places.append(len(names))
        names += name.encode() + b"\0"
    headers = [struct.pack(f"{order}{'IIQQQQIIQQ' if wide else 'IIIIIIIIII'}", *[0] * 10)]
    for place, (name, kind, flags, size) in zip(places, table, strict=True):
        body = names if name == ".shstrtab" else b"x" * (0 if kind == NO_BITS else size)
        link = order_of[links[name]] if links and name in links else 0
        headers.append(struct.pack(f"{order}{'IIQQQQIIQQ' if wide else 'IIIIIIIIII'}", place, kind, flags, 0,
                                   offset + len(content), len(body) or size, link, 0, 1, 0))
        content += body
    end = offset + len(content)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    start = struct.pack(f"{order}HHI{'QQQ' if wide else 'III'}IHHHHHH", 2, 62, 1, 0, 0, end, 0, 64, 0, 0,
                        len(headers[0]), len(headers), len(headers) - 1)
    return (ident + start).ljust(64, b"\0") + content + b"".join(headers)


def pe(sections: list[tuple[bytes, int]], *, symbols: int = 0, strings: bytes = b"") -> bytes:
    """A PE file of sections (name, size), and symbols with their strings behind them."""
    where = 64 + 24 + 40 * len(sections)
    table, content = b"", b""
    for name, size in sections:
        table += struct.pack("<8sIIIIIIHHI", name, size, 0, size, where + len(content), 0, 0, 0, 0, 0)
        content += b"x" * size
    end = where + len(content)
    header = struct.pack("<HHIIIHH", 0x8664, len(sections), 0, end if symbols else 0, symbols, 0, 0)
    tail = b"s" * 18 * symbols + struct.pack("<I", 4 + len(strings)) + strings if symbols else b""
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + header + table + content + tail


def told(content: bytes) -> int | None:
    return symbols_and_debug(io.BytesIO(content), len(content))


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["<", ">"])
def test_symbols_their_names_and_debug_sections_count_and_nothing_that_is_loaded(bits: int, order: str):
    sections = [
        (".text", BYTES, LOADED, 1000), (".dynsym", 11, LOADED, 50), (".dynstr", STRINGS, LOADED, 60),
        (".bss", NO_BITS, LOADED, 9000), (".comment", BYTES, 0, 30), (".symtab", SYMBOLS, 0, 200),
        (".strtab", STRINGS, 0, 100), (".debug_info", BYTES, 0, 7), (".zdebug_line", BYTES, 0, 5),
        (".rela.debug_info", 4, 0, 3), (".debug_none", NO_BITS, 0, 999)]
    content = elf(sections, bits=bits, order=order, links={".symtab": ".strtab"})
    assert told(content) == 200 + 100 + 7 + 5 + 3
    assert told(elf(sections[:5], bits=bits, order=order)) == 0


def test_debug_sections_and_symbols_of_windows_count():
    sections = [(b".text", 100), (b"/4", 40), (b".debug_x", 20), (b"/9", 10)]
    content = pe(sections, symbols=3, strings=b".debug_info\0")
    assert told(content) == 40 + 20 + 3 * 18 + 4 + 12
    assert told(pe([(b".text", 100)])) == 0


@pytest.mark.parametrize("content", [
    b"", b"#!/bin/sh\n", b"MZ", b"MZ".ljust(64, b"\0"), b"MZ" + b"\xff" * 100, b"\xca\xfe\xba\xbe" + bytes(60),
])
def test_what_is_no_executable_of_a_known_kind_tells_nothing(content: bytes):
    assert told(content) is None


def test_a_file_that_ends_before_its_sections_is_damaged():
    content = elf([(".text", BYTES, LOADED, 10), (".debug_info", BYTES, 0, 500)])
    for length in (5, 52, 63, 100, len(content) - 1):
        with pytest.raises(Damaged):
            told(content[:length])
    # The sections' headers are there, what they describe is not.
    with pytest.raises(Damaged):
        told(pe([(b".debug_x", 50)])[:-1])


def test_sections_that_overlap_are_damage_so_that_no_file_gets_smaller_than_nothing():
    content = bytearray(elf([(".debug_info", BYTES, 0, 500), (".debug_line", BYTES, 0, 500)]))
    (table,) = struct.unpack_from("<Q", content, 40)
    struct.pack_into("<Q", content, table + 2 * 64 + 24, 64)
    with pytest.raises(Damaged, match="overlap"):
        told(bytes(content))


@given(place=st.integers(0, 600), byte=st.integers(0, 255), cut=st.integers(0, 700), windows=st.booleans())
def test_any_damage_is_told_or_harmless(place: int, byte: int, cut: int, *, windows: bool):
    sections = [(".text", BYTES, LOADED, 40), (".symtab", SYMBOLS, 0, 20), (".debug_info", BYTES, 0, 30)]
    content = bytearray(
        pe([(b".text", 50), (b".debug_x", 60)], symbols=2, strings=b"abc\0") if windows else elf(sections))
    content[min(place, len(content) - 1)] = byte
    content = content[:max(len(content) - cut, 0)] if cut < 300 else content
    try:
        found = told(bytes(content))
    except Damaged as error:
        assert str(error).isprintable()
    else:
        assert found is None or 0 <= found <= len(content)


@pytest.mark.skipif(not (shutil.which("strip") and shutil.which("cc")), reason="needs a C compiler and strip")
@pytest.mark.parametrize("options", [["-g"], ["-g", "-shared", "-fPIC"], ["-s"]], ids=" ".join)
def test_a_file_without_them_is_as_large_as_strip_leaves_it(tmp_path: Path, options: list[str]):
    source = '#include <stdio.h>\nint shared;\nint main(void) { return printf("%d", shared); }\n'
    (tmp_path / "a.c").write_text(source)
    subprocess.run(["cc", *options, "-o", "a", "a.c"], cwd=tmp_path, check=True)
    subprocess.run(["strip", "-o", "stripped", "a"], cwd=tmp_path, check=True)
    whole, stripped = ((tmp_path / name).stat().st_size for name in ("a", "stripped"))
    removed = told((tmp_path / "a").read_bytes())
    assert removed is not None
    # Headers of the sections that are gone, and alignment.
    assert 0 <= whole - removed - stripped < 1024
    assert told((tmp_path / "stripped").read_bytes()) == 0
