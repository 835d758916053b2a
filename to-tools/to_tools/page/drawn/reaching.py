"""What a page of ours may load, and where it may speak to: the rule that its browser holds it to."""

import re

ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,260}")


def policy(also: str = "") -> str:
    """The content security policy; `also` is one origin beside our own to which its scripts may speak."""
    assert not also or ORIGIN.fullmatch(also)
    speaks = f"'self' {also}".rstrip()
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {speaks}; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
