-- An agent from outside works for one person: whoever let it ask first. That person doesn't answer what it asks.
create table desk.agent (
    name text primary key check (name ~ '^[a-z][a-z0-9-]{0,38}[a-z0-9]$'),
    owner_id uuid not null references desk.person,
    made_at timestamptz not null
);

-- What it asks by, as a hash: in these projects, questions of these kinds, until then. It is no token of a person's, so
-- that no door of theirs knows it.
create table desk.agent_token (
    id uuid primary key default gen_random_uuid(),
    agent text not null references desk.agent,
    hash bytea not null unique,
    projects text[] not null check (cardinality(projects) between 1 and 50),
    kinds text[] not null check (cardinality(kinds) between 1 and 20),
    made_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    ended_at timestamptz
);
create index agent_token_agent on desk.agent_token (agent);

-- What was asked under a key, and the SHA-256 of the words that it was asked in.
create table desk.agent_key (
    agent text not null references desk.agent,
    key text not null check (length(key) between 8 and 200),
    body text not null check (body ~ '^[0-9a-f]{64}$'),
    checkpoint_id uuid references desk.checkpoint,
    made_at timestamptz not null,
    primary key (agent, key)
);

-- Whose token this is, while it holds and while whom the agent works for is here.
create function desk.agent_by_token(p_hash bytea)
returns table (name text, owner text, owner_id uuid, projects text[], kinds text[], expires_at timestamptz)
language plpgsql security definer set search_path = desk, pg_temp as $$
begin
    update desk.agent_token t set last_used_at = desk.desk_now()
        where t.hash = p_hash and t.ended_at is null and t.expires_at > desk.desk_now()
            and coalesce(t.last_used_at, t.made_at) < desk.desk_now() - interval '1 hour';
    return query select a.name, p.name, p.id, t.projects, t.kinds, t.expires_at
        from desk.agent_token t join desk.agent a on a.name = t.agent join desk.person p on p.id = a.owner_id
        where t.hash = p_hash and t.ended_at is null and t.expires_at > desk.desk_now() and p.active;
end $$;

-- It asks, in a run of its own that no engine executes: once a key, whoever else brings that key at the same moment.
create function desk.agent_ask(
    p_hash bytea, p_key text, p_body text, p_slug text, p_request jsonb, p_digest text
) returns uuid language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    asking record;
    kept desk.agent_key;
    file desk.case_file;
    lane text := left(encode(sha256(convert_to(p_key, 'UTF8')), 'hex'), 16);
    own_run uuid;
begin
    select * into asking from desk.agent_by_token(p_hash);
    if asking.name is null then
        raise exception 'This token is not good (any more). Nothing was asked.' using errcode = 'CS001';
    elsif p_slug <> all (asking.projects) or coalesce(p_request ->> 'kind', '') <> all (asking.kinds) then
        raise exception 'This token is not for that project, or not for that kind. Nothing was asked.'
            using errcode = 'CS001';
    elsif p_request ->> 'agent' is distinct from asking.name || ' (from outside)' then
        raise exception 'An agent asks in its own name. Nothing was asked.' using errcode = 'CS001';
    end if;
    -- Of many at once the first goes on; the others wait here until it is through, and then find what it asked.
    insert into desk.agent_key (agent, key, body, made_at) values (asking.name, p_key, p_body, desk.desk_now())
        on conflict do nothing;
    select * into strict kept from desk.agent_key where agent = asking.name and key = p_key for update;
    if kept.body <> p_body then
        raise exception 'This key was used before, for something else. Nothing was asked, nothing was changed.'
            using errcode = 'CS002';
    elsif kept.checkpoint_id is not null then
        return kept.checkpoint_id;
    end if;
    select * into file from desk.case_file where slug = p_slug and sort <> 'desk';
    if file.id is null then
        raise exception 'There is no such project. Nothing was asked.' using errcode = 'CS001';
    end if;
    insert into desk.run (case_id, branch, body, made_at)
        values (file.id, 'agent/' || asking.name || '/' || lane,
                jsonb_build_object('for', asking.owner_id, 'agent', asking.name), desk.desk_now())
        returning id into own_run;
    update desk.agent_key set checkpoint_id = desk.ask(own_run, 'credential', 1, p_request, p_digest)
        where agent = asking.name and key = p_key
        returning checkpoint_id into kept.checkpoint_id;
    return kept.checkpoint_id;
end $$;

-- Junk at the agents' door is counted, as it is at the page's.
create function desk.count_junk() returns void
language sql security definer set search_path = desk, pg_temp as $$
    insert into desk.refused_sign_in (day, sort, tries) values ((desk.desk_now() at time zone 'utc')::date, 'junk', 1)
    on conflict (day, sort) do update set tries = refused_sign_in.tries + 1
$$;

revoke all on function desk.agent_by_token(bytea), desk.agent_ask(bytea, text, text, text, jsonb, text),
    desk.count_junk() from public;
grant execute on function desk.agent_by_token(bytea), desk.agent_ask(bytea, text, text, text, jsonb, text),
    desk.count_junk() to countersign_asker;
grant execute on function desk.agent_by_token(bytea) to countersign_desk;
grant select, insert on desk.agent, desk.agent_token to countersign_desk;
grant select on desk.agent_key to countersign_desk;
grant update (ended_at) on desk.agent_token to countersign_desk;
