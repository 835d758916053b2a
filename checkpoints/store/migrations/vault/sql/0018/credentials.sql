-- What holds its users ({cidrs, minutes, uses}), when it ends by itself, where its value came from, and when another is due.
alter table desk.credential
    add column restrictions jsonb not null default '{}',
    add column expires_at timestamptz,
    add column origin text not null default 'given' check (origin in ('given', 'existing', 'made', 'lease')),
    add column rotate_at timestamptz,
    add column ended_because text not null default '';

-- Each value that it had, the newest of which is handed out. One that was retired lies in the vault no more.
create table desk.credential_version (
    credential_id uuid not null references desk.credential,
    number integer not null check (number > 0),
    vault_path text not null,
    given_by uuid not null references desk.person,
    given_at timestamptz not null,
    retired_at timestamptz,
    primary key (credential_id, number)
);
insert into desk.credential_version (credential_id, number, vault_path, given_by, given_at, retired_at)
    select id, 1, vault_path, given_by, given_at, ended_at from desk.credential;
grant select, insert on desk.credential_version to countersign_desk;
grant update (retired_at) on desk.credential_version to countersign_desk;
grant update (restrictions, expires_at, rotate_at, ended_because) on desk.credential to countersign_desk;

-- An agent from outside opens what it asked for itself; which value it was, who opened it, and from where.
alter table desk.handle drop constraint handle_purpose_check;
alter table desk.handle add constraint handle_purpose_check check (purpose in ('check', 'deployment', 'agent'));
alter table desk.opening
    add column version integer not null default 1,
    add column opened_by text not null default '',
    add column came_from text not null default '';
