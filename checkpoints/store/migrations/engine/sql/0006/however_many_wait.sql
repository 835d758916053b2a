-- What the page, the shell and the porter read is found by an index, however many cases wait: no look costs more for
-- each case that is asleep.
create index run_case on desk.run (case_id, made_at desc);
create index case_opened on desk.case_file (opened_at);
create index checkpoint_run on desk.checkpoint (run_id);
create index checkpoint_monitoring on desk.checkpoint (case_id, number) where kind = 'monitoring';
create index step_checkpoint on desk.step (checkpoint_id) where checkpoint_id is not null;
create index step_begun on desk.step (run_id) where state = 'begun';
create index step_noted on desk.step (name) where name like 'begun/%';
create index submission_run on desk.submission (run_id);
create index submission_checkpoint on desk.submission (checkpoint_id) where checkpoint_id is not null;
create index audit_of_checkpoint on desk.audit_line ((body::jsonb ->> 'checkpoint'), number);

-- The deadline of the present revision once more, beside the state: what waits is read in this order, and no index can
-- hold two tables. It orders the list and nothing else.
alter table desk.checkpoint add column deadline_at timestamptz;
update desk.checkpoint p set deadline_at = r.deadline_at from desk.revision r
    where r.checkpoint_id = p.id and r.number = p.revision and p.state in ('asked', 'open', 'changing');
create index checkpoint_urgent on desk.checkpoint (deadline_at, asked_at) where state in ('asked', 'open', 'changing');
