"""The folder of evidence: what is read is what was kept, whatever somebody did to it meanwhile."""

import os
import stat
import time
from pathlib import Path

import pytest

from checkpoints.core.errors import Refused, Unavailable
from checkpoints.store.from_outside.files import MOST_BYTES, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "files")


def where(folder: Folder, sha256: str) -> Path:
    return folder.root / sha256[:2] / sha256


def test_a_file_lies_under_its_sha256_and_only_its_owner_reads_it(folder: Folder) -> None:
    sha256 = folder.put(b"seen")
    assert folder.get(sha256) == b"seen"
    assert stat.S_IMODE(where(folder, sha256).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    assert folder.put(b"seen") == sha256
    assert [path.name for path in where(folder, sha256).parent.iterdir()] == [sha256]


def test_a_file_that_was_changed_is_not_given_out_and_can_be_kept_anew(folder: Folder) -> None:
    sha256 = folder.put(b"seen")
    where(folder, sha256).write_bytes(b"other")
    with pytest.raises(Refused, match="was changed"):
        folder.get(sha256)
    assert folder.get(folder.put(b"seen")) == b"seen"


def test_a_link_or_a_pipe_in_its_place_leads_nowhere(folder: Folder, tmp_path: Path) -> None:
    sha256 = folder.put(b"seen")
    (tmp_path / "elsewhere").write_bytes(b"seen")
    where(folder, sha256).unlink()
    where(folder, sha256).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="is not there"):
        folder.get(sha256)
    where(folder, sha256).unlink()
    os.mkfifo(where(folder, sha256))
    began = time.monotonic()
    with pytest.raises(Refused, match="is not there"):
        folder.get(sha256)
    assert time.monotonic() - began < 1
    assert folder.get(folder.put(b"seen")) == b"seen"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "G" * 64, "A" * 64, "a" * 64 + "\n", "-x"])
@pytest.mark.promise("E7.1")
def test_a_name_that_is_none_reaches_no_path(folder: Folder, name: str) -> None:
    with pytest.raises(Refused, match="no such file"):
        folder.get(name)


def test_too_much_is_not_kept(folder: Folder) -> None:
    with pytest.raises(Refused, match=r"10,000,001 bytes"):
        folder.put(b"x" * (MOST_BYTES + 1))
    assert not folder.root.exists()


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    with pytest.raises(Unavailable, match="can't be kept"):
        Folder(tmp_path / "files").put(b"seen")
