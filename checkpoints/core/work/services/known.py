"""What is known of third parties' services: where a key is made, what it looks like, how it is checked.

Rule: the least permission that works, and the check is a call that changes nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checkpoints.core.model import Field, FieldSort
from checkpoints.core.work.services import types
from checkpoints.core.work.services.calls import Call, Consent
from checkpoints.core.work.services.types import PENDING

BEARER = {"Authorization": "Bearer {api_key}"}
AS_ITSELF = {
    "grant_type": "client_credentials",
    "client_id": "{client_id}",
    "client_secret": "{client_secret}",
}
"""How an OAuth client asks for a token of its own (RFC 6749, section 4.4), which changes nothing."""
CLIENT = "countersign"


def slug_of(name: str) -> str:
    """How a service is called where names are plain: small letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:60].strip("-")


@dataclass(frozen=True)
class Known:
    """`create` is where a person makes the credential; `path` of `base` is called to check it, with these headers and
    form; where `checked` is False nobody here knows how."""

    name: str
    create: str
    permissions: str
    restrictions: str
    fields: tuple[Field, ...]
    base: str = ""
    method: str = "GET"
    path: str = "/check"
    headers: Mapping[str, str] = field(default_factory=lambda: BEARER)
    form: Mapping[str, str] = field(default_factory=dict)
    callback: bool = False
    type: str = types.API_KEY.slug
    checked: bool = True

    @property
    def slug(self) -> str:
        return slug_of(self.name)


SERVICES = (
    Known(
        name="Pocket",
        create="Create app at: https://getpocket.com/developer/",
        permissions="Retrieve",
        restrictions="no Add, no Modify",
        fields=(
            Field("consumer_key", "Consumer Key", FieldSort.SECRET, shape="pocket consumer key"),
            Field("redirect_uri", "Redirect URI", FieldSort.TEXT, PENDING.format(slug="pocket"), shape="address"),
        ),
        base="https://getpocket.com",
        method="POST",
        path="/v3/oauth/request",
        headers={},
        form={"consumer_key": "{consumer_key}", "redirect_uri": "{redirect_uri}"},
        callback=True,
        type=types.OAUTH_CLIENT.slug,
    ),
    Known(
        name="SendGrid",
        create="Create an API key at: https://app.sendgrid.com/settings/api_keys",
        permissions="Mail Send",
        restrictions="Restricted Access: nothing but sending",
        fields=(Field("api_key", "API key", FieldSort.SECRET, shape="sendgrid key"),),
        base="https://api.sendgrid.com",
        path="/v3/scopes",
    ),
    Known(
        name="OpenAI",
        create="Create a secret key at: https://platform.openai.com/api-keys",
        permissions="Restricted: Model capabilities, and List models to read",
        restrictions="a project of its own, with a monthly budget",
        fields=(Field("api_key", "API key", FieldSort.SECRET, shape="openai key"),),
        base="https://api.openai.com",
        path="/v1/models",
    ),
    Known(
        name="Stripe",
        create="Create a restricted key at: https://dashboard.stripe.com/apikeys",
        permissions="Balance: read; Checkout Sessions: write",
        restrictions="a restricted key (rk_), never the account's secret key",
        fields=(Field("api_key", "API key", FieldSort.SECRET, shape="stripe key"),),
        base="https://api.stripe.com",
        path="/v1/balance",
    ),
)
KNOWN = {service.slug: service for service in SERVICES}
AWS = Known(
    name="AWS",
    create="Create an access key of an IAM user of the project's own: https://console.aws.amazon.com/iam/",
    permissions="the least that the project needs, as a policy of that user's",
    restrictions="a user without a console password, for this project alone",
    fields=(
        Field("iam_user", "IAM user", FieldSort.TEXT, shape="iam user"),
        Field("access_key_id", "Access key ID", FieldSort.SECRET, shape="aws key id"),
        Field("secret_access_key", "Secret access key", FieldSort.SECRET, shape="aws secret key"),
    ),
    checked=False,
)
"""Its calls are signed with the key itself, so that none can be written down here by which a key is checked."""


def service_of(name: str, type: str = "") -> Known:
    """What is known of it; of one that nobody here knows, or for another type (empty: its own), what its type wants.

    Raises Refused for an unknown type.
    """
    known, wanted = {**KNOWN, AWS.slug: AWS}.get(slug_of(name)), types.type_of(type or types.API_KEY.slug)
    if known is not None and type in ("", known.type):
        return known
    asked = Known(
        name=known.name if known else name,
        create=wanted.create.format(name=known.name if known else name),
        permissions="the least that the project needs",
        restrictions="as its console allows",
        fields=wanted.fields_at(slug_of(name)),
        callback=wanted.callback,
        type=wanted.slug,
    )
    if wanted is types.OAUTH_CLIENT:
        return replace(asked, method="POST", path="/client", headers={}, form=AS_ITSELF)
    return replace(asked, checked=wanted is types.API_KEY)


def check_of(service: Known, stand_in: str | None) -> Call | None:
    """The call that shows whether the credential works; None where nobody knows one. `stand_in`: its root, if one."""
    base = f"{stand_in}/{service.slug}" if stand_in is not None else service.base
    if not base or not service.checked:
        return None
    return Call(service.slug, service.method, base + service.path, service.headers, form=service.form)


def consent_at(name: str, scopes: tuple[str, ...], stand_in: str) -> Consent:
    """A consent at a service's stand-in: real ones come with the desk's own registration there."""
    root = f"{stand_in}/{slug_of(name)}"
    return Consent(slug_of(name), f"{root}/authorize", f"{root}/token", CLIENT, scopes)


def me_of(consent: Consent) -> Call:
    """The call that shows whether a consent's token works."""
    root = consent.token_url.removesuffix("/token")
    return Call(consent.service, "GET", f"{root}/me", {"Authorization": "Bearer {access_token}"})
