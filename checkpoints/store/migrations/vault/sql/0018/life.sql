-- Where a credential's newest value lies is where the credential lies.
grant update (vault_path) on desk.credential to countersign_desk;
create index credential_expires on desk.credential (expires_at) where ended_at is null;
create index credential_rotates on desk.credential (rotate_at) where ended_at is null;
create index credential_version_path on desk.credential_version (vault_path);

-- What was given before is due as what is given now.
update desk.credential k set rotate_at = k.given_at + interval '90 days'
    from desk.checkpoint p where p.id = k.checkpoint_id and p.kind = 'api-credential' and k.ended_at is null;

-- Which value a release was handed, and for which place: what is served there keeps it until it is deployed again.
alter table desk.opening add column environment text not null default '';
grant update (version, environment) on desk.opening to countersign_desk;

-- As in 0002, and: the desk asks anew (it says what that reopens) for a credential that was approved and has ended.
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
    if p_attempt <> coalesce(before.attempt, 0) + 1 or before.state in ('asked', 'open', 'changing')
            or (before.state = 'approved' and not (p_reopens is not distinct from before.id and exists (
                select from desk.credential where checkpoint_id = before.id and ended_at is not null))) then
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
