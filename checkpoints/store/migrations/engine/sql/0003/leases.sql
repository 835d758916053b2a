-- A run at work holds a lease: who works for it, since which term, and when that was last alive. By the server's own
-- clock, not by desk_now(): this is about processes, and a test that turns the desk's clock on kills none.
create table desk.lease (
    run_id uuid primary key references desk.run,
    term integer not null default 1,
    holder uuid not null,
    seen_at timestamptz not null,
    ended_at timestamptz,
    lost integer not null default 0
);
create index lease_held on desk.lease (seen_at) where ended_at is null;

-- True while whoever holds it gives no sign any more. A server that has just come up has heard nobody yet.
create function desk.lease_is_lost(p_seen timestamptz) returns boolean
language sql stable set search_path = desk, pg_temp as $$
    select p_seen < clock_timestamp() - interval '8 seconds'
        and pg_postmaster_start_time() < clock_timestamp() - interval '8 seconds'
$$;

-- A pass takes the lease, under a new term. CS005: another one holds it, and may be alive.
create function desk.take_lease(p_run uuid, p_holder uuid) returns integer
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    taken integer;
begin
    insert into desk.lease as l (run_id, holder, seen_at)
        select id, p_holder, clock_timestamp() from desk.run where id = p_run and ended_at is null
        on conflict (run_id) do update set term = l.term + 1, holder = p_holder, seen_at = clock_timestamp(),
            ended_at = null, lost = l.lost + (l.ended_at is null)::integer
            where l.ended_at is not null or desk.lease_is_lost(l.seen_at)
        returning term into taken;
    if taken is null then
        raise exception 'Another pass works for this run, or it has ended. Nothing was begun.' using errcode = 'CS005';
    end if;
    return taken;
end $$;

-- All leases of a process are alive.
create function desk.keep_leases(p_holder uuid) returns void
language sql security definer set search_path = desk, pg_temp as $$
    update desk.lease set seen_at = clock_timestamp() where holder = p_holder and ended_at is null
$$;

-- The pass is over. Where it did not come to its end, the run is to be begun again; where it failed, that is a loss.
create function desk.give_lease_back(p_run uuid, p_term integer, p_again boolean, p_failed boolean) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
begin
    update desk.lease set ended_at = clock_timestamp(), lost = lost + p_failed::integer
        where run_id = p_run and term = p_term and ended_at is null;
    if found and p_again then
        perform desk.errands_add(jsonb_build_array(jsonb_build_object(
            'kind', 'again', 'key', p_run, 'body', jsonb_build_object('run', p_run))));
    end if;
end $$;

-- What a run writes, it writes under its lease: a pass that lost it changes nothing any more. A run that nobody holds
-- may be written for without one. The row stays as it is until the transaction ends.
create function desk.under_lease(p_run uuid, p_term integer) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    held desk.lease;
begin
    select * into held from desk.lease where run_id = p_run for share;
    if p_term is null and held.run_id is not null and held.ended_at is null
        or p_term is not null and (held.run_id is null or held.ended_at is not null or held.term <> p_term) then
        raise exception 'Another pass works for this run now. Nothing was recorded.' using errcode = 'CS006';
    end if;
end $$;

-- The porter finds one that was lost: the run, and how often that has happened to it since a person looked.
create function desk.lose_lease() returns table (run_id uuid, lost integer)
language sql security definer set search_path = desk, pg_temp as $$
    update desk.lease as l set ended_at = clock_timestamp(), lost = l.lost + 1
    where l.run_id = (select o.run_id from desk.lease o where o.ended_at is null and desk.lease_is_lost(o.seen_at)
                      limit 1 for update skip locked)
    returning l.run_id, l.lost
$$;

-- A person said that it may go on.
create function desk.forgive_losses(p_run uuid) returns void
language sql security definer set search_path = desk, pg_temp as
$$ update desk.lease set lost = 0 where run_id = p_run $$;

revoke all on function desk.lease_is_lost(timestamptz), desk.take_lease(uuid, uuid), desk.keep_leases(uuid),
    desk.give_lease_back(uuid, integer, boolean, boolean), desk.under_lease(uuid, integer), desk.lose_lease(),
    desk.forgive_losses(uuid) from public;
grant select on desk.lease to countersign_desk, countersign_asker;
grant execute on function desk.take_lease(uuid, uuid), desk.keep_leases(uuid), desk.forgive_losses(uuid),
    desk.give_lease_back(uuid, integer, boolean, boolean), desk.under_lease(uuid, integer) to countersign_asker, countersign_desk;
grant execute on function desk.lease_is_lost(timestamptz) to countersign_asker, countersign_desk;
grant execute on function desk.lose_lease() to countersign_desk;

-- The sweep that compares us with Prefect asks by both ids.
create index run_of_prefect on desk.run (prefect_id);
create index run_alive on desk.run (id) where ended_at is null and prefect_id is not null;
