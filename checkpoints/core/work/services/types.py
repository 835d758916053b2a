"""Which sorts of credentials there are, and what a person gives of each: its fields, secret or plain."""

from dataclasses import dataclass, replace
from decimal import Decimal

from checkpoints.core.errors import Refused
from checkpoints.core.fields import clean
from checkpoints.core.model import Field, FieldSort

PENDING = "https://[pending-domain]/auth/{slug}/callback"
"""Where a service sends people back to, until the project has a domain."""
SECRET, TEXT, NUMBER = FieldSort.SECRET, FieldSort.TEXT, FieldSort.NUMBER


@dataclass(frozen=True)
class CredentialType:
    """`slug` is how a request names it. `create` says where a person makes one, `{name}` being the service's.

    `callback`: the service sends people back to an address, which it is told.
    """

    slug: str
    called: str
    create: str
    fields: tuple[Field, ...]
    callback: bool = False

    def fields_at(self, service: str) -> tuple[Field, ...]:
        """Its fields, at the service of this short name."""
        return tuple(
            replace(field, default=field.default.format(slug=service)) if field.default else field
            for field in self.fields
        )


API_KEY = CredentialType(
    "api_key",
    "API key",
    "Create an API key in {name}'s console",
    (Field("api_key", "API key", SECRET, shape="key"),),
)
OAUTH_CLIENT = CredentialType(
    "oauth_client",
    "OAuth client",
    "Register an OAuth client in {name}'s console",
    (
        Field("client_id", "Client ID", TEXT, shape="client id"),
        Field("client_secret", "Client secret", SECRET, shape="key"),
        Field("redirect_uri", "Redirect URI", TEXT, PENDING, shape="address"),
    ),
    callback=True,
)
SERVICE_ACCOUNT = CredentialType(
    "service_account",
    "service account",
    "Create a service account in {name}'s console, and a key of it as JSON",
    (Field("key_json", "Key file (JSON)", SECRET, shape="service account"),),
)
DATABASE_LOGIN = CredentialType(
    "database_login",
    "database login",
    "Create a login at {name} that may do no more than is asked",
    (
        Field("host", "Host", TEXT, shape="host"),
        Field("port", "Port", NUMBER, "5432", lowest=Decimal(1), highest=Decimal(65_535), whole=True),
        Field("database", "Database", TEXT),
        Field("username", "Login", TEXT),
        Field("password", "Password", SECRET, shape="password"),
    ),
)
SSH_KEY = CredentialType(
    "ssh_key",
    "SSH key",
    "Make a new pair with ssh-keygen, without a passphrase, and add its public half at {name}",
    (
        Field("username", "Login", TEXT),
        Field("private_key", "Private key", SECRET, shape="ssh private key"),
    ),
)
CERTIFICATE = CredentialType(
    "certificate",
    "certificate",
    "Have a certificate made for {name}, with a new private key",
    (
        Field("certificate", "Certificate (PEM; its chain may follow)", SECRET, shape="certificate"),
        Field("private_key", "Its private key (PEM)", SECRET, shape="private key"),
    ),
)
TYPES = {each.slug: each for each in (API_KEY, OAUTH_CLIENT, SERVICE_ACCOUNT, DATABASE_LOGIN, SSH_KEY, CERTIFICATE)}


def type_of(slug: str) -> CredentialType:
    """Raises Refused for one that there is not."""
    if slug not in TYPES:
        raise Refused(f"“{clean(slug)}” is no type of credential. Right would be one of: {', '.join(TYPES)}.")
    return TYPES[slug]
