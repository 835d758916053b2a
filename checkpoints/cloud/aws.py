"""Keys of AWS's IAM users, made and dropped by its API. The only importer of boto3.

Rule: one try, within seconds; what AWS says is judged here, and neither repeated nor chained.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from stat import S_IMODE
from typing import TYPE_CHECKING

from checkpoints.core.errors import Countersign, Refused, Unavailable
from checkpoints.core.work.services.made import Made

if TYPE_CHECKING:
    from boto3.session import Iam

NAMES = ("access_key_id", "secret_access_key", "region")
SECONDS = 5.0
USER = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
RIGHT = 'Right would be lines of access_key_id = "…", secret_access_key = "…", region = "eu-central-1".'
FULL = (
    "AWS lets a user have two keys, and this one has two already. Nothing was made. Retire the older one here, or end "
    "one in AWS's console."
)
NO_USER = (
    "iam_user: AWS knows no IAM user of this name. Nothing was made. Make it there, with the policy that it needs."
)
NOT_ALLOWED = (
    "AWS doesn't allow the desk this, or doesn't know the desk's own key any more. Nothing was made. See keys/aws, and "
    "the policy in runbooks/tasks/secrets/aws.md."
)
NO_ANSWER = "AWS does not answer, or not whole. Whether it was done is not known; the desk looks again by itself."


@dataclass(frozen=True)
class Login:
    """What the desk logs in with; `endpoint`: something else than AWS itself."""

    id: str
    secret: str = field(repr=False)
    region: str
    endpoint: str | None


@dataclass(frozen=True)
class Aws:
    """IAM, as the desk's own user sees it. `keys`: the file with that user's key, for its owner alone."""

    keys: Path

    @property
    def ready(self) -> bool:
        """See the port."""
        return self.keys.exists()

    def make(self, user: str) -> Made:
        """See the port."""
        made = _object(self._called(lambda iam: iam.create_access_key(UserName=_checked(user))), "AccessKey")
        id, secret = made.get("AccessKeyId"), made.get("SecretAccessKey")
        if not isinstance(id, str) or not isinstance(secret, str):
            raise Unavailable(NO_ANSWER)
        return Made(id, secret)

    def drop(self, user: str, id: str) -> None:
        """See the port."""
        self._called(lambda iam: iam.delete_access_key(UserName=_checked(user), AccessKeyId=id), "NoSuchEntity")

    def made(self, user: str) -> Mapping[str, datetime]:
        """See the port. A user that is not there has none."""
        answer = self._called(lambda iam: iam.list_access_keys(UserName=_checked(user)), "NoSuchEntity")
        listed = answer.get("AccessKeyMetadata")
        found: dict[str, datetime] = {}
        for each in listed if isinstance(listed, list) else []:
            at = each.get("CreateDate")
            if isinstance(at, datetime):
                found[str(each.get("AccessKeyId"))] = at
        return found

    def _called(self, call: Callable[["Iam"], Mapping[str, object]], no_error: str = "") -> Mapping[str, object]:
        """Its answer; empty for the error that is none here. Raises Refused, Unavailable."""
        answer = self._tried(call, no_error)
        # Raised where nothing is caught any more: what was caught, and all that it holds, hangs on no error of ours.
        if isinstance(answer, Countersign):
            raise answer
        return answer

    def _tried(
        self, call: Callable[["Iam"], Mapping[str, object]], no_error: str
    ) -> Mapping[str, object] | Countersign:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            return call(_iam(_login(self.keys)))
        except Countersign as no:
            return no
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            return {} if no_error and code == no_error else _translated(code)
        except (BotoCoreError, ResponseParserError, OSError, ValueError):
            return Unavailable(NO_ANSWER)


def _translated(code: str) -> Countersign:
    if code == "NoSuchEntity":
        return Refused(NO_USER)
    if code == "LimitExceeded":
        return Refused(FULL)
    denied = ("AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "AuthFailure")
    if code in denied or code.startswith("UnrecognizedClient"):
        return Unavailable(NOT_ALLOWED)
    return Unavailable(NO_ANSWER)


def _iam(login: Login) -> "Iam":
    """Neither the environment nor a file of AWS's tools says who it is, or where."""
    import botocore.session
    from boto3.session import Session
    from botocore.config import Config

    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    for name in ("config_file", "credentials_file"):
        core.set_config_variable(name, os.devnull)
    config = Config(
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        retries={"total_max_attempts": 1},
        proxies={},
        ignore_configured_endpoint_urls=True,
    )
    session = Session(login.id, login.secret, region_name=login.region, botocore_session=core)
    return session.client("iam", endpoint_url=login.endpoint, config=config)


def _login(file: Path) -> Login:
    """Raises Unavailable when it isn't there, isn't what it should be, or is open to others."""
    told = _told(file)
    if isinstance(told, Unavailable):
        raise told
    values = {name: told.get(name) for name in (*NAMES, "endpoint_url")}
    if not set(told) <= set(values) or not all(isinstance(values[name], str) and values[name] for name in NAMES):
        raise Unavailable(f"{file} is no login at AWS. {RIGHT}")
    endpoint = values["endpoint_url"]
    id, secret, region = (str(values[name]) for name in NAMES)
    return Login(id, secret, region, str(endpoint) if endpoint else None)


def _told(file: Path) -> dict[str, object] | Unavailable:
    """Raised by its caller: an error about what stands in a file has it with it."""
    try:
        if S_IMODE(file.stat().st_mode) & 0o077:
            return Unavailable(f"Others can read {file}: chmod 600, and make the desk another key at AWS.")
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Unavailable(f"The desk has no login at AWS: {file}. {RIGHT}")
    except (OSError, ValueError):
        return Unavailable(f"{file} can't be read. {RIGHT}")


def _checked(user: str) -> str:
    if not USER.fullmatch(user):
        raise Refused("iam_user: this is no name of an IAM user. Nothing was made.")
    return user


def _object(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    inner = answer.get(name)
    return inner if isinstance(inner, dict) else {}
