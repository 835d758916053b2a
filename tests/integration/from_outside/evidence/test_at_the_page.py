"""Evidence at the page: the form's way in, the file's way out; junk at the door stores nothing."""

from dataclasses import replace

import httpx
import pytest

from checkpoints.actions import reading
from checkpoints.actions.from_outside import fetching
from checkpoints.core.errors import Unavailable
from checkpoints.core.model import Attachment
from checkpoints.core.view import Checkpoint
from checkpoints.store.desk import Desk
from tests.integration.from_outside.arrivals.sending import stored
from tests.integration.from_outside.evidence.uploading import token, upload
from tests.integration.page.serving import Page
from tests.integration.page.test_hostile_input import MEGABYTE, resident, told
from tests.plugins.work import under_a_second
from tests.stage.desks import Office, spend

HOSTILE = b"<script>alert(1)</script>"


def test_a_file_that_is_attached_is_listed_and_saved_as_it_was(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    assert upload(ada, point, "page.html", HOSTILE).status_code == 303
    html = ada.get(f"/checkpoints/{point.label}").text
    (attached,) = reading.show(office.desk, point.label).evidence
    address = f"/checkpoints/{point.label}/evidence/{attached.file.sha256}"
    assert f'<a href="{address}">page.html</a>' in html
    assert "<script>alert" not in html
    saved = ada.get(address)
    assert saved.content == HOSTILE
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''page.html"
    assert saved.headers["x-content-type-options"] == "nosniff"
    assert saved.headers["content-security-policy"] == "sandbox; default-src 'none'"


def test_a_name_can_t_break_out_of_its_header(ada: httpx.Client, office: Office, point: Checkpoint) -> None:
    upload(ada, point, 'a"; filename=x.exe; b=../"ü.txt', b"x")
    (attached,) = reading.show(office.desk, point.label).evidence
    saved = ada.get(f"/checkpoints/{point.label}/evidence/{attached.file.sha256}")
    assert saved.headers["content-disposition"].count(";") == 1
    assert '"' not in saved.headers["content-disposition"]


def test_a_report_can_be_read_on_the_page_as_text(ada: httpx.Client, desk: Desk, office: Office) -> None:
    assert desk.files is not None
    content = HOSTILE + b"\n" + b"line\n" * 6_000
    reports = (
        Attachment("scan.json", desk.files.put(content), "application/json", len(content)),
        Attachment("gone.txt", "0" * 64, "text/plain", 4),
        Attachment("shot.png", desk.files.put(b"PNG <b>"), "image/png", 7),
    )
    point = office.ask(office.case("reported"), spend(attachments=reports))
    html = ada.get(f"/checkpoints/{point.label}").text
    assert "&lt;script&gt;alert" in html
    assert "<script>alert" not in html
    assert "cut here; the file has the rest" in html
    assert "is not there" in html
    assert "PNG" not in html


def test_a_stranger_sees_no_file(page: Page, ada: httpx.Client, office: Office, point: Checkpoint) -> None:
    upload(ada, point, "file", b"x")
    (attached,) = reading.show(office.desk, point.label).evidence
    with page.stranger() as stranger:
        assert stranger.get(f"/checkpoints/{point.label}/evidence/{attached.file.sha256}").status_code == 401
        assert upload_without(stranger, point, "0" * 64).status_code == 401


def upload_without(client: httpx.Client, point: Checkpoint, form_token: str, **headers: str) -> httpx.Response:
    """The form with this token, whoever sends it."""
    address, files = f"/checkpoints/{point.label}/evidence", {"file": ("file", b"x")}
    return client.post(address, data={"form_token": form_token}, files=files, headers=headers)


def test_a_form_of_another_site_or_session_attaches_nothing(
    page: Page, ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    before = stored(office)
    assert upload_without(ada, point, "0" * 64).status_code == 422
    foreign = {"sec-fetch-site": "cross-site"}
    address, data = f"/checkpoints/{point.label}/evidence", {"form_token": token(ada, point)}
    assert ada.post(address, data=data, files={"file": ("f", b"x")}, headers=foreign).status_code == 422
    assert stored(office)[0:3] == before[0:3]
    assert reading.show(office.desk, point.label).evidence == ()


def test_a_refused_file_is_said_on_the_page_and_written_down(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    refused = upload(ada, point, "empty.txt", b"")
    assert refused.status_code == 422
    assert "The file is empty" in refused.text
    line = reading.audit_page(office.desk, 1).lines[0]
    assert (line.event, '"tried": "attach"' in line.body) == ("try refused", True)


@pytest.mark.promise("E4.7")
def test_junk_at_the_door_is_refused_in_under_a_second_and_nothing_stored(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    address, form_token = f"/checkpoints/{point.label}/evidence", token(ada, point)
    part = b'--b\r\ncontent-disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
    ours = part % (b"form_token", b"", form_token.encode())
    file = part % (b"file", b'; filename="f"', b"x")
    bodies = {
        "no form": b"{" * 10_000,
        "nothing": b"",
        "no file": ours + b"--b--\r\n",
        "no token": file + b"--b--\r\n",
        "two files": ours + file + file + b"--b--\r\n",
        "two tokens": ours + ours + file + b"--b--\r\n",
        "a file of another name": ours + part % (b"other", b'; filename="f"', b"x") + b"--b--\r\n",
        "an endless token": part % (b"form_token", b"", b"x" * MEGABYTE) + file + b"--b--\r\n",
        "a token that is no text": part % (b"form_token", b"", b"\xff\xfe\x00") + file + b"--b--\r\n",
        "ten thousand headers": ours + b"--b\r\n" + b"a: b\r\n" * 10_000 + b"\r\nx\r\n--b--\r\n",
        "an end that never comes": ours + b'--b\r\ncontent-disposition: form-data; name="file',
    }
    before, (lines, counted) = stored(office), told(office)
    for name, body in bodies.items():
        with under_a_second(name):
            refused = ada.post(address, content=body, headers={"content-type": "multipart/form-data; boundary=b"})
        assert refused.status_code == 422, (name, refused.text)
        assert stored(office) == before, name
    for other in ("application/json", "multipart/form-data", "text/plain; boundary=b"):
        assert ada.post(address, content=ours + file, headers={"content-type": other}).status_code == 422, other
    assert stored(office) == before
    assert told(office) == (lines, counted + len(bodies) + 3)
    assert not office.settings.files.exists()


@pytest.mark.promise("E4.7")
def test_fifty_megabytes_are_refused_while_they_come_and_memory_stays_flat(
    ada: httpx.Client, office: Office, point: Checkpoint
) -> None:
    begins = b'--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\n'
    chunks = [begins, *[b"x" * MEGABYTE] * 50]
    before, held = stored(office), resident()
    with under_a_second():
        refused = ada.post(
            f"/checkpoints/{point.label}/evidence",
            content=iter(chunks),
            headers={"content-type": "multipart/form-data; boundary=b"},
        )
    assert refused.status_code == 413
    assert resident() - held < 16 * MEGABYTE
    assert stored(office) == before


def test_a_desk_without_a_folder_says_so(office: Office, point: Checkpoint) -> None:
    with pytest.raises(Unavailable, match="no folder"):
        fetching.fetch(replace(office.desk, files=None), point.label, "0" * 64)
