"""Evidence at the page: a file is attached to an open question by a form, and every file of a question is given out.

Rule: a file is never shown as a page of ours: it is saved, under the name that we keep for it.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from checkpoints.actions import reading
from checkpoints.actions.from_outside import attaching, fetching
from checkpoints.store.from_outside.files import MOST_BYTES
from to_tools.page.answering import Trying
from to_tools.page.checkpoint import Typed
from to_tools.page.forms import Junk, TooLarge
from to_tools.page.who import session
from to_tools.page.who.session import SignedIn, TheDesk

MULTIPART = "multipart/form-data"
AROUND = 65_536
"""Bytes of a form that may be round its file."""
SAVED = {
    "content-security-policy": "sandbox; default-src 'none'",
    "content-type": "application/octet-stream",
}

router = APIRouter(prefix="/checkpoints/{case}/{number}/evidence")


@dataclass(frozen=True)
class Upload:
    """A form with one file in it."""

    form_token: str
    name: str
    content: bytes


async def read_upload(request: Request) -> Upload:
    """Raises TooLarge while it streams, Junk for anything but our form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MULTIPART:
        raise Junk(f"This is no form with a file: it must be {MULTIPART}. Nothing was attached.")
    parser = MultiPartParser(request.headers, _limited(request), max_files=1, max_fields=1, max_part_size=1024)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise Junk("The form can't be read: it has a token and one file. Nothing was attached.") from None
    try:
        return await _upload(dict(form.multi_items()))
    finally:
        await form.close()


def signed_upload(request: Request, visitor: SignedIn, upload: Annotated[Upload, Depends(read_upload)]) -> Upload:
    """A form that this page drew for this person. Raises Junk."""
    session.check_site(request)
    session.check_token(visitor, upload.form_token)
    return upload


@router.post("")
def attach(
    request: Request,
    desk: TheDesk,
    visitor: SignedIn,
    upload: Annotated[Upload, Depends(signed_upload)],
    case: str,
    number: str,
) -> RedirectResponse:
    label = f"{case}/{number}"
    request.state.trying = Trying(visitor, label, Typed("attach"))
    point = reading.show(desk, label).point
    attaching.attach(desk, visitor.person, point.id, upload.name, upload.content)
    return RedirectResponse(f"/checkpoints/{point.label}#evidence", status_code=303)


@router.get("/{sha256}")
def save(desk: TheDesk, visitor: SignedIn, case: str, number: str, sha256: str) -> Response:
    file, content = fetching.fetch(desk, f"{case}/{number}", sha256)
    name = quote(attaching.cleaned(file.name), safe="")
    return Response(content, headers=SAVED | {"content-disposition": f"attachment; filename*=UTF-8''{name}"})


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > MOST_BYTES + AROUND:
            raise TooLarge(f"The file is over {MOST_BYTES // 1_000_000} MB. Nothing was attached.")
        yield chunk


async def _upload(items: dict[str, UploadFile | str]) -> Upload:
    token, file = items.get("form_token"), items.get("file")
    if not isinstance(token, str) or not isinstance(file, UploadFile) or len(items) != 2:
        raise Junk("The form has no file, or no token. Nothing was attached. Open the page again.")
    return Upload(token, file.filename or "", await file.read())
