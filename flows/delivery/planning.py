"""What a project will ask, branch by branch: its plan, from its brief, in the order of the catalogue."""

from collections.abc import Iterator

from agents.delivery.project import Project
from checkpoints.core.policy import Kind
from checkpoints.core.work.plan import Item
from checkpoints.core.work.services.known import slug_of

ALWAYS = (
    "project-approval",
    "infrastructure-selection",
    "api-credential",
    "terraform-plan",
    "staging-deployment",
    "production-deployment",
)
"""The kinds of every delivery; a credential for each service whose key isn't in the vault already."""
PRE_PROVISION = "pre-provision"
REDIRECTS = "redirect-addresses"


def plan(project: Project, kinds: dict[str, Kind]) -> tuple[Item, ...]:
    """The plan of a project, in the order in which its questions get their numbers."""
    return tuple(item for kind in kinds.values() for item in _items(project, kind))


def _items(project: Project, kind: Kind) -> Iterator[Item]:
    wanted = kind.name in ALWAYS or kind.name in project.optional_kinds
    match kind.name:
        case "api-credential":
            for service in project.third_parties:
                if not service.have:
                    yield Item(f"{kind.name}/{slug_of(service.name)}", kind.name, f"{kind.title}: {service.name}")
        case "third-party-integration":
            for integration in project.integrations:
                name = integration.name
                yield Item(f"{kind.name}/{slug_of(name)}", kind.name, f"{kind.title}: {name}")
        case "terraform-plan":
            yield Item(kind.name, kind.name, kind.title)
            yield from _spends(project)
        case "infrastructure-selection":
            yield Item(kind.name, kind.name, kind.title)
            if project.pre_provision:
                yield Item(PRE_PROVISION, "spend", "What every project of its type needs", ("project-approval",))
        case "data-migration" if wanted:
            yield Item(kind.name, kind.name, kind.title, ("database-migration",))
        case "manual-task" if "domain" in project.optional_kinds:
            yield Item(REDIRECTS, kind.name, "Redirect addresses", ("domain", "production-deployment"))
        case _ if wanted:
            yield Item(kind.name, kind.name, kind.title)


def _spends(project: Project) -> Iterator[Item]:
    for number, wanted in enumerate(project.spends, 1):
        yield Item(f"spend/{number}", "spend", f"Spend: {wanted.what}", ("terraform-plan",))
