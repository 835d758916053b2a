"""Reports of real tools: each is made once in a run, and its content is kept as evidence under its SHA-256."""

from collections.abc import Callable, Mapping
from hashlib import sha256

from pydantic import TypeAdapter

from checkpoints.core.model import Attachment, Scalar
from checkpoints.core.work.release import Evidence, Report
from checkpoints.store.documents import dump, load
from flows.ports import files
from flows.steps import step
from flows.work import Work

EVIDENCE: TypeAdapter[Evidence] = TypeAdapter(Evidence)


def reported(work: Work, name: str, make: Callable[[], Report]) -> Evidence:
    """What a tool found out, as a step of the run: the tool runs once. Raises what `make` and the store raise."""
    made = step(work, name, lambda: {"evidence": dump(EVIDENCE, keep(work, make()))})
    return load(EVIDENCE, made["evidence"])


def keep(work: Work, report: Report) -> Evidence:
    """The report with its content kept."""
    kept = files(work).put(report.content)
    file = Attachment(report.name, kept, report.media_type, len(report.content))
    return Evidence(report.tool, report.says, report.good, report.figures, file)


def still_kept(work: Work, subject: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The subject with its report read and hashed anew. Raises Refused when it is gone or was changed."""
    content = files(work).get(str(subject["report"]))
    return dict(subject) | {"report": sha256(content).hexdigest()}
