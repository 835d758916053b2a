"""A message as the bytes of a mail (RFC 5322). Rule: equal messages give equal bytes, whoever writes them, and when."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

from checkpoints.core.shown.message import Message

KEY_DIGITS = 32


def message_id(key: str, sender: str) -> str:
    """The Message-ID of a key: the same for the same key and sender, and without meaning to anybody else."""
    return f"<{sha256(key.encode()).hexdigest()[:KEY_DIGITS]}@{sender.rpartition('@')[2]}>"


def written(message: Message, sender: str) -> bytes:
    """Both parts and the headers, lines ended as SMTP wants them. The core left nothing that could break a header."""
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = Address("Countersign", addr_spec=sender)
    mail["To"] = Address(message.name, addr_spec=message.to)
    mail["Subject"] = message.letter.subject
    mail["Date"] = message.at
    mail["Message-ID"] = message.address
    if message.follows:
        mail["In-Reply-To"] = message.follows[-1]
        mail["References"] = " ".join(message.follows)
    # No robot answers it (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.letter.plain)
    mail.add_alternative(message.letter.html, subtype="html")
    # Not a random one: the same mail again must be the same bytes.
    mail.set_boundary(f"part-{sha256(message.address.encode()).hexdigest()[:KEY_DIGITS]}")
    return mail.as_bytes()
