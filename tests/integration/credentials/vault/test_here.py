"""`infra/vault-here.sh`, as `make up VAULT=1` calls it: what is given survives a restart, and nobody is root."""

import os
import subprocess
from pathlib import Path

from checkpoints.settings import Settings
from tests.integration.credentials.vault.steps import VALUES
from tests.stage.servers.vaults import taken
from to_tools import vault_set_up

SCRIPT = Path(__file__).parents[4] / "infra/vault-here.sh"


def run(home: Path, *words: str) -> None:
    environment = {**os.environ, "COUNTERSIGN_HOME": str(home)}
    subprocess.run([SCRIPT, *words], env=environment, check=True, capture_output=True, timeout=120)


def test_a_vault_to_try_keeps_what_was_given_over_a_restart_and_has_no_root_any_more(tmp_path: Path) -> None:
    home = tmp_path / "home"
    try:
        run(home, "run", "true")
        vault_set_up.vault(Settings(home=home)).put("cases/sample/1/x", VALUES)
        run(home, "stop")
        run(home, "run", "true")
        settings = Settings(home=home)
        assert taken(vault_set_up.vault(settings), "cases/sample/1/x") == VALUES
        here = home / "vault-here"
        assert not (here / "root").exists()
        assert {path.stat().st_mode & 0o077 for path in (here, here / "unseal-key", settings.vault_keys)} == {0}
        content = b"".join(path.read_bytes() for path in here.rglob("*") if path.is_file())
        assert VALUES["api_key"].encode() not in content
    finally:
        run(home, "stop")
