"""The supervisor with real processes: deaths are said, what is needed must live, a stop is whole."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from to_tools.up.alone import AlreadyRuns, alone, holder
from to_tools.up.parts import Part
from to_tools.up.supervisor import Died, Supervisor, noted


def python(name: str, code: str) -> Part:
    return Part(name, [sys.executable, "-c", code], {})


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(tmp_path / "logs", said.append)


def test_a_part_that_ends_too_early_is_said_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(python("page", "print('no such table'); raise SystemExit(3)"))
    with pytest.raises(Died, match=r"(?s)page ended \(3\).*page\.log.*no such table"):
        supervisor.wait_for("page", "http://127.0.0.1:1", 20)
    with pytest.raises(Died, match="page ended"):
        supervisor.require_all()
    supervisor.stop()


def test_a_part_that_never_answers_is_not_waited_for_for_ever(supervisor: Supervisor) -> None:
    supervisor.start(python("page", "import time; time.sleep(100)"))
    with pytest.raises(Died, match="did not answer in time"):
        supervisor.wait_for("page", "http://127.0.0.1:1", 0.2)
    supervisor.stop()


def test_a_task_that_fails_or_hangs_is_an_error(supervisor: Supervisor) -> None:
    supervisor.run(python("fine", "pass"), 20)
    with pytest.raises(Died, match=r"broken ended \(1\)"):
        supervisor.run(python("broken", "1 / 0"), 20)
    with pytest.raises(Died, match=r"hangs ended \(-9\)"):
        supervisor.run(python("hangs", "import time; time.sleep(100)"), 0.5)


def test_what_keeps_dying_is_started_again_after_longer_and_longer_pauses(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(python("porter", "raise SystemExit(1)"))
    child = supervisor.children["porter"]
    pauses = []
    for _ in range(3):
        child.process.wait()
        supervisor.tend()
        assert child.again is not None
        pauses.append(child.again - time.monotonic())
        child.again = time.monotonic()
        supervisor.tend()
    assert pauses == pytest.approx([1, 2, 4], abs=0.5)
    assert said.count("porter was started again.") == 3
    supervisor.stop()


def test_others_can_read_what_runs_and_how_often_it_came_back(supervisor: Supervisor) -> None:
    assert noted(supervisor.logs) == []
    supervisor.start(python("page", "import time; time.sleep(100)"))
    first = noted(supervisor.logs)[0]
    assert (first.name, first.pid, first.restarts, first.again) == (
        "page",
        supervisor.children["page"].process.pid,
        0,
        None,
    )
    assert first.since == pytest.approx(time.time(), abs=5)
    child = supervisor.children["page"]
    child.process.kill()
    child.process.wait()
    supervisor.tend()
    assert noted(supervisor.logs)[0].again is not None
    child.again = time.monotonic()
    supervisor.tend()
    back = noted(supervisor.logs)[0]
    assert (back.pid, back.deaths, back.restarts, back.again) == (child.process.pid, 1, 1, None)
    supervisor.stop()


def test_a_stop_ends_the_last_started_first_and_kills_what_will_not(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    order = tmp_path / "order"
    polite = (
        "import signal, sys, time\n"
        "def bye(*_): open({path!r}, 'a').write({name!r}); sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye); print('listens', flush=True); time.sleep(100)"
    )
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('listens', flush=True)"
    for name in "ab":
        supervisor.start(python(name, polite.format(path=str(order), name=name)))
    supervisor.start(python("deaf", f"{deaf}; time.sleep(100)"))
    processes = [child.process for child in supervisor.children.values()]
    logs = [tmp_path / "logs" / f"{name}.log" for name in ("a", "b", "deaf")]
    until(lambda: all("listens" in log.read_text() for log in logs))
    supervisor.stop(seconds=0.5)
    assert order.read_text() == "ba"
    assert said == ["deaf did not stop within 0.5 s and was killed."]
    assert all(process.poll() is not None for process in processes)


def test_only_one_supervises_a_home_and_the_others_learn_who(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert holder(home) is None
    with alone(home) as lock:
        with pytest.raises(AlreadyRuns, match="already starts"), alone(home):
            pytest.fail("two held the lock")
        lock.note("ready")
        with pytest.raises(AlreadyRuns, match="already runs"), alone(home):
            pytest.fail("two held the lock")
    assert holder(home) is None
