"""What is saved, how long it takes, what fits into a morning."""

import sqlite3
import tempfile
import unittest
from pathlib import Path

import articles
from articles import Article

from tests.tables import HERE, migrated


def article(minutes: int = 1, **changed: str) -> Article:
    given = {"url": "https://www.example.org/a", "title": "A", "summary": "", "saved_on": "2026-03-01", **changed}
    return Article(**given, words=minutes * articles.WORDS_A_MINUTE)


class OneArticle(unittest.TestCase):
    def test_its_site_is_the_host_without_www(self) -> None:
        self.assertEqual(article().site, "example.org")

    def test_its_site_has_no_port(self) -> None:
        self.assertEqual(article(url="http://example.org:8080/a").site, "example.org")

    def test_an_address_of_the_web_is_linked(self) -> None:
        self.assertEqual(article().link, "https://www.example.org/a")

    def test_a_script_is_not_linked(self) -> None:
        self.assertIsNone(article(url="javascript:alert(1)").link)

    def test_a_short_one_takes_a_minute(self) -> None:
        self.assertEqual(article(0).minutes, 1)

    def test_a_long_one_takes_its_time(self) -> None:
        self.assertEqual(article(17).minutes, 17)

    def test_its_json_says_site_and_minutes(self) -> None:
        said = article(3).as_json()
        self.assertEqual((said["site"], said["minutes"], said["title"]), ("example.org", 3, "A"))


class Digest(unittest.TestCase):
    def test_it_holds_what_fits(self) -> None:
        self.assertEqual(len(articles.digest([article(8), article(8), article(8)], 20)), 2)

    def test_one_that_is_too_long_is_there_all_the_same(self) -> None:
        self.assertEqual(len(articles.digest([article(90)], 20)), 1)

    def test_it_keeps_the_order(self) -> None:
        found = [article(1, title=title) for title in "abc"]
        self.assertEqual([each.title for each in articles.digest(found, 20)], ["a", "b", "c"])

    def test_nothing_gives_nothing(self) -> None:
        self.assertEqual(articles.digest([], 20), [])


class Database(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "database.sqlite3"

    def test_before_the_migrations_nothing_is_saved(self) -> None:
        self.assertEqual(articles.saved(self.path), [])
        self.assertEqual(articles.state(self.path), {"tables": False, "articles": 0})

    def test_what_was_read_is_not_shown_again(self) -> None:
        migrated(self.path, with_imports=True)
        self.assertNotIn("HTTP Semantics", [each.title for each in articles.saved(self.path)])
        self.assertEqual(articles.state(self.path), {"tables": True, "articles": 6})

    def test_the_oldest_comes_first(self) -> None:
        migrated(self.path, with_imports=True)
        days = [each.saved_on for each in articles.saved(self.path)]
        self.assertEqual(days, sorted(days))

    def test_the_way_back_leaves_no_table(self) -> None:
        migrated(self.path, with_imports=True)
        scripts = [*(HERE / "imports").glob("*.sql"), *sorted((HERE / "migrations").glob("*.sql"), reverse=True)]
        with sqlite3.connect(self.path) as rows:
            for script in scripts:
                rows.executescript(script.read_text().partition("-- down:")[2])
        self.assertEqual(articles.state(self.path), {"tables": False, "articles": 0})
        rows.close()

    def test_junk_is_said_to_be_unreadable(self) -> None:
        self.path.write_bytes(b"no database at all" * 100)
        with self.assertRaisesRegex(articles.Unreadable, "can't be read"):
            articles.saved(self.path)
