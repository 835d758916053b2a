"""Who gets in at the page and how: a link for one use, a cookie, a form of one's own; and what a browser is told."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from checkpoints.actions.people import joining
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Role, Verdict
from tests.integration.page.serving import Page, answer_form
from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office, spend
from to_tools.page.who import session

FROM_ANOTHER_SITE = (
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": "http://evil.example"},
    {"origin": "http://127.0.0.1:1"},
)


def test_opening_a_link_changes_nothing_and_its_button_signs_in_once(page: Page, office: Office) -> None:
    link = page.link(office.ada)
    token = link.partition("=")[2]
    with page.stranger() as first, page.stranger() as second:
        for _ in range(3):
            assert "Sign in to Countersign" in first.get(link).text
        assert not first.cookies
        signed_in = first.post("/sign-in", data={"token": token})
        assert signed_in.status_code == 303
        cookie = signed_in.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
        assert token not in cookie
        assert "Nothing waits" in first.get("/").text
        again = second.post("/sign-in", data={"token": token})
        assert again.status_code == 401
        assert "countersign sign-in" in again.text
        assert second.get("/").status_code == 401


def test_only_a_sign_in_link_signs_in_and_only_a_page_token_is_a_session(page: Page, office: Office) -> None:
    shell = joining.new_token(office.desk, office.ada, "shell")
    with page.stranger() as client:
        assert client.post("/sign-in", data={"token": shell}).status_code == 401
        name = session.cookie_name(office.desk)
        client.cookies.set(name, shell)
        assert client.get("/").status_code == 401
        client.cookies.set(name, joining.new_token(office.desk, office.ada, "page"))
        assert client.get("/").status_code == 200


def test_after_signing_out_the_old_cookie_opens_nothing(page: Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    with page.browser(office.ada) as client:
        cookies = dict(client.cookies)
        token = answer_form(client, point, Verdict.APPROVE)["form_token"]
        assert client.post("/sign-out", data={"form_token": token}).status_code == 303
        client.cookies.update(cookies)
        assert client.get("/").status_code == 401


def test_a_stranger_sees_how_to_sign_in_and_nothing_else(page: Page, office: Office) -> None:
    office.ask(office.case(), spend())
    with page.stranger() as stranger:
        for address in ("/", "/checkpoints/sample/1", "/projects", "/audit", "/people", "/kinds/spend", "/live"):
            shown = stranger.get(address)
            assert shown.status_code == 401, address
            assert "countersign sign-in" in shown.text, address
            assert "sample" not in shown.text.lower(), address


def test_a_form_from_another_site_decides_nothing(page: Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    address = f"/checkpoints/{point.label}/answer"
    with page.browser(office.ada) as client:
        form = answer_form(client, point, Verdict.APPROVE)
        for headers in FROM_ANOTHER_SITE:
            refused = client.post(address, data=form, headers=headers)
            assert refused.status_code == 422, headers
            assert "another site" in refused.text, headers
            assert office.show(point).state is State.OPEN, headers
        own = {"sec-fetch-site": "same-origin", "origin": "null"}
        assert client.post(address, data=form, headers=own).status_code == 303


def test_a_form_of_another_session_decides_nothing(page: Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    grace = office.person("Grace", Role.TO)
    with page.browser(office.ada) as ada, page.browser(grace) as hers:
        stolen = answer_form(hers, point, Verdict.APPROVE)
        own = answer_form(ada, point, Verdict.APPROVE)
        for form in (stolen, {**own, "form_token": ""}, {**own, "form_token": "é"}):
            refused = ada.post(f"/checkpoints/{point.label}/answer", data=form)
            assert refused.status_code == 422
            assert "another sign-in" in refused.text
    assert office.show(point).state is State.OPEN


def test_a_get_decides_nothing(page: Page, office: Office) -> None:
    point = office.ask(office.case(), spend())
    with page.browser(office.ada) as client:
        form = answer_form(client, point, Verdict.APPROVE)
        for verb in ("answer", "withdraw", "reopen"):
            assert client.get(f"/checkpoints/{point.label}/{verb}", params=form).status_code == 405
        assert client.get("/sign-out").status_code == 405
        assert client.get("/").status_code == 200
    assert office.show(point).state is State.OPEN


def test_another_name_for_this_machine_is_not_answered(page: Page, office: Office) -> None:
    with page.browser(office.ada) as client:
        assert client.get("/", headers={"host": "rebound.example"}).status_code == 400
        assert client.get("/", headers={"host": "localhost"}).status_code == 200


def test_every_answer_tells_the_browser_to_be_careful(page: Page, office: Office) -> None:
    with page.browser(office.ada) as client:
        for address in ("/", "/nothing", "/sign-in", "/static/page.css", "/checkpoints/x/1"):
            headers = client.get(address).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == ("no-cache" if "static" in address else "no-store")


def test_while_the_database_takes_nothing_a_press_is_not_recorded_and_says_so(
    page: Page, office: Office, cluster: SessionCluster
) -> None:
    point = office.ask(office.case(), spend())
    with page.browser(office.ada) as client:
        form = answer_form(client, point, Verdict.APPROVE)
        with read_only(office, cluster):
            refused = client.post(f"/checkpoints/{point.label}/answer", data=form)
        assert refused.status_code == 503
        assert "Not recorded" in refused.text
        assert "approved" not in refused.text
        assert office.show(point).state is State.OPEN
        assert client.post(f"/checkpoints/{point.label}/answer", data=form).status_code == 303


@contextmanager
def read_only(office: Office, cluster: SessionCluster) -> Iterator[None]:
    """The office's database takes no change, as a standby or a full disk does."""
    alter = sql.SQL("alter database {} ").format(sql.Identifier(office.desk.engine.url.database or ""))
    try:
        _do(office, cluster, alter + sql.SQL("set default_transaction_read_only = on"))
        yield
    finally:
        _do(office, cluster, alter + sql.SQL("reset default_transaction_read_only"))


def _do(office: Office, cluster: SessionCluster, statement: sql.Composed) -> None:
    with cluster.superuser() as superuser:
        superuser.execute(statement)
    office.desk.engine.dispose()
