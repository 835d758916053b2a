"""The first minute of a new desk: the first technical operator, the shell signed in, the sample project started."""

from importlib.resources import files

from checkpoints import wiring
from checkpoints.actions import reading
from checkpoints.actions.courses import opening
from checkpoints.actions.people import joining, proving
from checkpoints.core.errors import NotYourCall
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from flows.delivery import brief
from to_tools import identity
from to_tools.cli.who import signed_in

SAMPLE = "read-later-digest.toml"
FACTOR = "  Factor     enrol yours, in a minute: the button on the page, or .venv/bin/countersign second-factor enrol"
BY_CODE = "  Sign in    {url}/sign-in, or by a link of: countersign sign-in --otp 123456"
"""Whoever has a factor is signed in by nothing that knows nothing of it."""
HINTS = (
    "",
    "The sample project “Read Later Digest” has been started; in a few seconds it waits at checkpoint 1.",
    "Answer it on the page, or in another shell, in this folder:",
    "  .venv/bin/countersign inbox",
    "Ctrl-C stops everything; the same command goes on where it was.",
)


def first_steps(settings: Settings, name: str = "Operator") -> list[str]:
    """What to say to the person at the end of the start. The second time it only makes a new sign-in link."""
    desk = wiring.desk("desk", settings)
    try:
        joined = joining.first_operator(desk, name)
        if joined is None:
            return _welcome_back(desk, settings)
        signed_in.keep_token(settings, joined.shell)
        document = files("flows.delivery").joinpath(SAMPLE).read_bytes()
        opening.open_sample(desk, brief.read(document, SAMPLE))
        return [_link(settings, joined.sign_in), FACTOR, *HINTS]
    finally:
        desk.engine.dispose()


def _welcome_back(desk: Desk, settings: Settings) -> list[str]:
    try:
        person = identity.verify(desk, signed_in.kept_token(settings))
    except NotYourCall:
        again = joining.only_operator_again(desk)
        if again is None:
            return [f"  Sign in    somebody who is signed in types: countersign sign-in (at {settings.page_url})"]
        signed_in.keep_token(settings, again.shell)
        person = identity.verify(desk, again.shell)
    waits = f"  Waiting    {reading.inbox(desk, 1).total}; list it with: countersign inbox"
    if person.scope != "all" or proving.standing(desk, person).enrolled:
        return [waits, BY_CODE.format(url=settings.page_url)]
    return [waits, _link(settings, joining.new_token(desk, person, "sign-in link")), FACTOR]


def _link(settings: Settings, token: str) -> str:
    return f"  Sign in    {settings.page_url}/sign-in?token={token}"
