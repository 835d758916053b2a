"""What locust's users do: read what is served, as a reader would.

Rule: the last line printed is locust's own figures, as one JSON object.
"""

import json
import os
import sys
from functools import partial

from locust import HttpUser, constant_pacing, events, task
from locust.env import Environment

PATHS = os.environ["VISITED_PATHS"].split()


class Reader(HttpUser):
    """Reads all of it once a second at most."""

    wait_time = constant_pacing(1)

    @task
    def read(self) -> None:
        for path in PATHS:
            self.client.get(path)


@events.init.add_listener
def begin(environment: Environment, **_: object) -> None:
    environment.events.quit.add_listener(partial(tell, environment))


def tell(environment: Environment, **_: object) -> None:
    total = environment.stats.total
    figures = {
        "requests": total.num_requests,
        "failures": total.num_failures,
        "p95_ms": round(total.get_response_time_percentile(0.95) or 0),
        "median_ms": round(total.median_response_time or 0),
        "per_second": f"{total.total_rps:.1f}",
        "errors": [f"{found.name}: {found.error}"[:300] for found in environment.stats.errors.values()][:20],
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    sys.stdout.flush()
