-- The desk's own case: what the desk asks for itself. It is made once, has no run, and never ends. Where a project has
-- that name already, the desk asks nothing for itself, and says so.
insert into desk.case_file (slug, sort, title, client, brief, opened_at)
    values ('desk', 'desk', 'The desk itself', 'the desk', '{}', desk.desk_now())
    on conflict (slug) do nothing;
create unique index case_own on desk.case_file (sort) where sort = 'desk';

-- Who proposed what the desk asks for itself: they are the asker, whatever they answer with.
alter table desk.checkpoint add column asked_by uuid references desk.person;

-- As before; and what sort the case is, and who proposed what the desk asks for itself.
create or replace view desk.checkpoint_read with (security_invoker) as
select p.id, p.case_id, c.slug as case, c.title as case_title, c.client,
    coalesce(p.asked_by, (run.body ->> 'for')::uuid, c.started_by) as started_by, p.number, p.branch, p.question,
    p.attempt, p.kind, p.state, p.revision, r.request::text as request, r.subject_digest as digest, r.requirement,
    p.because, p.asked_at, p.changed_at, r.deadline_at, p.expires_at, p.run_id, run.prefect_id,
    case when p.reopens is not null then desk.label(p.reopens) end as reopens,
    (select to_json(d) from (
        select outcome, revision, by_name as by, by_rule, fields, note, at, emergency
        from desk.decision where checkpoint_id = p.id) d) as decision,
    (select state from desk.permit where checkpoint_id = p.id) as permit,
    coalesce((select json_agg(a order by a.at) from (
        select person_id, name as person, verdict, answer.revision, role, note, fields, way, at, same_person,
            verdict <> 'approve' or answer.revision <> p.revision or desk.stands(answer) as stands
        from desk.answer join desk.person on person.id = person_id where checkpoint_id = p.id) a), '[]') as answers,
    c.sort
from desk.checkpoint p
    join desk.case_file c on c.id = p.case_id
    join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
    left join desk.run on run.id = p.run_id;

-- What was approved at the desk's own checkpoint begins: a compare-and-set on all of it, as desk.begin does for a run.
create function desk.begin_own(p_checkpoint uuid, p_revision integer, p_digest text) returns void
language plpgsql set search_path = desk, pg_temp as $$
declare
    point desk.checkpoint;
    allowed desk.permit;
begin
    select * into point from desk.checkpoint where id = p_checkpoint for update;
    select * into allowed from desk.permit where checkpoint_id = p_checkpoint for update;
    if point.id is null or point.case_id is distinct from (select id from desk.case_file where sort = 'desk') then
        raise exception 'This is not the desk''s own checkpoint. Nothing was changed.' using errcode = 'CS001';
    elsif allowed.checkpoint_id is null or point.state <> 'approved' then
        raise exception 'The checkpoint is %, not approved. Nothing was changed.', point.state using errcode = 'CS001';
    elsif allowed.state not in ('unused', 'failed') then
        raise exception 'Its permit is % already. Nothing was changed.', allowed.state using errcode = 'CS002';
    elsif allowed.revision is distinct from p_revision or allowed.digest is distinct from p_digest then
        raise exception 'What is about to be changed is not what was approved.' using errcode = 'CS003';
    elsif allowed.expires_at <= desk.desk_now() then
        raise exception 'The approval is too old.' using errcode = 'CS004';
    end if;
    update desk.permit set state = 'begun', changed_at = desk.desk_now() where checkpoint_id = p_checkpoint;
end $$;

-- In the same transaction as begin_own, and as the change, which may lock other checkpoints: the audit's head comes last.
create function desk.finish_own(p_checkpoint uuid) returns void
language plpgsql set search_path = desk, pg_temp as $$
declare
    begun text;
    line jsonb := jsonb_build_object('checkpoint', desk.label(p_checkpoint), 'step', 'adopt');
begin
    update desk.permit set state = 'done', changed_at = desk.desk_now()
        where checkpoint_id = p_checkpoint and state = 'begun' and step_id is null returning digest into begun;
    if begun is null then
        raise exception 'The permit is not begun. Nothing was changed.' using errcode = 'CS001';
    end if;
    perform desk.audit_append('permit begun', line || jsonb_build_object('digest', begun));
    perform desk.audit_append('permit done', line);
end $$;

revoke all on function desk.begin_own(uuid, integer, text), desk.finish_own(uuid) from public;
grant execute on function desk.begin_own(uuid, integer, text), desk.finish_own(uuid) to countersign_desk;
