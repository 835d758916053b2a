"""An ear at all that a desk says: errors and what they came from, answers, the shell, logs, the audit."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from traceback import format_exception

import httpx
import pytest
from sqlalchemy import text

from checkpoints.core.errors import Countersign
from checkpoints.seeing.logs import QUIET
from checkpoints.store.desk import Desk
from countersign import CountersignError
from tests.integration.shell.commands import Said
from tests.plugins.canaries import held, occurs
from tests.stage.desks import Office

SHORTEST = 12
"""Below that a value in base64 says too little to be looked for."""


@dataclass
class Ear:
    """`silent_about` is what each test ends with; every path that is forced must really say no."""

    logs: pytest.LogCaptureFixture
    desk: Desk | None = None
    heard: list[str] = field(default_factory=list)

    def no(self, call: Callable[[], object], printed: bool = False) -> str:
        """An error of ours, with all that it came from. `printed`: as a log would have it, traceback and all."""
        with pytest.raises((Countersign, CountersignError, ValueError)) as no:
            call()
        self.heard.append("".join(format_exception(no.value)) if printed else held(no.value))
        return str(no.value)

    def answer(self, answer: httpx.Response) -> None:
        """A refusal over HTTP: status, headers, body."""
        assert answer.status_code >= 400, answer.text
        self.heard.append(f"{answer.headers!r} {answer.text}")

    def shell(self, said: Said) -> None:
        """A command that ended in an error, in words."""
        assert said.code in (2, 3, 4, 6), said
        assert "Traceback" not in said.err
        self.heard.append(said.out + said.err)

    def silent_about(self, *canaries: str) -> None:
        """None of them, in any form, was said, logged or written into the audit."""
        said = [*self.heard, self.logs.text]
        if self.desk is not None:
            with self.desk.transaction() as tx:
                said.extend(tx.scalars(text("select body from desk.audit_line")))
        assert all(canaries)
        assert self.heard
        assert not [(canary, part) for canary in canaries for part in said if _is_in(part, canary)]


def _is_in(said: str, canary: str) -> bool:
    if len(canary) >= SHORTEST:
        return occurs(said, canary)
    return re.search(rf"(?<![\w.]){re.escape(canary)}(?!\w)", said) is not None


@pytest.fixture
def words(caplog: pytest.LogCaptureFixture) -> Ear:
    """Without a desk."""
    return Ear(_listening(caplog))


@pytest.fixture
def ear(office: Office, caplog: pytest.LogCaptureFixture) -> Ear:
    return Ear(_listening(caplog), office.desk)


def _listening(logs: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """To what the desk's processes log, before anything is taken out of it."""
    logs.set_level(logging.INFO)
    for name in QUIET:
        logs.set_level(logging.WARNING, name)
    return logs
