"""The desk's own checkpoints on its page: they are no project's, and are answered like every other."""

import httpx

from checkpoints.actions.own import granting
from checkpoints.core.model import Limits, Role, Verdict
from tests.integration.desk.deciding.own import carry_out
from tests.integration.page.serving import Page, answer_form
from tests.stage.desks import Office


def test_a_role_is_proposed_by_one_and_given_by_another_on_the_page(
    office: Office, page: Page, ada: httpx.Client
) -> None:
    bob = office.person("Bob", Role.TO)
    app = office.enrol(bob)
    point = granting.ask_for_role(office.desk, office.ada, "Mira", Role.TO, Limits(kind="spend"))
    office.receive()
    point = office.show(point)
    form = answer_form(ada, point, Verdict.REJECT) | {"note": "mine"}
    refused = ada.post(f"/checkpoints/{point.label}/answer", data=form)
    assert (refused.status_code, "another technical operator must answer" in refused.text) == (403, True)
    with page.browser(bob) as browser:
        drawn = browser.get("/checkpoints/desk/1").text
        assert "Ask for changes" not in drawn
        form = answer_form(browser, point, Verdict.APPROVE) | {"code": app.code(1)}
        assert browser.post("/checkpoints/desk/1/answer", data=form).status_code == 303
        carry_out(office, point)
        assert "Mira be a technical operator, for questions of kind spend only" in browser.get("/projects/desk").text
        assert "/projects/desk" not in browser.get("/projects").text
        assert "technical operator (for questions of kind spend only)" in browser.get("/people").text
        rejected = granting.ask_to_join(office.desk, office.ada, "Eve", Role.TO)
        office.receive()
        form = answer_form(browser, office.show(rejected), Verdict.REJECT) | {"note": "who is she?"}
        assert browser.post("/checkpoints/desk/2/answer", data=form).status_code == 303
        assert "Reopen" not in browser.get("/checkpoints/desk/2").text
