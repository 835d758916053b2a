"""A card, a response, a list and a story as text, in the formats that people and agents agreed on.

Rule: all of it comes from `core/shown`; an agent's own words are quoted and marked as such.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checkpoints.core.audit import Line
from checkpoints.core.fields import wanted
from checkpoints.core.model import Fact, Field, Verdict
from checkpoints.core.shown.card import Card, Response
from checkpoints.core.shown.course import Planned
from checkpoints.core.shown.showing import one_line, visible
from checkpoints.core.shown.story import Phase, waits_for, when
from checkpoints.core.view import Checkpoint
from checkpoints.core.work.services.held import NOT_HELD, Held
from to_tools.cli.writing.terminal import alarming, bold, quiet, wrapped

if TYPE_CHECKING:
    from checkpoints.store.work.many.floods import Flood

COMMANDS = {Verdict.APPROVE: "approve", Verdict.CHANGES: "change", Verdict.REJECT: "reject"}
LONG_ID = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORDS = {Verdict.APPROVE: "", Verdict.CHANGES: " --what '…'", Verdict.REJECT: " --because '…'"}


def draw_card(card: Card) -> str:
    """A request: what is dangerous first, then what is asked, then how to answer."""
    parts = [_head, _dangers, _details, _facts, _held, _changed, _fields, _before_a_yes, _options, _stands]
    return "\n\n".join(block for block in ("\n".join(part(card)) for part in parts) if block)


def draw_response(response: Response) -> str:
    """What the asker is told."""
    lines = [bold(one_line(response.heading))]
    lines += _labelled("Decision", response.decision)
    lines += _labelled("Details", response.details)
    lines += _labelled("Credentials", response.credentials)
    lines += _labelled("Next steps", response.next_steps)
    return "\n".join(lines)


def how_to_give(card: Card) -> str:
    """How what is asked for is given, where giving is the approval."""
    if card.gives == "consent":
        return f"{card.label} is approved by giving consent, on its page."
    return f"{card.label} is approved by giving the credential: countersign credential give {card.label}"


def draw_held(held: Held) -> Iterator[str]:
    """In words, then as the vault is told it, line by line as it stands there."""
    for words in held.words:
        line = wrapped(one_line(words), "  - ", "    ")
        yield alarming(line) if words == NOT_HELD else line
    if held.policy:
        yield "  The vault's own policy for whoever opens it:"
        yield from (f"    {visible(line)}" for line in held.policy.splitlines())


def draw_waiting(point: Checkpoint) -> str:
    """One entry of the inbox, on two lines or a little more."""
    request = point.request
    parts = [str(request.priority), f"answer by {when(point.deadline_at)}", f"{request.agent} asks"]
    parts.append(f"waits for {waits_for(point)}" if point.state == "open" else str(point.state))
    heading = wrapped(one_line(request.action), f"{point.label}  ")
    return f"{bold(heading)}\n{wrapped(one_line(' · '.join(parts)), '  ')}"


def draw_line_of_a_bundle(card: Card) -> str:
    """One line of a card of many: what is dangerous first, as on its own card."""
    lines = [bold(wrapped(one_line(card.title), f"{card.label}  ", "  "))]
    lines += [alarming(_fact(fact, "  ! ")) for fact in card.dangers]
    lines += [_fact(fact, "  ") for fact in card.facts]
    lines.append(wrapped(one_line(f"{card.cost}; {card.who}; by {when(card.deadline)}; {card.digest_short}"), "  "))
    if card.details.strip():
        lines.append(wrapped(one_line(card.details), f"  {one_line(card.agent)}, an agent: > ", "  > "))
    return "\n".join(lines)


def draw_flood(flood: Flood) -> str:
    """One entry of the inbox for all that a case asked at once."""
    heading = f"{flood.questions} questions at once ({flood.title})"
    said = f"asked by {', '.join(flood.agents)} · the first by {when(flood.deadline_at)}"
    shown = wrapped(one_line(heading), f"flood:{flood.case}  ")
    return f"{bold(shown)}\n{wrapped(one_line(said), '  ')}"


def draw_phases(phases: tuple[Phase, ...]) -> str:
    """The line of phases, each with its numbers and their states."""
    lines = []
    for phase in phases:
        points = "  ".join(f"{point.number} {point.state}" for point in phase.points)
        lines.append(wrapped(points or "–", f"{phase.name.capitalize():<18}"))
    return "\n".join(lines)


def draw_plan(plan: Sequence[Planned]) -> str:
    """One line for each part of the plan: its number once it has one, where it stands, and why."""
    lines = []
    for entry in plan:
        number = "" if entry.number is None else str(entry.number)
        words = "" if entry.words == entry.stage else f": {entry.words}"
        lines.append(wrapped(one_line(f"{entry.title} – {entry.stage}{words}"), f"{number:>4}  "))
    return "\n".join(lines)


def draw_line(line: Line) -> str:
    """One line of the audit for people: `--json` has it as it is stored."""
    said = ", ".join(f"{key} {_brief(value)}" for key, value in sorted(_body(line).items()) if value)
    return wrapped(one_line(f"{line.event}: {said}"), f"{line.number:>6}  {line.at[:19]}  ", " " * 8)


def draw_field(field: Field) -> str:
    """A blank to fill: its name, what it means, what would be right."""
    lines = [wrapped(one_line(f"{field.name}: {field.label}"), "  ")]
    for value, meaning in field.choices:
        chosen = " (default)" if value == field.default else ""
        lines.append(wrapped(one_line(f"{meaning}{chosen}"), f"    {one_line(value)}  "))
    if not field.choices:
        default = f", default {field.default}" if field.default is not None else ""
        lines.append(wrapped(one_line(wanted(field) + default), "    "))
    return "\n".join(lines)


def _body(line: Line) -> dict[str, object]:
    """What the line says; a body that somebody broke is shown as it is."""
    try:
        body = json.loads(line.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return {"broken": line.body}
    # An erasure names a thousand lines and digests.
    return body | {"lines": len(body["lines"])} if isinstance(body.get("lines"), dict) else body


def _brief(value: object) -> str:
    """A digest or an id by its first digits, anything else as it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:12] if LONG_ID.fullmatch(text) else text


def _head(card: Card) -> Iterator[str]:
    yield bold(wrapped(one_line(card.title), "", "  "))
    again = f", reopens {card.reopens}" if card.reopens else ""
    yield from _labelled("Project", f"{card.project} ({card.label}, revision {card.revision}{again})")
    yield from _labelled("Agent", card.agent)
    yield from _labelled("Priority", card.priority)
    yield from _labelled("Deadline", when(card.deadline))


def _dangers(card: Card) -> Iterator[str]:
    if card.dangers:
        yield alarming("DANGEROUS:")
        for fact in card.dangers:
            yield alarming(_fact(fact, "  ! "))


def _details(card: Card) -> Iterator[str]:
    if card.details.strip():
        yield f"Details, in the words of {one_line(card.agent)} (an agent's, not checked):"
        yield wrapped(card.details.strip(), "  > ", "  > ")


def _facts(card: Card) -> Iterator[str]:
    yield "Facts, computed by the desk:"
    for fact in card.facts:
        yield _fact(fact, "  ")
    yield wrapped(card.cost, "  Cost: ")
    yield wrapped(card.digest_short, "  What exactly runs (SHA-256): ")


def _held(card: Card) -> Iterator[str]:
    if card.held.words:
        yield "What a yes puts in force:" if card.verdicts else "What holds its user:"
        yield from draw_held(card.held)


def _changed(card: Card) -> Iterator[str]:
    if card.changed:
        yield "Changed since the revision before:"
        for change in card.changed:
            yield wrapped(one_line(change), "  - ")


def _fields(card: Card) -> Iterator[str]:
    if card.fields:
        yield "To fill in with a yes:"
        for field in card.fields:
            yield draw_field(field)


def _before_a_yes(card: Card) -> Iterator[str]:
    if card.verdicts and card.checks:
        yield "Before a yes, check:"
        for check in card.checks:
            yield wrapped(one_line(check), "  - ")


def _options(card: Card) -> Iterator[str]:
    if card.verdicts:
        yield "Options:"
        for number, option in enumerate(card.options, 1):
            yield wrapped(one_line(option), f"  {number}. ")
        if card.factor:
            yield bold(wrapped(one_line(card.factor)))
        yield quiet("Answer with:")
        if card.gives == "credential":
            yield quiet(f"  countersign credential give {card.label}")
        for verdict in card.verdicts:
            yield quiet(f"  countersign {COMMANDS[verdict]} {card.label}{_more(card, verdict)}{WORDS[verdict]}")


def _more(card: Card, verdict: Verdict) -> str:
    """What a yes says besides: the blanks, the code."""
    if verdict is not Verdict.APPROVE:
        return ""
    sets = "".join(f" --set {field.name}=…" for field in card.fields)
    return f"{visible(sets)}{' --otp …' if card.factor else ''}"


def _stands(card: Card) -> Iterator[str]:
    yield from _labelled("Who decides", card.who)
    yield wrapped(one_line(card.stands))
    yield wrapped(one_line(card.next))


def _fact(fact: Fact, begin: str) -> str:
    return wrapped(fact.value, f"{begin}{one_line(fact.label)}: ", " " * (len(begin) + 2))


def _labelled(label: str, value: str) -> Iterator[str]:
    yield wrapped(one_line(value), f"{label}: ")
