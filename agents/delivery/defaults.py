"""The Technical Operator flow's smart defaults: the region by the client's location, the rest by the project's type."""

import re
from dataclasses import dataclass

from agents.delivery.project import Project, Sizes

REGIONS = {
    "us-east-1": "Northern Virginia",
    "us-west-2": "Oregon",
    "eu-west-1": "Ireland",
}
DATABASES = {
    "db.t3.micro": "2 vCPU, 1 GiB",
    "db.t3.small": "2 vCPU, 2 GiB",
    "db.t3.medium": "2 vCPU, 4 GiB",
}
CONTAINERS = {
    "small": "a quarter vCPU, 512 MiB",
    "medium": "half a vCPU, 1 GiB",
}
MOST_WEB_TASKS = 3
INTERNET = "the internet"

NEAREST = {
    "us-west-2": ("california", "oregon", "washington", "seattle", "san francisco", "los angeles", "us west"),
    "eu-west-1": (
        "ireland", "united kingdom", "uk", "england", "london", "france", "spain", "europe", "netherlands",
        "germany", "austria", "switzerland", "poland", "czech", "vienna", "berlin", "zurich",
    ),
}  # fmt: skip
"""Words of a location and the region that is nearest to them; everything else is served from us-east-1."""


@dataclass(frozen=True)
class Usual:
    """What a project of a type usually needs. `open_to`: whom the web's port is open to."""

    database_size: str
    container_size: str
    web_tasks: int
    aws_services: tuple[str, ...]
    open_to: str


TYPES = {
    "web-application": Usual("db.t3.micro", "small", 2, ("ECS", "RDS", "SQS", "Lambda"), INTERNET),
    "api": Usual("db.t3.micro", "small", 2, ("ECS", "RDS", "SQS"), INTERNET),
    "internal-tool": Usual("db.t3.micro", "small", 1, ("ECS", "RDS", "SQS"), "the client's network"),
    "shop": Usual("db.t3.small", "medium", 2, ("ECS", "RDS", "SQS", "SES"), INTERNET),
    "data-pipeline": Usual("db.t3.medium", "medium", 1, ("ECS", "RDS", "SQS", "S3"), "the project's own network"),
}
"""By project type. The standard template knows the same words of whom the web is open to."""


def region_for(location: str) -> str:
    """The region nearest to a location that is written as people write it."""
    words = location.casefold()
    named = (region for region, names in NEAREST.items() if any(re.search(rf"\b{name}\b", words) for name in names))
    return next(named, "us-east-1")


def sizes_for(project: Project) -> Sizes:
    """What the Orchestrator proposes for a project."""
    usual = TYPES[project.type]
    return Sizes(region_for(project.location), usual.database_size, usual.container_size, usual.web_tasks)


def services_for(type: str) -> tuple[str, ...]:
    """The AWS services of a brief that names none."""
    return TYPES[type].aws_services


def firewall_for(type: str) -> str:
    """The security groups of the standard stack, in words."""
    return f"443 from {TYPES[type].open_to}; the database from the application only"
