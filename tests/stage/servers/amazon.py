"""AWS's API as moto stands in for it, on a port of its own; its users are a test's own by their names."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from moto.server import ThreadedMotoServer

from checkpoints.cloud.aws import Aws

SECRET = "the-desks-own-secret-at-aws-0000000000000"


@dataclass(frozen=True)
class Amazon:
    """`url` is what the desk is told instead of AWS's own address."""

    url: str

    def login(self, file: Path) -> Aws:
        """What the desk has in `<home>/keys/aws`."""
        lines = f'access_key_id = "AKIAOFTHEDESK00000000"\nsecret_access_key = "{SECRET}"\n'
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        file.write_text(f'{lines}region = "eu-central-1"\nendpoint_url = "{self.url}"\n')
        return Aws(file)

    def user(self, aws: Aws, name: str) -> str:
        """An IAM user, as an administrator makes one."""
        aws._called(lambda iam: iam.create_user(UserName=name))
        return name


@contextmanager
def running_amazon() -> Iterator[Amazon]:
    """It writes no line for each call."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Amazon(f"http://{host}:{port}")
    finally:
        server.stop()
