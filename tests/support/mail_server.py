"""A mail server on loopback: aiosmtpd with STARTTLS, TLS or neither, with a login, and a mailbox to look into."""
from __future__ import annotations

import asyncio
import contextlib
import threading
import warnings
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass
class Mailbox:
    """What arrived, and how a client logs in. A recipient that begins with `no` is refused."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    password: bytes = b"correct horse"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("no"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 taken"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        self.logins.append(given.login.decode())
        return AuthResult(success=given.password == self.password, handled=False)


@contextlib.contextmanager
def mail_server(*, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False,
                ) -> Iterator[Mailbox]:
    """A server that takes mail until the end of the block."""
    box = Mailbox()
    loop = asyncio.new_event_loop()

    protocols: list[SMTP] = []

    def protocol() -> SMTP:
        with warnings.catch_warnings():     # it does not see TLS that began before it, nor that its hook is a new one
            warnings.simplefilter("ignore")
            protocols.append(SMTP(
                box, hostname="localhost", tls_context=starttls, require_starttls=starttls is not None, loop=loop,
                authenticator=box.authenticate if login else None, auth_required=login, auth_require_tls=tls is None))
        return protocols[-1]

    async def shut() -> None:
        server.close()
        for one in protocols:
            if one.transport is not None:
                one.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.02)       # until closed transports have let go of their sockets
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=tls))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        asyncio.run_coroutine_threadsafe(shut(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()
