"""A release is its bytes: the same bytes have the same digest, any other have another, and nothing else is taken."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from checkpoints.cloud.sandbox.releases import MOST_BYTES, MOST_FILES, Releases, digest_of, written
from checkpoints.core.errors import Refused
from tests.stage.releases import variant

CASE = "read-later-digest"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path / "sources"


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "releases")


def test_the_same_bytes_have_the_same_digest(sources: Path) -> None:
    one, other = (digest_of(written(sources, variant(sources, name))) for name in ("one", "other"))
    assert one == other


def test_when_and_how_a_file_was_written_is_no_part_of_it(sources: Path) -> None:
    before = digest_of(written(sources, variant(sources, "mine")))
    os.utime(sources / "mine" / "app.py", (0, 0))
    (sources / "mine" / "app.py").chmod(0o755)
    assert digest_of(written(sources, "mine")) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "app.py").write_text((folder / "app.py").read_text() + "\n"),
        lambda folder: (folder / "app.py").rename(folder / "application.py"),
        lambda folder: (folder / "page.py").unlink(),
        lambda folder: (folder / "more").write_bytes(b""),
    ],
    ids=["a byte", "a name", "one less", "one more"],
)
def test_any_change_gives_another_digest(sources: Path, change: Callable[[Path], object]) -> None:
    before = digest_of(written(sources, variant(sources, "mine")))
    change(sources / "mine")
    assert digest_of(written(sources, "mine")) != before


def test_what_tools_leave_behind_is_no_part_of_it(sources: Path) -> None:
    before = digest_of(written(sources, variant(sources, "mine")))
    for left in ("__pycache__/app.pyc", "tests/__pycache__/x.pyc", ".git/config", ".env"):
        (sources / "mine" / left).parent.mkdir(exist_ok=True)
        (sources / "mine" / left).write_text("left")
    assert digest_of(written(sources, "mine")) == before


def test_it_says_what_it_needs_and_brings(sources: Path, releases: Releases) -> None:
    release = releases.keep(CASE, written(sources, variant(sources, "mine")))
    assert release.secrets == ("pocket", "sendgrid")
    assert [name for name, _ in release.migrations] == ["migrations/001_articles.sql", "migrations/002_summaries.sql"]
    assert [name for name, _ in release.imports] == ["imports/001_saved_articles.sql"]
    assert release.as_parameters() == {"release": release.digest, "files": release.files, "size": release.size}


def test_it_is_kept_whole_and_can_only_be_read(sources: Path, releases: Releases) -> None:
    files = written(sources, variant(sources, "mine"))
    kept = releases.take(CASE, releases.keep(CASE, files).digest)
    assert releases.files(CASE, kept.release.digest) == files
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (kept.folder, *kept.folder.rglob("*"))}
    assert modes == {0o500, 0o400}


def test_keeping_it_again_changes_nothing(sources: Path, releases: Releases) -> None:
    files = written(sources, variant(sources, "mine"))
    first = releases.keep(CASE, files)
    assert releases.keep(CASE, files) == first
    assert [folder.name for folder in (releases.root / CASE).iterdir()] == [first.digest]


@pytest.mark.parametrize("planted", ["app.py", "tests/__pycache__/test_app.pyc", ".env", "more.py"])
def test_a_kept_release_that_was_changed_is_refused(sources: Path, releases: Releases, planted: str) -> None:
    release = releases.keep(CASE, written(sources, variant(sources, "mine")))
    file = releases.root / CASE / release.digest / planted
    for folder in (releases.root / CASE / release.digest, file.parent):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    file.unlink(missing_ok=True)
    file.write_text("planted")
    with pytest.raises(Refused, match="was changed since"):
        releases.take(CASE, release.digest)


def test_building_it_again_mends_it(sources: Path, releases: Releases) -> None:
    files = written(sources, variant(sources, "mine"))
    release = releases.keep(CASE, files)
    file = releases.root / CASE / release.digest / "app.py"
    file.chmod(0o600)
    file.write_text("planted")
    assert releases.keep(CASE, files) == release
    assert releases.files(CASE, release.digest) == files


def test_one_that_is_not_kept_is_refused(releases: Releases) -> None:
    with pytest.raises(Refused, match="isn't kept"):
        releases.take(CASE, "0" * 64)


def test_a_link_in_place_of_a_kept_release_is_refused(sources: Path, releases: Releases) -> None:
    release = releases.keep(CASE, written(sources, variant(sources, "mine")))
    folder = releases.root / CASE / release.digest
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    with pytest.raises(Refused, match="isn't kept"):
        releases.take(CASE, release.digest)


@pytest.mark.promise("E7.2")
@pytest.mark.parametrize(
    "folder", ["..", "../keys", "/etc", ".", "", "a//b", "a/../b", ".git", "-x", "a\n", "a/", "x" * 300]
)
def test_a_folder_outside_the_repository_is_refused(sources: Path, folder: str) -> None:
    with pytest.raises(Refused, match="Nothing was kept"):
        written(sources, folder)


@pytest.mark.promise("E7.1")
@pytest.mark.parametrize("name", ["..", "../x", "A", "", "a/b", "-x", "x" * 81])
def test_a_name_of_a_case_reaches_no_path_outside(sources: Path, releases: Releases, name: str) -> None:
    files = written(sources, variant(sources, "mine"))
    with pytest.raises(Refused, match="Nothing was started"):
        releases.keep(name, files)
    with pytest.raises(Refused, match="Nothing was started"):
        releases.take(CASE, f"../{name}")


def test_links_are_refused_wherever_they_lead(sources: Path) -> None:
    variant(sources, "mine")
    for number, place in enumerate(("a", "tests/a")):
        (sources / "mine" / place).symlink_to("app.py" if number else "/etc")
        with pytest.raises(Refused, match="is a link"):
            written(sources, "mine")
        (sources / "mine" / place).unlink()
    (sources / "linked").symlink_to("mine")
    with pytest.raises(Refused, match="no folder"):
        written(sources, "linked")


def test_what_is_no_file_is_refused(sources: Path) -> None:
    variant(sources, "mine")
    os.mkfifo(sources / "mine" / "pipe")
    with pytest.raises(Refused, match="no plain file"):
        written(sources, "mine")


def test_too_much_is_refused(sources: Path) -> None:
    folder = sources / "mine"
    variant(sources, "mine")
    with (folder / "large").open("wb") as file:
        file.truncate(MOST_BYTES)
    with pytest.raises(Refused, match="bytes"):
        written(sources, "mine")
    (folder / "large").unlink()
    for number in range(MOST_FILES):
        (folder / f"file-{number}").touch()
    with pytest.raises(Refused, match="files"):
        written(sources, "mine")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "There is no release.toml"),
        ("", "start"),
        ('start = "app.py"\nmore = 1', "more"),
        ('start = "../app.py"', "start"),
        ('start = "/bin/sh"', "start"),
        ('start = "app.py"\ntests = "../tests"', "tests"),
        ('start = "app.py"\nhealth = "http://elsewhere/"', "health"),
        ('start = "app.py"\nsecrets = ["../pocket"]', "secrets"),
        ('start = "gone.py"', "isn't there"),
        ("start = ", "can't be read"),
    ],
)
def test_a_release_that_says_nonsense_of_itself_is_refused(
    sources: Path, releases: Releases, text: str | None, says: str
) -> None:
    with pytest.raises(Refused, match=says):
        releases.keep(CASE, written(sources, variant(sources, "mine", {"release.toml": text})))
    assert not releases.root.exists()
