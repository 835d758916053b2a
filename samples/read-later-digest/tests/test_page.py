"""What a reader sees, and that nothing which was saved runs in their browser."""

import unittest

import page
from articles import WORDS_A_MINUTE, Article

HOSTILE = '"><script>alert(1)</script>'


def article(title: str = "A title", url: str = "https://example.org/a", minutes: int = 1) -> Article:
    return Article(url, title, "What it says.", "2026-03-01", minutes * WORDS_A_MINUTE)


class Page(unittest.TestCase):
    def test_an_article_is_linked(self) -> None:
        self.assertIn('<a href="https://example.org/a" rel="noreferrer">A title</a>', page.morning([article()], ""))

    def test_a_title_is_text(self) -> None:
        self.assertNotIn("<script>", page.morning([article(title=HOSTILE)], ""))

    def test_an_address_is_text(self) -> None:
        self.assertNotIn("<script>", page.morning([article(url=f"https://example.org/{HOSTILE}")], ""))

    def test_a_script_is_no_link(self) -> None:
        self.assertNotIn('href="javascript', page.morning([article(url="javascript:alert(1)")], ""))

    def test_links_stay_below_where_it_is_served(self) -> None:
        self.assertNotIn('href="/', page.morning([article()], "staging"))

    def test_it_says_where_it_is_served(self) -> None:
        self.assertIn("staging", page.morning([], "staging"))

    def test_nothing_saved_is_said(self) -> None:
        self.assertIn("Nothing is saved yet", page.morning([], ""))

    def test_what_waits_for_tomorrow_is_counted(self) -> None:
        self.assertEqual(
            page.digest_line([article(minutes=15)] * 3), "1 to read, 15 minutes; 2 more wait for tomorrow."
        )
