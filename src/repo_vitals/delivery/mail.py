"""Mail by SMTP, encrypted or not at all: with STARTTLS or TLS from the start, unless the user asked for neither.

A header can't be injected: subjects are one line without encoded words, and addresses are plain ones. What a server
says is never quoted, since it may repeat what it was told.
"""
from __future__ import annotations

import contextlib
import hashlib
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from repo_vitals.delivery.telling import Failed, within
from repo_vitals.frozen import dataclass
from repo_vitals.plain_text import lines, one_line

if TYPE_CHECKING:
    from datetime import datetime

    from repo_vitals.delivery.telling import Message
    from repo_vitals.sources.channel_addresses import MailChannel


_GOODBYE = 1.0      # seconds


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds: for each wait, and for the whole conversation however slowly the server drips."""

    each: float = 15.0
    total: float = 45.0


def mail(channel: MailChannel, message: Message, *, now: datetime, verify: str | bool,
         patience: Patience | None = None) -> str:
    """Send a message. Gives back who was refused while others were not, as one line; else nothing. Raises Failed."""
    patience = patience or Patience()
    written = composed(channel, message, now=now)
    connection = _Connection()

    def converse() -> str:
        try:
            return _converse(channel, written, connection, patience, _context(verify=verify))
        except Failed:
            raise
        except (smtplib.SMTPException, OSError, ValueError) as error:   # ssl.SSLError and time-outs are OSErrors
            raise _told(error) from None

    return within(patience.total, converse, give_up=connection.cut)


def composed(channel: MailChannel, message: Message, *, now: datetime) -> EmailMessage:
    """The mail: plain text. All mails of one alert make a thread."""
    written = EmailMessage(policy=SMTP)
    # An encoded word would be decoded here, line ends in it too.
    written["Subject"] = one_line(message.subject, limit=300).replace("=?", "= ?")
    written["From"] = channel.sender
    written["To"] = ", ".join(channel.recipients)
    written["Date"] = format_datetime(now)
    domain = channel.sender.rpartition("@")[2]
    written["Message-ID"] = f"<{_digest(message.id)}@{domain}>"
    written["References"] = f"<{_digest(message.thread)}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"        # RFC 3834: no answering machine may answer
    written["X-Auto-Response-Suppress"] = "All"
    if message.is_firing and message.is_grave:
        written["Importance"] = "high"
    written.set_content("\n".join(lines(message.text)) + "\n", cte="quoted-printable")
    return written


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class _Connection:
    """The conversation's connection, so that another thread can cut it."""

    def __init__(self) -> None:
        self.server: smtplib.SMTP | None = None
        self.is_given_up = False

    def cut(self) -> None:
        self.is_given_up = True
        sock = self.server.sock if self.server is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _converse(channel: MailChannel, written: EmailMessage, connection: _Connection, patience: Patience,
              context: ssl.SSLContext) -> str:
    with contextlib.closing(_connected(channel, context, patience.each)) as server:
        connection.server = server
        server.ehlo_or_helo_if_needed()
        if channel.encryption == "starttls":
            _start_tls(server, context)
        if channel.password:
            _log_in(server, channel)
        if connection.is_given_up:
            raise Failed("it took too long")
        refused = server.send_message(written, from_addr=channel.sender, to_addrs=list(channel.recipients))
        # It has the mail; how it says goodbye is its own, and must not take so long that the mail counts as not sent.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if server.sock is not None:
                server.sock.settimeout(_GOODBYE)
            server.quit()
    if not refused:
        return ""
    return f"the mail server refused {len(refused)} of {len(channel.recipients)} recipients"


def _connected(channel: MailChannel, context: ssl.SSLContext, seconds: float) -> smtplib.SMTP:
    if channel.encryption == "tls":
        return smtplib.SMTP_SSL(channel.host, channel.port, timeout=seconds, context=context)
    return smtplib.SMTP(channel.host, channel.port, timeout=seconds)


def _context(*, verify: str | bool) -> ssl.SSLContext:
    if isinstance(verify, str):
        is_folder = Path(verify).is_dir()
        return ssl.create_default_context(capath=verify if is_folder else None, cafile=None if is_folder else verify)
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())      # where Python knows of no system's certificates
    return context


def _start_tls(server: smtplib.SMTP, context: ssl.SSLContext) -> None:
    try:
        server.starttls(context=context)
    except smtplib.SMTPNotSupportedError:
        raise Failed("the mail server offers no STARTTLS, so nothing was sent; use smtps://, or smtp://…?tls=none "
                     "where anyone on the way may read it") from None
    server.ehlo()


def _log_in(server: smtplib.SMTP, channel: MailChannel) -> None:
    try:
        server.login(channel.user, channel.password)
    except smtplib.SMTPNotSupportedError:
        raise Failed("the mail server offers no login, or none of the kinds CRAM-MD5, PLAIN and LOGIN") from None
    except UnicodeError:
        raise Failed("the mail server's login takes no characters beyond ASCII") from None


def _told(error: Exception) -> Failed:
    """What went wrong, in our own words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = one_line(error.verify_message or "certificate verify failed", limit=100)
        return Failed(f"the mail server's TLS certificate is not trusted ({reason}); for a private authority name its "
                      "certificate in SSL_CERT_FILE")
    if isinstance(error, ssl.SSLError):
        return Failed("the TLS connection to the mail server failed; smtp:// is for STARTTLS, smtps:// for TLS from "
                      "the start")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Failed(f"the mail server refused the login ({error.smtp_code})")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return Failed("the mail server refused every recipient")
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Failed(f"the mail server refused the sender ({error.smtp_code})")
    if isinstance(error, smtplib.SMTPResponseException):
        return Failed(f"the mail server answered {error.smtp_code}")
    if isinstance(error, socket.gaierror):
        return Failed("the mail server's name could not be resolved")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):     # smtplib wraps it
        return Failed("the mail server did not answer in time")
    if isinstance(error, ConnectionRefusedError):
        return Failed("the mail server refused the connection")
    if isinstance(error, (smtplib.SMTPException, OSError)):
        return Failed("the connection to the mail server broke off")
    return Failed("the mail could not be written")
