"""`countersign credential give | asked`: a value goes from a hidden prompt, or the input, to the vault.

Rule: never an argument: those stand in the shell's history and in the list of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from checkpoints.core.errors import Refused
from checkpoints.core.model import FieldSort, Verdict
from checkpoints.core.shown.showing import one_line
from checkpoints.core.work.services.asking import KIND, asked_of, typed
from checkpoints.core.work.services.assumed import USER, is_role
from checkpoints.core.work.services.handing import LEASED, Restrictions, is_lease
from checkpoints.core.work.services.known import slug_of
from checkpoints.core.work.services.made import MAKING
from to_tools.cli.looking import Id
from to_tools.cli.typed import given
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing import drawing
from to_tools.cli.writing.terminal import talks_to_a_person

if TYPE_CHECKING:
    from checkpoints.actions.reading import Shown
    from checkpoints.core.model import Field
    from checkpoints.core.shown.card import Card
    from checkpoints.core.view import Checkpoint
    from checkpoints.store.desk import Desk

credentials = typer.Typer(no_args_is_help=True)
VERB = "give the credential"
NEVER_AN_ARGUMENT = (
    "A credential is never an argument: those stand in the history and in the list of processes. Nothing was "
    "kept. If it was the value: revoke it, make another, and type: countersign credential give {id}"
)
NOWHERE_ELSE = "The value lies in the vault, and nowhere else."
OWN = " To give a value of your own: without --make-if-able; by provision-api-key.sh, with --own."
NO_NETWORKS = "That vault can't tell where a user sits: the networks are written down, and hold nobody."


@dataclass(frozen=True)
class Way:
    """How it is given: `path` where it lies already, `make` to have the desk make it; what its users are held to.

    `made_if`: to have it made where the desk can, and to be asked for it where it can't.
    """

    path: str
    note: str
    sure: bool
    held: Restrictions
    make: bool = False
    made_if: bool = False

    def brings(self, field: Field) -> bool:
        """Whether what is at the path, or is made, fills it."""
        anew = (is_lease(self.path) and field.name in LEASED) or (is_role(self.path) and field.name == USER)
        return bool(self.path or self.make) and (anew or field.sort is FieldSort.SECRET)

    @property
    def lies(self) -> str:
        """In words, once it is given."""
        if is_role(self.path):
            return (
                f"AWS makes a key anew each time that it is opened, for {self.path}. That can't be taken back before "
                "its end: after the approved minutes, and a quarter of an hour at least."
            )
        if is_lease(self.path):
            return f"The vault makes a login anew each time that it is opened, by {self.path}, and drops it at its end."
        return f"It stays in the vault, at {self.path}." if self.path else NOWHERE_ELSE


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
    make: Annotated[bool, typer.Option("--make", help="Have the desk make it by its service's API.")] = False,
    made_if: Annotated[
        bool, typer.Option("--make-if-able", help="The same where it can; else it is asked for.")
    ] = False,
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
              countersign credential give read-later-digest/5 --path aws/sts/123456789012/read-only
    """
    visit: Visit = ctx.obj
    shown = visit.shown(id, VERB)
    visit.tried = (VERB, shown.point.label)
    filed = _filed(shown.card, ctx.args, id)
    way = Way(path, note, sure, typed(" ".join(networks or ()), minutes, uses), make, made_if)
    after = with_factor(visit, otp, _decision(visit, shown, way, filed))
    visit.tried = None
    held = asked_of(shown.point.request.subject.parameters).narrowed(way.held).words
    typer.echo(f"Given, and {after.label} is approved. {way.lies} It may be used {held}.")


@credentials.command()
def asked(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help="The service, as people call it.")],
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="The project's name in `project list`.")],
) -> None:
    """Say which open question of a project asks for a credential of this service.

    \b
    Example: countersign credential asked sendgrid read-later-digest
    """
    from checkpoints.actions import reading
    from checkpoints.core.lifecycle import State

    visit: Visit = ctx.obj
    slug = reading.story(visit.read(), project).case.slug
    points = [p for p in reading.waiting_in(visit.desk, slug) if p.kind == KIND and p.state is State.OPEN]
    found = [p.label for p in points if p.request.subject.parameters.get("service") == slug_of(service)]
    if len(found) == 1:
        typer.echo(found[0])
        return
    what = f"a credential of {one_line(service)[:80]} at {slug}"
    if found:
        which = ", ".join(found)
        raise Refused(f"{what}: it is asked {len(found)} times: {which}. Give each: countersign credential give ID")
    others = ", ".join(f"{p.label} ({p.request.subject.parameters.get('service')})" for p in points)
    raise Refused(f"{what}: no open question asks for it. {f'Asked are: {others}' if others else 'None asks for any'}.")


def with_vault(visit: Visit) -> Desk:
    """The desk, as a person's own process has it that speaks to the vault."""
    from checkpoints import wiring

    return wiring.desk("desk", visit.settings, need=("credentials",))


def vault_named(desk: Desk) -> str:
    """The vault, as a person is told where something goes."""
    from checkpoints.actions.credentials.giving import vault_of

    origin = vault_of(desk).origin
    return f"the vault at {origin}" if origin else "the vault on this machine"


def _filed(card: Card, words: Sequence[str], id: str) -> dict[str, str]:
    """What comes from files. Raises Refused for a question that asks for no credential, and for what is no file."""
    if card.gives != "credential" and not words:
        said = drawing.how_to_give(card) if card.gives else f"{card.label} asks for no credential."
        raise Refused(f"{said} Nothing was recorded.")
    return given.from_files(card.fields, words, NEVER_AN_ARGUMENT.format(id=id))


def _decision(visit: Visit, shown: Shown, way: Way, filed: dict[str, str]) -> Callable[[], Checkpoint]:
    """Asks for what is missing, once; the decision may be tried again with a code."""
    from checkpoints import wiring
    from checkpoints.actions.credentials import entrusting, making
    from checkpoints.actions.deciding import Press
    from checkpoints.credentials import door

    if (way.make or way.made_if) and (way.path or filed):
        raise Refused("Give it, say where it lies, or have it made: not two of them. Nothing was recorded.")

    card, point, desk = shown.card, shown.point, with_vault(visit)
    # Only where it may be made: an API's library is slow to come.
    wanted_made = way.make or (way.made_if and point.request.subject.parameters.get("service") in MAKING)
    makers = wiring.key_makers(visit.settings.home) if wanted_made else {}
    way = replace(way, make=way.make or making.makes(makers, point))
    typer.echo(_before(desk, way), err=not talks_to_a_person())
    wanted = [field for field in card.fields if not way.brings(field)]
    # Once it is decided nothing is asked: giving says why.
    values = given.values(card, wanted, filed, way.sure) if card.verdicts else {}
    press = Press(point.id, point.revision, point.digest, Verdict.APPROVE, {}, way.note)
    if way.make:
        return lambda: making.make(desk, visit.person, press, values, makers, sure=way.sure, held=way.held)
    if way.path:
        return lambda: entrusting.give_existing(
            desk, visit.person, press, way.path, values, sure=way.sure, held=way.held
        )
    return lambda: entrusting.give(desk, visit.person, press, values, door.write, sure=way.sure, held=way.held)


def _before(desk: Desk, way: Way) -> str:
    """Which way it will go, before it is asked for."""
    from checkpoints.actions.credentials.giving import vault_of

    vault, at = vault_of(desk), vault_named(desk)
    goes = f"It lies in {at} already, and stays there." if way.path else f"It goes straight from this shell to {at}."
    goes = f"The desk has it made, and puts it into {at}.{OWN if way.made_if else ''}" if way.make else goes
    goes = "It lies nowhere: AWS makes it anew each time." if is_role(way.path) else goes
    goes = f"Nobody types it: {at} makes it anew each time." if is_lease(way.path) else goes
    if way.held.cidrs and not vault.restricts and not is_role(way.path):
        return f"{goes} {NO_NETWORKS}"
    return goes
