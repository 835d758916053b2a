"""Who does what the porter carries: which verb for which errand.

Rule: nothing below the entry points looks one up.
"""

from checkpoints import wiring
from checkpoints.actions import errands
from checkpoints.actions.courses import cancelling
from checkpoints.actions.credentials import alarming, forgetting, making
from checkpoints.actions.credentials.life import reminding, rotating
from checkpoints.actions.own import adopting, granting, reviewing
from checkpoints.actions.own.rules import changing, overseeing, pre_approving
from checkpoints.actions.people.accounts import warning
from checkpoints.actions.people.by_link import sending
from checkpoints.actions.people.told import digesting, hanging
from checkpoints.core.work.membership import GIVE, JOIN, REPLACE
from checkpoints.core.work.rules.pre_approval import ALLOWED
from checkpoints.core.work.rules.proposal import PUT_IN_FORCE
from checkpoints.core.work.rules.review import LOOKED_OVER
from checkpoints.core.work.services.made import MAKING
from flows import runs

ADOPTERS: dict[tuple[str, str], adopting.Adopter] = {
    ("role", JOIN): granting.let_join,
    ("role", GIVE): granting.give,
    ("role", REPLACE): granting.give,
    ("review", reviewing.REVIEW): reviewing.end_access,
    ("review", LOOKED_OVER): overseeing.looked_over,
    ("rule", PUT_IN_FORCE): changing.put_in_force,
    ("pre-approval", ALLOWED): pre_approving.let_pass,
    **reminding.ADOPTS,
}
"""Who carries out what was approved at the desk's own checkpoints, by the kind and by the subject's `change`."""
DOERS: dict[str, errands.Doer] = {
    "adopt": lambda desk, errand: adopting.adopt(desk, errand, ADOPTERS),
    "put aside": changing.put_aside,
    "start": runs.start,
    "wake": runs.wake,
    "stop": runs.stop,
    "again": runs.again,
    "label": runs.label,
    "forget": forgetting.forget,
    "alarm": alarming.carry,
    "close": alarming.close,
    "clean": cancelling.clean_up,
    "unmake": lambda desk, errand: making.unmake(desk, errand, wiring.key_makers(desk.home)),
}
TELLERS: dict[str, errands.Doer] = {
    "tell:mail": digesting.tell,
    "tell:code": sending.send,
    warning.KIND: warning.tell,
    "tell:slack": hanging.tell,
}
"""Apart from the others, and Slack apart from mail: a slow mail server holds up no run, and no card."""
MAKERS: rotating.Makers = {("made", service): making.maker(wiring.key_makers) for service in MAKING}
"""Who makes another value of a credential by an API, by its origin and service; else a person is asked."""
