"""A secret goes to the release that may have it, by its standard input, and nowhere else."""

from pathlib import Path

import pytest

from checkpoints.cloud.sandbox.host import Host
from checkpoints.cloud.sandbox.running import hide
from checkpoints.core.errors import Refused
from tests.integration.sandbox.conftest import HERE, Stage, health
from tests.stage.runs import eventually

CANARY = "canary-5b1e0f7a-do-not-sing"
TELLS_ALL = """
import json, sys
given = sys.stdin.read()
print("I was given", given, flush=True)
for fields in json.loads(given).values():
    for value in fields.values():
        print("in pieces:", *value.split("\\n"), sep="\\n", flush=True)
sys.exit(1)
"""


def everywhere(home: Path) -> list[str]:
    """Where the canary can be seen by somebody who looks at files, arguments and environments."""
    seen = [str(file) for file in home.rglob("*") if file.is_file() and CANARY.encode() in file.read_bytes()]
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                content = (process / name).read_bytes()
            except OSError:
                continue
            if CANARY.encode() in content:
                seen.append(f"{process / name}")
    return seen


def test_a_release_gets_what_its_tickets_open_and_nobody_else_sees_it(stage: Stage, host: Host) -> None:
    tickets = (stage.ticket("pocket", consumer_key=CANARY), stage.ticket("openai", api_key=f"{CANARY}-other"))
    host.deploy(HERE, stage.built("one"), tickets)
    # It names pocket and sendgrid: of what was opened it is handed what it named.
    assert health(host)["services"] == ["pocket"]
    assert everywhere(stage.home) == []


def test_a_ticket_that_opens_nothing_leaves_what_was_served(stage: Stage, host: Host) -> None:
    host.deploy(HERE, stage.built("one"), (stage.ticket("pocket", consumer_key=CANARY),))
    spent = stage.ticket("pocket", consumer_key=CANARY)
    stage.tickets.clear()
    with pytest.raises(Refused, match=r"opens nothing.*still served"):
        host.deploy(HERE, stage.built("two"), (spent,))
    assert health(host)["services"] == ["pocket"]


def test_a_release_that_says_its_secrets_is_not_quoted_with_them(stage: Stage, host: Host) -> None:
    key = f"-----BEGIN\n{CANARY}\n-----END"
    with pytest.raises(Refused, match="I was given") as refused:
        host.deploy(HERE, stage.built("tells", {"app.py": TELLS_ALL}), (stage.ticket("pocket", key=key),))
    assert CANARY not in str(refused.value)
    assert "⟦secret⟧" in str(refused.value)
    assert everywhere(stage.home) == []


def test_the_longest_secret_is_hidden_first() -> None:
    given = {"a": {"short": "abc", "long": "abcdef"}, "b": {"lines": "one\ntwo"}}
    assert hide("abcdef abc one two", given) == "⟦secret⟧ ⟦secret⟧ ⟦secret⟧ ⟦secret⟧"


def test_one_that_died_is_handed_the_same_again(stage: Stage, host: Host) -> None:
    host.deploy(HERE, stage.built("one"), (stage.ticket("pocket", consumer_key=CANARY),))
    first = host.process_of(HERE)
    assert first is not None
    first.process.kill()
    eventually(lambda: True if host.process_of(HERE) not in (None, first) else None, "its next process")
    assert health(host)["services"] == ["pocket"]


def test_after_the_host_it_is_handed_no_more_than_before(stage: Stage) -> None:
    first = stage.host()
    first.open()
    first.deploy(HERE, stage.built("one"), (stage.ticket("pocket", consumer_key=CANARY),))
    first.close()
    stage.again = {"pocket": {"consumer_key": CANARY}, "sendgrid": {"api_key": f"{CANARY}-other"}}
    second = stage.host()
    second.open()
    try:
        assert health(second)["services"] == ["pocket"]
        assert everywhere(stage.home) == []
    finally:
        second.close()
