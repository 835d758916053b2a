"""`countersign policy` and `pre-approve`: what a person who changes the rules types, and sees."""

import json
from pathlib import Path

import pytest

from checkpoints.actions import deciding
from checkpoints.core.model import Verdict
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend
from tests.unit.test_catalogue import MATRIX

HIGHER = MATRIX.replace('below = "50"', 'below = "100"')


@pytest.fixture
def new(office: Office, tmp_path: Path) -> str:
    """A matrix with a higher bound, on a desk where a person rejected what it would have passed."""
    run = office.case()
    point = office.ask(run, spend("60", action="Buy \x1b[31mit"))
    no = deciding.Press(point.id, 1, point.digest, Verdict.REJECT, note="too dear")
    deciding.answer(office.desk, office.ada, no)
    office.ask(office.case("another"), spend("70"))
    path = tmp_path / "new.toml"
    path.write_text(HIGHER)
    return str(path)


def test_a_changed_matrix_is_tried_proposed_and_nothing_else(shell: Shell, new: str, tmp_path: Path) -> None:
    said = shell.run("policy", "simulate", "--matrix", new)
    assert said.code == 0, said.err
    assert "from $50 to under $100: technical operator; reviewed bi-weekly → nobody" in " ".join(said.out.split())
    assert "technical operator → the rule" in said.out
    told = said.out.index("sample/1"), said.out.index("another/1")
    assert told == tuple(sorted(told))
    assert "\x1b" not in said.out
    as_json = json.loads(shell.run("policy", "simulate", "--matrix", "-", "--json", said=HIGHER.encode()).out)
    assert as_json["differs"][0]["danger"] == "a person rejected it, and the rule would pass it"
    broken = tmp_path / "broken.toml"
    broken.write_text(MATRIX.replace('below = "50"', 'below = "-1"'))
    refused = shell.run("policy", "simulate", "--matrix", str(broken))
    assert (refused.code, "broken.toml, line 18, band.1.below" in refused.err) == (3, True)
    asked = shell.run("policy", "adopt", "--matrix", new, "--because", "Log storage is dearer.")
    assert "Asked as desk/1." in asked.out
    assert MATRIX.encode() == shell.run("policy", "show", "--text", _version(shell)).out.encode()
    assert "with the release" in shell.run("policy", "history").out


def _version(shell: Shell) -> str:
    """The one in force, by what `policy show` says."""
    return shell.run("policy", "show").out.partition("Version ")[2].partition(",")[0]


def test_a_known_request_is_pre_approved_at_the_desk_listed_and_revoked(shell: Shell, new: str) -> None:
    command = ("pre-approve", "--like", "another/1", "--free", "monthly", "--cap", "70", "--uses", "2")
    asked = shell.run(*command, "--project", "another", "--because", "The same everywhere.")
    assert "Asked as desk/1." in asked.out, asked.err
    assert shell.run("pre-approve", "--list").out == "Nothing is pre-approved.\n"
    assert shell.run("pre-approve", "--revoke", "desk/1", "--because", "dearer").code == 3
    assert shell.run(*command[:-4], "--cap", "-7", "--project", "another", "--because", "so").code == 3
    assert shell.run("pre-approve").code == 2
