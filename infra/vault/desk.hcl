# What the desk's own login may do in the vault. MOUNT is replaced by the setting vault_mount.
# In a namespace of the vault's it is written there, as it stands: all paths count from the namespace.
# It can put a secret where nothing lies, see which fields lie there, and remove it; it can read no value.

path "MOUNT/data/cases/*" {
  capabilities = ["create"]
}

path "MOUNT/subkeys/*" {
  capabilities = ["read"]
}

# Their paths are listed, so that what a kill left behind is found.
path "MOUNT/metadata/cases/*" {
  capabilities = ["delete", "list"]
}

# One policy and one AppRole a credential, for whoever may use it. They end with it.
path "sys/policies/acl/countersign-use-*" {
  capabilities = ["create", "read", "update", "delete"]
}

path "auth/approle/role/countersign-use-*" {
  capabilities = ["create", "update", "delete"]
}

# One policy and one token for each time that somebody gives one.
path "sys/policies/acl/countersign-give-*" {
  capabilities = ["create", "update", "delete"]
}

path "auth/token/create/countersign-give" {
  capabilities = ["create", "update"]
}

# What lies nowhere, and is handed to an agent on another machine: wrapped, for one opening within a minute.
path "sys/wrapping/wrap" {
  capabilities = ["create", "update"]
}

# Which of the latter are over, so that they are removed.
path "sys/policies/acl" {
  capabilities = ["list"]
}

# Whether the vault keeps an audit, and what it calls a value there. The first wants sudo, and lists, no more. Within a
# namespace a vault says neither, whatever stands here.
path "sys/audit" {
  capabilities = ["read", "sudo"]
}

path "sys/audit-hash/*" {
  capabilities = ["create", "update"]
}

# What this login itself may do: `countersign vault check`.
path "sys/capabilities-self" {
  capabilities = ["create", "update"]
}

# Which engines it may have logins made by (leases.hcl): as this policy itself says.
path "sys/policies/acl/countersign-desk" {
  capabilities = ["read"]
}
