"""`countersign credential revoke | narrow | rotate | retire | reissue`: a person changes how a credential lives.

Rule: always with the second factor; what can't be undone is said before.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.fields import secrets_of
from checkpoints.core.shown.showing import one_line
from to_tools.cli.credentials import vault_named, with_vault
from to_tools.cli.typed import given
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import talks_to_a_person, wrapped

lives = typer.Typer()

Id = Annotated[str, typer.Argument(metavar="ID", help="The checkpoint that it was given with: read-later-digest/3.")]
Because = Annotated[str, typer.Option("--because", metavar="WHY", help="Why; the story and the audit show it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask again.")]


@lives.command()
def revoke(ctx: typer.Context, id: Id, because: Because, yes: Yes = False, otp: Otp = "") -> None:
    """Revoke a credential now: nobody opens it any more, and the vault forgets it. It can't be undone.

    \b
    Example: countersign credential revoke read-later-digest/3 --because "It stood in a chat." --otp 123456
    """
    from checkpoints.actions.credentials.life import revoking

    visit: Visit = ctx.obj
    label = visit.label(id, "revoke the credential")
    with visit.trying("revoke the credential", label):
        _sure("Revoke", label, revoking.FOREVER, yes)
        life = with_factor(visit, otp, lambda: revoking.revoke(visit.desk, visit.person, label, because))
    _say(f"Revoked: nobody opens the {life.service} credential of {label} any more, and the vault forgets it.")
    _say(f"End the key at {life.service} too. Ask anew: countersign credential reissue {label} --because …")


@lives.command()
def narrow(
    ctx: typer.Context,
    id: Id,
    networks: Annotated[
        list[str] | None, typer.Option("--from", metavar="NETWORK", help="Only from here; say it again for more.")
    ] = None,
    minutes: Annotated[int | None, typer.Option(help="Only for so many minutes from now.")] = None,
    uses: Annotated[int | None, typer.Option(help="Only so many times in all.")] = None,
    yes: Yes = False,
    otp: Otp = "",
) -> None:
    """Hold a credential's users to less than was approved. It can't be widened again.

    \b
    Example: countersign credential narrow read-later-digest/3 --from 10.0.0.0/8 --minutes 60 --otp 123456
    """
    from checkpoints.actions.credentials.life import narrowing
    from checkpoints.core.work.services.handing import Restrictions

    visit: Visit = ctx.obj
    label = visit.label(id, "narrow the credential")
    with visit.trying("narrow the credential", label):
        by = Restrictions(tuple(networks or ()), minutes, uses)
        _sure("Narrow", label, narrowing.FOREVER, yes)
        held = with_factor(visit, otp, lambda: narrowing.narrow(visit.desk, visit.person, label, by))
    _say(f"Narrowed: the credential of {label} is good {held.words}, for whatever is handed over from now on.")


@lives.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def rotate(
    ctx: typer.Context,
    id: Id,
    sure: Annotated[bool, typer.Option("--sure", help="A value is right though it doesn't look so.")] = False,
    otp: Otp = "",
) -> None:
    """Give a credential another value. It is asked for, hidden; the input brings lines of field=value; or field=@FILE.

    The value before stays valid until everybody who has it was handed the new one: make another key at the service,
    and end the old one there only afterwards.

    \b
    Example: countersign credential rotate read-later-digest/3 --otp 123456
    """
    from checkpoints.actions.credentials.life import rotating
    from checkpoints.credentials import door

    visit: Visit = ctx.obj
    label = visit.label(id, "rotate the credential")
    with visit.trying("rotate the credential", label):
        never = (
            "A credential is never an argument: those stand in the history and in the list of processes. Nothing was "
            f"kept. If it was the value: make another at its service, and type: countersign credential rotate {id}"
        )
        card, desk = visit.shown(label).card, with_vault(visit)
        declared = secrets_of(card.fields)
        filed = given.from_files(declared, ctx.args, never)
        point, seen = with_factor(visit, otp, lambda: rotating.may_rotate(desk, visit.person, label))
        _say(f"{rotating.BESIDE} It goes straight from this shell to {vault_named(desk)}.")
        values = given.values(card, declared, filed, sure)
        there = partial(rotating.rotate, seen=seen.version, write=door.write)
        life = with_factor(visit, "", lambda: there(desk, visit.person, label, values, sure))
    _say(f"Rotated: version {life.version} of the {life.service} credential of {label} is handed out from now on.")
    _say(f"Deploy again what is served with version {life.version - 1}: countersign deploy {point.case} staging")


@lives.command()
def retire(ctx: typer.Context, id: Id, yes: Yes = False, otp: Otp = "") -> None:
    """Retire a credential's older values now, though somebody may still have one. It can't be undone.

    \b
    Example: countersign credential retire read-later-digest/3 --otp 123456
    """
    from checkpoints.actions.credentials.life import retiring

    visit: Visit = ctx.obj
    label = visit.label(id, "retire an older value")
    with visit.trying("retire an older value", label):
        _sure("Retire the older value of", label, retiring.FOREVER, yes)
        gone = with_factor(visit, otp, lambda: retiring.retire(visit.desk, visit.person, label))
    _say(f"Retired: {gone} older value{'s' if gone > 1 else ''} of {label}. End the old key at its service too.")


@lives.command()
def reissue(ctx: typer.Context, id: Id, because: Because, otp: Otp = "") -> None:
    """Ask anew for a credential that ended, under a new number. To undo that, reject it or withdraw it.

    \b
    Example: countersign credential reissue read-later-digest/3 --because "It is needed again." --otp 123456
    """
    from checkpoints.actions.credentials.life import reissuing

    visit: Visit = ctx.obj
    label = visit.label(id, "ask anew for the credential")
    with visit.trying("ask anew for the credential", label):
        again = with_factor(visit, otp, lambda: reissuing.reissue(visit.desk, visit.person, label, because))
    _say(f"Asked anew as {again.label}, which names {label}. Give it: countersign credential give {again.label}")


def _sure(verb: str, label: str, forever: str, yes: bool) -> None:
    """Says what can't be undone, and goes on once it was said. Raises Refused where nobody can be asked."""
    if yes:
        return
    if not talks_to_a_person():
        raise Refused(f"{forever} Nobody can be asked here, so nothing was done. To do it all the same, add: --yes")
    typer.echo(wrapped(one_line(forever)))
    if not typer.confirm(f"{verb} the credential of {one_line(label)}?", default=False):
        typer.echo("Nothing was done.")
        raise typer.Exit(1)


def _say(words: str) -> None:
    typer.echo(wrapped(one_line(words)))
