-- The cost matrices that people adopted, byte for byte as they were shown. The newest is in force; without one, that of
-- the release. `version` is the beginning of the text's SHA-256. A checkpoint adopts once.
create table desk.rule_version (
    number integer generated always as identity primary key,
    document text not null,
    version text not null,
    adopted_by text not null,
    checkpoint_id uuid not null unique references desk.checkpoint,
    at timestamptz not null
);

-- What may pass without being asked about: `terms` are the parameters that people approved, whose digest the revision has.
create table desk.pre_approval (
    id uuid primary key default gen_random_uuid(),
    checkpoint_id uuid not null unique references desk.checkpoint,
    revision integer not null,
    terms jsonb not null,
    adopted_by text not null,
    uses integer not null,
    used integer not null default 0 check (used between 0 and uses),
    ends_at timestamptz not null,
    made_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by text,
    revoked_because text,
    foreign key (checkpoint_id, revision) references desk.revision
);
create index pre_approval_kind on desk.pre_approval ((terms ->> 'kind')) where revoked_at is null;

-- Each number of a pre-approval is used by one checkpoint.
create table desk.pre_approval_use (
    checkpoint_id uuid primary key references desk.checkpoint,
    pre_approval_id uuid not null references desk.pre_approval,
    number integer not null,
    at timestamptz not null,
    unique (pre_approval_id, number)
);

-- What passed in a band until then was put before people, by this checkpoint.
create table desk.review (
    checkpoint_id uuid primary key references desk.checkpoint,
    band text not null,
    until_at timestamptz not null
);

-- Nobody changes a rule that was adopted, the terms of a pre-approval, or how often it may be used. The asker sees none.
grant select, insert on desk.rule_version, desk.pre_approval, desk.pre_approval_use, desk.review to countersign_desk;
grant update (used, revoked_at, revoked_by, revoked_because) on desk.pre_approval to countersign_desk;
