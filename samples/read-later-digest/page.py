"""The one page. Rule: whatever came from outside is escaped, and its links are relative."""

from collections.abc import Sequence
from html import escape

from articles import Article, digest

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MORNING_MINUTES = 20

STYLE = """
:root { color-scheme: light dark; --quiet: color-mix(in srgb, currentColor 60%, transparent); }
body { font: 1.05rem/1.6 Georgia, serif; max-width: 38rem; margin: 3rem auto; padding: 0 1.2rem; }
h1 { font-weight: 500; margin: 0; } header p, small, footer { color: var(--quiet); }
ol { list-style: none; padding: 0; } li { padding: 1rem 0; border-top: 1px solid var(--quiet); }
li p { margin: .3rem 0 0; } a { color: inherit; text-underline-offset: .2em; }
"""


def digest_line(found: Sequence[Article]) -> str:
    """What the digest holds, in a sentence."""
    if not found:
        return "Nothing is saved yet. What you save in Pocket waits for you here."
    chosen = digest(found, MORNING_MINUTES)
    minutes = sum(article.minutes for article in chosen)
    later = len(found) - len(chosen)
    return f"{len(chosen)} to read, {minutes} minutes" + (f"; {later} more wait for tomorrow." if later else ".")


def _shown(article: Article) -> str:
    title = escape(article.title)
    name = f'<a href="{escape(article.link)}" rel="noreferrer">{title}</a>' if article.link else title
    about = escape(f"{article.site} · {article.minutes} min · saved {article.saved_on}")
    return f"<li>{name}<br><small>{about}</small><p>{escape(article.summary)}</p></li>"


def _footer(environment: str) -> str:
    where = f"{escape(environment)} · " if environment else ""
    return f'<footer><small>{where}<a href="api/articles">as JSON</a> · <a href="health">health</a></small></footer>'


def morning(found: Sequence[Article], environment: str) -> str:
    """The digest as a whole document."""
    listed = "".join(map(_shown, digest(found, MORNING_MINUTES)))
    body = f"<header><h1>Read Later Digest</h1><p>{digest_line(found)}</p></header><ol>{listed}</ol>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Read Later Digest</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body>{body}{_footer(environment)}</body></html>"
    )
