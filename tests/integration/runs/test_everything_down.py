"""Porter, engine and Prefect are down: an answer is recorded at once, and takes effect once they are back, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkpoints.core.lifecycle import Permit, State
from checkpoints.core.model import Verdict
from checkpoints.core.view import Case, Checkpoint
from tests.integration.page.serving import press, running_page
from tests.integration.shell.commands import Shell
from tests.stage.runs import Workshop


@contextmanager
def everything_down(workshop: Workshop) -> Iterator[None]:
    """Killed and stopped for the block; then started again."""
    workshop.kill_executors()
    workshop.prefect.kill()
    workshop.stop_porter()
    try:
        yield
    finally:
        workshop.prefect.start()
        workshop.start_porter()
        workshop.start_executor()


def asleep(workshop: Workshop, slug: str) -> tuple[Case, Checkpoint]:
    workshop.start_executor()
    case = workshop.case(slug, "60")
    workshop.asleep(case)
    return case, workshop.question(case)


def took_effect_once(workshop: Workshop, case: Case) -> None:
    assert workshop.ended(case).state == "delivered"
    assert (workshop.effects(case), workshop.question(case).permit) == (1, Permit.DONE)


@pytest.mark.long
@pytest.mark.promise("A3.1", "A3.3")
def test_an_answer_from_the_shell(workshop: Workshop, tmp_path: Path) -> None:
    case, point = asleep(workshop, "down-shell")
    shell = Shell(workshop.office, tmp_path)
    shell.sign_in(workshop.office.ada)
    with everything_down(workshop):
        said = shell.run("approve", point.label, "--yes")
        assert (said.code, workshop.office.show(point).state) == (0, State.APPROVED)
        assert "approved by Ada" in said.out
        assert workshop.effects(case) == 0
    took_effect_once(workshop, case)


@pytest.mark.promise("A3.2", "A3.3")
def test_an_answer_from_the_page(workshop: Workshop) -> None:
    case, point = asleep(workshop, "down-page")
    office = workshop.office
    with everything_down(workshop), running_page(office.desk) as page, page.browser(office.ada) as browser:
        assert press(browser, point, Verdict.APPROVE).status_code == 303
        assert office.show(point).state is State.APPROVED
        assert "was approved by Ada" in browser.get(f"/checkpoints/{point.label}").text
        assert workshop.effects(case) == 0
    took_effect_once(workshop, case)
