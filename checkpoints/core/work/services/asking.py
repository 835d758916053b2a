"""A credential is asked for: one question, whoever asks it, and what of it an approval names.

Rule: the facts are ours; of the asker's words only `details` is one, and they are shown as such.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean, secrets_of
from checkpoints.core.model import Fact, FieldSort, Request, Risk, Scalar, Subject
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.calls import Call
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.known import Known, check_of, service_of
from checkpoints.core.work.services.types import PENDING, type_of

KIND = "api-credential"
OF_AN_API = ("api_key", "oauth_client")
STEP, PERMISSIONS = "Where to make it", "Permissions needed: "
ONCE, WHILE_IT_LIVES = "once", "while the case lives"
USES = {
    "check": "to check it",
    "deployment": "for each deployment of its release",
    "agent": "by the agent that asks",
}


@dataclass(frozen=True)
class Wanted:
    """What an asker says: for which project (its slug and title), of which service, and which type (`types.TYPES`).

    What is left empty is what is known of the service, and the least. `stand_in`: the root of the stand-ins; None
    where the service itself is meant. `opens`: for what else than its check, and how long that lasts.
    """

    project: str
    title: str
    service: str
    type: str = ""
    scope: str = ""
    restrictions: Restrictions = UNRESTRICTED
    agent: str = "Apollo"
    details: str = ""
    stand_in: str | None = None
    opens: Mapping[str, str] = field(default_factory=lambda: {"deployment": WHILE_IT_LIVES})
    changed: tuple[str, ...] = ()


def ask(wanted: Wanted) -> Request:
    """May the project have it? It is made by a person, and given by them. Raises Refused for an unknown type."""
    service = service_of(wanted.service, wanted.type)
    call = check_of(service, wanted.stand_in)
    scope = wanted.scope or service.permissions
    called = type_of(service.type).called
    return Request(
        kind=KIND,
        agent=wanted.agent,
        action=f"Need {service.name} {'API credentials' if service.type in OF_AN_API else called}",
        details=wanted.details or f"{wanted.title} calls {service.name}. Please make it, and give it on its page.",
        subject=Subject("the credential", _named(wanted, service, scope, call)),
        facts=(
            Fact("Service", service.name),
            Fact("Type", called),
            Fact("Scope", scope),
            Fact("Restrictions", service.restrictions),
            *([Fact("Held to", wanted.restrictions.words)] if wanted.restrictions != UNRESTRICTED else []),
            *_stand_in(service, wanted.stand_in),
            *(Fact(STEP, step) for step in _steps(wanted, service, scope)),
            Fact("Opened", f"{ONCE} a try, {USES['check']}" if call else "nobody here knows how to check it"),
            *(Fact("Opened", f"{lasts}, {USES[purpose]}") for purpose, lasts in wanted.opens.items()),
            *([Fact("Checked by", f"{call.method} {call.url}")] if call else []),
        ),
        fields=service.fields,
        risks=(Risk.SECRET,),
        changed=wanted.changed,
    )


def asked_of(parameters: Mapping[str, Scalar]) -> Restrictions:
    """What the vault is to hold its users to, as a subject says it: `addresses` with commas, `minutes`, `uses`.

    Raises Refused for what can't be read, which restricts nobody as it was meant.
    """
    addresses, minutes, uses = (parameters.get(name) for name in ("addresses", "minutes", "uses"))
    if not isinstance(addresses, str | None) or not all(
        value is None or (isinstance(value, int) and not isinstance(value, bool)) for value in (minutes, uses)
    ):
        raise Refused("It doesn't say readably what its users are held to. Reject it.")
    cidrs = tuple(part for part in (addresses or "").replace(",", " ").split() if part)
    return Restrictions(cidrs, minutes if isinstance(minutes, int) else None, uses if isinstance(uses, int) else None)


def typed(addresses: str, minutes: str, uses: str) -> Restrictions:
    """As who gives types it: networks with commas or spaces between; empty: as it was asked. Raises Refused."""
    numbers = []
    for name, text in (("minutes", minutes.strip()), ("uses", uses.strip())):
        if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise Refused(f"{name}: “{clean(text)}” is no whole number. Nothing was kept.")
        numbers.append(int(text) if text else None)
    try:
        networks = Restrictions(tuple(addresses.replace(",", " ").split()))
    except Refused as wrong:
        raise Refused(f"addresses: {wrong}") from None
    return Restrictions(networks.cidrs, *numbers)


def type_named(parameters: Mapping[str, Scalar]) -> str:
    """The type that a subject names; empty in one of before there were types."""
    return str(parameters.get("type", ""))


def plain_of(point: Checkpoint) -> dict[str, str]:
    """The fields of what was given that are no secret and lie in no vault, as a lease's login does."""
    filled = point.decision.fields if point.decision else {}
    secret = {each.name for each in secrets_of(point.request.fields)}
    there = {filled.get(name) for name in secret}
    return {name: value for name, value in filled.items() if name not in secret and value not in there}


def _named(wanted: Wanted, service: Known, scope: str, call: Call | None) -> dict[str, Scalar]:
    fields = [f"{each.name} ({'secret' if each.sort is FieldSort.SECRET else 'plain'})" for each in service.fields]
    named: dict[str, Scalar] = {"project": wanted.project, "service": service.slug, "type": service.type}
    named |= {"scope": scope, "restrictions": service.restrictions, "fields": ", ".join(fields)}
    held = wanted.restrictions
    named |= {"addresses": ", ".join(held.cidrs)} if held.cidrs else {}
    named |= {"minutes": held.minutes} if held.minutes else {}
    named |= {"uses": held.uses} if held.uses else {}
    named |= {f"opens_for_{purpose}": lasts for purpose, lasts in wanted.opens.items()}
    return named | ({"opens_for_check": ONCE, "call": call.digest} if call else {})


def _steps(wanted: Wanted, service: Known, scope: str) -> list[str]:
    steps = [service.create, f"App name: 'Client Project - {wanted.title}'", PERMISSIONS + scope]
    if service.callback:
        steps.append(f"Callback URL: {PENDING.format(slug=service.slug)}")
    return [f"{number}. {step}" for number, step in enumerate(steps, 1)]


def _stand_in(service: Known, root: str | None) -> list[Fact]:
    if root is None:
        return []
    where = f"SANDBOX: {root}/{service.slug} stands for {service.name}"
    return [Fact("Stand-in", f"{where}. Give a made-up key of the right shape, no real one")]
