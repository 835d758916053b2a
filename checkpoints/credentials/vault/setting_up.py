"""Sets a vault up for the desk, with an administrator's token that is used for this and kept nowhere.

Rule: what it makes is what infra/vault/desk.hcl and this file say; done again, it changes nothing but the secret id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.credentials.vault.calls import Missing, No, Server
from checkpoints.credentials.vault.keys import VaultKeys
from checkpoints.credentials.vault.policies import GIVE, PATH

DESK = "countersign-desk"
GIVING = "countersign-give"
USUAL_HEADERS = (
    "Content-Type",
    "Authorization",
    "X-Requested-With",
    "X-Vault-AWS-IAM-Server-ID",
    "X-Vault-MFA",
    "X-Vault-No-Request-Forwarding",
    "X-Vault-Policy-Override",
    "X-Vault-Token",
    "X-Vault-Wrap-Format",
    "X-Vault-Wrap-TTL",
)
SHIPPED = Path(__file__).resolve().parents[3] / "infra" / "vault"
NO_NAMESPACE = (
    "This vault has no namespace {namespace}, or this token sees nothing of it. Whoever runs it makes one: vault "
    "namespace create NAME. Nothing was set up."
)
TOKEN_LASTS = "1h"
LONGEST_DOOR = "1h"


@dataclass(frozen=True)
class Administrator:
    """A vault, or a namespace of it, as its administrator sees it."""

    server: Server
    token: str = field(repr=False)

    def read(self, path: str) -> Mapping[str, Json]:
        """Empty where nothing is. Raises Unavailable, Refused."""
        try:
            found = self.server.call("read", path, token=self.token)
        except Missing:
            return {}
        except No:
            raise Refused("The vault doesn't allow this token what the set-up needs. Nothing was kept.") from None
        data = found.get("data")
        return data if isinstance(data, dict) else {}

    def write(self, path: str, data: Mapping[str, object] | None = None) -> Mapping[str, Json]:
        """Raises Unavailable, Refused."""
        try:
            found = self.server.call("write", path, data, token=self.token).get("data")
        except No:
            raise Refused(
                f"The vault doesn't allow this token to write {path}. What was set up before stays."
            ) from None
        return found if isinstance(found, dict) else {}


def policy(mount: str, engines: Iterable[str] = ()) -> str:
    """What the desk's login may do, as it is shipped. `engines`: those it may lease from, by where they are mounted."""
    leases = (SHIPPED / "leases.hcl").read_text()
    told = [leases.replace("ENGINE", engine) for engine in engines]
    return "\n".join([(SHIPPED / "desk.hcl").read_text().replace("MOUNT", mount), *told])


def set_up(admin: Administrator, mount: str, origins: Iterable[str]) -> VaultKeys:
    """Everything that the desk needs, and a new secret id. `origins`: of the pages whose browsers write to the vault.

    Raises Refused where the mount is something else already, there is no such namespace, or the token may not; and
    Unavailable.
    """
    if admin.server.namespace and not admin.read("sys/mounts"):
        raise Refused(NO_NAMESPACE.format(namespace=admin.server.namespace))
    _mount(admin, mount)
    if "approle/" not in admin.read("sys/auth"):
        admin.write("sys/auth/approle", {"type": "approle"})
    admin.write(f"sys/policies/acl/{DESK}", {"policy": policy(mount, _engines(admin))})
    admin.write(f"auth/approle/role/{DESK}", _desk_role())
    admin.write(f"auth/token/roles/{GIVING}", _giving_role())
    if admin.server.namespace:
        # That is one for the whole vault: whoever has but a namespace asks those who run it (`lets` says if it is so).
        with suppress(Refused):
            _open_to(replace(admin, server=replace(admin.server, namespace="")), origins)
    else:
        _open_to(admin, origins)
    role_id = admin.read(f"auth/approle/role/{DESK}/role-id").get("role_id")
    secret_id = admin.write(f"auth/approle/role/{DESK}/secret-id").get("secret_id")
    return VaultKeys(str(role_id), str(secret_id))


def _desk_role() -> dict[str, object]:
    return {
        "token_policies": [DESK],
        "token_no_default_policy": True,
        "token_ttl": TOKEN_LASTS,
        "token_max_ttl": TOKEN_LASTS,
        "secret_id_num_uses": 0,
        "secret_id_ttl": 0,
    }


def _giving_role() -> dict[str, object]:
    """Its tokens are nobody's children: the desk's own ends within the hour, and would take them with it."""
    return {
        "allowed_policies_glob": [f"{GIVE}*"],
        "orphan": True,
        "renewable": False,
        "token_no_default_policy": True,
        "token_explicit_max_ttl": LONGEST_DOOR,
        "token_type": "service",
    }


def _mount(admin: Administrator, mount: str) -> None:
    found = admin.read("sys/mounts").get(f"{mount}/")
    if found is None:
        admin.write(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "2"}})
        return
    options = found.get("options") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("type") != "kv" or (options or {}) != {"version": "2"}:
        raise Refused(
            f"{mount}/ is something else in this vault already: set vault_mount to another. Nothing was set up."
        )


def _engines(admin: Administrator) -> list[str]:
    """Where a database engine is mounted; one whose path no policy may hold is left out."""
    mounts = admin.read("sys/mounts").items()
    found = [at.rstrip("/") for at, each in mounts if isinstance(each, dict) and each.get("type") == "database"]
    return sorted(engine for engine in found if PATH.fullmatch(engine))


def _open_to(admin: Administrator, origins: Iterable[str]) -> None:
    """Which pages' browsers may call it, beside those that may already."""
    known = admin.read("sys/config/cors")
    allowed = known.get("allowed_origins") if known.get("enabled") else None
    before = [str(each) for each in allowed] if isinstance(allowed, list) else []
    wanted = [*before, *(origin for origin in origins if origin not in before)]
    if wanted != before and "*" not in before:
        headers = known.get("allowed_headers") if before else None
        # The usual ones are added by the vault itself each time; what somebody else added is kept.
        more = [each for each in headers if each not in USUAL_HEADERS] if isinstance(headers, list) else []
        admin.write("sys/config/cors", {"enabled": True, "allowed_origins": wanted, "allowed_headers": more})
