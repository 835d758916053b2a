-- A channel of its own for what a case asks; else the one of the settings.
create table desk.slack_channel (
    case_id uuid primary key references desk.case_file,
    channel text not null,
    set_at timestamptz not null
);
grant select, insert, update, delete on desk.slack_channel to countersign_desk;

-- A card, one a revision and a place: a channel, or (then with its person) a user. Its id is all that its buttons carry.
-- Written as `sending` before Slack is asked: whoever comes after a crash looks for it there before it is posted again.
-- `failed`: known not to hang. `refused`: never will, at that place. `shows`: what was last put on it.
create table desk.slack_card (
    id uuid primary key default gen_random_uuid(),
    checkpoint_id uuid not null,
    revision integer not null,
    place text not null,
    person_id uuid references desk.person,
    channel text,
    ts text,
    state text not null check (state in ('sending', 'hangs', 'failed', 'refused')),
    shows text not null default '',
    unsure integer not null default 0,
    trouble text not null default '',
    made_at timestamptz not null,
    unique (checkpoint_id, revision, place),
    foreign key (checkpoint_id, revision) references desk.revision,
    check (state <> 'hangs' or (channel is not null and ts is not null))
);
create unique index slack_card_at on desk.slack_card (channel, ts);
grant select, insert on desk.slack_card to countersign_desk;
grant update (channel, ts, state, shows, unsure, trouble) on desk.slack_card to countersign_desk;

-- From when on a place has turns to give, and until when it rests from what was said last; and whose turn is when: an
-- errand that has to wait comes back at its turn, and not sooner. A place is forgotten once it is free.
create table desk.slack_place (
    place text primary key,
    free_at timestamptz not null,
    rests_until timestamptz not null
);
create table desk.slack_turn (
    place text not null references desk.slack_place on delete cascade,
    errand text not null,
    at timestamptz not null,
    primary key (place, errand)
);
grant select, insert, update, delete on desk.slack_place, desk.slack_turn to countersign_desk;

-- What a channel was told of a case's flood, each time in one message: its questions, each with its revision.
create table desk.slack_digest (
    id uuid primary key default gen_random_uuid(),
    case_id uuid not null references desk.case_file,
    place text not null,
    state text not null check (state in ('sending', 'sent', 'failed', 'refused')),
    unsure integer not null default 0,
    trouble text not null default '',
    made_at timestamptz not null
);
create index slack_digest_case on desk.slack_digest (case_id, place, made_at);
create table desk.slack_digest_line (
    digest_id uuid not null references desk.slack_digest,
    checkpoint_id uuid not null,
    revision integer not null,
    primary key (digest_id, checkpoint_id, revision),
    foreign key (checkpoint_id, revision) references desk.revision
);
grant select, insert on desk.slack_digest, desk.slack_digest_line to countersign_desk;
grant update (state, unsure, trouble) on desk.slack_digest to countersign_desk;

-- What is said in a card's thread, or in a direct message beside it, is a message like a mail.
alter table desk.message drop constraint message_channel_check;
alter table desk.message add constraint message_channel_check check (channel in ('mail', 'slack'));

-- Telling is promised only where somebody can be reached that way.
create or replace function desk.news_add(p_errands jsonb) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
begin
    perform desk.errands_add((
        select coalesce(jsonb_agg(e), '[]') from jsonb_array_elements(p_errands) as e
        where e ->> 'kind' not like 'tell:%'
            or e ->> 'kind' = 'tell:mail' and exists (select from desk.person where active and email is not null)
            or e ->> 'kind' = 'tell:slack' and exists (select from desk.slack_workspace)));
end $$;

-- As before; and one that only waits for its turn in a channel is due at once too when there is news of its card: it may
-- have been decided, and a button that says otherwise is changed before new cards are hung.
alter table desk.errand add column in_hand boolean not null default false;
create or replace function desk.errands_add(p_errands jsonb) returns void
language plpgsql security definer set search_path = desk, pg_temp as $$
declare
    moment timestamptz := desk.desk_now();
begin
    insert into desk.errand (kind, key, body, due_at, made_at)
        select kind, key, body, moment, moment from jsonb_to_recordset(p_errands) as e (kind text, key text, body jsonb)
        on conflict (kind, key) where done_at is null do update set version = errand.version + 1, body = excluded.body,
            due_at = case
                when errand.trouble <> '' then least(errand.due_at, moment)
                when errand.kind = 'tell:slack' and errand.body ? 'checkpoint' and not errand.in_hand
                    then least(errand.due_at, moment)
                else errand.due_at end,
            tries = case when errand.trouble = '' then errand.tries else 0 end;
    perform pg_notify('desk', '');
end $$;
