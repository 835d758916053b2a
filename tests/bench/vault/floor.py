"""The calls to a vault that one credential takes from its door to its reading, bare: nothing of ours around them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx

from checkpoints.credentials.vault import keys, policies
from checkpoints.settings import Settings

ROLES = "auth/approle/role"


@dataclass(frozen=True)
class Floor:
    """One connection that is kept open, and the desk's own login."""

    vault: httpx.Client
    mount: str
    token: str

    @classmethod
    def of(cls, settings: Settings) -> Floor:
        """Logged in, as the desk is before the first credential. Close `vault`."""
        vault = httpx.Client(base_url=f"{settings.vault_url}/v1/", trust_env=False, timeout=20)
        known = keys.read(settings.vault_keys)
        given = {"role_id": known.role_id, "secret_id": known.secret_id}
        answer = vault.post("auth/approle/login", json=given).raise_for_status().json()
        return cls(vault, settings.vault_mount, answer["auth"]["client_token"])

    def go(self, values: Mapping[str, str]) -> None:
        """The twelve calls of one credential: its door, what is written and looked at there, handed over, read."""
        name = str(uuid4())
        path = f"cases/floor/1/{name}"
        self._given(path, f"countersign-give-9999999999-{name}", values)
        assert self._taken(path, *self._handed(path, name)) == values

    def _given(self, path: str, door: str, values: Mapping[str, str]) -> None:
        self._call("LIST", "sys/policies/acl")
        self._call("PUT", f"sys/policies/acl/{door}", {"policy": policies.give_policy(self.mount, path)})
        wanted = {"policies": [door], "ttl": "120s", "num_uses": 3, "renewable": False, "no_default_policy": True}
        made = self._call("POST", "auth/token/create/countersign-give", wanted)["auth"]
        self._call("POST", f"{self.mount}/data/{path}", {"data": dict(values)}, token=made["client_token"])
        self._call("GET", f"{self.mount}/subkeys/{path}")

    def _handed(self, path: str, name: str) -> tuple[str, str]:
        """(the role, what its secret id is wrapped in)."""
        use = f"countersign-use-{name}"
        self._call("PUT", f"sys/policies/acl/{use}", {"policy": policies.use_policy(self.mount, path)})
        wanted = {"role_id": name, "token_policies": [use], "token_no_default_policy": True, "token_num_uses": 1}
        self._call("POST", f"{ROLES}/{use}", wanted)
        meant = {"metadata": json.dumps({"path": path})}
        return name, self._call("POST", f"{ROLES}/{use}/secret-id", meant, wrap="60s")["wrap_info"]["token"]

    def _taken(self, path: str, role: str, wrapped: str) -> object:
        self._call("POST", "sys/wrapping/lookup", {"token": wrapped}, token="")
        secret = self._call("POST", "sys/wrapping/unwrap", token=wrapped)["data"]["secret_id"]
        let_in = self._call("POST", "auth/approle/login", {"role_id": role, "secret_id": secret}, token="")["auth"]
        return self._call("GET", f"{self.mount}/data/{path}", token=let_in["client_token"])["data"]["data"]

    def _call(
        self, method: str, path: str, body: object = None, token: str | None = None, wrap: str = ""
    ) -> dict[str, dict[str, str]]:
        headers = {"X-Vault-Token": self.token if token is None else token} | (
            {"X-Vault-Wrap-TTL": wrap} if wrap else {}
        )
        answer = self.vault.request(method, path, json=body, headers={k: v for k, v in headers.items() if v})
        said: dict[str, dict[str, str]] = answer.raise_for_status().json() if answer.content else {}
        return said
