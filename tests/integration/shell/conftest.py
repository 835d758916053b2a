"""The shell that these tests type into."""

from pathlib import Path

import pytest

from tests.integration.shell.commands import Shell
from tests.stage.desks import Office


@pytest.fixture
def shell(office: Office, tmp_path: Path) -> Shell:
    """The real `countersign` at an office's desk, with Ada signed in."""
    (tmp_path / "here").mkdir()
    opened = Shell(office, tmp_path / "here")
    opened.sign_in(office.ada)
    return opened
