"""What Slack would make of a card: every object in it, its words, its buttons, and every card that there can be."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from checkpoints.channels.slack import cards, home, modals
from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import Event, Permit, State
from checkpoints.core.model import Answer, Decision, Fact, Field, FieldSort, Json, Request, Requirement, Role, Verdict
from checkpoints.core.shown.bundle import bundle
from checkpoints.core.shown.card import Card, card, response
from checkpoints.core.shown.message import Face
from checkpoints.core.view import Checkpoint
from checkpoints.rules.catalogue import read_catalogue
from tests.unit.core.points import ADA, NOON, point

KIND = read_catalogue()["spend"]
PAGE = "http://127.0.0.1:8710"
LINK = f"{PAGE}/checkpoints/read-later-digest/3"
ID = UUID(int=9)
RUNGS = (OPEN, *Rung)
SECRET = Field("key", "Consumer key", FieldSort.SECRET)


def objects(value: Json | Sequence[Json] | Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """All of them, the outer before the inner."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from objects(inner)


def words(value: Json | Sequence[Json]) -> list[str]:
    """Everything that is shown."""
    return [text for one in objects(value) if isinstance(text := one.get("text"), str)]


def markup(value: Json | Sequence[Json]) -> list[str]:
    """Everything in which Slack looks for mentions, links and the like."""
    return [str(one["text"]) for one in objects(value) if one.get("type") == "mrkdwn"]


def buttons(value: Json | Sequence[Json]) -> dict[str, dict[str, Json]]:
    """By what stands on them."""
    found = (one for one in objects(value) if one.get("type") == "button")
    return {words([one])[0]: one for one in found}


def shown(face: Face) -> str:
    return "\n".join(words(face.blocks))


def size(face: Face) -> int:
    """On the wire, as the SDK writes it."""
    return len(json.dumps(list(face.blocks)))


def ask(request: Request, **changed: object) -> Card:
    return card(point(request=request, **changed), KIND)


def said_of(request: Request, text: str, state: State = State.OPEN) -> Checkpoint:
    """A checkpoint of it in this state, with `text` wherever anybody's words stand."""
    seen = point(request=request, case_title=text, because=text, requirement=Requirement((Role.TO,), band=text))
    decision = Decision(state, 1, text, False, {"region": text}, text, NOON, state is State.APPROVED)
    given = Answer(ADA.id, text, Verdict.CHANGES, 1, Role.TO, text, {}, "page", NOON)
    decided = decision if state in (State.APPROVED, State.REJECTED) else None
    return replace(seen, state=state, decision=decided, answers=(given,), permit=Permit.UNUSED, reopens=text)


def factor(request: Request, text: str) -> Checkpoint:
    wants = Requirement((Role.TO, Role.MANAGER), step_up=True, band=text, because=(text,))
    return replace(said_of(request, text), requirement=wants)


def gives(request: Request, text: str) -> Checkpoint:
    return replace(said_of(replace(request, fields=(*request.fields, SECRET)), text), deadline_at=None)


def many(request: Request, text: str, number: int) -> list[Checkpoint]:
    made = (said_of, factor, gives)
    return [replace(made[n % 3](request, text), number=n, deadline_at=NOON) for n in range(1, number + 1)]


def open_cards(request: Request, text: str) -> Iterator[Face]:
    """As they hang while it waits, with each way to say yes."""
    for made in (said_of, factor, gives):
        yield cards.asked(card(made(request, text), KIND), ID, LINK)
    yield from (cards.asked(card(said_of(request, text), KIND), ID, LINK, says) for says in Rung)


def ended_cards(request: Request, text: str) -> Iterator[Face]:
    """As they are once nothing is left to press."""
    yield cards.ended(card(said_of(request, text), KIND), LINK, "revision 2")
    for state in (State.APPROVED, State.CHANGING, State.WITHDRAWN):
        yield cards.ended(card(said_of(request, text, state), KIND), LINK)
    yield cards.asked(card(said_of(request, text, State.REJECTED), KIND), ID, LINK)


def in_threads(request: Request, text: str) -> Iterator[Face]:
    over = said_of(request, text, State.APPROVED)
    yield cards.told_asker(card(over, KIND), response(over, KIND))
    yield cards.rung(card(over, KIND), LINK, Event.GLASS_BROKEN)
    yield from (cards.rung(card(said_of(request, text), KIND), LINK, says) for says in Rung)


def floods(request: Request, text: str) -> Iterator[Face]:
    yield cards.together([(one, OPEN) for one in many(request, text, 20)], LINK)


def views(request: Request, text: str) -> Iterator[dict[str, Json]]:
    """Every window, and the Home."""
    points = many(request, text, 22)
    yield home.inbox(text, points, [bundle("phase:read-later-digest:any", text, points[:3], besides=3)] * 11, PAGE)
    yield home.inbox(text, [], [], PAGE)
    yield from (modals.why(verdict, ID, text) for verdict in (Verdict.REJECT, Verdict.CHANGES))
    yield modals.answered(text, text)


def boards(request: Request, text: str) -> Iterator[Face]:
    """Every view, as if it were a message."""
    for view in views(request, text):
        blocks = view["blocks"]
        assert isinstance(blocks, list)
        yield Face("–", tuple(one for one in blocks if isinstance(one, dict)))


Builds: TypeAlias = Callable[[Request, str], Iterator[Face]]
MESSAGES: tuple[Builds, ...] = (open_cards, ended_cards, in_threads, floods)
ALL: tuple[Builds, ...] = (*MESSAGES, boards)


def dangerous(*values: str) -> tuple[Fact, ...]:
    return tuple(Fact("Destroys", value, dangerous=True) for value in values)
