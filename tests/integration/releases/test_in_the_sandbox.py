"""The same flows on the real sandbox: tests, scanners, load and health checks are run, and the release is served."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from checkpoints.core.work.release import Environment
from flows.delivery.phases.releases import deploy_again, deploy_production, deploy_staging, roll_back
from flows.delivery.phases.reviews import review_security
from flows.delivery.phases.reviews import test_load as load_test
from tests.integration.releases.conftest import Delivery
from tests.integration.releases.test_deploying import facts, image, to_production
from tests.stage.releases import titled, variant
from tests.stage.sandbox import SAMPLE, SOURCES, RunningSandbox, running_sandbox

ALONE = (SOURCES / SAMPLE / "release.toml").read_text().replace('["pocket", "sendgrid"]', "[]")
"""Without credentials: handing them over is shown elsewhere."""
ITS_TESTS = (SOURCES / SAMPLE / "tests" / "test_app.py").read_text()


@pytest.fixture
def sandbox(delivery: Delivery, tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox that serves for the delivery, which has two releases in its repository."""
    sources = tmp_path / "repository"
    sources.mkdir()
    for name in ("first", "second"):
        title = f"The {name}"
        tests = {"tests/test_app.py": ITS_TESTS.replace("Read Later Digest", title)}
        variant(sources, name, titled(title) | tests | {"release.toml": ALONE})
    with running_sandbox(delivery.office.settings, sources) as running:
        delivery.deployer = running.deployer
        delivery.project = replace(delivery.project, release="first")
        yield running


@pytest.mark.long
def test_from_build_to_production_and_back(delivery: Delivery, sandbox: RunningSandbox) -> None:
    staged = delivery.settled("staging-deployment", deploy_staging)
    assert facts(staged.point)["Tests"].value == "31/31 passing"
    assert "The first" in httpx.get(staged.result["address"], trust_env=False).text

    reviewed = delivery.settled("security-review", review_security)
    assert facts(reviewed.point)["Findings"].value == "0 high, 0 medium, 0 low; no secrets found"
    load = facts(delivery.change("load-test", load_test, "2 users for 2 seconds"))
    assert load["Load"].value.startswith("2 users for 2 s: ")
    assert not load["p95"].dangerous
    assert not load["Error rate"].dangerous

    shown = facts(delivery.asked("production-deployment", deploy_production))
    assert shown["Staging"].value.startswith(f"verified now: {staged.result['address']} answers (")
    assert not any(fact.dangerous for fact in shown.values())
    live = delivery.settled("production-deployment", deploy_production)
    assert "The first" in httpx.get(live.result["address"], trust_env=False).text

    delivery.project = replace(delivery.project, release="second")
    delivery.settled("deploy-staging/1", lambda work, project: deploy_again(work, project, Environment.STAGING))
    second = delivery.settled("deploy-production/1", to_production)
    assert second.result["before"] == image(live.point)
    assert "The second" in httpx.get(live.result["address"], trust_env=False).text

    back = delivery.settled("rollback-production/1", roll_back)
    assert image(back.point) == image(live.point)
    assert "The first" in httpx.get(live.result["address"], trust_env=False).text
