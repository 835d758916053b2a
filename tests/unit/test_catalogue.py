"""The catalogue and the matrix: as shipped, what the design says; a mistake stops with file, line and key."""

from decimal import Decimal
from pathlib import Path

import pytest

from checkpoints.core.errors import Refused
from checkpoints.core.model import Role
from checkpoints.core.policy import IfRefused, StepUp
from checkpoints.rules import catalogue
from checkpoints.rules.catalogue import read_catalogue, read_matrix

CATALOGUE = (catalogue.HERE / "catalogue.toml").read_text()
MATRIX = (catalogue.HERE / "matrix.toml").read_text()

DESIGN = """
project-approval         Orchestrator  no   no           end the case
infrastructure-selection Orchestrator  no   no           block
api-credential           Apollo        no   no           block
third-party-integration  Apollo        no   no           block
terraform-plan           Hephaestus    no   deletions    block
custom-infrastructure    Hephaestus    no   deletions    block
database-migration       Hephaestus    no   yes          block
data-migration           Hephaestus    no   yes          block
staging-deployment       Hephaestus    yes  no           block
security-review          Athena        no   no           block
compliance-review        Athena        no   no           block
load-test                Athena        no   no           block
production-deployment    Hephaestus    no   yes          end the case undelivered
monitoring               Hephaestus    yes  no           go on
cost-optimisation        Hephaestus    yes  no           go on
spend                    any           yes  as risk says block
manual-task              any           no   as risk says block
escalation               any           no   as risk says block
reconcile                any           no   as risk says block
role                     desk          no   yes          nothing changes
rule                     desk          no   yes          nothing changes
pre-approval             desk          no   yes          nothing changes
review                   desk          no   yes          nothing changes
"""


@pytest.mark.parametrize("line", DESIGN.strip().splitlines(), ids=lambda line: str(line).split()[0])
def test_each_kind_is_as_the_design_says(line: str) -> None:
    kind = read_catalogue()[line[:25].strip()]
    assert (kind.asker, kind.by_rule) == (line[25:39].strip(), line[39:44].strip() == "yes")
    assert (kind.step_up, kind.if_refused) == (StepUp(line[44:57].strip()), IfRefused(line[57:].strip()))
    assert kind.by_rule == (kind.floor == ())
    assert kind.checks


MISTAKES = {
    "no such key": ('title = "Project approval"', 'titel = "Project approval"', "titel: is not known here"),
    "a key is missing": ('title = "Project approval"\n', "", "kind.project-approval.title: is missing"),
    "an unknown step-up": ('step_up = "deletions"', 'step_up = "maybe"', "kind.terraform-plan.step_up: .*'deletions'"),
    "an unknown role": ('floor = ["to"]', 'floor = ["boss"]', "defaults.floor.1: .*'to', 'manager' or 'client'"),
    "an unknown kind": ('requires = ["project-approval"]', 'requires = ["x"]', "requires: there is no kind “x”"),
    "no days at all": ("expires_after_days = 30", "expires_after_days = 0", "defaults.expires_after_days"),
    "no checks": ('checks = ["The saving is worth the risk."]', "checks = []", "kind.cost-optimisation.checks"),
    "handed to a rule": ('"Budget"]', '"Budget"]\nby_rule = true', "by_rule: this kind always needs a person"),
    "nobody has to": ('fields = ["option"]', 'fields = ["option"]\nfloor = []', "floor: a kind that no rule may pass"),
    "both at once": ("by_rule = true\n", 'by_rule = true\nstep_up = "yes"\n', "by_rule: what needs a second factor"),
    "no TOML": ("[kind.spend]", "[kind.spend", "line"),
}
MATRIX_MISTAKES = {
    "another currency": ('currency = "USD"', 'currency = "EUR"', "currency: .*'USD'"),
    "a negative bound": ('below = "50"', 'below = "-1"', "band.1.below: a bound is a number of dollars from 0 up"),
    "not a number": ('below = "50"', 'below = "NaN"', "band.1.below"),
    "falling bounds": ('below = "200"', 'below = "20"', "band 2: its bound must be above the one before"),
    "two bounds": ('below = "50"', 'below = "50"\nup_to = "50"', "band 1: one bound"),
    "a gap at the end": ('name = "over $500"', 'name = "over $500"\nup_to = "900"', "band 4: one bound"),
    "nobody at the end": ('roles = ["to", "manager", "client"]', "roles = []", "band 4: the last band must name"),
    "nobody adopted it": ('adopted_by = "the agency', 'adopted = "the agency', "adopted_by: is missing"),
}


def changed(tmp_path: Path, name: str, text: str, good: str, bad: str) -> Path:
    assert good in text
    path = tmp_path / name
    path.write_text(text.replace(good, bad, 1))
    return path


@pytest.mark.parametrize(("good", "bad", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_catalogue_stops_the_start(tmp_path: Path, good: str, bad: str, told: str) -> None:
    path = changed(tmp_path, "catalogue.toml", CATALOGUE, good, bad)
    with pytest.raises(Refused, match=told) as refused:
        read_catalogue(path)
    assert "catalogue.toml" in str(refused.value)
    assert "line" in str(refused.value)


@pytest.mark.parametrize(("good", "bad", "told"), MATRIX_MISTAKES.values(), ids=MATRIX_MISTAKES)
def test_a_mistake_in_the_matrix_stops_the_start(tmp_path: Path, good: str, bad: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        read_matrix(changed(tmp_path, "matrix.toml", MATRIX, good, bad))
    assert "matrix.toml" in str(refused.value)


def test_a_mistake_names_the_line_where_it_stands(tmp_path: Path) -> None:
    path = changed(tmp_path, "catalogue.toml", CATALOGUE, 'step_up = "deletions"', 'step_up = "maybe"')
    line = CATALOGUE[: CATALOGUE.index('step_up = "deletions"')].count("\n") + 1
    with pytest.raises(Refused, match=f"catalogue.toml, line {line}, kind.terraform-plan.step_up"):
        read_catalogue(path)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"matrix.toml can't be read: .*doesn't start without it"):
        read_matrix(tmp_path / "matrix.toml")


def test_another_matrix_is_another_version_of_the_rule(tmp_path: Path) -> None:
    other = read_matrix(changed(tmp_path, "matrix.toml", MATRIX, 'below = "50"', 'below = "51"'))
    assert other.version != read_matrix().version
    assert other.band(Decimal("50.50")).roles == ()
    assert read_matrix().band(Decimal("50.50")).roles == (Role.TO,)
