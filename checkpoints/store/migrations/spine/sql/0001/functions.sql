-- What can't wait for the porter, and the one writer of the audit. All are the owner's, with a fixed search_path.
create function desk.desk_now() returns timestamptz language sql stable set search_path = desk, pg_temp as
$$ select clock_timestamp() + ahead from desk.clock $$;

create function desk.audit_append(p_event text, p_body jsonb) returns bigint
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    head desk.audit_head;
    stamp text := to_char(desk.desk_now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    login text := session_user;
    line_hash text;
begin
    select * into strict head from desk.audit_head for update;
    line_hash := encode(sha256(convert_to(
        concat_ws(E'\n', head.number + 1, stamp, login, p_event, p_body::text, head.hash), 'UTF8')), 'hex');
    insert into desk.audit_line (number, at, login, event, body, previous, hash)
        values (head.number + 1, stamp, login, p_event, p_body::text, head.hash, line_hash);
    update desk.audit_head set number = head.number + 1, hash = line_hash;
    return head.number + 1;
end $$;

-- The desk asks in a case's name: finds the question by its key, or numbers it. Refusals carry SQLSTATE CS001.
create function desk.ask_in(
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
    if file.state <> 'running' then
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

-- A run asks. Its case and branch are its own: it can't ask in another's name.
create function desk.ask(p_run uuid, p_question text, p_attempt integer, p_request jsonb, p_digest text)
returns uuid language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    asking desk.run;
begin
    select * into asking from desk.run where id = p_run;
    if asking.id is null or asking.ended_at is not null then
        raise exception 'Run % is not at work: it can''t ask.', p_run using errcode = 'CS001';
    end if;
    return desk.ask_in(asking.case_id, asking.branch, p_question, p_attempt, p_run, null, p_request, p_digest);
end $$;

-- A step begins under a permit: a compare-and-set on everything that was approved. Returns the step.
create function desk.begin(p_run uuid, p_checkpoint uuid, p_step text, p_revision integer, p_digest text)
returns uuid language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    acting desk.run;
    point desk.checkpoint;
    allowed desk.permit;
    begun_step uuid;
begin
    select * into acting from desk.run where id = p_run;
    select * into point from desk.checkpoint where id = p_checkpoint for update;
    select * into allowed from desk.permit where checkpoint_id = p_checkpoint for update;
    if acting.id is null or acting.ended_at is not null or point.id is null
        or (point.case_id, point.branch) <> (acting.case_id, acting.branch) then
        raise exception 'No such run at work in the branch of this checkpoint. Nothing was begun.' using errcode = 'CS001';
    elsif allowed.checkpoint_id is null or point.state <> 'approved' then
        raise exception 'The checkpoint is %, not approved. Nothing was begun.', point.state using errcode = 'CS001';
    elsif allowed.state not in ('unused', 'failed') then
        raise exception 'Its permit is % already. Nothing was begun.', allowed.state using errcode = 'CS002';
    elsif allowed.revision is distinct from p_revision or allowed.digest is distinct from p_digest then
        raise exception 'What is about to run is not what was approved. Nothing was begun.' using errcode = 'CS003';
    elsif allowed.expires_at <= desk.desk_now() then
        raise exception 'The approval is too old. Nothing was begun.' using errcode = 'CS004';
    end if;
    insert into desk.step (case_id, branch, name, run_id, checkpoint_id, state, begun_at)
        values (acting.case_id, acting.branch, p_step, p_run, p_checkpoint, 'begun', desk.desk_now())
        on conflict (case_id, branch, name) do update
            set run_id = p_run, checkpoint_id = p_checkpoint, state = 'begun', result = null,
                begun_at = desk.desk_now(), ended_at = null
            where desk.step.state in ('failed', 'unknown')
        returning id into begun_step;
    if begun_step is null then
        raise exception 'Step “%” was begun before. Nothing was begun.', p_step using errcode = 'CS002';
    end if;
    update desk.permit set state = 'begun', step_id = begun_step, changed_at = desk.desk_now()
        where checkpoint_id = p_checkpoint;
    perform desk.audit_append('permit begun', jsonb_build_object(
        'checkpoint', desk.label(p_checkpoint), 'step', p_step, 'run', p_run, 'digest', p_digest));
    return begun_step;
end $$;

create function desk.label(p_checkpoint uuid) returns text
language sql stable set search_path = desk, pg_temp as
$$ select c.slug || '/' || p.number from desk.checkpoint p join desk.case_file c on c.id = p.case_id where p.id = p_checkpoint $$;

-- A step that began under a permit ends: done, failed (known not to have happened) or unknown.
create function desk.finish(p_run uuid, p_step uuid, p_outcome text, p_result jsonb)
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
        'kind', 'label', 'key', ended.case_id, 'body', jsonb_build_object('case', ended.case_id))));
end $$;

-- A list of errands, each {kind, key, body}. One is open a key: asking again raises its version, so that one being
-- carried right now is carried once more.
create function desk.errands_add(p_errands jsonb) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    moment timestamptz := desk.desk_now();
begin
    insert into desk.errand (kind, key, body, due_at, made_at)
        select kind, key, body, moment, moment from jsonb_to_recordset(p_errands) as e (kind text, key text, body jsonb)
        on conflict (kind, key) where done_at is null do update set version = errand.version + 1, body = excluded.body;
    perform pg_notify('desk', '');
end $$;
