-- Whether what made an approval count holds without a break, until the decision or, while there is none, until now: its
-- person is here, in the role that they had, and still a single operator where they answered what they started.
-- Looked at with the checkpoint, so that whoever decides, and every card, sees it as it is at that moment. The asker's
-- login reads cards too, and no roles: hence the owner's right.
create function desk.stands(given desk.answer) returns boolean
language plpgsql stable security definer set search_path = desk, pg_temp as $$
declare
    decided timestamptz := (select d.at from desk.decision d where d.checkpoint_id = given.checkpoint_id);
begin
    return exists (
            select from desk.role r join desk.person p on p.id = r.person_id
            where r.person_id = given.person_id and r.role = given.role and r.given_at <= given.at
                and coalesce(r.ended_at > decided, r.ended_at is null) and (p.active or decided is not null))
        and (not given.same_person or (
            select count(distinct r.person_id) < 2 from desk.role r
            where r.role = 'to' and r.given_at <= coalesce(decided, 'infinity')));
end $$;
revoke all on function desk.stands(desk.answer) from public;
grant execute on function desk.stands(desk.answer) to countersign_desk, countersign_asker;

-- One person approves a revision once; again only when what they said before counts no more.
alter table desk.answer add column again integer not null default 0;
drop index desk.answer_one_approval;
create unique index answer_one_approval on desk.answer (checkpoint_id, revision, person_id, again)
    where verdict = 'approve';

-- One person approved past the rule, in an emergency.
alter table desk.decision add column emergency boolean not null default false;

-- As before; each approval of the present revision says whether it stands, a decision whether it was one in an emergency.
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
