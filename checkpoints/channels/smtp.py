"""The channel mail: one SMTP conversation a message. The only importer of smtplib.

Rule: mails and the password leave this machine encrypted, or not at all; the password is read when it is needed.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from urllib.parse import urlsplit

from checkpoints.channels.writing import message_id, written
from checkpoints.core.errors import OutcomeUnknown, Refused, Unavailable
from checkpoints.core.fields import clean
from checkpoints.core.shown.message import Message

PATIENCE = 10.0
"""Seconds for each word of the server; for the last one, after which it is its mail, three times as long."""
PORTS = {"smtp": 25, "smtps": 465}
OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_SAYING = 200
PERMANENT = range(500, 600)


@dataclass(frozen=True)
class Smtp:
    """`url` is smtp://host:port or smtps://host:port; `keys` the file with `user:password`, which need not be there.

    By smtp:// the wire is encrypted (STARTTLS) before anything is said, unless the server is on this machine.
    """

    url: str
    sender: str
    keys: Path
    patience: float = PATIENCE

    def address(self, key: str) -> str:
        return message_id(key, self.sender)

    def post(self, message: Message) -> None:
        """Raises Unavailable, Refused (this recipient, or this mail, for good), OutcomeUnknown."""
        content = written(message, self.sender)
        try:
            server = self._connected()
            try:
                self._deliver(server, message.to, content)
                # It is said; how the server takes our leave changes nothing.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
            finally:
                server.close()
        except smtplib.SMTPResponseException as no:
            raise Unavailable(f"the mail server said {_said(no.smtp_code, no.smtp_error)}") from no
        except (smtplib.SMTPException, OSError) as wrong:
            raise Unavailable(f"the mail server does not answer: {type(wrong).__name__}") from wrong

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.patience, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=self.patience)
        try:
            self._prepare(server, host, encrypted=parts.scheme == "smtps", context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _prepare(self, server: smtplib.SMTP, host: str, encrypted: bool, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if not encrypted and host not in OURSELVES:
            if not server.has_extn("starttls"):
                raise Unavailable("the mail server offers no encryption: nothing was said to it. Use smtps://")
            server.starttls(context=context)
            server.ehlo()
        if known := self._user_and_password():
            _log_in(server, *known)

    def _user_and_password(self) -> tuple[str, str] | None:
        if not self.keys.exists():
            return None
        if S_IMODE(self.keys.stat().st_mode) & 0o077:
            raise Unavailable(f"Others can read {self.keys}: chmod 600, and change the password")
        user, colon, password = self.keys.read_text(encoding="latin-1").strip().partition(":")
        if not colon or not (user + password).isascii():
            raise Unavailable(f"{self.keys} should have one line, user:password, without accents")
        return user, password

    def _deliver(self, server: smtplib.SMTP, to: str, content: bytes) -> None:
        code, said = server.mail(self.sender)
        if code != 250:
            raise Unavailable(f"the mail server takes nothing from {self.sender}: {_said(code, said)}")
        code, said = server.rcpt(to)
        if code not in (250, 251):
            raise _no(code, said)
        if server.sock is not None:
            server.sock.settimeout(3 * self.patience)
        try:
            code, said = server.data(content)
        except smtplib.SMTPDataError as no:
            raise _no(no.smtp_code, no.smtp_error) from no
        except (smtplib.SMTPException, OSError) as lost:
            # It may have it: whoever hears nothing after the last full stop doesn't know.
            raise OutcomeUnknown(f"the mail server did not say whether it took it: {type(lost).__name__}") from lost
        if code != 250:
            raise _no(code, said)


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
        return
    except smtplib.SMTPResponseException as no:
        code = no.smtp_code
    # Outside of the except, and without its words: a server may repeat what it was just told.
    raise Unavailable(f"the mail server rejects the user or the password ({code})")


def _no(code: int, said: bytes | str) -> Refused | Unavailable:
    words = f"the mail server said {_said(code, said)}"
    return Refused(words) if code in PERMANENT else Unavailable(words)


def _said(code: int, said: bytes | str) -> str:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {clean(' '.join(words.split()), LONGEST_SAYING)}"
