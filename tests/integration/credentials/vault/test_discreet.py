"""Whatever goes wrong with a vault: no token, value or secret id is in what is said, logged, or hangs on an error."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.core.errors import Countersign, Refused
from checkpoints.core.work.services.handing import Handed
from checkpoints.credentials.vault import Vault, keys
from checkpoints.credentials.vault.calls import Server
from checkpoints.credentials.vault.setting_up import Administrator, set_up
from tests.integration.credentials.vault.steps import VALUES, Steps
from tests.plugins.canaries import held
from tests.stage.servers.openbao import MOUNT, OpenBao
from tests.stage.wires.between import Between, between, echo

STATUSES = (200, 204, 302, 400, 401, 403, 404, 418, 429, 500, 501, 502, 503)


@pytest.fixture
def way(openbao: OpenBao) -> Iterator[Between]:
    with between(openbao.url) as standing:
        yield standing


@pytest.mark.promise("F5.1")
def test_no_error_of_a_vaults_repeats_what_it_was_told(
    openbao: OpenBao, way: Between, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    vault, known = openbao.vault(way.address), keys.read(openbao.keys)
    steps, said = Steps(vault, openbao.vault()), ""
    every = [*steps]
    vault.names(steps.at)
    canaries = {*VALUES.values(), *steps.tokens, known.role_id, known.secret_id, openbao.root, way.asked[-1].token}
    for status in STATUSES:
        way.trouble = echo(status)
        for fresh in (vault, openbao.vault(way.address)):
            steps.vault = fresh
            for name, step in every:
                try:
                    step()
                except Countersign as no:
                    said += held(no)
                else:
                    assert (name, status) in {("close", 204), ("forget", 204)}
        said += _administered(way, openbao)
    said += caplog.text + "".join(capfd.readouterr())
    assert "The vault" in said
    assert not [canary for canary in canaries if canary in said]


def _administered(way: Between, openbao: OpenBao) -> str:
    try:
        set_up(Administrator(Server(way.address), openbao.root), MOUNT, ["http://127.0.0.1:8710"])
    except Countersign as no:
        return held(no)
    return ""


@pytest.mark.promise("F5.1")
def test_no_damaged_key_or_token_is_repeated(openbao: OpenBao, tmp_path: Path) -> None:
    file, canary = tmp_path / "vault", "canary-4482"
    said = ""
    for text in (f'secret_id = "{canary}', f'role_id = "a"\nsecret_id = "{canary} "\n', f'{canary} = "x"', canary * 99):
        file.write_text(text)
        file.chmod(0o600)
        said += _refused(replace(openbao.vault(), keys=file), "names")
    file.write_bytes(b"\xff" + canary.encode())
    said += _refused(replace(openbao.vault(), keys=file), "names")
    for token in (f"{canary}\n", f"{canary}é", f"s.{canary}"):
        said += _refused(openbao.vault(), "take", token)
    with pytest.raises(Refused) as no:
        keys.write(file, keys.VaultKeys("a", f"{canary}\n"))
    said += held(no.value) + repr(keys.VaultKeys(canary, canary)) + repr(Administrator(Server("http://x"), canary))
    assert canary not in said


def _refused(vault: Vault, step: str, token: str = "") -> str:
    with pytest.raises(Countersign) as no:
        vault.names("cases/x") if step == "names" else vault.take(Handed("cases/x", token, "elsewhere", "x"))
    return held(no.value)
