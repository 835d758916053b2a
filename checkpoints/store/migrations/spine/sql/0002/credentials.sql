-- Where a credential lies and who may open it. The value itself is in the vault, and nowhere else.
create table desk.credential (
    id uuid primary key default gen_random_uuid(),
    case_id uuid not null references desk.case_file,
    checkpoint_id uuid not null unique references desk.checkpoint,
    service text not null,
    vault_path text not null,
    given_by uuid not null references desk.person,
    given_at timestamptz not null,
    ended_at timestamptz
);
create index credential_case on desk.credential (case_id);

-- What the approval allows it to be opened for: once, or for as long as the case lives.
create table desk.handle (
    id uuid primary key default gen_random_uuid(),
    credential_id uuid not null references desk.credential,
    purpose text not null check (purpose in ('check', 'deployment')),
    lasts text not null check (lasts in ('once', 'while the case lives')),
    unique (credential_id, purpose)
);

-- One opening of a handle: a ticket that whoever may read the vault redeems, once, within minutes.
create table desk.opening (
    id uuid primary key default gen_random_uuid(),
    handle_id uuid not null references desk.handle,
    run_id uuid references desk.run,
    why text not null,
    at timestamptz not null,
    redeemed_at timestamptz
);
create index opening_handle on desk.opening (handle_id);

-- A consent that a person went to give at a service: what comes back must bring this state, once.
create table desk.consent (
    state_hash bytea primary key,
    checkpoint_id uuid not null references desk.checkpoint,
    revision integer not null,
    person_id uuid not null references desk.person,
    token_id uuid not null references desk.token,
    sealed bytea not null,
    made_at timestamptz not null,
    used_at timestamptz
);

-- A run opens a handle of its own case, in the midst of a step that it began under a permit: to check a credential, its
-- own; for a release, any. The ticket is worth nothing without the vault's key, which no run has.
-- "Once" is once a try: a permit that failed before anything happened may begin again, and then opens it once more.
create function desk.open_handle(p_run uuid, p_handle uuid, p_why text) returns uuid
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    opening_run desk.run;
    kept desk.credential;
    wanted desk.handle;
    allowed desk.permit;
    ticket uuid;
begin
    select * into opening_run from desk.run where id = p_run;
    select * into wanted from desk.handle where id = p_handle for update;
    select * into kept from desk.credential where id = wanted.credential_id;
    select * into allowed from desk.permit where checkpoint_id = kept.checkpoint_id;
    if opening_run.id is null or opening_run.ended_at is not null or kept.case_id is distinct from opening_run.case_id then
        raise exception 'No such handle of this run''s case. Nothing was opened.' using errcode = 'CS001';
    elsif kept.ended_at is not null or not exists (
        select from desk.case_file where id = kept.case_id and state in ('running', 'delivered')) then
        raise exception 'The credential has ended. Nothing was opened.' using errcode = 'CS004';
    elsif allowed.checkpoint_id is null or allowed.state not in ('begun', 'done') then
        raise exception 'The credential is not approved, or not handed over. Nothing was opened.' using errcode = 'CS001';
    elsif not exists (
        select from desk.permit t join desk.step s on s.id = t.step_id
        where t.state = 'begun' and s.run_id = p_run
            and (wanted.purpose <> 'check' or t.checkpoint_id = kept.checkpoint_id)) then
        raise exception 'The run is at no step that may open it. Nothing was opened.' using errcode = 'CS001';
    elsif wanted.lasts = 'once' and exists (
        select from desk.opening where handle_id = wanted.id and at >= allowed.changed_at) then
        perform desk.audit_append('second opening refused', jsonb_build_object(
            'checkpoint', desk.label(kept.checkpoint_id), 'service', kept.service, 'why', left(p_why, 200), 'run', p_run));
        return null;
    end if;
    insert into desk.opening (handle_id, run_id, why, at) values (p_handle, p_run, left(p_why, 200), desk.desk_now())
        returning id into ticket;
    perform desk.audit_append('credential opened', jsonb_build_object(
        'checkpoint', desk.label(kept.checkpoint_id), 'service', kept.service, 'purpose', wanted.purpose,
        'why', left(p_why, 200), 'run', p_run));
    return ticket;
end $$;

revoke all on function desk.open_handle(uuid, uuid, text) from public;
grant execute on function desk.open_handle(uuid, uuid, text) to countersign_asker, countersign_desk;
grant select on desk.credential, desk.handle, desk.opening, desk.consent to countersign_desk;
grant select on desk.credential, desk.handle to countersign_asker;
grant insert on desk.credential, desk.handle, desk.opening, desk.consent to countersign_desk;
grant update (ended_at) on desk.credential to countersign_desk;
grant update (redeemed_at) on desk.opening to countersign_desk;
grant update (used_at) on desk.consent to countersign_desk;
