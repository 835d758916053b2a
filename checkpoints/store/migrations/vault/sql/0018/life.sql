-- Where a credential's newest value lies is where the credential lies.
grant update (vault_path) on desk.credential to countersign_desk;
create index credential_expires on desk.credential (expires_at) where ended_at is null;
create index credential_rotates on desk.credential (rotate_at) where ended_at is null;
create index credential_version_path on desk.credential_version (vault_path);

-- Which value a release was handed, and for which place: what is served there keeps it until it is deployed again.
alter table desk.opening add column environment text not null default '';
grant update (version, environment) on desk.opening to countersign_desk;
