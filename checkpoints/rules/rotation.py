"""Reads rotation.toml: after how long another value of a credential is due; a mistake stops the start."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from checkpoints import toml
from checkpoints.core.errors import Refused
from checkpoints.core.work.services.rotation import Rotation

HERE = Path(__file__).parent

Days = Annotated[int, Field(strict=True, ge=0, le=3650)]


class _RotationText(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    default_days: Days
    overdue_after_days: Days
    side_by_side_days: Days
    kind: dict[str, Days]
    service: dict[str, Days]


def read_rotation(path: Path = HERE / "rotation.toml") -> Rotation:
    """The figures that lie beside this file. Raises Refused with file, line and key."""
    try:
        document = path.read_bytes()
    except OSError as wrong:
        raise Refused(f"{path.name} can't be read: {wrong.strerror}. The desk doesn't start without it.") from None
    return _rotation_of(document, path.name)


@lru_cache(maxsize=4)
def _rotation_of(document: bytes, name: str) -> Rotation:
    written = toml.read(document, _RotationText, name)
    return Rotation(
        default=timedelta(days=written.default_days),
        grace=timedelta(days=written.overdue_after_days),
        side_by_side=timedelta(days=written.side_by_side_days),
        kinds={kind: timedelta(days=days) for kind, days in written.kind.items()},
        services={service: timedelta(days=days) for service, days in written.service.items()},
    )
