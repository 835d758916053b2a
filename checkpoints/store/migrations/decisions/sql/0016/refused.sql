-- A refused try is a line of the audit. Whoever tries again and again can't fill it: of one tryer so many an hour are
-- lines of their own (`lines`), what comes after is counted (`more`, with the last of them), and becomes one line once
-- the hour since `since` is over.
create table desk.refused_try (
    by_name text primary key,
    since timestamptz not null,
    lines integer not null default 0,
    more integer not null default 0,
    tried text not null default '',
    about text not null default '',
    why text not null default ''
);
create index refused_try_more on desk.refused_try (since) where more > 0;

-- Up to where the desk has heard what a door refused to machines: the file or the process, and how far in it.
create table desk.heard (
    door text primary key,
    start text not null default '',
    upto bigint not null default 0
);
grant select, insert, update on desk.refused_try, desk.heard to countersign_desk;
