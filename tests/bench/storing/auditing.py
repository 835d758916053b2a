"""What the audit's chain costs: lines a second beside the same insert without a chain, and lines verified a second.

Rule: each line is a transaction of its own, on the disk when it returns; with the chain, with a head alone and without
take turns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg

from checkpoints.actions.audit import anchoring, exporting
from tests.bench.figures import Figure
from tests.bench.storing.busy_desk import THREADS, BusyDesk

ROUNDS = 5
LINES = 960
"""A round, alone and by all sixteen together."""
TO_VERIFY = 50_000
FLOOR = """
    create table desk.audit_floor (
        number bigint primary key generated always as identity, at text not null, login text not null,
        event text not null, body text not null, previous text not null, hash text not null);
    grant insert on desk.audit_floor to countersign_desk"""
HEAD = """
    create table desk.head_floor (only_row boolean primary key, number bigint not null);
    insert into desk.head_floor values (true, 0);
    create table desk.headed_floor (like desk.audit_line including all);
    create function desk.headed_append(p_body jsonb) returns bigint
    language plpgsql security definer set search_path = desk, pg_temp as $$
    declare
        written bigint;
    begin
        update desk.head_floor set number = number + 1 returning number into strict written;
        insert into desk.headed_floor (number, at, login, event, body, previous, hash)
            values (written, to_char(desk.desk_now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                session_user, 'written', p_body::text, repeat('0', 64), repeat('0', 64));
        return written;
    end $$;
    grant execute on function desk.headed_append(jsonb) to countersign_desk"""
"""The least that numbers lines without a gap: a row that is locked until the line is on the disk, and no hash."""
BODY = '{"checkpoint": "case-1/1", "subject": "' + "0" * 64 + '"}'
HEADED = "select desk.headed_append(%s::jsonb)"
CHAINED = "select desk.audit_append('written', %s::jsonb)"
UNCHAINED = """
    insert into desk.audit_floor (at, login, event, body, previous, hash)
    values (to_char(desk.desk_now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), session_user, 'written',
            %s::jsonb::text, repeat('0', 64), repeat('0', 64))"""
MANY = "select count(desk.audit_append('written', %s::jsonb)) from generate_series(1, %s)"


def auditing(desk: BusyDesk) -> Iterator[Figure]:
    """audit_append_per_s, its two floors, audit_verify_lines_per_s and audit_export_lines_per_s."""
    with psycopg.connect(desk.office.settings.address_for("owner"), autocommit=True) as owner:
        owner.execute(FLOOR)
        owner.execute(HEAD)
    with ExitStack() as opened:
        writers = [opened.enter_context(desk.connect()) for _ in range(THREADS)]
        for writer in writers:
            writer.autocommit = True
        _round(writers)
        rates = zip(*(_round(writers) for _ in range(ROUNDS)), strict=True)
        one, head_one, floor_one, *many = (round(statistics.median(rate), 1) for rate in rates)
        sixteen, head_sixteen, floor_sixteen = many
        writers[0].execute(MANY, (BODY, TO_VERIFY))
    yield Figure("audit_append_per_s", {"one": one, "sixteen": sixteen}, ROUNDS * LINES)
    yield Figure("head_append_per_s", {"one": head_one, "sixteen": head_sixteen}, ROUNDS * LINES)
    yield Figure("floor_append_per_s", {"one": floor_one, "sixteen": floor_sixteen}, ROUNDS * LINES)
    yield _verified(desk)
    yield _exported(desk)


def _round(writers: list[psycopg.Connection]) -> list[float]:
    return [_rate(writers[:few], words) for few in (1, THREADS) for words in (CHAINED, HEADED, UNCHAINED)]


def _rate(writers: list[psycopg.Connection], words: str) -> float:
    each = LINES // len(writers)
    with ThreadPoolExecutor(len(writers)) as pool:
        begin = time.perf_counter()
        list(pool.map(lambda writer: _write(writer, words, each), writers))
        return LINES / (time.perf_counter() - begin)


def _write(writer: psycopg.Connection, words: str, lines: int) -> None:
    for _ in range(lines):
        writer.execute(words, (BODY,))


def _verified(desk: BusyDesk) -> Figure:
    begin = time.perf_counter()
    verified = anchoring.verify(desk.office.desk)
    took = time.perf_counter() - begin
    assert verified.wrong == ()
    assert verified.lines > TO_VERIFY
    return Figure("audit_verify_lines_per_s", round(verified.lines / took), verified.lines)


def _exported(desk: BusyDesk) -> Figure:
    office, file = desk.office, desk.office.settings.home / "audit.zip"
    begin = time.perf_counter()
    sheet = dict(exporting.export(office.desk, office.ada, None, None, file).sheet)
    took = time.perf_counter() - begin
    lines = int(sheet["audit lines"])
    assert lines > TO_VERIFY
    return Figure("audit_export_lines_per_s", round(lines / took), lines)
