"""How every process of ours logs: a readable line, or with `log_format = "json"` one JSON object a line.

Rule: a line is one record, whatever is in it; only a traceback goes on, behind a mark that no record begins with.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from checkpoints.core.shown.showing import visible
from checkpoints.seeing import moments
from checkpoints.seeing.redacting import NoSecrets
from checkpoints.settings import Settings

PROCESS = "COUNTERSIGN_PROCESS"
"""Which process of the desk this is; what it starts is told."""
FOR_PREFECT = Path(__file__).with_name("prefect-logging.yml")
MORE = "    | "
NEWLINE = "⏎"
# They say every request; and their own trouble with a collector is not ours to repeat each second.
QUIET = ("httpx", "httpcore", "urllib3")


def set_up(process: str, settings: Settings) -> None:
    """Once, where a process begins: everything that is logged in it goes to stderr in this form."""
    os.environ.setdefault(PROCESS, process)
    line = logging.StreamHandler(sys.stderr)
    line.addFilter(NoSecrets())
    line.setFormatter(in_the_form(settings.log_format))
    logging.basicConfig(level=logging.INFO, handlers=[line], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if moments.on():
        # Now, and not under the first person's press.
        from checkpoints.seeing import exporting

        exporting.sink()


def in_the_form(log_format: str) -> logging.Formatter:
    """`json` or `plain`."""
    return Objects() if log_format == "json" else Lines("%(asctime)s %(name)s %(message)s")


def as_told(**_: object) -> logging.Formatter:
    """For Prefect's logging, which is set up from a file: the form that the settings name."""
    return in_the_form(Settings().log_format)


def process_name() -> str:
    """`shell` unless somebody said otherwise."""
    return os.environ.get(PROCESS, "shell")


class Lines(logging.Formatter):
    """For people. What would steer a terminal, or begin a line of its own, is shown as a mark."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = _on_one_line(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: object) -> str:
        raise AssertionError("a traceback is text already when it comes here")

    def format(self, record: logging.LogRecord) -> str:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        rest = [part for part in (record.exc_text, record.stack_info) if part]
        lines = [line for part in rest for line in visible(part).splitlines()]
        return "\n".join([self.formatMessage(record), *(MORE + line for line in lines)])


class Objects(logging.Formatter):
    """For machines. JSON escapes what is not ASCII, so nothing in it can end a line or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        doing = moments.now.get()
        said: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": process_name(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if doing is not None:
            said |= {"case": doing.case, "checkpoint": doing.label, "trace": doing.trace}
            said |= {"run": str(doing.run) if doing.run else "", "doing": doing.name}
        if record.exc_text:
            said["exception"] = record.exc_text
        return json.dumps({name: value for name, value in said.items() if value})


def _on_one_line(text: str) -> str:
    return visible(text).replace("\n", NEWLINE)
