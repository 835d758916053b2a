"""How much work something takes: this process's own seconds, whatever else the machine does meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time


@contextmanager
def under_a_second(what: object = "") -> Iterator[None]:
    """The block, with the page's thread in this process, works for less; `what` names it where it doesn't."""
    began = process_time()
    yield
    took = process_time() - began
    assert took < 1, f"{what}: {took:.2f} s"
