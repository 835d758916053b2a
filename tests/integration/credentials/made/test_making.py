"""A key that the desk has made: given with the yes, ended at its service too, and none is left that nobody knows."""

from pathlib import Path

import httpx
import pytest

from checkpoints import wiring
from checkpoints.actions import deciding, errands, reading
from checkpoints.actions.credentials import making
from checkpoints.actions.credentials.life import reminding, retiring, revoking
from checkpoints.cloud.aws import Aws
from checkpoints.core.errors import IllegalMove, NotYourCall, Refused, Unavailable
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from checkpoints.core.ports import KeyMaker
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.made import Made
from checkpoints.credentials.embedded import Embedded
from checkpoints.store.runs import Run
from checkpoints.store.secret import lives
from tests.integration.credentials.asked import press, tables
from tests.integration.desk.moments import later
from tests.integration.page.serving import hidden
from tests.integration.shell.commands import SCRIPT, Shell
from tests.stage.desks import Office
from tests.stage.servers.vaults import taken
from to_tools.doers import DOERS, MAKERS


def made(office: Office, point: Checkpoint, user: str, maker: KeyMaker | None = None) -> Checkpoint:
    makers = {"aws": maker} if maker else wiring.key_makers(office.settings.home)
    return making.make(office.desk, office.ada, press(point), {"iam_user": user}, makers)


def carried(office: Office) -> None:
    """The porter carries what is promised about values and keys."""
    with office.desk.transaction() as tx:
        tx.exec_driver_sql(
            "update desk.errand set due_at = desk.desk_now() + case when kind in ('forget', 'close', 'unmake')"
            " then interval '0' else interval '400 days' end where done_at is null"
        )
    while errands.carry_next(office.desk, DOERS):
        pass


class Killed(BaseException):
    """In the midst of it."""


class KilledAfterMaking:
    """Makes the key, and is killed before anybody hears which."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.ready = True

    def make(self, user: str) -> Made:
        self.aws.make(user)
        raise Killed

    drop, made = Aws.drop, Aws.made


def test_it_is_made_with_the_yes_lies_in_the_vault_and_is_known_by_its_id(
    office: Office, asked: Checkpoint, aws: Aws, user: str, vault: Embedded
) -> None:
    after = made(office, asked, user)
    assert after.state is State.APPROVED
    assert after.decision is not None
    path = after.decision.fields["secret_access_key"].removeprefix("vault:")
    values = taken(vault, path)
    assert set(aws.made(user)) == {values["access_key_id"]}
    with office.desk.transaction() as tx:
        life = lives.held(tx, after.id)
    assert life is not None
    assert life.origin == "made"
    assert life.rotate_at is not None
    assert values["secret_access_key"] not in tables(office)
    assert "had it made by its service" in reading.history(office.desk, asked.label).lines[-1].body
    later(office, "1 hour")
    carried(office)
    assert set(aws.made(user)) == {values["access_key_id"]}


@pytest.mark.promise("F3.1")
def test_a_key_ends_at_its_service_with_its_credential(
    office: Office, asked: Checkpoint, aws: Aws, user: str, vault: Embedded
) -> None:
    made(office, asked, user)
    office.enrol(office.ada)
    revoking.revoke(office.desk, office.ada, asked.label, "not needed any more")
    carried(office)
    assert aws.made(user) == {}
    assert not vault.paths()


@pytest.mark.promise("F3.1")
def test_one_that_was_made_and_not_decided_about_is_dropped(
    office: Office, asked: Checkpoint, aws: Aws, user: str, vault: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object) -> Checkpoint:
        raise IllegalMove("decided before")

    monkeypatch.setattr(deciding, "answer", no)
    with pytest.raises(IllegalMove):
        made(office, asked, user)
    assert aws.made(user) == {}
    assert not vault.paths()


@pytest.mark.promise("F3.1")
@pytest.mark.parametrize("when", ["before its id is known", "before it is decided"])
def test_one_that_a_kill_left_is_found_and_dropped_and_no_other(
    office: Office, asked: Checkpoint, aws: Aws, user: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> Checkpoint:
        raise Killed

    maker: KeyMaker = aws
    if when == "before it is decided":
        monkeypatch.setattr(deciding, "answer", killed)
    else:
        maker = KilledAfterMaking(aws)
    with pytest.raises(Killed):
        made(office, asked, user, maker)
    monkeypatch.undo()
    (left,) = aws.made(user)
    carried(office)
    assert set(aws.made(user)) == {left}, "it may be decided about yet"
    good = made(office, office.show(asked), user)
    assert good.state is State.APPROVED
    later(office, "6 minutes")
    carried(office)
    assert left not in aws.made(user)
    assert len(aws.made(user)) == 1


def test_nobody_has_one_made_who_may_not_give_it_or_where_nobody_makes_any(
    office: Office, asked: Checkpoint, aws: Aws, user: str
) -> None:
    grace = office.person("Grace", Role.MANAGER)
    makers = wiring.key_makers(office.settings.home)
    stale = deciding.Press(asked.id, asked.revision, "0" * 64, Verdict.APPROVE, {}, "")
    for wrong, by, plain, told in (
        (press(asked), grace, {"iam_user": user}, NotYourCall),
        (stale, office.ada, {"iam_user": user}, IllegalMove),
        (press(asked), office.ada, {}, Refused),
        (press(asked), office.ada, {"iam_user": "nobody-at-all"}, Refused),
        (press(asked), office.ada, {"iam_user": user, "access_key_id": "AKIA"}, Refused),
    ):
        with pytest.raises(told):
            making.make(office.desk, by, wrong, plain, makers)
    aws.keys.unlink()
    with pytest.raises(Refused, match="has no login at aws"):
        making.make(office.desk, office.ada, press(asked), {"iam_user": user}, makers)
    assert office.show(asked).state is State.OPEN


def test_another_is_made_by_itself_when_it_is_due_and_the_older_ends_there_once_it_is_retired(
    office: Office, asked: Checkpoint, aws: Aws, user: str, vault: Embedded
) -> None:
    made(office, asked, user)
    (first,) = aws.made(user)
    later(office, "91 days")
    assert reminding.ask_next(office.desk, MAKERS)
    with office.desk.transaction() as tx:
        life = lives.held(tx, asked.id)
    assert life is not None
    assert (life.version, life.origin) == (2, "made")
    second = taken(vault, life.vault_path)["access_key_id"]
    assert set(aws.made(user)) == {first, second}
    later(office, "92 days")
    while retiring.retire_next(office.desk):
        pass
    carried(office)
    assert set(aws.made(user)) == {second}


def test_aws_away_makes_nothing_and_the_question_stays(office: Office, asked: Checkpoint, aws: Aws, user: str) -> None:
    aws.keys.write_text(aws.keys.read_text().replace("127.0.0.1:", "127.0.0.1:1/"))
    with pytest.raises(Unavailable):
        made(office, asked, user)
    assert office.show(asked).state is State.OPEN


def test_in_a_shell_it_is_made_with_one_word(
    shell: Shell, office: Office, asked: Checkpoint, aws: Aws, user: str
) -> None:
    said = shell.run("credential", "give", asked.label, "--make", said=f"iam_user={user}\n".encode())
    assert said.code == 0, said.err
    assert office.show(asked).state is State.APPROVED
    assert len(aws.made(user)) == 1


def test_the_script_has_it_made_by_itself_unless_one_says_that_it_is_ones_own(
    shell: Shell, office: Office, asked: Checkpoint, aws: Aws, user: str, run: Run
) -> None:
    script = Path(SCRIPT).with_name("provision-api-key.sh")
    said = shell.run("AWS", "sample", program=script, said=f"iam_user={user}\n".encode())
    assert said.code == 0, said.err
    told = " ".join(said.err.split())
    assert "The desk has it made" in told
    assert "by provision-api-key.sh, with --own" in told
    assert (office.show(asked).state, len(aws.made(user))) == (State.APPROVED, 1)
    another = office.ask(run, asked.request, "another")
    own = f"iam_user={user}\naccess_key_id=AKIA0000000000000000\nsecret_access_key={'s' * 40}\n".encode()
    said = shell.run("AWS", "sample", "--own", program=script, said=own)
    assert said.code == 0, said.err
    assert (office.show(another).state, len(aws.made(user))) == (State.APPROVED, 1)


def test_the_page_offers_it_where_the_desk_can_and_asks_for_the_user_alone(
    ada: httpx.Client, office: Office, asked: Checkpoint, aws: Aws, user: str
) -> None:
    at = f"/checkpoints/{asked.label}/credential"
    assert "Let the desk make it" in ada.get(at).text
    drawn = hidden(ada.get(at).text.partition('<form class="answer"')[2].partition("</form>")[0])
    sent = drawn | {"note": "", "make": "yes", "field.iam_user": user, "field.access_key_id": ""}
    both = sent | {"field.access_key_id": "AKIA0000000000000000"}
    refused = ada.post(at, data=both)
    assert (refused.status_code, "not both" in refused.text) == (422, True)
    assert ada.post(at, data=sent).status_code == 303
    assert office.show(asked).state is State.APPROVED
    assert len(aws.made(user)) == 1
