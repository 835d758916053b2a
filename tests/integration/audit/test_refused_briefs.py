"""A brief that the shell refuses before it reaches the database is in the audit all the same, once, by the porter."""

import fcntl
import json
from pathlib import Path

import pytest

from checkpoints.actions import reading
from checkpoints.actions.from_outside import overhearing
from checkpoints.core.errors import Unread
from checkpoints.store.from_outside import shell_log
from checkpoints.store.work.watched.refusals import UpTo
from flows.delivery import brief
from tests.integration.shell.commands import Shell
from tests.integration.shell.test_hostile_input import BRIEF, COST, MEGABYTE
from tests.stage.desks import Office

ACCOUNT = "the shell's account on desk-1"
BRIEFS = {
    "over 64 KiB": b"x" * MEGABYTE,
    "not TOML": BRIEF.replace(b"Junk", b"Ju\0nk\x1b[2J\nhunter2") + COST,
    "line 7: is not known here": BRIEF + b'hunter2 = "hunter2"\n' + COST,
    "line 5: String should match pattern": BRIEF.replace(b"samples/junk", b"../../hunter2") + COST,
    "line 1: must begin with a letter": BRIEF.replace(b"Junk", b"; rm -rf hunter2" * 3) + COST,
}
"""By the reason: junk, and what names something wrongly."""
IN_THE_SHELL = ("over 64 KiB", "line 5: String should match pattern")


def hear(office: Office, ear: overhearing.Ear | None = None) -> int:
    return overhearing.overhear(office.desk, "shell", ear or overhearing.of_shell(office.settings.home, ACCOUNT))


def tries(office: Office) -> list[str]:
    """Why each was refused, the oldest first."""
    found = [
        json.loads(line.body) for line in reading.audit_page(office.desk, 200).lines if line.event == "try refused"
    ]
    assert {(one["by"], one["tried"], one["checkpoint"]) for one in found} <= {(ACCOUNT, "start a project", "")}
    return [str(one["why"]) for one in reversed(found)]


@pytest.mark.promise("H5.2")
def test_a_brief_that_the_shell_refuses_is_a_line_with_its_size_and_the_reason(office: Office, shell: Shell) -> None:
    typed = {reason: BRIEFS[reason] for reason in IN_THE_SHELL}
    for document in typed.values():
        assert shell.run("project", "start", "-", said=document).code == 3
    assert shell.run("project", "start", "none.toml").code == 3
    # While no porter runs they wait.
    assert tries(office) == []
    assert hear(office) == len(typed) + 1
    *found, last = tries(office)
    for line, (reason, document) in zip(found, typed.items(), strict=True):
        size = min(len(document), 64 * 1024 + 1)
        assert line.startswith(f"a brief of {size:,} bytes: {reason}")
    assert last.startswith("a brief: the file can't be read: No such file")
    # Each once, however often it is listened to, and then the file is empty.
    assert hear(office) == hear(office) == 0
    assert shell_log.file_of(office.settings.home).stat().st_size == 0
    assert shell_log.file_of(office.settings.home).stat().st_mode & 0o777 == 0o600


@pytest.mark.promise("H5.2")
@pytest.mark.parametrize("reason", BRIEFS)
def test_the_reason_is_in_our_words_alone(reason: str) -> None:
    with pytest.raises(Unread) as no:
        brief.read(BRIEFS[reason])
    assert no.value.reason.startswith(reason)
    assert "hunter2" not in no.value.reason


@pytest.mark.promise("H5.2")
def test_each_is_a_line_once_wherever_the_porter_dies(office: Office) -> None:
    home, ear = office.settings.home, overhearing.of_shell(office.settings.home, ACCOUNT)

    def dies(before: UpTo) -> tuple[UpTo, list[overhearing.Heard]]:
        ear(before)
        raise KeyboardInterrupt

    for number in range(3):
        shell_log.write(home, f"brief {number}")
        # Before it is in the audit; and after, whether or not the file was emptied by then.
        with pytest.raises(KeyboardInterrupt):
            hear(office, dies)
        assert hear(office) == 1
        if number:
            with pytest.raises(KeyboardInterrupt):
                hear(office, dies)
        # As many as there were before, and more, in the file that was emptied.
        for more in range(number + 2):
            shell_log.write(home, f"brief {number}.{more}")
        assert hear(office) == number + 2
        assert hear(office) == 0
    assert tries(office) == [
        one for n in range(3) for one in (f"brief {n}", *(f"brief {n}.{more}" for more in range(n + 2)))
    ]


@pytest.mark.promise("H5.2")
def test_whoever_tries_without_end_fills_no_file_and_what_has_no_room_is_counted(office: Office) -> None:
    home, file = office.settings.home, shell_log.file_of(office.settings.home)
    shell_log.write(home, "the first")
    counted = shell_log.IN_WORDS - file.stat().st_size
    with file.open("ab") as end:
        end.write(b"\n" * counted)
    for _ in range(5):
        shell_log.write(home, "x" * 300)
    assert file.stat().st_size == shell_log.IN_WORDS + 5
    assert hear(office) == 1 + counted + 5
    assert tries(office) == ["the first", overhearing.NO_ROOM]
    with file.open("ab") as end:
        end.truncate(shell_log.FULL)
    shell_log.write(home, "one more")
    assert file.stat().st_size == shell_log.FULL


@pytest.mark.promise("H5.2")
def test_what_is_written_there_by_hand_says_of_nobody_else_that_they_tried(office: Office) -> None:
    file = shell_log.file_of(office.settings.home)
    file.parent.mkdir(exist_ok=True)
    forged = {"why": "no\n2026 approved\x1b[2J\0", "by": "Ada", "besides": 10**9, "tried": "approve"}
    file.write_bytes(b"\0\xff" * 500 + b"\n" + json.dumps(forged).encode() + b"\n[[\n\xff\0\nnull\n{half a line")
    assert hear(office) == 4
    first, *others = tries(office)
    assert first == "no�2026 approved�[2J�"
    assert others == [overhearing.NO_WORDS] * 3
    # The rest of the line comes with the next.
    shell_log.write(office.settings.home, "good")
    shell_log.write(office.settings.home, "good")
    assert (hear(office), hear(office)) == (2, 0)
    assert file.stat().st_size == 0


@pytest.mark.parametrize("spoiled", ["a link", "kept by somebody"])
def test_where_it_can_t_be_written_the_refusal_says_so(office: Office, shell: Shell, spoiled: str) -> None:
    file = shell_log.file_of(office.settings.home)
    file.parent.mkdir(exist_ok=True)
    another = file.with_name("another")
    with another.open("wb") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        (file.symlink_to if spoiled == "a link" else file.hardlink_to)(another)
        said = shell.run("project", "start", "-", said=b"junk")
    assert said.code == 3
    assert "Nothing was stored." in said.err
    assert "nobody will read of this try" in said.err
    assert another.read_bytes() == b""


def test_where_there_is_no_desk_a_refusal_makes_none(tmp_path: Path) -> None:
    shell_log.write(tmp_path / "home", "junk")
    assert list(tmp_path.iterdir()) == []
