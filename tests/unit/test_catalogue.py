"""The catalogue and the matrix: as shipped, what the design says; a mistake stops with file, line and key."""

from collections.abc import Callable
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


FLOW = """
under $50         monthly    no
$50 to under $200 bi-weekly  no   to
$200 to $500      weekly     no   to manager
over $500         daily      yes  to manager client
"""


def test_the_matrix_is_as_the_flow_says() -> None:
    bands = {band.name: band for band in read_matrix().bands}
    assert list(bands) == [line[:18].strip() for line in FLOW.strip().splitlines()]
    for line in FLOW.strip().splitlines():
        band = bands[line[:18].strip()]
        assert (band.review, band.step_up) == (line[18:29].strip(), line[29:34].strip() == "yes")
        assert band.roles == tuple(Role(role) for role in line[34:].split())


RULE = "by_rule = true"
SECRETS = 'facts = ["Service", "Scope", "Restrictions"]'
CONSENT = 'facts = ["Service", "Scopes"]'
SCRIPT = 'facts = ["Script", "Counts", "Backup"]'
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
    "a kind twice": ("[kind.spend]", "[kind.escalation]", "line"),
    "a rule and a floor": (f"floor = []\n{RULE}", RULE, "staging-deployment.floor: who must approve whatever it costs"),
    "a rule over secrets": (
        SECRETS,
        f"{SECRETS}\nfloor = []\n{RULE}",
        "api-credential.by_rule: this kind always needs",
    ),
    "a rule over consent": (CONSENT, f"{CONSENT}\nfloor = []\n{RULE}", "integration.by_rule: this kind always needs a"),
    "a rule over data": (SCRIPT, f"{SCRIPT}\nfloor = []\n{RULE}", "data-migration.by_rule: this kind always needs a"),
    "a rule that is not plainly one": (RULE, 'by_rule = "yes"', "staging-deployment.by_rule: .*valid boolean"),
    "a rule by number": (RULE, "by_rule = 1", "staging-deployment.by_rule: .*valid boolean"),
    "two give one secret": (SECRETS, f'{SECRETS}\nfloor = ["to", "to"]', "floor: a secret is given by the only one"),
    "no floor by default": ('floor = ["to"]', "floor = []", "floor: a kind that no rule may pass"),
    "a floor out of order": ('floor = ["to"]', 'floor = ["manager", "to"]', "defaults.floor: in the order in which"),
    "a floor of a crowd": ('floor = ["to"]', f"floor = {10 * ['to']}", "defaults.floor: .*at most 9"),
    "an hour that is none": ("permit_lasts_hours = 24", "permit_lasts_hours = true", "defaults.permit_lasts_hours"),
    "hours below none": ("permit_lasts_hours = 24", "permit_lasts_hours = -1", "defaults.permit_lasts_hours"),
    "an unknown refusal": ('= "end the case"', '= "go on anyway"', "kind.project-approval.if_refused"),
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
    "nobody with a name": (
        'adopted_by = "the agency\'s owner, with the shipped defaults"',
        'adopted_by = " "',
        "adopted_by",
    ),
    "no currency": ('currency = "USD"\n', "", "currency: is missing"),
    "an infinite bound": ('below = "50"', 'below = "Infinity"', "band.1.below"),
    "a bound that is none": ('below = "50"', "below = true", "band.1.below"),
    "bounds in a heap": ('below = "50"', 'below = ["50"]', "band.1.below"),
    "an overlap": ('up_to = "500"', 'up_to = "200"', "band 3: its bound must be above the one before"),
    "a gap in the middle": ('below = "200"\n', "", "band 2: one bound"),
    "a band twice": ('name = "$50 to under $200"', 'name = "under $50"', "band 2: there is a band “under"),
    "nobody in the middle": ('roles = ["to", "manager"]', "roles = []", "band 3: it costs more than what band 2 asks"),
    "roles not named": ('roles = ["to", "manager"]\n', "", "band.3.roles: is missing"),
    "an unknown role": ('roles = ["to", "manager"]', 'roles = ["to", "boss"]', "band.3.roles.2: .*'to', 'manager' or"),
    "roles out of order": ('roles = ["to", "manager"]', 'roles = ["manager", "to"]', "band.3.roles: in the order"),
    "a factor that is not plainly one": ("\nstep_up = true", '\nstep_up = "no"', "band.4.step_up: .*valid boolean"),
    "no window": ("window_days = 30", "window_days = 0", "window_days"),
    "a window that is none": ("window_days = 30", "window_days = true", "window_days"),
    "an unknown key": ('review = "monthly"', 'reviewed = "monthly"', "reviewed: is not known here"),
    "an unknown review": ('review = "monthly"', 'review = "never"', "band.1.review"),
    "no TOML": ("[[band]]", "[[band", "line"),
}
UNREADABLE = [b"", b"\xff\xfe", b"\0", b"[" * 100, b"x" * 70_000, b"currency = 1e99999999999", b"kind = 1\nband = 1"]


def changed(tmp_path: Path, name: str, text: str, good: str, bad: str) -> Path:
    assert good in text
    path = tmp_path / name
    path.write_text(text.replace(good, bad, 1))
    return path


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize(("good", "bad", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_catalogue_stops_the_start(tmp_path: Path, good: str, bad: str, told: str) -> None:
    path = changed(tmp_path, "catalogue.toml", CATALOGUE, good, bad)
    with pytest.raises(Refused, match=told) as refused:
        read_catalogue(path)
    assert "catalogue.toml" in str(refused.value)
    assert "line" in str(refused.value)


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize(("good", "bad", "told"), MATRIX_MISTAKES.values(), ids=MATRIX_MISTAKES)
def test_a_mistake_in_the_matrix_stops_the_start(tmp_path: Path, good: str, bad: str, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        read_matrix(changed(tmp_path, "matrix.toml", MATRIX, good, bad))
    assert "matrix.toml" in str(refused.value)


@pytest.mark.promise("C9.1")
@pytest.mark.parametrize("document", UNREADABLE, ids=lambda document: repr(document[:9]))
@pytest.mark.parametrize("read", [read_catalogue, read_matrix])
def test_what_is_no_such_file_at_all_stops_the_start(
    tmp_path: Path, read: Callable[[Path], object], document: bytes
) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(document)
    with pytest.raises(Refused, match=r"rules\.toml"):
        read(path)


def test_a_role_may_be_named_twice_and_means_two_people(tmp_path: Path) -> None:
    kinds = read_catalogue(
        changed(tmp_path, "catalogue.toml", CATALOGUE, f"floor = []\n{RULE}", 'floor = ["to", "to"]')
    )
    assert kinds["staging-deployment"].floor == (Role.TO, Role.TO)
    twice = changed(tmp_path, "matrix.toml", MATRIX, 'roles = ["to", "manager"]', 'roles = ["to", "to", "manager"]')
    assert read_matrix(twice).band(Decimal(300)).roles == (Role.TO, Role.TO, Role.MANAGER)


def test_a_mistake_names_the_line_where_it_stands(tmp_path: Path) -> None:
    path = changed(tmp_path, "catalogue.toml", CATALOGUE, 'step_up = "deletions"', 'step_up = "maybe"')
    line = CATALOGUE[: CATALOGUE.index('step_up = "deletions"')].count("\n") + 1
    with pytest.raises(Refused, match=f"catalogue.toml, line {line}, kind.terraform-plan.step_up"):
        read_catalogue(path)


@pytest.mark.promise("C9.1")
def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"matrix.toml can't be read: .*doesn't start without it"):
        read_matrix(tmp_path / "matrix.toml")


def test_another_matrix_is_another_version_of_the_rule(tmp_path: Path) -> None:
    other = read_matrix(changed(tmp_path, "matrix.toml", MATRIX, 'below = "50"', 'below = "51"'))
    assert other.version != read_matrix().version
    assert other.band(Decimal("50.50")).roles == ()
    assert read_matrix().band(Decimal("50.50")).roles == (Role.TO,)
