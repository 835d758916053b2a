"""Hephaestus: asks under which name people reach the project, and for what only a person can do about names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.delivery.project import Project
from checkpoints.core.model import Fact, Field, FieldSort, Priority, Request, Scalar, Subject

AGENT = "Hephaestus"
PENDING = "[pending-domain]"
"""Stands in a redirect address until the project has a name."""
TIME_TO_LIVE = 300
"""Seconds: short, so that a mistake in a record is soon mended."""
NAME = re.compile(r"(?<![\w.@-])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![\w-])", re.I)
CONSOLE = re.compile(r"https://[^\s\[\]]+(?=\s|$)")


@dataclass(frozen=True)
class Names:
    """The wish, empty for none; the name at ours that any project has; the address that records must point to."""

    wish: str
    subdomain: str
    address: str

    @property
    def custom(self) -> bool:
        """Whether records for the wish can be given."""
        return bool(self.wish and self.address)


@dataclass(frozen=True)
class Registration:
    """An app registered at a third party while the project had no name. `console`: where it is changed."""

    service: str
    callback: str
    console: str


def names_of(project: Project, agency_domain: str, address: str) -> Names:
    """The names of a project, as its brief wishes."""
    return Names(project.domain, f"{project.slug}.{agency_domain}", address)


def records(names: Names) -> tuple[str, ...]:
    """The lines of the client's zone file, to copy as they are; none where the wish or the address is missing."""
    if not names.custom:
        return ()
    return (
        f"{names.wish}. {TIME_TO_LIVE} IN A {names.address}",
        f"www.{names.wish}. {TIME_TO_LIVE} IN CNAME {names.wish}.",
    )


def terms(names: Names) -> dict[str, Scalar]:
    """What an approval names."""
    return {
        "domain": names.wish,
        "subdomain": names.subdomain,
        "address": names.address,
        "records": "\n".join(records(names)),
    }


def names_in(request: Request) -> Names:
    """The names that a request of ours asks about."""
    given = request.subject.parameters
    return Names(str(given["domain"]), str(given["subdomain"]), str(given["address"]))


def ask_domain(names: Names, now: str, anew: str = "") -> Request:
    """The client's domain, or a subdomain of ours? `now`: what the wished name resolves to, as we looked it up.

    `anew`: why an approval before this one came to nothing.
    """
    missing = "none: no address is known" if names.wish else "none: the brief wishes no domain"
    return Request(
        kind="domain",
        agent=AGENT,
        action="Domain needed",
        details="Which option? The client's domain needs the records in its zone; our subdomain needs nothing.",
        subject=Subject("the records", terms(names)),
        facts=(
            *([Fact("Asked anew", anew, dangerous=True)] if anew else []),
            Fact("Domain", names.wish or "none"),
            *(Fact("Records", line) for line in records(names) or (missing,)),
            Fact("Subdomain", names.subdomain),
            Fact("Now", now),
        ),
        fields=(Field("option", "Which name", FieldSort.CHOICE, choices=_options(names)),),
        priority=Priority.MEDIUM,
    )


def wished(request: Request, wish: str) -> Names | str:
    """The names with the domain that a person asks for, or why that can't be met."""
    before = names_in(request)
    found = {name.lower() for name in NAME.findall(wish)} - {before.wish, before.subdomain}
    if len(found) != 1:
        return f"I can ask about one other domain, such as app.client.com, and found none in: “{wish[:200]}”."
    name = found.pop()
    if len(name) > 249:
        return "A domain has at most 249 letters here, for `www.` comes before it."
    return replace(before, wish=name)


def changed_domain(before: Request, after: Request) -> Request:
    """The new request, saying which name it is about now."""
    was, now = names_in(before).wish, names_in(after).wish
    return replace(after, changed=(f"domain: {was or 'none'} → {now}", "the records are for that domain"))


def record_steps(names: Names) -> tuple[str, ...]:
    """What a person does at the client's registrar."""
    copied = [f"Add this record exactly: {line}" for line in records(names)]
    return (f"Open the zone of {names.wish} where the client keeps it.", *copied, "Save the zone.")


def registration(request: Request, filled: Mapping[str, str]) -> Registration | None:
    """The app that a credential was asked for, where the redirect address that it was given still waits for a name.

    `filled` are the answer's fields; before there is an answer, the request's own proposals count.
    """
    proposed = {field.name: field.default or "" for field in request.fields}
    callback = next((value for value in (proposed | dict(filled)).values() if PENDING in value), "")
    if not callback:
        return None
    console = next((found[0] for fact in request.facts if (found := CONSOLE.search(fact.value))), "")
    return Registration(str(request.subject.parameters.get("service", request.action)), callback, console)


def redirect_steps(found: Sequence[Registration], host: str) -> tuple[str, ...]:
    """What a person does in each service's console."""
    return tuple(
        f"{one.service}: open {one.console or 'its developer console'} and replace the redirect address "
        f"{one.callback} by {one.callback.replace(PENDING, host)}"
        for one in found
    )


def _options(names: Names) -> tuple[tuple[str, str], ...]:
    custom = ("custom", f"{names.wish}, once its records are set")
    subdomain = ("subdomain", f"{names.subdomain}, at once")
    return (custom, subdomain) if names.custom else (subdomain,)
