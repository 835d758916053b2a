"""Plans that Terraform made, and plans that nobody should believe."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.core.errors import Refused
from checkpoints.core.model import Json
from checkpoints.core.work.stack import Action, Binding
from checkpoints.terraform import plan
from checkpoints.terraform.masking import SENSITIVE, masked
from tests.plugins.work import under_a_second

PLANS = Path(__file__).with_name("plans")
CREATE = (PLANS / "create.json").read_bytes()
MIXED = (PLANS / "mixed.json").read_bytes()
SECRET = "s3cretpw!"


def made(**parts: object) -> bytes:
    """A plan with these parts, else empty."""
    return json.dumps({"format_version": "1.2", "terraform_version": "1.11.4", **parts}).encode()


def one(change: Mapping[str, object], kind: str = "aws_sqs_queue") -> bytes:
    item = {"address": f"{kind}.a", "type": kind, "name": "a", "mode": "managed", "change": change}
    return made(resource_changes=[item])


def test_a_new_stack_is_read_as_what_it_creates() -> None:
    summary = plan.read(CREATE)
    assert summary.count(Action.CREATE) == len(summary.changes) == 9
    assert not summary.deletes
    assert summary.providers == ("registry.terraform.io/hashicorp/aws",)


def test_every_sort_of_change_is_told_apart() -> None:
    summary = plan.read(MIXED)
    assert {change.address: change.action for change in summary.changes} == {
        "aws_ecs_cluster.main": Action.UPDATE,
        "aws_iam_role.task": Action.REPLACE,
        "aws_route53_zone.z": Action.DELETE,
        "aws_sqs_queue.jobs": Action.UPDATE,
    }
    assert summary.deletes
    assert summary.unchanged == 4
    assert "aws_vpc.v" in summary.drifted


def test_an_update_says_which_attribute_goes_from_what_to_what() -> None:
    queue = next(change for change in plan.read(MIXED).changes if change.type == "aws_sqs_queue")
    told = {attribute.name: (attribute.before, attribute.after) for attribute in queue.attributes}
    assert told == {"delay_seconds": ("7", "0"), "visibility_timeout_seconds": ("60", "90")}


@pytest.mark.parametrize("raw", [CREATE, MIXED])
def test_no_secret_of_a_plan_is_kept(raw: bytes) -> None:
    assert SECRET in raw.decode()
    assert SECRET not in repr(plan.read(raw))


def test_what_becomes_public_is_not_shown_as_it_was() -> None:
    change = {
        "actions": ["update"],
        "before": {"key": SECRET},
        "after": {"key": SECRET + "2"},
        "before_sensitive": {"key": True},
        "after_sensitive": {},
    }
    (changed,) = plan.read(one(change)).changes
    assert [(a.name, a.before, a.after) for a in changed.attributes] == [("key", SENSITIVE, SENSITIVE)]


@pytest.mark.parametrize("mask", [True, {"a": True}, [True, True], "yes", 1])
def test_a_mask_that_does_not_fit_hides_everything(mask: Json) -> None:
    assert masked("in clear", mask) == SENSITIVE


def test_a_sandbox_is_shown_by_what_it_stands_for() -> None:
    change = {
        "actions": ["create"],
        "before": None,
        "after": {"input": {"stands_for": "aws_sqs_queue.jobs", "region": "us-east-1"}},
        "after_unknown": {"id": True, "output": True, "input": {}},
    }
    summary = plan.read(one(change, "terraform_data"))
    (made_,) = summary.changes
    assert summary.sandbox
    assert (made_.what, made_.sort) == ("aws_sqs_queue.jobs", "aws_sqs_queue")
    assert [attribute.name for attribute in made_.attributes] == ["region"]


def test_a_real_resource_cannot_pass_as_another() -> None:
    change = {"actions": ["create"], "before": None, "after": {"input": {"stands_for": "aws_vpc.free"}}}
    summary = plan.read(one(change, "aws_db_instance"))
    assert summary.changes[0].what == "aws_db_instance.a"
    assert not summary.sandbox


def test_code_that_a_plan_runs_is_named() -> None:
    provisioned = {"address": "terraform_data.a", "mode": "managed", "provisioners": [{"type": "local-exec"}]}
    asked = {"address": "data.external.b", "mode": "data", "type": "external"}
    deep = {"source": "app.terraform.io/x/y", "module": {"resources": [provisioned]}}
    root = {"resources": [provisioned, asked], "module_calls": {"m": deep}}
    summary = plan.read(made(configuration={"root_module": root}))
    assert summary.runs == (
        "terraform_data.a: local-exec provisioner",
        "data.external.b: external data source, at every plan",
        "module.m.terraform_data.a: local-exec provisioner",
    )
    assert summary.remote_modules == ("app.terraform.io/x/y",)


def test_a_plan_that_powershell_saved_is_read() -> None:
    assert plan.read(CREATE.decode().encode("utf-16")) == plan.read(CREATE)


HOSTILE = {
    "nothing": b"",
    "junk": b"\x00\xff\xfe junk",
    "bad UTF-8": b'{"format_version": "1.2\xff"}',
    "a list": b"[]",
    "NaN": made()[:-1] + b', "x": NaN}',
    "infinity": made()[:-1] + b', "x": -Infinity}',
    "a key twice": made()[:-1] + b', "format_version": "1.2"}',
    "10,000 deep": made()[:-1] + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "61 deep": made()[:-1] + b', "x": ' + b"[" * 61 + b"]" * 61 + b"}",
    "an endless number": made()[:-1] + b', "x": ' + b"9" * 100_000 + b"}",
    "too long": b" " * 20_000_001,
    "another format": made(format_version="2.0"),
    "no format": b"{}",
    "half a plan": made(errored=True),
    "not the whole plan": made(complete=False),
    "an action that nobody knows": one({"actions": ["explode"]}),
    "no action": one({}),
    "no change": made(resource_changes=[{"address": "a.b", "type": "a", "name": "b"}]),
    "changes that are none": made(resource_changes=["x"]),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_plan_is_refused_at_once_with_the_reason(raw: bytes) -> None:
    with under_a_second(), pytest.raises(Refused, match=r"can't be read: .+Nothing was kept"):
        plan.read(raw)


def test_a_number_too_big_for_a_float_stays_what_it_is() -> None:
    change = {"actions": ["create"], "before": None, "after": {"size": 0}}
    raw = one(change).replace(b'"size": 0', b'"size": 1e309')
    assert plan.read(raw).changes[0].planned == {"size": "1e309"}


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_be_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        plan.read(raw)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
PARTS = ("resource_changes", "output_changes", "configuration", "resource_drift", "action_invocations")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(PARTS), values), values)
def test_no_json_does_worse_than_be_refused(parts: dict[str, object], change: object) -> None:
    item = {"address": "a.b", "type": "a", "name": "b", "change": change}
    for raw in (made(**parts), made(resource_changes=[item])):
        with suppress(Refused):
            plan.read(raw)


@settings(deadline=None)
@given(values)
def test_a_fully_masked_value_shows_nothing(value: Json) -> None:
    assert masked(value, True) == SENSITIVE


def test_a_binding_survives_being_kept_and_is_not_taken_with_a_part_missing() -> None:
    bound = Binding("1" * 64, "terraform", "1.11.4", "sandbox", "2" * 64, "3" * 64, "default")
    assert Binding.from_json(bound.as_json()) == bound
    with pytest.raises(Refused):
        Binding.from_json({"plan_sha256": "1" * 64})
