"""Rows of whose Slack account is whose, and of the codes that link the two. A code itself is never stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from checkpoints.store.people import hashed

# The token is what an account answers with: once that holds no more, neither does the account.
HOLDS = """
    from desk.slack_account a join desk.token t on t.id = a.token_id join desk.person p on p.id = a.person_id
    where a.ended_at is null and t.ended_at is null and t.expires_at > desk.desk_now() and p.active"""
ALL = text(f"select a.team_id, a.user_id, a.person_id, p.name, a.token_id as proof, t.scope {HOLDS}")
BY_USER = text(f"{ALL.text} and a.team_id = :team_id and a.user_id = :user_id")
OF_PERSON = text(f"{ALL.text} and a.person_id = :person")
ENDED = "update desk.slack_account set ended_at = desk.desk_now() where ended_at is null and {which} returning {what}"
WHAT = "token_id as proof, user_id, person_id, (select name from desk.person where id = person_id) as name"
END = text(ENDED.format(which="(person_id = :person or (team_id = :team_id and user_id = :user_id))", what=WHAT))
END_ELSEWHERE = text(ENDED.format(which="team_id <> :team_id", what=WHAT))
LINK = text("""
    insert into desk.slack_account (token_id, team_id, user_id, person_id, linked_at)
    values (:proof, :team_id, :user_id, :person, desk.desk_now())""")
NO_CODES = text("update desk.slack_code set ended_at = desk.desk_now() where person_id = :person and ended_at is null")
CODE = text("""
    insert into desk.slack_code (hash, person_id, made_at, expires_at)
    values (:hash, :person, desk.desk_now(), desk.desk_now() + :lasts)""")
TAKE = text("""
    update desk.slack_code set ended_at = desk.desk_now()
    where hash = :hash and ended_at is null and expires_at > desk.desk_now()
        and (select active from desk.person where id = person_id)
    returning person_id""")
# A row even before the first wrong one: whoever says many at once has to wait in line as well.
GUESSES = text("""
    insert into desk.slack_guess (team_id, user_id, wrong, wrong_at)
    values (:team_id, :user_id, 0, desk.desk_now())
    on conflict (team_id, user_id) do update set wrong = slack_guess.wrong
    returning wrong, wrong_at as last, desk.desk_now() as at""")
WRONG = text("""
    update desk.slack_guess set wrong = wrong + 1, wrong_at = desk.desk_now()
    where team_id = :team_id and user_id = :user_id""")
RIGHT = text("delete from desk.slack_guess where team_id = :team_id and user_id = :user_id")


@dataclass(frozen=True)
class User:
    """A Slack account, as Slack signs it."""

    team_id: str
    user_id: str


@dataclass(frozen=True)
class Account:
    """Whose it is, and the token that it answers with."""

    team_id: str
    user_id: str
    person_id: UUID
    name: str
    proof: UUID
    scope: str


@dataclass(frozen=True)
class Ended:
    """What was linked until now: whose, and the token that has to end with it."""

    proof: UUID
    user_id: str
    person_id: UUID
    name: str


@dataclass(frozen=True)
class Guesses:
    """How many codes in a row a Slack account said that were none, when the last of them, and what time it is."""

    wrong: int
    last: datetime
    at: datetime


def everybody(tx: Connection) -> list[Account]:
    """All that hold now."""
    return [Account(**row._mapping) for row in tx.execute(ALL)]


def by_user(tx: Connection, user: User) -> Account | None:
    """None for one that is nobody's, or was."""
    row = tx.execute(BY_USER, vars(user)).one_or_none()
    return Account(**row._mapping) if row else None


def of_person(tx: Connection, person: UUID) -> Account | None:
    """None for somebody who isn't reached in Slack."""
    row = tx.execute(OF_PERSON, {"person": person}).one_or_none()
    return Account(**row._mapping) if row else None


def end(tx: Connection, person: UUID, user: User | None = None) -> list[Ended]:
    """What was linked to the person, or to the user, holds no more; whoever ends it ends the tokens."""
    named = {"person": person, "team_id": user.team_id if user else "", "user_id": user.user_id if user else ""}
    return [Ended(**row._mapping) for row in tx.execute(END, named)]


def end_elsewhere(tx: Connection, team_id: str) -> list[Ended]:
    """The same for all of other workspaces."""
    return [Ended(**row._mapping) for row in tx.execute(END_ELSEWHERE, {"team_id": team_id})]


def link(tx: Connection, user: User, person: UUID, proof: UUID) -> None:
    """The account answers with this token from now on; whatever was linked to either has to be ended before."""
    tx.execute(LINK, {**vars(user), "person": person, "proof": proof})


def add_code(tx: Connection, person: UUID, code: str, lasts: timedelta) -> None:
    """Instead of every other code of theirs."""
    tx.execute(NO_CODES, {"person": person})
    tx.execute(CODE, {"hash": hashed(code), "person": person, "lasts": lasts})


def take_code(tx: Connection, code: str) -> UUID | None:
    """Whose it is, once; None for what is no code, or is one no more."""
    found: UUID | None = tx.execute(TAKE, {"hash": hashed(code)}).scalar_one_or_none()
    return found


def guesses(tx: Connection, user: User) -> Guesses:
    """Held until the transaction ends: another try waits for this one."""
    return Guesses(**tx.execute(GUESSES, vars(user)).one()._mapping)


def guessed(tx: Connection, user: User, right: bool) -> None:
    """Counts a wrong one, or forgets them."""
    tx.execute(RIGHT if right else WRONG, vars(user))
