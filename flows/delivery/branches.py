"""Which part of a delivery each branch is: the one table from a branch's name to what its run does."""

from collections.abc import Callable

from agents.delivery.project import Project
from checkpoints.core.digest import short
from checkpoints.core.errors import Refused
from checkpoints.core.work.release import Environment
from flows.delivery import brief
from flows.delivery.phases import (
    credentials,
    development,
    domains,
    initialisation,
    integrations,
    migrations,
    operations,
    releases,
    reviews,
)
from flows.delivery.phases.care import care
from flows.delivery.planning import PRE_PROVISION, REDIRECTS
from flows.outcomes import NotNeeded, Refusal, Settled
from flows.work import End, Work

Outcome = Settled | Refusal | NotNeeded
Follow = Callable[[Work, Project, str], Outcome]
"""What a run does for its branch; the text is what stands behind the slash in the branch's name."""


def _alone(follow: Callable[[Work, Project], Outcome]) -> Follow:
    return lambda work, project, _: follow(work, project)


def _spend(work: Work, project: Project, number: str) -> Outcome:
    return development.spend(work, project, int(number), project.spends[int(number) - 1])


def _deploy(environment: Environment) -> Follow:
    return lambda work, project, _: releases.deploy_again(work, project, environment)


BRANCHES: dict[str, Follow] = {
    "project-approval": _alone(initialisation.approve_project),
    "infrastructure-selection": _alone(initialisation.select_infrastructure),
    PRE_PROVISION: _alone(initialisation.pre_provision),
    "api-credential": credentials.provide_credential,
    "third-party-integration": integrations.integrate,
    "terraform-plan": _alone(development.plan_infrastructure),
    "spend": _spend,
    "custom-infrastructure": _alone(development.build_custom),
    "database-migration": _alone(migrations.migrate_database),
    "data-migration": _alone(migrations.migrate_data),
    "domain": _alone(domains.set_domain),
    REDIRECTS: _alone(domains.update_redirects),
    "staging-deployment": _alone(releases.deploy_staging),
    "security-review": _alone(reviews.review_security),
    "compliance-review": _alone(reviews.review_compliance),
    "load-test": _alone(reviews.test_load),
    "production-deployment": _alone(releases.deploy_production),
    "monitoring": _alone(operations.set_monitoring),
    "cost-optimisation": _alone(operations.optimise_cost),
    "care": _alone(care),
    "deploy-staging": _deploy(Environment.STAGING),
    "deploy-production": _deploy(Environment.PRODUCTION),
    "rollback-production": _alone(releases.roll_back),
}


def follow(work: Work) -> End:
    """What the run's branch comes to, and in which words. Suspends the run wherever a person has to answer."""
    name, _, which = work.run.branch.partition("/")
    if name not in BRANCHES:
        raise Refused(f"“{work.run.branch}” is no part of a delivery.")
    outcome = BRANCHES[name](work, brief.project(work.case.slug, work.case.brief), which)
    match outcome:
        case Refusal(sentence=sentence):
            return End("refused", sentence)
        case NotNeeded(sentence=sentence):
            return End("done", sentence)
        case Settled():
            return End("done", said(outcome))


def said(settled: Settled) -> str:
    """The end of a branch as the story tells it."""
    label, result = settled.point.label, settled.result
    if "sentence" in result:
        return result["sentence"]
    if "address" in result and "release" in result:
        release, where = short(result["release"]), result["environment"]
        return f"{release} went to {where} at {result['address']}, as {label} approved it."
    if "added" in result:
        return f"The infrastructure stands as {label} approved it: {result['added']} resources added."
    if not result and settled.point.kind in ("terraform-plan", "custom-infrastructure"):
        return f"The infrastructure stands as {label} approved it; a person found that it does."
    return f"Done, as {label} approved it."
