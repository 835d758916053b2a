"""What `countersign vault check` tries in the vault, each as a finding. What it puts there it removes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.shown.showing import one_line
from checkpoints.core.work.services.handing import Grant
from checkpoints.credentials.vault import Vault
from checkpoints.credentials.vault.auditing import NO_AUDIT, devices
from checkpoints.credentials.vault.calls import NotAllowed, Untold
from checkpoints.credentials.vault.leases import engines
from checkpoints.credentials.vault.setting_up import DESK
from to_tools.cli.doctor.finding import Finding, look, ok, wrong
from to_tools.vault_set_up import in_the_clear

SET_UP = "countersign vault set-up"
CONNECT = "countersign vault connect"
CHECK = "countersign vault check"
MOVE = "countersign vault move"
CLEAR = "it is spoken to in the clear: whoever is on the way reads along. Give it a certificate, and set vault_url"
READS = "the desk's own login can read a value: its policy is wider than infra/vault/desk.hcl"
NO_BROWSERS = "it lets none in from {page} (CORS, one for the whole vault): what they give passes the page's memory"
VALUES = {"trial": "no secret"}


def looks(vault: Vault, page: str = "") -> Iterator[Finding]:
    """From the login to the audit. `page`: where browsers come from that hand over to it, as they call it."""
    try:
        vault.login.call("write", "sys/capabilities-self", {"paths": ["sys/audit"]})
    except NotAllowed:
        yield wrong("login", "it is let in, and its policy is not what the set-up wrote", SET_UP)
        return
    except Countersign as no:
        yield wrong("login", one_line(str(no)), CONNECT if "log in" in str(no) or "keys" in str(no) else CHECK)
        return
    within = f", in the namespace {vault.namespace}" if vault.namespace else ""
    yield ok("login", f"good, at {vault.url}{within}")
    if in_the_clear(vault.url):
        yield look("way", CLEAR)
    yield from _trial(vault)
    yield leasing(vault)
    if page:
        yield handing_over(vault, page)
    yield audited(vault)


def audited(vault: Vault) -> Finding:
    """Whether the vault itself writes down who read what. Raises Unavailable."""
    try:
        found = devices(vault)
    except Untold as why:
        return look("vault's audit", one_line(str(why)))
    return ok("vault's audit", ", ".join(found)) if found else look("vault's audit", NO_AUDIT)


def leasing(vault: Vault) -> Finding:
    """From which engines it may have logins made; whether one makes any is tried each time that one is given."""
    try:
        policy = vault.login.call("read", f"sys/policies/acl/{DESK}").get("data")
    except Countersign as no:
        return wrong("leases", one_line(str(no)), SET_UP)
    found = engines(str(policy.get("policy")) if isinstance(policy, dict) else "")
    return ok("leases", ", ".join(f"{engine}/" for engine in found) or "no database engine is there for the desk")


def handing_over(vault: Vault, page: str) -> Finding:
    """Whether a browser gives straight to it."""
    if vault.server.lets(page):
        return ok("browsers", f"hand over to it from {page}")
    return look("browsers", NO_BROWSERS.format(page=page), "" if vault.namespace else SET_UP)


def _trial(vault: Vault) -> Iterator[Finding]:
    """What isn't secret goes all the ways that a secret does."""
    id, path = uuid4(), f"cases/vault-check/1/{uuid4()}"
    grant = Grant(id, path)
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("giving", lambda: vault.door(f"{path}-by-hand", timedelta(minutes=1))),
        ("putting", lambda: vault.put(path, VALUES)),
        ("looking", lambda: vault.names(path)),
        ("taking", lambda: _same(vault.take(vault.hand(grant)) == VALUES)),
        ("wrapping", lambda: _same(vault.take(vault.wrap(path, VALUES)) == VALUES)),
        ("closing", lambda: vault.close(id)),
    )
    for subject, step in steps:
        try:
            step()
        except Countersign as no:
            yield wrong(subject, one_line(str(no)), SET_UP)
        else:
            yield ok(subject, "works")
    yield _reads_nothing(vault, path)
    try:
        vault.forget(path)
    except Countersign as no:
        yield wrong("removing", one_line(str(no)), SET_UP)


def _reads_nothing(vault: Vault, path: str) -> Finding:
    try:
        vault.login.call("read", f"{vault.mount}/data/{path}")
    except NotAllowed:
        return ok("policy", "the desk's own login can read no value")
    except Countersign as no:
        return look("policy", one_line(str(no)), CHECK)
    return wrong("policy", READS, SET_UP)


def _same(same: bool) -> None:
    if not same:
        raise Refused("What came out is not what was put in.")
