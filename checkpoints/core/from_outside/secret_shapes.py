"""What has the shape of a secret: in a log it is taken out, in what a person says it is not kept.

Rule: a shape that is not known here is not found; what is said in words is read more strictly than a log.
"""

import re
from itertools import islice

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
    r"|\bhv[sbr]\.[\w-]{16,}|(?<![\w.-])[sbr]\.(?=[a-z0-9]{0,40}[A-Z])[A-Za-z0-9]{24,}"
    r"|\bAIza[\w-]{30,}",
    re.DOTALL,
)
# Our own tokens: 32 bytes in URL-safe base64. A name or a digest has no letters of both cases, and stays.
OURS = re.compile(r"(?<![\w-])(?=[\w-]{0,42}[A-Z])(?=[\w-]{0,42}[a-z])[\w-]{43}(?![\w-])")

WINDOW, OVERLAP = 8_000, 1_000
"""Read piece by piece, so that hostile text costs no more a character than any other."""
IS = re.compile(
    r"(?i)\b(?:password|passwd|passphrase|passcode|secret|token|api[ _-]?key|private[ _-]?key|access[ _-]?key|key|pin)"
    r"\s{1,3}(?:is|was|=>?|:)?\s{0,3}[\"'“‘`(<]?([^\s\"'”’`)>]{4,200})"
)
"""What stands behind such a word, as people say it: it counts where it is no word of a language."""
LONG = re.compile(r"[A-Za-z0-9+/=_-]{20,400}")
DIGEST = re.compile(
    r"(?i)\b(?:sha-?256|sha-?1|digest|commit|image)\b[\s:=@]{0,3}(?:sha256:)?[0-9a-f]{7,64}(?![\w-])"
    r"|(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])"
)
"""Random to the eye, and nobody's secret: a digest that is called so, and the id of a row or a run."""
HEX = re.compile(r"(?i)(?<![\w-])(?=[0-9]{0,80}[a-f])(?=[a-f]{0,80}[0-9])[0-9a-f]{32,400}(?![\w-])")
"""16 bytes and more, unless they are called a digest: told by its length, for few letters make few pieces."""
PIECES = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
SHORTEST_RANDOM = 20
PIECE = 4
"""Letters of one sort in a row: words and camelCase have more on average, what was drawn at random two or three."""
SIGNS = frozenset("!@#$%^&*+?~")


def looks_secret(said: str) -> bool:
    """Whether a person's words hold what looks like a password, a key or a token. Linear in their length."""
    starts = range(0, max(1, len(said)), WINDOW - OVERLAP)
    return any(_holds(said[start : start + WINDOW]) for start in starts)


def _holds(said: str) -> bool:
    known = any(shape.search(said) for shape in (HEADERS, NAMED, IN_ADDRESS, KNOWN, OURS))
    return known or _named(said) or _random(DIGEST.sub(" ", said)) or _password_alone(said)


def _named(said: str) -> bool:
    """Behind "bearer", or "the password is": unless it is a word, for people speak of tokens too."""
    behind = (found[0].split()[-1] for found in SCHEMES.finditer(said))
    return any(_odd(word) for word in behind) or any(_odd(found[1]) for found in IS.finditer(said))


def _odd(word: str) -> bool:
    """Letters and digits together, or capitals within."""
    word = word.strip(".,;:!?")
    letters = any(c.isalpha() for c in word)
    return letters and (any(c.isdigit() for c in word) or word[1:] != word[1:].lower()) and len(word) >= 4


def _random(said: str) -> bool:
    if HEX.search(said):
        return True
    for found in LONG.finditer(said):
        plain = re.sub(r"[^A-Za-z0-9]", "", found[0])
        pieces = sum(1 for _ in islice(PIECES.finditer(plain), SHORTEST_RANDOM * 20))
        if len(plain) >= SHORTEST_RANDOM and len(plain) <= pieces * (PIECE + plain.isupper()):
            return True
    return False


def _password_alone(said: str) -> bool:
    """Nothing but one word, in which letters, digits and signs are mixed."""
    word = said.strip()
    mixed = any(c.isalpha() for c in word) and any(c.isdigit() for c in word) and not SIGNS.isdisjoint(word[:-1])
    return 8 <= len(word) <= 200 and len(word.split()) == 1 and mixed and "://" not in word
