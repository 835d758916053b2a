-- The one workspace that this desk speaks in, as Slack named it when it was connected. Its tokens are in a file.
create table desk.slack_workspace (
    one boolean primary key default true check (one),
    team_id text not null,
    name text not null,
    bot_user_id text not null,
    connected_at timestamptz not null
);

-- Whose Slack account is whose. It answers with the token that was made for it, so whatever ends that token ends this.
alter table desk.token drop constraint token_way_check;
alter table desk.token add constraint token_way_check check (way in ('shell', 'sign-in link', 'page', 'link', 'slack'));
create table desk.slack_account (
    token_id uuid primary key references desk.token,
    team_id text not null,
    user_id text not null,
    person_id uuid not null references desk.person,
    linked_at timestamptz not null,
    ended_at timestamptz
);
create unique index slack_account_user on desk.slack_account (team_id, user_id) where ended_at is null;
create unique index slack_account_person on desk.slack_account (person_id) where ended_at is null;

-- A code from the page or the shell, said to the app in Slack, links the two. Kept as SHA-256, good once.
create table desk.slack_code (
    hash bytea primary key check (length(hash) = 32),
    person_id uuid not null references desk.person,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);

-- How often in a row a Slack account said a code that is none, and when last.
create table desk.slack_guess (
    team_id text not null,
    user_id text not null,
    wrong integer not null,
    wrong_at timestamptz not null,
    primary key (team_id, user_id)
);

-- What came from Slack and had its turn, by the SHA-256 of what was said: the same again does nothing.
create table desk.slack_payload (
    hash bytea primary key check (length(hash) = 32),
    came_at timestamptz not null
);
create index slack_payload_age on desk.slack_payload (came_at);

-- What says that it comes from Slack and is not signed so leaves a count, and so does what people in Slack try whom the
-- desk doesn't know, past a bound: a stranger could fill the audit.
alter table desk.refused_sign_in drop constraint refused_sign_in_sort_check;
alter table desk.refused_sign_in add constraint refused_sign_in_sort_check
    check (sort in ('unknown', 'too soon', 'slack not signed', 'slack unknown'));

-- The asker may read none of them.
grant select, insert, update on desk.slack_workspace, desk.slack_account, desk.slack_code, desk.slack_guess
    to countersign_desk;
grant select, insert, delete on desk.slack_payload to countersign_desk;
grant delete on desk.slack_workspace, desk.slack_guess to countersign_desk;
