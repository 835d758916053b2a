"""HashiCorp's Vault, or OpenBao: a secret goes from a person's side to it, and from it to its user's.

Rule: the desk's login can read no value; who may is said by a policy and an AppRole for one credential alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from uuid import UUID

from checkpoints.core.errors import Intercepted, Refused, Unavailable
from checkpoints.core.model import Json
from checkpoints.core.work.services.handing import HAS_ENDED, Door, Grant, Handed, is_lease, read_at
from checkpoints.credentials.vault import leases, policies
from checkpoints.credentials.vault.answers import NOTHING_LIES, inner, meant_for
from checkpoints.credentials.vault.calls import PATIENCE, Missing, No, NotAllowed, OutOfOrder, Server, Untold, Wrong
from checkpoints.credentials.vault.login import Login, token_of

DOOR_USES = 3
"""One would do, but for a try that the vault refuses."""
HANDED_SECONDS = 60
LEEWAY = timedelta(minutes=5)
"""A vault's clock may differ from ours."""
ROLES = "auth/approle/role"
WRAP = "sys/wrapping/wrap"
NOT_FROM_WITHIN = "Within a namespace a vault doesn't say whether it keeps an audit: ask whoever runs it."
LIES_ALREADY = "Something lies in the vault there already. Nothing was kept."
OPENED_BEFORE = "What was handed over opens nothing: it was opened before, or is over a minute old."
NOT_FROM_HERE = "This may not be opened from here: the networks that it is held to are others. Nothing was opened."
ANOTHERS = "What was handed over was not made by the desk: somebody put it there. Nothing was opened."


@dataclass(frozen=True)
class Vault:
    """Secrets in the KV engine (version 2) at `mount`, in a namespace of the vault's or its root. `keys`: the file with
    what the desk logs in with."""

    url: str
    mount: str
    keys: Path
    ca: Path | None = None
    patience: float = PATIENCE
    namespace: str = ""

    @property
    def restricts(self) -> bool:
        """It sees where a login comes from."""
        return True

    def audited(self) -> tuple[str, ...]:
        """See the port."""
        try:
            found = self.login.call("read", "sys/audit").get("data")
        except (No, NotAllowed) as no:
            if self.namespace:
                raise Untold(NOT_FROM_WITHIN) from None
            if isinstance(no, Missing):
                return ()
            raise
        return tuple(sorted(name.rstrip("/") for name in found)) if isinstance(found, dict) else ()

    @property
    def origin(self) -> str:
        """See the port: as the desk finds it, a browser does."""
        return self.url

    def door(self, path: str, lasts: timedelta) -> Door | None:
        """See the port. The token outlives the desk's own."""
        allowed = policies.give_policy(self.mount, policies.check_path(path, ours=True))
        now = datetime.now(UTC)
        self._sweep(now - LEEWAY)
        name, ttl = policies.give_name(now + lasts), f"{int(lasts.total_seconds())}s"
        self.login.call("write", f"sys/policies/acl/{name}", {"policy": allowed})
        wanted = {
            "policies": [name],
            "ttl": ttl,
            "explicit_max_ttl": ttl,
            "num_uses": DOOR_USES,
            "renewable": False,
            "no_default_policy": True,
        }
        token, _ = token_of(self.login.call("write", "auth/token/create/countersign-give", wanted))
        # In its path, where others send a header: a vault lets no browser send that one unless its root says so.
        within = f"{self.namespace}/" if self.namespace else ""
        return Door(f"{self.url}/v1/{within}{self.mount}/data/{path}", token, self.ca)

    def put(self, path: str, values: Mapping[str, str]) -> None:
        """See the port. Whether something lies there is for the vault to say: two at once are told apart."""
        wanted = {"data": dict(values), "options": {"cas": 0}}
        try:
            kept = self.login.call("write", f"{self.mount}/data/{policies.check_path(path, ours=True)}", wanted)
        except Wrong:
            raise Refused(LIES_ALREADY) from None
        except NotAllowed as no:
            # What may only be created may not be changed: that is refused in the same words as everything else.
            if self._lies(path):
                raise Refused(LIES_ALREADY) from None
            raise no from None
        if not isinstance(kept.get("data"), dict):
            raise Unavailable("The vault did not say that it kept it. Look what lies there before trying again.")

    def names(self, path: str) -> tuple[str, ...]:
        """See the port."""
        policies.check_path(path)
        if is_lease(path):
            return leases.names(self.login, path)
        try:
            answer = self.login.call("read", f"{self.mount}/subkeys/{path}")
        except Missing:
            raise Refused(NOTHING_LIES) from None
        return tuple(inner(answer, "subkeys"))

    def hand(self, grant: Grant) -> Handed:
        """See the port: a secret id, wrapped by the vault itself, for an AppRole that may read this one path."""
        name, cidrs = policies.use_name(grant.id), list(grant.restrictions.cidrs)
        path, lasts = policies.check_path(grant.path), HANDED_SECONDS
        leased = leases.copied(self.login, grant) if is_lease(path) else None
        path = leases.copy_of(grant) if leased else path
        allowed = policies.use_policy(self.mount, path)
        self.login.call("write", f"sys/policies/acl/{name}", {"policy": allowed})
        if leased:
            leases.write_copy(self.login, grant, leased)
            lasts = int(str(leased["max_ttl"]))
        wanted = {
            # The same each time: somebody else may be about to open what they were handed.
            "role_id": str(grant.id),
            "token_policies": [name],
            "token_no_default_policy": True,
            "token_num_uses": leases.OPENINGS if leased else 1,
            "token_ttl": f"{lasts}s",
            "token_max_ttl": f"{lasts}s",
            "token_bound_cidrs": cidrs,
            "secret_id_num_uses": 1,
            "secret_id_ttl": f"{HANDED_SECONDS}s",
            "secret_id_bound_cidrs": cidrs,
        }
        self.login.call("write", f"{ROLES}/{name}", wanted)
        # It comes back with the login, and stands in the vault's own audit.
        meant = {"metadata": json.dumps({"path": path})}
        token, made_at = self._wrapped(f"{ROLES}/{name}/secret-id", meant)
        return Handed(path, token, made_at, str(grant.id))

    def wrap(self, path: str, values: Mapping[str, str]) -> Handed:
        """See the port: anybody may wrap there, and yet not at the same moment."""
        return Handed(path, *self._wrapped(WRAP, dict(values)))

    def take(self, handed: Handed) -> Mapping[str, str]:
        """See the port. Where its token was made is looked at before it is opened: afterwards it is used up."""
        if handed.made_at.startswith(f"{WRAP}@"):
            return {name: str(value) for name, value in self._unwrapped(handed).items()}
        found = inner(self._read(handed), "" if is_lease(handed.path) else "data")
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in found.items()}

    def opens(self, grant: Grant) -> None:
        """See the port. What is read stays wrapped, for a second: nobody unwraps it. A lease is dropped at once."""
        trial = Grant(policies.trial_id(datetime.now(UTC)), grant.path, leases.LONGEST_TRIAL)
        try:
            self._read(self.hand(trial), "1s")
        finally:
            self.close(trial.id)

    def _read(self, handed: Handed, wrap: str = "") -> Mapping[str, Json]:
        """As its user. Raises as taking does."""
        path = read_at(self.mount, policies.check_path(handed.path))
        token = self._let_in(handed, self._opened(handed))
        try:
            return self.server.call("read", path, token=token, wrap=wrap)
        except Missing:
            raise Refused(NOTHING_LIES) from None
        except No as no:
            raise Refused(NOT_FROM_HERE if no.elsewhere else HAS_ENDED) from None
        except OutOfOrder as no:
            raise (Unavailable(leases.NONE_MADE) if is_lease(path) else no) from None

    def close(self, id: UUID) -> None:
        """See the port. Without its policy a token that was logged in with already can do nothing."""
        name = policies.use_name(id)
        self.login.call("delete", f"{ROLES}/{name}")
        leases.drop(self.login, id, self._policy(name))
        self.login.call("delete", f"sys/policies/acl/{name}")

    def forget(self, path: str) -> None:
        """See the port: with all versions, and what is known of them."""
        self.login.call("delete", f"{self.mount}/metadata/{policies.check_path(path, ours=True)}")

    def granted(self) -> tuple[UUID, ...]:
        """See the port. A policy comes before its AppRole, and goes after it. Doors and trials that are over go."""
        self._sweep(datetime.now(UTC) - LEEWAY)
        return tuple(id for name in self._listed("sys/policies/acl") if (id := policies.used_by(name)) is not None)

    def paths(self) -> tuple[str, ...]:
        """See the port."""
        found: list[str] = []
        folders = [policies.OURS]
        while folders:
            folder = folders.pop()
            for name in self._listed(f"{self.mount}/metadata/{folder.rstrip('/')}"):
                (folders if name.endswith("/") else found).append(f"{folder}{name}")
        return tuple(found)

    @cached_property
    def server(self) -> Server:
        """The vault as anybody sees it."""
        return Server(self.url, self.ca, self.patience, self.namespace)

    @cached_property
    def login(self) -> Login:
        """The vault as the desk sees it."""
        return Login(self.server, self.keys)

    def _policy(self, name: str) -> str:
        """Empty where there is none."""
        with suppress(Missing):
            found = self.login.call("read", f"sys/policies/acl/{name}").get("data")
            return str(found.get("policy")) if isinstance(found, dict) else ""
        return ""

    def _lies(self, path: str) -> bool:
        try:
            return bool(self.names(path))
        except Refused:
            return False

    def _wrapped(self, where: str, data: Mapping[str, object]) -> tuple[str, str]:
        """The token that opens the answer, once, and where and when it was made, in the vault's words."""
        found = self.login.call("write", where, data, f"{HANDED_SECONDS}s").get("wrap_info")
        token, at = (found.get("token"), found.get("creation_time")) if isinstance(found, dict) else (None, None)
        if not isinstance(token, str) or not isinstance(at, str):
            raise Unavailable("The vault did not wrap what was to be handed over. Nothing was opened.")
        return token, f"{where}@{at}"

    def _opened(self, handed: Handed) -> str:
        """The secret id in it. Raises Intercepted."""
        secret_id = self._unwrapped(handed).get("secret_id")
        if not isinstance(secret_id, str):
            raise Intercepted(ANOTHERS)
        return secret_id

    def _unwrapped(self, handed: Handed) -> Mapping[str, Json]:
        """What is in it. Raises Intercepted."""
        if not policies.TOKEN.fullmatch(handed.token):
            raise Intercepted(ANOTHERS)
        try:
            found = self.server.call("write", "sys/wrapping/lookup", {"token": handed.token}).get("data")
            if not isinstance(found, dict) or handed.made_at != _made(found):
                raise Intercepted(ANOTHERS)
            inside = self.server.call("write", "sys/wrapping/unwrap", token=handed.token).get("data")
        except No:
            raise Intercepted(OPENED_BEFORE) from None
        if not isinstance(inside, dict):
            raise Intercepted(ANOTHERS)
        return inside

    def _let_in(self, handed: Handed, secret_id: str) -> str:
        """The user's own token. Raises Refused, Intercepted."""
        try:
            given = {"role_id": handed.role, "secret_id": secret_id}
            let_in = self.server.call("write", "auth/approle/login", given)
        except No as no:
            raise Refused(NOT_FROM_HERE if no.elsewhere else HAS_ENDED) from None
        if meant_for(let_in) != handed.path:
            raise Intercepted(ANOTHERS)
        return token_of(let_in)[0]

    def _sweep(self, now: datetime) -> None:
        """The policies of doors that are closed by now go, and what a kill left of trials."""
        for name in policies.over(self._listed("sys/policies/acl"), now):
            if trial := policies.used_by(name):
                self.close(trial)
            self.login.call("delete", f"sys/policies/acl/{name}")

    def _listed(self, where: str) -> list[str]:
        """The names there."""
        try:
            listed = self.login.call("list", where).get("data")
        except Missing:
            return []
        names = listed.get("keys") if isinstance(listed, dict) else None
        return [str(name) for name in names] if isinstance(names, list) else []


def _made(found: Mapping[str, Json]) -> str:
    """Where a token was made, and when: the same place is in every namespace, and whoever has one may wrap there."""
    return f"{found.get('creation_path')}@{found.get('creation_time')}"
