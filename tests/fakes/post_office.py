"""A real SMTP server on a port of this machine, which keeps what it took and misbehaves as it is told."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from ssl import SSLContext

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
TAKEN = "250 taken"


@dataclass
class PostOffice:
    """`taken` is each mail that was accepted, as it came: the same mail twice is there twice.

    `no` is said to these recipients, `no_data` to any mail's content; a mail that was kept is answered after `dawdles`
    seconds, or never: `hangs_up`.
    """

    host: str = HOST
    port: int = 0
    encrypts: bool = False
    taken: list[bytes] = field(default_factory=list)
    no: dict[str, str] = field(default_factory=dict)
    no_data: str = ""
    no_sender: str = ""
    no_password: bool = False
    repeats: bool = False
    """What it was told to sign in with is in its no."""
    dawdles: float = 0
    hangs_up: bool = False
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp{'s' if self.encrypts else ''}://{self.host}:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, read as a mail reader does."""
        return [read(mail) for mail in self.taken]

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one person, each once: a reader shows the same Message-ID once."""
        mine = [mail for mail in self.mails if address in str(mail["To"])]
        return list({str(mail["Message-ID"]): mail for mail in mine}.values())

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.no_sender:
            return self.no_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.no:
            return self.no[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        if self.no_data:
            return self.no_data
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        self.encrypted.append(server.transport is not None and bool(server.transport.get_extra_info("sslcontext")))
        self.arrived.set()
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        await asyncio.sleep(self.dawdles)
        return TAKEN

    def authenticate(
        self, server: Server, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Whoever signs in is taken at their word, which is kept; or refused, as told."""
        assert isinstance(data, LoginPassword)
        self.signed_in.append((data.login.decode(), data.password.decode()))
        if self.repeats:
            said = f"535 no such password: {data.password.decode()}"
            return AuthResult(success=False, handled=False, message=said)
        return AuthResult(success=not self.no_password, handled=not self.no_password)


def read(mail: bytes) -> EmailMessage:
    """The mail as the standard library's newest parser sees it."""
    parsed = message_from_bytes(mail, _class=EmailMessage, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def text(mail: EmailMessage, sort: str = "plain") -> str:
    """One of its two parts."""
    part = mail.get_body((sort,))
    assert part is not None
    return str(part.get_content())


@contextmanager
def running_post_office(
    host: str = HOST, tls: SSLContext | None = None, starttls: SSLContext | None = None
) -> Iterator[PostOffice]:
    """The server, until the end of the block.

    `tls`: it speaks nothing else, `starttls`: it offers encryption.
    """
    office = PostOffice(host, free_port(host), encrypts=tls is not None)
    controller = Controller(
        office,
        hostname=host,
        port=office.port,
        ssl_context=tls,
        tls_context=starttls,
        authenticator=office.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def free_port(host: str) -> int:
    """One that nobody listens on now: the server itself finds none on a machine without IPv6."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        port: int = listener.getsockname()[1]
        return port
