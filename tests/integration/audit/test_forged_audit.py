"""The verifier finds what even the owner of the tables does to the audit."""

import json
from pathlib import Path

import pytest

from checkpoints.actions.audit import anchoring
from checkpoints.core.errors import Refused, Unavailable
from checkpoints.store.secret.anchors import Signer
from tests.integration.audit.forging import CUT_OFF, WRITTEN_ANEW, Forge
from tests.stage.desks import Office, spend


def found(office: Office) -> str:
    return "\n".join(anchoring.verify(office.desk).wrong)


@pytest.mark.promise("H1.1")
@pytest.mark.parametrize("column", ["at", "login", "event", "body"])
def test_an_edited_line_is_found(office: Office, forge: Forge, column: str) -> None:
    forge(f"update desk.audit_line set {column} = {column} || ' ' where number = 3")
    assert "line 3: its content was changed" in found(office)


@pytest.mark.promise("H1.2")
def test_two_lines_in_another_order_are_found(office: Office, forge: Forge) -> None:
    forge("update desk.audit_line set number = 1000 where number = 3")
    forge("update desk.audit_line set number = 3 where number = 4")
    forge("update desk.audit_line set number = 4 where number = 1000")
    assert "line 3: does not follow the line before it" in found(office)


@pytest.mark.promise("H1.3")
def test_a_line_deleted_in_the_middle_is_found(office: Office, forge: Forge) -> None:
    forge("delete from desk.audit_line where number = 3")
    assert "line 3: missing" in found(office)


@pytest.mark.promise("H1.4")
def test_a_line_deleted_at_the_end_is_found(office: Office, forge: Forge) -> None:
    forge("delete from desk.audit_line where number = (select max(number) from desk.audit_line)")
    assert "the end was changed" in found(office)


@pytest.mark.promise("H1.4")
def test_a_line_deleted_at_the_end_is_found_also_when_more_were_written_since(office: Office, forge: Forge) -> None:
    last = anchoring.verify(office.desk).lines
    forge(f"delete from desk.audit_line where number = {last}")
    office.ask(office.case("later"), spend("60"))
    assert f"line {last}: missing" in found(office)


@pytest.mark.promise("H1.5")
def test_an_audit_written_anew_is_found_by_what_was_signed(office: Office, forge: Forge) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    forge(WRITTEN_ANEW)
    assert anchoring.verify(office.desk).lines == signed[0].number
    assert found(office).startswith(f"line {signed[0].number}: not the one that was signed at {signed[0].at}")
    with pytest.raises(Refused, match="the audit was written anew"):
        anchoring.anchor(office.desk)


@pytest.mark.promise("H1.6")
def test_an_older_audit_that_was_put_back_is_found_by_what_was_signed(office: Office, forge: Forge) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    forge(CUT_OFF)
    assert found(office).startswith(f"line {signed[0].number}, signed at {signed[0].at}, is not there")
    # A new line under the old numbers hides nothing.
    office.ask(office.case("later"), spend("60"))
    assert anchoring.anchor(office.desk) != signed
    assert f"line {signed[0].number}, signed at" in found(office)


def test_a_head_is_signed_once_and_again_when_there_is_more(office: Office, forge: Forge) -> None:
    first = anchoring.anchor(office.desk)
    assert anchoring.anchor(office.desk) == first
    office.ask(office.case("more"), spend("60"))
    anchoring.anchor(office.desk)
    files = Signer(office.desk.home).files()
    assert len(files) == 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert len(anchoring.verify(office.desk).anchors) == 2


def spoil(file: Path, **changed: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


@pytest.mark.promise("H1.7")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", 2),
        ("number", True),
        ("number", -1),
        ("hash", "0" * 64),
        ("hash", None),
        ("at", "2026-03-02T13:00:00Z"),
        ("at", "yesterday"),
        ("signature", "0" * 128),
        ("signature", "verified"),
        ("public_key", None),
        ("verified", True),
    ],
)
def test_a_signed_head_that_was_changed_verifies_nothing(
    office: Office, forge: Forge, name: str, value: object
) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    spoil(signed[1], **{name: value})
    with pytest.raises(Refused, match=r"Nothing was verified\.$"):
        anchoring.verify(office.desk)


@pytest.mark.promise("H1.7")
@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"\xff\xfe", b"\x00" * 50, b"[" * 100_000, b'{"number": NaN}', b"x" * 5_000_000],
    ids=["empty", "no parts", "a list", "not UTF-8", "NUL", "nested", "NaN", "5 MB"],
)
def test_junk_in_place_of_a_signed_head_verifies_nothing(
    office: Office, forge: Forge, tmp_path: Path, content: bytes
) -> None:
    junk = tmp_path / "junk.json"
    junk.write_bytes(content)
    assert anchoring.anchor(office.desk) is not None
    with pytest.raises(Refused, match=r"is no signed head of an audit.*Nothing was verified\.$"):
        anchoring.verify(office.desk, [junk])


@pytest.mark.promise("H1.7")
def test_what_another_key_signed_and_what_is_not_there_verify_nothing(office: Office, forge: Forge) -> None:
    signed = anchoring.anchor(office.desk)
    assert signed is not None
    with pytest.raises(Refused, match="was not signed with the key 00000000"):
        anchoring.verify(office.desk, [signed[1]], "0" * 64)
    with pytest.raises(Refused, match="64 hex digits"):
        anchoring.verify(office.desk, [signed[1]], "my key")
    with pytest.raises(Refused, match="can't be read"):
        anchoring.verify(office.desk, [signed[1].with_name("nothing")])
    ours = Signer(office.desk.home).public_key
    assert anchoring.verify(office.desk, [signed[1]], ours).anchors == (signed[0],)


@pytest.mark.promise("H1.7")
def test_without_its_key_nothing_is_verified_and_no_other_key_is_made(office: Office, forge: Forge) -> None:
    assert anchoring.anchor(office.desk) is not None
    key = office.desk.home / "keys" / "anchor.key"
    kept = key.read_bytes()
    key.unlink()
    for verb in (anchoring.verify, anchoring.anchor):
        with pytest.raises(Unavailable, match=r"Nothing was signed or verified\. Put it back"):
            verb(office.desk)
    assert not key.exists()
    key.write_bytes(kept)
    assert anchoring.verify(office.desk).wrong == ()


@pytest.mark.promise("H1.7")
def test_an_audit_without_a_head_is_no_audit_that_holds(office: Office, forge: Forge) -> None:
    forge("delete from desk.audit_head")
    assert found(office) == "the audit has no head: it was taken away"
    with pytest.raises(Refused, match="The audit has no head"):
        anchoring.anchor(office.desk)
