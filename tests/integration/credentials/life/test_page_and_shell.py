"""A credential's life is changed on its page and in the shell: with a code, in words, and what is said is true."""

import re

import httpx

from checkpoints.actions.by_runs import opening
from checkpoints.actions.credentials.life import looking, rotating
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.store.runs import Run
from tests.integration.credentials.asked import KEY, tables
from tests.integration.credentials.life.stage import carried, open_in
from tests.integration.credentials.life.test_by_hand import NEW, life_of
from tests.integration.credentials.life.test_rotation import deploy
from tests.integration.desk.moments import later
from tests.integration.page.serving import hidden
from tests.integration.shell.commands import Shell
from tests.stage.desks import Authenticator, Office
from to_tools.cli.doctor import work


def page_of(point: Checkpoint) -> str:
    return f"/checkpoints/{point.label}/credential"


def send(ada: httpx.Client, point: Checkpoint, verb: str, **fields: str) -> httpx.Response:
    """Opens the credential's page and sends one of its forms."""
    return ada.post(f"{page_of(point)}/{verb}", data=form(ada, point, verb) | fields)


def form(ada: httpx.Client, point: Checkpoint, verb: str) -> dict[str, str]:
    """One of the forms of the credential's page, as it is drawn now."""
    html = ada.get(f"{page_of(point)}/lives").text
    (drawn,) = re.findall(rf'<form method="post" action="{page_of(point)}/{verb}".*?</form>', html, re.DOTALL)
    return hidden(drawn)


def test_on_the_page_it_is_rotated_narrowed_and_revoked_each_with_a_code(
    ada: httpx.Client, office: Office, given: Checkpoint, app: Authenticator, backend: Credentials
) -> None:
    shown = ada.get(f"{page_of(given)}/lives").text
    assert "version 1, given by Ada" in shown
    assert "This can&#39;t be undone" in shown
    assert f'href="{page_of(given)}/lives"' in ada.get(f"/projects/{given.case}").text
    value = {"field.consumer_key": NEW}
    refused = send(ada, given, "rotate", **value)
    assert (refused.status_code, "needs your second factor" in refused.text) == (403, True)
    rotated = send(ada, given, "rotate", **value, code=app.code(1))
    assert rotated.status_code == 303, rotated.text
    assert "Two versions since" in ada.get(f"{page_of(given)}/lives").text
    wider = send(ada, given, "narrow", addresses="here", minutes="", uses="")
    assert (wider.status_code, "is no network" in wider.text) == (422, True)
    assert send(ada, given, "narrow", addresses="10.0.0.0/8", minutes="60", uses="").status_code == 303
    assert send(ada, given, "retire").status_code == 303
    assert send(ada, given, "revoke", because="it leaked").status_code == 303
    over = ada.get(f"{page_of(given)}/lives").text
    assert "revoked by Ada: it leaked" in over
    assert "Ask for it anew" in over
    carried(office)
    assert open_in(backend, office) == 0
    for text in (shown, refused.text, rotated.text, wider.text, over, ada.get("/audit").text, tables(office)):
        assert not re.search(f"{KEY}|{NEW}", text)


def test_a_wrong_value_is_not_shown_again(ada: httpx.Client, given: Checkpoint, app: Authenticator) -> None:
    refused = send(ada, given, "rotate", **{"field.consumer_key": f"SG.{NEW}", "code": app.code(1)})
    assert refused.status_code == 422
    assert "It is right, though it looks otherwise" in refused.text
    assert NEW not in refused.text


def test_in_the_shell_it_is_rotated_by_the_input_and_revoked_once_that_is_said(
    shell: Shell, office: Office, given: Checkpoint, app: Authenticator
) -> None:
    line = f"consumer_key={NEW}\n".encode()
    said = shell.run("credential", "rotate", given.label, "--otp", app.code(1), said=line)
    assert said.code == 0, said.err
    assert "version 2 of the pocket credential" in said.out
    assert life_of(office, given).version == 2
    never = shell.run("credential", "rotate", given.label, f"consumer_key={NEW}")
    assert (never.code, "never an argument" in never.err) == (3, True)
    unsure = shell.run("credential", "revoke", given.label, "--because", "it leaked")
    assert (unsure.code, "can't be undone" in unsure.err, "--yes" in unsure.err) == (3, True, True)
    listed = " ".join(shell.run("credential", "list", given.case).out.split())
    assert "Two versions since" in listed
    done = shell.run("credential", "revoke", given.label, "--because", "it leaked", "--yes")
    assert done.code == 0, done.err
    assert "revoked by Ada: it leaked" in " ".join(shell.run("project", "show", given.case).out.split())
    for each in (said, never, unsure, done):
        assert NEW not in each.out + each.err


def test_what_is_overdue_and_what_lies_side_by_side_is_said(
    office: Office, run: Run, given: Checkpoint, app: Authenticator
) -> None:
    deploy(office, run, "staging")
    rotating.rotate(office.desk, office.ada, given.label, {"consumer_key": NEW})
    later(office, "105 days")
    (told,) = looking.of_project(office.desk, given.case)
    assert told.says[1].startswith("OVERDUE: another value has been due since")
    assert told.says[2].endswith("staging still on version 1: deploy again.")
    assert opening.due(office.asker, run) == ["pocket"]
    with office.desk.transaction() as tx:
        late = looking.late(tx, office.desk.rotation)
        found = [each.found for each in work.rotations(tx, office.settings)]
    assert found[0].startswith("the pocket credential of sample/1 should have been rotated on")
    assert "staging still on version 1" in found[1]
    assert [life.label for life in late.overdue] == [given.label]
    assert [each.users for each in late.beside] == [("staging",)]
