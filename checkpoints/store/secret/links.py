"""Links that clients answer by, and their codes: rows without a secret, and the key beside the database.

Rule: nothing that is stored opens anything; a token and a code are made of the key and a random id, anew at each use.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, text

from checkpoints.core.errors import Unavailable
from checkpoints.core.view import Checkpoint
from checkpoints.store.people import hashed
from checkpoints.store.secret.private_files import make_once

KEY_BYTES = 32
DIGITS = 6
LINKS = """
    select t.id, t.person_id, p.name as person, p.email, p.second_email, l.checkpoint_id, desk.label(l.checkpoint_id)
        as label, l.revision, l.digest, l.made_by, t.made_at, t.expires_at,
        t.ended_at is null and t.expires_at > desk.desk_now() and p.active as holds,
        exists (select from desk.answer a where a.token_id = t.id) as answered
    from desk.link l join desk.token t on t.id = l.token_id join desk.person p on p.id = t.person_id"""
BY_ID = text(f"{LINKS} where t.id = :id")
BY_TOKEN = text(f"{LINKS} where t.hash = :hash")
OF_POINT = text(f"{LINKS} where l.checkpoint_id = :id order by t.made_at")
ALL = text(f"{LINKS} where t.ended_at is null and t.expires_at > desk.desk_now() order by t.made_at desc limit :most")
ADD_TOKEN = text("""
    insert into desk.token (id, person_id, hash, way, made_at, expires_at)
    values (:id, :person, :hash, 'link', desk.desk_now(), :expires_at)""")
ADD = text("""
    insert into desk.link (token_id, checkpoint_id, revision, digest, made_by)
    values (:id, :checkpoint, :revision, :digest, :made_by)""")
OPENS = text("select hash = :hash from desk.token where id = :id")
SENT_TO = text("select distinct sent_to from desk.message where checkpoint_id = :checkpoint and person_id = :person")
END_CODES = text("update desk.link_code set ended_at = desk.desk_now() where token_id = :link and ended_at is null")
END_CODES_OF = text("""
    update desk.link_code set ended_at = desk.desk_now()
    where ended_at is null and token_id in (select id from desk.token where person_id = :person)""")
UNPROVE = text("""
    update desk.token set proved_at = null where person_id = :person and way = 'link' and proved_at is not null""")
ADD_CODE = text("""
    insert into desk.link_code (token_id, sent_to, made_at) values (:link, :sent_to, desk.desk_now()) returning id""")
CODES = """
    select c.id, c.token_id as link, c.sent_to, c.made_at, c.sent_at, c.trouble from desk.link_code c
        join desk.token t on t.id = c.token_id join desk.person p on p.id = t.person_id and p.second_email = c.sent_to
    where c.ended_at is null and c.made_at > desk.desk_now() - :lasts and t.ended_at is null"""
CODE_OF = text(f"{CODES} and c.token_id = :id")
CODE = text(f"{CODES} and c.id = :id")
CODE_SENT = text("update desk.link_code set sent_at = desk.desk_now() where id = :id")
CODE_REFUSED = text("update desk.link_code set trouble = :trouble where id = :id")


@dataclass(frozen=True)
class Link:
    """A link as it is stored. `holds`: it opens its page; `answered`: an answer was given by it, the only one.

    `made_by`: empty where the desk itself put it into a mail to its person.
    """

    id: UUID
    person_id: UUID
    person: str
    email: str | None
    second_email: str | None
    checkpoint_id: UUID
    label: str
    revision: int
    digest: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    holds: bool
    answered: bool

    def names(self, point: Checkpoint) -> bool:
        """True while the question is the one that the link was made for, to the revision and the digest."""
        return (self.checkpoint_id, self.revision, self.digest) == (point.id, point.revision, point.digest)


@dataclass(frozen=True)
class Code:
    """A code that may be given on its link's page. `trouble`: why it never came to its address."""

    id: UUID
    link: UUID
    sent_to: str
    made_at: datetime
    sent_at: datetime | None
    trouble: str


def add(tx: Connection, home: Path, point: Checkpoint, person: UUID, made_by: str) -> UUID:
    """A link for one person to the present revision, as long as the question lasts. Raises Unavailable."""
    id = uuid4()
    values = {"id": id, "person": person, "hash": hashed(_token(home, id)), "expires_at": point.expires_at}
    tx.execute(ADD_TOKEN, values)
    bound = {"checkpoint": point.id, "revision": point.revision, "digest": point.digest}
    tx.execute(ADD, {"id": id, "made_by": made_by} | bound)
    return id


def by_id(tx: Connection, id: UUID) -> Link | None:
    """The link whose token this is; None when it is a token of another sort."""
    row = tx.execute(BY_ID, {"id": id}).one_or_none()
    return _link(row) if row else None


def by_token(tx: Connection, token: str) -> Link | None:
    """The link that this opens, or opened until it ended."""
    row = tx.execute(BY_TOKEN, {"hash": hashed(token)}).one_or_none()
    return _link(row) if row else None


def of_point(tx: Connection, id: UUID) -> list[Link]:
    """All that were made for a question, the first first."""
    return [_link(row) for row in tx.execute(OF_POINT, {"id": id})]


def holding(tx: Connection, most: int) -> list[Link]:
    """Those of all questions that have not ended, the newest first."""
    return [_link(row) for row in tx.execute(ALL, {"most": most})]


def went_to(tx: Connection, link: Link) -> set[str]:
    """Every address to which its person was told of the question: the link was in those mails."""
    sent = tx.execute(SENT_TO, {"checkpoint": link.checkpoint_id, "person": link.person_id}).scalars()
    return {*sent, *([link.email] if link.email else [])}


def add_code(tx: Connection, link: Link, sent_to: str) -> UUID:
    """Another code instead of any before it."""
    tx.execute(END_CODES, {"link": link.id})
    id: UUID = tx.execute(ADD_CODE, {"link": link.id, "sent_to": sent_to}).scalar_one()
    return id


def code_of(tx: Connection, link: UUID, lasts: timedelta) -> Code | None:
    """The one that may be given now, at most `lasts` old and to the second address that still is theirs."""
    return _code(tx.execute(CODE_OF, {"id": link, "lasts": lasts}).one_or_none())


def code_by_id(tx: Connection, id: UUID, lasts: timedelta) -> Code | None:
    """The same by its own id, for whoever sends it."""
    return _code(tx.execute(CODE, {"id": id, "lasts": lasts}).one_or_none())


def code_sent(tx: Connection, id: UUID) -> None:
    """It came to its address."""
    tx.execute(CODE_SENT, {"id": id})


def code_refused(tx: Connection, id: UUID, trouble: str) -> None:
    """It never will come there."""
    tx.execute(CODE_REFUSED, {"id": id, "trouble": trouble})


def end_codes(tx: Connection, link: UUID) -> None:
    """Used: no code counts twice."""
    tx.execute(END_CODES, {"link": link})


def forget_proofs(tx: Connection, person: UUID) -> None:
    """Nothing that was sent to a person's second address, or proven by it, counts any more."""
    tx.execute(END_CODES_OF, {"person": person})
    tx.execute(UNPROVE, {"person": person})


def token(tx: Connection, home: Path, id: UUID) -> str:
    """What opens the link, as it was when it was made. Raises Unavailable without the key that it was made with."""
    made = _token(home, id)
    if not tx.execute(OPENS, {"id": id, "hash": hashed(made)}).scalar_one():
        raise Unavailable(f"{_key_file(home)} is not the key that a link was made with. Put it back from the backup.")
    return made


def _token(home: Path, id: UUID) -> str:
    """256 bits, the same for the same id."""
    return urlsafe_b64encode(_made(home, "token", id)).rstrip(b"=").decode()


def digits(home: Path, code: UUID) -> str:
    """The six digits of a code. Raises Unavailable without the key."""
    return f"{int.from_bytes(_made(home, 'code', code)) % 10**DIGITS:0{DIGITS}}"


def _made(home: Path, what: str, id: UUID) -> bytes:
    return hmac.digest(_key(home), f"{what} {id}".encode(), sha256)


def _key_file(home: Path) -> Path:
    return home / "keys" / "link.key"


def _key(home: Path) -> bytes:
    file = _key_file(home)
    try:
        make_once(file, lambda: secrets.token_bytes(KEY_BYTES))
        key = file.read_bytes()
    except OSError as wrong:
        raise Unavailable(f"{file} can't be read ({wrong.strerror}). Nothing was recorded.") from None
    if len(key) != KEY_BYTES:
        raise Unavailable(f"{file} is no key of ours. Nothing was recorded. Put it back from the backup.")
    return key


def _link(row: Row[tuple[object, ...]]) -> Link:
    return Link(**row._mapping)


def _code(row: Row[tuple[object, ...]] | None) -> Code | None:
    return Code(**row._mapping) if row else None
