"""Logins that an engine of the vault makes anew at each opening, and drops when their time is over: leases.

Rule: what is read is a copy of the administrator's role, for one credential, and never for longer than was approved.
"""

import re
from collections.abc import Mapping
from uuid import UUID

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.services.handing import LEASED, Grant, Restrictions
from checkpoints.credentials.vault.calls import Missing, NotAllowed
from checkpoints.credentials.vault.login import Login
from checkpoints.credentials.vault.policies import PATH, USE, use_name

COPIED = (
    "db_name",
    "creation_statements",
    "revocation_statements",
    "rollback_statements",
    "renew_statements",
    "credential_type",
    "credential_config",
)
OPENINGS = 2
"""A lease dies with the token that read it, and a token dies with its last use: reading is the last but one."""
LONGEST_TRIAL = Restrictions(minutes=1)
NO_ROLE = "path: there is no such role of a database engine in the vault. Right would be database/creds/readonly."
NO_PASSWORD = "path: that role makes no login with a password, and the desk leases no others."
NOT_OPEN = (
    "The desk may not lease from {engine}/ in the vault. Nothing was changed. An administrator lets it, by: "
    "countersign vault set-up"
)
NONE_MADE = (
    "The vault's engine made no login: its database is away, or its connection doesn't take roles that are named "
    "countersign-use-* (allowed_roles). Nothing was opened. Try again once that is set right."
)
OF_ENGINE = re.compile(rf'path "([^"]+)/roles/{USE}\*"')
CREDS = re.compile(rf'path "(?P<engine>{PATH.pattern})/creds/(?P<copy>{USE}[0-9a-f-]{{36}})"', re.ASCII)


def names(login: Login, path: str) -> tuple[str, ...]:
    """What each reading brings. Raises Refused where there is no such role, Unavailable."""
    _role(login, path)
    return LEASED


def copy_of(grant: Grant) -> str:
    """What its user reads instead."""
    return f"{_engine(grant.path)}/creds/{use_name(grant.id)}"


def copied(login: Login, grant: Grant) -> Mapping[str, Json]:
    """The role, for one credential: the same statements, and at most as long. Raises as `names` does."""
    role = _role(login, grant.path)
    usual, most = (_seconds(role, name) for name in ("default_ttl", "max_ttl"))
    minutes = grant.restrictions.minutes
    lasts = min(minutes * 60, most or minutes * 60) if minutes else usual or most
    return {name: role[name] for name in COPIED if role.get(name)} | {"default_ttl": lasts, "max_ttl": lasts}


def write_copy(login: Login, grant: Grant, copy: Mapping[str, Json]) -> None:
    """Its policy comes before it: whoever clears up finds it by that."""
    login.call("write", _copy_at(_engine(grant.path), grant.id), copy)


def drop(login: Login, id: UUID, policy: str) -> None:
    """Every login that was made with the copy, and the copy; `policy` says where. No lease's is no error."""
    found = CREDS.search(policy)
    if found is None or found["copy"] != use_name(id):
        return
    engine = found["engine"]
    # First nobody can have another made; the statements that drop one lie with its lease.
    login.call("delete", _copy_at(engine, id))
    login.call("write", f"sys/leases/revoke-prefix/{engine}/creds/{use_name(id)}")


def engines(policy: str) -> tuple[str, ...]:
    """Those that the desk may lease from, as its own policy says."""
    return tuple(OF_ENGINE.findall(policy))


def _role(login: Login, path: str) -> Mapping[str, Json]:
    engine, name = _engine(path), path.rpartition("/")[2]
    try:
        role = login.call("read", f"{engine}/roles/{name}").get("data")
    except Missing:
        raise Refused(NO_ROLE) from None
    except NotAllowed:
        raise Unavailable(NOT_OPEN.format(engine=engine)) from None
    if not isinstance(role, dict) or not role.get("db_name"):
        raise Refused(NO_ROLE)
    if role.get("credential_type", "password") != "password":
        raise Refused(NO_PASSWORD)
    return role


def _engine(path: str) -> str:
    return path.rpartition("/creds/")[0]


def _copy_at(engine: str, id: UUID) -> str:
    return f"{engine}/roles/{use_name(id)}"


def _seconds(role: Mapping[str, Json], name: str) -> int:
    found = role.get(name)
    return found if isinstance(found, int) else 0
