"""A card in Slack: what it says first, what can be pressed on it, what it becomes, and what its thread says."""

from dataclasses import replace
from decimal import Decimal

import pytest

from checkpoints.channels.slack import cards
from checkpoints.core.clock.ladder import OPEN, Rung
from checkpoints.core.lifecycle import Event, Permit, State
from checkpoints.core.model import Decision, Fact, Field, FieldSort, Json, Requirement, Risk, Role
from checkpoints.core.shown.card import card, response
from tests.fakes.slack.docs import docs, text
from tests.stage.desks import spend
from tests.unit.channels.slack.reading import ID, KIND, LINK, ask, buttons, dangerous, markup, shown, words
from tests.unit.core.points import NOON, point

REGION = Field("region", "AWS region", FieldSort.CHOICE, "eu-west-1",
               (("us-east-1", "N. Virginia"), ("eu-west-1", "Ireland")))  # fmt: skip
COUNT = Field("count", "How many", FieldSort.NUMBER, "2", lowest=Decimal(1), highest=Decimal(5), whole=True)
NAME = Field("name", "Its name", FieldSort.TEXT)
DATE = "<!date^1772467200^{date_short_pretty} {time}|2026-03-02 16:00 UTC>"


def inputs(*fields: Field) -> dict[str, dict[str, Json]]:
    """By block_id, what is to be filled in on the card of a request with these fields."""
    drawn = cards.asked(ask(spend("60", fields=fields)), ID, LINK).blocks
    return {text(block, "block_id"): block for block in drawn if block["type"] == "input"}


def test_a_card_says_all_of_the_agents_message_the_dangerous_first() -> None:
    facts = (Fact("Creates", "12 resources"), *dangerous("aws_db_instance.main"))
    face = cards.asked(ask(spend("60", facts=facts, changed=("It is smaller",))), ID, LINK)
    said = words(face.blocks)
    first = [
        "[CHECKPOINT 3] Action Required: Buy error tracking",
        "DANGEROUS: look at this first",
        "Destroys: aws_db_instance.main",
        f"*HIGH* · answer by {DATE} · `read-later-digest/3`",
        "Cost: ",
        "$60.00 a month",
        "Who decides: ",
        "technical operator ($50 to under $200)",
        "Project: ",
        "Read Later Digest",
        "Agent: ",
        "Hermes",
        "Changed since the revision before, as the agent says",
        "It is smaller",
    ]
    assert said[: len(first)] == first
    rest = "\n".join(said[len(first) :])
    wanted = ("Creates: 12 resources", "I need it to see errors.", KIND.checks[0], "revision 1", "0123 4567 89ab")
    assert [words for words in wanted if words not in rest] == []
    assert face.plain == "[CHECKPOINT 3] Action Required: Buy error tracking (read-later-digest/3)"


def test_a_card_is_answered_by_buttons_that_carry_its_own_id_and_by_nothing_else() -> None:
    pressed = buttons(cards.asked(ask(spend("60")), ID, LINK).blocks)
    assert {says: (b["action_id"], b.get("value"), b.get("url")) for says, b in pressed.items()} == {
        "Approve": ("approve", str(ID), None),
        "Ask for changes": ("changes", str(ID), None),
        "Reject": ("reject", str(ID), None),
        "Open on the page": ("open", None, LINK),
    }


def test_where_a_second_factor_is_wanted_the_yes_is_on_the_page() -> None:
    wants = Requirement((Role.TO,), step_up=True, band="over $500")
    face = cards.asked(ask(spend("600", risks=(Risk.PRODUCTION,), fields=(REGION,)), requirement=wants), ID, LINK)
    pressed = buttons(face.blocks)
    assert list(pressed) == ["Approve on the page", "Ask for changes", "Reject", "Open on the page"]
    assert pressed["Approve on the page"]["url"] == LINK
    assert "A yes needs your second factor: " in shown(face)
    assert "“approve”" not in shown(face)
    assert [block for block in face.blocks if block["type"] == "input"] == []


def test_where_giving_is_the_approval_the_card_leads_to_where_it_is_given() -> None:
    key = Field("key", "Consumer key", FieldSort.SECRET)
    face = cards.asked(ask(spend("60", fields=(key, NAME))), ID, LINK)
    pressed = buttons(face.blocks)
    assert list(pressed) == ["Give the credential", "Ask for changes", "Reject", "Open on the page"]
    assert (pressed["Give the credential"]["action_id"], pressed["Give the credential"]["url"]) == ("give", LINK)
    assert [block for block in face.blocks if block["type"] == "input"] == []


def test_a_manager_who_is_only_told_has_nothing_to_press() -> None:
    face = cards.asked(ask(spend("60", fields=(REGION,))), ID, LINK, Rung.MANAGER)
    assert list(buttons(face.blocks)) == ["Open on the page"]
    assert [block for block in face.blocks if block["type"] == "input"] == []
    assert any("You are told as a manager" in said for said in markup(face.blocks))
    assert face.plain.startswith("Overdue: ")


def test_what_is_to_be_filled_in_stands_on_the_card_with_what_is_filled_in_already() -> None:
    blanks = inputs(REGION, COUNT, NAME)
    assert list(blanks) == ["field.region", "field.count", "field.name"]
    assert {text(block, "element", "action_id") for block in blanks.values()} == {"value"}
    menu = blanks["field.region"]
    options = docs(menu, "element", "options")
    assert [(text(one, "text", "text"), text(one, "value")) for one in options] == [
        ("1. us-east-1: N. Virginia", "us-east-1"),
        ("2. eu-west-1: Ireland", "eu-west-1"),
    ]
    assert docs({"list": [menu]}, "list")[0]["element"] == {**_element(menu), "initial_option": options[1]}
    assert text(blanks["field.count"], "element", "initial_value") == "2"
    assert text(blanks["field.count"], "hint", "text") == "a whole number from 1 to 5"
    assert "initial_value" not in _element(blanks["field.name"])


def test_a_choice_that_looks_like_a_host_is_no_link_and_can_be_chosen() -> None:
    sizes = replace(REGION, choices=(("db.t3.micro", "small"), ("db.t3.small", "larger")), default="db.t3.micro")
    options = docs(inputs(sizes)["field.region"], "element", "options")
    assert [(text(one, "text", "text"), text(one, "value")) for one in options] == [
        ("1. db[.]t3[.]micro: small", "db.t3.micro"),
        ("2. db[.]t3[.]small: larger", "db.t3.small"),
    ]


def test_choices_are_numbered_only_where_a_number_alone_is_an_answer() -> None:
    face = cards.asked(ask(spend("60", fields=(REGION,))), ID, LINK)
    assert "the number of a choice" in shown(face)
    two = cards.asked(ask(spend("60", fields=(REGION, replace(REGION, name="other")))), ID, LINK)
    assert "the number of a choice" not in shown(two)
    assert "us-east-1: N. Virginia" in words(two.blocks)


@pytest.mark.promise("E1.1")
@pytest.mark.parametrize(
    "field",
    [
        replace(REGION, choices=(("eu\u200b-west-1", "x"),), default=None),
        replace(REGION, choices=(("a", "x"), ("a", "y")), default=None),
        replace(REGION, choices=(("x" * 74, ""),), default=None),
        replace(REGION, choices=(("a.example", "x"), ("a[.]example", "y")), default=None),
        replace(REGION, choices=tuple((str(n), "") for n in range(101)), default=None),
        replace(REGION, choices=(), default=None),
        replace(REGION, default="elsewhere"),
        replace(NAME, default="pay\u202egnp"),
        replace(NAME, default=" padded "),
        replace(NAME, default="two\nlines"),
        replace(NAME, name="no name"),
        replace(NAME, name="n" * 81),
        replace(REGION, name="count"),
    ],
    ids=["invisible", "twice", "too long", "alike", "too many", "none", "no choice", "turned", "padded", "lines",
         "blank", "a long name", "a name twice"],
)  # fmt: skip
def test_what_can_not_be_shown_as_it_is_sent_is_filled_in_on_the_page(field: Field) -> None:
    face = cards.asked(ask(spend("60", fields=(COUNT, field))), ID, LINK)
    assert [block for block in face.blocks if block["type"] == "input"] == []
    assert list(buttons(face.blocks)) == ["Approve on the page", "Ask for changes", "Reject", "Open on the page"]


def test_an_agents_own_options_are_shown_and_those_that_the_buttons_say_are_not() -> None:
    own = cards.asked(ask(spend("60", options=("Take the subdomain", "Take the client's domain"))), ID, LINK)
    assert "Options, as the agent says\nTake the subdomain\nTake the client's domain" in shown(own)
    assert "Options" not in shown(cards.asked(ask(spend("60")), ID, LINK))


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_what_is_over_says_who_when_and_what_next_and_can_not_be_pressed(state: State) -> None:
    decided = Decision(state, 1, "Ada", False, at=NOON) if state in (State.APPROVED, State.REJECTED) else None
    over = point(state=state, decision=decided, because="not needed", permit=Permit.UNUSED)
    face = cards.ended(card(over, KIND), LINK)
    said = shown(face)
    assert list(buttons(face.blocks)) == ["Open on the page"]
    assert said.startswith("[CHECKPOINT 3] ")
    assert card(over, KIND).next in said
    assert card(over, KIND).stands.partition(":")[0] in said
    assert ("The reason, as it was given: not needed." in said) == (state in (State.WITHDRAWN, State.VOID))
    assert "read-later-digest/3" in face.plain


@pytest.mark.parametrize("by", ["revision 2", "sample/7"])
def test_what_was_replaced_says_by_what(by: str) -> None:
    face = cards.ended(ask(spend("60")), LINK, by)
    assert f"is replaced by {by}. Nobody answers this any more." in shown(face)
    assert list(buttons(face.blocks)) == ["Open on the page"]
    assert "waits for" not in shown(face)


def test_the_asker_is_told_in_the_flows_own_fields() -> None:
    decision = Decision("approved", 1, "Ada", False, {"region": "eu-west-1"}, "It is nearer", NOON)
    over = point(state=State.APPROVED, decision=decision, permit=Permit.UNUSED)
    face = cards.told_asker(card(over, KIND), response(over, KIND))
    assert "".join(words(face.blocks)) == (
        "[CHECKPOINT 3] Response"
        "\nDecision: approved by Ada"
        "\nDetails: region = eu-west-1; It is nearer"
        "\nCredentials: –"
        "\nNext steps: The run wakes and acts on it."
    )
    assert face.plain == "[CHECKPOINT 3] Response: approved by Ada (read-later-digest/3)"


@pytest.mark.parametrize(
    ("says", "begins", "words_of_it"),
    [
        (Rung.REMINDER, "Reminder: ", f"*Reminder:* read-later-digest/3 still waits for your answer, by {DATE}."),
        (
            Rung.BACKUP,
            "Overdue: ",
            f"*Overdue:* read-later-digest/3 was to be decided by {DATE} and was not. You are the backup",
        ),
        (Rung.MANAGER, "Overdue: ", "You are told as a manager"),
        (
            Event.GLASS_BROKEN,
            "EMERGENCY: ",
            "EMERGENCY: \nread-later-digest/3 was approved in an emergency by Ada alone",
        ),
        (OPEN, "read-later-digest/3 waits", "read-later-digest/3 waits for your answer by"),
    ],
)
def test_what_the_ladder_says_is_one_sentence_and_the_way_to_the_page(says: str, begins: str, words_of_it: str) -> None:
    seen = point()
    if says == Event.GLASS_BROKEN:
        alone = Decision("approved", 1, "Ada", False, {}, "The shop is down", NOON, emergency=True)
        seen = replace(seen, state=State.APPROVED, decision=alone)
    face = cards.rung(card(seen, KIND), LINK, says)
    assert words_of_it in shown(face)
    assert list(buttons(face.blocks)) == ["Open on the page"]
    assert face.plain.startswith(begins)


def test_a_flood_is_one_message_that_says_what_is_at_high_risk_first() -> None:
    points = [point(number=n, request=spend("60", risks=(Risk.DELETES,) * (n % 2))) for n in range(1, 50)]
    face = cards.together([(one, OPEN) for one in points], f"{LINK}/flood")
    said = words(face.blocks)
    assert said[:2] == [
        "49 questions wait together: Read Later Digest",
        "AT HIGH RISK, 25 of them, each on its own card",
    ]
    assert [f"{one.label}: deletes" for one in points[::2]] == said[2:27]
    assert "[cut: 34 more, shown whole on the page]" in said
    assert list(buttons(face.blocks)) == ["Look at them and answer on the page"]
    assert buttons(face.blocks)["Look at them and answer on the page"]["url"] == f"{LINK}/flood"


def _element(block: dict[str, Json]) -> dict[str, Json]:
    element = block["element"]
    assert isinstance(element, dict)
    return element
