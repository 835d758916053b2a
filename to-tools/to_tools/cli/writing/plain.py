"""Checkpoints, cases, people, audit lines as JSON for scripts. Rule: a key, once here, keeps its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from checkpoints.actions.reading import History, Shown
    from checkpoints.core.audit import Line
    from checkpoints.core.model import Answer, Cost, Field
    from checkpoints.core.shown.course import Planned
    from checkpoints.core.view import Case, Checkpoint
    from checkpoints.store.people import Listed


def write(value: object) -> None:
    """Indented, ASCII only: no character of an agent's reaches a terminal as it is."""
    typer.echo(json.dumps(value, indent=2, default=_text))


def waiting(point: Checkpoint) -> Mapping[str, object]:
    """What identifies a checkpoint and says how urgent it is."""
    request = point.request
    return {
        "id": point.label,
        "project": point.case,
        "number": point.number,
        "kind": point.kind,
        "state": point.state,
        "revision": point.revision,
        "digest": point.digest,
        "action": request.action,
        "agent": request.agent,
        "priority": request.priority,
        "deadline": point.deadline_at,
        "waits_for": point.roles_to_come,
    }


def checkpoint(shown: Shown) -> Mapping[str, object]:
    """A checkpoint with its card, its answers and, once it came to something, its response."""
    card, point = shown.card, shown.point
    facts = [vars(fact) for fact in (*card.dangers, *card.facts)]
    response = vars(shown.response) if shown.response else None
    return {
        **waiting(point),
        "project_name": card.project,
        "heading": card.heading,
        "details": card.details,
        "facts": facts,
        "fields": [_field(field) for field in card.fields],
        "options": card.options,
        "cost": _cost(point.request.cost),
        "changed": card.changed,
        "who": card.who,
        "checks": card.checks,
        "verdicts": card.verdicts,
        "factor": card.factor,
        "stands": card.stands,
        "next": card.next,
        "reopens": card.reopens,
        **files(shown),
        "permit": point.permit,
        "answers": [{**_answer(answer), "fallen": answer in point.fallen} for answer in point.answers],
        "response": response,
    }


def files(shown: Shown) -> Mapping[str, object]:
    """What belongs to a checkpoint: the reports of its request, and what people attached."""
    attached = [{**vars(a.file), "by": a.person, "at": a.at} for a in shown.evidence]
    reports = [vars(file) for file in shown.point.request.attachments]
    return {"id": shown.point.label, "reports": reports, "evidence": attached}


def history(found: History) -> Mapping[str, object]:
    """A checkpoint with what each revision changed and its audit lines."""
    revisions = [
        {"revision": number, "action": request.action, "changed": request.changed}
        for number, request in found.revisions
    ]
    return {
        **checkpoint(found.shown),
        "revisions": revisions,
        "audit": [audit_line(line) for line in found.lines],
    }


def case(found: Case) -> Mapping[str, object]:
    """A project without its checkpoints."""
    return {
        "project": found.slug,
        "name": found.title,
        "client": found.client,
        "state": found.state,
        "outcome": found.outcome,
        "opened_at": found.opened_at,
        "ended_at": found.ended_at,
    }


def planned(entry: Planned) -> Mapping[str, object]:
    """One part of a project's plan."""
    return {
        "branch": entry.branch,
        "title": entry.title,
        "stage": entry.stage,
        "number": entry.number,
        "words": entry.words,
    }


def person(found: Listed) -> Mapping[str, object]:
    hours, gone = found.hours, found.absence
    return {
        "name": found.name,
        "roles": found.roles,
        "grants": [{"role": grant.role, **vars(grant.limits)} for grant in found.grants],
        "active": found.active,
        "added_at": found.made_at,
        "email": found.email,
        "hours": {**vars(hours), "starts": f"{hours.starts:%H:%M}", "ends": f"{hours.ends:%H:%M}"} if hours else None,
        "backup": found.backup,
        "away": {"from": gone.starts, "until": gone.ends, "now": gone.is_now} if gone else None,
    }


def audit_line(line: Line) -> Mapping[str, object]:
    """A line as it is stored: `body` is the text that was hashed."""
    return vars(line)


def _field(field: Field) -> Mapping[str, object]:
    choices = [{"value": value, "meaning": meaning} for value, meaning in field.choices]
    return {**vars(field), "choices": choices}


def _cost(cost: Cost | None) -> Mapping[str, object] | None:
    return vars(cost) if cost else None


def _answer(answer: Answer) -> Mapping[str, object]:
    return {
        "by": answer.person,
        "verdict": answer.verdict,
        "revision": answer.revision,
        "as": answer.role,
        "note": answer.note,
        "fields": answer.fields,
        "way": answer.way,
        "at": answer.at,
        "same_person": answer.same_person,
    }


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here.")
