-- Since when somebody is off the desk, and since when nothing says who they were.
alter table desk.person
    add column removed_at timestamptz,
    add column erased_at timestamptz;
update desk.person p set removed_at = coalesce(
        (select max(r.ended_at) from desk.role r where r.person_id = p.id), p.made_at)
    where not active;

-- As before; but that personal data were erased is the owner's to say, who alone can erase them. Within this function
-- the current user is its owner.
create or replace function desk.audit_append(p_event text, p_body jsonb) returns bigint
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    head desk.audit_head;
    stamp text := to_char(desk.desk_now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    login text := session_user;
    line_hash text;
begin
    if p_event = 'personal data erased' and session_user <> current_user then
        raise insufficient_privilege using message = 'Only the owner''s login erases. Nothing was written.';
    end if;
    select * into strict head from desk.audit_head for update;
    line_hash := encode(sha256(convert_to(
        concat_ws(E'\n', head.number + 1, stamp, login, p_event, p_body::text, head.hash), 'UTF8')), 'hex');
    insert into desk.audit_line (number, at, login, event, body, previous, hash)
        values (head.number + 1, stamp, login, p_event, p_body::text, head.hash, line_hash);
    update desk.audit_head set number = head.number + 1, hash = line_hash;
    return head.number + 1;
end $$;
