"""Keys of AWS's IAM users, made and dropped by its API; and roles, assumed for a while. The only importer of boto3.

Rule: one try, within seconds; what AWS says is judged here, and neither repeated nor chained.
"""

import json
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
from checkpoints.core.work.services.assumed import ASSUMED, Role, seconds_of
from checkpoints.core.work.services.handing import Restrictions
from checkpoints.core.work.services.made import Made

if TYPE_CHECKING:
    from boto3.session import Iam, Session, Sts
    from botocore.config import Config

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
NOT_ASSUMED = (
    "AWS doesn't let the desk assume {arn}, there is none of this name, or it doesn't know the desk's own key any "
    "more. Nothing was opened. See that role's trust, the desk's policy, and runbooks/tasks/secrets/aws.md."
)
TOO_LONG = (
    "path: AWS doesn't let this role be assumed for {minutes} minutes, or not like this. Nothing was opened. Give it "
    "for fewer, or give the role a longer MaxSessionDuration."
)
NONE_ASSUMED = "AWS does not answer, or not whole. Nothing was opened: try again."
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

    def assume(self, role: Role, named: str, held: Restrictions) -> Mapping[str, str]:
        """See the port. The networks are held to by AWS itself, which allows what both the role and this policy do."""
        lasts = seconds_of(held.minutes)
        wanted: dict[str, object] = {"RoleArn": role.arn, "RoleSessionName": named, "DurationSeconds": lasts}
        if held.cidrs:
            wanted["Policy"] = _only_from(held.cidrs)
        answer = _tried(
            lambda: _sts(_login(self.keys)).assume_role(**wanted), lambda code: _not_assumed(code, role, lasts)
        )
        if isinstance(answer, Countersign):
            raise answer
        made = _object(answer, "Credentials")
        found = [made.get(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")]
        values = {name: value for name, value in zip(ASSUMED, found, strict=True) if isinstance(value, str) and value}
        if len(values) != len(ASSUMED):
            raise Unavailable(NONE_ASSUMED)
        return values

    def _called(self, call: Callable[["Iam"], Mapping[str, object]], no_error: str = "") -> Mapping[str, object]:
        """Its answer; empty for the error that is none here. Raises Refused, Unavailable."""
        answer = _tried(
            lambda: call(_iam(_login(self.keys))),
            lambda code: {} if no_error and code == no_error else _translated(code),
        )
        # Raised where nothing is caught any more: what was caught, and all that it holds, hangs on no error of ours.
        if isinstance(answer, Countersign):
            raise answer
        return answer


def _tried(
    call: Callable[[], Mapping[str, object]], translated: Callable[[str], Mapping[str, object] | Countersign]
) -> Mapping[str, object] | Countersign:
    """Its answer, or what is to be raised; `translated` says what an error's code means, empty for no answer."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        return call()
    except Countersign as no:
        return no
    except ClientError as error:
        return translated(str(error.response.get("Error", {}).get("Code", "")))
    except (BotoCoreError, ResponseParserError, OSError, ValueError):
        return translated("")


def _translated(code: str) -> Countersign:
    if code == "NoSuchEntity":
        return Refused(NO_USER)
    if code == "LimitExceeded":
        return Refused(FULL)
    return Unavailable(NOT_ALLOWED if _denied(code) else NO_ANSWER)


def _not_assumed(code: str, role: Role, lasts: int) -> Countersign:
    if code in ("ValidationError", "PackedPolicyTooLarge", "MalformedPolicyDocument"):
        return Refused(TOO_LONG.format(minutes=lasts // 60))
    return Unavailable(NOT_ASSUMED.format(arn=role.arn) if _denied(code) else NONE_ASSUMED)


def _denied(code: str) -> bool:
    denied = ("AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch", "ExpiredToken", "AuthFailure")
    return code in denied or code.startswith("UnrecognizedClient")


def _only_from(cidrs: tuple[str, ...]) -> str:
    """A session's own policy: it gives nothing that the role hasn't, and takes away whoever comes from elsewhere."""
    here = {"IpAddress": {"aws:SourceIp": list(cidrs)}}
    allowed = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": here}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def _iam(login: Login) -> "Iam":
    session, config = _session(login)
    return session.client("iam", endpoint_url=login.endpoint, config=config)


def _sts(login: Login) -> "Sts":
    session, config = _session(login)
    return session.client("sts", endpoint_url=login.endpoint, config=config)


def _session(login: Login) -> tuple["Session", "Config"]:
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
    return Session(login.id, login.secret, region_name=login.region, botocore_session=core), config


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
