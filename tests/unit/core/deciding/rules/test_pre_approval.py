"""A pre-approval passes what is like its template and within its cap, and can't be made for what needs a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.model import Cost, Field, FieldSort, Request, Risk, Subject
from checkpoints.core.policy import policy
from checkpoints.core.work.rules.pre_approval import Terms, asked, check, fits, may_pass, read, template_of, written
from checkpoints.rules.catalogue import DECIDED_BY_PEOPLE, read_catalogue, read_matrix
from tests.stage.desks import spend

KINDS = read_catalogue()
MATRIX = read_matrix()
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIKE = spend("60", subject=Subject("a log store", {"plan": "team", "seats": 5, "for": "sample", "trial": True}))
TERMS = Terms(template_of(LIKE, ("for",)), Decimal(60), 5, NOW + timedelta(days=30), client="Client Inc.")


def like(**changed: object) -> Request:
    parameters = {"plan": "team", "seats": 5, "for": "another", "trial": True} | changed.pop("parameters", {})  # type: ignore[operator]
    return replace(LIKE, subject=Subject("a log store", parameters), **changed)  # type: ignore[arg-type]


OTHERS = {
    "another kind": like(kind="monitoring"),
    "another agent": like(agent="Apollo"),
    "another subject": replace(LIKE, subject=Subject("a log shop", LIKE.subject.parameters)),
    "another plan": like(parameters={"plan": "enterprise"}),
    "a number as text": like(parameters={"seats": "5"}),
    "one more parameter": like(parameters={"and": "more"}),
    "a cent over the cap": like(cost=Cost(Decimal(60), Decimal("60.01"))),
    "no price": like(cost=None),
    "a part without a price": like(cost=Cost(Decimal(1), Decimal(2), unpriced=("it",))),
    "another currency": like(cost=Cost(Decimal(1), Decimal(2), "EUR")),
    "below nothing": like(cost=Cost(Decimal(-5), Decimal(-1))),
    "no number": like(cost=Cost(Decimal("NaN"), Decimal("NaN"))),
    "one parameter less": replace(LIKE, subject=Subject("a log store", {"plan": "team", "seats": 5, "trial": True})),
}


def test_what_is_like_it_but_for_what_is_free_fits() -> None:
    assert fits(TERMS, LIKE, MATRIX)
    assert fits(TERMS, like(), MATRIX)


@pytest.mark.parametrize("request_", OTHERS.values(), ids=OTHERS)
def test_what_is_not_like_it_or_over_its_cap_fits_not(request_: Request) -> None:
    assert not fits(TERMS, request_, MATRIX)


@pytest.mark.parametrize("name", sorted(DECIDED_BY_PEOPLE | {n for n, kind in KINDS.items() if kind.floor}))
def test_what_needs_a_person_whatever_it_costs_is_never_pre_approved(name: str) -> None:
    assert not may_pass(KINDS[name], replace(LIKE, kind=name))
    with pytest.raises(Refused, match="can't be pre-approved like this"):
        check(TERMS, KINDS[name], replace(LIKE, kind=name), ("for",), NOW)


@pytest.mark.parametrize(
    "changed",
    [{"risks": (risk,)} for risk in Risk] + [{"reversible": False}, {"fields": (Field("x", "X", FieldSort.TEXT),)}],
)
def test_nor_is_a_risk_or_what_can_t_be_undone_or_only_a_person_can_fill(changed: dict[str, object]) -> None:
    assert not may_pass(KINDS["spend"], replace(LIKE, **changed))  # type: ignore[arg-type]


WRONG = {
    "no cap": (replace(TERMS, cap=Decimal(0)), (), "The cap"),
    "a negative cap": (replace(TERMS, cap=Decimal(-1)), (), "The cap"),
    "a cap that is none": (replace(TERMS, cap=Decimal("NaN")), (), "The cap"),
    "an endless cap": (replace(TERMS, cap=Decimal("Infinity")), (), "The cap"),
    "no use": (replace(TERMS, uses=0), (), "from 1 to 1000 times"),
    "too many uses": (replace(TERMS, uses=1001), (), "from 1 to 1000 times"),
    "a time that is over": (replace(TERMS, until=NOW), (), "between now and"),
    "for ever": (replace(TERMS, until=NOW + timedelta(days=400)), (), "between now and"),
    "nowhere": (replace(TERMS, client=""), (), "one case, or one client"),
    "in two places": (replace(TERMS, case="sample"), (), "one case, or one client"),
    "a parameter that it hasn't": (TERMS, ("size",), "“size” is no parameter of it; they are: for, plan"),
    "nothing the same": (
        replace(TERMS, template=template_of(LIKE, ("plan", "seats", "for", "trial"))), ("plan",), "not every parameter",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("terms", "free", "told"), WRONG.values(), ids=WRONG)
def test_terms_that_won_t_do_are_refused(terms: Terms, free: tuple[str, ...], told: str) -> None:
    with pytest.raises(Refused, match=told):
        check(terms, KINDS["spend"], LIKE, free, NOW)


def test_a_kind_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="no kind"):
        check(TERMS, None, LIKE, (), NOW)


def test_the_terms_are_read_as_they_were_written() -> None:
    check(TERMS, KINDS["spend"], LIKE, ("for",), NOW)
    assert read(written(TERMS)) == TERMS


@pytest.mark.parametrize("name", written(TERMS))
def test_terms_of_which_a_part_is_missing_or_broken_are_not_read(name: str) -> None:
    whole = written(TERMS)
    if name in ("case", "client", "change"):
        return
    with pytest.raises(Refused, match="Nothing passes by it"):
        read({key: value for key, value in whole.items() if key != name})
    if name not in ("kind", "agent", "subject"):
        with pytest.raises(Refused, match="Nothing passes by it"):
            read(whole | {name: "]"})


def test_whoever_must_approve_all_of_its_uses_must_approve_it() -> None:
    kind = KINDS["pre-approval"]
    question = asked(TERMS, "sample/3", "Ada", "the same everywhere")
    wanted = policy(kind, question.risks, question.reversible, question.cost, MATRIX)
    assert [*wanted.roles] == ["to", "manager"]
    assert wanted.step_up
    assert {fact.label for fact in question.facts} >= set(kind.facts)
    assert question.facts[0].dangerous
    assert question.facts[0].value == "for"
