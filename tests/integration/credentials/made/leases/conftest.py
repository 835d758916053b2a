"""A database whose logins OpenBao leases, and a desk with that vault."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.stage.cluster import SessionCluster
from tests.stage.desks import Office
from tests.stage.servers.leasing import Leasing, leasing
from tests.stage.servers.openbao import OpenBao


@pytest.fixture(scope="module")
def leased(openbao: OpenBao, cluster: SessionCluster) -> Iterator[Leasing]:
    with leasing(openbao, cluster) as there:
        yield there


@pytest.fixture
def office(leased: Leasing, office: Office) -> Office:
    """The office; its vault is OpenBao."""
    desk = replace(office.desk, credentials=leased.vault)
    return replace(office, settings=leased.openbao.settings(office.settings), desk=desk)
