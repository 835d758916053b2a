-- The desk's tables by subject. Every time is UTC from desk_now(), every id from outside is opaque text.
create schema desk;

create table desk.clock (only_row boolean primary key default true check (only_row), ahead interval not null);
insert into desk.clock (ahead) values ('0');

-- people ---------------------------------------------------------------------------------------------------
create table desk.person (
    id uuid primary key default gen_random_uuid(),
    name text not null check (length(name) between 1 and 80),
    active boolean not null default true,
    made_at timestamptz not null
);
create unique index person_name on desk.person (lower(name));

create table desk.role (
    person_id uuid not null references desk.person,
    role text not null check (role in ('to', 'manager', 'client')),
    given_at timestamptz not null,
    given_by text not null,
    ended_at timestamptz,
    primary key (person_id, role, given_at)
);

create table desk.token (
    id uuid primary key default gen_random_uuid(),
    person_id uuid not null references desk.person,
    hash bytea not null unique,
    way text not null check (way in ('shell', 'sign-in link', 'page')),
    made_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);

-- cases and runs -------------------------------------------------------------------------------------------
create table desk.case_file (
    id uuid primary key default gen_random_uuid(),
    slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$'),
    sort text not null,
    title text not null,
    parent_id uuid references desk.case_file,
    client text not null,
    budget numeric,
    brief jsonb not null,
    counter integer not null default 0,
    state text not null default 'running'
        check (state in ('running', 'delivered', 'undelivered', 'refused', 'cancelled')),
    outcome text not null default '',
    started_by uuid references desk.person,
    opened_at timestamptz not null,
    ended_at timestamptz
);

create table desk.run (
    id uuid primary key default gen_random_uuid(),
    case_id uuid not null references desk.case_file,
    branch text not null,
    prefect_id text,
    made_at timestamptz not null,
    ended_at timestamptz
);
create unique index run_one_alive on desk.run (case_id, branch) where ended_at is null;

create table desk.step (
    id uuid primary key default gen_random_uuid(),
    case_id uuid not null references desk.case_file,
    branch text not null,
    name text not null,
    run_id uuid not null references desk.run,
    checkpoint_id uuid,
    state text not null check (state in ('begun', 'done', 'failed', 'unknown')),
    result jsonb,
    begun_at timestamptz not null,
    ended_at timestamptz,
    unique (case_id, branch, name)
);

-- checkpoints ----------------------------------------------------------------------------------------------
create table desk.checkpoint (
    id uuid primary key default gen_random_uuid(),
    case_id uuid not null references desk.case_file,
    number integer not null,
    branch text not null,
    question text not null,
    attempt integer not null,
    kind text not null,
    run_id uuid references desk.run,
    state text not null check (state in
        ('asked', 'open', 'changing', 'approved', 'rejected', 'expired', 'withdrawn', 'void')),
    revision integer not null default 1,
    reopens uuid references desk.checkpoint,
    because text not null default '',
    asked_at timestamptz not null,
    changed_at timestamptz not null,
    expires_at timestamptz,
    unique (case_id, number),
    unique (case_id, branch, question, attempt)
);
create index checkpoint_asked on desk.checkpoint (asked_at) where state = 'asked';
create index checkpoint_expires on desk.checkpoint (expires_at) where state in ('open', 'changing');
create index checkpoint_waiting on desk.checkpoint (case_id) where state in ('asked', 'open', 'changing');

create table desk.revision (
    checkpoint_id uuid not null references desk.checkpoint,
    number integer not null,
    request jsonb not null,
    subject_digest text not null,
    requirement jsonb,
    rule_version text,
    deadline_at timestamptz,
    asked_at timestamptz not null,
    received_at timestamptz,
    primary key (checkpoint_id, number)
);

create table desk.answer (
    id uuid primary key default gen_random_uuid(),
    checkpoint_id uuid not null,
    revision integer not null,
    person_id uuid not null references desk.person,
    verdict text not null check (verdict in ('approve', 'reject', 'changes')),
    role text,
    fields jsonb not null default '{}',
    note text not null default '',
    way text not null,
    token_id uuid not null references desk.token,
    same_person boolean not null default false,
    at timestamptz not null,
    foreign key (checkpoint_id, revision) references desk.revision
);
create unique index answer_one_approval on desk.answer (checkpoint_id, revision, person_id) where verdict = 'approve';
create index answer_checkpoint on desk.answer (checkpoint_id);

create table desk.decision (
    checkpoint_id uuid primary key references desk.checkpoint,
    revision integer not null,
    outcome text not null check (outcome in ('approved', 'rejected')),
    by_name text not null,
    by_rule boolean not null,
    rule_version text,
    amount numeric,
    fields jsonb not null default '{}',
    note text not null default '',
    at timestamptz not null
);

create table desk.permit (
    checkpoint_id uuid primary key references desk.decision,
    revision integer not null,
    digest text not null,
    state text not null default 'unused' check (state in ('unused', 'begun', 'done', 'failed', 'unknown', 'void')),
    step_id uuid,
    expires_at timestamptz not null,
    changed_at timestamptz not null
);

-- between the runs, the desk and the world -----------------------------------------------------------------
create table desk.submission (
    id bigint generated always as identity primary key,
    run_id uuid not null references desk.run,
    verb text not null check (verb in ('revise', 'withdraw', 'void', 'start', 'signal', 'ended')),
    checkpoint_id uuid,
    body jsonb not null check (octet_length(body::text) <= 300000),
    made_at timestamptz not null,
    received_at timestamptz,
    refused text
);
create index submission_new on desk.submission (id) where received_at is null;

create table desk.wait (
    id bigint generated always as identity primary key,
    run_id uuid not null references desk.run,
    checkpoint_id uuid not null references desk.checkpoint,
    written_at timestamptz not null,
    read_at timestamptz
);
create unique index wait_unread on desk.wait (run_id, checkpoint_id) where read_at is null;
create index wait_checkpoint on desk.wait (checkpoint_id) where read_at is null;

create table desk.errand (
    id bigint generated always as identity primary key,
    kind text not null,
    key text not null,
    body jsonb not null,
    due_at timestamptz not null,
    made_at timestamptz not null,
    version integer not null default 1,
    tries integer not null default 0,
    trouble text not null default '',
    done_at timestamptz
);
create unique index errand_open on desk.errand (kind, key) where done_at is null;
create index errand_due on desk.errand (due_at) where done_at is null;

-- audit ----------------------------------------------------------------------------------------------------
create table desk.audit_line (
    number bigint primary key,
    at text not null,
    login text not null,
    event text not null,
    body text not null,
    previous text not null,
    hash text not null
);
create table desk.audit_head (
    only_row boolean primary key default true check (only_row),
    number bigint not null,
    hash text not null
);
insert into desk.audit_head (number, hash) values (0, repeat('0', 64));
