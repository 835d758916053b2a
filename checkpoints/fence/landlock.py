"""Linux' Landlock by ctypes: a process gives up, for good, what it doesn't need.

Rule: an allow-list, and fail closed.
Run as a script it fences itself and becomes another program: `landlock.py JSON PROGRAM ARGUMENT…`.
"""

import ctypes
import json
import os
import stat
import sys
from collections.abc import Iterable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH, NET_PORT = 1, 2
SET_NO_NEW_PRIVS = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
FIRST_RIGHTS, REFER, TRUNCATE, IOCTL_DEV = (1 << 13) - 1, 1 << 13, 1 << 14, 1 << 15
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1
READ = EXECUTE | READ_FILE | READ_DIR
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""The kernel refuses a rule on a file that names rights which only a folder has."""


CAPABILITIES_VERSION = 0x20080522
OPEN_ANY_FILE = 1 << 1 | 1 << 2
"""All that a fenced root keeps: files of other users, where Landlock allows. CAP_PERFMON, for one, shows the
environment of any process, whatever Landlock says."""


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Capabilities(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _Port(ctypes.Structure):
    _fields_ = [("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64)]


def landlock_abi() -> int:
    """The version of Landlock's interface, 0 where the kernel has none. 4 closes ports, 6 signals."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(CREATE_RULESET, None, 0, 1)))


def restrict(
    read: Iterable[str | os.PathLike[str]],
    write: Iterable[str | os.PathLike[str]],
    connect: Iterable[int] | None = None,
    *,
    look: Iterable[str | os.PathLike[str]] = (),
    listen: bool = False,
) -> None:
    """Fence this thread and its children, for good: files, listening by TCP and, unless None, ports to connect to.

    In `look` only names can be listed. A path that isn't there is left out. Raises OSError where the kernel
    can't; nothing is fenced then.
    """
    abi = landlock_abi()
    if abi == 0 or (abi < 4 and not (connect is None and listen)):
        raise OSError(f"this kernel's Landlock (ABI {abi}) can't hold what is asked")
    files = FIRST_RIGHTS | (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0) | (IOCTL_DEV if abi >= 5 else 0)
    net = (0 if connect is None else CONNECT_TCP) | (0 if listen else BIND_TCP)
    rules = _Ruleset(files, net, ABSTRACT_SOCKETS | SIGNALS if abi >= 6 else 0)
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    try:
        for path in read:
            _allow(ruleset, path, READ)
        for path in look:
            _allow(ruleset, path, READ_DIR)
        for path in write:
            _allow(ruleset, path, files)
        for port in connect or ():
            _call(ADD_RULE, ruleset, NET_PORT, ctypes.byref(_Port(CONNECT_TCP, port)), 0)
        if _libc().prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "no_new_privs was refused")
        _drop_capabilities()
        _call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str | os.PathLike[str], rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= OF_A_FILE
        _call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(_PathBeneath(rights, place)), 0)
    finally:
        os.close(place)


def _drop_capabilities() -> None:
    """With no_new_privs they don't come back at an exec, not even root's."""
    header, words = _Header(CAPABILITIES_VERSION, 0), (_Capabilities * 2)()
    if _libc().capget(ctypes.byref(header), words):
        raise OSError(ctypes.get_errno(), "capabilities can't be read")
    kept = words[0].permitted & OPEN_ANY_FILE
    words[0], words[1] = _Capabilities(kept, kept, 0), _Capabilities(0, 0, 0)
    if _libc().capset(ctypes.byref(header), words):
        raise OSError(ctypes.get_errno(), "capabilities can't be given up")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(*arguments: object) -> int:
    result = int(_libc().syscall(*arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return result


def _tell(line: int, folder: str, names: list[str]) -> None:
    """Whoever started us gets the folder of these links, and the times on them: whoever follows one changes them."""
    # Here: elsewhere nobody needs it. And not all of `socket`, which takes six milliseconds.
    from _socket import SCM_RIGHTS, SOL_SOCKET, socket

    found = {name: os.lstat(f"{folder}/{name}") for name in names}
    times = {name: (link.st_atime_ns, link.st_ctime_ns) for name, link in found.items()}
    place, told = os.open(folder, os.O_PATH), socket(fileno=line)
    try:
        told.sendmsg([json.dumps(times).encode()], [(SOL_SOCKET, SCM_RIGHTS, place.to_bytes(4, sys.byteorder))])
    finally:
        told.close()
        os.close(place)


def _main(arguments: list[str]) -> None:
    what = json.loads(arguments[0])
    _tell(**what["tell"])
    restrict(what["read"], what["write"], what["connect"])
    os.execv(arguments[1], arguments[1:])


if __name__ == "__main__":
    _main(sys.argv[1:])
