"""Brings a database to this release's schema, as its owner. Nobody else may."""

from pathlib import Path

from sqlalchemy import create_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Runs every migration that the database doesn't have yet; `url` is the owner's."""
    # Only here: the page asks this module what the head is, and never upgrades.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def head() -> str:
    """The schema that this release needs: a migration's file begins with its number."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
