"""A run's pieces of work: a plain step that may be done again, and an effect, which is done once, under a permit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from checkpoints.actions.by_runs import acting
from checkpoints.core.digest import digest
from checkpoints.core.errors import IllegalMove, Refused, Unavailable
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Json, Scalar
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.signs import Sign, named
from checkpoints.seeing.failpoints import reach
from checkpoints.store.runs import Step
from flows.engine.leases import leave_if_told
from flows.recognising import recognise, said
from flows.work import Work

Result = dict[str, str]


@dataclass(frozen=True)
class Effect:
    """What an approved question allows, once. `subject` gives what is about to run, read anew just before.

    `outside`: False of one that changes nothing but the ledger: where it was cut off, or a restored database has
    forgotten it, it is gone through once more.
    """

    name: str
    subject: Callable[[], Mapping[str, Scalar]]
    do: Callable[[], Result]
    outside: bool = True


@dataclass(frozen=True)
class Done:
    """It happened; `result` is empty when a person found that it had."""

    result: Result


@dataclass(frozen=True)
class Failed:
    """It is known not to have happened. `again`: the same may be tried once more; else it must be asked anew."""

    why: str
    again: bool
    begun: datetime
    sign: Sign | None = None


@dataclass(frozen=True)
class Unknown:
    """It was begun and nobody can say whether it happened."""

    why: str
    begun: datetime
    sign: Sign | None = None


def step(work: Work, name: str, do: Callable[[], Result]) -> Result:
    """What the ledger has, else what `do` gives, recorded. `do` changes nothing outside that may not be done twice."""
    known = acting.ledger(work.desk, work.run, name)
    if known is None or known.state != "done":
        leave_if_told()
        id = acting.begin_plain(work.desk, work.run, name)
        result = do()
        if id is None:
            raise Refused(f"Step “{name}” was done by another meanwhile.")
        acting.end_plain(work.desk, work.run, id, dict(result))
        return result
    return result_of(known.result)


def may_try_again(work: Work, point: Checkpoint, effect: Effect) -> Failed | None:
    """The failed try that a person has to be asked about before it is tried once more, None when there is none."""
    known = acting.ledger(work.desk, work.run, _name(point, effect))
    if known is None or point.permit is not Permit.FAILED or known.state != "failed":
        return None
    kept = result_of(known.result)
    if kept.get("again") != "yes":
        return None
    return Failed(kept.get("why", ""), True, known.begun_at, named(kept.get("sign")))


def act(work: Work, point: Checkpoint, effect: Effect) -> Done | Failed | Unknown:
    """Does what was approved, once: `begin` compares the digest of what is about to run with the one approved.

    Raises Unavailable when the store doesn't answer: the next pass finds in it how far this one came.
    """
    name = _name(point, effect)
    known = acting.ledger(work.desk, work.run, name)
    if known is not None and point.permit is Permit.DONE:
        return Done(result_of(known.result) if known.state == "done" else {})
    if known is not None and point.permit is Permit.BEGUN:
        if not effect.outside:
            return _do(work, point, known, effect)
        why = "the run ended in the midst of it"
        acting.finish(work.desk, work.run, known.id, "unknown", {"why": why})
        return Unknown(why, known.begun_at)
    if known is not None and point.permit is Permit.UNKNOWN:
        kept = result_of(known.result)
        return Unknown(kept.get("why", ""), known.begun_at, named(kept.get("sign")))
    fields = point.decision.fields if point.decision else {}
    leave_if_told()
    try:
        begun = acting.begin(work.desk, work.run, point, name, digest(effect.subject()), fields)
    except (Refused, IllegalMove) as wrong:
        return Failed(str(wrong), False, point.changed_at)
    return _do(work, point, begun, effect)


def _name(point: Checkpoint, effect: Effect) -> str:
    """A step of its own for each permit: what was approved anew is not the step that was void."""
    return f"{effect.name} ({point.label})"


def _do(work: Work, point: Checkpoint, begun: Step, effect: Effect) -> Done | Failed | Unknown:
    try:
        if effect.outside:
            acting.note(work.desk, work.run, point, begun)
        result = effect.do()
    except Exception as wrong:  # noqa: BLE001 -- whatever it was, nobody can say what happened
        ended = _went_wrong(wrong, begun.begun_at)
        state = "failed" if isinstance(ended, Failed) else "unknown"
        kept: dict[str, Json] = {"why": ended.why, "sign": ended.sign}
        if isinstance(ended, Failed):
            kept["again"] = "yes" if ended.again else "no"
        acting.finish(work.desk, work.run, begun.id, state, kept)
        return ended
    reach("K10")
    acting.finish(work.desk, work.run, begun.id, "done", dict(result))
    return Done(result)


def _went_wrong(wrong: Exception, begun: datetime) -> Failed | Unknown:
    """What the world refused may be tried again as it is; what we refuse, with no sign of the world, is asked anew."""
    sign = recognise(wrong)
    if isinstance(wrong, Refused | Unavailable | IllegalMove):
        return Failed(said(wrong), isinstance(wrong, Unavailable) or sign is not None, begun, sign)
    return Unknown(said(wrong), begun, sign)


def result_of(kept: Json) -> Result:
    """What a step gave, as the ledger has it."""
    return {name: str(value) for name, value in kept.items()} if isinstance(kept, dict) else {}
