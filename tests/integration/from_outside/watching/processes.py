"""Parts of a desk as the processes that they are on a person's machine, on a test's database."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checkpoints.settings import Settings
from to_tools.page.__main__ import HOST
from to_tools.up.parts import Part
from to_tools.up.supervisor import Supervisor


@contextmanager
def running(settings: Settings, *parts: Callable[[Settings], Part], **more: str) -> Iterator[Settings]:
    """Until the block ends; the page answers when it begins. What they know stands in the home's settings file."""
    with socket.create_server((HOST, 0)) as page, socket.create_server((HOST, 0)) as sandbox:
        ports = {"page_port": page.getsockname()[1], "sandbox_port": sandbox.getsockname()[1]}
    where = {"database_url": settings.database_url, "prefect_port": settings.prefect_port, **ports, **more}
    settings.file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in where.items()))
    told = Settings(home=settings.home)
    for folder in (told.run, told.prefect_home, told.cases):
        folder.mkdir(mode=0o700, exist_ok=True)
    supervisor = Supervisor(told.logs, print)
    try:
        for part in parts:
            supervisor.start(part(told))
        supervisor.wait_for("page", told.page_url, 60)
        yield told
    finally:
        supervisor.stop()
        told.file.unlink()
