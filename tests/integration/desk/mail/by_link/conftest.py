"""Cleo, a client without an account: what waits for her, the link in her mail, and her browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256

import httpx
import pytest
from sqlalchemy import text as sql

from checkpoints.actions import deciding
from checkpoints.actions.by_runs import submitting
from checkpoints.actions.people import reaching
from checkpoints.core.model import Person, Request, Role, Verdict
from checkpoints.core.policy import Band
from checkpoints.core.view import Checkpoint
from checkpoints.store import runs
from tests.fakes.post_office import text
from tests.integration.desk.mail.conftest import Told
from tests.integration.page.serving import Page, hidden
from tests.stage.desks import spend

CLEO, SECOND = "cleo@example.com", "cleo@private.example"
LINK = re.compile(r"/link/([A-Za-z0-9_-]{43})")
CODE = re.compile(r"Your code: (\d{3}) (\d{3})")
CLIENT_ALONE = (
    Band("under $50", Decimal(50), None, (), "monthly"),
    Band("up to $500", None, Decimal(500), (Role.CLIENT,), "weekly"),
    Band("over $500", None, None, (Role.CLIENT,), "daily", step_up=True),
)


@dataclass(frozen=True)
class Client:
    """Cleo at a desk where clients decide alone, over $500 with a code."""

    told: Told
    cleo: Person

    def asked(self, cost: str = "60", slug: str = "sample", **changed: object) -> Checkpoint:
        """A question that waits for clients, who were told."""
        office = self.told.office
        point = office.ask(office.case(slug), spend(cost, **changed))
        self.told.carry()
        return point

    def revise(self, run_of: Checkpoint, request: Request) -> Checkpoint:
        """The next revision, of which clients were told."""
        office = self.told.office
        with office.desk.transaction() as tx:
            run = runs.alive(tx, run_of.case_id)[0]
        submitting.revise(office.asker, run, run_of, request)
        office.receive()
        self.told.carry()
        return office.show(run_of)

    def path(self, address: str = CLEO) -> str:
        """Where the link in their newest mail leads."""
        return link_in(text(self.told.post.to(address)[-1]))

    def code(self) -> str:
        """The code in the newest mail to the second address, once it is carried."""
        self.told.carry()
        found = CODE.search(text(self.told.post.to(SECOND)[-1]))
        assert found is not None
        return found[1] + found[2]

    def second(self, address: str = SECOND) -> None:
        reaching.set_second_email(self.told.office.desk, self.told.office.ada, "Cleo", address)


def link_in(mail: str) -> str:
    found = LINK.search(mail)
    assert found is not None, mail
    return found[0]


def form_of(browser: httpx.Client, path: str, verdict: str = "approve") -> dict[str, str]:
    """The hidden fields of a verdict's form, or for "code" of the form that asks for one, as the page draws it now."""
    forms = re.findall(r"<form.*?</form>", browser.get(path).text, re.DOTALL)
    wanted = [form for form in forms if (f'value="{verdict}"' if verdict != "code" else f"{path}/code") in form]
    assert wanted, f"There is no form for {verdict} at {path}."
    return hidden(wanted[0])


def answer(browser: httpx.Client, path: str, verdict: str = "approve", **more: str) -> httpx.Response:
    """Opens the link and sends a verdict's form."""
    return browser.post(f"{path}/answer", data=form_of(browser, path, verdict) | {"note": ""} | more)


def approve(told: Told, who: Person, point: Checkpoint) -> Checkpoint:
    """Another's yes, by the action that every channel uses."""
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    return deciding.answer(told.office.desk, who, press)


def everything(told: Told) -> dict[str, str]:
    """A digest of each table that the desk can read: equal while nothing at all was written."""
    with told.office.desk.transaction() as tx:
        wanted = "relnamespace = 'desk'::regnamespace and relkind = 'r' and has_table_privilege(oid, 'select')"
        names = tx.execute(sql(f"select relname from pg_class where {wanted}")).scalars().all()
        found = {}
        for name in names:
            rows = tx.execute(sql(f"select t::text from desk.{name} t order by 1")).scalars().all()
            found[str(name)] = sha256("\n".join(rows).encode()).hexdigest()
        return found


@pytest.fixture
def client(told: Told) -> Client:
    office = told.office
    matrix = replace(office.desk.matrix, bands=CLIENT_ALONE)
    deciding_clients = replace(told, office=replace(office, desk=replace(office.desk, matrix=matrix)))
    return Client(deciding_clients, told.add("Cleo", Role.CLIENT))


@pytest.fixture
def browser(page: Page) -> Iterator[httpx.Client]:
    """Cleo's, which nobody signed in with."""
    with page.stranger() as stranger:
        yield stranger
