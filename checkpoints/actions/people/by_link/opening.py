"""What a link shows its person: the question that it was made for, and their project. Nothing here changes anything."""

from dataclasses import dataclass

from sqlalchemy import Connection

from checkpoints.actions import reading
from checkpoints.actions.people.by_link import narrowing, proving
from checkpoints.actions.people.by_link.narrowing import NOT_YOURS
from checkpoints.actions.people.by_link.proving import Asked
from checkpoints.core.authority import counts, wants_factor
from checkpoints.core.errors import NotFound, NotYourCall
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Person
from checkpoints.core.shown.card import Card, card
from checkpoints.core.shown.for_client import ClientsCase, clients_card, clients_case, what_was_said
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.standing import Standing
from checkpoints.store import checkpoints, people
from checkpoints.store.desk import Desk
from checkpoints.store.secret import links
from checkpoints.store.secret.links import Link


@dataclass(frozen=True)
class Opened:
    """The question as its client sees it. `said`: what they answered; `why_not`: why they can't, empty while they can.

    `code`: how far the code is that a yes needs, None while it needs none.
    """

    point: Checkpoint
    card: Card
    case: ClientsCase
    said: str
    why_not: str
    code: Asked | None


def label(desk: Desk, person: Person) -> str:
    """Which question a link is about. Raises NotFound for a token of another sort."""
    with desk.transaction() as tx:
        return _link(tx, person).label


def known(desk: Desk, token: str) -> Link | None:
    """The link that this opens, or opened until it ended, for the audit of a try."""
    with desk.transaction() as tx:
        return links.by_token(tx, token)


def look(desk: Desk, person: Person) -> Opened | None:
    """What the link shows; None once the question is another one than it was made for."""
    with desk.transaction() as tx:
        link = _link(tx, person)
        point = checkpoints.by_id(tx, link.checkpoint_id)
        if point is None or not link.names(point):
            return None
        standing = narrowing.given_by(link, people.whole_standing(tx, person))
        needs = point.state is State.OPEN and (wants_factor(point, person.id) or standing.second_hand)
        code = proving.asked(tx, link) if needs and not standing.proved else None
    shown = clients_card(card(point, desk.kinds.get(point.kind)), point)
    story = reading.story(desk, point.case)
    case = clients_case(story.case, story.plan, [one.point for one in story.cards])
    said = what_was_said(point, people.BY_LINK, person.id) if link.answered else ""
    return Opened(point, shown, case, said, _why_not(point, person, standing, link), code)


def _link(tx: Connection, person: Person) -> Link:
    link = links.by_id(tx, person.proof)
    if link is None:
        raise NotFound(NOT_YOURS)
    return link


def _why_not(point: Checkpoint, person: Person, standing: Standing, link: Link) -> str:
    if point.state is not State.OPEN:
        return "There is nothing to answer any more." if not point.waiting else "There is nothing to answer now."
    if link.answered:
        return narrowing.USED
    try:
        counts(point, person, standing)
    except NotYourCall as no:
        return str(no).partition(" Nothing was recorded.")[0]
    return ""
