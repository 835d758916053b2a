"""The desk's own login at AWS: what it makes and drops, and what it says when it can't, without repeating a key."""

import traceback
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.cloud.aws import Aws
from checkpoints.core.errors import Countersign, Refused, Unavailable
from tests.stage.servers.amazon import SECRET, Amazon
from tests.stage.wires.between import between


@pytest.fixture(scope="module")
def somebody(amazon: Amazon, tmp_path_factory: pytest.TempPathFactory) -> tuple[Aws, str]:
    aws = amazon.login(tmp_path_factory.mktemp("keys") / "aws")
    return aws, amazon.user(aws, f"somebody-{uuid4().hex[:8]}")


def test_a_key_is_made_listed_and_dropped_and_again_is_no_error(somebody: tuple[Aws, str]) -> None:
    aws, user = somebody
    made = aws.make(user)
    assert made.secret not in repr(made)
    assert set(aws.made(user)) == {made.id}
    aws.drop(user, made.id)
    aws.drop(user, made.id)
    aws.drop("nobody-at-all", made.id)
    assert (aws.made(user), aws.made("nobody-at-all")) == ({}, {})


def test_no_third_key_and_none_for_nobody(somebody: tuple[Aws, str]) -> None:
    aws, user = somebody
    made = [aws.make(user) for _ in range(2)]
    with pytest.raises(Refused, match="has two already"):
        aws.make(user)
    for each in made:
        aws.drop(user, each.id)
    for name, told in (("nobody-at-all", "knows no IAM user"), ("a b", "no name of an IAM user"), ("", "no name")):
        with pytest.raises(Refused, match=told):
            aws.make(name)


def test_the_environment_says_neither_who_it_is_nor_where(
    somebody: tuple[Aws, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    aws, user = somebody
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "another"),
        ("AWS_PROFILE", "another"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_CONFIG_FILE", str(tmp_path)),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
    ):
        monkeypatch.setenv(name, value)
    assert aws.made(user) == {}


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0, "has no login at AWS"),
        ('access_key_id = "a"\n', 0o600, "is no login at AWS"),
        (f'access_key_id = "{SECRET}', 0o600, "can't be read"),
        (f'access_key_id = "{SECRET}"\nsecret_access_key = "{SECRET}"\nregion = "x"\nmore = "1"\n', 0o600, "no login"),
        (f'secret_access_key = "{SECRET}"\n', 0o644, "Others can read"),
    ],
)
def test_a_file_that_is_open_to_others_or_no_login_is_not_used(
    tmp_path: Path, content: str | None, mode: int, told: str
) -> None:
    file = tmp_path / "aws"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    with pytest.raises(Unavailable, match=told) as no:
        Aws(file).make("somebody")
    assert SECRET not in "".join(traceback.format_exception(no.value))


@pytest.mark.promise("F5.1")
def test_whatever_aws_answers_or_doesn_t_no_key_is_repeated(amazon: Amazon, tmp_path: Path) -> None:
    def denied(code: str) -> Callable[[object], tuple[int, bytes]]:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{SECRET}</Message></Error></ErrorResponse>"
        return lambda _: (403, text.encode())

    with between(amazon.url) as way:
        aws = Amazon(way.address).login(tmp_path / "aws")
        for trouble, told in (
            (denied("AccessDenied"), "doesn't allow the desk this"),
            (denied("InvalidClientTokenId"), "doesn't allow the desk this"),
            (denied("Throttling"), "does not answer"),
            (lambda _: (200, SECRET.encode()), "does not answer"),
            (lambda _: (500, SECRET.encode()), "does not answer"),
        ):
            way.trouble = trouble
            with pytest.raises(Countersign, match=told) as no:
                aws.make("somebody")
            assert SECRET not in "".join(traceback.format_exception(no.value))
    with pytest.raises(Unavailable, match="does not answer"):
        aws.make("somebody")
