"""A person has the desk make a key by its service's API: it goes into the vault, and giving it is the approval.

Rule: what is made is promised to be dropped there first, unless a decision says by then that it stays.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from checkpoints.actions.credentials import forgetting, giving
from checkpoints.actions.credentials.giving import MADE, Lying
from checkpoints.actions.deciding import Press
from checkpoints.core.errors import Countersign, IllegalMove, Refused, Unavailable
from checkpoints.core.fields import clean, secrets_of
from checkpoints.core.model import Json, Person
from checkpoints.core.ports import KeyMaker
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.asking import KIND
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.made import MAKING, Key
from checkpoints.store import audit, checkpoints, errands
from checkpoints.store.desk import Desk
from checkpoints.store.errands import Errand
from checkpoints.store.secret import lives
from checkpoints.store.secret.lives import Life

KeyMakers = Mapping[str, KeyMaker]
"""By service: who makes its keys."""
LEEWAY = timedelta(minutes=2)
"""Between our clock and a service's, and for how long making one may take."""

log = logging.getLogger(__name__)


def makes(makers: KeyMakers, point: Checkpoint) -> bool:
    """Whether the desk can make what is asked for."""
    service = str(point.request.subject.parameters.get("service", ""))
    how, maker = MAKING.get(service), makers.get(service)
    asked = {field.name for field in secrets_of(point.request.fields)}
    return how is not None and maker is not None and maker.ready and asked == set(how.fills)


def make(
    desk: Desk,
    person: Person,
    press: Press,
    plain: Mapping[str, str],
    makers: KeyMakers,
    *,
    sure: bool = False,
    held: Restrictions = UNRESTRICTED,
) -> Checkpoint:
    """The checkpoint, approved, with a key that was just made for the user that `plain` names.

    Raises as giving does; then the key was dropped again, or is within minutes.
    """
    point = giving.may_give(desk, person, press, KIND)
    if (press.revision, press.digest) != (point.revision, point.digest):
        raise IllegalMove(f"{point.label} was changed. Nothing was made. Look at it again.")
    service, _ = giving.approved_use(point)
    if not makes(makers, point):
        raise Refused(f"The desk can't make what {point.label} asks for: it has no login at {clean(service)}. Give it.")
    narrowed, values = giving.narrowed_of(point, held), giving.checked_plain(point, plain, sure)
    path, vault = giving.new_path(point), giving.vault_of(desk)
    forgetting.promise(desk, path, giving.AT_MOST)
    key, secret = _made(desk, makers[service], service, values[MAKING[service].user])
    try:
        vault.put(path, secret)
        lying = Lying(path, tuple(secret), MADE, narrowed, key)
        return giving.decide(desk, person, press, values, lying)
    except Countersign as why:
        # Nobody can say of an Unavailable whether it was recorded: the promised errand looks later.
        if not isinstance(why, Unavailable):
            with suppress(Countersign):
                makers[service].drop(key.user, key.id)
        raise


def make_another(desk: Desk, makers: KeyMakers, point: Checkpoint, life: Life) -> Mapping[str, str]:
    """Another value of one that was made, for the desk's calendar. Raises as the maker does."""
    how, maker = MAKING[life.service], makers[life.service]
    if point.decision is None or not maker.ready:
        raise Refused(f"The desk has no login at {life.service} any more.")
    return _made(desk, maker, life.service, point.decision.fields[how.user])[1]


def maker(at: Callable[[Path], KeyMakers]) -> Callable[[Desk, Checkpoint, Life], Mapping[str, str]]:
    """The same as a calendar takes it, with whoever makes keys for the desk of a home."""
    return lambda desk, point, life: make_another(desk, at(desk.home), point, life)


def unmake(desk: Desk, errand: Errand, makers: KeyMakers) -> None:
    """Carries `unmake`: a key that ended, or that was made and never decided about, is dropped at its service.

    Raises Unavailable while it may still be decided about, or its service is away.
    """
    body = errand.body
    service, user, until = body["service"], body["user"], body.get("until")
    with desk.transaction() as tx:
        now, kept = checkpoints.now(tx), lives.made_for(tx, service, user)
        beside = lives.being_made(tx, service, user, errand.key)
        stays = until is not None and lives.stays(tx, service, user, body.get("id", ""))
    if until is not None and not stays and now < datetime.fromisoformat(until):
        raise Unavailable("it is being made; whether it stays is not decided yet")
    if stays:
        return
    maker = makers[service]
    for id in [body["id"]] if "id" in body else _orphans(maker, body, kept, beside):
        maker.drop(user, id)
        log.warning("the key %s of %s at %s was dropped there", id, user, service)
        with desk.transaction() as tx:
            audit.append(tx, "key dropped at its service", {"service": service, "user": user, "key": id})


def _orphans(maker: KeyMaker, body: Mapping[str, str], kept: set[str], beside: bool) -> list[str]:
    """Those that were made just then, and that nobody knows."""
    if beside:
        raise Unavailable("another is being made for the same user; this one is looked for then")
    since = datetime.fromisoformat(body["since"])
    return [
        id for id, at in maker.made(body["user"]).items() if id not in kept and since - LEEWAY <= at <= since + LEEWAY
    ]


def _made(desk: Desk, maker: KeyMaker, service: str, user: str) -> tuple[Key, dict[str, str]]:
    """A new key, and what goes into the vault; its dropping is promised before, and by its id once that is known."""
    name = str(uuid4())
    with desk.transaction() as tx:
        now = checkpoints.now(tx)
        promised: dict[str, Json] = {"service": service, "user": user, "since": now.isoformat()}
        promised |= {"until": (now + giving.AT_MOST).isoformat()}
        errands.add(tx, "unmake", name, promised)
    made = maker.make(user)
    with desk.transaction() as tx:
        errands.add(tx, "unmake", name, promised | {"id": made.id})
    return Key(service, user, made.id), MAKING[service].values(made)
