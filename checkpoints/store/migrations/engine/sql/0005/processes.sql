-- A process says that it is alive. What doesn't say it for an hour is forgotten when another of its name does.
create table desk.process (
    name text not null check (name in ('porter', 'engine')),
    host text not null check (length(host) between 1 and 255),
    pid integer not null check (pid > 0),
    started_at timestamptz not null,
    seen_at timestamptz not null,
    version text not null check (length(version) <= 40),
    primary key (name, host, pid)
);

-- A process id comes again: `p_first` says that this is another process than the one that had it before.
create function desk.seen(p_name text, p_host text, p_pid integer, p_version text, p_first boolean) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    moment timestamptz := desk.desk_now();
begin
    -- Whoever asks can't say that the desk's own processes are alive.
    if session_user = 'countersign_asker' and p_name <> 'engine' then
        raise exception 'This login speaks for the engine only. Nothing was recorded.' using errcode = 'CS001';
    end if;
    insert into desk.process (name, host, pid, started_at, seen_at, version)
        values (p_name, p_host, p_pid, moment, moment, p_version)
        on conflict (name, host, pid) do update set seen_at = moment, version = excluded.version,
            started_at = case when p_first then moment else process.started_at end;
    if p_first then
        delete from desk.process where name = p_name and seen_at < moment - interval '1 hour';
    end if;
end $$;

revoke all on function desk.seen(text, text, integer, text, boolean) from public;
grant execute on function desk.seen(text, text, integer, text, boolean) to countersign_desk, countersign_asker;
grant select on desk.process to countersign_desk;
-- Whether the database has this release's tables is the desk's to know.
grant select on desk_version to countersign_desk;
