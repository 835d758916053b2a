"""The app's Home: what waits for the one person who looks at it, and how to be somebody here for whoever is nobody."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from checkpoints.actions import reading
from checkpoints.actions.people import proving
from checkpoints.channels.slack import home
from checkpoints.core.authority import waits_on
from checkpoints.core.errors import Countersign
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person
from checkpoints.core.shown.bundle import bundles
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from to_tools.slack_listener import who
from to_tools.slack_listener.saying import Tells, Word
from to_tools.slack_listener.turns import Office, Turn

log = logging.getLogger("slack")


def opened(turn: Turn) -> None:
    """Somebody looks at it. Raises NotYourCall, which is then what it shows."""
    publish(turn, who.person(turn))


def again(turn: Turn) -> None:
    """After an answer of theirs. It shows nothing that isn't elsewhere, so trouble with it is no trouble of theirs."""
    try:
        if turn.person is not None:
            publish(turn, turn.person)
    except (Countersign, SQLAlchemyError) as trouble:
        log.info("a Home was not published: %s", type(trouble).__name__)
    except Exception:
        log.exception("a Home was not published")


def publish(turn: Turn, person: Person) -> None:
    """What waits for this person, as things stand. Raises Unavailable, Refused."""
    points = waits_for(turn.desk, person)
    view = home.inbox(person.name, points, bundles(points, turn.desk.kinds), turn.desk.page_url)
    turn.office.speaker.publish(turn.user.user_id, view)


def waits_for(desk: Desk, person: Person) -> tuple[Checkpoint, ...]:
    """What is open and would count their answer, the most urgent first."""
    standing = proving.standing(desk, person)
    points = reading.inbox(desk).points
    return tuple(p for p in points if p.state is State.OPEN and waits_on(p, person.id, standing))


def telling(office: Office, user_id: str) -> Tells:
    """What is said to somebody in their Home."""

    def tell(word: Word) -> None:
        office.speaker.publish(user_id, {"type": "home", "blocks": [*word.face.blocks]})

    return tell
