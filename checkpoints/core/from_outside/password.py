"""Which password will do. Rule: length is what counts; beside it only what anybody would try first is refused.

As NIST SP 800-63B asks: no rule of composition, and nothing that has to be changed after some time.
"""

import unicodedata
from itertools import pairwise

from checkpoints.core.errors import Refused

SHORTEST, LONGEST = 12, 1_024
LEAST_DIFFERENT = 5
LEAST_BESIDE_THE_NAME = 6
WORDS = """
    123456789012 1234567890123 12345678901234 123456789123 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc abc123456789
    abcdefghijkl administrator changeme changemechangeme correcthorsebatterystaple countersign dragon football iloveyou
    letmein letmeinplease master monkey p4ssw0rd passw0rd password passwordpassword passwort princess q1w2e3r4t5y6
    qazwsxedcrfv qwerty qwertyqwerty qwertyuiop qwertyuiopas qwertzuiop secret sunshine superman thisismypassword
    trustno1 welcome whatever zaq12wsxcde3"""
COMMONEST = frozenset(WORDS.split())
"""Without what is hung on behind: a year, some digits, an exclamation mark."""
HUNG_ON = "0123456789!?.,-_*#$@+ "


def normal(password: str) -> str:
    """One spelling of what is typed alike: a letter with an accent is one or two characters, by the keyboard."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str) -> str:
    """The password in its one spelling. Raises Refused, in words that don't repeat it."""
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in password):
        raise Refused("That is no text. Your password was not changed.")
    chosen = normal(password)
    if not SHORTEST <= len(chosen) <= LONGEST:
        raise Refused(
            f"A password has {SHORTEST} to {LONGEST:,} characters; some words in a row are easy to keep in mind. "
            "Your password was not changed."
        )
    folded = chosen.casefold()
    if len(set(folded)) < LEAST_DIFFERENT or COMMONEST & {folded, folded.rstrip(HUNG_ON)} or _counts(folded):
        raise Refused("That is among the first that anybody tries. Your password was not changed. Choose another one.")
    if len(_beside(folded, name)) < LEAST_BESIDE_THE_NAME:
        raise Refused("That is little more than your name. Your password was not changed. Choose another one.")
    return chosen


def _counts(folded: str) -> bool:
    """1234…, abcd…, or one of them backwards, all the way."""
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    return steps <= {1} or steps <= {-1}


def _beside(folded: str, name: str) -> str:
    """What is left of it without the person's names."""
    for part in sorted(normal(name).casefold().split(), key=len, reverse=True):
        if len(part) > 2:
            folded = folded.replace(part, "")
    return "".join(folded.split())
