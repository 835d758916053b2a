-- How checkpoints and people's standing are read: one document each, keyed as the frozen value that it becomes.

-- A checkpoint as a card, a gate or a decision needs it. The request stays text: a run wrote it, it may be unreadable.
create view desk.checkpoint_read with (security_invoker) as
select p.id, p.case_id, c.slug as case, c.title as case_title, c.client, c.started_by, p.number, p.branch, p.question,
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

-- True while there never was a second technical operator.
create function desk.single_operator() returns boolean language sql stable
return (select count(distinct person_id) < 2 from desk.role where role = 'to');

-- What holds of a person, verified by this token, at this moment.
create function desk.standing(p_person uuid, p_proof uuid)
returns table (active boolean, roles text[], single_operator boolean, at timestamptz) language sql stable
begin atomic
    select exists (
            select from desk.token t join desk.person p on p.id = t.person_id
            where t.id = p_proof and p.id = p_person and p.active and t.ended_at is null
                and t.expires_at > desk.desk_now()),
        array(select role from desk.role where person_id = p_person and ended_at is null),
        desk.single_operator(),
        desk.desk_now();
end;

-- Locked until the transaction ends, then read. The read is a statement of its own: only a later one sees what
-- whoever held the lock before has written. Volatile, for a stable function sees one moment throughout.
create function desk.held(p_id uuid) returns json language plpgsql volatile as $$
begin
    perform from desk.checkpoint where id = p_id for update;
    return (select to_json(c) from desk.checkpoint_read c where c.id = p_id);
end $$;

-- What a press is judged by: the checkpoint, held, and after that the standing of the person who answers.
create function desk.pressed(p_id uuid, p_person uuid, p_proof uuid, out point json, out standing json)
language plpgsql volatile as $$
begin
    point := desk.held(p_id);
    standing := (select to_json(s) from desk.standing(p_person, p_proof) s);
end $$;
