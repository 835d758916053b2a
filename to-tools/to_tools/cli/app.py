"""`countersign`: all commands, and the one place where a refusal becomes a message and an exit code."""

import sys

import typer

from checkpoints.core.errors import Countersign, Refused
from to_tools.cli.answering import answering
from to_tools.cli.bringing import bringing
from to_tools.cli.cases.bulk import bulk
from to_tools.cli.cases.bundles import bundles
from to_tools.cli.cases.courses import courses
from to_tools.cli.cases.lives import lives
from to_tools.cli.credentials import credentials
from to_tools.cli.doctor.command import doctor
from to_tools.cli.looking import looking
from to_tools.cli.machine.agent_commands import agent_commands
from to_tools.cli.machine.desk_commands import desk_commands
from to_tools.cli.machine.prefect_commands import prefect_commands
from to_tools.cli.machine.slack_commands import slack_commands
from to_tools.cli.machine.vault_commands import vault_commands
from to_tools.cli.projects import projects
from to_tools.cli.records.audit import audit
from to_tools.cli.records.credentials import records
from to_tools.cli.records.policy import policy
from to_tools.cli.records.pre_approvals import pre_approvals
from to_tools.cli.visit import Visit
from to_tools.cli.who.accounts import password, sessions
from to_tools.cli.who.attention import attending
from to_tools.cli.who.erasing import erasing
from to_tools.cli.who.links import links
from to_tools.cli.who.people import people, signing
from to_tools.cli.who.roles import roles
from to_tools.cli.who.second_factor import second_factor
from to_tools.cli.who.times import times
from to_tools.cli.writing import terminal

HELP = """The desk where people approve what AI agents want to do.

\b
What waits for an answer:  countersign inbox
Look at one:               countersign show read-later-digest/1
Answer it:                 countersign approve read-later-digest/1

\b
Exit codes: 0 done, 1 unexpected or called off, 2 typed wrong, 3 refused as it is,
4 not your call, 5 too late, 6 not available now.
"""

app = typer.Typer(
    help=HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"max_content_width": terminal.WIDTH, "help_option_names": ["-h", "--help"]},
)
for group in (looking, answering, bringing, courses, pre_approvals, signing, attending, desk_commands, doctor):
    app.add_typer(group)
app.add_typer(projects, name="project", help="Start, list and show projects.")
people.add_typer(roles)
people.add_typer(times)
people.add_typer(erasing)
app.add_typer(people, name="people", help="The people who may decide: who they are, when they work, who is away.")
app.add_typer(links, name="link", help="The links that clients answer by: make, list, take back.")
app.add_typer(bundles, name="bundle", help="What waits together, as one card.")
app.add_typer(bulk, name="bulk", help="Withdraw or reopen many at once.")
credentials.add_typer(records)
credentials.add_typer(lives)
app.add_typer(credentials, name="credential", help="Give a credential, see what became of one, change how it lives.")
app.add_typer(second_factor, name="second-factor", help="Enrol the second factor that some answers need.")
app.add_typer(password, name="password", help="The password that signs you in on the page.")
app.add_typer(sessions, name="sessions", help="Where you are signed in; end it, or make a token.")
app.add_typer(audit, name="audit", help="Read the audit and check that nobody changed it.")
app.add_typer(prefect_commands, name="prefect", help="Make a lost Prefect database anew.")
app.add_typer(slack_commands, name="slack", help="Connect the desk to Slack, and your account there to you.")
app.add_typer(agent_commands, name="agents", help="Agents from outside: who may ask, where, and by which token.")
app.add_typer(vault_commands, name="vault", help="Keep credentials in HashiCorp's Vault, or OpenBao.")
app.add_typer(policy, name="policy", help="Who must approve what.")


def main() -> None:
    """Run the command of this process's arguments, and exit."""
    terminal.prepare()
    visit = Visit()
    try:
        with visit.trying("type a command", ""):
            _check_arguments(sys.argv[1:])
        app(prog_name="countersign", obj=visit)
    except Countersign as no:
        said, code = visit.refused(no)
        typer.echo(said, err=True)
        sys.exit(code)


def _check_arguments(arguments: list[str]) -> None:
    """Bytes that are no text would fail deep in the database's driver."""
    for number, argument in enumerate(arguments, 1):
        if any("\ud800" <= character <= "\udfff" for character in argument):
            raise Refused(f"Argument {number} is not UTF-8. Nothing was changed.")
