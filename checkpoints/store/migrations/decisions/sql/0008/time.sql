-- When a person works: an IANA zone, a country or region by ISO 3166, local hours. No row: as the settings say.
create table desk.working_time (
    person_id uuid primary key references desk.person,
    zone text not null check (length(zone) between 1 and 64),
    country text not null check (length(country) between 2 and 8),
    starts time not null,
    ends time not null check (ends <> starts)
);

-- A person's one absence, now or to come: until then others are told in their place. It gives nobody a role.
create table desk.absence (
    person_id uuid primary key references desk.person,
    starts timestamptz not null,
    ends timestamptz not null check (ends > starts),
    stand_in uuid references desk.person check (stand_in <> person_id)
);

-- Told only once nobody else answered in time.
alter table desk.person add column backup boolean not null default false;

-- What is done while nobody answers a revision, and when each is due. `settled_at`: looked at, once; `climbed`: it was
-- still open then, and people were told. Questions that were open before this table have none.
create table desk.rung (
    checkpoint_id uuid not null,
    revision integer not null,
    rung text not null check (rung in ('reminder', 'backup', 'manager')),
    due_at timestamptz not null,
    settled_at timestamptz,
    climbed boolean not null default false,
    primary key (checkpoint_id, revision, rung),
    foreign key (checkpoint_id, revision) references desk.revision
);
create index rung_due on desk.rung (due_at) where settled_at is null;

alter table desk.message drop constraint message_says_check;
alter table desk.message add constraint message_says_check check (says in
    ('open', 'reminder', 'backup', 'manager', 'changing', 'approved', 'glass broken', 'rejected', 'expired',
        'withdrawn', 'void'));

-- The asker may read none of them: when people work and are away is theirs.
grant select, insert, update, delete on desk.working_time, desk.absence to countersign_desk;
grant select, insert on desk.rung to countersign_desk;
grant update (settled_at, climbed) on desk.rung to countersign_desk;
