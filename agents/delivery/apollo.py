"""Apollo: asks for a credential of a service, and for a consent at one. The facts are ours, the words are its own."""

import re
from collections.abc import Mapping
from dataclasses import replace

from agents.delivery.project import Integration, Project, ThirdParty
from checkpoints.core.model import Fact, Field, FieldSort, Request, Risk, Scalar, Subject
from checkpoints.core.work.services.asking import ONCE, PERMISSIONS, STEP, WHILE_IT_LIVES, Wanted, ask
from checkpoints.core.work.services.calls import Call, Consent
from checkpoints.core.work.services.known import check_of, consent_at, me_of, service_of

AGENT = "Apollo"
SCOPE = re.compile(r"\b(?:scope|permissions?)\s*(?:to|:|=|only)?\s+([\w ,:./-]{2,120}?)\s*(?:[.;](?:\s|$)|$)", re.I)
LIMITS = re.compile(r"\brestrict(?:ions?|ed)?\s*(?:to|:|=)?\s+([\w ,:./-]{2,200}?)\s*(?:[.;](?:\s|$)|$)", re.I)
ANOTHER = re.compile(r"\b(?:another|new|other|different|fresh)\s+(?:api\s+)?(?:key|credential|value|one)\b", re.I)
WITHOUT = r"\b(?:no|not|without|drop|remove)\s+"


def ask_credential(project: Project, party: ThirdParty, sandbox_url: str, rejected: str = "") -> Request:
    """May the project have a key of this service? It is made by a person, and given by them."""
    return ask(
        Wanted(
            project=project.slug,
            title=project.name,
            service=party.name,
            agent=AGENT,
            stand_in=None if party.live else f"{sandbox_url}/stand-in",
            changed=(rejected,) if rejected else (),
        )
    )


def change_credential(request: Request, wish: str) -> Request | str:
    """Another scope, or other restrictions; or why the wish can't be met."""
    said = {"Scope": _said(SCOPE, wish), "Restrictions": _said(LIMITS, wish)}
    wished = {label: words for label, words in said.items() if words}
    if ANOTHER.search(wish) and not wished:
        return replace(request, changed=("another value of the same: the one before is ended and forgotten",))
    if not wished:
        return (
            "I can ask for another key, another scope (“scope: Retrieve”) or other restrictions (“restrict to "
            f"10.0.0.0/8”), and found none of them in: “{wish[:200]}”."
        )
    before = {fact.label: fact.value for fact in request.facts if fact.label in wished}
    named = {label.lower(): words for label, words in wished.items()}
    return replace(
        request,
        subject=Subject(request.subject.name, {**request.subject.parameters, **named}),
        facts=tuple(_wished(fact, before, wished) for fact in request.facts),
        changed=tuple(f"{label.lower()}: {before[label]} → {words}" for label, words in wished.items()),
    )


def ask_integration(project: Project, wanted: Integration, sandbox_url: str) -> Request:
    """May the project act at another service with these scopes? A person says so on that service's own page."""
    consent = consent_at(wanted.name, wanted.scopes, f"{sandbox_url}/stand-in")
    return Request(
        kind="third-party-integration",
        agent=AGENT,
        action=f"Consent at {wanted.name} needed",
        details=f"{project.name} acts at {wanted.name}. Please allow it there, and nothing more than is named here.",
        subject=Subject("the consent", _consent(project, consent)),
        facts=(
            Fact("Service", wanted.name),
            *(Fact("Scopes", scope) for scope in wanted.scopes),
            Fact("Stand-in", "SANDBOX: its consent page only stands for the real one; nobody's account is touched"),
            Fact("Consent is given at", consent.authorize_url),
            Fact("As", f"client “{consent.client_id}”, with PKCE"),
            Fact("Opened", f"{ONCE} a try, to check it"),
            Fact("Opened", f"{WHILE_IT_LIVES}, for each deployment of its release"),
        ),
        fields=(Field("access_token", f"The consent at {wanted.name}", FieldSort.SECRET),),
        risks=(Risk.SECRET,),
    )


def change_integration(request: Request, wish: str) -> Request | str:
    """Fewer scopes; more are the project's to ask for in its brief."""
    before = str(request.subject.parameters["scopes"]).split()
    kept = [scope for scope in before if not re.search(rf"{WITHOUT}{re.escape(scope)}(?![\w.:-])", wish, re.I)]
    if not kept or kept == before:
        return f"I can leave out scopes (“without {before[-1]}”), and not all of them; you asked: “{wish[:200]}”."
    return replace(
        request,
        subject=Subject(request.subject.name, {**request.subject.parameters, "scopes": " ".join(kept)}),
        facts=tuple(fact for fact in request.facts if fact.label != "Scopes" or fact.value in kept),
        changed=(f"scopes: {' '.join(before)} → {' '.join(kept)}",),
    )


def check_of_credential(party: ThirdParty, sandbox_url: str) -> Call | None:
    """The call that its approval names."""
    return check_of(service_of(party.name), None if party.live else f"{sandbox_url}/stand-in")


def check_of_integration(request: Request) -> Call:
    """The call that its approval names."""
    return me_of(Consent.named_by(request.subject.parameters))


def _wished(fact: Fact, before: Mapping[str, str], wished: Mapping[str, str]) -> Fact:
    """The fact as wished; the step that names the permissions goes with the scope."""
    if fact.label in wished:
        return replace(fact, value=wished[fact.label])
    if fact.label == STEP and "Scope" in wished:
        return replace(fact, value=fact.value.replace(PERMISSIONS + before["Scope"], PERMISSIONS + wished["Scope"]))
    return fact


def _consent(project: Project, consent: Consent) -> dict[str, Scalar]:
    named: dict[str, Scalar] = {"project": project.slug, **consent.as_parameters()}
    return named | {"opens_for_check": ONCE, "call": me_of(consent).digest, "opens_for_deployment": WHILE_IT_LIVES}


def _said(rule: re.Pattern[str], wish: str) -> str:
    found = rule.search(wish)
    return found[1].strip(" ,.") if found else ""
