"""What the standard stack is made of, for its price before there is a plan. A test holds it to the plan's."""

from agents.delivery.hephaestus import cost_of, variables
from agents.delivery.project import PriceOf, Project, Sizes
from checkpoints.core.model import Cost, Json
from checkpoints.terraform import price

TEMPLATE = "sandbox"
WORKER_TASKS = 1
STANDARD: tuple[tuple[str, str, dict[str, Json]], ...] = (
    ("aws_sqs_queue.jobs", "aws_sqs_queue", {"million_requests": 1}),
    ("aws_ecr_repository.app", "aws_ecr_repository", {"image_gb": 2}),
    ("aws_cloudwatch_log_group.app", "aws_cloudwatch_log_group", {"log_gb": 2, "retention_in_days": 30}),
)
"""The parts whose size nobody chooses, as the template plans them."""


def prices(project: Project) -> PriceOf:
    """The monthly cost of the standard stack for a project, in any sizes."""

    def price_of(sizes: Sizes) -> Cost:
        return cost_of(price.estimate(_resources(project, sizes), sizes.region, price.shipped()))

    return price_of


def price_of_task(project: Project, sizes: Sizes) -> Cost:
    """The monthly cost of one more web task, which is what a staging deployment takes."""
    sort, web = next((sort, given) for name, sort, given in _resources(project, sizes) if name == "aws_ecs_service.web")
    task = ("one web task", sort, web | {"desired_count": 1})
    return cost_of(price.estimate([task], sizes.region, price.shipped()))


def price_of_alarms(region: str) -> Cost:
    """The monthly cost of the two alarms of the monitoring: p95 and errors, of standard resolution."""
    alarms: list[tuple[str, str, dict[str, Json]]] = [
        (f"aws_cloudwatch_metric_alarm.{name}", "aws_cloudwatch_metric_alarm", {"period": 60})
        for name in ("p95", "errors")
    ]
    return cost_of(price.estimate(alarms, region, price.shipped()))


def _resources(project: Project, sizes: Sizes) -> list[tuple[str, str, dict[str, Json]]]:
    given = variables(project, sizes)
    service: dict[str, Json] = {
        "launch_type": "FARGATE",
        "cpu": given["container_cpu"],
        "memory": given["container_memory"],
        "assign_public_ip": True,
    }
    database: dict[str, Json] = {
        "engine": "postgres",
        "engine_version": "16",
        "instance_class": sizes.database_size,
        "allocated_storage": 20,
        "storage_type": "gp2",
    }
    return [
        ("aws_rds_instance.postgres", "aws_rds_instance", database),
        ("aws_ecs_service.web", "aws_ecs_service", service | {"desired_count": sizes.web_tasks}),
        ("aws_ecs_service.worker", "aws_ecs_service", service | {"desired_count": WORKER_TASKS}),
        *STANDARD,
    ]
