-- Asked in a flood: people are told of it together with others, and the inbox shows it with them. Of the present
-- revision; it changes how a question is told, never who may answer it.
alter table desk.checkpoint add column flooded boolean not null default false;
drop index desk.checkpoint_urgent;
create index checkpoint_urgent on desk.checkpoint (deadline_at, asked_at)
    where state in ('asked', 'open', 'changing') and not flooded;
create index checkpoint_flooded on desk.checkpoint (case_id, deadline_at, asked_at)
    where state in ('asked', 'open', 'changing') and flooded;

-- Many messages of one digest share its address and moment; a digest that grew before it went out is another one.
grant update (address, made_at) on desk.message to countersign_desk;

-- When a card was first shown to a person: from then on they could read it. Not what they thought of it.
create table desk.shown (
    checkpoint_id uuid not null,
    revision integer not null,
    person_id uuid not null references desk.person,
    first_at timestamptz not null,
    primary key (checkpoint_id, revision, person_id),
    foreign key (checkpoint_id, revision) references desk.revision
);
create index answer_person on desk.answer (person_id, at);

-- More answers within a day than this, and others are told first. No number: no limit.
alter table desk.person add column most_a_day integer check (most_a_day between 1 and 10000);

-- The asker may not read it: what people look at is theirs.
grant select, insert on desk.shown to countersign_desk;
