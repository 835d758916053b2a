-- A person's second factor: its seed sealed with a key that lies beside the database, never in it.
create table desk.factor (
    id uuid primary key default gen_random_uuid(),
    person_id uuid not null references desk.person,
    sealed bytea not null,
    made_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    last_step bigint not null default 0
);
create unique index factor_one on desk.factor (person_id) where confirmed_at is not null and ended_at is null;

-- When the holder of a token last proved the second factor with it, and how often in a row that failed.
alter table desk.token
    add column proved_at timestamptz,
    add column wrong_codes integer not null default 0,
    add column wrong_at timestamptz;

-- What holds of a person, verified by this token, at this moment: also their second factor.
drop function desk.pressed(uuid, uuid, uuid);
drop function desk.standing(uuid, uuid);
create function desk.standing(p_person uuid, p_proof uuid)
returns table (
    active boolean, roles text[], single_operator boolean, at timestamptz, enrolled boolean, proved_at timestamptz
) language sql stable
begin atomic
    select exists (
            select from desk.token t join desk.person p on p.id = t.person_id
            where t.id = p_proof and p.id = p_person and p.active and t.ended_at is null
                and t.expires_at > desk.desk_now()),
        array(select role from desk.role where person_id = p_person and ended_at is null),
        desk.single_operator(),
        desk.desk_now(),
        exists (select from desk.factor f
                where f.person_id = p_person and f.confirmed_at is not null and f.ended_at is null),
        (select t.proved_at from desk.token t where t.id = p_proof and t.person_id = p_person);
end;

create function desk.pressed(p_id uuid, p_person uuid, p_proof uuid, out point json, out standing json)
language plpgsql volatile as $$
begin
    point := desk.held(p_id);
    standing := (select to_json(s) from desk.standing(p_person, p_proof) s);
end $$;

revoke all on function desk.standing(uuid, uuid), desk.pressed(uuid, uuid, uuid) from public;
grant execute on function desk.standing(uuid, uuid), desk.pressed(uuid, uuid, uuid) to countersign_desk;
grant select, insert, update on desk.factor to countersign_desk;
