"""Five hundred runs sleep and are answered at once: until the last has acted, and whether a new answer starves."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial

from checkpoints.core.view import Checkpoint
from tests.acceptance.conftest import WholeDesk
from tests.bench.figures import Figure
from tests.bench.sleepers import CLIENTS, answer, put_to_sleep, say_yes, until_done
from tests.bench.storing.busy_desk import per_second

AT_ONCE = int(os.environ.get("COUNTERSIGN_BENCH_BURST", "500"))
PATIENCE = 900.0


def burst(desk: WholeDesk, sleeping: Sequence[Checkpoint]) -> Iterator[Figure]:
    """wake_burst_500_s: from the first of these answers until the last effect is recorded.

    new_answer_in_burst_ms: one more run sleeps, and is answered as soon as all the others are; to its next line.
    """
    with desk.at() as (store, person):
        (fresh,) = put_to_sleep(desk, store, person, "fresh", 1)
        begin = time.perf_counter()
        ends: list[float] = []

        def wait_for_all() -> None:
            until_done(store, sleeping, PATIENCE)
            ends.append(time.perf_counter())

        waiting = threading.Thread(target=wait_for_all)
        waiting.start()
        rate = per_second(partial(say_yes, store, person), sleeping, CLIENTS)
        print(f"    all are answered, {rate:g} a second", flush=True)
        took = answer(store, person, fresh, PATIENCE)
        print(f"    a new answer: {took:.2f} s", flush=True)
        waiting.join()
    yield Figure("wake_burst_500_s", round(ends[0] - begin, 1), len(sleeping))
    yield Figure("new_answer_in_burst_ms", round(took * 1000), 1)
