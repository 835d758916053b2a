"""`countersign vault set-up | connect | check | move | disconnect`: where credentials lie, for a team that has a vault.

Rule: a token, or a secret id, is typed hidden or comes on the input, never as an argument; none is ever printed.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from checkpoints.core.errors import Countersign
from checkpoints.core.shown.showing import one_line
from to_tools.cli.visit import Visit
from to_tools.cli.who.second_factor import Otp, with_factor
from to_tools.cli.writing.terminal import bold, talks_to_a_person, wrapped

vault_commands = typer.Typer(no_args_is_help=True)
LONGEST = 1_000
Url = Annotated[str, typer.Option("--url", help="The vault's address: https://vault.example.com:8200.")]
Mount = Annotated[str, typer.Option("--mount", help="Where the KV engine for the desk is, or is made.")]
Ca = Annotated[Path | None, typer.Option("--ca", help="Who signed its certificate, where the system doesn't know.")]
Namespace = Annotated[
    str, typer.Option("--namespace", help="Your part of it: team/desk. `root` takes one that is set away.")
]
DID = """\
Set up in {where}, and nothing else there was changed:
  {mount}/, a KV engine (version 2); what lay in it stays
  AppRole countersign-desk with the policy of infra/vault/desk.hcl: it can read no value
  token role countersign-give, for tokens that can put one thing in one place
  CORS: {browsers}
Your token was used for this, and kept nowhere."""
THEY_DO = "browsers hand over from {origin} without the desk between"
THEY_DON_T = (
    "is the whole vault's, and not for this token to change: until whoever runs it lets {origin} in, what is given on "
    "the page passes through the page's memory"
)
ANEW = "Now start the desk anew, so that its processes know:\n  countersign down && countersign up --detach"

LEFT = """\
Disconnected from {where}. Its keys are gone from here; what is given from now on lies in the embedded file.
The desk's login is still good there, and what the set-up made is there still. Whoever runs the vault removes it:"""


@vault_commands.command("set-up")
def set_up(
    ctx: typer.Context, url: Url = "", mount: Mount = "", ca: Ca = None, namespace: Namespace = "", otp: Otp = ""
) -> None:
    """Set up HashiCorp's Vault, or OpenBao, for this desk, and connect to it. Again is no error.

    An administrator's token is asked for, hidden, or is the input's first line. It is used once and not kept. With
    --namespace, one of that namespace's will do: it must be there already.

    \b
    Examples: countersign vault set-up --url https://vault.example.com:8200
              countersign vault set-up --url https://vault.example.com:8200 --namespace team/desk
    """
    from checkpoints.actions.credentials import connecting
    from to_tools import vault_set_up

    visit: Visit = ctx.obj
    with visit.trying("set up a vault", ""):
        with_factor(visit, otp, lambda: connecting.may(visit.desk, visit.person))
        known = vault_set_up.where(visit.settings, url, mount, ca, namespace)
        (token,) = _secrets("An administrator's token")
        given = vault_set_up.set_up(visit.settings, known, token)
        vault_set_up.keep(visit.settings, known, given)
        with_factor(visit, "", lambda: connecting.connect(visit.desk, visit.person, *known.named))
    origin = vault_set_up.origin(visit.settings.page_url)
    browsers = (THEY_DO if known.server.lets(origin) else THEY_DON_T).format(origin=origin)
    within = f"the namespace {known.namespace} of {known.url}" if known.namespace else known.url
    typer.echo(DID.format(where=within, mount=known.mount, browsers=browsers))
    _what_next(visit)


@vault_commands.command()
def connect(
    ctx: typer.Context, url: Url = "", mount: Mount = "", ca: Ca = None, namespace: Namespace = "", otp: Otp = ""
) -> None:
    """Connect this desk to a vault that was set up for it, or give it a new secret id.

    The role id and the secret id are asked for, hidden, or are the input's first two lines.

    \b
    Example: countersign vault connect --url https://vault.example.com:8200
    """
    from checkpoints.actions.credentials import connecting
    from to_tools import vault_set_up

    visit: Visit = ctx.obj
    with visit.trying("connect a vault", ""):
        with_factor(visit, otp, lambda: connecting.may(visit.desk, visit.person))
        known = vault_set_up.where(visit.settings, url, mount, ca, namespace)
        role_id, secret_id = _secrets("The role id of countersign-desk", "A secret id of it")
        vault_set_up.keep(visit.settings, known, vault_set_up.keys(role_id, secret_id))
        with_factor(visit, "", lambda: connecting.connect(visit.desk, visit.person, *known.named))
    typer.echo(wrapped(f"Connected to {known.words}."))
    _what_next(visit)


@vault_commands.command()
def check(ctx: typer.Context, namespace: Namespace = "") -> None:
    """Say what works: what isn't secret goes all the ways that a secret does. Exits 6 when something is wrong.

    --namespace looks in another than is set, with the same login.

    \b
    Example: countersign vault check
    """
    from to_tools import vault_set_up
    from to_tools.cli.doctor.command import SOMETHING_IS_WRONG, lines
    from to_tools.cli.doctor.finding import Mark
    from to_tools.cli.machine import vault_looks

    visit: Visit = ctx.obj
    vault = vault_set_up.vault(visit.settings)
    known = vault_set_up.where(visit.settings, "", "", None, namespace)
    origin = vault_set_up.origin(visit.settings.page_url)
    found = [*vault_looks.looks(replace(vault, namespace=known.namespace), origin)]
    wrong = sum(one.mark is Mark.WRONG for one in found)
    typer.echo("\n".join([*lines(found), bold(f"{wrong} wrong." if wrong else "Nothing is wrong.")]))
    raise typer.Exit(SOMETHING_IS_WRONG if wrong else 0)


@vault_commands.command()
def move(ctx: typer.Context, otp: Otp = "") -> None:
    """Move what lies in the embedded file into the vault, to the same places. Again is no error.

    \b
    Example: countersign vault move
    """
    from checkpoints.actions.credentials import connecting
    from checkpoints.credentials.embedded import Embedded
    from to_tools import vault_set_up

    visit: Visit = ctx.obj
    with visit.trying("move credentials", ""):
        with_factor(visit, otp, lambda: connecting.may(visit.desk, visit.person))
        new, old, stay = vault_set_up.vault(visit.settings), Embedded(visit.settings.home), 0
        for path in (paths := vault_set_up.left_behind(visit.settings)):
            try:
                connecting.move(visit.desk, visit.person, path, old, new)
            except Countersign as no:
                typer.echo(wrapped(one_line(f"{path} stays where it was. {no}")), err=True)
                stay += 1
    typer.echo(f"Moved {len(paths) - stay} of {len(paths)} credentials into the vault.")
    raise typer.Exit(1 if stay else 0)


@vault_commands.command()
def disconnect(ctx: typer.Context, otp: Otp = "") -> None:
    """Go back to the embedded file. Refused while credentials still lie in the vault: end those first.

    `move` has no way back: the desk's login can read no value there. Asked for anew, they are given into the file.

    \b
    Example: countersign vault disconnect
    """
    from checkpoints.actions.credentials import connecting
    from to_tools import vault_set_up

    visit: Visit = ctx.obj
    with visit.trying("disconnect the vault", ""):
        with_factor(visit, otp, lambda: connecting.may(visit.desk, visit.person))
        known = vault_set_up.to_leave(visit.settings)
        kept = vault_set_up.left_behind(visit.settings)
        with_factor(visit, "", lambda: connecting.disconnect(visit.desk, visit.person, known.url, known.mount, kept))
        vault_set_up.forget(visit.settings)
    typer.echo(LEFT.format(where=known.words))
    typer.echo("\n".join(f"  {line}" for line in vault_set_up.to_remove(visit.settings, known)))
    typer.echo(ANEW)


def _what_next(visit: Visit) -> None:
    from to_tools import vault_set_up

    typer.echo(ANEW)
    typer.echo("Then look whether all is well:\n  countersign vault check")
    if left := vault_set_up.left_behind(visit.settings.model_copy(update={"vault_url": "set"})):
        typer.echo(f"{len(left)} credentials still lie in the embedded file. Move them:\n  countersign vault move")


def _secrets(*what: str) -> list[str]:
    """Asked for, or the input's first lines."""
    if talks_to_a_person():
        return [str(typer.prompt(each, hide_input=True)) for each in what]
    lines = sys.stdin.buffer.read(LONGEST).decode("ascii", "replace").splitlines()
    return [line.strip() for line in [*lines, *[""] * len(what)][: len(what)]]
