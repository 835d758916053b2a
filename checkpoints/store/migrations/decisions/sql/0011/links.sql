-- Where a code goes that proves whoever answers by a link. Never the address that the link itself went to.
alter table desk.person
    add column second_email text check (length(second_email) between 3 and 254),
    add constraint person_two_addresses check (lower(second_email) <> lower(email));

alter table desk.token drop constraint token_way_check;
alter table desk.token add constraint token_way_check check (way in ('shell', 'sign-in link', 'page', 'link'));

-- A link that one person answers one revision of one question by. Its token is made anew from the token's id and a key
-- that lies beside the database, so that a mail can be said again and nothing here opens anything. It was used once an
-- answer names its token. `made_by`: empty where the desk put it into a mail to its person, else who asked for it.
create table desk.link (
    token_id uuid primary key references desk.token,
    checkpoint_id uuid not null,
    revision integer not null,
    digest text not null,
    made_by text not null,
    foreign key (checkpoint_id, revision) references desk.revision
);
create index link_checkpoint on desk.link (checkpoint_id);

-- A code that was asked for on a link's page, made from its id and the same key. `sent_to`: the second address as it was
-- then. `ended_at`: used, or another one was asked for.
create table desk.link_code (
    id uuid primary key default gen_random_uuid(),
    token_id uuid not null references desk.link,
    sent_to text not null,
    made_at timestamptz not null,
    sent_at timestamptz,
    ended_at timestamptz,
    trouble text not null default ''
);
create unique index link_code_one on desk.link_code (token_id) where ended_at is null;

-- The asker may read none of them.
grant select, insert on desk.link, desk.link_code to countersign_desk;
grant update (sent_at, ended_at, trouble) on desk.link_code to countersign_desk;
