"""Reach for one thing, as others' code would, and say how it went: `probe.py KIND TARGET…`.

Rule: the standard library only, for nothing else is there behind the fence.
"""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def read(path: str) -> str:
    return Path(path).read_text(errors="replace")


def write(path: str) -> str:
    return str(Path(path, "left-by-probe").write_text("x"))


def listing(path: str) -> str:
    return " ".join(os.listdir(path)) or "empty"


def unix(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
    return "connected"


def tcp(port: str) -> str:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        return "connected"


def listen(_: str) -> str:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        line.listen()
    return "listening"


def environment(name: str) -> str:
    return os.environ[name]


def anyones_environment(name: str) -> str:
    """The variable's value, out of whatever process shows it."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        for variable in variables:
            if variable.startswith(name.encode() + b"="):
                return f"{process}: {variable.decode()}"
    raise LookupError(name)


def signal(pid: str) -> str:
    os.kill(int(pid), 0)
    return "heard"


KINDS: dict[str, Callable[[str], str]] = {
    "read": read,
    "write": write,
    "list": listing,
    "unix": unix,
    "tcp": tcp,
    "listen": listen,
    "environment": environment,
    "proc": anyones_environment,
    "signal": signal,
}


def main(kind: str, *targets: str) -> None:
    for target in targets:
        try:
            print(f"REACHED {kind} {target}: {KINDS[kind](target)[:200]!r}")
        except (OSError, LookupError) as error:
            print(f"HELD {kind} {target}: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
