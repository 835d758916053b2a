-- Which key it is at its service ({service, user, id}), where the desk had it made there and ends it there; no secret.
alter table desk.credential_version add column made jsonb;
