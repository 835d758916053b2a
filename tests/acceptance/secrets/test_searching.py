"""What the search for a planted value finds, and what it doesn't take for one."""

import base64
import gzip
import io
import json
from collections.abc import Callable
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from tests.plugins import canaries

VALUE = 'SG."canary"/+ 0123456789 ü'


def zipped(content: bytes, how: int = ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w", how) as packed:
        packed.writestr("a/file", content)
    return made.getvalue()


def in_base64(content: bytes) -> bytes:
    return base64.b64encode(b'{"it": "' + content + b'"}')


@pytest.mark.parametrize(
    "written",
    [
        lambda value: value,
        lambda value: quote(value.decode(), safe="").encode(),
        lambda value: json.dumps({"it": value.decode()}).encode(),
        in_base64,
        lambda value: base64.urlsafe_b64encode(b"??" + value + b"??"),
        gzip.compress,
        zipped,
        lambda value: zipped(value, ZIP_STORED),
        lambda value: gzip.compress(b"a log\n" + zipped(in_base64(value))),
    ],
    ids=["plain", "url", "json", "base64", "base64url", "gzip", "zip", "stored", "all of them"],
)
def test_a_value_is_found_however_it_was_written_and_whatever_is_around_it(written: Callable[[bytes], bytes]) -> None:
    content = b"\x1f\x8b\x08 no gzip, PK\x03\x04 no zip\0" + written(VALUE.encode()) + b"\xff\0 and more"
    assert canaries.occurs(content, "another", VALUE)
    assert canaries.occurs(content.decode("latin-1"), VALUE)
    assert not canaries.occurs(content, VALUE[::-1])
