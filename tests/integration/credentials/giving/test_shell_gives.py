"""The shell as the person's side: to OpenBao by its door, from a file, by a path; a script finds the question."""

import json
from pathlib import Path
from uuid import uuid4

from checkpoints.core.lifecycle import State
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import Wanted, ask
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import GIVEN, KEY, tables
from tests.integration.shell.commands import SCRIPT, Shell
from tests.stage.desks import Office
from tests.stage.servers.openbao import OpenBao

LINES = "".join(f"{name}={value}\n" for name, value in GIVEN.items()).encode()
ACCOUNT = {"type": "service_account", "client_email": "a@b.example", "private_key": "canary\n"}


def wanted(office: Office, run: Run, type: str, question: str, held: Restrictions) -> Checkpoint:
    return office.ask(run, ask(Wanted("sample", "Sample", "Maps", type, restrictions=held)), question)


def test_it_goes_by_the_vaults_door_or_names_what_lies_there(
    shell: Shell, office: Office, openbao: OpenBao, point: Checkpoint, run: Run
) -> None:
    url = openbao.settings(office.settings).vault_url
    said = shell.run("credential", "give", point.label, said=LINES, COUNTERSIGN_VAULT_URL=url)
    assert said.code == 0, said.err
    assert f"It goes straight from this shell to the vault at {url}" in said.err
    decision = office.show(point).decision
    assert decision is not None
    assert openbao.lies(decision.fields["consumer_key"].removeprefix("vault:")) == {"consumer_key": KEY}
    assert KEY not in said.out + said.err + tables(office)

    path, second = f"team/{uuid4()}", office.ask(run, point.request, "second")
    openbao.admin("POST", f"countersign/data/{path}", {"data": {"consumer_key": KEY}})
    plain = LINES.partition(b"\n")[2]
    said = shell.run("credential", "give", second.label, "--path", path, said=plain, COUNTERSIGN_VAULT_URL=url)
    assert said.code == 0, said.err
    assert f"It stays in the vault, at {path}." in said.out


def test_several_lines_come_from_a_file_or_follow_their_name_and_its_users_are_held_to_less(
    shell: Shell, office: Office, run: Run
) -> None:
    file = shell.folder / "key.json"
    file.write_text(json.dumps(ACCOUNT, indent=2) + "\n")
    held = Restrictions(("10.0.0.0/8",), 60)
    one, other = (wanted(office, run, "service_account", name, held) for name in ("one", "other"))
    for words, told in (
        (["key_json=@nowhere.json"], "No such file"),
        (["key_json=@key.json", "--minutes", "61"], "61 minutes are more than the 60"),
        (["key_json=@key.json", "another=@key.json"], "never an argument"),
    ):
        refused = shell.run("credential", "give", one.label, *words)
        assert refused.code == 3, words
        assert told in " ".join(refused.err.split())
        assert "canary" not in refused.out + refused.err
    said = shell.run("credential", "give", one.label, "key_json=@key.json", "--minutes", "30", "--from", "10.1.0.0/16")
    assert said.code == 0, said.err
    assert "can't tell where a user sits" in " ".join(said.err.split())
    assert "from 10.1.0.0/16, for 30 minutes" in " ".join(said.out.split())
    said = shell.run("credential", "give", other.label, said=b"key_json=" + file.read_bytes())
    assert said.code == 0, said.err
    assert office.show(other).state is State.APPROVED


def test_the_script_finds_the_open_question_of_a_service(shell: Shell, office: Office, run: Run) -> None:
    script = Path(SCRIPT).with_name("provision-api-key.sh")
    assert shell.run("--help", program=script).code == 0
    for wrong in (["maps", "sample", KEY], ["--frobnicate", KEY]):
        said = shell.run(*wrong, program=script)
        assert said.code == 2
        assert KEY not in said.err
    none = shell.run("credential", "asked", "maps", "sample")
    assert (none.code, "no open question asks for it" in " ".join(none.err.split())) == (3, True)
    first = wanted(office, run, "api_key", "first", Restrictions())
    given = shell.run("Maps", "sample", "--uses", "5", program=script, said=b"api_key=canary-canary-canary\n")
    assert given.code == 0, given.err
    assert office.show(first).state is State.APPROVED
    several = [wanted(office, run, "api_key", name, Restrictions()).label for name in ("second", "third")]
    said = shell.run("credential", "asked", "Maps", "sample")
    assert said.code == 3
    assert all(label in said.err for label in several)
