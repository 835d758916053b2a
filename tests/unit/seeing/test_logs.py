"""A log has one line a record, whatever is in it, and no secret, in whichever form it is written."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from checkpoints.seeing import moments
from checkpoints.seeing.logs import MORE, in_the_form
from checkpoints.seeing.moments import moment
from checkpoints.seeing.redacting import GONE, LONGEST, NoSecrets, redacted
from tests.unit.seeing.canaries import CANARIES, HARMLESS

FORGED = [
    "ok\n2026-11-24 10:00:00,000 porter approved by Ada",
    "ok\r2026-11-24 approved",
    "ok\r\n\r\napproved",
    "ok\x1b[2K\x1b[1Gapproved",
    "ok\x9b2Kapproved",
    "ok\u2028approved\u2029approved\x85approved\x0bapproved\x0capproved",
    "ok\u202edevorppa",
    'ok", "level": "critical", "message": "approved',
    "ok\x00\x07\x08approved",
]


@dataclass(frozen=True)
class Log:
    """A logger of its own, and what it has written."""

    logger: logging.Logger
    stream: io.StringIO

    @property
    def text(self) -> str:
        return self.stream.getvalue()


Writing = Callable[[str], Log]


@pytest.fixture
def writing() -> Iterator[Writing]:
    """A log in the form of that name."""
    made: list[logging.Logger] = []

    def write(form: str) -> Log:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(NoSecrets())
        handler.setFormatter(in_the_form(form))
        logger = logging.getLogger(f"seen.{form}")
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.INFO)
        made.append(logger)
        return Log(logger, stream)

    yield write
    for logger in made:
        logger.handlers, logger.propagate = [], True


@pytest.mark.promise("E6.1")
@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize("text", FORGED, ids=ascii)
def test_no_content_begins_a_line_or_steers_a_terminal(writing: Writing, form: str, text: str) -> None:
    log = writing(form)
    log.logger.info("the agent said %s", text)
    log.logger.info(f"the agent said {text}")
    lines = log.text.splitlines()
    assert len(lines) == 2
    assert log.text.count("\n") == 2
    assert all(character.isprintable() for line in lines for character in line)
    if form == "json":
        assert [json.loads(line)["level"] for line in lines] == ["info", "info"]
        assert json.loads(lines[0])["message"] == f"the agent said {text}"


@pytest.mark.promise("E6.1")
@pytest.mark.parametrize("text", FORGED, ids=ascii)
def test_a_traceback_goes_on_behind_a_mark_and_forges_nothing(writing: Writing, text: str) -> None:
    for form in ("plain", "json"):
        log = writing(form)
        try:
            raise ValueError(text)
        except ValueError:
            log.logger.exception("it went wrong")
        first, *more = log.text.splitlines()
        assert "it went wrong" in first
        assert all(line.startswith(MORE) for line in more)
        assert all(character.isprintable() for line in (first, *more) for character in line)
        assert "ValueError" in log.text


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize(("secret", "line"), CANARIES, ids=[line[:40] for _, line in CANARIES])
def test_a_secret_in_a_known_shape_is_in_no_line(writing: Writing, form: str, secret: str, line: str) -> None:
    log = writing(form)
    log.logger.info(line.replace("%", "%%"))
    log.logger.warning("it said: %s", line)
    log.logger.warning("%(what)s", {"what": line})
    try:
        raise RuntimeError(line)
    except RuntimeError:
        log.logger.exception("it went wrong")
    assert secret not in log.text
    assert log.text.count(GONE) >= 4


@pytest.mark.parametrize("line", HARMLESS)
def test_what_people_need_to_read_stays(line: str) -> None:
    assert redacted(line) == line


def test_what_does_not_fit_its_words_is_said_all_the_same(writing: Writing) -> None:
    log = writing("plain")
    log.logger.info("%d of %s", "three")
    assert "%d of %s" in log.text
    assert "does not fit" in log.text


def test_hostile_text_fills_no_disk_and_takes_no_time(writing: Writing) -> None:
    log = writing("json")
    before = time.perf_counter()
    for piece in ("a", "token", "://", "Bearer ", "password='", "-----BEGIN ", "eyJ", "authorization: ", "x-x_"):
        log.logger.info("%s", piece * (2_000_000 // len(piece)))
    assert time.perf_counter() - before < 5
    assert max(map(len, log.text.splitlines())) < 2 * LONGEST
    assert "more characters]" in log.text


def test_a_line_says_which_question_it_is_about(writing: Writing) -> None:
    log = writing("json")
    checkpoint, run = UUID(int=7), UUID(int=8)
    with moment("answered") as doing:
        doing.checkpoint, doing.run, doing.case, doing.label = checkpoint, run, "sample", "sample/3"
        log.logger.info("pressed")
    log.logger.info("nothing in hand")
    about, nothing = map(json.loads, log.text.splitlines())
    assert (about["case"], about["checkpoint"], about["run"]) == ("sample", "sample/3", str(run))
    assert (about["trace"], about["doing"]) == (checkpoint.hex, "answered")
    assert about["time"].endswith("+00:00")
    assert about["process"]
    assert not {"case", "checkpoint", "trace"} & set(nothing)
    assert moments.now.get() is None
