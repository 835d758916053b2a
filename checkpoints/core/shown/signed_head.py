"""A signed head of the audit as a letter, for whoever keeps it away from the desk."""

from html import escape

from checkpoints.core.audit import Anchor
from checkpoints.core.shown.message import Letter

PLAIN = """\
Line {number} of this desk's audit, as of {at}, is signed. Keep this mail: whoever wrote the audit anew, or put back an
older one, could not change what you have.

Save what stands between the two lines as {name}:

-----8<-----
{text}----->8-----

To compare the audit with it, today or in a year:

  countersign audit verify --anchor {name} --public-key KEY

KEY is the desk's public key, as you got it by another way than this mail (countersign audit key). The same file goes
with an export's own verifier: python -m verifier --public-key KEY --anchor {name}

--{space}
Nothing is left for you to do. This mail can't be answered.
"""


def kept_elsewhere(head: Anchor, name: str, text: str) -> Letter:
    """`text` is the file `name`, as it lies on the desk."""
    plain = PLAIN.format(number=head.number, at=head.at, name=name, text=text, space=" ")
    html = f'<!doctype html>\n<html lang="en"><body><pre>{escape(plain)}</pre></body></html>\n'
    return Letter(f"Audit: line {head.number} is signed", plain, html)
