"""`python -m to_tools.up`: the supervisor as a process of its own, started by `countersign up --detach`."""

import sys

from checkpoints.settings import Settings
from to_tools.up.detaching import turn_to_log
from to_tools.up.starting import WONT_START, up

if __name__ == "__main__":
    settings = Settings()
    try:
        up(settings, on_ready=lambda: turn_to_log(settings))
    except WONT_START as error:
        sys.exit(str(error))
