"""A server on loopback with a thread of its own that stops at once, not at the next turn of a poll."""
from __future__ import annotations

import selectors
import socket
import threading
from http.server import ThreadingHTTPServer


class Loopback(ThreadingHTTPServer):
    """`begin` serves in a thread; `end` returns when no further connection is taken, whatever goes on in others."""

    daemon_threads = True
    block_on_close = False
    timeout = 0                 # `handle_request` is called when there is one
    _ending: tuple[socket.socket, threading.Thread] | None = None

    def begin(self) -> None:
        """Take connections from now on."""
        ending, ended = socket.socketpair()
        self._ending = ending, threading.Thread(target=self._accept, args=(ended,), daemon=True)
        self._ending[1].start()

    def end(self) -> None:
        """Take no more, and free the port. A server that was never begun may be ended, too, and one that was ended."""
        if self._ending is not None:
            self._ending[0].close()
            self._ending[1].join()
        self.server_close()

    def _accept(self, ended: socket.socket) -> None:
        with ended, selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(ended, selectors.EVENT_READ)
            while all(key.fileobj is not ended for key, _ in selector.select()):
                self.handle_request()
