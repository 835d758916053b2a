# What the desk's own login may do with an engine that makes logins by lease. ENGINE is replaced by where it is mounted:
# set-up adds this to desk.hcl once for each database engine that it finds.

# Which roles an administrator made, and what they may do.
path "ENGINE/roles/*" {
  capabilities = ["read"]
}

# A copy of one for each credential, which lasts no longer than was approved. It ends with that.
path "ENGINE/roles/countersign-use-*" {
  capabilities = ["create", "update", "delete"]
}

# Then every login that was made with the copy is dropped, and no other. The vault wants sudo for it.
path "sys/leases/revoke-prefix/ENGINE/creds/countersign-use-*" {
  capabilities = ["update", "sudo"]
}
