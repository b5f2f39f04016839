"""Probes of web services: how much of an answer is read, packed or not."""
from __future__ import annotations

import gzip
import threading
import zlib
from typing import TYPE_CHECKING, ClassVar

import pytest

from repo_vitals.sources import probe_wire
from support.probing import ask
from support.scripted_server import ScriptedServer, answer, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("no_proxies")


def test_an_answer_packed_in_several_parts_is_read_whole() -> None:
    parts = [b"all is ", b"", b"well", b"a" * 50_000, b" and ends"]
    body = b"".join(map(gzip.compress, parts))
    for padding in (b"", b"\0" * 100, b"not gzip"):
        with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=body + padding))) as server:
            reply = ask(server).reply
        assert reply is not None
        assert (reply.body, reply.whole) == (b"".join(parts), True)


def test_a_later_part_that_breaks_off_or_is_too_large_is_noticed() -> None:
    first = gzip.compress(b"x" * 10)
    for rest in (gzip.compress(b"more")[:-4], b"\x1f"):
        with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=first + rest))) as server:
            assert str(ask(server).failure) == "its answer broke off"
    body = first + gzip.compress(b"a" * 10_000_000)
    with ScriptedServer(in_turn(answer(200, headers={"content-encoding": "gzip"}, body=body))) as server:
        reply = ask(server, largest=1000).reply
    assert reply is not None
    assert (len(reply.body), reply.whole) == (1000, False)


@pytest.mark.parametrize("place", range(4))
def test_a_part_may_begin_at_the_end_of_a_piece(place: int) -> None:
    first, second = gzip.compress(b"x"), gzip.compress(b"y")
    pieces = [first + second[:place], second[place:]]

    class Answer:
        headers: ClassVar = {"content-encoding": "gzip"}

        def read(self, _: int, *, decode_content: bool) -> bytes:
            return pieces.pop(0) if pieces else b""

    assert probe_wire._read(Answer(), threading.Event(), 100) == (b"xy", True)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut(pack: Callable[[bytes], bytes]) -> None:
    bomb = answer(200, body=pack(b"a" * 200_000_000), headers={"content-encoding": "gzip"})
    with ScriptedServer(in_turn(bomb)) as server:
        found = ask(server)
    assert found.reply is not None
    assert (len(found.reply.body), found.reply.whole) == (1_000_000, False)


def test_a_large_answer_is_read_to_the_limit_and_no_further() -> None:
    with ScriptedServer(in_turn(answer(200, body=b"a" * 3_000_000))) as server:
        found = ask(server, largest=1000)
    assert found.reply is not None
    assert (found.reply.body, found.reply.whole) == (b"a" * 1000, False)


def test_an_answer_of_exactly_the_limit_is_whole() -> None:
    with ScriptedServer(in_turn(answer(200, body=b"a" * 1000))) as server:
        found = ask(server, largest=1000)
    assert found.reply is not None
    assert (len(found.reply.body), found.reply.whole) == (1000, True)
