-- The vault was away when it should have been opened: nothing came of it, so that it is no use, and opens nothing.
alter table desk.opening add column unused_at timestamptz;
grant update (unused_at, came_from) on desk.opening to countersign_desk;

-- How often a credential was opened, or may be any moment: a ticket is good for five minutes.
create function desk.times_opened(p_credential uuid) returns bigint
language sql stable security definer set search_path = desk, pg_temp as $$
    select count(*) from desk.opening o join desk.handle h on h.id = o.handle_id
    where h.credential_id = p_credential and o.unused_at is null
        and (o.redeemed_at is not null or o.at > desk.desk_now() - interval '5 minutes')
$$;
revoke all on function desk.times_opened(uuid) from public;
grant execute on function desk.times_opened(uuid) to countersign_desk;

-- As before, and: not after its time, nor oftener than was approved, and always the newest value of it. An agent from
-- outside opens it through the branch that asked for it, from the moment that its step begins.
-- A second opening of what opens once is an alarm: the desk carries it, for a run can't.
create or replace function desk.open_handle(p_run uuid, p_handle uuid, p_why text) returns uuid
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    opening_run desk.run;
    kept desk.credential;
    wanted desk.handle;
    allowed desk.permit;
    newest integer;
    before uuid;
    who text;
    ticket uuid;
begin
    select * into opening_run from desk.run where id = p_run;
    select * into wanted from desk.handle where id = p_handle for update;
    -- Its uses are counted over all of its handles.
    select * into kept from desk.credential where id = wanted.credential_id for no key update;
    select * into allowed from desk.permit where checkpoint_id = kept.checkpoint_id;
    select max(number) into newest from desk.credential_version
        where credential_id = kept.id and retired_at is null;
    if opening_run.id is null or opening_run.ended_at is not null or kept.case_id is distinct from opening_run.case_id then
        raise exception 'No such handle of this run''s case. Nothing was opened.' using errcode = 'CS001';
    elsif kept.ended_at is not null or not exists (
        select from desk.case_file where id = kept.case_id and state in ('running', 'delivered')) then
        raise exception 'The credential has ended. Nothing was opened.' using errcode = 'CS004';
    elsif kept.expires_at <= desk.desk_now() then
        raise exception 'The credential was for use until %, which is over. Nothing was opened. Ask for it anew.',
            to_char(kept.expires_at at time zone 'utc', 'YYYY-MM-DD HH24:MI "UTC"') using errcode = 'CS004';
    elsif allowed.checkpoint_id is null or allowed.state not in ('begun', 'done') then
        raise exception 'The credential is not approved, or not handed over. Nothing was opened.' using errcode = 'CS001';
    elsif wanted.purpose = 'agent' and not exists (
        select from desk.step s where s.id = allowed.step_id
            and (s.case_id, s.branch) = (opening_run.case_id, opening_run.branch)) then
        raise exception 'Only the branch that asked for it opens it for its agent. Nothing was opened.'
            using errcode = 'CS001';
    elsif wanted.purpose <> 'agent' and not exists (
        select from desk.permit t join desk.step s on s.id = t.step_id
        where t.state = 'begun' and s.run_id = p_run
            and (wanted.purpose <> 'check' or t.checkpoint_id = kept.checkpoint_id)) then
        raise exception 'The run is at no step that may open it. Nothing was opened.' using errcode = 'CS001';
    elsif newest is null then
        raise exception 'Its value was taken back, and another is not there yet. Nothing was opened.' using errcode = 'CS004';
    elsif wanted.lasts = 'once' and exists (
        select from desk.opening where handle_id = wanted.id and at >= allowed.changed_at and unused_at is null) then
        perform desk.audit_append('second opening refused', jsonb_build_object(
            'checkpoint', desk.label(kept.checkpoint_id), 'service', kept.service, 'why', left(p_why, 200), 'run', p_run));
        select id into before from desk.opening
            where handle_id = wanted.id and at >= allowed.changed_at and unused_at is null order by at limit 1;
        perform desk.errands_add(jsonb_build_array(jsonb_build_object('kind', 'alarm', 'key', before,
            'body', jsonb_build_object('ticket', before, 'why', 'what may be opened once was to be opened a second time'))));
        return null;
    elsif desk.times_opened(kept.id) >= (kept.restrictions ->> 'uses')::integer then
        raise exception 'The credential was for % uses, and they were made. Nothing was opened. Ask for it anew.',
            kept.restrictions ->> 'uses' using errcode = 'CS004';
    end if;
    who := case when wanted.purpose = 'agent' then coalesce((
            select left(r.request ->> 'agent', 80) from desk.revision r
            where r.checkpoint_id = kept.checkpoint_id and r.number = allowed.revision), '')
        else 'the run of ' || opening_run.branch end;
    insert into desk.opening (handle_id, run_id, why, at, version, opened_by)
        values (p_handle, p_run, left(p_why, 200), desk.desk_now(), newest, who) returning id into ticket;
    perform desk.audit_append('credential opened', jsonb_build_object(
        'checkpoint', desk.label(kept.checkpoint_id), 'service', kept.service, 'purpose', wanted.purpose,
        'why', left(p_why, 200), 'run', p_run, 'version', newest, 'by', who));
    return ticket;
end $$;
