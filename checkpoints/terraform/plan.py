"""Bytes of `terraform show -json` become a `PlanSummary`; pure. Rule: what isn't understood is refused."""

from collections.abc import Iterator, Mapping

from checkpoints.core.model import Json
from checkpoints.core.work.stack import Action, Attribute, Change, Output, PlanSummary
from checkpoints.terraform.masking import fields_of, filled, masked, shown
from checkpoints.terraform.reading import member, members, no, parsed, text

BUILT_IN = "terraform.io/builtin/"
RUNS_CODE = ("external", "http")
"""Data sources that run a program or call an address while the plan is made."""

ACTIONS: Mapping[tuple[str, ...], Action | None] = {
    ("no-op",): None,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("forget",): Action.FORGET,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("create", "forget"): Action.REPLACE,
}


def read(raw: bytes) -> PlanSummary:
    """The summary of a plan, masked by its own masks; `variables` and `prior_state` are dropped.

    Raises Refused for what isn't a whole plan of format 1: junk, NaN, doubled keys, too deep, over 20 MB.
    """
    plan = parsed(raw)
    _whole(plan)
    configuration = member(plan, "configuration")
    root = member(configuration, "root_module")
    resources = [_change(item) for item in members(plan, "resource_changes")]
    return PlanSummary(
        terraform_version=text(plan, "terraform_version"),
        changes=tuple(change for change in resources if change),
        unchanged=resources.count(None),
        outputs=tuple(_outputs(member(plan, "output_changes"))),
        drifted=tuple(text(item, "address") for item in members(plan, "resource_drift")),
        runs=(*_runs(root, ""), *_invocations(plan)),
        remote_modules=tuple(_remote_modules(root)),
        providers=tuple(sorted(_providers(member(configuration, "provider_config")))),
    )


def _whole(plan: dict[str, Json]) -> None:
    version = text(plan, "format_version")
    if version.partition(".")[0] != "1":
        raise no(f"its format is {version[:20]!r}, and only 1.x is understood")
    if plan.get("errored") is True:
        raise no("Terraform says that planning failed half-way")
    if plan.get("complete") is False or plan.get("deferred_changes"):
        raise no("Terraform says that it is not the whole plan")


def _change(item: dict[str, Json]) -> Change | None:
    change = member(item, "change")
    action = _action(change)
    if action is None:
        return None
    name, kind = text(item, "name"), text(item, "type")
    before, after = _sides(change, kind)
    deposed = " (deposed)" if item.get("deposed") else ""
    stands_for = after.get("stands_for") or before.get("stands_for") if kind == "terraform_data" else None
    return Change(
        address=text(item, "address") + deposed,
        type=kind,
        name=name,
        action=action,
        stands_for=stands_for if isinstance(stands_for, str) else "",
        planned=dict(after),
        attributes=tuple(_attributes(before, after, _changed(change, kind))),
    )


def _action(change: dict[str, Json]) -> Action | None:
    names = change.get("actions")
    known = tuple(str(name) for name in names) if isinstance(names, list) else ()
    if known not in ACTIONS:
        raise no(f"it has an action that isn't known here: {'/'.join(known)[:60]!r}")
    action = ACTIONS[known]
    return Action.IMPORT if action is None and change.get("importing") else action


def _sides(change: dict[str, Json], kind: str) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
    """Before and after, masked by both masks: what was or becomes secret is shown on neither side."""
    sides = (change.get("before"), filled(change.get("after"), change.get("after_unknown")))
    for mask in (change.get("before_sensitive"), change.get("after_sensitive")):
        sides = masked(sides[0], mask), masked(sides[1], mask)
    return _unwrapped(sides[0], kind), _unwrapped(sides[1], kind)


def _changed(change: dict[str, Json], kind: str) -> frozenset[str]:
    """Names of the attributes that differ, compared before masking: two secrets look alike after it."""
    before = _unwrapped(change.get("before"), kind)
    after = _unwrapped(filled(change.get("after"), change.get("after_unknown")), kind)
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _unwrapped(value: Json, kind: str) -> Mapping[str, Json]:
    """A `terraform_data` that stands for something is shown by its input; the rest is Terraform's own."""
    own = fields_of(value)
    wrapped = fields_of(own.get("input"))
    return wrapped if kind == "terraform_data" and "stands_for" in wrapped else own


def _attributes(before: Mapping[str, Json], after: Mapping[str, Json], changed: frozenset[str]) -> Iterator[Attribute]:
    for name in sorted(changed - {"stands_for"}):
        yield Attribute(name, shown(before.get(name)), shown(after.get(name)))


def _outputs(changes: dict[str, Json]) -> Iterator[Output]:
    for name in sorted(changes):
        change = member(changes, name)
        action = _action(change)
        if action:
            value = filled(change.get("after"), change.get("after_unknown"))
            for mask in (change.get("before_sensitive"), change.get("after_sensitive")):
                value = masked(value, mask)
            yield Output(name, action, shown(value))


def _runs(module: dict[str, Json], path: str) -> Iterator[str]:
    """Provisioners, and data sources that run code: the text of a plan shows none of them."""
    for resource in members(module, "resources"):
        address = path + text(resource, "address")
        if resource.get("mode") == "data" and resource.get("type") in RUNS_CODE:
            yield f"{address}: {resource['type']} data source, at every plan"
        for provisioner in members(resource, "provisioners"):
            yield f"{address}: {text(provisioner, 'type')} provisioner"
    for name, call in member(module, "module_calls").items():
        inner = member({name: call}, name)
        yield from _runs(member(inner, "module"), f"{path}module.{name}.")


def _invocations(plan: dict[str, Json]) -> Iterator[str]:
    for invocation in members(plan, "action_invocations"):
        yield f"{text(invocation, 'address')}: action"


def _remote_modules(module: dict[str, Json]) -> Iterator[str]:
    for name, call in member(module, "module_calls").items():
        inner = member({name: call}, name)
        source = text(inner, "source")
        if not source.startswith(("./", "../")):
            yield source
        yield from _remote_modules(member(inner, "module"))


def _providers(configured: dict[str, Json]) -> set[str]:
    names = {text(member(configured, key), "full_name") for key in configured}
    return {name for name in names if not name.startswith(BUILT_IN)}
