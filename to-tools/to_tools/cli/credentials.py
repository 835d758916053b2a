"""`countersign credential give | list`: a value goes from a hidden prompt, or the input, to the vault.

Rule: never an argument: those stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.model import FieldSort, Verdict
from checkpoints.core.shown.showing import one_line
from checkpoints.core.shown.story import when
from checkpoints.core.work.services.asking import asked_of, typed
from checkpoints.core.work.services.handing import LEASED, is_lease
from to_tools.cli.looking import AsJson, Id
from to_tools.cli.typed import given
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import drawing, plain
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

if TYPE_CHECKING:
    from checkpoints.core.model import Field
    from checkpoints.core.view import Checkpoint
    from checkpoints.core.work.services.handing import Restrictions
    from checkpoints.store.desk import Desk
    from checkpoints.store.secret.credentials import Listed

credentials = typer.Typer(no_args_is_help=True)
NEVER_AN_ARGUMENT = (
    "A credential is never an argument: those stand in the history and in the list of processes. Nothing was "
    "kept. If it was the value: revoke it, make another, and type: countersign credential give {id}"
)
NOWHERE_ELSE = "The value lies in the vault, and nowhere else."
NO_NETWORKS = "That vault can't tell where a user sits: the networks are written down, and hold nobody."


@credentials.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def give(
    ctx: typer.Context,
    id: Id,
    note: Annotated[str, typer.Option(help="A word to the agent and the story. Never the value.")] = "",
    sure: Annotated[bool, typer.Option("--sure", help="A value is right though it doesn't look so.")] = False,
    path: Annotated[str, typer.Option(help="Where it lies in the vault already; then only the rest is asked.")] = "",
    networks: Annotated[list[str] | None, typer.Option("--from", help="From where it may be used: 10.0.0.0/8.")] = None,
    minutes: Annotated[str, typer.Option(help="For how long it may be used.")] = "",
    uses: Annotated[str, typer.Option(help="How often it may be used.")] = "",
    otp: Otp = "",
) -> None:
    """Give a credential: that is the approval. It is asked for, hidden; or the input brings lines of field=value.

    A field of several lines is read from a file, as FIELD=@FILE, or follows its name on the input. --from, --minutes
    and --uses hold its users to less than was asked.

    \b
    Examples: countersign credential give read-later-digest/3
              countersign credential give read-later-digest/3 key_json=@key.json --minutes 60
              countersign credential give read-later-digest/3 --path team/sendgrid
              countersign credential give read-later-digest/4 --path database/creds/readonly
    """
    from checkpoints.actions.credentials import entrusting
    from checkpoints.actions.deciding import Press
    from checkpoints.credentials.door import write as through

    visit: Visit = ctx.obj
    shown = visit.shown(id, "give the credential")
    visit.tried = ("give the credential", shown.point.label)
    if shown.card.gives != "credential":
        words = drawing.how_to_give(shown.card) if shown.card.gives else f"{shown.point.label} asks for no credential."
        raise Refused(f"{words} Nothing was recorded." if not ctx.args else NEVER_AN_ARGUMENT.format(id=id))
    filed = given.from_files(shown.card.fields, ctx.args, NEVER_AN_ARGUMENT.format(id=id))
    held = typed(" ".join(networks or ()), minutes, uses)
    desk = _with_vault(visit)
    typer.echo(_before(desk, path, held), err=not talks_to_a_person())
    # Once it is decided nothing is asked: giving says why.
    wanted = [field for field in shown.card.fields if not (path and _lies_there(field, path))]
    values = given.values(shown.card, wanted, filed, sure) if shown.card.verdicts else {}
    point = shown.point
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, note)
    write = partial(through, ca=visit.settings.vault_ca)

    def decided() -> Checkpoint:
        if path:
            return entrusting.give_existing(desk, visit.person, press, path, values, sure=sure, held=held)
        return entrusting.give(desk, visit.person, press, values, write, sure=sure, held=held)

    after = with_factor(visit, otp, decided)
    visit.tried = None
    lies = _where(path)
    limits = asked_of(point.request.subject.parameters).narrowed(held).words
    typer.echo(f"Given, and {after.label} is approved. {lies} It may be used {limits}.")


@credentials.command("list")
def list_(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
    as_json: AsJson = False,
) -> None:
    """List a project's credentials, never a value. It says who gave them, and how often they were opened.

    \b
    Example: countersign credential list read-later-digest
    """
    from checkpoints.actions import reading
    from checkpoints.actions.credentials import redeeming
    from checkpoints.actions.credentials.life import looking

    visit: Visit = ctx.obj
    slug = reading.story(visit.read(), project).case.slug
    found = redeeming.of_case(visit.desk, slug)
    if as_json:
        plain.write([vars(each) for each in found])
    elif not found:
        typer.echo("No credential was given for this project.")
    else:
        for each in found:
            typer.echo(wrapped(one_line(_told(each)), f"{each.checkpoint}  "))
        for told in looking.of_project(visit.desk, slug):
            for sentence in told.says[1:]:
                typer.echo(wrapped(one_line(sentence), f"{told.life.label}  "))


def _told(each: Listed) -> str:
    opened = f"opened {each.openings} times, last {when(each.last_opened)}" if each.openings else "never opened"
    ended = f"; ended {when(each.ended_at)}" if each.ended_at else ""
    return f"{each.service}, given by {each.given_by} {when(each.given_at)}; {opened}{ended}"


def _lies_there(field: Field, path: str) -> bool:
    """Whether a path in the vault brings it."""
    return field.sort is FieldSort.SECRET or (is_lease(path) and field.name in LEASED)


def _where(path: str) -> str:
    if is_lease(path):
        return f"The vault makes a login anew each time that it is opened, from {path}, and drops it at its end."
    return f"It stays where it lies in the vault, at {path}." if path else NOWHERE_ELSE


def _with_vault(visit: Visit) -> Desk:
    from checkpoints import wiring

    return wiring.desk("desk", visit.settings, need=("credentials",))


def _before(desk: Desk, path: str, held: Restrictions) -> str:
    """Which way it will go, before it is asked for."""
    from checkpoints.actions.credentials.giving import vault_of

    vault = vault_of(desk)
    at = f"the vault at {vault.origin}" if vault.origin else "the vault on this machine"
    goes = f"It lies in {at} already, and stays there." if path else f"It goes straight from this shell to {at}."
    goes = f"Nobody types it: {at} makes it anew each time." if is_lease(path) else goes
    if held.cidrs and not vault.restricts:
        return f"{goes} {NO_NETWORKS}"
    return goes
