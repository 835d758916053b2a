-- What takes the place of a code, each once, while the factor that it was made for holds. 80 random bits, kept as SHA-256.
create table desk.recovery_code (
    factor_id uuid not null references desk.factor,
    hash bytea not null check (length(hash) = 32),
    made_at timestamptz not null,
    used_at timestamptz,
    ended_at timestamptz,
    primary key (factor_id, hash)
);

-- A lost factor is taken away by two people, neither of them its owner: one asks, another confirms.
create table desk.factor_reset (
    id uuid primary key default gen_random_uuid(),
    person_id uuid not null references desk.person,
    asked_by uuid not null references desk.person check (asked_by <> person_id),
    because text not null check (length(because) between 1 and 4000),
    asked_at timestamptz not null,
    expires_at timestamptz not null,
    confirmed_by uuid references desk.person check (confirmed_by <> person_id and confirmed_by <> asked_by),
    confirmed_at timestamptz,
    ended_at timestamptz,
    check ((confirmed_by is null) = (confirmed_at is null))
);
create unique index factor_reset_one on desk.factor_reset (person_id) where confirmed_at is null and ended_at is null;

-- A local account. How often in a row its password or the code with it was wrong, and when last.
create table desk.password (
    person_id uuid primary key references desk.person,
    hash text not null check (hash like '$argon2id$%'),
    set_at timestamptz not null,
    wrong integer not null default 0,
    wrong_at timestamptz
);

-- Tries to sign in that leave no audit line, for a stranger could fill it: of unknown names, and within a wait.
create table desk.refused_sign_in (
    day date not null,
    sort text not null check (sort in ('unknown', 'too soon')),
    tries bigint not null default 1,
    primary key (day, sort)
);

-- `all` does what its person may; `read` only looks; `enrol` only enrols a second factor, and becomes `all` by that.
alter table desk.token
    add column scope text not null default 'all' check (scope in ('all', 'read', 'enrol')),
    add column last_used_at timestamptz;

-- One address belongs to one person. Whoever had it first keeps it.
do $$
declare
    other desk.person;
begin
    for other in
        select p.* from desk.person p where p.active and p.email is not null and exists (
            select from desk.person first where first.active and lower(first.email) = lower(p.email)
                and (first.made_at, first.id) < (p.made_at, p.id))
    loop
        update desk.person set email = null where id = other.id;
        perform desk.audit_append('e-mail address taken away', jsonb_build_object(
            'person', other.id, 'name', other.name, 'by', 'the upgrade', 'because', 'it is another person''s too'));
    end loop;
end $$;
create unique index person_email on desk.person (lower(email)) where active and email is not null;

-- What holds of a person, verified by this token, at this moment. `scope` is what the token is for, null once it holds no
-- more; `active`, without which nothing is decided or changed, only with a token for all.
drop function desk.standing(uuid, uuid);
create function desk.standing(p_person uuid, p_proof uuid)
returns table (
    active boolean, roles text[], single_operator boolean, at timestamptz, enrolled boolean, proved_at timestamptz,
    limited json, scope text
) language sql stable
begin atomic
    select coalesce(held.scope = 'all', false),
        given.roles,
        desk.single_operator(),
        desk.desk_now(),
        exists (select from desk.factor f
                where f.person_id = p_person and f.confirmed_at is not null and f.ended_at is null),
        held.proved_at,
        given.limited,
        held.scope
    from (select coalesce(array_agg(r.role) filter (where not l.limited), '{}') as roles,
            coalesce(json_agg(json_build_object('id', r.id, 'role', r.role, 'limits', json_build_object(
                'case', c.slug, 'kind', r.kind, 'until', r.ends_at, 'networks', coalesce(r.networks, '{}')))
                order by r.given_at) filter (where l.limited), '[]') as limited
        from desk.role r left join desk.case_file c on c.id = r.case_id,
            lateral (select num_nonnulls(r.case_id, r.kind, r.ends_at, r.networks) > 0 as limited) l
        where r.person_id = p_person and r.ended_at is null) given
    left join (
        select t.scope, t.proved_at from desk.token t join desk.person p on p.id = t.person_id
        where t.id = p_proof and p.id = p_person and p.active and t.ended_at is null
            and t.expires_at > desk.desk_now()) held on true;
end;

revoke all on function desk.standing(uuid, uuid) from public;
grant execute on function desk.standing(uuid, uuid) to countersign_desk;
grant select, insert, update on desk.recovery_code, desk.factor_reset, desk.refused_sign_in to countersign_desk;
grant select, insert, update, delete on desk.password to countersign_desk;
