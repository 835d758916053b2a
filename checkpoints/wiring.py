"""Fills the frozen Desk for a role. It imports no action, and an adapter only when it is asked for."""

from typing import Literal

from sqlalchemy import create_engine

from checkpoints.catalogue import read_catalogue, read_matrix
from checkpoints.core.ports import Terraform
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk


def desk(role: Literal["desk", "asker"], settings: Settings | None = None, *, need: tuple[str, ...] = ()) -> Desk:
    """The desk as one login sees it. `need` may name "terraform".

    Raises Refused when the catalogue or the matrix has a mistake; the database is not touched before its first use.
    """
    known = settings or Settings()
    return Desk(
        # The connection that was used last has its statements prepared: take that one again.
        engine=create_engine(known.url_for(role), pool_size=8, pool_use_lifo=True),
        kinds=read_catalogue(),
        matrix=read_matrix(),
        home=known.home,
        page_url=known.page_url,
        prefect_ui_url=known.prefect_ui_url,
        prefect_api_url=known.prefect_api_url,
        terraform=_terraform(known) if "terraform" in need else None,
    )


def _terraform(settings: Settings) -> Terraform:
    from checkpoints.fence import Fence
    from checkpoints.terraform.runner import Runner

    return Runner(Fence.of(settings), cli_config=settings.terraform_cli_config)
