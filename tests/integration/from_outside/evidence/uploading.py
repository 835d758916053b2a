"""What a browser sends when a person attaches a file."""

import httpx

from checkpoints.core.view import Checkpoint
from tests.integration.page.serving import hidden


def token(client: httpx.Client, point: Checkpoint) -> str:
    """The form token of this session."""
    return hidden(client.get(f"/checkpoints/{point.label}").text)["form_token"]


def upload(client: httpx.Client, point: Checkpoint, name: str, content: bytes) -> httpx.Response:
    """Sends the form with a file in it."""
    address, data = f"/checkpoints/{point.label}/evidence", {"form_token": token(client, point)}
    return client.post(address, data=data, files={"file": (name, content)})
