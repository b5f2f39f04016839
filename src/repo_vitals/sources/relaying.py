"""What a proxy hands on between a program and a host: heads of HTTP/1.1 messages, and bytes in both directions."""
from __future__ import annotations

import contextlib
import re
import selectors
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

IDLE_SECONDS = 60.0         # the program itself gives up sooner
_CHUNK = 65_536
_LARGEST_HEAD = 262_144
_HEAD_SECONDS = 60.0        # for a whole head, however it drips
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")     # some servers end lines with a bare LF (RFC 9112, section 2.2)


def head(lines: list[str]) -> bytes:
    """The head of a message, from its lines."""
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def beginning(near: socket.socket, far: socket.socket) -> bytes:
    """The beginning of the final answer, which says that no other follows on this connection; as far as it comes.

    Interim answers (1xx) are left out. Raises ValueError for a head that is too large, and OSError where the program
    has gone away, which waits no longer, or the head takes too long.
    """
    received, ends = b"", time.monotonic() + _HEAD_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(near, selectors.EVENT_READ)
        selector.register(far, selectors.EVENT_READ)
        while True:
            end = _END_OF_HEAD.search(received)
            if (len(received) if end is None else end.start()) > _LARGEST_HEAD:
                raise ValueError("the head of the answer is too large")
            if end is not None and _is_interim(received):
                received = received[end.end():]
                continue
            if end is not None:
                return _last(received[:end.start()], received[end.end():])
            ready = {key.fileobj for key, _ in selector.select(max(0.0, ends - time.monotonic()))}
            if near in ready or not ready:
                raise TimeoutError
            chunk = far.recv(_CHUNK)
            if not chunk:
                return received
            received += chunk


def _is_interim(answer: bytes) -> bool:
    return re.match(rb"HTTP/1\.[01] 1(?!01)\d\d\b", answer) is not None


def _last(top: bytes, body: bytes) -> bytes:
    """An answer that says that no other follows on this connection, which its server may not have said."""
    status, *fields = [line.removesuffix(b"\r") for line in top.split(b"\n")]
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() not in (b"connection", b"keep-alive")]
    return b"\r\n".join([status, b"Connection: close", *kept]) + b"\r\n\r\n" + body


def relay(near: socket.socket, far: socket.socket, *, only_answers: bool = False) -> None:
    """Hand over what either side sends until one ends, or neither says anything for long.

    `only_answers`: what the program sends ends it too. A second request may be meant for another host.
    """
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError):
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        while ready := selector.select(IDLE_SECONDS):
            for key, _ in ready:
                chunk = key.fileobj.recv(_CHUNK)    # type: ignore[union-attr]
                if not chunk or (only_answers and key.fileobj is near):
                    return
                key.data.sendall(chunk)
