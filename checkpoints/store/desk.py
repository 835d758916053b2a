"""The frozen Desk that every action takes: the database as one role, the catalogue, the matrix, and the ports."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, Engine, exc

from checkpoints.core.clock.flood import Limits
from checkpoints.core.clock.hours import Hours
from checkpoints.core.errors import IllegalMove, LeaseLost, NotYourCall, Refused, Unavailable
from checkpoints.core.policy import Kind, Matrix
from checkpoints.core.ports import Board, Channel, Credentials, Deployer, Files, Roles, Services, Terraform
from checkpoints.core.work.services.rotation import Rotation

SAYS_NO = {
    "CS001": Refused,
    "CS002": IllegalMove,
    "CS003": Refused,
    "CS004": IllegalMove,
    "CS005": IllegalMove,
    "CS006": LeaseLost,
}
INSUFFICIENT_PRIVILEGE = "42501"
LOST = (
    "The database went away while it recorded this: nobody can say whether it is recorded. "
    "Look at it before you try again."
)


@dataclass(frozen=True)
class Desk:
    """`home` holds the cases' folders. What follows `working` is there only where it was asked for."""

    engine: Engine
    kinds: dict[str, Kind]
    matrix: Matrix
    home: Path
    page_url: str
    prefect_ui_url: str
    prefect_api_url: str
    sandbox_url: str
    working: Hours | None = None
    """When people work who have said nothing else; None: round the clock."""
    limits: Limits = field(default_factory=Limits)
    """How much one asker may ask before it is told together, and before it is refused."""
    rotation: Rotation = field(default_factory=Rotation)
    """After how long another value of a credential is due."""
    trusted_proxy: str = ""
    """Whose word on where a browser comes from the page takes: an address or a network; empty: nobody's."""
    terraform: Terraform | None = None
    deployer: Deployer | None = None
    services: Services | None = None
    credentials: Credentials | None = None
    vault_mount: str = ""
    """Where the vault keeps secrets; empty: the vault is the desk's own file."""
    roles: Roles | None = None
    """Who assumes roles for those that open them; wherever there is a vault."""
    files: Files | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    board: Board | None = None
    """Where cards hang: Slack, once it is connected."""
    slack_channel: str = ""
    """Where the cards of projects hang that have no channel of their own; empty: nowhere."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed at the end, or nothing of it is kept.

        Raises Refused or IllegalMove in the words of our SQL functions, NotYourCall where the login lacks the right,
        Unavailable when the database doesn't take it, or went away before it said that it did.
        """
        committing = False
        try:
            with self.engine.connect() as tx:
                yield tx
                committing = True
                tx.commit()
        except exc.TimeoutError as wrong:
            raise Unavailable("Not recorded: all connections to the database are in use. Try again.") from wrong
        except exc.DBAPIError as wrong:
            # Whoever hears nothing after COMMIT doesn't know whether it was done.
            raise (Unavailable(LOST) if committing and wrong.connection_invalidated else said(wrong)) from wrong


def said(wrong: exc.DBAPIError) -> Exception:
    """What a database error means to us."""
    code = getattr(wrong.orig, "sqlstate", None)
    if code in SAYS_NO:
        diagnosis = getattr(wrong.orig, "diag", None)
        return SAYS_NO[code](getattr(diagnosis, "message_primary", None) or "Refused by the database.")
    if code == INSUFFICIENT_PRIVILEGE:
        return NotYourCall("This login may not do that. Nothing was changed.")
    if isinstance(wrong, exc.DataError) or (code and code[:2] in ("22", "23")):
        return Refused(f"The database refused it ({code or 'no text'}). Nothing was changed.")
    return Unavailable(f"Not recorded: the database does not take it now ({code or 'no answer'}). Try again.")
