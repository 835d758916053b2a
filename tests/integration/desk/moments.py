"""Time in tests: several tries at the same moment, and the desk's clock put ahead."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread

from sqlalchemy import create_engine, text

from checkpoints.core.errors import Countersign
from tests.stage.desks import Office


def at_once(tries: Sequence[Callable[[], object]]) -> list[object]:
    """What each try gave, or the error that it was told; all start together."""
    barrier = Barrier(len(tries))
    told: list[object] = [None] * len(tries)

    def go(number: int) -> None:
        barrier.wait()
        try:
            told[number] = tries[number]()
        except Countersign as error:
            told[number] = error

    threads = [Thread(target=go, args=(number,)) for number in range(len(tries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def later(office: Office, interval: str) -> None:
    """The desk's clock goes ahead; only the owner of the tables can do that."""
    owner = create_engine(office.settings.url_for("owner"))
    with owner.begin() as tx:
        tx.execute(text("update desk.clock set ahead = cast(:ahead as interval)"), {"ahead": interval})
    owner.dispose()
