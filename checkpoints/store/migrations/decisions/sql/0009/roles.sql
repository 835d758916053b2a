-- A role with limits: one case, one kind of question, until a moment, from some networks. What is null limits nothing.
alter table desk.role
    add column id uuid not null default gen_random_uuid() unique,
    add column case_id uuid references desk.case_file,
    add column kind text check (length(kind) between 1 and 80),
    add column ends_at timestamptz,
    add column networks text[] check (cardinality(networks) between 1 and 20);

-- Who proposed a person, and so hands them their first token; and the limited role by which an answer counts, if it is one.
alter table desk.person add column invited_by uuid references desk.person;
alter table desk.answer add column role_id uuid references desk.role (id);

-- True while there never was a second technical operator who may decide everything, from then on without an end.
create or replace function desk.single_operator() returns boolean language sql stable
return (select count(distinct person_id) < 2 from desk.role
        where role = 'to' and case_id is null and kind is null and ends_at is null);

-- As before, and the roles that have limits. Whether one counts is for the core to say: it knows the question.
drop function desk.standing(uuid, uuid);
create function desk.standing(p_person uuid, p_proof uuid)
returns table (
    active boolean, roles text[], single_operator boolean, at timestamptz, enrolled boolean, proved_at timestamptz,
    limited json
) language sql stable
begin atomic
    select exists (
            select from desk.token t join desk.person p on p.id = t.person_id
            where t.id = p_proof and p.id = p_person and p.active and t.ended_at is null
                and t.expires_at > desk.desk_now()),
        held.roles,
        desk.single_operator(),
        desk.desk_now(),
        exists (select from desk.factor f
                where f.person_id = p_person and f.confirmed_at is not null and f.ended_at is null),
        (select t.proved_at from desk.token t where t.id = p_proof and t.person_id = p_person),
        held.limited
    from (select coalesce(array_agg(r.role) filter (where not l.limited), '{}') as roles,
            coalesce(json_agg(json_build_object('id', r.id, 'role', r.role, 'limits', json_build_object(
                'case', c.slug, 'kind', r.kind, 'until', r.ends_at, 'networks', coalesce(r.networks, '{}')))
                order by r.given_at) filter (where l.limited), '[]') as limited
        from desk.role r left join desk.case_file c on c.id = r.case_id,
            lateral (select num_nonnulls(r.case_id, r.kind, r.ends_at, r.networks) > 0 as limited) l
        where r.person_id = p_person and r.ended_at is null) held;
end;

revoke all on function desk.standing(uuid, uuid) from public;
grant execute on function desk.standing(uuid, uuid) to countersign_desk;

-- As before; an answer by a role with limits stands as long as that very role does, any other by any without limits.
create or replace function desk.stands(given desk.answer) returns boolean
language plpgsql stable security definer set search_path = desk, pg_temp as $$
declare
    decided timestamptz := (select d.at from desk.decision d where d.checkpoint_id = given.checkpoint_id);
    moment timestamptz := coalesce(decided, desk.desk_now());
begin
    return exists (
            select from desk.role r join desk.person p on p.id = r.person_id
            where r.person_id = given.person_id and r.role = given.role and r.given_at <= given.at
                and coalesce(r.ended_at > decided, r.ended_at is null) and (p.active or decided is not null)
                and case when given.role_id is null then num_nonnulls(r.case_id, r.kind, r.ends_at, r.networks) = 0
                    else r.id = given.role_id and coalesce(r.ends_at > moment, true) end)
        and (not given.same_person or (
            select count(distinct r.person_id) < 2 from desk.role r
            where r.role = 'to' and r.case_id is null and r.kind is null and r.ends_at is null
                and r.given_at <= coalesce(decided, 'infinity')));
end $$;
