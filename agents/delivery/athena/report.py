"""What Athena's requests share: each is about one kept report of one image."""

import re

from agents.delivery.project import Project
from checkpoints.core.model import Request, Scalar

AGENT = "Athena"
AGAIN = re.compile(r"\b(?:re-?scan|scan|re-?run|re-?measure|again|anew)\b", re.I)


def report_terms(project: Project, release: str, report_sha256: str) -> dict[str, Scalar]:
    """What an acceptance names: this report, of this image."""
    return {"project": project.slug, "release": release, "report": report_sha256}


def value_of(request: Request, label: str) -> str:
    """What a request's fact of this label says."""
    return next((fact.value for fact in request.facts if fact.label == label), "–")
