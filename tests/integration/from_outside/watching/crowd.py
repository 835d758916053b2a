"""A desk at which ten thousand checkpoints wait and as many were decided, written by the tables' owner at once."""

import psycopg

from checkpoints.store.runs import Run
from tests.stage.desks import Office
from tests.stage.runs import eventually

FILL = """
    with points as (
        insert into desk.checkpoint
            (case_id, number, branch, question, attempt, kind, run_id, state, asked_at, changed_at)
        select %(case)s, 100 + n, 'main', 'crowd ' || n, 1, 'spend', %(run)s,
            case when n <= %(most)s then 'open' else 'approved' end, desk.desk_now(), desk.desk_now()
        from generate_series(1, 2 * %(most)s) n returning id, state),
    revisions as (
        insert into desk.revision (checkpoint_id, number, request, subject_digest, asked_at)
        select id, 1, '{}', repeat('0', 64), desk.desk_now() from points returning checkpoint_id)
    select count(*) from revisions"""
DECIDE = """
    with decided as (
        insert into desk.decision (checkpoint_id, revision, outcome, by_name, by_rule, at)
        select id, 1, 'approved', 'Ada', false, desk.desk_now() - interval '3 days'
        from desk.checkpoint where state = 'approved' returning checkpoint_id),
    answers as (
        insert into desk.answer (checkpoint_id, revision, person_id, verdict, way, token_id, at)
        select checkpoint_id, 1, %(person)s, 'approve', 'page', %(proof)s, desk.desk_now() from decided),
    waits as (
        insert into desk.wait (run_id, checkpoint_id, written_at, read_at)
        select %(run)s, checkpoint_id, desk.desk_now() - interval '4 days', desk.desk_now() - interval '3 days'
        from decided),
    permits as (
        insert into desk.permit (checkpoint_id, revision, digest, state, expires_at, changed_at)
        select checkpoint_id, 1, repeat('0', 64), 'done', desk.desk_now(), desk.desk_now() from decided)
    insert into desk.audit_line (number, at, login, event, body, previous, hash)
        select 1000000 + n, '', '', 'opened', '{}', '', '' from generate_series(1, 3 * %(most)s) n"""

UNTIDY = """
    select relname from pg_class where relnamespace = 'desk'::regnamespace and relkind = 'r'
    and relpages > 10 and relallvisible < relpages"""
"""Tables of which the planner does not know that every page is visible to all: it would read such a one whole."""


def crowd(office: Office, run: Run, most: int = 10_000) -> None:
    """Nothing but the figures makes sense of them: there is no audit of how they came."""
    address = office.settings.url_for("owner").replace("postgresql+psycopg", "postgresql", 1)
    values = {"case": run.case_id, "run": run.id, "most": most, "person": office.ada.id, "proof": office.ada.proof}
    with psycopg.connect(address, autocommit=True) as owner:
        for statement in (FILL, DECIDE):
            owner.execute(statement, values)
        eventually(lambda: tidy(owner), "a desk that is vacuumed as in the long run")


def tidy(owner: psycopg.Connection) -> bool | None:
    """True once nothing that went on beside it, such as the server's own vacuum, held the vacuum back."""
    owner.execute("vacuum analyze")
    return owner.execute(UNTIDY).fetchone() is None or None
