"""What a desk stands on: the program, its home with the keys and the disk, its settings."""

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from checkpoints.settings import Settings
from to_tools.cli.doctor.finding import Finding, amount, look, ok, wrong

FULL, NEARLY_FULL = 200e6, 2e9
"""Bytes left: fewer, and PostgreSQL is about to stop; fewer, and somebody should make room this week."""
LARGE_LOGS = 1e9
HALF_MADE = ("postgres.new", "postgres.password", "session.new", "keys/*.new")
"""What a kill in the midst of making something leaves."""


def program(settings: Settings) -> Iterator[Finding]:
    try:
        ours = version("countersign-desk")
    except PackageNotFoundError:
        ours = "not installed"
    yield ok("version", f"Countersign {ours}, Python {platform.python_version()} on {platform.system()}")


def home(settings: Settings) -> Iterator[Finding]:
    """The folder with everything in it: there, ours, writable."""
    folder = settings.home
    if not folder.is_dir():
        yield wrong("home", f"{short(folder)} is no folder: no desk was started here", "countersign up --detach")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield wrong("home", f"{short(folder)} can't be written", f"sudo chown -R {os.getuid()} {short(folder)}")
    else:
        yield ok("home", str(short(folder)))


def disk(settings: Settings) -> Iterator[Finding]:
    """Where the home lies, and with it the embedded database."""
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    said = f"{amount(free)} free for {short(settings.home)}"
    if free < NEARLY_FULL:
        judged = wrong if free < FULL else look
        yield judged("disk", said, f"du -xah {short(settings.home)} | sort -h | tail -20", "disk-full")
    else:
        yield ok("disk", said)


def keys(settings: Settings) -> Iterator[Finding]:
    """Nobody else may read a key or a token; libpq doesn't even use a password that others can read."""
    if not settings.home.is_dir():
        return
    open_files = [path for path in _secret(settings) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    open_home = stat.S_IMODE(settings.home.stat().st_mode) & 0o066
    if open_files or open_home:
        found = [str(short(path)) for path in (*[settings.home] * bool(open_home), *open_files)]
        yield wrong("keys", f"others can read {', '.join(found[:3])}", f"chmod go-rwx {' '.join(found)}")
    elif settings.keys.is_dir():
        yield ok("keys", "nobody else can read keys and tokens")
    else:
        yield wrong("keys", f"{short(settings.keys)} is missing", "countersign up --detach")


def told(settings: Settings, mistakes: dict[str, str]) -> Iterator[Finding]:
    """Each setting that makes no sense, by name; its value is not shown."""
    for name, why in mistakes.items():
        where = f"COUNTERSIGN_{name.upper()}"
        if os.environ.get(where):
            yield wrong("settings", f"{where}: {why}", f"unset {where}")
        else:
            yield wrong("settings", f"{name}: {why}", f"${{EDITOR:-vi}} {short(settings.file)}")
    if not mistakes:
        yield ok("settings", str(short(settings.file)) if settings.file.exists() else "the defaults")


def leftovers(settings: Settings) -> Iterator[Finding]:
    """What a kill left, and logs that nobody cut."""
    left = [path for pattern in HALF_MADE for path in settings.home.glob(pattern)]
    if left:
        names = " ".join(str(short(path)) for path in left)
        yield look("leftovers", f"half made, from a kill: {names}", "countersign down && countersign up --detach")
    logs = sum(path.stat().st_size for path in settings.logs.glob("*.log"))
    if logs > LARGE_LOGS:
        yield look("leftovers", f"the logs hold {amount(logs)}", f"truncate -s 0 {short(settings.logs)}/*.log")
    if not left and logs <= LARGE_LOGS:
        yield ok("leftovers", f"none; the logs hold {amount(logs)}")


def short(path: Path) -> Path:
    """As one would type it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) and path != Path.cwd() else path


def _secret(settings: Settings) -> list[Path]:
    vault = settings.home / "vault"
    folders = [folder for folder in (settings.keys, vault) if folder.is_dir()]
    files = [path for folder in folders for path in folder.iterdir() if path.is_file()]
    session = settings.home / "session"
    return [*folders, *files, *[session] * session.exists()]
