"""The first minute of a new desk: the first technical operator, the shell signed in, the sample project started."""

from importlib.resources import files

from checkpoints import wiring
from checkpoints.actions import joining, opening, reading
from checkpoints.core.errors import NotYourCall
from checkpoints.core.model import Person
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk
from flows.delivery import brief
from to_tools import identity
from to_tools.cli import signed_in

SAMPLE = "read-later-digest.toml"


def first_steps(settings: Settings, name: str = "Operator") -> list[str]:
    """What to say to the person at the end of the start. The second time it only makes a new sign-in link."""
    desk = wiring.desk("desk", settings)
    try:
        joined = joining.first_operator(desk, name)
        if joined is not None:
            signed_in.keep_token(settings, joined.shell)
            _start_sample(desk, identity.verify(desk, joined.shell))
            return [f"Sign in on the page:  {settings.page_url}/sign-in?token={joined.sign_in}"]
        return [_sign_in_line(desk, settings)]
    finally:
        desk.engine.dispose()


def _start_sample(desk: Desk, person: Person) -> None:
    document = files("flows.delivery").joinpath(SAMPLE).read_bytes()
    opening.open_case(desk, person, brief.read(document, SAMPLE))


def _sign_in_line(desk: Desk, settings: Settings) -> str:
    try:
        person = identity.verify(desk, signed_in.kept_token(settings))
    except NotYourCall:
        return f"The desk's page:  {settings.page_url}  (sign in with: countersign sign-in)"
    waits = reading.inbox(desk, 1).total
    link = joining.new_token(desk, person, "sign-in link")
    return f"{waits} waiting. Sign in on the page:  {settings.page_url}/sign-in?token={link}"
