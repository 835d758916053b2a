"""The channel of a machine without a mail server: mails as files of a Maildir, which any mail reader opens."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from checkpoints.channels.writing import message_id, written
from checkpoints.core.errors import Unavailable
from checkpoints.core.shown.message import Message


@dataclass(frozen=True)
class Maildir:
    """`folder` is made when it is first needed. A mail's file is named after its address: once there, it is there."""

    folder: Path
    sender: str

    def address(self, key: str) -> str:
        return message_id(key, self.sender)

    def post(self, message: Message) -> None:
        """Whole or not at all. Raises Unavailable when it can't be written."""
        name = sha256(message.address.encode()).hexdigest()
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            # A reader moves what it has shown to `cur`, with its marks behind the name.
            if any((self.folder / "cur").glob(f"{name}*")):
                return
            unfinished = self.folder / "tmp" / f"{name}.{os.getpid()}"
            with unfinished.open("wb") as file:
                file.write(written(message, self.sender).replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self.folder / "new" / name)
        except OSError as wrong:
            raise Unavailable(f"the mail could not be put into {self.folder}: {wrong.strerror}") from wrong
