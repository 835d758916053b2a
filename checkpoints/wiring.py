"""Fills the frozen Desk for a role. It imports no action, and an adapter only when it is asked for."""

from pathlib import Path
from typing import Literal

from sqlalchemy import create_engine

from checkpoints.core.errors import Refused
from checkpoints.core.ports import Board, Channel, Credentials, Deployer, Files, KeyMaker, Roles, Services, Terraform
from checkpoints.rules.catalogue import read_catalogue, read_matrix
from checkpoints.rules.rotation import read_rotation
from checkpoints.settings import Settings
from checkpoints.store.desk import Desk

BOUNDS = {"connect_timeout": 10, "options": "-c lock_timeout=3s -c statement_timeout=60s"}
"""Of the desk's connections, and the owner's, whatever its login was given: nobody waits for an answer without an
end. The asker's login has its own (see the embedded server), for a run may wait longer than a person."""


def desk(
    role: Literal["desk", "asker", "owner"], settings: Settings | None = None, *, need: tuple[str, ...] = ()
) -> Desk:
    """The desk as one login sees it; as the owner's, to erase.

    `need` may name "terraform", "deployer", "files", "services", and for the desk "credentials" and "channels".
    Raises Refused for a mistake in catalogue or matrix, or an asker who wants the vault; no database is touched yet.
    """
    known = settings or Settings()
    return Desk(
        # What was used last has its statements prepared: take that one again. What they were given is in no error.
        engine=create_engine(
            known.url_for(role),
            pool_size=8,
            pool_use_lifo=True,
            hide_parameters=True,
            connect_args={} if role == "asker" else BOUNDS,
        ),
        kinds=read_catalogue(),
        matrix=read_matrix(),
        home=known.home,
        page_url=known.page_url,
        prefect_ui_url=known.prefect_ui_url,
        prefect_api_url=known.prefect_api_url,
        sandbox_url=known.sandbox_url,
        working=known.working,
        limits=known.limits,
        rotation=read_rotation(),
        trusted_proxy=known.trusted_proxy,
        terraform=_terraform(known) if "terraform" in need else None,
        deployer=_deployer(known) if "deployer" in need else None,
        files=_files(known) if "files" in need else None,
        services=_services(known) if "services" in need else None,
        credentials=_credentials(known, role) if "credentials" in need else None,
        roles=_roles(known) if "credentials" in need else None,
        vault_mount=known.vault_mount if known.vault_url else "",
        channels=_channels(known) if "channels" in need else {},
        board=_board(known) if "channels" in need else None,
        slack_channel=known.slack_channel,
    )


def key_makers(home: Path) -> dict[str, KeyMaker]:
    """Who makes keys by a service's API, by service; ready where the desk has a login there."""
    from checkpoints.cloud.aws import Aws

    return {"aws": Aws(home / "keys" / "aws")}


def _terraform(settings: Settings) -> Terraform:
    from checkpoints.fence import Fence
    from checkpoints.terraform.runner import Runner

    return Runner(Fence.of(settings), cli_config=settings.terraform_cli_config)


def _deployer(settings: Settings) -> Deployer:
    from checkpoints.cloud.sandbox.deployer import Sandbox
    from checkpoints.fence import Fence

    return Sandbox(Fence.of(settings), settings.repositories, settings.sandbox_url)


def _files(settings: Settings) -> Files:
    from checkpoints.store.from_outside.files import Folder

    return Folder(settings.files)


def _services(settings: Settings) -> Services:
    from checkpoints.credentials.checking import Sandbox

    return Sandbox(settings.run / "sandbox.sock")


def _credentials(settings: Settings, role: str) -> Credentials:
    if role != "desk":
        raise Refused("Whoever asks has no vault: a secret is for the desk's own processes.")
    if settings.vault_url:
        from checkpoints.credentials.vault import Vault

        return Vault(
            settings.vault_url,
            settings.vault_mount,
            settings.vault_keys,
            settings.vault_ca,
            namespace=settings.vault_namespace,
        )
    from checkpoints.credentials.embedded import Embedded

    return Embedded(settings.home)


def _roles(settings: Settings) -> Roles:
    from checkpoints.cloud.aws import Aws

    return Aws(settings.home / "keys" / "aws")


def _channels(settings: Settings) -> dict[str, Channel]:
    """By name, those that are set up."""
    if settings.smtp_url:
        from checkpoints.channels.smtp import Smtp

        return {"mail": Smtp(settings.smtp_url, settings.mail_from, settings.smtp_keys)}
    if settings.mail_folder:
        from checkpoints.channels.maildir import Maildir

        return {"mail": Maildir(settings.mail_folder, settings.mail_from)}
    return {}


def _board(settings: Settings) -> Board | None:
    """Its keys may come, go and change while the desk runs: without them nothing is said, and nothing lost."""
    if not settings.slack:
        return None
    from checkpoints.channels.slack.board import SlackBoard

    return SlackBoard(settings.slack_api_url, settings.slack_keys)
