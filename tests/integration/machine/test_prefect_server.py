"""Prefect's server on our PostgreSQL: killed and started again, it still knows what it knew."""

from __future__ import annotations

import httpx

from checkpoints.settings import Settings
from tests.stage.servers.prefect_server import PrefectServer


def test_a_killed_prefect_server_comes_back_with_what_it_knew(
    desk_with_prefect: Settings, prefect_server: PrefectServer
) -> None:
    api = desk_with_prefect.prefect_api_url
    made = httpx.post(f"{api}/work_pools/", json={"name": "kept", "type": "process"})
    assert made.status_code == 201
    prefect_server.kill()
    prefect_server.start()
    assert httpx.get(f"{api}/work_pools/kept").json()["id"] == made.json()["id"]


def test_prefect_asks_nobody_outside_and_looks_after_sleepers_rarely(prefect_server: PrefectServer) -> None:
    known = httpx.get(f"{prefect_server.settings.prefect_api_url}/admin/settings").json()["server"]
    assert known["analytics_enabled"] is False
    assert known["services"]["pause_expirations"]["loop_seconds"] == 600
