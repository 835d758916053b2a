"""The runbooks say what the code says: a page for each kind with its checks, and no link into nothing."""

import re
from pathlib import Path

import pytest

from checkpoints.core.policy import Kind
from checkpoints.rules.catalogue import read_catalogue

RUNBOOKS = Path(__file__).resolve().parents[2] / "runbooks"
KINDS = read_catalogue()
ONCALL = RUNBOOKS / "oncall"
DOCTOR = RUNBOOKS.parent / "to-tools/to_tools/cli/doctor"
ONCALL_PARTS = (
    "## How you notice",
    "## What it means",
    "## What is safe meanwhile",
    "## What to do",
    "## How you see that it is over",
)
PARTS = ("## What is asked", "## Before a yes", "## What happens then", "## When it goes wrong")


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_has_a_page_with_the_checks_of_the_catalogue(kind: Kind) -> None:
    page = (RUNBOOKS / kind.runbook).read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("## ")] == list(PARTS)
    before_a_yes = page.split(PARTS[1])[1].split(PARTS[2])[0]
    assert [check for check in kind.checks if f"- {check}" not in before_a_yes] == []


def test_no_page_is_left_without_its_kind() -> None:
    assert {page.stem for page in (RUNBOOKS / "kinds").iterdir()} == set(KINDS)


@pytest.mark.parametrize("page", sorted(ONCALL.iterdir()), ids=lambda page: page.stem)
def test_a_page_for_when_something_is_wrong_is_on_the_map_named_by_doctor_and_followed_by_a_test(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("## ")] == list(ONCALL_PARTS)
    assert f"(oncall/{page.name})" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    tests = (RUNBOOKS.parent / "tests/acceptance/oncall").glob("test_*.py")
    for readers in (DOCTOR.glob("*.py"), tests):
        assert any(f'"{page.stem}"' in file.read_text(encoding="utf-8") for file in readers)


@pytest.mark.parametrize("page", sorted(RUNBOOKS.rglob("*.md")), ids=lambda page: page.stem)
def test_no_link_leads_into_nothing(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []
