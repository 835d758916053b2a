-- Each figure of store/work/figures.py is read from an index that holds what it counts, and nothing else.
create index checkpoint_waiting_since on desk.checkpoint (state, asked_at) where state in ('asked', 'open', 'changing');
create index answer_tally on desk.answer (verdict, way);
create index decision_by_rule on desk.decision (checkpoint_id) where by_rule;
create index permit_unknown on desk.permit (checkpoint_id) where state = 'unknown';
create index wait_read on desk.wait (read_at) include (checkpoint_id, written_at) where read_at is not null;
create index audit_refused on desk.audit_line (event)
    where event in ('try refused', 'refused by the desk', 'submission refused');
