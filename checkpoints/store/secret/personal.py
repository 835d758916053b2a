"""What the rows hold of one person, and how it is taken out of them and of the audit's lines.

Rule: with the owner's login only; the desk's can change no line, and delete none of these rows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from checkpoints.core.work.erasure import Redaction

ALONE = text("lock table desk.audit_line in share update exclusive mode")
HOLD_HEAD = text("select number from desk.audit_head for update")
REMOVED = text("""
    select id, name, erased_at is not null as erased, email, second_email,
        array(select sent_to from desk.message where person_id = p.id union
            select c.sent_to from desk.link_code c join desk.token t on t.id = c.token_id
            where t.person_id = p.id) as reached,
        array(select distinct user_id from desk.slack_account a where person_id = p.id and not exists (
            select from desk.slack_account b
            where (b.team_id, b.user_id) = (a.team_id, a.user_id) and b.person_id <> p.id)) as slack
    from desk.person p where not active order by made_at""")
OVERDUE = text("""
    select name from desk.person
    where not active and erased_at is null and removed_at < desk.desk_now() - :kept order by removed_at, name""")
RENAME = text("""
    update desk.person set name = :pseudonym, email = null, second_email = null, most_a_day = null, backup = false,
        erased_at = desk.desk_now()
    where id = :id""")
THEIRS = "select id from desk.token where person_id = :id"
UNUSED = f"{THEIRS} and not exists (select from desk.answer where token_id = token.id)"
"""An answer names the token that it was given with: that one stays, ended, and the link that it was for."""
GONE = (
    text("delete from desk.working_time where person_id = :id"),
    text("delete from desk.absence where person_id = :id"),
    text("update desk.absence set stand_in = null where stand_in = :id"),
    text("delete from desk.shown where person_id = :id"),
    text("delete from desk.password where person_id = :id"),
    text("delete from desk.recovery_code where factor_id in (select id from desk.factor where person_id = :id)"),
    text("delete from desk.factor where person_id = :id"),
    text("delete from desk.factor_reset where person_id = :id"),
    text("delete from desk.consent where person_id = :id"),
    text("delete from desk.slack_code where person_id = :id"),
    text("""
        delete from desk.slack_guess where (team_id, user_id) in (
            select team_id, user_id from desk.slack_account where person_id = :id)"""),
    text("delete from desk.slack_place where place in (select user_id from desk.slack_account where person_id = :id)"),
    text("delete from desk.slack_account where person_id = :id"),
    text(f"delete from desk.link_code where token_id in ({THEIRS})"),
    text(f"delete from desk.link where token_id in ({UNUSED})"),
    text(f"delete from desk.token where id in ({UNUSED})"),
)
UNREACHED = (
    text("update desk.message set sent_to = :pseudonym, trouble = '' where person_id = :id"),
    # Their own card is not for anybody to change any more; each keeps a place of its own.
    text("""
        update desk.slack_card set place = cast(:pseudonym as text) || ' ' || id, person_id = null, channel = null,
            ts = null, state = 'refused', trouble = ''
        where person_id = :id"""),
)
WORDS = (
    *("role.given_by", "decision.by_name", "decision.note", "answer.note", "checkpoint.because", "case_file.outcome"),
    *("link.made_by", "factor_reset.because", "rule_version.adopted_by", "pre_approval.adopted_by"),
    *("pre_approval.revoked_by", "pre_approval.revoked_because", "plan_item.waived_by", "plan_item.waived_because"),
    *("errand.trouble", "message.trouble", "link_code.trouble", "slack_card.trouble"),
    *("refused_try.by_name", "refused_try.about", "refused_try.why"),
)
"""Where rows name people by their name, or hold what people wrote."""
FIND = """
    select cast(ctid as text) as place, {column} as said from desk.{table}
    where position(lower(:word) in lower({column})) > 0 for update"""
CHANGE = "update desk.{table} set {column} = :said where ctid = cast(:place as tid)"
NAMING = tuple(
    (text(FIND.format(table=table, column=column)), text(CHANGE.format(table=table, column=column)))
    for table, column in (place.split(".") for place in WORDS)
)
OWN_QUESTIONS = (
    text("""
        select cast(r.ctid as text) as place, cast(r.request as text) as said
        from desk.revision r join desk.checkpoint p on p.id = r.checkpoint_id join desk.case_file c on c.id = p.case_id
            left join desk.permit t on t.checkpoint_id = p.id
        where c.sort = 'desk' and (p.state in ('rejected', 'expired', 'withdrawn', 'void')
                or p.state = 'approved' and t.state in ('done', 'void'))
            and position(lower(:word) in lower(cast(r.request as text))) > 0
        for update of r"""),
    text("update desk.revision set request = cast(:said as jsonb) where ctid = cast(:place as tid)"),
)
"""What the desk asked about people, once it is over. Every other question's text stays: it is what was approved."""
CARRIED = (
    text("""
        select cast(ctid as text) as place, cast(body as text) as said from desk.errand
        where done_at is not null and position(lower(:word) in lower(cast(body as text))) > 0 for update"""),
    text("update desk.errand set body = cast(:said as jsonb) where ctid = cast(:place as tid)"),
)
"""What people were told, in words. One that is still to be carried is read by whoever carries it: it stays."""
STAYS = text("""
    select count(*) from desk.revision r where exists (
        select from unnest(cast(:words as text[])) word
        where position(lower(word) in lower(cast(r.request as text))) > 0)""")
LINE = text("update desk.audit_line set body = :body where number = :number")


@dataclass(frozen=True)
class Removed:
    """Somebody who is off the desk, and all that they were called; `slack`: by ids that were nobody else's."""

    id: UUID
    name: str
    erased: bool
    addresses: tuple[str, ...]
    slack: tuple[str, ...] = ()


def alone(tx: Connection) -> None:
    """Until the end of the transaction nobody else erases; the desk goes on writing."""
    tx.execute(ALONE)


def hold_head(tx: Connection) -> None:
    """Until the end of the transaction no line is written. After the rows: whoever decides locks in this order."""
    tx.execute(HOLD_HEAD)


def removed(tx: Connection) -> list[Removed]:
    """All who are off the desk."""
    found = []
    for row in tx.execute(REMOVED):
        addresses = {it for it in (row.email, row.second_email, *row.reached) if it and "@" in it}
        found.append(Removed(row.id, row.name, row.erased, tuple(sorted(addresses)), tuple(sorted(row.slack))))
    return found


def overdue(tx: Connection, kept: timedelta) -> list[str]:
    """Who was removed longer ago than this and is still named, the first first."""
    return [str(name) for name in tx.scalars(OVERDUE, {"kept": kept})]


def take_out(tx: Connection, of: Removed, redaction: Redaction) -> int:
    """How many rows changed."""
    named = {"id": of.id, "pseudonym": redaction.pseudonym}
    words = redaction.theirs
    changed = sum(tx.execute(gone, {"id": of.id}).rowcount for gone in GONE)
    changed += sum(tx.execute(unreached, named).rowcount for unreached in UNREACHED)
    changed += sum(_in_words(tx, find, change, words, redaction.text) for find, change in NAMING)
    for find, change in (OWN_QUESTIONS, CARRIED):
        changed += _in_words(tx, find, change, words, redaction.document)
    return changed + tx.execute(RENAME, named).rowcount


def asked_about(tx: Connection, words: Iterable[str]) -> int:
    """How many questions' texts have one of these words; they are bound by digests, and stay."""
    return int(tx.execute(STAYS, {"words": list(words)}).scalar_one())


def write_lines(tx: Connection, bodies: Mapping[int, str]) -> None:
    """Other bodies for these lines; their hashes stay."""
    if bodies:
        tx.execute(LINE, [{"number": number, "body": body} for number, body in bodies.items()])


def _in_words(
    tx: Connection, find: TextClause, change: TextClause, words: Iterable[str], left: Callable[[str], str]
) -> int:
    changed = 0
    for word in words:
        for row in tx.execute(find, {"word": word}).all():
            if (now := left(row.said)) != row.said:
                changed += tx.execute(change, {"place": row.place, "said": now}).rowcount
    return changed
