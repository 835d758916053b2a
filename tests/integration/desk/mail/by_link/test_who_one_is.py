"""A link makes its person an answerer of one question and nothing else, whatever comes along with it."""

import re

import httpx
import pytest
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from checkpoints.actions import deciding, reading, withdrawing
from checkpoints.actions.own import granting
from checkpoints.actions.people import joining, reaching
from checkpoints.actions.people.by_link import answering, linking
from checkpoints.core.errors import Countersign, NeedsFactor, NotFound, NotYourCall, Refused
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person, Role, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store import people
from tests.integration.desk.mail.by_link.conftest import Client, form_of
from tests.integration.page.serving import Page, hidden
from tests.integration.shell.commands import Shell
from tests.stage.desks import spend
from to_tools import identity
from to_tools.page.who import session
from to_tools.page.who.by_link import guest

HEX = re.compile(r"[0-9a-f]{64}")


def untouched(client: Client, *points: Checkpoint) -> bool:
    now = [client.told.office.show(point) for point in points]
    return all((point.state, point.answers) == (State.OPEN, ()) for point in now)


def link_of(client: Client, point: Checkpoint, name: str) -> Person:
    office = client.told.office
    _, address = linking.make(office.desk, office.ada, point.label, name)
    return identity.by_link(office.desk, address.rpartition("/")[2])


@pytest.mark.promise("C1.5")
@pytest.mark.parametrize("how", ["started the case", "has the agent work for them"])
def test_whoever_is_behind_the_question_cant_answer_it_by_a_guest_link(client: Client, how: str) -> None:
    office = client.told.office
    mia = office.person("Mia", Role.MANAGER)
    reaching.set_second_email(office.desk, office.ada, "Mia", "mia@private.example")
    run = office.case(by=mia if how == "started the case" else office.mira)
    owner = create_engine(office.settings.url_for("owner"))
    with owner.begin() as tx:
        people.give_role(tx, mia.id, Role.CLIENT, "Ada")
        if how != "started the case":
            made = {"id": run.id, "mia": str(mia.id)}
            tx.execute(
                sql("update desk.run set body = jsonb_build_object('for', cast(:mia as text)) where id = :id"), made
            )
    owner.dispose()
    point = office.ask(run, spend("60"))
    client.told.carry()
    assert "mia" not in {str(mail["To"]).partition("@")[0].lower() for mail in client.told.post.mails}
    guest_mia = link_of(client, point, "Mia")
    for verdict in Verdict:
        with pytest.raises(NotYourCall, match=r"You started sample: another client must answer"):
            answering.answer(office.desk, guest_mia, verdict, point.digest, {}, "so")
    assert untouched(client, point)


@pytest.mark.promise("C3.1")
def test_what_comes_along_with_a_form_makes_nobody_a_person(client: Client, browser: httpx.Client) -> None:
    client.told.add("Cora", Role.CLIENT)
    point, other = client.asked("60"), client.asked("60", "other")
    cora = client.path("cora@example.com")
    path = client.path()
    form = form_of(browser, path) | {"note": "I am Ada, ada@example.com, a technical operator"}
    said = [
        {"name": "Ada"}, {"email": "ada@example.com"}, {"person": str(client.told.office.ada.id)}, {"role": "to"},
        {"by": "Ada"}, {"way": "page"}, {"revision": "1"}, {"checkpoint": str(point.id)}, {"verdict": "approve as Ada"},
        {"verdict": ""}, {"subject": "0" * 64}, {"subject": ""}, {"subject": point.digest.upper() + "0"},
        {"card": form_of(browser, cora)["card"]}, {"form_token": form_of(browser, cora)["form_token"]},
    ]  # fmt: skip
    for more in said:
        assert browser.post(f"{path}/answer", data=form | more).status_code in (404, 409, 422), more
    signed = re_signed(browser, path, cora)
    assert browser.post(f"{path}/answer", data=form | signed).status_code in (404, 422)
    headers = {"authorization": "Bearer Ada", "x-forwarded-user": "Ada", "from": "ada@example.com", "x-user": "Ada"}
    assert untouched(client, point, other)
    assert browser.post(f"{path}/answer", data=form, headers=headers).status_code == 303
    (given,) = client.told.office.show(other).answers
    assert (given.person, given.role, given.way) == ("Cleo", Role.CLIENT, "link")
    assert untouched(client, point)


def re_signed(browser: httpx.Client, path: str, other: str) -> dict[str, str]:
    """What somebody who knows their own link, and how we sign, makes of another's form."""
    token, nonce = other.removeprefix("/link/"), next(c.value for c in browser.cookies.jar if c.path == path)
    return {"card": guest.derived(token, "card"), "form_token": guest.derived(token, f"form {nonce}")}


@pytest.mark.promise("C3.1")
def test_a_link_opens_nothing_but_its_question(client: Client, page: Page, shell: Shell) -> None:
    point, other = client.asked("60"), client.asked("60", "other")
    office = client.told.office
    token = client.path().removeprefix("/link/")
    with page.stranger() as browser:
        browser.cookies.set(session.cookie_name(office.desk), token)
        browser.cookies.set(session.cookie_name(page.desk), token)
        for path in ("/", f"/checkpoints/{other.label}", "/projects", "/audit", "/people", "/second-factor", "/live"):
            assert browser.get(path).status_code == 401, path
        assert browser.post("/sign-in", data={"token": token}).status_code == 401
        for door in (
            joining.new_token(office.desk, office.ada, "page"),
            joining.new_token(office.desk, office.ada, "shell"),
        ):
            assert browser.get(f"/link/{door}").status_code == 404
    assert shell.run("sign-in", "--token-stdin", said=f"{token}\n".encode()).code != 0
    cleo = identity.by_link(office.desk, token)
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    tries = (
        lambda: deciding.answer(office.desk, cleo, press),
        lambda: withdrawing.withdraw(office.desk, cleo, other.id, "so"),
        lambda: joining.new_token(office.desk, cleo, "page"),
        lambda: granting.ask_to_join(office.desk, cleo, "Eve", Role.TO),
        lambda: reaching.set_second_email(office.desk, cleo, "Cleo", "eve@example.com"),
        lambda: linking.make(office.desk, cleo, other.label, "Cleo"),
        lambda: deciding.break_glass(
            office.desk, cleo, deciding.Press(other.id, 1, other.digest, Verdict.APPROVE, note="x" * 20)
        ),
    )
    for attempt in tries:
        with pytest.raises((NotYourCall, NotFound)):
            attempt()
    assert untouched(client, point, other)


def test_whoever_has_more_roles_is_a_client_alone_by_it(client: Client) -> None:
    office = client.told.office
    point = client.asked("60")
    with office.desk.transaction() as tx:
        people.give_role(tx, office.ada.id, Role.CLIENT, "Ada")
    ada = link_of(client, point, "Ada")
    with pytest.raises((NotYourCall, Refused)):
        deciding.break_glass(
            office.desk, ada, deciding.Press(point.id, 1, point.digest, Verdict.APPROVE, note="x" * 20)
        )
    with pytest.raises(NeedsFactor):
        answering.answer(office.desk, ada, Verdict.APPROVE, point.digest, {}, "")
    assert untouched(client, point)


@pytest.mark.promise("C4.1")
def test_a_form_holds_opaque_names_the_digest_and_a_nonce(
    client: Client, browser: httpx.Client, ada: httpx.Client
) -> None:
    client.second()
    point, wanted = client.asked("60"), {"form_token", "card", "verdict", "subject"}
    over = client.asked("600", "other")
    paths = (client.path(), f"/checkpoints/{point.label}", f"/checkpoints/{over.label}")
    for path, who in zip(paths, (browser, ada, ada), strict=True):
        html = who.get(path).text
        forms = [hidden(form) for form in re.findall(r"<form.*?</form>", html, re.DOTALL)]
        assert forms
        for form in forms:
            names = wanted if who is browser else {"form_token", "verdict", "revision", "subject"}
            assert set(form) <= names, path
            opaque = [form.get(name, "0" * 64) for name in ("form_token", "card", "subject")]
            assert all(HEX.fullmatch(value) for value in opaque), path
            assert form.get("subject", point.digest) in (point.digest, over.digest)
        for id in (point.id, over.id, point.case_id, point.run_id, client.cleo.id, client.told.office.ada.id):
            if who is browser or id not in (point.id, over.id):
                assert str(id) not in html, path
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", browser.get(paths[0]).text)


@pytest.mark.promise("C4.2")
def test_a_foreign_id_is_not_found_and_the_try_is_logged(
    client: Client, browser: httpx.Client, ada: httpx.Client
) -> None:
    client.told.add("Cora", Role.CLIENT)
    point, other = client.asked("60"), client.asked("60", "other")
    mine, theirs = client.path(), client.path("cora@example.com")
    forms = {path: form_of(browser, path) | {"note": ""} for path in (mine, theirs)}
    for path, form in ((mine, forms[theirs]), (theirs, forms[mine])):
        assert browser.post(f"{path}/answer", data=form).status_code == 404
        assert browser.post(f"{path}/code", data={"card": form["card"], "form_token": ""}).status_code == 404
    page_form = {"form_token": hidden(ada.get("/").text)["form_token"], "verdict": "approve", "revision": "1",
                 "subject": point.digest, "note": ""}  # fmt: skip
    for label in ("sample/2", "nobody/1", f"{point.id}/1"):
        assert ada.post(f"/checkpoints/{label}/answer", data=page_form).status_code == 404, label
    for verb in ("withdraw", "reopen"):
        because = {"form_token": page_form["form_token"], "because": "so"}
        assert ada.post(f"/checkpoints/other/9/{verb}", data=because).status_code == 404
    lines = [line for line in reading.audit_page(client.told.office.desk).lines if line.event == "try refused"]
    assert len(lines) == 9
    assert {name for line in lines for name in ("Cleo", "Cora", "Ada") if f'"{name}"' in line.body} == {
        "Cleo",
        "Cora",
        "Ada",
    }
    assert untouched(client, point, other)


def test_links_are_made_listed_and_taken_back_in_the_shell(client: Client, shell: Shell) -> None:
    point = client.asked("60")
    said = shell.run("link", "make", point.label, "--for", "Cleo")
    assert (said.code, "/link/" in said.out, "no second address" in said.out) == (0, True, True)
    listed = shell.run("link", "list", point.label).out
    assert "Cleo, in a mail to them" in listed
    assert "made by Ada" in listed
    assert "/link/" not in listed
    assert shell.run("link", "revoke", point.label, "--for", "cleo").out.startswith("2 links taken back")
    assert "sent codes" in shell.run("people", "email", "Cleo", "cleo@private.example", "--second").out
    assert "codes to cleo@private.example" in shell.run("people", "list").out


def test_only_a_technical_operator_makes_links_and_only_where_a_client_is_asked(client: Client) -> None:
    office = client.told.office
    point = client.asked("60")
    with pytest.raises(NotYourCall, match="A technical operator makes links"):
        linking.make(office.desk, office.mira, point.label, "Cleo")
    with pytest.raises(NotYourCall, match="A technical operator makes links"):
        linking.revoke(office.desk, office.mira, point.label, "Cleo")
    office.enrol(office.ada)
    stolen = identity.verify(office.desk, joining.new_token(office.desk, office.ada, "shell"))
    with pytest.raises(NeedsFactor):
        linking.make(office.desk, stolen, point.label, "Cleo")
    with pytest.raises(Countersign, match="is approved, not open"):
        linking.make(office.desk, office.ada, client.asked("20", "other").label, "Cleo")
    with pytest.raises(Refused, match="There is no client Mira"):
        linking.make(office.desk, office.ada, point.label, "Mira")
    linking.revoke(office.desk, office.ada, point.label, "Cleo")
    assert linking.every(office.desk) == []
    with pytest.raises(Refused, match="No link of Cleo"):
        linking.revoke(office.desk, office.ada, point.label, "Cleo")
