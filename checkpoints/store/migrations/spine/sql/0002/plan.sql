-- What a case will ask, branch by branch, and what became of each. The desk writes it; runs read it.
create table desk.plan_item (
    case_id uuid not null references desk.case_file,
    branch text not null,
    position integer not null,
    kind text not null,
    title text not null,
    after text[] not null default '{}',
    waived_at timestamptz,
    waived_by text,
    waived_because text,
    primary key (case_id, branch)
);

-- Counts what changed the case's course: a branch that ended, a waiver, a reopening. Raised under the case's lock.
alter table desk.case_file add column course integer not null default 0;

-- A run that waits for another is started once that one has asked, or ended: so the numbers keep the plan's order.
alter table desk.run
    add column starts_after uuid references desk.run,
    add column outcome text check (outcome in ('done', 'refused', 'ended')),
    add column said text not null default '',
    add column body jsonb not null default '{}';
create index run_starts_after on desk.run (starts_after) where starts_after is not null;

grant select on desk.plan_item to countersign_desk, countersign_asker;
grant insert, update on desk.plan_item to countersign_desk;

-- A delivered case still asks: about an alarm, a deployment, a rollback.
create or replace function desk.ask_in(
    p_case uuid, p_branch text, p_question text, p_attempt integer, p_run uuid, p_reopens uuid,
    p_request jsonb, p_digest text
) returns uuid language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    file desk.case_file;
    before desk.checkpoint;
    found_id uuid;
begin
    if octet_length(p_request::text) > 262144 then
        raise exception 'The request is over 256 KiB. Nothing was asked.' using errcode = 'CS001';
    elsif p_digest !~ '^[0-9a-f]{64}$' or length(p_question) > 200 then
        raise exception 'A digest has 64 hex digits, a question''s name at most 200 letters. Nothing was asked.'
            using errcode = 'CS001';
    end if;
    select * into strict file from desk.case_file where id = p_case for no key update;
    select id into found_id from desk.checkpoint
        where case_id = p_case and branch = p_branch and question = p_question and attempt = p_attempt;
    if found_id is not null then
        return found_id;
    end if;
    if file.state not in ('running', 'delivered') then
        raise exception 'Case % is %: nothing more can be asked in it.', file.slug, file.state using errcode = 'CS001';
    end if;
    select * into before from desk.checkpoint
        where case_id = p_case and branch = p_branch and question = p_question order by attempt desc limit 1;
    if p_attempt <> coalesce(before.attempt, 0) + 1 or before.state in ('asked', 'open', 'changing', 'approved') then
        raise exception 'Attempt % of “%” can''t be asked: the one before it (%) is not over.',
            p_attempt, p_question, coalesce(before.state, 'none') using errcode = 'CS001';
    end if;
    insert into desk.checkpoint (case_id, number, branch, question, attempt, kind, run_id, state, reopens,
                                 asked_at, changed_at)
        values (p_case, file.counter + 1, p_branch, p_question, p_attempt, coalesce(left(p_request ->> 'kind', 80), ''), p_run,
                'asked', p_reopens, desk.desk_now(), desk.desk_now())
        returning id into found_id;
    insert into desk.revision (checkpoint_id, number, request, subject_digest, asked_at)
        values (found_id, 1, p_request, p_digest, desk.desk_now());
    update desk.case_file set counter = counter + 1 where id = p_case;
    perform desk.audit_append('asked', jsonb_build_object(
        'checkpoint', file.slug || '/' || file.counter + 1, 'kind', left(p_request ->> 'kind', 80),
        'agent', left(p_request ->> 'agent', 80), 'revision', 1, 'subject', p_digest, 'run', p_run, 'reopens', p_reopens));
    perform pg_notify('desk', '');
    return found_id;
end $$;

-- A step that began under a permit ends: done, failed (known not to have happened) or unknown.
create or replace function desk.finish(p_run uuid, p_step uuid, p_outcome text, p_result jsonb)
returns void language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    ended desk.step;
begin
    if p_outcome not in ('done', 'failed', 'unknown') or octet_length(p_result::text) > 262144 then
        raise exception 'A step ends done, failed or unknown, with at most 256 KiB of result.' using errcode = 'CS001';
    end if;
    update desk.step set state = p_outcome, result = p_result, ended_at = desk.desk_now()
        where id = p_step and state = 'begun'
            and run_id in (select r.id from desk.run r join desk.run mine on mine.case_id = r.case_id
                           and mine.branch = r.branch where mine.id = p_run)
        returning * into ended;
    if ended.id is null or ended.checkpoint_id is null then
        raise exception 'This step is not begun under a permit of this run. Nothing was changed.' using errcode = 'CS001';
    end if;
    update desk.permit set state = p_outcome, changed_at = desk.desk_now()
        where checkpoint_id = ended.checkpoint_id and step_id = p_step and state = 'begun';
    if not found then
        raise exception 'The permit is not begun by this step. Nothing was changed.' using errcode = 'CS001';
    end if;
    perform desk.audit_append('permit ' || p_outcome, jsonb_build_object(
        'checkpoint', desk.label(ended.checkpoint_id), 'step', ended.name, 'run', p_run));
    perform desk.errands_add(jsonb_build_array(jsonb_build_object(
        'kind', 'label', 'key', p_run, 'body', jsonb_build_object('run', p_run))));
end $$;

-- As before, but for whom the run works goes before who started the case. A checkpoint as a card, a gate or a decision needs it. The request stays text: a run wrote it, it may be unreadable.
create or replace view desk.checkpoint_read with (security_invoker) as
select p.id, p.case_id, c.slug as case, c.title as case_title, c.client,
    coalesce((run.body ->> 'for')::uuid, c.started_by) as started_by, p.number, p.branch, p.question,
    p.attempt, p.kind, p.state, p.revision, r.request::text as request, r.subject_digest as digest, r.requirement,
    p.because, p.asked_at, p.changed_at, r.deadline_at, p.expires_at, p.run_id, run.prefect_id,
    case when p.reopens is not null then desk.label(p.reopens) end as reopens,
    (select to_json(d) from (
        select outcome, revision, by_name as by, by_rule, fields, note, at
        from desk.decision where checkpoint_id = p.id) d) as decision,
    (select state from desk.permit where checkpoint_id = p.id) as permit,
    coalesce((select json_agg(a order by a.at) from (
        select person_id, name as person, verdict, revision, role, note, fields, way, at, same_person
        from desk.answer join desk.person on person.id = person_id where checkpoint_id = p.id) a), '[]') as answers
from desk.checkpoint p
    join desk.case_file c on c.id = p.case_id
    join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
    left join desk.run on run.id = p.run_id;
