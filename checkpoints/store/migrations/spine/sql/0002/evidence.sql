-- What somebody attached to a question: the file lies in the desk's folder under its SHA-256.
create table desk.evidence (
    checkpoint_id uuid not null references desk.checkpoint,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    name text not null check (length(name) between 1 and 120),
    media_type text not null,
    size bigint not null,
    person_id uuid not null references desk.person,
    at timestamptz not null,
    primary key (checkpoint_id, sha256)
);
grant select on desk.evidence to countersign_desk, countersign_asker;
grant insert on desk.evidence to countersign_desk;
