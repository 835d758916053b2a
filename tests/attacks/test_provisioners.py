"""Code in a stack that somebody approved, run by Terraform itself, reaches for what it must not have."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from checkpoints.core.model import Json
from checkpoints.fence import holds
from checkpoints.terraform.runner import Runner
from tests.attacks.conftest import HERE, PROBE, Prey, starter

PYTHON = os.path.realpath(sys.executable)


def outcomes(output: str, word: str) -> set[str]:
    """What the probes said they REACHED or were HELD from, as "kind target"."""
    found = (line.partition(f"{word} ")[2] for line in output.splitlines() if f"{word} " in line)
    return {" ".join(said.split(":")[0].split()) for said in found}


def wanted(prey: Prey) -> set[str]:
    return {f"{kind} {target}" for kind, targets in prey.targets.items() for target in targets}


@pytest.fixture(params=["directly", "by the starter"])
def fenced(request: pytest.FixtureRequest, prey: Prey) -> Iterator[Prey]:
    report = holds(prey.fence)
    if not report.holds:
        print(report.says)
        pytest.skip(report.says)
    with starter(prey.settings) if request.param == "by the starter" else nullcontext():
        yield prey


def provisioner_output(prey: Prey) -> str:
    """What the provisioners printed while the stack was applied."""
    runner = Runner(prey.fence, HERE)
    targets: dict[str, Json] = {kind: list(targets) for kind, targets in prey.targets.items()}
    planned = runner.plan("mine", "reach", {"python": PYTHON, "targets": targets})
    assert planned.fence.startswith("bubblewrap")
    done = runner.apply("mine", planned.binding)
    log = (prey.settings.cases / "mine" / done.log).read_text()
    hooks = [json.loads(line).get("hook", {}) for line in log.splitlines()]
    return "\n".join(hook["output"] for hook in hooks if "output" in hook)


def test_without_a_fence_all_of_it_is_reached(prey: Prey) -> None:
    said = [
        subprocess.run([PYTHON, str(PROBE), kind, *targets], capture_output=True, text=True, check=True).stdout
        for kind, targets in prey.targets.items()
    ]
    assert outcomes("\n".join(said), "REACHED") == wanted(prey)


@pytest.mark.promise("C6.3")
def test_a_provisioner_reaches_nothing_of_the_desks(fenced: Prey) -> None:
    output = provisioner_output(fenced)
    print(output)
    assert outcomes(output, "REACHED") == set()
    assert outcomes(output, "HELD") == wanted(fenced)
