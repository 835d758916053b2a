"""python -m verifier --public-key KEY: checks the export in this folder, or in the folder or zip that is named."""

import argparse
import csv
import re
import sys
import zlib
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from zipfile import BadZipFile

from .comparing import Report, broken, compare
from .following import shown
from .reading import Export, head_of

UNREADABLE = (OSError, ValueError, KeyError, RecursionError, RuntimeError, EOFError, csv.Error, BadZipFile, zlib.error)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: it holds. 1: it does not, or can't be read."""
    asked = argparse.ArgumentParser(prog="python -m verifier", description=__doc__)
    asked.add_argument("export", nargs="?", type=Path, default=Path(), help="the folder or the zip; else this folder")
    asked.add_argument("--public-key", required=True, help="64 hex digits, which you got by another way")
    asked.add_argument("--anchor", action="append", type=Path, default=[], help="a signed head that you kept")
    given = asked.parse_args(arguments)
    if not re.fullmatch(r"[0-9a-f]{64}", given.public_key):
        return _say(["A public key has 64 hex digits. Nothing was verified."], 1)
    try:
        kept = [head_of(file.read_text("utf-8"), str(file), given.public_key) for file in given.anchor]
        report = compare(Export(given.export), given.public_key, kept)
    except UNREADABLE as why:
        return _say([f"{broken(why)}. Nothing was verified."], 1)
    return _tell(report)


def _tell(report: Report) -> int:
    said = ["HOLDS" if not report.wrong else "DOES NOT HOLD"]
    said += [f"  wrong: {words}" for words in report.wrong]
    said += [f"  holds: {words}" for words in report.holds]
    said += [f"  erased: {words}" for words in report.erased]
    said += [f"  look at: {words}" for words in report.look]
    if not report.kept:
        said.append(
            "  not shown: that the whole audit was not written anew before this export. A signed head that you kept "
            "from an earlier day shows it: --anchor FILE."
        )
    if report.erased:
        said.append("  not shown: what stood where personal data were erased. An export from before shows it.")
    return _say(said, 1 if report.wrong else 0)


def _say(lines: Sequence[str], code: int) -> int:
    for line in lines:
        before = line[: len(line) - len(line.lstrip())]
        sys.stdout.write(f"{before}{shown(line)}\n")
    return code


if __name__ == "__main__":
    # A terminal that lacks a letter shows its number.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
