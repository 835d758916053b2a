"""An answer by a link: a press on what the link was made for, decided where every other is.

Rule: nothing that comes with the form says who answers, or what; the link does, and the digest that was seen.
"""

from collections.abc import Mapping

from checkpoints.actions import deciding
from checkpoints.actions.people.by_link import proving
from checkpoints.actions.people.by_link.narrowing import NOT_YOURS
from checkpoints.core.errors import NeedsFactor, NotFound
from checkpoints.core.model import Person, Press, Verdict
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from checkpoints.store.secret import links

NEEDS = (
    "A yes to this needs a code that we send to your second address. Nothing was recorded. Ask for it, and type it in."
)


def answer(
    desk: Desk, person: Person, verdict: Verdict, digest: str, fields: Mapping[str, str], note: str, code: str = ""
) -> Checkpoint:
    """The checkpoint as the answer left it. A code that comes along is proven by itself, and holds for ten minutes.

    Raises NotFound for somebody else's link, NeedsFactor, WrongCode, and what deciding raises.
    """
    with desk.transaction() as tx:
        link = links.by_id(tx, person.proof)
        if link is None:
            raise NotFound(NOT_YOURS)
    if verdict is Verdict.APPROVE and code:
        proving.prove(desk, person, code)
    press = Press(link.checkpoint_id, link.revision, digest, verdict, fields, note)
    try:
        return deciding.answer(desk, person, press)
    except NeedsFactor as needs:
        with desk.transaction() as tx:
            proving.second(tx, link)
        raise NeedsFactor(NEEDS, enrolled=True) from needs
