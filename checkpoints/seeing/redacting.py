"""The second line of defence for logs: what has the shape of a secret is taken out of every line.

Rule: the first line is that no code of ours logs one; a shape that is not known here is not found.
"""

import logging
import traceback

from checkpoints.core.from_outside.secret_shapes import HEADERS, IN_ADDRESS, KNOWN, NAMED, OURS, SCHEMES

GONE = "[redacted]"
LONGEST = 16_000
"""Characters of one message or traceback; hostile text fills no disk."""


def redacted(text: str) -> str:
    """The text without what looks like a secret, cut with a notice."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}… [cut: {len(text) - LONGEST} more characters]"
    cut = KNOWN.sub(GONE, cut)
    cut = HEADERS.sub(rf"\1\2{GONE}", cut)
    cut = SCHEMES.sub(rf"\1\2{GONE}", cut)
    cut = NAMED.sub(rf"\1{GONE}", cut)
    cut = IN_ADDRESS.sub(f"://{GONE}@", cut)
    return OURS.sub(GONE, cut)


class NoSecrets(logging.Filter):
    """Rewrites a record before anything writes it, for each handler that it passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):
            said = f"{record.msg} (what belongs into it does not fit)"
        record.msg, record.args = redacted(said), None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info))
        record.exc_text = redacted(record.exc_text) if record.exc_text else record.exc_text
        record.exc_info = None
        record.stack_info = redacted(record.stack_info) if record.stack_info else None
        return True
