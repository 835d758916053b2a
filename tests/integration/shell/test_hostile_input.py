"""Junk and tricks at the shell's door: refused with the reason, at once, and nothing is stored but the try."""

import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from checkpoints.actions import reading
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Field, FieldSort
from checkpoints.core.view import Checkpoint
from tests.integration.page.test_hostile_input import told
from tests.integration.shell.commands import EXECUTABLE, SCRIPT, Said, Shell
from tests.stage.desks import Office, spend

PYTHON = Path(sys.executable)
# A process of its own in between: what a child had before its exec, our memory, would count as the child's.
PEAK = """if True:
    import resource, subprocess, sys
    code = subprocess.run(sys.argv[1:]).returncode
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    sys.exit(code)
"""
MEGABYTE = 1024 * 1024
WORK = 0.5
"""Seconds; the imports, which every command begins with, take about half a second at most."""
AGAIN = 3
TIMES = range(1, 2 + AGAIN)
"""How often what is refused at once was tried: once, and where that took long, again. Each try is a line."""
DEEP = 10_000
BRIEF = b"""name = "Junk"
type = "web-application"
does = "Nothing."
aws_services = ["ECS"]
release = "samples/junk"
client = { name = "Nobody", location = "New York, US" }
"""
COST = b"monthly_cost = { low = 1, high = 2, budget = 3 }\n"
JUNK = {
    "one megabyte": (b"#" * MEGABYTE, "over 64 KiB"),
    "fifty megabytes": (b"x" * 50 * MEGABYTE, "over 64 KiB"),
    "nested arrays": (b"deep = " + b"[" * DEEP + b"]" * DEEP, "nested too deep"),
    "nested tables": (b"deep = " + b"{a=" * DEEP + b"1" + b"}" * DEEP, "nested too deep"),
    "a key of ten thousand parts": (b"a." * DEEP + b"a = 1", "nested too deep"),
    "many keys of many parts": (b"".join(b"k%d.%sa = 1\n" % (n, b"a." * 190) for n in range(150)), "is not known"),
    "not a number": (BRIEF + COST.replace(b"low = 1", b"low = nan"), "low"),
    "beyond all numbers": (BRIEF + COST.replace(b"high = 2", b"high = 1e309"), "high"),
    "infinity": (BRIEF + COST.replace(b"budget = 3", b"budget = inf"), "budget"),
    "fifty thousand digits": (BRIEF + COST.replace(b"high = 2", b"high = " + b"9" * 50_000), "digits"),
    "less than nothing": (BRIEF + COST.replace(b"low = 1", b"low = -1"), "low"),
    "one key twice": (BRIEF + COST + b'name = "Other"\n', "line"),
    "bytes that are no text": (BRIEF + COST + b"# \xff\xfe\n", "not UTF-8"),
    "a NUL": (BRIEF.replace(b"Junk", b"Ju\0nk") + COST, "line"),
    "a NUL by escape": (BRIEF.replace(b"Junk", rb"Ju\u0000nk") + COST, "name"),
    "nothing": (b"", "missing"),
}
TRICKS = [
    "../..",
    "; rm -rf canary",
    "$(touch canary)",
    "sample/1' or '1'='1",
    "a" * 100_000,
    "-chdir=..",
    "",
]
MORE_TRICKS = [
    "sample/../1",
    "`touch canary`",
    "sample/1; touch canary",
    "sample/-1",
    "sample/0",
    "sample/１",
    "sample/99999999999999999999",
    "%s%n",
    "-",
]
IDS = [*TRICKS, *(pytest.param(trick, marks=pytest.mark.long) for trick in MORE_TRICKS)]


def lines(office: Office) -> int:
    return reading.audit_page(office.desk, 1).total


def refused(
    shell: Shell, codes: tuple[int, ...], *words: str | bytes, said: bytes = b"", program: Path | None = None
) -> Said:
    """With a reason, and without a traceback."""
    heard = shell.run(*words, said=said, program=program)
    assert heard.code in codes, heard.out + heard.err
    assert heard.err.strip()
    assert "Traceback" not in heard.err
    return heard


def refused_at_once(shell: Shell, codes: tuple[int, ...], *words: str | bytes, said: bytes = b"") -> Said:
    """In half a second of work beyond the imports; else in under a second with them, started anew.

    The least of three, for what else the machine does can only add to it; where bare imports alone take over half
    a second just now, under twice as long as those.
    """
    heard = refused(shell, codes, *words, said=said)
    if heard.cpu >= WORK:
        took: list[float] = []
        while not took or (min(took) >= 1 and len(took) < AGAIN):
            took.append(shell.run(*words, said=said, program=EXECUTABLE).cpu)
        assert min(took) < 1 or min(took) < 2 * shell.bare()
    return heard


@pytest.mark.promise("E4.1")
@pytest.mark.parametrize("name", JUNK)
def test_a_junk_brief_is_refused_with_the_reason_and_nothing_is_stored(shell: Shell, name: str) -> None:
    document, reason = JUNK[name]
    before = lines(shell.office)
    said = refused_at_once(shell, (3,), "project", "start", "-", said=document)
    assert reason in said.err
    assert "Nothing was stored." in said.err
    assert len(said.err) < 4_000
    assert reading.projects(shell.office.desk) == []
    assert lines(shell.office) == before


@pytest.mark.promise("E4.1")
def test_memory_stays_flat_however_much_is_sent(shell: Shell) -> None:
    sizes = []
    for document in (b"junk", b"x" * 50 * MEGABYTE):
        said = shell.run("-c", PEAK, str(EXECUTABLE), "project", "start", "-", said=document, program=PYTHON)
        assert said.code == 3
        sizes.append(int(said.out))
    assert sizes[1] - sizes[0] < 8 * 1024


@pytest.mark.promise("E4.1")
def test_a_good_brief_starts_a_case_and_its_name_is_taken_then(shell: Shell) -> None:
    said = shell.run("project", "start", "-", said=BRIEF + COST)
    assert said.code == 0, said.err
    assert "countersign project show junk" in said.out
    refused_at_once(shell, (3,), "project", "start", "-", said=BRIEF + COST)
    assert len(reading.projects(shell.office.desk)) == 1


@pytest.mark.promise("E4.1")
@pytest.mark.parametrize("path", ["none.toml", ".", "../../../../etc/shadow\n", "/proc/self/mem", "a" * 5_000])
def test_a_brief_that_can_not_be_read_is_refused(shell: Shell, path: str) -> None:
    refused_at_once(shell, (3,), "project", "start", "--", path)
    assert reading.projects(shell.office.desk) == []


@pytest.fixture
def point(office: Office) -> Checkpoint:
    """sample/1, with an unbounded number and a text to fill in."""
    number = Field("many", "How many", FieldSort.NUMBER)
    return office.ask(office.case(), spend(fields=(number, Field("why", "Why", FieldSort.TEXT))))


@pytest.mark.promise("E4.3")
@pytest.mark.parametrize(
    "junk", ["x" * 100_000, "NaN", "1e309", "1e-999999", "-Infinity", "[" * DEEP, b"\xff\xfe", "\x1b[2J\x07", "\u202e"]
)
def test_junk_in_a_field_is_refused_and_nothing_is_recorded(shell: Shell, point: Checkpoint, junk: str | bytes) -> None:
    value, before = junk.encode() if isinstance(junk, str) else junk, lines(shell.office)
    refused_at_once(shell, (3,), "approve", point.label, "--yes", b"--set=many=" + value, "--set=why=x")
    assert answers(shell.office) == 0
    assert lines(shell.office) - before in TIMES
    assert shell.office.show(point).state is State.OPEN


@pytest.mark.promise("E4.3")
@pytest.mark.parametrize(
    "words",
    [
        ("approve", "--yes", "--set=many=1", "--set=why=x", "--note"),
        ("reject", "--because"),
        ("change", "--what"),
        ("withdraw", "--because"),
        ("reopen", "--because"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("junk", [b"x" * 100_000, b"\xff\xfe"], ids=["100 KB", "not UTF-8"])
def test_junk_in_a_note_is_refused_and_nothing_is_recorded(
    shell: Shell, point: Checkpoint, words: tuple[str, ...], junk: bytes
) -> None:
    before = lines(shell.office)
    refused_at_once(shell, (3,), *words, junk, point.label)
    assert answers(shell.office) == 0
    assert lines(shell.office) - before in TIMES
    assert shell.office.show(point).state is State.OPEN


@pytest.mark.promise("E4.3")
def test_a_token_of_fifty_megabytes_is_no_token(shell: Shell) -> None:
    before = lines(shell.office)
    refused_at_once(shell, (3,), "sign-in", "--token-stdin", said=b"x" * 50 * MEGABYTE)
    assert lines(shell.office) - before in TIMES
    before = lines(shell.office)
    refused_at_once(shell, (4,), "sign-in", "--token-stdin", said=b"\0\xff")
    assert lines(shell.office) - before in TIMES


@pytest.mark.promise("H5.12")
def test_junk_of_nobody_is_counted_and_leaves_no_line(shell: Shell) -> None:
    assert shell.run("sign-out").code == 0
    before, counted = told(shell.office)
    refused(shell, (3,), "reject", "--because", b"\xff", "sample/1")
    assert told(shell.office) == (before, counted + 1)


@pytest.mark.promise("E7.1", "H5.8")
@pytest.mark.parametrize("id", IDS, ids=lambda id: id[:24] or "empty")
def test_an_id_stays_an_id(shell: Shell, point: Checkpoint, id: str) -> None:
    before = lines(shell.office)
    refused(shell, (3,), "show", "--", id)
    # Whoever only looks is not written down.
    assert lines(shell.office) == before
    acting = refused(shell, (2, 3), "--reject", "x", id, program=SCRIPT)
    assert list(shell.folder.iterdir()) == []
    # What the script takes for an option, or for nothing, is never tried.
    assert lines(shell.office) == before + (acting.code == 3)
    assert shell.office.show(point).state is State.OPEN


@pytest.mark.promise("E7.1")
@pytest.mark.parametrize("id", ["-chdir=/", "--yes", "-x", "--database-url=x"])
def test_an_id_with_a_leading_dash_is_an_option_that_is_not_there(shell: Shell, point: Checkpoint, id: str) -> None:
    refused(shell, (2,), "show", id)
    refused(shell, (2,), id, program=SCRIPT)
    assert shell.office.show(point).state is State.OPEN


def answers(office: Office) -> int:
    with office.desk.transaction() as tx:
        return int(tx.execute(text("select count(*) from desk.answer")).scalar_one())
