"""Who may decide, by the real `countersign`: a role with limits is asked for, everybody's access looked through."""

from checkpoints.actions import reading
from tests.integration.desk.deciding.own import approve, carry_out
from tests.integration.shell.commands import Shell


def words(said: str) -> str:
    """However the lines were broken."""
    return " ".join(said.split())


def test_a_role_with_limits_is_asked_for_and_access_is_reviewed(shell: Shell) -> None:
    office = shell.office
    office.case("digest")
    limits = ("--case", "digest", "--kind", "spend", "--until", "4h", "--network", "10.0.0.0/8")
    asked = words(shell.run("people", "role", "mira", "--role", "to", *limits, "--because", "Ada is ill.").out)
    assert "desk/1 asks for it: Let Mira be a technical operator, for digest only" in asked
    assert "You are its single operator, so the answer is yours: countersign approve desk/1" in asked
    office.receive()
    card = words(shell.run("show", "desk/1").out)
    assert "Scope: the case digest, questions of kind spend" in card
    assert "Proposed by: Ada" in card
    assert "Ada: Ada is ill." in card
    assert "countersign change" not in card
    app = office.enrol(office.ada)
    point = reading.show(office.desk, "desk/1").point
    approve(office, office.ada, point)
    carry_out(office, point)
    listed = words(shell.run("people", "list").out)
    assert "Mira: manager, technical operator (for digest only, for questions of kind spend only, until 20" in listed
    review = words(shell.run("people", "review", "--otp", app.code(1)).out)
    assert "Ada: technical operator; with a second factor; last signed in 20" in review
    assert "desk/2 asks for it: Review who has access." in review
    wrong = shell.run("people", "role", "mira", "--role", "to", "--until", "soon")
    assert (wrong.code, "“soon” is no moment" in wrong.err) == (3, True)
