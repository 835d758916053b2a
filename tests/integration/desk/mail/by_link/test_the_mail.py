"""The mail to a client: a link of their own, which nothing that is stored opens, in words that they understand."""

import pytest
from sqlalchemy import text as sql

from checkpoints.actions import escalating, reading
from checkpoints.actions.people.by_link import linking
from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Role
from tests.fakes.post_office import text
from tests.integration.desk.mail.by_link.conftest import CLEO, LINK, Client, approve, link_in
from tests.integration.desk.mail.conftest import ADA, Told
from tests.integration.desk.moments import later
from tests.stage.desks import spend


def test_a_client_is_mailed_a_link_of_their_own_and_whoever_works_here_the_page(told: Told) -> None:
    told.add("Cleo", Role.CLIENT)
    office, max_ = told.office, told.add("Max", Role.MANAGER)
    point = office.ask(office.case(), spend("600"))
    for who in (office.ada, max_):
        office.enrol(who)
        told.carry()
        approve(told, who, point)
    told.carry()
    for address in (ADA, "max@example.com"):
        others = text(told.post.to(address)[0])
        assert f"{office.desk.page_url}/checkpoints/{point.label}" in others
        assert LINK.search(others) is None
    (mail,) = told.post.to(CLEO)
    assert mail["Subject"] == "Your answer is wanted: Buy error tracking (sample/1)"
    plain = text(mail)
    for words in (
        "Sample needs your answer by 20",
        "Cost: $600.00 a month",
        "the technical operator and the manager said yes already; now it is up to you",
        "The link is yours alone: whoever has it can answer in your name",
        "Opening it changes nothing",
    ):
        assert words in plain.replace("\n", " "), words
    assert "/checkpoints/" not in plain
    assert link_in(plain) == link_in(text(mail, "html"))


@pytest.mark.promise("C4.1")
def test_a_mail_holds_nothing_to_be_guessed_and_no_row_opens_its_link(client: Client) -> None:
    point = client.asked()
    (mail,) = client.told.post.to(CLEO)
    token = link_in(text(mail)).removeprefix("/link/")
    (link,) = linking.every(client.told.office.desk, point.label)
    for part in (text(mail), text(mail, "html"), str(mail["Message-ID"])):
        for id in (point.id, point.case_id, point.run_id, client.cleo.id, client.cleo.proof, link.id):
            assert str(id) not in part
            assert id is None or id.hex not in part
        assert CLEO not in part
    with client.told.office.desk.transaction() as tx:
        for table in ("token", "link", "message", "errand", "audit_line"):
            rows = "\n".join(tx.execute(sql(f"select t::text from desk.{table} t")).scalars())
            assert token not in rows
        assert not any(token in str(id) for id in tx.execute(sql("select id from desk.token")).scalars())


def test_the_same_mail_again_has_the_same_link(client: Client) -> None:
    client.told.post.hangs_up = True
    client.asked()
    client.told.post.hangs_up = False
    later(client.told.office, "5 minutes")
    client.told.carry()
    first, second = client.told.post.taken
    assert first == second
    assert [line.event for line in reading.audit_page(client.told.office.desk).lines].count("link made") == 1


def test_what_follows_leads_to_the_same_page_and_a_new_revision_to_a_new_one(client: Client) -> None:
    point = client.asked()
    office = client.told.office
    withdrawn = client.revise(point, spend("70", changed=("Cost: $60 → $70",)))
    first, second = (link_in(text(mail)) for mail in client.told.post.to(CLEO))
    assert first != second
    (link,) = [link for link in linking.every(office.desk, point.label) if link.names(withdrawn)]
    approve(client.told, office.person("Cora", Role.CLIENT), withdrawn)
    client.told.carry()
    over = client.told.post.to(CLEO)[-1]
    assert link_in(text(over)) == second
    assert "It was approved at 20" in text(over)
    assert (link.person, link.made_by, link.holds, link.answered) == ("Cleo", "", True, False)


def test_a_link_that_was_taken_back_comes_back_in_no_mail(client: Client) -> None:
    point = client.asked()
    office = client.told.office
    assert linking.revoke(office.desk, office.ada, point.label, "cleo") == 1
    later(office, "3 hours")
    while escalating.climb_next(office.desk):
        pass
    client.told.carry()
    reminder = client.told.post.to(CLEO)[-1]
    assert "Reminder: " in str(reminder["Subject"])
    assert LINK.search(text(reminder)) is None
    events = [line.event for line in reading.history(office.desk, point.label).lines]
    assert [event for event in events if event.startswith("link")] == ["link made", "link revoked"]


def test_without_the_key_no_link_is_said_and_none_is_made_instead(client: Client) -> None:
    point = client.asked()
    desk = client.told.office.desk
    key = desk.home / "keys" / "link.key"
    assert key.stat().st_mode & 0o077 == 0
    key.rename(key.with_suffix(".away"))
    (cleo,) = [person for person in reading.everyone(desk) if person.name == "Cleo"]
    with desk.transaction() as tx, pytest.raises(Unavailable, match=r"link\.key is not the key"):
        linking.for_mail(tx, desk, point, cleo)
