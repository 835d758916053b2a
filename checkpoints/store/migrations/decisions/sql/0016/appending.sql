-- As before, with one statement less: the head's row is locked, numbered and hashed as it is changed, and the line takes
-- over what it says. Whoever waits for the row works it out anew from what the one before left there.
alter table desk.audit_head add column previous text not null default '';

create or replace function desk.audit_append(p_event text, p_body jsonb) returns bigint
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    stamp text := to_char(desk.desk_now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    said text := p_body::text;
    written bigint;
begin
    if p_event = 'personal data erased' and session_user <> current_user then
        raise insufficient_privilege using message = 'Only the owner''s login erases. Nothing was written.';
    end if;
    with head as (
        update desk.audit_head set number = number + 1, previous = hash, hash = encode(sha256(convert_to(
            concat_ws(E'\n', number + 1, stamp, session_user, p_event, said, hash), 'UTF8')), 'hex')
        returning number, previous, hash)
    insert into desk.audit_line (number, at, login, event, body, previous, hash)
        select head.number, stamp, session_user, p_event, said, head.previous, head.hash from head
        returning number into strict written;
    return written;
end $$;
