"""What a process of the desk is told from outside: folders, addresses, logins.

Rule: the environment (COUNTERSIGN_…) beats `<home>/settings.toml` beats the defaults; a password is in none.
Read by hand: pydantic-settings takes as long to import as all of pydantic, in every call of the shell (ADR 9).
"""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import from_json

from checkpoints.core.clock.flood import Limits
from checkpoints.core.clock.hours import Hours, written
from checkpoints.core.errors import Refused
from checkpoints.core.fields import EMAIL
from checkpoints.core.from_outside.addresses import check_network
from checkpoints.settings.told import from_environment, from_file, is_host_and_port, without_password

DEFAULT_HOME = ".countersign"
Role = Literal["owner", "desk", "asker", "prefect"]
SLACK_API = r"^(https://[^/?#@]+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?)/([\w.-]+/)*$"
WORD = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}"
LONGEST_SOCKET_FOLDER = 80
"""A unix socket's whole path has 104 bytes on macOS; the name PostgreSQL appends takes 23."""


def run_folder(home: Path) -> Path:
    """Where the sockets lie: `<home>/run`, or a short folder of their own when that path is too long."""
    if len(os.fsencode(home / "run")) <= LONGEST_SOCKET_FOLDER:
        return home / "run"
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    # Not tempfile's idea of it: every process must find the same folder, whatever its TMPDIR is.
    return Path("/tmp") / f"countersign-{os.getuid()}-{name}"


def _embedded_url(known: dict[str, Path]) -> str:
    return f"postgresql+psycopg://@/countersign?{urlencode({'host': run_folder(known['home']) / 'postgres'})}"


class Settings(BaseModel):
    """Raises pydantic's ValidationError, which names the setting that makes no sense."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    home: Path = Path(DEFAULT_HOME)
    database_url: str = Field(default_factory=_embedded_url)
    """Without user and password. Set it for a PostgreSQL (15 or newer) of the team's own."""
    prefect_database_url: str = ""
    """Without user and password; empty: the database `prefect` beside ours."""
    postgres_bin: Path | None = None
    """The folder of an installed `initdb` and `postgres`, to use them instead of the embedded ones."""
    page_port: int = Field(default=8710, ge=1, le=65535)
    prefect_port: int = Field(default=4210, ge=1, le=65535)
    sandbox_port: int = Field(default=8720, ge=1, le=65535)
    page_url: str = Field(default_factory=lambda known: f"http://127.0.0.1:{known['page_port']}")
    prefect_ui_url: str = Field(default_factory=lambda known: f"http://127.0.0.1:{known['prefect_port']}")
    prefect_api_url: str = Field(default_factory=lambda known: f"{known['prefect_ui_url']}/api")
    trusted_proxy: str = ""
    """An address or a network (CIDR): the proxy before the page, whose X-Forwarded-For is believed. Empty: nobody's."""
    sandbox_url: str = Field(default_factory=lambda known: f"http://localhost:{known['sandbox_port']}")
    """Where the sandbox serves releases: `<sandbox_url>/<project>/<environment>/`."""
    probe_seconds: float = Field(default=30, gt=0, le=3600)
    """Between two looks at what production answers."""

    unseen_seconds: float = Field(default=20, ge=6, le=3600)
    """After that long a silence the porter or the engine counts as gone, and `/readyz` says so."""
    anchor_minutes: float = Field(default=60, gt=0, le=10_080)
    """Between two signatures under the end of the audit."""
    anchor_git: Path | None = None
    """A git repository that gets a tag for each of them."""
    anchor_mail: str = Field(default="", pattern=f"^$|{EMAIL}")
    """Who gets the newest of them by mail, at most once in 24 hours."""
    retention_days: int = Field(default=0, ge=0, le=36_500)
    """After so many days doctor names removed people whose data could be erased; 0: never. Nothing goes by itself."""
    log_format: Literal["plain", "json"] = "plain"
    """Of the desk's processes: lines for people, or one JSON object a line."""

    fence_ports: tuple[int, ...] = (443,)
    """The TCP ports that others' code (Terraform's providers, say) may connect to; every other is closed."""
    fence_readable: tuple[Path, ...] = ()
    """What others' code may read besides the system: a mirror of providers, say."""
    repositories: Path = Path(__file__).resolve().parents[2]
    """Where clients' repositories lie: a brief names its release's folder in here. As shipped, the sample's."""
    terraform_cli_config: Path | None = None
    """Terraform's CLI configuration (a mirror, a plugin cache). Not one with a person's credentials in it."""
    agency_domain: str = Field(default="aiagency.app", pattern=r"^([a-z0-9-]{1,63}\.)+[a-z]{2,24}$")
    """A project's subdomain of ours is its short name before this."""
    dns_server: str = Field(default="", pattern=r"^$|^[0-9.]+(:[0-9]{1,5})?$")
    """Who is asked what a name resolves to, ADDRESS or ADDRESS:PORT; empty: the system's."""

    agents_port: int = Field(default=0, ge=0, le=65535)
    """Where agents from outside ask (`countersign agents open`); 0: nowhere."""
    vault_url: str = Field(default="", pattern=r"^$|^https?://[^/?#@]+$")
    """HashiCorp's Vault, or OpenBao; what the desk logs in with: <home>/keys/vault. Empty: the embedded file."""
    vault_mount: str = Field(default="countersign", pattern=r"^[a-z0-9][a-z0-9/_-]{0,79}$")
    """Where its KV engine (version 2) is mounted that the desk may use."""
    vault_namespace: str = Field(default="", pattern=f"^$|^{WORD}(/{WORD}){{0,9}}$")
    """The team's own part of it (HashiCorp's Enterprise and HCP, OpenBao 2.3 and newer): team/desk. Empty: the root."""
    vault_ca: Path | None = None
    """The certificate of who signed the vault's, where the system doesn't know it."""

    working_time: str = Field(default="", max_length=100)
    """When people work who have said nothing else: `Europe/Berlin DE 09:00-17:00`. Empty: round the clock."""

    told_singly: int = Field(default=10, ge=1, le=1_000)
    """So many questions of one case within `flood_minutes` are told one by one; what follows comes in a digest."""
    flood_minutes: float = Field(default=10, gt=0, le=1_440)
    most_open: int = Field(default=200, ge=1, le=100_000)
    """So many questions of one case may wait at once; what it asks beyond them is refused."""

    smtp_url: str = Field(default="", pattern=r"^$|^smtps?://[^/?#]+$")
    """The mail server, smtp://HOST:PORT or smtps://HOST:PORT; user and password: <home>/keys/smtp. Empty: none."""
    mail_folder: Path | None = None
    """A Maildir to put mails into, on a machine without a mail server."""
    mail_from: str = Field(default="", pattern=f"^$|{EMAIL}")
    """What mails are from."""

    slack: Literal["", "socket", "http"] = ""
    """How Slack reaches the desk: over a socket that the desk opens, or at the page's /slack. Empty: no Slack."""
    slack_channel: str = Field(default="", pattern=r"^$|^[CG][A-Z0-9]{1,20}$")
    """Where the cards of projects hang that have no channel of their own. Empty: only with those who have to answer."""
    slack_api_url: str = Field(default="https://slack.com/api/", pattern=SLACK_API)

    def __init__(self, **given: object) -> None:
        """`given` beats all. Raises ValidationError, and Refused when the file can't be read."""
        told = from_environment(tuple(Settings.model_fields)) | given
        super().__init__(**(from_file(Path(str(told.get("home", DEFAULT_HOME))).expanduser()) | told))

    @field_validator("fence_ports", "fence_readable", mode="before")
    @classmethod
    def _list(cls, told: object) -> object:
        return from_json(told) if isinstance(told, str) else told

    @field_validator("home", "repositories")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @field_validator("database_url", "prefect_database_url")
    @classmethod
    def _no_password(cls, url: str) -> str:
        return without_password(url)

    @field_validator("working_time")
    @classmethod
    def _can_be_worked(cls, text: str) -> str:
        try:
            written(text)
        except Refused as no:
            raise ValueError(str(no)) from None
        return text

    @field_validator("trusted_proxy")
    @classmethod
    def _is_a_network(cls, text: str) -> str:
        try:
            return check_network(text) if text else ""
        except Refused as no:
            raise ValueError(str(no)) from None

    @field_validator("smtp_url")
    @classmethod
    def _no_password_for_mail(cls, url: str) -> str:
        if "@" in url:
            raise ValueError("has no user or password: they are in <home>/keys/smtp")
        if url and not is_host_and_port(url):
            raise ValueError("is smtp://HOST:PORT or smtps://HOST:PORT")
        return url

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_url and self.mail_folder:
            raise ValueError("smtp_url and mail_folder: one of the two")
        if self.tells_by_mail and not self.mail_from:
            raise ValueError("mail_from is missing: mails need a sender")
        return self

    @property
    def tells_by_mail(self) -> bool:
        """False while neither a mail server nor a folder for mails is set."""
        return bool(self.smtp_url or self.mail_folder)

    @property
    def working(self) -> Hours | None:
        """When people work who have said nothing else; None: round the clock."""
        return written(self.working_time)

    @property
    def limits(self) -> Limits:
        """How much one asker may ask."""
        return Limits(self.told_singly, timedelta(minutes=self.flood_minutes), self.most_open)

    @property
    def smtp_keys(self) -> Path:
        """The file (0600) with the mail server's `user:password`, where it wants them."""
        return self.keys / "smtp"

    @property
    def slack_keys(self) -> Path:
        return self.keys / "slack"

    @property
    def vault_keys(self) -> Path:
        """The file (0600) with what the desk logs in with at the vault."""
        return self.keys / "vault"

    @property
    def file(self) -> Path:
        """Where `countersign up` keeps what it chose."""
        return self.home / "settings.toml"

    @property
    def run(self) -> Path:
        """The folder of the sockets: PostgreSQL's in `postgres/`, the fence starter's."""
        return run_folder(self.home)

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def cases(self) -> Path:
        """One folder a case: plans, states, the output of what ran."""
        return self.home / "cases"

    @property
    def files(self) -> Path:
        """Evidence, each file under its SHA-256."""
        return self.home / "files"

    @property
    def prefect_home(self) -> Path:
        return self.home / "prefect"

    @property
    def prefect_server_home(self) -> Path:
        """Prefect reads code to run from its home: the server's is one that no run can write."""
        return self.home / "prefect-server"

    @property
    def embedded(self) -> bool:
        """True when the database is the one that `countersign up` starts."""
        return self.database_url == _embedded_url({"home": self.home})

    def passfile(self, role: Role) -> Path:
        """The file (0600, libpq's own format) with the password of a role's login."""
        return self.keys / f"{role}.pgpass"

    def url_for(self, role: Role) -> str:
        """SQLAlchemy's address of the database as a role's login, for `prefect` of Prefect's own database."""
        url = self.prefect_database_url or self.database_url if role == "prefect" else self.database_url
        parts = urlsplit(url)
        if role == "prefect" and not self.prefect_database_url:
            parts = parts._replace(scheme="postgresql+asyncpg", path="/prefect")
        query = "&".join(filter(None, (parts.query, urlencode({"passfile": self.passfile(role)}))))
        netloc = f"{login(role)}@{parts.netloc.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=netloc, query=query))

    def address_for(self, role: Role) -> str:
        """The same as libpq takes it, for who listens."""
        return self.url_for(role).replace("postgresql+psycopg", "postgresql", 1)


def login(role: Role) -> str:
    """The name of a role's login in the database."""
    return f"countersign_{role}"


def readable() -> tuple[Settings, dict[str, str]]:
    """The settings as far as they make sense, the defaults for the rest; and what is wrong, by setting.

    For looking at a desk that can't start: nothing may be started with these.
    """
    told, wrong = from_environment(tuple(Settings.model_fields)), dict[str, str]()
    home = Path(str(told.get("home", DEFAULT_HOME))).expanduser()
    try:
        told = from_file(home) | told
    except Refused as unreadable:
        wrong["settings.toml"] = str(unreadable)
    settings = Settings.__new__(Settings)
    try:
        BaseModel.__init__(settings, **told)
    except ValidationError as errors:
        # What follows from a wrong one is reported as wrong as well, though nobody set it.
        said = {str(error["loc"][0]): error["msg"] for error in errors.errors(include_input=False)}
        wrong |= {name: words for name, words in said.items() if name in told}
        good = {name: value for name, value in told.items() if name not in wrong}
        BaseModel.__init__(settings, **good)
    return settings, wrong
