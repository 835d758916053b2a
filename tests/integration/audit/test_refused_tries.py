"""A try that the desk refuses is a line of the audit, whoever tried it and at whichever door."""

import json
from collections.abc import Mapping, Sequence

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.by_runs import requesting, submitting
from checkpoints.actions.credentials.consenting import CALLBACK
from checkpoints.core.errors import Countersign
from checkpoints.core.model import Risk, Role, Subject
from checkpoints.store.runs import Run
from tests.integration.page.serving import Page, hidden
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend
from to_tools.cli.app import app
from to_tools.cli.visit import Visit

FOREIGN = "/checkpoints/sample/99"
SEEN = {"revision": "1", "subject": "0" * 64, "note": ""}
AT_THE_PAGE: Sequence[tuple[str, str, Mapping[str, str], str, str]] = (
    ("ada", f"{FOREIGN}/answer", SEEN | {"verdict": "approve"}, "approve", "sample/99"),
    ("ada", "/checkpoints/sample/1/answer", SEEN | {"verdict": "approve"}, "approve", "sample/1"),
    ("ada", "/checkpoints/sample/1/answer", SEEN | {"verdict": "reject"}, "reject", "sample/1"),
    ("mira", "/checkpoints/sample/1/answer", {"seen": "yes", "verdict": "approve"}, "approve", "sample/1"),
    ("ada", "/checkpoints/sample/2/answer", {"seen": "yes", "verdict": "approve"}, "approve", "sample/2"),
    ("carl", "/checkpoints/sample/1/withdraw", {"because": "mine"}, "withdraw", "sample/1"),
    ("ada", f"{FOREIGN}/withdraw", {"because": "gone"}, "withdraw", "sample/99"),
    ("ada", "/checkpoints/sample/1/reopen", {"because": "again"}, "reopen", "sample/1"),
    ("ada", f"{FOREIGN}/reopen", {"because": "again"}, "reopen", "sample/99"),
    ("ada", f"{FOREIGN}/credential", SEEN, "give the credential", "sample/99"),
    ("ada", f"{FOREIGN}/consent", SEEN, "give consent", "sample/99"),
    ("ada", CALLBACK, {"state": "s" * 43, "code": "c"}, "give consent", ""),
    ("carl", "/projects/sample/cancel", {"because": "mine"}, "cancel", "sample"),
    ("ada", "/projects/sample/cancel", {"because": "so", "code": "123456"}, "cancel", "sample"),
    ("carl", "/projects/sample/deploy", {"environment": "staging"}, "deploy", "sample"),
    ("carl", "/projects/sample/rollback", {}, "roll back", "sample"),
    ("ada", "/projects/sample/waive", {"branch": "x", "because": "so"}, "waive", "sample/x"),
)
"""Who, where, what they send, and what the line says that they tried, about what."""
IN_THE_SHELL: Sequence[tuple[str, Sequence[str], str, str]] = (
    ("ada", ("approve", "sample/99", "--yes"), "approve", "sample/99"),
    ("ada", ("approve", "sample/1", "--yes", "--digest", "0" * 12), "approve", "sample/1"),
    ("ada", ("approve", "sample/2", "--yes"), "approve", "sample/2"),
    ("mira", ("reject", "sample/1", "--because", "mine"), "reject", "sample/1"),
    ("ada", ("change", "sample/99", "--what", "all"), "ask for changes", "sample/99"),
    ("carl", ("withdraw", "sample/1", "--because", "mine"), "withdraw", "sample/1"),
    ("ada", ("reopen", "sample/1", "--because", "again"), "reopen", "sample/1"),
    ("ada", ("credential", "give", "sample/1"), "give the credential", "sample/1"),
    ("ada", ("attach", "sample/99", "none"), "attach", "sample/99"),
    ("ada", ("waive", "sample/x", "--because", "so"), "waive", "sample/x"),
    ("carl", ("project", "cancel", "sample", "--because", "mine", "--yes"), "cancel", "sample"),
    ("carl", ("deploy", "staging", "sample"), "deploy", "sample"),
    ("carl", ("rollback", "production", "sample"), "roll back", "sample"),
    ("mira", ("people", "add", "Eve", "--role", "to"), "add a person", "Eve"),
    ("mira", ("people", "role", "Ada", "--role", "manager"), "ask for a role", "Ada"),
    ("mira", ("people", "welcome", "Ada"), "welcome a person", "Ada"),
    ("carl", ("people", "review"), "review access", "people"),
    ("mira", ("people", "remove", "Ada", "--because", "mine"), "remove a person", "Ada"),
    ("mira", ("people", "email", "Ada", "mira@example.com"), "set an e-mail address", "Ada"),
    ("ada", ("alarm", "nobodys", "--summary", "fire"), "raise an alarm", "nobodys"),
)


@pytest.fixture
def run(office: Office) -> Run:
    """Of a case with two open questions; the second needs a second factor."""
    run = office.case()
    office.ask(run, spend("60"), "one")
    office.ask(run, spend("60", risks=(Risk.DELETES,)), "two")
    return run


def newest(office: Office) -> tuple[str, Mapping[str, str]]:
    [line] = reading.audit_page(office.desk, 1).lines
    return line.event, json.loads(line.body)


@pytest.mark.promise("H5.3")
def test_what_the_page_refuses_a_person_is_a_line_with_who_tried_what(office: Office, page: Page, run: Run) -> None:
    carl = office.person("Carl", Role.CLIENT)
    with page.browser(office.ada) as ada, page.browser(office.mira) as mira, page.browser(carl) as client:
        browsers: Mapping[str, httpx.Client] = {"ada": ada, "mira": mira, "carl": client}
        for who, address, fields, verb, about in AT_THE_PAGE:
            form = dict(fields) | ({} if address == CALLBACK else {"form_token": token(browsers[who])})
            if form.pop("seen", ""):
                point = reading.show(office.desk, address.removeprefix("/checkpoints/").removesuffix("/answer")).point
                form |= {"revision": "1", "subject": point.digest, "note": ""}
            before = reading.audit_page(office.desk, 1).total
            said = browsers[who].post(address, data=form)
            assert 400 <= said.status_code < 500, (address, said.text)
            assert reading.audit_page(office.desk, 1).total > before, (who, address, fields)
            event, body = newest(office)
            assert (event, body["by"].lower(), body["tried"], body["checkpoint"]) == ("try refused", who, verb, about)
            assert body["why"]


def token(client: httpx.Client) -> str:
    return hidden(client.get("/").text)["form_token"]


@pytest.mark.promise("H5.3")
def test_what_the_shell_refuses_a_person_is_a_line_with_who_tried_what(
    office: Office, shell: Shell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = {"ada": office.ada, "mira": office.mira, "carl": office.person("Carl", Role.CLIENT)}
    for name, value in shell.environment.items():
        monkeypatch.setenv(name, value)
    for who, words, verb, about in IN_THE_SHELL:
        shell.sign_in(people[who])
        before = reading.audit_page(office.desk, 1).total
        visit = Visit()
        with pytest.raises(Countersign) as no:
            app(list(words), prog_name="countersign", obj=visit, standalone_mode=False)
        visit.refused(no.value)
        visit.desk.engine.dispose()
        assert reading.audit_page(office.desk, 1).total == before + 1, words
        event, body = newest(office)
        assert (event, body["by"].lower(), body["tried"], body["checkpoint"]) == ("try refused", who, verb, about)


def test_who_looks_and_finds_nothing_and_who_is_nobody_leave_no_line(
    office: Office, shell: Shell, page: Page, run: Run
) -> None:
    before = reading.audit_page(office.desk, 1).total
    assert shell.run("show", "sample/99").code == 3
    # Signing out is the one line.
    with page.stranger() as stranger:
        assert stranger.post(f"{FOREIGN}/answer", data=SEEN | {"verdict": "approve"}).status_code == 401
    assert shell.run("sign-out").code == 0
    left = reading.audit_page(office.desk, 1).total
    assert shell.run("approve", "sample/99", "--yes").code == 4
    assert reading.audit_page(office.desk, 1).total == left
    assert left == before + 1


@pytest.mark.promise("H5.4")
def test_what_the_desk_refuses_an_agent_is_a_line_with_why(office: Office, run: Run) -> None:
    point = requesting.ask(office.asker, run, "junk", 1, spend("60", facts=()))
    office.receive()
    assert newest(office) == (
        "refused by the desk",
        {"checkpoint": point.label, "revision": 1, "why": "the request lacks fact “What for”"},
    )
    one = reading.show(office.desk, "sample/1").point
    submitting.revise(office.asker, run, one, spend("60", kind="terraform-plan", subject=Subject("x", {})))
    office.receive()
    event, body = newest(office)
    assert (event, body["verb"], body["run"]) == ("submission refused", "revise", str(run.id))
    assert body["why"] == "a revision can't change the kind"
    other = office.case("other")
    submitting.withdraw(office.asker, other, one, "not ours")
    office.receive()
    assert newest(office)[1]["why"] == "this checkpoint is not of the run's branch"
    submitting.void(office.asker, run, one, "never approved")
    office.receive()
    assert newest(office)[0] == "submission refused"


NO_NAMES = ("%2E%2E%2F..", "%3B%20rm%20-rf%20x", "-chdir=..", "$(touch%20x)", "%00")


@pytest.mark.promise("H5.8")
@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_done_at_the_page_to_a_name_that_is_none_is_a_line(office: Office, page: Page, name: str) -> None:
    with page.browser(office.ada) as ada:
        for way, fields in (
            (f"/checkpoints/{name}/1/answer", SEEN | {"verdict": "approve"}),
            (f"/checkpoints/sample/{name}/reopen", {"because": "again"}),
            (f"/projects/{name}/cancel", {"because": "so"}),
        ):
            form_token, before = token(ada), reading.audit_page(office.desk, 1).total
            said = ada.post(way, data=fields | {"form_token": form_token})
            # What isn't even an address reaches no form: nobody tried anything there.
            assert said.status_code in (403, 404, 422), (way, said.text)
            tried = said.status_code == 404 and "nothing at this address" in said.text
            assert reading.audit_page(office.desk, 1).total == before + (not tried), way
