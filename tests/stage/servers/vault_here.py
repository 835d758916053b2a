"""`python -m tests.stage.servers.vault_here`: an OpenBao of the desk's own on this machine, to try a vault out with.

Rule: for trying out, not for production: its unseal key lies beside it, so whoever reads the folder reads all of it.
"""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx

from checkpoints.core.errors import Countersign
from checkpoints.credentials.vault.calls import Server
from checkpoints.credentials.vault.setting_up import Administrator
from checkpoints.settings import Settings
from checkpoints.store.secret import private_files
from tests.stage.servers.openbao import BINARY
from to_tools import vault_set_up
from to_tools.up.ports import free_port, is_free
from to_tools.up.remembering import remember

PORT = 8750
SECONDS = 30.0
CONFIGURATION = """
storage "raft" {{
  path = "{folder}/storage"
  node_id = "here"
  performance_multiplier = 1
}}
api_addr = "{url}"
cluster_addr = "https://127.0.0.1:{beside}"
log_level = "warn"
listener "tcp" {{
  address = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{beside}"
  tls_disable = true
}}
audit "file" "to-file" {{
  options = {{
    file_path = "{folder}/audit.log"
  }}
}}
"""
SAYS = "{url} (OpenBao, to try it out: its unseal key lies in {folder})"


def main() -> None:
    settings = Settings()
    folder = settings.home / "vault-here"
    own = folder / "url"
    if settings.vault_url and settings.vault_url != _read(own):
        raise SystemExit(
            f"This desk has a vault already, {settings.vault_url}: take VAULT=1 away. Nothing was started."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = PORT if is_free(PORT) else free_port()
    url = f"http://127.0.0.1:{port}"
    start(folder, port)
    unseal(folder, url)
    own.write_text(url)
    if (folder / "root").exists():
        set_up(settings, folder, url)
    remember(settings, "vault_url", url)
    print(SAYS.format(url=url, folder=folder))


def start(folder: Path, port: int) -> None:
    """It outlives this process; its number lies in `pid`."""
    url = f"http://127.0.0.1:{port}"
    (folder / "storage").mkdir(mode=0o700, exist_ok=True)
    (folder / "bao.hcl").write_text(CONFIGURATION.format(folder=folder, port=port, beside=free_port(), url=url))
    with (folder / "log").open("ab") as log:
        command = [str(BINARY), "server", f"-config={folder / 'bao.hcl'}"]
        # Neither a token nor an address of a person's own vault is for it.
        plain = {"HOME": str(folder), "PATH": os.environ.get("PATH", "")}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=plain, start_new_session=True
        )
    (folder / "pid").write_text(str(process.pid))
    deadline = time.monotonic() + SECONDS
    while _health(url) == 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"OpenBao did not start: see {folder / 'log'}. Nothing else was started.")
        time.sleep(0.05)


def unseal(folder: Path, url: str) -> None:
    """The first time it is initialised, and its root token kept until it is set up."""
    with httpx.Client(base_url=f"{url}/v1/sys/", trust_env=False, timeout=SECONDS) as client:
        if not client.get("init").json()["initialized"]:
            made = client.put("init", json={"secret_shares": 1, "secret_threshold": 1}).raise_for_status().json()
            private_files.replace(folder / "root", made["root_token"].encode())
            private_files.replace(folder / "unseal-key", made["keys"][0].encode())
        if not (key := _read(folder / "unseal-key")):
            raise SystemExit(f"The unseal key is gone, and with it what lies there. To begin anew: rm -r {folder}")
        client.put("unseal", json={"key": key}).raise_for_status()
    deadline = time.monotonic() + SECONDS
    while _health(url) != 200:
        if time.monotonic() > deadline:
            raise SystemExit(f"OpenBao does not unseal: see {folder / 'log'}. Nothing else was started.")
        time.sleep(0.05)


def set_up(settings: Settings, folder: Path, url: str) -> None:
    """As `countersign vault set-up` does it; then nobody is root any more."""
    root, known = _read(folder / "root"), vault_set_up.Where(url, vault_set_up.MOUNT, None)
    vault_set_up.keep(settings, known, vault_set_up.set_up(settings, known, root))
    Administrator(Server(url), root).write("auth/token/revoke-self")
    (folder / "root").unlink()


def _health(url: str) -> int:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/v1/sys/health", trust_env=False).status_code
    return 0


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


if __name__ == "__main__":
    try:
        main()
    except Countersign as no:
        raise SystemExit(str(no)) from None
