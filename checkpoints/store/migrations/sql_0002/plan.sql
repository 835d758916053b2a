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
