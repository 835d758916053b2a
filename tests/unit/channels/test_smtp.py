"""The wire to a mail server: encrypted when it leaves the machine, and a password only where it is safe."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checkpoints.channels.smtp import Smtp
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.core.shown.message import Letter, Message
from tests.fakes.post_office import PostOffice, running_post_office

ELSEWHERE = "127.0.0.2"
"""An address that isn't ours to the product, and is to Linux."""
SENDER = "desk@agency.example"
SECRET = "hunter2:%x"


def message(channel: Smtp) -> Message:
    letter = Letter("A question", "plain", "<p>html</p>")
    return Message(channel.address("one"), "ada@example.com", "Ada", letter, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    file = tmp_path / "smtp"
    file.touch(0o600)
    file.write_text(f"desk:{SECRET}\n", encoding="utf-8")
    return file


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of the server on both addresses, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)) for host in ("127.0.0.1", ELSEWHERE)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = made.add_extension(hosts, False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = tmp_path / "server.pem"
    file.write_bytes(private + signed.public_bytes(pem))
    return file


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The server's side of it; this machine trusts the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(params=["smtps", "starttls"])
def encrypting(request: pytest.FixtureRequest, trusted: ssl.SSLContext) -> Iterator[PostOffice]:
    """A server elsewhere, encrypted in either way."""
    way = {"tls": trusted} if request.param == "smtps" else {"starttls": trusted}
    with running_post_office(ELSEWHERE, **way) as post:
        yield post


def test_the_password_goes_to_a_server_elsewhere_over_an_encrypted_wire(encrypting: PostOffice, keys: Path) -> None:
    channel = Smtp(encrypting.url, SENDER, keys)
    channel.post(message(channel))
    assert encrypting.signed_in == [("desk", SECRET)]
    assert encrypting.encrypted == [True]


def test_a_server_that_nobody_vouches_for_is_told_nothing(
    encrypting: PostOffice, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    channel = Smtp(encrypting.url, SENDER, keys)
    with pytest.raises(Unavailable, match="SSLCertVerificationError"):
        channel.post(message(channel))
    assert (encrypting.signed_in, encrypting.taken) == ([], [])


def test_a_server_elsewhere_without_encryption_is_told_nothing(keys: Path) -> None:
    with running_post_office(ELSEWHERE) as post:
        channel = Smtp(post.url, SENDER, keys)
        with pytest.raises(Unavailable, match="offers no encryption"):
            channel.post(message(channel))
        assert (post.signed_in, post.taken) == ([], [])


def test_a_password_file_that_others_can_read_is_not_used_and_none_is_needed(keys: Path) -> None:
    with running_post_office() as post:
        channel = Smtp(post.url, SENDER, keys)
        keys.chmod(0o640)
        with pytest.raises(Unavailable, match="Others can read"):
            channel.post(message(channel))
        keys.unlink()
        channel.post(message(channel))
        assert (len(post.taken), post.signed_in) == (1, [])


def test_no_error_repeats_the_password(keys: Path) -> None:
    with running_post_office() as post:
        post.no_password = True
        channel = Smtp(post.url, SENDER, keys)
        with pytest.raises(Unavailable, match="535") as no:
            channel.post(message(channel))
        assert "hunter2" not in repr((no.value, no.value.__cause__, channel))


@pytest.mark.parametrize("line", [b"hunter2\n", b"", "desk:hunter2-\u03b4".encode(), b"desk:hunter2\xff"])
def test_a_password_file_that_holds_something_else_is_said_without_repeating_it(keys: Path, line: bytes) -> None:
    keys.write_bytes(line)
    with running_post_office() as post:
        channel = Smtp(post.url, SENDER, keys)
        with pytest.raises(Unavailable, match="one line, user:password") as no:
            channel.post(message(channel))
    assert "hunter2" not in repr((no.value, no.value.__cause__))


def test_what_a_server_says_is_repeated_on_one_clean_line() -> None:
    with running_post_office() as post:
        post.no["ada@example.com"] = "550 no \x1b[31m" + "x" * 300
        channel = Smtp(post.url, SENDER, Path("/nowhere"))
        with pytest.raises(Refused) as no:
            channel.post(message(channel))
    assert str(no.value).isprintable()
    assert len(str(no.value)) < 250
