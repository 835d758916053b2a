"""What the tests of credentials' lives do: they count what a vault has, and let the porter look after it."""

from sqlalchemy import create_engine

from checkpoints.actions import errands, reading
from checkpoints.actions.credentials import forgetting
from checkpoints.actions.credentials.life import ending
from checkpoints.core.model import Person, Role
from checkpoints.core.ports import Credentials
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from tests.integration.desk.moments import later
from tests.stage.desks import Office
from to_tools.doers import DOERS


def open_in(vault: Credentials, office: Office) -> int:
    """How much the vault has of this desk's: what is granted or handed over, and paths where something lies.

    A server is every test's: what another desk has in it doesn't count.
    """
    with office.desk.transaction() as tx:
        ids = set(tx.exec_driver_sql("select id from desk.credential").scalars())
        paths = set(tx.exec_driver_sql("select key from desk.errand where kind = 'forget'").scalars())
    return len(ids & set(vault.granted())) + len(paths & set(vault.paths()))


def carried(office: Office) -> None:
    """The porter carries what it has about the vault, and ends what is over."""
    while ending.end_next(office.desk):
        pass
    with office.desk.transaction() as tx:
        tx.exec_driver_sql(
            "update desk.errand set due_at = desk.desk_now() + interval '1 day'"
            " where done_at is null and kind not in ('forget', 'close')"
        )
    while errands.carry_next(office.desk, DOERS):
        pass


def swept(office: Office, first: str, second: str) -> None:
    """Two looks of the janitor, at these times ahead."""
    later(office, first)
    seen = ending.sweep(office.desk, {})
    later(office, second)
    assert ending.sweep(office.desk, seen) == {}


def as_owner(office: Office, sql: str) -> None:
    """What no process of the desk's may do."""
    owner = create_engine(office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.exec_driver_sql(sql)
    owner.dispose()


def vault_of(desk: Desk) -> Credentials:
    return forgetting.vault_of(desk)


def events(office: Office, point: Checkpoint) -> list[str]:
    """What the audit says of it, the first first."""
    return [line.event for line in reading.history(office.desk, point.label).lines]


def operator(office: Office, name: str = "Grace") -> Person:
    """A technical operator with a factor that was just proven."""
    person = office.person(name, Role.TO)
    office.enrol(person)
    return person
