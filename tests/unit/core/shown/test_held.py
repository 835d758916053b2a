"""What a yes puts in force is on the card before it, in words and in the vault's own; and what became of one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checkpoints.core.model import Request
from checkpoints.core.shown.card import card
from checkpoints.core.work.services import asking
from checkpoints.core.work.services.asking import Wanted
from checkpoints.core.work.services.handing import UNRESTRICTED, Restrictions
from checkpoints.core.work.services.held import NOT_HELD, ONLY_A_FILE, held, will_be_held
from checkpoints.core.work.services.recorded import Recorded, Use, Version
from checkpoints.credentials.vault import policies
from tests.unit.core.points import point
from to_tools.cli.writing import drawing

NARROW = Restrictions(("10.0.0.0/8", "2001:db8::/32"), 30, 3)
THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def asked(restrictions: Restrictions = NARROW) -> Request:
    wanted = Wanted("sample", "Sample", "SendGrid", restrictions=restrictions, opens={"agent": asking.WHILE_IT_LIVES})
    return asking.ask(wanted)


def test_the_card_says_from_where_how_long_and_how_often_then_the_very_policy() -> None:
    asks = point(request=asked())
    shown = card(asks, None, "countersign").held
    assert shown.words == (
        "Opened to check it: once a try.",
        "Opened by the agent that asks: while the case lives.",
        "Read from 10.0.0.0/8, 2001:db8::/32, for 30 minutes, 3 times at most.",
        "One place in the vault, to be read: nothing is changed there, and nothing else is seen.",
    )
    path = f"cases/{asks.case}/{asks.number}/"
    assert shown.policy == policies.use_policy("countersign", path + "x").replace("/x", "/…")
    drawn = drawing.draw_card(card(asks, None, "countersign"))
    for line in (*shown.words, *shown.policy.splitlines()):
        assert " ".join(line.split()) in " ".join(drawn.split())


def test_a_vault_that_is_a_file_says_plainly_that_it_holds_nobody_to_networks() -> None:
    assert card(point(request=asked()), None, "").held.words[-1] == NOT_HELD
    assert NOT_HELD.startswith("NOT HELD TO NETWORKS")
    assert card(point(request=asked(UNRESTRICTED)), None, "").held.words[-1] == ONLY_A_FILE
    assert card(point(request=asked()), None, "").held.policy == ""


def test_what_is_in_force_is_what_was_approved() -> None:
    before = will_be_held(point(request=asked()), "secret")
    after = held(NARROW, f"cases/{point().case}/{point().number}/4711", "secret")
    assert after.policy == before.policy.replace("…", "4711")
    assert after.words == before.words[2:]


def test_restrictions_that_nobody_can_read_are_said_and_nothing_else_is() -> None:
    request = asked()
    odd = replace(request.subject, parameters={**request.subject.parameters, "minutes": "soon"})
    shown = will_be_held(point(request=replace(request, subject=odd)), "secret")
    assert "Reject it" in shown.words[0]
    assert shown.policy == ""


def test_what_asks_for_no_credential_has_nothing_to_hold() -> None:
    assert card(point(), None, "secret").held.words == ()


def test_the_record_tells_all_of_it_in_its_order_and_counts_what_was_read() -> None:
    def use(minutes: int, **changed: object) -> Use:
        at = THEN + timedelta(minutes=minutes)
        whole = Use(at, "agent", "to send", 1, "Hermes", "192.0.2.7", at, None)
        return replace(whole, **changed)  # type: ignore[arg-type]

    versions = (
        Version(1, "cases/a/1/x", "Ada", THEN + timedelta(minutes=1), THEN + timedelta(minutes=9)),
        Version(2, "cases/a/1/y", "Ben", THEN + timedelta(minutes=8), None),
    )
    uses = (use(2), use(3, read_at=None), use(4, unused_at=THEN))
    whole = Recorded("a/1", "sendgrid", "Hermes", THEN, "given", NARROW, None, None, None, "", versions, uses)
    assert [words.partition(",")[0] for _, words in whole.story] == [
        "Hermes asked for sendgrid",
        "version 1 given",
        *["opened"] * 3,
        "version 2 given in the place of the one before",
        "version 1 retired: nobody opens it any more",
    ]
    assert (whole.reads, whole.version, whole.state) == (1, 2, "open while its case lives")
    assert "from 192.0.2.7: to send" in whole.story[2][1]
    assert "given by Ben" in whole.line
    ended = replace(whole, ended_at=THEN, ended_because="its time was over")
    assert (ended.version, ended.state) == (0, "ended 2026-03-01 12:00 UTC: its time was over")
