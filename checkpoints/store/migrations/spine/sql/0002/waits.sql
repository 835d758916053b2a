-- What a sleeping run waits for, whichever comes first: a decision, a moment, an arrival, a change of the case's course.
create table desk.arrival (
    id bigint generated always as identity primary key,
    case_id uuid not null references desk.case_file,
    name text not null check (name ~ '^[a-z][a-z-]{0,39}$'),
    key text not null check (length(key) between 1 and 200),
    body jsonb not null check (octet_length(body::text) <= 70000),
    at timestamptz not null,
    taken_at timestamptz,
    unique (case_id, name, key)
);
create index arrival_new on desk.arrival (case_id, name) where taken_at is null;

drop index desk.wait_unread;
alter table desk.wait
    alter column checkpoint_id drop not null,
    add column due_at timestamptz,
    add column arrival text,
    add column course integer,
    add column called_at timestamptz;
-- A run has one thread: it sleeps for one set of things at a time.
create unique index wait_unread on desk.wait (run_id) where read_at is null;
create index wait_due on desk.wait (due_at) where read_at is null and called_at is null;

-- True while a run that has not ended sleeps, or is about to, and what it waits for has come.
create function desk.has_news(p_run uuid) returns boolean language sql stable set search_path = desk, pg_temp as $$
    select exists (
        select from desk.wait w join desk.run r on r.id = w.run_id join desk.case_file c on c.id = r.case_id
            left join desk.checkpoint p on p.id = w.checkpoint_id
        where w.run_id = p_run and w.read_at is null and r.ended_at is null and (
            p.state not in ('asked', 'open') or w.due_at <= desk.desk_now() or w.course <> c.course
            or exists (select from desk.arrival a
                       where a.case_id = r.case_id and a.name = w.arrival and a.taken_at is null)))
$$;

revoke all on function desk.has_news(uuid) from public;
grant execute on function desk.has_news(uuid) to countersign_desk, countersign_asker;
grant select on desk.arrival to countersign_desk, countersign_asker;
grant insert (case_id, name, key, body, at) on desk.arrival to countersign_desk;
grant update (taken_at) on desk.arrival to countersign_asker;
grant update (called_at) on desk.wait to countersign_desk;
grant insert (due_at, arrival, course), update (checkpoint_id, due_at, arrival, course, written_at) on desk.wait
    to countersign_asker;

-- As before; and one that was put off, and isn't being carried right now, is due at once when there is news for it.
create or replace function desk.errands_add(p_errands jsonb) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    moment timestamptz := desk.desk_now();
begin
    insert into desk.errand (kind, key, body, due_at, made_at)
        select kind, key, body, moment, moment from jsonb_to_recordset(p_errands) as e (kind text, key text, body jsonb)
        on conflict (kind, key) where done_at is null do update set version = errand.version + 1, body = excluded.body,
            due_at = case when errand.trouble = '' then errand.due_at else least(errand.due_at, moment) end,
            tries = case when errand.trouble = '' then errand.tries else 0 end;
    perform pg_notify('desk', '');
end $$;
