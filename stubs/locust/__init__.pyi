"""Locust, as far as it is used here."""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

class Client:
    def get(self, url: str) -> object: ...

class HttpUser:
    client: Client

def constant_pacing(wait_time: float) -> Callable[[HttpUser], float]: ...
def task(weight: F) -> F: ...

class Hook:
    def add_listener(self, handler: F) -> F: ...

class Events:
    init: Hook
    quit: Hook

events: Events
