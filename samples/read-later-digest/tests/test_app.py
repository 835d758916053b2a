"""The application itself, over a real socket."""

import http.client
import json
import socket
import tempfile
import threading
import unittest
from pathlib import Path

import app

from tests.tables import migrated

GIVEN = "only-for-pocket"


class Line(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self.path))


class Application(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = Path(folder.name) / "database.sqlite3"
        listening = socket.socket(socket.AF_UNIX)
        self.path = Path(folder.name) / "app.sock"
        listening.bind(str(self.path))
        listening.listen()
        told = app.Told(self.database, "staging", "f" * 64, {"pocket": {"consumer_key": GIVEN}})
        server = app.Digest(listening, told)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def get(self, path: str) -> tuple[int, str]:
        line = Line(self.path)
        line.request("GET", path)
        answer = line.getresponse()
        content = answer.read().decode()
        line.close()
        return answer.status, content

    def test_it_is_well(self) -> None:
        status, said = self.get("/health")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(said)["version"], "f" * 12)

    def test_it_names_the_services_and_says_no_value(self) -> None:
        said = self.get("/health")[1]
        self.assertEqual(json.loads(said)["services"], ["pocket"])
        self.assertNotIn(GIVEN, said)

    def test_without_a_readable_database_it_is_not_well(self) -> None:
        self.database.write_bytes(b"no database at all" * 100)
        status, said = self.get("/health")
        self.assertEqual((status, json.loads(said)["ok"]), (503, False))

    def test_the_page_is_served(self) -> None:
        status, said = self.get("/?utm_source=mail")
        self.assertEqual(status, 200)
        self.assertIn("Read Later Digest", said)

    def test_the_articles_are_served_as_json(self) -> None:
        migrated(self.database, with_imports=True)
        status, said = self.get("/api/articles")
        self.assertEqual((status, len(json.loads(said)["articles"])), (200, 5))

    def test_anything_else_is_not_there(self) -> None:
        self.assertEqual(self.get("/../release.toml")[0], 404)

    def test_secrets_that_are_no_object_are_refused_without_quoting_them(self) -> None:
        for text in (GIVEN, f'["{GIVEN}"]', f'{{"pocket": "{GIVEN}"}}'):
            with self.assertRaises(ValueError) as refused:
                app.secrets_from(text)
            self.assertNotIn(GIVEN, str(refused.exception))
