"""What the desk says when a transaction can't begin, or nobody hears how it ended."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from checkpoints.core.errors import Unavailable
from tests.stage.desks import Office

BACKEND = text("select pg_backend_pid()")
END = text("select pg_terminate_backend(:id)")


def test_when_all_connections_are_in_use_nothing_is_recorded_and_it_is_said(office: Office) -> None:
    engine = create_engine(office.desk.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    desk = replace(office.desk, engine=engine)
    with desk.transaction(), pytest.raises(Unavailable, match=r"^Not recorded: all connections"), desk.transaction():
        pass
    engine.dispose()


def test_a_connection_that_dies_before_the_commit_recorded_nothing_and_it_is_said(office: Office) -> None:
    with pytest.raises(Unavailable, match=r"^Not recorded"):
        _ask_after_the_end(office)


def test_a_connection_that_dies_during_the_commit_leaves_nobody_who_could_say(office: Office) -> None:
    with pytest.raises(Unavailable, match="nobody can say whether it is recorded"), office.desk.transaction() as tx:
        _end(office, tx.execute(BACKEND).scalar_one())


def _ask_after_the_end(office: Office) -> None:
    with office.desk.transaction() as tx:
        _end(office, tx.execute(BACKEND).scalar_one())
        tx.execute(BACKEND)


def _end(office: Office, backend: int) -> None:
    with office.desk.transaction() as tx:
        assert tx.execute(END, {"id": backend}).scalar_one()
