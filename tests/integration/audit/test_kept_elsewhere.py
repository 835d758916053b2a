"""Signed heads are put where whoever may change the database can't reach: a git repository, and a mailbox."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.actions.audit import anchoring, depositing
from checkpoints.actions.audit.depositing import Elsewhere
from checkpoints.channels.smtp import Smtp
from checkpoints.core.audit import Anchor
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.store.desk import Desk
from checkpoints.store.secret.anchors import Signer, checked
from tests.fakes.post_office import PostOffice, running_post_office, text
from tests.integration.desk.moments import later
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office

READER = "auditor@example.com"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty git repository with a hook that would be noticed."""
    found = tmp_path / "evidence"
    subprocess.run(["git", "init", "--quiet", str(found)], check=True)
    hook = found / ".git/hooks/reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    return found


@pytest.fixture
def post() -> Iterator[PostOffice]:
    """A mail server."""
    with running_post_office() as running:
        yield running


def sending(office: Office, url: str) -> Desk:
    """The office's desk with a mail server."""
    return replace(office.desk, channels={"mail": Smtp(url, "desk@agency.example", office.desk.home / "keys/smtp")})


def signed(desk: Desk) -> tuple[Anchor, Path]:
    """The audit's end as it is now."""
    found = anchoring.anchor(desk)
    assert found is not None
    return found


def blob(repository: Path, tag: str) -> bytes:
    """What a tag names."""
    return subprocess.check_output(["git", "-C", str(repository), "cat-file", "blob", tag])


def test_a_tag_holds_the_file_is_made_once_and_runs_no_hook(office: Office, repository: Path, tmp_path: Path) -> None:
    head, file = signed(office.desk)
    name = depositing.as_tag(head, file, repository)
    assert name == f"countersign-audit-{head.number:09}"
    assert blob(repository, name) == file.read_bytes()
    made = (repository / ".git/refs/tags" / name).read_bytes()
    depositing.deposit(office.desk, head, file, Elsewhere(repository))
    assert (repository / ".git/refs/tags" / name).read_bytes() == made
    assert not (tmp_path / "hooked").exists()


def test_a_tag_that_says_something_else_is_left_and_said(office: Office, repository: Path) -> None:
    head, file = signed(office.desk)
    other = file.with_name("other.json")
    other.write_text("{}")
    name = depositing.as_tag(head, file, repository)
    other.rename(file)
    with pytest.raises(Refused, match=f"has a tag {name} that says something else"):
        depositing.as_tag(head, file, repository)
    assert blob(repository, name) != b"{}"


def test_a_folder_that_is_no_repository_is_refused_in_gits_own_words(office: Office, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"not a git repository.*No tag was made"):
        depositing.as_tag(*signed(office.desk), tmp_path)


def test_a_mail_brings_the_file_once_a_day(office: Office, post: PostOffice) -> None:
    desk, elsewhere = sending(office, post.url), Elsewhere(mail_to=READER)
    head, file = signed(desk)
    depositing.deposit(desk, head, file, elsewhere)
    office.case()
    depositing.deposit(desk, *signed(desk), elsewhere)
    (mail,) = post.to(READER)
    assert mail["Subject"] == f"Audit: line {head.number} is signed"
    saved = file.with_name("saved.json")
    saved.write_text(text(mail).replace("\r\n", "\n").split("-----8<-----\n")[1].split("----->8-----")[0])
    assert checked([saved], Signer(desk.home).public_key) == [head]
    later(office, "24 hours")
    office.case("another")
    depositing.deposit(desk, *signed(desk), elsewhere)
    assert len(post.to(READER)) == 2


def test_a_place_that_takes_nothing_keeps_it_from_no_other(office: Office, repository: Path, post: PostOffice) -> None:
    with running_post_office() as closed:
        pass
    head, file = signed(office.desk)
    with pytest.raises(Unavailable, match="the mail server does not answer"):
        depositing.deposit(sending(office, closed.url), head, file, Elsewhere(repository, READER))
    assert blob(repository, depositing.tag_of(file))
    with pytest.raises(Unavailable, match="not a git repository"):
        depositing.deposit(sending(office, post.url), head, file, Elsewhere(repository.parent, READER))
    assert len(post.to(READER)) == 1


def test_on_demand_in_the_shell_and_doctor_looks(shell: Shell, office: Office, repository: Path) -> None:
    (office.settings.home / "settings.toml").write_text(f'anchor_git = "{repository}"\n')
    assert "This desk sends no mail yet" in shell.run("audit", "anchor", "--mail", READER).err
    assert "is no tag in" in shell.run("doctor").out
    assert "the tag countersign-audit-0000" in shell.run("audit", "anchor", "--git", str(repository)).out
    assert "is no tag in" not in shell.run("doctor").out
