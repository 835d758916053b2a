"""What came from Slack has its turn: once, away from the thread that acked it, and every no is caught here.

Rule: whoever pressed or wrote hears what is true: recorded, or why not; what nobody was told was not recorded.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from checkpoints.actions.audit import recording
from checkpoints.actions.from_outside.slack import refusing, taking
from checkpoints.channels.slack.speaking import Speaker
from checkpoints.core.errors import Countersign, NeedsFactor, Unavailable
from checkpoints.core.model import Person
from checkpoints.core.view import LABEL
from checkpoints.store.desk import LOST, Desk
from checkpoints.store.from_outside.slack.accounts import User
from to_tools.identity import NotLinked
from to_tools.slack_listener.saying import NOT_RECORDED, UNSURE, Tells, Word

NO_DATABASE = "Not recorded: the desk can't reach its database now. Nothing was changed. Try again in a moment."
UNFORESEEN = (
    "Something went wrong here that nobody foresaw; the listener's log has it. "
    "Whether it was recorded stands on the checkpoint's page."
)

log = logging.getLogger("slack")


@dataclass(frozen=True)
class Office:
    """Where what comes from Slack is looked at: a desk, and who speaks for it in Slack."""

    desk: Desk
    speaker: Speaker


@dataclass
class Turn:
    """One thing that came, and what is known of it by now. `home`: the workspace that they are of, where it is said.

    `tells` says to whoever sent it what became of it. `tried` and `label`: what a refusal of it is in the audit.
    """

    office: Office
    user: User
    home: str
    known_by: frozenset[bytes]
    tells: Tells
    tried: str = ""
    label: str = ""
    person: Person | None = None

    @property
    def desk(self) -> Desk:
        return self.office.desk

    def tries(self, what: str, label: str) -> None:
        """From here on a refusal is a line of the audit; with an empty `what` it is none."""
        self.tried, self.label = what, label

    def take(self, do: Callable[["Turn"], None]) -> None:
        """Does it, if it never had its turn before. Raises nothing: it is the last to hear of anything."""
        try:
            if not taking.first(self.desk, self.known_by):
                log.info("something came from Slack that had its turn before: nothing was done")
                return
            do(self)
        except Countersign as no:
            self._refused(no)
        except SQLAlchemyError as wrong:
            log.error("no database: %s", type(wrong).__name__)
            self.tell(Word(NO_DATABASE))
        except ValidationError as wrong:
            # What it says repeats nothing of what came.
            log.error("Slack said something that can't be read: %s", wrong)
            self.tell(Word(UNFORESEEN, title=UNSURE))
        except Exception:
            log.exception("what came from Slack could not be done")
            self.tell(Word(UNFORESEEN, title=UNSURE))

    def tell(self, word: Word) -> None:
        """To whoever sent it. What can't be said is logged: it stands on the card and on the page as well."""
        try:
            self.tells(word)
        except Countersign as trouble:
            log.warning("%s could not be told: %s", self.user.user_id, trouble)

    def _refused(self, no: Countersign) -> None:
        log.info("refused to %s in Slack: %s: %s", self.user.user_id, self.tried or "nothing yet", type(no).__name__)
        self.tell(self._word(no))
        if isinstance(no, Unavailable) or not self.tried:
            return
        try:
            if self.person is None:
                refusing.stranger(self.desk, self.user, self.tried, self.label, no)
            else:
                recording.refused(self.desk, self.person.name, self.tried, self.label, no)
        except (Countersign, SQLAlchemyError) as trouble:
            # They have heard the no that counts.
            log.warning("the refused try is not in the audit: %s: %s", type(trouble).__name__, trouble)

    def _word(self, no: Countersign) -> Word:
        title = UNSURE if str(no) == LOST else NOT_RECORDED
        if isinstance(no, NotLinked):
            return Word(str(no), f"{self.desk.page_url}/account", "Your account on the page")
        if not LABEL.fullmatch(self.label):
            return Word(str(no), title=title)
        reads = "Approve on the page" if isinstance(no, NeedsFactor) else "Open on the page"
        return Word(str(no), f"{self.desk.page_url}/checkpoints/{self.label}", reads, title)
