-- A step that an agent from outside began, and never said how it ended, is ended by the desk.
grant execute on function desk.finish(uuid, uuid, text, jsonb) to countersign_desk;
