"""The Technical Operator flow's smart defaults: region by the client's location, sizes by the project's type."""

import re

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

NEAREST = {
    "us-west-2": ("california", "oregon", "washington", "seattle", "san francisco", "los angeles", "us west"),
    "eu-west-1": (
        "ireland", "united kingdom", "uk", "england", "london", "france", "spain", "europe", "netherlands",
        "germany", "austria", "switzerland", "poland", "czech", "vienna", "berlin", "zurich",
    ),
}  # fmt: skip
"""Words of a location and the region that is nearest to them; everything else is served from us-east-1."""

TYPES = {
    "web-application": ("db.t3.micro", "small", 2),
    "api": ("db.t3.micro", "small", 2),
    "internal-tool": ("db.t3.micro", "small", 1),
    "shop": ("db.t3.small", "medium", 2),
    "data-pipeline": ("db.t3.medium", "medium", 1),
}
"""Project type: database, container, web tasks."""


def region_for(location: str) -> str:
    """The region nearest to a location that is written as people write it."""
    words = location.casefold()
    named = (region for region, names in NEAREST.items() if any(re.search(rf"\b{name}\b", words) for name in names))
    return next(named, "us-east-1")


def sizes_for(project: Project) -> Sizes:
    """What the Orchestrator proposes for a project."""
    database, container, tasks = TYPES[project.type]
    return Sizes(region_for(project.location), database, container, tasks)
