"""What an error is a sign of: by its own word, else by its type, its status or its code; also of what caused it.

Rule: others' text is read here to recognise, and never repeated: it may hold anything.
"""

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx
from authlib.common.errors import AuthlibBaseError

from checkpoints.core.errors import Countersign
from checkpoints.core.work.signs import Sign, of_status

USED_UP = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.ENOMEM,
        errno.EMFILE,
        errno.ENFILE,
        errno.EAGAIN,
    }
)
UNREACHABLE = (httpx.TransportError, ssl.SSLError, socket.gaierror, ConnectionError, TimeoutError)
REJECTED = frozenset({"invalid_client", "unauthorized_client"})
"""Codes of OAuth errors (RFC 6749, section 5.2) that say that the client's own key is not taken."""
STALE = frozenset({"invalid_token", "token_invalid", "token_expired", "expired_token"})
"""Codes, some of them Authlib's own, for a token whose time is over."""


def recognise(wrong: BaseException) -> Sign | None:
    """Which of the twelve cases it is; None for none of them."""
    return next(filter(None, map(_sign, _causes(wrong))), None)


def said(wrong: BaseException) -> str:
    """Our own errors speak for themselves; of others' only the name, for their text may hold anything."""
    return str(wrong) if isinstance(wrong, Countersign) else f"an unexpected error, {type(wrong).__name__}"


def _causes(wrong: BaseException | None) -> Iterator[BaseException]:
    """The error, then what it was raised for, each once."""
    seen: set[int] = set()
    while wrong is not None and id(wrong) not in seen:
        yield wrong
        seen.add(id(wrong))
        wrong = wrong.__cause__ or (None if wrong.__suppress_context__ else wrong.__context__)


def _sign(wrong: BaseException) -> Sign | None:
    match wrong:
        case Countersign():
            return wrong.sign
        case httpx.HTTPStatusError():
            return _of_answer(wrong.response)
        case httpx.DecodingError():
            return Sign.API_CHANGE
        case AuthlibBaseError():
            return _of_oauth(str(wrong.error), str(wrong.description))
        case MemoryError():
            return Sign.RESOURCE_LIMIT
        case OSError() if wrong.errno in USED_UP:
            return Sign.RESOURCE_LIMIT
        case _:
            return Sign.NETWORK if isinstance(wrong, UNREACHABLE) else None


def _of_answer(answer: httpx.Response) -> Sign:
    """A token that has expired is refused with 401 as well, and told apart by the challenge (RFC 6750, section 3)."""
    challenge = answer.headers.get("www-authenticate", "")
    if answer.status_code == 401 and "invalid_token" in challenge and "expired" in challenge.lower():
        return Sign.TOKEN_EXPIRED
    return of_status(answer.status_code)


def _of_oauth(error: str, description: str) -> Sign:
    if error in STALE or "expired" in description.lower():
        return Sign.TOKEN_EXPIRED
    return Sign.KEY_REJECTED if error in REJECTED else Sign.OAUTH_FLOW
