"""A pre-approval: a request that people know as a template, how much, how often, until when and where it may pass.

Rule: it passes only what a rule may pass at a lower price, never what needs a person whatever it costs.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from checkpoints.core.digest import canonical, digest, short
from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean, filled_by_defaults
from checkpoints.core.model import Cost, Fact, Json, Priority, Request, Scalar, Subject
from checkpoints.core.policy import Kind, Matrix, counted, is_money
from checkpoints.core.view import OWN

ALLOWED = "let it pass"
"""What an approval of it changes."""
PRE_APPROVAL = "pre-approval "
"""How the version of a rule begins that is one use of one."""
MOST_USES = 1_000
MOST_CASES = 50
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Template:
    """What must be the same: kind, agent, subject's name, its parameters by name; the `free` ones may differ."""

    kind: str
    agent: str
    subject: str
    fixed: Mapping[str, Scalar]
    free: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        named: dict[str, Json] = {"kind": self.kind, "agent": self.agent, "subject": self.subject}
        return digest(named | {"fixed": dict(self.fixed), "free": list(self.free)})


@dataclass(frozen=True)
class Terms:
    """`cap`: dollars a month for each use. Where: one of `case`, by its short name, `client`, and several `cases`."""

    template: Template
    cap: Decimal
    uses: int
    until: datetime
    case: str = ""
    client: str = ""
    cases: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        if self.cases:
            return f"in {len(self.cases)} projects"
        return f"in the project {self.case}" if self.case else f"in every case of {self.client}"


@dataclass(frozen=True)
class Adopted:
    """One that people approved at `label`: how often it was used, and whether it was revoked."""

    id: UUID
    label: str
    terms: Terms
    adopted_by: str
    used: int
    revoked: bool = False

    @property
    def next_use(self) -> str:
        """What a decision that uses it once more names as its rule."""
        return f"{PRE_APPROVAL}{self.label}, use {self.used + 1} of {self.terms.uses}"


def template_of(request: Request, free: tuple[str, ...] = ()) -> Template:
    """The template of a request; what is named `free` may be missing in none, and is left out."""
    parameters = request.subject.parameters
    fixed = {name: value for name, value in parameters.items() if name not in free}
    named = tuple(sorted(name for name in free if name in parameters))
    return Template(request.kind, request.agent, request.subject.name, fixed, named)


def fits(terms: Terms, request: Request, matrix: Matrix) -> bool:
    """True for a request of this template that costs no more than the cap."""
    amount, _ = counted(request.cost, matrix, Decimal(0))
    same = template_of(request, terms.template.free).digest == terms.template.digest
    return same and amount is not None and amount <= terms.cap


def may_pass(kind: Kind, request: Request) -> bool:
    """True for what a rule may pass, were it cheap enough: the kind, no risk, nothing that only a person can fill."""
    safe = not request.risks and request.reversible and filled_by_defaults(request.fields) is not None
    return kind.by_rule and not kind.floor and safe


def check(terms: Terms, kind: Kind | None, like: Request, free: tuple[str, ...], now: datetime) -> None:
    """Raises Refused, in words, for what can't be pre-approved."""
    if kind is None:
        raise Refused(f"There is no kind “{clean(like.kind)}” in the catalogue. Nothing was asked.")
    if not may_pass(kind, like):
        raise Refused(
            f"{kind.title} can't be pre-approved like this: it needs a person whatever it costs, because of its kind, "
            "a risk, or a field that only a person can fill. Nothing was asked."
        )
    if unknown := [name for name in free if name not in like.subject.parameters]:
        names = ", ".join(sorted(like.subject.parameters))
        raise Refused(f"“{clean(unknown[0])}” is no parameter of it; they are: {clean(names, 400)}. Nothing was asked.")
    if not terms.template.fixed:
        raise Refused("Something must stay the same: not every parameter may be free. Nothing was asked.")
    if not is_money(terms.cap) or terms.cap == 0 or not is_money(terms.cap * terms.uses):
        raise Refused("The cap is a number of dollars a month, over 0. Nothing was asked.")
    if not 1 <= terms.uses <= MOST_USES:
        raise Refused(f"It may be used from 1 to {MOST_USES} times. Nothing was asked.")
    if not now < terms.until <= now + LONGEST:
        raise Refused(f"It ends between now and {LONGEST.days} days from now. Nothing was asked.")
    if [bool(terms.case), bool(terms.client), bool(terms.cases)].count(True) != 1:
        raise Refused("Name one case, or one client. Nothing was asked.")
    if len(terms.cases) > MOST_CASES:
        raise Refused(
            f"{len(terms.cases)} projects are more than {MOST_CASES}: say which more closely. Nothing was asked."
        )


def asked(
    terms: Terms, like: str, asked_by: str, because: str, so_far: Mapping[str, Sequence[str]] | None = None
) -> Request:
    """The question, priced at all of its uses: whoever must approve that much must approve this.

    `so_far`: what is like it already in each of several cases, by label.
    """
    template = terms.template
    fixed, free = canonical(template.fixed).decode(), ", ".join(template.free)
    most = terms.cap * terms.uses
    times = "once" if terms.uses == 1 else f"up to {terms.uses} times"
    facts = [
        Fact("Kind", f"{template.kind}, asked by {template.agent}, as {like} was"),
        Fact("Cap", f"${terms.cap:,.2f} a month for each use, {times}: ${most:,.2f} a month in all"),
        Fact("Until", f"{terms.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"),
        *_places(terms, so_far or {}),
        Fact("What", f"{template.subject}: {fixed}"),
        Fact("Template", short(template.digest)),
        Fact("Asked by", f"{asked_by}: {because}"),
    ]
    if free:
        facts.insert(0, Fact("May be anything", free, dangerous=True))
    return Request(
        kind="pre-approval",
        agent=OWN,
        action=f"Let {template.kind} pass {terms.where}, up to ${terms.cap:,.2f} a month, {times}",
        details="",
        subject=Subject("pre-approval", written(terms)),
        facts=tuple(facts),
        priority=Priority.MEDIUM,
        cost=Cost(Decimal(0), most, source="the cap, times its uses"),
    )


def _places(terms: Terms, so_far: Mapping[str, Sequence[str]]) -> list[Fact]:
    """Where it holds; of several cases each, with how much was like it there so far."""
    if not terms.cases:
        return [Fact("Where", terms.where)]
    told = [f"{case} ({len(so_far.get(case, ()))} like it so far)" for case in terms.cases]
    return [Fact("Where", f"{terms.where}: {', '.join(told)}")]


def written(terms: Terms) -> dict[str, Scalar]:
    """The terms as the parameters of the question's subject."""
    template = terms.template
    several: dict[str, Scalar] = {"cases": canonical(list(terms.cases)).decode()} if terms.cases else {}
    return several | {
        "change": ALLOWED,
        "kind": template.kind,
        "agent": template.agent,
        "subject": template.subject,
        "fixed": canonical(template.fixed).decode(),
        "free": canonical(list(template.free)).decode(),
        "template": template.digest,
        "cap": str(terms.cap),
        "uses": terms.uses,
        "until": terms.until.astimezone(UTC).isoformat(),
        "case": terms.case,
        "client": terms.client,
    }


def read(parameters: Mapping[str, Scalar]) -> Terms:
    """The terms that a question's subject holds. Raises Refused when they are not whole."""
    try:
        text = {name: str(parameters[name]) for name in ("kind", "agent", "subject", "cap", "until", "case", "client")}
        fixed, free = json.loads(str(parameters["fixed"])), json.loads(str(parameters["free"]))
        template = Template(text["kind"], text["agent"], text["subject"], dict(fixed), tuple(map(str, free)))
        uses, until = int(str(parameters["uses"])), datetime.fromisoformat(text["until"])
        cases = tuple(map(str, json.loads(str(parameters.get("cases", "[]")))))
        terms = Terms(template, Decimal(text["cap"]), uses, until, text["case"], text["client"], cases)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        raise Refused("The terms of this pre-approval can't be read. Nothing passes by it.") from None
    if template.digest != parameters.get("template") or until.tzinfo is None or not is_money(terms.cap):
        raise Refused("The terms of this pre-approval are not those that were shown. Nothing passes by it.")
    return terms
