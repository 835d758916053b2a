"""What looks like a secret is nothing else, whatever stands beside it; what people say of secrets is no secret."""

import base64
import secrets
import string
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.core.from_outside.reply import LooksSecret, Reply, read
from checkpoints.core.from_outside.secret_shapes import looks_secret
from checkpoints.core.model import Field, FieldSort, Verdict

PAGE = "https://desk.example.com"
KEY = Field("consumer_key", "Consumer key", FieldSort.SECRET)
NAME = Field("name", "Name", FieldSort.TEXT)
ALNUM = string.ascii_letters + string.digits
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize("text", [
    "approve\npassword: hunter2", "Decision: approve\nDetails: api_key = abc",
    "reject because the password is hunter2", "the token is a8f3k2", "AKIAABCDEFGHIJKLMNOP",
    "approve\nghp_abcdefghijklmnopqrstuvwxyz0123456789", "sk-ant-abcdefghijklmnop", "xoxb-123456789012-abcdefghij",
    "https://ada:hunter2@example.com/", "Authorization: Basic x", "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
    "otpauth://totp/x?secret=y", "Bearer abcdef123456", "S3cr3t!pass", "Tr0ub4dor&amp;3",
    "Decision: approve\nCredentials: hunter2", "Credentials: https://pastebin.example/x", "Credentials:\nhunter2",
    f"Credentials: {PAGE}.evil.example/x", f"Credentials: {PAGE}/x and hunter2",
    "Credentials: in the vault, it is hunter2", "approve\nconsumer_key = abc", "approve\nConsumer key: abc",
    "consumer_key: see above", "*password*: hunter2", "<https://a.example|password: hunter2>", "> password: hunter2",
    "Decision: approve\nDecision: password: x1y2",
])  # fmt: skip
def test_what_looks_like_a_secret_is_nothing_else(text: str) -> None:
    assert read(text, (KEY, NAME), 5, PAGE) == LooksSecret()


@pytest.mark.parametrize("text", [
    "approve", "reject because the token is expired", "reject because the secret must not be shared",
    "why a new key?", "changes: use basic monitoring", "changes: rotate the key once a month",
    "changes: db.t3.micro in us-east-1a instead", "approve\nname = read-later-digest-staging-2026-11-27",
    f"reject because sha256:{DIGEST} is not what was built",
    "reject because commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b broke it", f"see {UUID(int=77)}",
    "changes: use awsEcsTaskExecutionRoleForStaging", "see https://github.com/acme/app/pull/123/files", "hm?", "👍",
    "", "arn:aws:iam::123456789012:role/awsEcsTaskExecutionRole", "DATABASE_URL_STAGING_PRIMARY is not set", "2",
])  # fmt: skip
def test_what_people_say_is_no_secret(text: str) -> None:
    assert read(text, (NAME,), 5, PAGE) != LooksSecret()


@pytest.mark.parametrize("where", [
    "", "–", "-", "none", "n/a", "in the vault", "In the vault.", PAGE, f"{PAGE}/credentials/x",
    f"<{PAGE}/checkpoints/a/1>", f"<{PAGE}/checkpoints/a/1|the desk>",
])  # fmt: skip
def test_credentials_are_only_where_the_desk_keeps_them(where: str) -> None:
    said = f"Decision: approve\nCredentials: {where}\nNext steps: go on"
    assert read(said, (), 5, PAGE) == Reply(Verdict.APPROVE, {}, "", "go on")


@given(st.integers(0, 2**64), st.sampled_from(["approve", "reject because of it", "what?"]), st.booleans())
def test_what_was_drawn_at_random_is_found_wherever_it_stands(seed: int, said: str, first: bool) -> None:
    drawn = Random(seed)
    made = [
        "".join(drawn.choice(ALNUM) for _ in range(40)),
        drawn.randbytes(24).hex(),
        base64.urlsafe_b64encode(drawn.randbytes(32)).decode(),
    ]
    for value in made:
        assert looks_secret(f"{value} {said}" if first else f"{said}\n{value}")


def test_a_secret_at_the_end_of_a_long_text_is_found() -> None:
    for before in (7_900, 8_000, 13_990, 39_000):
        assert read("a " * (before // 2) + f"password: {secrets.token_hex(4)}", ()) == LooksSecret()
