"""OpenBao's database engine over the session's PostgreSQL, set up as runbooks/tasks/secrets/leases.md says it.

Rule: the desk gets no more than `countersign vault set-up` gives it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg

from checkpoints.credentials.vault import Vault
from checkpoints.credentials.vault.setting_up import policy
from tests.stage.cluster import SessionCluster
from tests.stage.servers.openbao import MOUNT, OpenBao

MAKES = (
    "create role \"{{name}}\" login password '{{password}}' valid until '{{expiration}}'",
    'grant select on all tables in schema public to "{{name}}"',
)
DROPS = ('revoke all on all tables in schema public from "{{name}}"', 'drop role if exists "{{name}}"')


@dataclass(frozen=True)
class Leasing:
    """An engine at `engine`, whose role `readonly` may read the table `kept` of a database of its own."""

    openbao: OpenBao
    cluster: SessionCluster
    engine: str
    database: str

    @property
    def path(self) -> str:
        """As a person gives it."""
        return f"{self.engine}/creds/readonly"

    @property
    def vault(self) -> Vault:
        return self.openbao.vault()

    def role(self, name: str, **changed: object) -> str:
        """Another role, like `readonly` but for what is changed; its path."""
        made = {"db_name": "kept", "creation_statements": MAKES, "revocation_statements": DROPS}
        made |= {"default_ttl": "1h", "max_ttl": "2h"}
        self.openbao.admin("POST", f"{self.engine}/roles/{name}", made | changed)
        return f"{self.engine}/creds/{name}"

    def allow(self, *roles: str) -> None:
        """Which roles the connection takes."""
        where = f"host={self.cluster.cluster.sockets} user={{{{username}}}} password={{{{password}}}}"
        connection = {"plugin_name": "postgresql-database-plugin", "allowed_roles": roles}
        connection |= {"connection_url": f"{where} dbname={self.database} sslmode=disable"}
        connection |= {"username": self.engine, "password": "engines-own-password"}
        self.openbao.admin("POST", f"{self.engine}/config/kept", connection)

    def log_in(self, login: dict[str, str]) -> psycopg.Connection:
        """As the client's program does. Raises psycopg.OperationalError when it isn't let in."""
        sockets = str(self.cluster.cluster.sockets)
        return psycopg.connect(
            host=sockets, dbname=self.database, user=login["username"], password=login["password"], autocommit=True
        )

    def logins(self) -> set[str]:
        """Those that were made and that are there still."""
        with self.cluster.superuser() as superuser:
            return {str(name) for (name,) in superuser.execute("select rolname from pg_roles where rolname ~ '^v-'")}

    def copies(self) -> set[str]:
        """What is in the engine for credentials of the desk."""
        return {name for name in self.openbao.names(f"{self.engine}/roles") if name.startswith("countersign-use-")}


@contextmanager
def leasing(openbao: OpenBao, cluster: SessionCluster) -> Iterator[Leasing]:
    """An engine and a database of its own, and the desk set up for it; all of it goes with the context."""
    engine = f"database-{uuid4().hex[:8]}"
    there = Leasing(openbao, cluster, engine, engine)
    with cluster.superuser() as superuser:
        superuser.autocommit = True
        superuser.execute(f"create role \"{engine}\" login createrole password 'engines-own-password'")
        superuser.execute(f'create database "{engine}" owner "{engine}"')
    try:
        openbao.admin("POST", f"sys/mounts/{engine}", {"type": "database"})
        there.allow("readonly", "short", "countersign-use-*")
        there.role("readonly")
        with there.log_in({"username": engine, "password": "engines-own-password"}) as line:
            line.execute("create table kept (what text)")
            line.execute("insert into kept values ('there')")
        openbao.set_up()
        yield there
    finally:
        openbao.admin("PUT", f"sys/leases/revoke-prefix/{engine}")
        openbao.admin("DELETE", f"sys/mounts/{engine}")
        openbao.write_policy("countersign-desk", policy(MOUNT))
        with cluster.superuser() as superuser:
            superuser.autocommit = True
            superuser.execute(f'drop database if exists "{engine}" with (force)')
            superuser.execute(f'drop role "{engine}"')
