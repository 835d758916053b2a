from collections.abc import Mapping

from locust import Events

class Total:
    num_requests: int
    num_failures: int
    median_response_time: float | None
    total_rps: float
    def get_response_time_percentile(self, percent: float) -> float | None: ...

class Error:
    name: str
    error: str

class Stats:
    total: Total
    errors: Mapping[str, Error]

class Environment:
    events: Events
    stats: Stats
