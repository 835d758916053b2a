"""The shell and many at once: what is shown first, what must be typed, and the exit code of all together."""

import json

from checkpoints.actions import reading
from checkpoints.core.lifecycle import State
from checkpoints.core.model import Risk
from checkpoints.core.view import Checkpoint
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend


def ask(office: Office, *costs: str) -> list[Checkpoint]:
    return [office.ask(office.case(f"case-{n}"), spend(cost)) for n, cost in enumerate(costs, 1)]


def states(office: Office, points: list[Checkpoint]) -> list[State]:
    return [office.show(point).state for point in points]


def test_a_bundle_is_answered_by_the_digest_that_was_shown_and_by_lines_where_one_is_at_high_risk(
    office: Office, shell: Shell
) -> None:
    points = ask(office, "60", "70")
    points.append(office.ask(office.case("case-3"), spend("80", risks=(Risk.DELETES,))))
    assert shell.run("bundle", "list").out == "kind:spend  Spend: 3 wait\n"
    shown = json.loads(shell.run("bundle", "show", "kind:spend", "--json").out)
    assert [line["id"] for line in shown["lines"]] == [point.label for point in points]
    said = ("bundle", "approve", "kind:spend", "--yes", "--digest")
    other = shell.run(*said, "0" * 12)
    whole = shell.run(*said, shown["digest"][:12])
    assert (other.code, whole.code, states(office, points)) == (5, 3, [State.OPEN] * 3)
    assert "case-3/1 is at high risk" in whole.err
    some = shell.run(*said, shown["digest"], "--line", "case-1/1", "--line", "case-3/1")
    assert (some.code, some.out.splitlines()[-1]) == (3, "1 of 2 recorded.")
    assert states(office, points) == [State.APPROVED, State.OPEN, State.OPEN]


def test_many_are_listed_before_they_are_withdrawn(office: Office, shell: Shell) -> None:
    points = [*ask(office, "60", "70"), office.ask(office.case("other"), spend("60"))]
    words = ("bulk", "withdraw", "--kind", "spend", "--case", "case-*", "--because", "Bought elsewhere.")
    looked = shell.run(*words)
    assert [line.split()[0] for line in looked.out.splitlines()] == ["case-1/1", "case-2/1"]
    assert (looked.code, states(office, points)) == (3, [State.OPEN] * 3)
    done = shell.run(*words, "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 of 2 recorded.")
    assert states(office, points) == [State.WITHDRAWN] * 2 + [State.OPEN]


def test_attention_is_shown_to_the_person_themselves(office: Office, shell: Shell) -> None:
    (point,) = ask(office, "60")
    shell.run("show", point.label)
    shell.run("reject", point.label, "--because", "No money.")
    found = json.loads(shell.run("attention", "--json").out)
    assert (found["answers"], found["measured"], found["today"]) == (1, 1, 1)


def test_many_projects_are_listed_before_one_question_is_asked_for_all_of_them(office: Office, shell: Shell) -> None:
    like, _ = ask(office, "60", "70")
    office.ask(office.case("elsewhere"), spend("60"))
    words = ("bulk", "pre-approve", "--like", like.label, "--cap", "60", "--uses", "2", "--case", "case-*")
    looked = shell.run(*words, "--because", "The same.")
    assert looked.out.splitlines() == ["case-1  1 like it so far case-1/1", "case-2  0 like it so far"]
    assert looked.code == 3
    done = shell.run(*words, "--because", "The same.", "--yes")
    assert (done.code, done.out.splitlines()[-3:-1]) == (0, ["case-1: asked as desk/1.", "case-2: asked as desk/1."])
    asked = reading.show(office.desk, "desk/1").point.request
    where = "in 2 projects: case-1 (1 like it so far), case-2 (0 like it so far)"
    assert where in [fact.value for fact in asked.facts]
    none = shell.run(*words[:-1], "nothing-*", "--because", "The same.", "--yes")
    assert (none.code, "No project at work is like this" in none.err) == (3, True)
