-- Where a person is reached by mail. The asker may not read it.
alter table desk.person add column email text check (length(email) between 3 and 254);

-- What a channel told a person of one revision: that it waits for them (open), or what became of it (the state).
-- Written as `sending` before the channel is asked, so that whoever comes after a crash says the same again, under the
-- same address. `failed`: known not to have been said. `refused`: never will be, at that address. `unsure` counts the tries of
-- which nobody can say whether they reached the person.
create table desk.message (
    channel text not null check (channel in ('mail')),
    checkpoint_id uuid not null,
    revision integer not null,
    person_id uuid not null references desk.person,
    says text not null check (says in
        ('open', 'changing', 'approved', 'rejected', 'expired', 'withdrawn', 'void')),
    address text not null,
    sent_to text not null,
    state text not null check (state in ('sending', 'sent', 'failed', 'refused')),
    trouble text not null default '',
    unsure integer not null default 0,
    made_at timestamptz not null,
    sent_at timestamptz,
    primary key (checkpoint_id, channel, person_id, revision, says),
    foreign key (checkpoint_id, revision) references desk.revision,
    check ((state = 'sent') = (sent_at is not null))
);
grant select, insert on desk.message to countersign_desk;
grant update (sent_to, state, trouble, unsure, sent_at) on desk.message to countersign_desk;

-- The errands of a change of a checkpoint. Telling is promised only where somebody can be reached.
create function desk.news_add(p_errands jsonb) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
begin
    perform desk.errands_add((
        select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(p_errands) as e
        where e ->> 'kind' not like 'tell:%'
            or exists (select from desk.person where active and email is not null)));
end $$;
revoke all on function desk.news_add(jsonb) from public;
grant execute on function desk.news_add(jsonb) to countersign_desk;
