"""A plan as it stands: what is ready, what waits, what a refusal blocks, and how the case ends."""

from dataclasses import replace

import pytest

from checkpoints.core.work.plan import Course, Item, Ran, Stage, lay_out
from checkpoints.rules.catalogue import read_catalogue

KINDS = read_catalogue()
ITEMS = tuple(
    Item(branch, branch.partition("/")[0], branch)
    for branch in (
        "project-approval",
        "infrastructure-selection",
        "api-credential/pocket",
        "api-credential/sendgrid",
        "terraform-plan",
        "domain",
        "staging-deployment",
        "security-review",
        "production-deployment",
        "monitoring",
    )
)
DONE, REFUSED, OPEN = (True, "done"), (True, "refused"), (False, None)


def course(*items: Item, **ran: tuple[bool, str | None]) -> Course:
    """`ran` by branch, hyphens and slashes as underscores."""
    named = {item.branch.replace("-", "_").replace("/", "_"): item.branch for item in ITEMS}
    known = {named[name]: Ran(named[name], over, outcome, outcome or "") for name, (over, outcome) in ran.items()}
    return lay_out(items or ITEMS, known, KINDS)


def stages(course: Course) -> dict[str, Stage]:
    return {line.item.branch: line.stage for line in course.lines}


ALL_DONE = {item.branch.replace("-", "_").replace("/", "_"): DONE for item in ITEMS}


def test_at_first_only_the_approval_is_ready() -> None:
    assert [line.item.branch for line in course().at(Stage.READY)] == ["project-approval"]


def test_credentials_and_plan_are_ready_together_once_the_infrastructure_was_selected() -> None:
    now = course(project_approval=DONE, infrastructure_selection=DONE)
    ready = [line.item.branch for line in now.at(Stage.READY)]
    assert ready == ["api-credential/pocket", "api-credential/sendgrid", "terraform-plan"]


def test_staging_waits_for_every_credential_and_the_plan() -> None:
    now = course(
        project_approval=DONE, infrastructure_selection=DONE, api_credential_pocket=DONE, terraform_plan=DONE,
        api_credential_sendgrid=OPEN,
    )  # fmt: skip
    assert stages(now)["staging-deployment"] is Stage.PLANNED
    assert stages(now)["domain"] is Stage.READY


def test_what_was_refused_blocks_all_that_needs_it_and_is_named() -> None:
    now = course(
        project_approval=DONE, infrastructure_selection=DONE, api_credential_pocket=REFUSED,
        api_credential_sendgrid=DONE, terraform_plan=DONE, domain=DONE,
    )  # fmt: skip
    blocked = {line.item.branch: line.blockers for line in now.at(Stage.BLOCKED)}
    assert blocked == dict.fromkeys(
        ["staging-deployment", "security-review", "production-deployment", "monitoring"], ("api-credential/pocket",)
    )
    assert now.end == "undelivered"


def test_a_case_with_something_blocked_goes_on_with_the_rest_first() -> None:
    now = course(project_approval=DONE, infrastructure_selection=DONE, api_credential_pocket=REFUSED)
    assert now.end is None


@pytest.mark.parametrize(
    ("refused", "end"),
    [
        ("project_approval", "refused"),
        ("production_deployment", "undelivered"),
        ("domain", "delivered"),
        ("monitoring", "delivered"),
    ],
)
def test_what_a_refusal_leads_to_is_the_catalogues(refused: str, end: str) -> None:
    assert course(**(ALL_DONE | {refused: REFUSED})).end == end


def test_what_was_waived_blocks_nobody() -> None:
    items = tuple(
        replace(item, waived_by="Ada", waived_because="no need") if item.branch == "security-review" else item
        for item in ITEMS
    )
    ran = {name: how for name, how in ALL_DONE.items() if name != "security_review"}
    assert course(*items, **ran).end == "delivered"
    asked_and_withdrawn = course(*items, **(ran | {"security_review": REFUSED}))
    assert stages(asked_and_withdrawn)["security-review"] is Stage.NOT_NEEDED
    assert asked_and_withdrawn.end == "delivered"


def test_a_branch_whose_last_word_is_not_received_yet_is_still_open() -> None:
    assert stages(course(project_approval=(False, None)))["project-approval"] is Stage.OPEN


def test_a_kind_that_left_the_catalogue_neither_needs_nor_blocks() -> None:
    now = lay_out((Item("old", "gone", "Old"), *ITEMS), {}, KINDS)
    assert stages(now)["old"] is Stage.READY
    assert lay_out((Item("old", "gone", "Old"),), {"old": Ran("old", True, "refused", "")}, KINDS).end == "delivered"


def test_two_that_need_each_other_are_laid_out_all_the_same() -> None:
    items = (Item("spend/1", "spend", "A", after=("manual-task",)), Item("task", "manual-task", "B", after=("spend",)))
    assert len(lay_out(items, {}, KINDS).lines) == 2
