"""Which names a reader takes for one another. Rule: two people of a desk never have names that look alike.

Simple on purpose, after Unicode's UTS 39: a name too many is refused, and whoever it is adds a second one.
"""

import unicodedata

CAPITALS = str.maketrans("АВСЕНІЈКМОРЅТХУԜԚҮ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABCEHIJKMOPSTXYWQY" + "ABEZHIKMNOPTYX")
"""Cyrillic and Greek ones; a small letter may look like another than its capital, as ν and Ν do."""
SMALL = {
    "a": "аαɑ",
    "b": "вβьъ8",
    "c": "сϲ",
    "d": "ԁđð",
    "e": "еεєҽ3",
    "g": "ɡց",
    "h": "һнհħ",
    "j": "ј",
    "k": "кκ",
    "l": "iіιıӏłɩ1|",
    "m": "м",
    "n": "пոη",
    "o": "оοօσø0",
    "p": "рρþ",
    "q": "ԛգ",
    "r": "г",
    "s": "ѕ5$",
    "t": "тτ",
    "u": "υսμ",
    "v": "νѵ",
    "w": "ԝωш",
    "x": "хχ",
    "y": "уγү",
}
LATIN = str.maketrans({strange: letter for letter, others in SMALL.items() for strange in others})
AS_ONE = (("rn", "m"), ("vv", "w"))


def likeness(name: str) -> str:
    """The same for names that look alike: however they are spelt, in whichever case, script or width."""
    parts = unicodedata.normalize("NFKD", name)
    # Marks, blanks and dashes tell nobody apart.
    kept = "".join(c for c in parts if unicodedata.category(c)[0] in "LNS").translate(CAPITALS)
    alike = unicodedata.normalize("NFKD", kept.casefold()).translate(LATIN)
    for pair, letter in AS_ONE:
        alike = alike.replace(pair, letter)
    return alike or parts
