-- Who may do what. The owner has all; nobody else has anything that is not granted here.
revoke all on all functions in schema desk from public;
grant usage on schema desk to countersign_desk, countersign_asker;
grant execute on function desk.desk_now(), desk.label(uuid) to countersign_desk, countersign_asker;
grant execute on function desk.held(uuid), desk.standing(uuid, uuid), desk.single_operator(),
    desk.pressed(uuid, uuid, uuid) to countersign_desk;

grant execute on function desk.audit_append(text, jsonb), desk.errands_add(jsonb),
    desk.ask_in(uuid, text, text, integer, uuid, uuid, jsonb, text) to countersign_desk;
grant select on all tables in schema desk to countersign_desk;
grant insert, update on desk.person, desk.role, desk.token, desk.case_file, desk.run, desk.checkpoint,
    desk.revision, desk.permit, desk.errand to countersign_desk;
grant insert on desk.answer, desk.decision to countersign_desk;
grant update (received_at, refused) on desk.submission to countersign_desk;

grant execute on function desk.ask(uuid, text, integer, jsonb, text), desk.begin(uuid, uuid, text, integer, text),
    desk.finish(uuid, uuid, text, jsonb) to countersign_asker;
grant select on desk.case_file, desk.run, desk.step, desk.checkpoint, desk.revision, desk.answer, desk.decision,
    desk.permit, desk.submission, desk.wait, desk.clock, desk.checkpoint_read to countersign_asker;
-- By columns: a right on the whole table would let the asker lock it.
grant insert (run_id, checkpoint_id, written_at), update (read_at) on desk.wait to countersign_asker;
grant insert (case_id, branch, name, run_id, state, begun_at), update (run_id, state, result, begun_at, ended_at)
    on desk.step to countersign_asker;
grant insert (run_id, verb, checkpoint_id, body, made_at) on desk.submission to countersign_asker;
grant update (prefect_id, ended_at) on desk.run to countersign_asker;
grant select (id, name) on desk.person to countersign_asker;
