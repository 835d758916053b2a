-- One person approved past the rule, in an emergency.
alter table desk.decision add column emergency boolean not null default false;

alter table desk.message drop constraint message_says_check;
alter table desk.message add constraint message_says_check check (says in
    ('open', 'reminder', 'backup', 'manager', 'changing', 'approved', 'glass broken', 'rejected', 'expired',
        'withdrawn', 'void'));

-- As before; a decision says whether it was one in an emergency.
create or replace view desk.checkpoint_read with (security_invoker) as
select p.id, p.case_id, c.slug as case, c.title as case_title, c.client,
    coalesce((run.body ->> 'for')::uuid, c.started_by) as started_by, p.number, p.branch, p.question,
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
        from desk.answer join desk.person on person.id = person_id where checkpoint_id = p.id) a), '[]') as answers
from desk.checkpoint p
    join desk.case_file c on c.id = p.case_id
    join desk.revision r on r.checkpoint_id = p.id and r.number = p.revision
    left join desk.run on run.id = p.run_id;
