"""The articles that a reader saved, in their database. Rule: this file reads; the migrations make the tables."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

TABLE = "article"
SAVED = "select url, title, summary, saved_on, words from article where read_on is null order by saved_on, url"
COUNT = "select count(*) from article"
TABLES = "select count(*) from sqlite_master where type = 'table' and name = ?"
WORDS_A_MINUTE = 230
"""How fast adults read prose silently, rounded: M. Brysbaert, "How many words do we read per minute?" (2019)."""


class Unreadable(Exception):
    """The database is there and can't be read."""


@dataclass(frozen=True)
class Article:
    """One saved page; `saved_on` is a date as YYYY-MM-DD."""

    url: str
    title: str
    summary: str
    saved_on: str
    words: int

    @property
    def site(self) -> str:
        """The host without its www, as people call it."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")

    @property
    def link(self) -> str | None:
        """Its address when that is one of the web; a `javascript:` saved as a page is text."""
        return self.url if urlsplit(self.url).scheme in ("http", "https") else None

    @property
    def minutes(self) -> int:
        """How long it takes to read: at least one."""
        return max(1, round(self.words / WORDS_A_MINUTE))

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "site": self.site, "minutes": self.minutes}


def saved(database: Path) -> list[Article]:
    """What is not read yet, the oldest first; nothing before the tables are made. Raises Unreadable."""
    with _opened(database) as rows:
        return [Article(*row) for row in rows.execute(SAVED)] if _is_made(rows) else []


def state(database: Path) -> dict[str, object]:
    """Whether the tables are made, and how many articles there are. Raises Unreadable."""
    with _opened(database) as rows:
        made = _is_made(rows)
        return {"tables": made, "articles": rows.execute(COUNT).fetchone()[0] if made else 0}


def digest(found: Sequence[Article], minutes: int) -> list[Article]:
    """The articles, in their order, that fit into so many minutes; at least one when there is one."""
    chosen: list[Article] = []
    for article in found:
        if chosen and sum(each.minutes for each in chosen) + article.minutes > minutes:
            break
        chosen.append(article)
    return chosen


def _is_made(rows: sqlite3.Connection) -> bool:
    return bool(rows.execute(TABLES, (TABLE,)).fetchone()[0])


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(database, timeout=10)
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise Unreadable(f"The database can't be read: {error}.") from error
