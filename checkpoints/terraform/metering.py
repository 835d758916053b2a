"""What of each AWS resource is charged, and how much of it.

Rule: a quantity that the attributes don't state isn't guessed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from checkpoints.core.model import Json
from checkpoints.terraform.masking import KNOWN_LATER

Attributes = Mapping[str, Json]


@dataclass(frozen=True)
class Meter:
    """A rate and how many of its units a month; `use` is counted at the high end only. None: not stated."""

    rate: str
    quantity: Decimal | None
    use: bool = False


def meters(sort: str, planned: Attributes) -> tuple[Meter, ...] | None:
    """The meters of one resource, None for a type that isn't known here."""
    found = METERED.get(sort)
    return tuple(found(planned)) if found else None


def number(planned: Attributes, name: str) -> Decimal | None:
    """The attribute as a number that isn't negative, None when it isn't one."""
    value = planned.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def _database(planned: Attributes) -> Iterator[Meter]:
    # Multi-AZ doubles both; the standby is charged like the instance.
    copies = Decimal(2 if planned.get("multi_az") else 1)
    storage = number(planned, "allocated_storage")
    yield Meter(f"rds.{planned.get('engine')}.{planned.get('instance_class')}", copies)
    kind = _storage(planned)
    yield Meter("rds.storage" if kind in ("gp2", "gp3") else f"rds.storage.{kind}", storage and storage * copies)


def _storage(planned: Attributes) -> str:
    """RDS takes gp2 when no type is given and no IOPS are."""
    kind = planned.get("storage_type")
    return str(kind) if kind and kind != KNOWN_LATER else "io1" if planned.get("iops") else "gp2"


def _service(planned: Attributes) -> Iterator[Meter]:
    tasks, cpu, memory = (number(planned, name) for name in ("desired_count", "cpu", "memory"))
    if planned.get("launch_type") != "FARGATE":
        tasks = None
    yield Meter("fargate.vcpu", _product(tasks, cpu))
    yield Meter("fargate.memory", _product(tasks, memory))
    if planned.get("assign_public_ip") is True:
        yield Meter("vpc.public_ipv4", tasks)


def _product(tasks: Decimal | None, each: Decimal | None) -> Decimal | None:
    """CPU units and MiB alike come 1024 to the unit that is charged."""
    return None if tasks is None or each is None else tasks * each / 1024


def _cache(planned: Attributes) -> Iterator[Meter]:
    yield Meter(f"cache.{planned.get('engine')}.{planned.get('node_type')}", number(planned, "num_cache_nodes"))


def _queue(planned: Attributes) -> Iterator[Meter]:
    sort = "sqs.fifo" if planned.get("fifo_queue") is True else "sqs.standard"
    yield Meter(sort, number(planned, "million_requests"), use=True)


def _images(planned: Attributes) -> Iterator[Meter]:
    yield Meter("ecr.storage", number(planned, "image_gb"), use=True)


def _logs(planned: Attributes) -> Iterator[Meter]:
    written = number(planned, "log_gb")
    days = number(planned, "retention_in_days")
    yield Meter("logs.written", written, use=True)
    # No retention, or 0, keeps logs for ever: what is kept can't be stated then.
    yield Meter("logs.kept", written * days / 30 if written is not None and days else None, use=True)


def _alarm(planned: Attributes) -> Iterator[Meter]:
    # Charged by resolution: a period under a minute makes it a high one.
    period = number(planned, "period")
    resolution = "high" if period is not None and period < 60 else "standard"
    yield Meter(f"cloudwatch.alarm.{resolution}", Decimal(1))


def _one(rate: str) -> Callable[[Attributes], Iterator[Meter]]:
    def single(_: Attributes) -> Iterator[Meter]:
        yield Meter(rate, Decimal(1))

    return single


METERED: Mapping[str, Callable[[Attributes], Iterator[Meter]]] = {
    "aws_db_instance": _database,
    "aws_rds_instance": _database,
    "aws_ecs_service": _service,
    "aws_elasticache_cluster": _cache,
    "aws_sqs_queue": _queue,
    "aws_ecr_repository": _images,
    "aws_cloudwatch_log_group": _logs,
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_secretsmanager_secret": _one("secrets.secret"),
    "aws_route53_zone": _one("route53.zone"),
    "aws_eip": _one("vpc.public_ipv4"),
    "aws_nat_gateway": _one("vpc.nat_gateway"),
}
