"""The ports of a run's desk, for those who need them. Each raises Refused in a run that was started without it."""

from checkpoints.core.errors import Refused
from checkpoints.core.ports import Deployer, Files, Services, Terraform
from flows.work import Work


def deployer(work: Work) -> Deployer:
    """What builds releases and serves them."""
    if work.desk.deployer is None:
        raise Refused("This run was started without a place to serve releases.")
    return work.desk.deployer


def files(work: Work) -> Files:
    """Where evidence lies."""
    if work.desk.files is None:
        raise Refused("This run was started without a place for evidence.")
    return work.desk.files


def services(work: Work) -> Services:
    """What calls a service with a credential."""
    if work.desk.services is None:
        raise Refused("This run was started without a way to call services.")
    return work.desk.services


def terraform(work: Work) -> Terraform:
    """What plans and applies stacks."""
    if work.desk.terraform is None:
        raise Refused("This run was started without Terraform.")
    return work.desk.terraform
