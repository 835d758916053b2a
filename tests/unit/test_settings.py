"""Where settings come from, and what an address of the database says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from checkpoints.settings import LONGEST_SOCKET_FOLDER, Settings


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "PAGE_PORT", "DATABASE_URL"):
        monkeypatch.delenv(f"COUNTERSIGN_{name}", raising=False)


def test_the_environment_beats_the_file_and_the_file_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    default = Settings().page_port
    (tmp_path / "settings.toml").write_text(f"page_port = {default + 1}\n")
    assert Settings().page_port == default + 1
    monkeypatch.setenv("COUNTERSIGN_PAGE_PORT", str(default + 2))
    assert Settings().page_port == default + 2
    assert Settings().page_url.endswith(f":{default + 2}")


def test_a_setting_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("pge_port = 1\n")
    with pytest.raises(ValidationError, match="pge_port"):
        Settings(home=tmp_path)


def test_a_password_in_the_address_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"keys/<role>\.pgpass") as refused:
        Settings(home=tmp_path, database_url="postgresql+psycopg://someone:hunter2@db/countersign")
    assert "hunter2" not in str(refused.value)


def test_a_teams_address_keeps_what_it_says_and_gets_login_and_passfile(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql+psycopg://db.example.com:5433/desk?sslmode=require")
    assert not settings.embedded
    assert settings.url_for("desk").startswith(
        "postgresql+psycopg://countersign_desk@db.example.com:5433/desk?sslmode=require&passfile="
    )
    assert settings.url_for("prefect").startswith(
        "postgresql+asyncpg://countersign_prefect@db.example.com:5433/prefect?"
    )


def test_the_sockets_of_a_deep_home_lie_in_a_short_folder_that_every_process_finds(tmp_path: Path) -> None:
    shallow, deep = Settings(home=Path("/srv/desk")), Settings(home=tmp_path / ("deep" * 30))
    assert shallow.run == Path("/srv/desk/run")
    assert len(str(deep.run)) < LONGEST_SOCKET_FOLDER
    assert deep.run == Settings(home=deep.home).run != Settings(home=tmp_path / ("deep" * 31)).run


def test_mail_is_off_until_it_has_a_server_or_a_folder(tmp_path: Path) -> None:
    assert not Settings(home=tmp_path).tells_by_mail
    assert Settings(home=tmp_path, smtp_url="smtps://mail.example.com:465", mail_from="desk@example.com").tells_by_mail
    assert Settings(home=tmp_path, mail_folder=tmp_path / "mails", mail_from="desk@example.com").tells_by_mail


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("smtp://someone:hunter2@mail.example.com", r"<home>/keys/smtp"),
        ("http://mail.example.com", "smtp_url"),
        ("smtp://", "smtp_url"),
        ("smtp://:25", "smtp_url"),
        ("smtp://mail.example.com:99999", "smtp_url"),
        ("smtp://mail.example.com/?x=y", "smtp_url"),
    ],
)
def test_an_address_that_is_no_mail_server_is_refused_without_repeating_it(tmp_path: Path, url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as refused:
        Settings(home=tmp_path, smtp_url=url, mail_from="desk@example.com")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "desk", "desk@", "Desk <desk@example.com>", "desk@example.com\nBcc: eve@x.y"])
def test_mails_need_a_sender_that_is_an_address(tmp_path: Path, sender: str) -> None:
    with pytest.raises(ValidationError, match="mail_from"):
        Settings(home=tmp_path, smtp_url="smtp://localhost:25", mail_from=sender)


def test_mails_go_one_way_only(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="one of the two"):
        Settings(home=tmp_path, smtp_url="smtp://localhost", mail_folder=tmp_path, mail_from="desk@example.com")
