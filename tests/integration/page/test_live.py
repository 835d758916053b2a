"""Live: whoever has a page open is told to look within a second, and nothing more."""

import time

import httpx
import pytest

from checkpoints.core.model import Verdict
from tests.integration.page.serving import Page, press
from tests.stage.desks import Office, spend


@pytest.mark.alone
def test_an_open_page_is_told_to_look_when_something_is_asked(ada: httpx.Client, page: Page, office: Office) -> None:
    run = office.case()
    with page.browser(office.ada) as other, ada.stream("GET", "/live") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        point = office.ask(run, spend())
        began = time.monotonic()
        told = next(line for line in lines if line.startswith("data"))
        assert told == "data: look"
        assert time.monotonic() - began < 1
        assert press(other, point, Verdict.APPROVE).status_code == 303
        assert next(line for line in lines if line.startswith("data")) == "data: look"


def test_the_page_listens_again_after_its_connection_was_cut(ada: httpx.Client, page: Page, office: Office) -> None:
    with ada.stream("GET", "/live") as stream:
        lines = stream.iter_lines()
        next(lines)
        with office.desk.transaction() as tx:
            cut = tx.exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen desk%%'"
            )
            assert cut.rowcount == 1
        assert next(line for line in lines if line.startswith("data")) == "data: look"


def test_how_a_checkpoint_stands_is_sent_only_when_it_moved(ada: httpx.Client, office: Office) -> None:
    point = office.ask(office.case(), spend())
    address = f"/checkpoints/{point.label}"
    seen = {"seen_before": "1.open.0."}
    assert ada.get(f"{address}/stands", params=seen).status_code == 204
    assert ada.get(address, params=seen).status_code == 204
    press(ada, point, Verdict.APPROVE)
    moved = ada.get(f"{address}/stands", params=seen)
    assert moved.status_code == 200
    assert "This moved while you looked at it" in moved.text
    assert "<form" not in moved.text
