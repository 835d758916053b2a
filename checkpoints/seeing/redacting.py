"""The second line of defence for logs: what has the shape of a secret is taken out of every line.

Rule: the first line is that no code of ours logs one; a shape that is not known here is not found.
"""

import logging
import re
import traceback

GONE = "[redacted]"
LONGEST = 16_000
"""Characters of one message or traceback; hostile text fills no disk."""

HEADERS = re.compile(
    r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-(?:api-key|vault-token))(['\"]?\s*[:=,]\s*)[^\r\n]+"
)
SCHEMES = re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{6,}")
NAMED = re.compile(
    r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credential|otp|seed)"
    r"[\w-]{0,40}['\"]?\s{0,3}[:=]\s{0,3})(?:b?'[^'\r\n]*'|b?\"[^\"\r\n]*\"|[^\s,;&'\"})\]]+)"
)
IN_ADDRESS = re.compile(r"://[^/\s@'\"]{1,500}@")
KNOWN = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"
    r"|otpauth://\S+"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bSG\.[\w-]{10,}\.[\w-]{10,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"
    r"|\b(?:gh[opsur]_|github_pat_|glpat-)\w{16,}"
    r"|\b(?:sk|rk|pk)[-_](?:live|test|ant|proj)[-_][\w-]{12,}"
    r"|\bxox[a-z]-[\w-]{10,}|\bxapp-[\w-]{10,}"
    r"|\bhv[sbr]\.[\w-]{16,}"
    r"|\bAIza[\w-]{30,}",
    re.DOTALL,
)
# Our own tokens: 32 bytes in URL-safe base64. A name or a digest has no letters of both cases, and stays.
OURS = re.compile(r"(?<![\w-])(?=[\w-]{0,42}[A-Z])(?=[\w-]{0,42}[a-z])[\w-]{43}(?![\w-])")


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
