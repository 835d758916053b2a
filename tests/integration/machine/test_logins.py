"""What each login of the database may not do, tried with that login."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from checkpoints.store.desk import INSUFFICIENT_PRIVILEGE, Desk
from tests.stage.desks import Office

AS_ASKER = [
    "insert into desk.answer select * from desk.answer",
    "insert into desk.decision select * from desk.decision",
    "insert into desk.permit select * from desk.permit",
    "update desk.answer set verdict = 'approve'",
    "update desk.decision set outcome = 'approved'",
    "update desk.permit set state = 'unused'",
    "update desk.checkpoint set state = 'approved'",
    "delete from desk.decision",
    "insert into desk.role select id, 'manager', now(), 'me' from desk.person",
    "select hash from desk.token",
    "select sealed from desk.factor",
    "select hash from desk.password",
    "select hash from desk.recovery_code",
    "select because from desk.factor_reset",
    "select email from desk.person",
    "select sent_to from desk.message",
    "select first_at from desk.shown",
    "select zone from desk.working_time",
    "select stand_in from desk.absence",
    "delete from desk.rung",
    "insert into desk.message select * from desk.message",
    "select desk.news_add('[]')",
    "update desk.token set proved_at = now()",
    "select * from desk.standing(null, null)",
    "select desk.begin_own(null, 1, '')",
    "select desk.finish_own(null)",
    "update desk.checkpoint set asked_by = null",
    "update desk.clock set ahead = '1 year'",
    "select hash from desk.agent_token",
    "insert into desk.agent_token select * from desk.agent_token",
    "insert into desk.agent select 'me', id, now() from desk.person",
    "update desk.agent_key set body = ''",
    "set role countersign_desk",
]


def refuses(desk: Desk, statement: str) -> bool:
    """True when the login lacks the right; any other outcome is an error, or False."""
    try:
        with desk.engine.begin() as tx:
            tx.execute(text(statement))
    except ProgrammingError as error:
        return getattr(error.orig, "sqlstate", "") == INSUFFICIENT_PRIVILEGE
    return False


@pytest.mark.promise("C6.1")
@pytest.mark.parametrize("statement", AS_ASKER)
def test_the_asker_can_write_nothing_that_decides(office: Office, statement: str) -> None:
    assert refuses(office.asker, statement)


@pytest.mark.promise("H3.1")
@pytest.mark.parametrize("table", ["audit_line", "audit_head"])
def test_the_desk_cannot_update_the_audit(office: Office, table: str) -> None:
    assert refuses(office.desk, f"update desk.{table} set hash = ''")


@pytest.mark.promise("H3.2")
@pytest.mark.parametrize("statement", ["delete from desk.audit_line", "truncate desk.audit_line"])
def test_the_desk_cannot_delete_from_the_audit(office: Office, statement: str) -> None:
    assert refuses(office.desk, statement)


@pytest.mark.promise("H3.3")
@pytest.mark.parametrize(
    "statement",
    [
        "select desk.audit_append('approved', '{}')",
        "insert into desk.audit_line values (99, '', '', 'approved', '{}', '', '')",
    ],
)
def test_the_asker_cannot_write_a_line_about_a_decision(office: Office, statement: str) -> None:
    assert refuses(office.asker, statement)
